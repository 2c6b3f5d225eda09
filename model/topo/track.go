package topo

import (
	"mpsim/model/link"
	"mpsim/model/wire"
)

// tracked is a flow whose route was handed out.
type tracked struct {
	flow flow
	to   *Host
	path link.Path // as the sender knows it
}

// TrackFlows makes hosts remember each flow that asks for a path: for Sharing, and for moving flows when
// links fail, which turns it on. Each flow has a route of its own then, and keeps it if it asks again. To be
// called before any path is asked for.
func (g *Graph) TrackFlows() {
	g.tracking = true
	g.forgetPaths()
}

// track remembers the path of a new flow.
func (h *Host) track(f *flow, to *Host, p link.Path) {
	if h.flows == nil {
		h.flows = map[flow]int32{}
	}
	h.flows[f.key()] = int32(len(h.tracked))
	h.tracked = append(h.tracked, tracked{*f, to, p})
}

// SharedFlow is a flow that has asked for a path; under Spray, Links is all that its packets may cross.
type SharedFlow struct {
	From, To         *Host
	Src, Dst         wire.Addr
	SrcPort, DstPort uint16
	Links            []link.ID
}

// Sharing says which flows share which links: all that have asked for a path since TrackFlows, also those
// that have ended, on the paths they have now.
type Sharing struct {
	Flows []SharedFlow // host by host, in the order in which they asked
	On    [][]int32    // by link.ID: flows that cross it, ascending
}

// Sharing returns the report; it is empty without TrackFlows.
func (g *Graph) Sharing() Sharing {
	s := Sharing{On: make([][]int32, len(g.ends))}
	for _, h := range g.hosts {
		for i := range h.tracked {
			t := &h.tracked[i]
			f := SharedFlow{
				From: h, To: t.to, Src: t.flow.src, Dst: t.flow.dst, SrcPort: t.flow.sport, DstPort: t.flow.dport,
			}
			n := int32(len(s.Flows))
			for _, p := range h.routesOf(t.path) {
				for _, id := range h.net.Links(p.Route) {
					if on := s.On[id]; len(on) == 0 || on[len(on)-1] != n {
						s.On[id] = append(on, n)
						f.Links = append(f.Links, id)
					}
				}
			}
			s.Flows = append(s.Flows, f)
		}
	}
	return s
}

// routesOf returns the paths that packets of one take.
func (h *Host) routesOf(p link.Path) []link.Path {
	if p.Route&link.Sprayed != 0 {
		return h.sprays[p.Route&^link.Sprayed].paths
	}
	return []link.Path{p}
}
