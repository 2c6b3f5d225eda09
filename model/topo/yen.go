package topo

import (
	"slices"

	"mpsim/model/link"
)

// The k shortest paths without loops between two routers (Yen 1971), for graphs with few paths of equal cost:
// a Jellyfish is routed so by its authors. Each further path leaves one that is known at some router, by a
// link that no known path with the same beginning takes, and goes on the shortest way that does not come
// back.

// yenPath is a path with its cost.
type yenPath struct {
	cost
	links []link.ID
}

func (a *yenPath) compare(b yenPath) int {
	switch {
	case a.less(b.cost):
		return -1
	case b.less(a.cost):
		return 1
	}
	return slices.Compare(a.links, b.links)
}

// kShortest returns up to k paths between the routers at two nodes, in order of cost, then of links.
func (g *Graph) kShortest(from, to int32, k int) [][]link.ID {
	s := detourSearch{g: g, banned: make([]bool, len(g.routers))}
	first, ok := s.find(from, to)
	if !ok {
		return nil
	}
	known, open := []yenPath{first}, []yenPath(nil)
	for len(known) < k {
		last := known[len(known)-1].links
		at, so := from, cost{}
		for i, id := range last { // leave the last path where this link begins
			s.links = s.links[:0]
			for _, p := range known {
				if len(p.links) > i && slices.Equal(p.links[:i], last[:i]) {
					s.links = append(s.links, p.links[i])
				}
			}
			if rest, ok := s.find(at, to); ok {
				p := yenPath{cost{so.delay + rest.delay, so.hops + rest.hops}, slices.Concat(last[:i], rest.links)}
				open = append(open, p)
			}
			s.banned[g.nodes[at].router] = true
			at, so = g.follow(at, id, so)
		}
		clear(s.banned)
		slices.SortFunc(open, func(a, b yenPath) int { return a.compare(b) })
		open = slices.CompactFunc(open, func(a, b yenPath) bool { return slices.Equal(a.links, b.links) })
		if len(open) == 0 {
			break
		}
		known, open = append(known, open[0]), open[1:]
	}
	paths := make([][]link.ID, len(known))
	for i := range known {
		paths[i] = known[i].links
	}
	return paths
}

// follow returns where a link from a router leads, and what a path to there costs.
func (g *Graph) follow(at int32, id link.ID, so cost) (int32, cost) {
	edges := g.nodes[at].edges
	e := edges[slices.IndexFunc(edges, func(e edge) bool { return e.link == id })]
	return e.to, so.plus(e.delay)
}

// detourSearch finds shortest paths that avoid some routers and, at their first router, some links.
type detourSearch struct {
	g      *Graph
	banned []bool // by router number
	links  []link.ID
}

// find returns the shortest path between the routers at two nodes (Dijkstra 1959).
func (s *detourSearch) find(from, to int32) (yenPath, bool) {
	g := s.g
	t := tree{g: g, root: g.nodes[from].router, best: make([]reach, len(g.routers))}
	t.best[t.root].found = true
	open := waiting{{router: t.root}}
	for len(open) > 0 {
		v := open.pop()
		at := &t.best[v.router]
		if at.done {
			continue
		}
		at.done = true
		if v.router == g.nodes[to].router {
			links, _ := t.to(to)
			return yenPath{at.cost, links}, true
		}
		for _, e := range g.nodes[g.routers[v.router].index].edges {
			next := g.nodes[e.to].router
			if g.isFailed(e.link) || s.banned[next] || v.router == t.root && slices.Contains(s.links, e.link) {
				continue
			}
			if to, so := &t.best[next], at.plus(e.delay); !to.found || so.less(to.cost) {
				*to = reach{cost: so, found: true, from: v.router, link: e.link}
				open.push(candidate{so, next})
			}
		}
	}
	return yenPath{}, false
}

// longer returns the paths between the routers of two interfaces, longer ones included; the host keeps them.
func (h *Host) longer(from, to *iface) [][]link.ID {
	k := ifacePair{from: from, to: to}
	paths, known := h.choices.longer[k]
	if !known {
		if h.choices.longer == nil {
			h.choices.longer = map[ifacePair][][]link.ID{}
		}
		paths = h.g.kShortest(from.peer.node, to.peer.node, h.g.routing.Paths)
		h.choices.longer[k] = paths
	}
	return paths
}
