package topo

import (
	"fmt"
	"slices"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Failures. A link that fails loses what it holds and all that comes; routing notices after a delay and moves
// flows to other paths, in place (link.Net.Redirect): what was sent before keeps to the old path. It
// moves them back a delay after the repair. The delay stands for detection, flooding and computation, which
// are not modelled one by one: all routers change over at the same time.

// failures is what a graph knows of them.
type failures struct {
	on      bool
	delay   unit.Duration
	comp    sim.Component
	hash    sim.Hash
	outages []int16 // by link.ID: reasons for which it is down now
	known   []int16 // the same, as far as routing knows
}

// SetReroute makes routing follow failures, delay (0 or more) after each; without it paths stay as they are.
// The component "topology" answers for it in the digest. To be called once, when the graph is complete,
// before any path is asked for and before links fail.
func (g *Graph) SetReroute(delay unit.Duration) error {
	if delay < 0 || g.failures.on {
		return fmt.Errorf("rerouting: delay %v is negative, or it has been set before", delay)
	}
	g.TrackFlows()
	f := &g.failures
	f.on, f.delay = true, delay
	f.comp = g.net.World().Component("topology")
	g.net.World().DigestOf(f.comp, func() uint64 { return uint64(f.hash) })
	return nil
}

// FailLink takes links down at once, for one more reason; a connection has two. In a world that has been cut
// it must be called from a World.Global. With SetReroute, routing avoids them after its delay.
func (g *Graph) FailLink(now sim.Time, ids ...link.ID) { g.outage(now, ids, 1) }

// RepairLink takes back one FailLink: links for which no reason is left come up.
func (g *Graph) RepairLink(now sim.Time, ids ...link.ID) { g.outage(now, ids, -1) }

// FailSwitch fails all links of a router, RepairSwitch takes it back.
func (g *Graph) FailSwitch(now sim.Time, r *Router)   { g.outage(now, g.linksAt(r), 1) }
func (g *Graph) RepairSwitch(now sim.Time, r *Router) { g.outage(now, g.linksAt(r), -1) }

// linksAt returns the links from and to a router.
func (g *Graph) linksAt(r *Router) []link.ID {
	var ids []link.ID
	for id := range g.ends {
		if e := &g.ends[id]; e.tail.node == r.index || e.head.node == r.index {
			ids = append(ids, link.ID(id))
		}
	}
	return ids
}

// outage adds a reason to be down to links, or takes one away.
func (g *Graph) outage(now sim.Time, ids []link.ID, more int16) {
	f := &g.failures
	f.grow(len(g.ends))
	ids = slices.Clone(ids)
	for _, id := range ids {
		if f.outages[id]+more < 0 {
			g.net.World().Fail("link %s is repaired but has not failed", g.net.Name(id))
		}
		f.outages[id] += more
		g.netOf(id).SetDown(id, f.outages[id] > 0)
		f.hash.Mix(uint64(now))
		f.hash.Mix(uint64(id)<<1 | uint64(more+1)/2)
	}
	if f.on {
		g.net.World().Global(now.Add(f.delay), func(now sim.Time) { g.converge(now, ids, more) })
	}
}

func (f *failures) grow(links int) {
	for len(f.outages) < links {
		f.outages, f.known = append(f.outages, 0), append(f.known, 0)
	}
}

// netOf returns the net that serves a link.
func (g *Graph) netOf(link.ID) *link.Net { return g.net }

// isFailed tells that routing avoids a link.
func (g *Graph) isFailed(id link.ID) bool {
	return int(id) < len(g.failures.known) && g.failures.known[id] > 0
}

// converge makes routing know of a change, and moves flows.
func (g *Graph) converge(now sim.Time, ids []link.ID, more int16) {
	f := &g.failures
	changed := false
	for _, id := range ids {
		before := g.isFailed(id)
		f.known[id] += more
		changed = changed || before != g.isFailed(id)
	}
	if !changed {
		return
	}
	f.hash.Mix(uint64(now))
	g.recompute()
	moved := uint64(0)
	for _, h := range g.hosts {
		moved += h.reroute()
	}
	f.hash.Mix(moved)
}

// recompute drops the tables, and computes them again if they were complete.
func (g *Graph) recompute() {
	g.remember()
	clear(g.trees)
	if g.table != nil {
		clear(g.table.rows)
	}
	if g.prepared {
		g.Prepare()
	}
}
