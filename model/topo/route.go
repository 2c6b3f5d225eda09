package topo

import (
	"container/heap"
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// Path resolves the way from src, an address of this host, to dst: out of the interface that has
// src and into the one that has dst. Looked up once a connection; the same pair gives the same path.
func (h *Host) Path(src, dst wire.Addr) (link.Path, error) {
	if p, known := h.paths[pair{src, dst}]; known {
		return p, nil
	}
	links, from, receiver, err := h.resolve(src, dst)
	if err != nil {
		return link.Path{}, fmt.Errorf("host %s: from %v to %v: %w", h.name, src.Netip(), dst.Netip(), err)
	}
	p := link.Path{Iface: from.index, Route: h.net.AddRoute(links, receiver)}
	h.paths[pair{src, dst}] = p
	return p, nil
}

// Route is Path without the interface.
func (h *Host) Route(src, dst wire.Addr) (link.Route, error) {
	p, err := h.Path(src, dst)
	return p.Route, err
}

// Source returns the address that a connection to dst uses when none is asked for: the first one of
// dst's family, of the first interface that is up and has a way there, not backup before backup.
func (h *Host) Source(dst wire.Addr) (wire.Addr, error) {
	for _, backup := range [...]bool{false, true} {
		for _, f := range h.ifaces {
			if !f.up || f.backup != backup {
				continue
			}
			for _, a := range f.addrs {
				if _, _, _, err := h.resolve(a, dst); err == nil {
					return a, nil
				}
			}
		}
	}
	return wire.Addr{}, fmt.Errorf("host %s: no interface that is up has a way to %v", h.name, dst.Netip())
}

// resolve finds the links from src to dst, and the receiver at their end.
func (h *Host) resolve(src, dst wire.Addr) (links []link.ID, from *iface, receiver int32, err error) {
	from, to := h.g.owners[src], h.g.owners[dst]
	gate, isGate := h.g.gates[dst]
	switch {
	case from == nil || from.host != h:
		return nil, nil, 0, fmt.Errorf("the source is not an address of this host")
	case to == nil && !isGate:
		return nil, nil, 0, fmt.Errorf("no host has the destination address")
	case src.Is4() != dst.Is4():
		return nil, nil, 0, fmt.Errorf("one address is IPv4, the other IPv6")
	case !from.connected:
		return nil, nil, 0, fmt.Errorf("interface %s is not connected", from.name)
	case isGate:
		links, err = h.resolveGate(from, gate)
		return links, from, h.g.sink(), err
	case to.host == h:
		return nil, nil, 0, fmt.Errorf("the destination is the host itself: there is no loopback")
	case !to.connected:
		return nil, nil, 0, fmt.Errorf("interface %s of %s is not connected", to.name, to.host.name)
	case from.out == to.in:
		return []link.ID{from.out}, from, to.receiver, nil
	}
	g := h.g
	if g.nodes[from.peer.node].host != nil || g.nodes[to.peer.node].host != nil {
		return nil, nil, 0, fmt.Errorf("a host lies between, and hosts do not forward")
	}
	between, ok := g.treeFrom(from.peer.node).to(to.peer.node)
	if !ok {
		return nil, nil, 0, fmt.Errorf("no path of links leads there")
	}
	links = append(links, from.out)
	links = append(links, between...)
	return append(links, to.in), from, to.receiver, nil
}

// resolveGate finds the links from interface from to the gate id.
func (h *Host) resolveGate(from *iface, id link.ID) ([]link.ID, error) {
	if from.out == id {
		return []link.ID{id}, nil
	}
	if h.g.nodes[from.peer.node].host != nil {
		return nil, fmt.Errorf("a host lies between, and hosts do not forward")
	}
	rest, err := h.g.toGate(from.peer.node, id)
	return append([]link.ID{from.out}, rest...), err
}

// tree holds the shortest paths from one router to all others (Dijkstra 1959).
type tree struct {
	root int32
	best []reach // by node
}

// reach is how a router is reached best.
type reach struct {
	delay unit.Duration
	hops  int32
	found bool
	done  bool
	from  int32
	link  link.ID
}

// treeFrom returns the tree of router root, computing it when first asked for.
func (g *Graph) treeFrom(root int32) *tree {
	if t := g.trees[root]; t != nil {
		return t
	}
	t := &tree{root: root, best: make([]reach, len(g.nodes))}
	t.best[root].found = true
	open := frontier{{node: root}}
	for len(open) > 0 {
		v := heap.Pop(&open).(visit)
		at := &t.best[v.node]
		if at.done {
			continue
		}
		at.done = true
		for _, e := range g.nodes[v.node].edges {
			to := &t.best[e.to]
			delay, hops := at.delay+e.delay, at.hops+1
			if to.found && (to.delay < delay || to.delay == delay && to.hops <= hops) {
				continue // equally good ones: the first found stays
			}
			*to = reach{delay: delay, hops: hops, found: true, from: v.node, link: e.link}
			heap.Push(&open, visit{delay, hops, e.to})
		}
	}
	g.trees[root] = t
	return t
}

// to returns the links from the root to router r.
func (t *tree) to(r int32) ([]link.ID, bool) {
	if !t.best[r].found {
		return nil, false
	}
	links := make([]link.ID, t.best[r].hops)
	for r != t.root {
		b := t.best[r]
		links[b.hops-1] = b.link
		r = b.from
	}
	return links, true
}

// visit is a router to be visited; frontier is a heap of them in a total order.
type visit struct {
	delay unit.Duration
	hops  int32
	node  int32
}

type frontier []visit

func (f frontier) Len() int      { return len(f) }
func (f frontier) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f frontier) Less(i, j int) bool {
	a, b := f[i], f[j]
	if a.delay != b.delay {
		return a.delay < b.delay
	}
	if a.hops != b.hops {
		return a.hops < b.hops
	}
	return a.node < b.node
}
func (f *frontier) Push(v any) { *f = append(*f, v.(visit)) }
func (f *frontier) Pop() any {
	last := len(*f) - 1
	v := (*f)[last]
	*f = (*f)[:last]
	return v
}
