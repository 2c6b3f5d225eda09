package topo

import "mpsim/model/link"

// tree holds the shortest paths from one router to all others (Dijkstra 1959).
type tree struct {
	g    *Graph
	root int32   // router number
	best []reach // by router number
}

// reach is how a router is reached best.
type reach struct {
	cost
	found bool
	done  bool
	from  int32 // router number
	link  link.ID
}

// treeFrom returns the tree of the router at node, computing it when first asked for.
func (g *Graph) treeFrom(node int32) *tree {
	if t := g.trees[node]; t != nil {
		return t
	}
	t := &tree{g: g, root: g.nodes[node].router, best: make([]reach, len(g.routers))}
	t.best[t.root].found = true
	open := waiting{{router: t.root}}
	for len(open) > 0 {
		v := open.pop()
		at := &t.best[v.router]
		if at.done {
			continue
		}
		at.done = true
		for _, e := range g.nodes[g.routers[v.router].index].edges {
			next := g.nodes[e.to].router
			to, so := &t.best[next], at.plus(e.delay)
			if g.isFailed(e.link) || to.found && !so.less(to.cost) {
				continue // equally good ones: the first found stays
			}
			*to = reach{cost: so, found: true, from: v.router, link: e.link}
			open.push(candidate{so, next})
		}
	}
	g.trees[node] = t
	return t
}

// to returns the links from the root to the router at node.
func (t *tree) to(node int32) ([]link.ID, bool) {
	r := t.g.nodes[node].router
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
