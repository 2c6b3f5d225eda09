package topo

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// RoutingKind says who chooses among paths of equal cost.
type RoutingKind uint8

// Ways to route. All of them take paths with the least sum of delays, and among these the fewest links; with
// Routing.ByLinks the fewest links alone.
const (
	Shortest       RoutingKind = iota // one path for a pair of addresses
	ECMP                              // each router by its own hash of the flow (RFC 2992)
	Spray                             // the sender, anew for each packet
	SourceRandom                      // the sender, at random, once for each flow
	SourceDistinct                    // the same, but never a path again before all others are in use
)

// HashKind says what routers hash under ECMP.
type HashKind uint8

// What tells flows apart.
const (
	FiveTuple HashKind = iota // addresses, protocol, ports
	FlowLabel                 // addresses and flow label (RFC 6438); the five-tuple of IPv4 packets
)

// Routing is how a graph routes. The zero value is one shortest path for each pair of addresses.
type Routing struct {
	Kind RoutingKind
	Hash HashKind
	Seed uint64 // of the routers' hashes, beside the world's seed

	// ByLinks makes paths of equally many links equally good whatever their delays, as a routing protocol does that
	// has the same metric for all links.
	ByLinks bool

	// Paths, if not 0: where the sender chooses, it does so among that many shortest paths without loops, longer
	// ones included (Yen 1971), as a Jellyfish wants; not in cubes.
	Paths int

	InTurn bool // Spray takes the paths in turn, in an order that is drawn for each destination, not at random
}

// SetRouting says how paths are chosen from now on: before the run, and before any path is asked for.
func (g *Graph) SetRouting(r Routing) error {
	if r.Kind > SourceDistinct || r.Hash > FlowLabel {
		return fmt.Errorf("routing: there is no kind %d or hash %d", r.Kind, r.Hash)
	}
	if r.Paths < 0 || r.Paths > maxSpray || r.Paths > 0 && (r.Kind == Shortest || r.Kind == ECMP) {
		return fmt.Errorf("routing: %d paths: 1 to %d, where the sender chooses among them", r.Paths, maxSpray)
	}
	g.routing = r
	for i := range g.nodes {
		for k := range g.nodes[i].edges {
			e := &g.nodes[i].edges[k]
			e.delay = g.price(e.link)
		}
	}
	g.forget()
	return nil
}

// price is what a link adds to the delay that paths are compared by.
func (g *Graph) price(id link.ID) unit.Duration {
	if g.routing.ByLinks {
		return 0
	}
	return g.net.Delay(id)
}

// Routing returns what SetRouting was given.
func (g *Graph) Routing() Routing { return g.routing }

// flow is what paths are chosen by.
type flow struct {
	src, dst     wire.Addr
	sport, dport uint16
	label        uint32
}

// key is the flow without what may change while it lasts.
func (f *flow) key() flow { return flow{f.src, f.dst, f.sport, f.dport, 0} }
