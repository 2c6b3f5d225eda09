package topo

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
)

// RoutingKind says who chooses among paths of equal cost.
type RoutingKind uint8

// Ways to route. All of them take paths with the least sum of delays, and among these the fewest links.
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
}

// SetRouting says how paths are chosen from now on: before the run, and before any path is asked for.
func (g *Graph) SetRouting(r Routing) error {
	if r.Kind > SourceDistinct || r.Hash > FlowLabel {
		return fmt.Errorf("routing: there is no kind %d or hash %d", r.Kind, r.Hash)
	}
	g.routing = r
	g.forget()
	return nil
}

// Routing returns what SetRouting was given.
func (g *Graph) Routing() Routing { return g.routing }

// flow is what paths are chosen by.
type flow struct {
	src, dst     wire.Addr
	sport, dport uint16
	label        uint32
}

// choose returns which of the paths of least cost between the routers of two interfaces a new flow
// takes.
func (h *Host) choose(f *flow, from, to *iface, r *row) (uint64, error) {
	n := r.count(from.peer.node)
	switch {
	case n == 0:
		return 0, errNoPath
	case n >= manyPaths:
		return 0, fmt.Errorf("there are more paths of equal cost than can be counted: use shortest paths")
	}
	switch h.g.routing.Kind {
	case ECMP:
		return r.walk(from.peer.node, f.hash(h.g.routing.Hash)), nil
	case SourceDistinct:
		return h.pickDistinct(from, to, n), nil
	default:
		return h.pickRandom(n), nil
	}
}

// routeKey names a route of a host under multipath routing.
type routeKey struct {
	from, to *iface
	number   uint64 // among the paths of least cost
}

// multipath resolves the way of a new flow. Flows on the same path share the route.
func (h *Host) multipath(f *flow) (link.Path, error) {
	from, to, direct, err := h.ends(f.src, f.dst)
	if err != nil {
		return link.Path{}, err
	}
	if direct {
		return h.shared(routeKey{from, to, 0}, nil)
	}
	r := h.g.tables().row(to.peer.node)
	number, err := h.choose(f, from, to, r)
	if err != nil {
		return link.Path{}, err
	}
	return h.shared(routeKey{from, to, number}, r)
}

// shared returns the path of that name, made when first asked for.
func (h *Host) shared(k routeKey, r *row) (link.Path, error) {
	if known := h.routes[k]; known != 0 {
		return link.Path{Iface: k.from.index, Route: known}, nil
	}
	links := []link.ID{k.from.out}
	if r != nil {
		between, err := r.nth(k.from.peer.node, k.number)
		if err != nil {
			return link.Path{}, err
		}
		links = append(append(links, between...), k.to.in)
	}
	if h.routes == nil {
		h.routes = map[routeKey]link.Route{}
	}
	route := h.net.AddRoute(links, k.to.receiver)
	h.routes[k] = route
	return link.Path{Iface: k.from.index, Route: route}, nil
}
