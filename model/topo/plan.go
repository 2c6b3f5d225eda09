package topo

import "fmt"

// Plan is a topology as pure data: what stands where, before anything is made of it (see Graph.Build).
type Plan struct {
	Kind     string // "fat-tree", "vl2" ...
	Hosts    []PlanHost
	Switches []PlanSwitch
	Links    []PlanLink
	Cube     Cube   // zero: not a BCube
	Via      string // layer of the switches that traffic bounces off; "": none
}

// PlanHost is a machine with interfaces 0..Ports-1.
type PlanHost struct {
	Name     string
	Ports    int
	Pod      int32
	Forwards bool // its interfaces are transit for source routes
}

// PlanSwitch is a router. Pod is -1 for what belongs to none: core and spine.
type PlanSwitch struct {
	Name, Layer string
	Pod         int32
}

// PlanLink joins two ends, the lower one first: "up" is from Ends[0] to Ends[1].
type PlanLink struct {
	Name  string
	Ends  [2]PlanEnd
	Layer string // "host", "edge", "core" ...: where in the topology it lies
	Rate  int    // as a multiple of the rate of host links, 1 or more
}

// PlanEnd is an interface of a host or a switch.
type PlanEnd struct {
	Host  bool
	Index int32 // in Plan.Hosts or Plan.Switches
	Port  int32 // of a host: its interface
}

// noPod marks switches that belong to no pod.
const noPod = -1

func (p *Plan) addHost(name string, ports int, pod int) int32 {
	p.Hosts = append(p.Hosts, PlanHost{Name: name, Ports: ports, Pod: int32(pod)})
	return int32(len(p.Hosts) - 1)
}

func (p *Plan) addSwitch(layer string, pod int, name string) int32 {
	p.Switches = append(p.Switches, PlanSwitch{Name: name, Layer: layer, Pod: int32(pod)})
	return int32(len(p.Switches) - 1)
}

// join adds a link, named after its ends, between a and the switch b.
func (p *Plan) join(layer string, rate int, a PlanEnd, b int32) {
	name := p.nodeName(a) + ":" + p.Switches[b].Name
	if a.Host && p.Hosts[a.Index].Ports > 1 {
		name = fmt.Sprintf("%s.%d:%s", p.nodeName(a), a.Port, p.Switches[b].Name)
	}
	p.Links = append(p.Links, PlanLink{Name: name, Ends: [2]PlanEnd{a, {Index: b}}, Layer: layer, Rate: rate})
}

func (p *Plan) nodeName(e PlanEnd) string {
	if e.Host {
		return p.Hosts[e.Index].Name
	}
	return p.Switches[e.Index].Name
}

// Edges returns the switch that port 0 of each host is connected to, by host; -1: none.
func (p *Plan) Edges() []int32 {
	edges := make([]int32, len(p.Hosts))
	for i := range edges {
		edges[i] = -1
	}
	for i := range p.Links {
		a, b := p.Links[i].Ends[0], p.Links[i].Ends[1]
		if b.Host {
			a, b = b, a
		}
		if a.Host && a.Port == 0 && !b.Host {
			edges[a.Index] = b.Index
		}
	}
	return edges
}

// Layers returns the layers of the links, in the order in which they first appear.
func (p *Plan) Layers() []string {
	var layers []string
next:
	for i := range p.Links {
		for _, known := range layers {
			if known == p.Links[i].Layer {
				continue next
			}
		}
		layers = append(layers, p.Links[i].Layer)
	}
	return layers
}

// inRange says what is wrong with a size of a topology.
func inRange(kind, what string, v, low, high int) error {
	if v < low || v > high {
		return fmt.Errorf("topology %s: %s is %d: give %d to %d", kind, what, v, low, high)
	}
	return nil
}

// firstOf returns the first error.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
