package build

import (
	"errors"
	"fmt"

	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/sim"
)

// A world may be cut into parts that run side by side, each on a processor of its own, with the same
// results to the bit. Its topology says where: between pods. A link belongs to the part of its sender, but
// what leaves a switch of no pod (a core switch) belongs to the part that it goes to, so that a packet
// crosses once at most.

// cutWorld divides the world, whose links and routes are complete, into as many parts as asked for and
// possible. Where it cannot be cut, it stays whole, and Workers tells why.
func (w *World) cutWorld(o *Options) error {
	w.parts = []*world{{net: w.net}}
	defer func() {
		for _, p := range w.parts {
			p.arena, p.layer = tcp.NewArena(p.net.World(), p.net), mptcp.NewLayer(p.net.World(), p.net)
			if w.fabric != nil { // whether it has been cut or not
				p.layer.NumberByHost()
			}
		}
	}()
	if o.Workers <= 1 {
		return nil
	}
	if w.whole = w.indivisible(o); w.whole != nil {
		return nil
	}
	var cut topo.Cut
	parts := o.Workers
	for ; parts > 1; parts-- { // as many as there are pods
		var err error
		if cut, err = w.fabric.plan.Cut(parts); err == nil {
			break
		}
		w.whole = err
	}
	if parts == 1 {
		return nil
	}
	w.whole = nil
	c := w.linkCut(&cut)
	if w.whole = w.net.CheckCut(c); w.whole != nil {
		return nil
	}
	for range parts - 1 {
		c.Worlds = append(c.Worlds, w.world.NewPart())
	}
	nets, err := w.net.Cut(c)
	if err != nil {
		return w.problem("topology", err)
	}
	w.parts = nil
	for _, n := range nets {
		w.parts = append(w.parts, &world{net: n})
	}
	for i, h := range w.hosts {
		h.part = int(cut.Hosts[i])
		h.topo.SetNet(nets[h.part])
	}
	return nil
}

// world is one part of a world that has been cut; a whole one has one.
type world struct {
	net   *link.Net
	arena *tcp.Arena
	layer *mptcp.Layer
}

// indivisible says why the scenario must run in one part, if it must.
func (w *World) indivisible(o *Options) error {
	s := w.spec
	switch {
	case w.fabric == nil:
		return errors.New("the scenario has no topology to divide it by")
	case len(s.Hosts)+len(s.Routers)+len(s.Links) > 0:
		return errors.New("there are hosts, routers or links beside the topology")
	case len(s.Applications) > 0:
		return fmt.Errorf("application %s has processes on two hosts (traffic has none)", s.Applications[0].Name)
	case len(s.Calls) > 0:
		return errors.New("calls act on both ends of connections")
	case w.layer != nil:
		return errors.New("middleboxes look into both directions of links")
	case o.Series != nil:
		return errors.New("series are recorded (--series=false, or record.series: false)")
	case o.Capture != nil:
		return errors.New("packets are captured")
	case o.Opened != nil:
		return errors.New("somebody is told of each connection")
	}
	return nil
}

// linkCut tells for each direction of a link who serves it and where its packets arrive.
func (w *World) linkCut(cut *topo.Cut) link.Cut {
	f := w.fabric
	n := w.net.NumLinks()
	c := link.Cut{Worlds: []*sim.World{w.world}, Links: make([]int32, n), Arrivals: make([]uint64, n)}
	part := func(e topo.PlanEnd) int32 {
		if e.Host {
			return cut.Hosts[e.Index]
		}
		return cut.Switches[e.Index]
	}
	leaving := make([]uint64, len(f.plan.Switches)) // parts that serve what leaves a switch
	for i, ids := range f.Links {
		for d, id := range ids {
			from, to := f.plan.Links[i].Ends[d], f.plan.Links[i].Ends[1-d]
			owner := part(from)
			if !from.Host && f.plan.Switches[from.Index].Pod < 0 && w.net.Pooled(id) == 0 {
				owner = part(to)
			}
			c.Links[id] = owner
			if !from.Host {
				leaving[from.Index] |= 1 << uint(owner)
			}
		}
	}
	for i, ids := range f.Links {
		for d, id := range ids {
			if to := f.plan.Links[i].Ends[1-d]; to.Host { // one that forwards serves what leaves it
				c.Arrivals[id] = 1 << uint(part(to))
			} else {
				c.Arrivals[id] = leaving[to.Index]
			}
		}
	}
	for i, h := range f.Hosts {
		for range h.NumInterfaces() {
			c.Receivers = append(c.Receivers, cut.Hosts[i])
		}
	}
	return c
}

// Workers returns how many parts of the world run side by side, and why no more, if it could not be cut as
// asked.
func (w *World) Workers() (int, error) { return len(w.parts), w.whole }
