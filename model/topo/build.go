package topo

import (
	"fmt"

	"mpsim/model/link"
)

// Maker decides what a plan leaves open. Any function may be nil but Link.
type Maker struct {
	// Interface describes interface port of host; nil: InterfaceConfig{}.
	Interface func(host, port int) InterfaceConfig
	// Host is called when host and its interfaces have been made, and before the next host.
	Host func(host int, h *Host) error
	// Link describes one direction of a link: up from Ends[0] to Ends[1] of l, or down. An empty name becomes
	// that of the plan with ".up" or ".down".
	Link func(l *PlanLink, up bool) link.Config
}

// Built is what has been made of a plan, with the plan's numbers. Links are {up, down}.
type Built struct {
	Plan     *Plan
	Hosts    []*Host
	Switches []*Router
	Links    [][2]link.ID
}

// Build makes the hosts, routers and links of a plan, in its order: first all hosts, then all switches, then
// all links. It is called once or more, also beside nodes made by hand.
func (g *Graph) Build(p *Plan, m Maker) (*Built, error) {
	b := &Built{
		Plan: p, Hosts: make([]*Host, 0, len(p.Hosts)), Switches: make([]*Router, 0, len(p.Switches)),
		Links: make([][2]link.ID, 0, len(p.Links)),
	}
	for i := range p.Hosts {
		if err := g.buildHost(b, i, m); err != nil {
			return nil, err
		}
	}
	for i := range p.Switches {
		r, err := g.AddRouter(p.Switches[i].Name)
		if err != nil {
			return nil, err
		}
		b.Switches = append(b.Switches, r)
	}
	for i := range p.Links {
		l := &p.Links[i]
		up, down := m.Link(l, true), m.Link(l, false)
		if up.Name == "" {
			up.Name = l.Name + ".up"
		}
		if down.Name == "" {
			down.Name = l.Name + ".down"
		}
		ab, ba, err := g.Connect(b.port(l.Ends[0]), b.port(l.Ends[1]), up, down)
		if err != nil {
			return nil, err
		}
		b.Links = append(b.Links, [2]link.ID{ab, ba})
	}
	for i := range p.Switches {
		if p.Via != "" && p.Switches[i].Layer == p.Via {
			g.via = append(g.via, b.Switches[i])
		}
	}
	return b, nil
}

func (g *Graph) buildHost(b *Built, i int, m Maker) error {
	h, err := g.AddHost(b.Plan.Hosts[i].Name)
	if err != nil {
		return err
	}
	if b.Plan.Hosts[i].Forwards {
		h.cube, h.address = b, i
	}
	for port := range b.Plan.Hosts[i].Ports {
		c := InterfaceConfig{}
		if m.Interface != nil {
			c = m.Interface(i, port)
		}
		if _, err := h.AddInterface(c); err != nil {
			return err
		}
	}
	b.Hosts = append(b.Hosts, h)
	if m.Host != nil {
		if err := m.Host(i, h); err != nil {
			return fmt.Errorf("host %s: %w", h.name, err)
		}
	}
	return nil
}

// port returns where a connection to e ends.
func (b *Built) port(e PlanEnd) Port {
	if e.Host {
		return b.Hosts[e.Index].Port(int(e.Port))
	}
	return b.Switches[e.Index].Port()
}
