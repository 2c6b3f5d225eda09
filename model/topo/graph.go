package topo

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// Graph is built once, before the run: hosts, routers, then the connections between them.
type Graph struct {
	net     *link.Net
	nodes   []node
	hosts   []*Host
	routers []*Router
	names   map[string]bool
	owners  map[wire.Addr]*iface
	trees   map[int32]*tree // by source router; nil entries are not computed yet
	cached  bool            // something that depends on the links has been computed

	routing  Routing
	table    *nextHops // nil: not computed yet
	tracking bool
	via      []*Router // that traffic between others bounces off, see Plan.Via
	prepared bool      // by Prepare, and complete since
	before   *before   // nil: routing has not known of a failure yet
	failures failures

	ends         []ends                // by link.ID: where links begin and end
	gates        map[wire.Addr]link.ID // see AddGate
	lost         lost
	sinkReceiver int32 // -1: not made yet
}

// ends are where a link begins and ends.
type ends struct{ tail, head Port }

// node is a host or a router. Only routers have edges: hosts do not forward.
type node struct {
	name   string
	host   *Host // nil: a router
	router int32 // number among routers
	edges  []edge
}

// edge is one link from a router to another one.
type edge struct {
	to    int32
	link  link.ID
	delay unit.Duration
}

// Router joins links.
type Router struct {
	g     *Graph
	index int32
}

// Port is where a connection ends: an interface of a host, or a router.
type Port struct {
	node  int32
	iface int32 // of a host
}

// New returns an empty graph over net.
func New(net *link.Net) *Graph {
	g := &Graph{
		net: net, names: map[string]bool{}, owners: map[wire.Addr]*iface{}, trees: map[int32]*tree{},
		gates: map[wire.Addr]link.ID{}, sinkReceiver: -1,
	}
	g.lost.g = g
	return g
}

// Net returns the net that carries the graph's packets.
func (g *Graph) Net() *link.Net { return g.net }

// Hosts returns the hosts in the order they were made. The caller must not change the slice.
func (g *Graph) Hosts() []*Host { return g.hosts }

// Host returns the host of that name, or nil.
func (g *Graph) Host(name string) *Host {
	for _, h := range g.hosts {
		if h.name == name {
			return h
		}
	}
	return nil
}

// Owner returns the host and interface that has address a; the host is nil if none has.
func (g *Graph) Owner(a wire.Addr) (h *Host, iface int) {
	f := g.owners[a]
	if f == nil {
		return nil, 0
	}
	return f.host, int(f.index)
}

// AddRouter makes a router. Names of hosts and routers are unique.
func (g *Graph) AddRouter(name string) (*Router, error) {
	index, err := g.addNode(name, nil)
	if err != nil {
		return nil, err
	}
	g.nodes[index].router = int32(len(g.routers))
	r := &Router{g: g, index: index}
	g.routers = append(g.routers, r)
	return r, nil
}

func (g *Graph) addNode(name string, h *Host) (int32, error) {
	if name == "" {
		return 0, fmt.Errorf("host or router without a name: give it one")
	}
	if g.names[name] {
		return 0, fmt.Errorf("host or router %q exists already: names are unique", name)
	}
	g.names[name] = true
	g.nodes = append(g.nodes, node{name: name, host: h})
	return int32(len(g.nodes) - 1), nil
}

// Name returns the router's name. Port returns where connections to it end.
func (r *Router) Name() string { return r.g.nodes[r.index].name }
func (r *Router) Port() Port   { return Port{node: r.index} }

// Connect makes the two links between a and b: forward from a to b, reverse from b to a, and pairs
// them (see link.Wake). Ports that are interfaces must not be connected already.
func (g *Graph) Connect(a, b Port, forward, reverse link.Config) (ab, ba link.ID, err error) {
	if a.node == b.node {
		return 0, 0, fmt.Errorf("connection %s: both ends are at %s", forward.Name, g.nodes[a.node].name)
	}
	for _, p := range [...]Port{a, b} {
		if f := g.ifaceAt(p); f != nil && f.connected {
			return 0, 0, fmt.Errorf("connection %s: interface %s of %s is connected already, to %s",
				forward.Name, f.name, f.host.name, g.net.Name(f.out))
		}
	}
	if ab, err = g.net.AddLink(forward); err != nil {
		return 0, 0, err
	}
	if ba, err = g.net.AddLink(reverse); err != nil {
		return 0, 0, err
	}
	if err = g.net.Pair(ab, ba); err != nil {
		return 0, 0, err
	}
	g.attach(a, b, ab, ba)
	g.attach(b, a, ba, ab)
	g.forget()
	return ab, ba, nil
}

// noteUse remembers that something has been computed. Once it has, or after Prepare, it only reads.
func (g *Graph) noteUse() {
	if !g.cached {
		g.cached = true
	}
}

// forget drops all that has been computed from the links that there are.
func (g *Graph) forget() {
	if !g.cached {
		return
	}
	g.cached, g.prepared, g.table, g.before = false, false, nil, nil
	clear(g.trees)
	g.forgetPaths()
}

// forgetPaths drops the paths that hosts have looked up.
func (g *Graph) forgetPaths() {
	for _, h := range g.hosts {
		clear(h.paths)
		clear(h.routes)
		clear(h.flows)
		h.sprays, h.tracked = nil, nil
	}
}

// attach tells the port at that out leads to peer and in comes from it.
func (g *Graph) attach(at, peer Port, out, in link.ID) {
	for int(out) >= len(g.ends) {
		g.ends = append(g.ends, ends{})
	}
	g.ends[out] = ends{at, peer}
	if f := g.ifaceAt(at); f != nil {
		f.connected, f.peer, f.out, f.in = true, peer, out, in
		return
	}
	if g.nodes[peer.node].host == nil {
		from := &g.nodes[at.node]
		from.edges = append(from.edges, edge{to: peer.node, link: out, delay: g.price(out)})
	}
}

// ifaceAt returns the interface at p, nil for a router.
func (g *Graph) ifaceAt(p Port) *iface {
	if h := g.nodes[p.node].host; h != nil {
		return h.ifaces[p.iface]
	}
	return nil
}
