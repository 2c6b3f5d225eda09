package topo

import (
	"errors"

	"mpsim/model/link"
	"mpsim/sim/unit"
)

// Tables of next hops: for each destination router, every router's links that begin a path of least cost.
// Once prepared they are only read, so that hosts in different parts of a world may resolve paths at the same
// time.

// nextHops holds the tables of a graph.
type nextHops struct {
	g     *Graph
	seeds []uint64    // of the routers' hashes, by router number
	in    [][]inbound // by router number: the links that lead there
	rows  []*row      // by number of the destination router; nil: not computed yet
	sets  [][]edge    // sets of next hops, shared by rows
	known [][]int32   // by router number: its sets, as indices into sets
}

// inbound is a link to a router, from another one.
type inbound struct {
	from  int32 // router number
	link  link.ID
	delay unit.Duration
}

// row says how every router reaches one destination router.
type row struct {
	to int32 // router number

	// Where traffic bounces off certain routers (see Plan.Via): the way to any of these, of which
	// the rest of the row leads on. Else empty.
	bounce stage
	direct stage
}

// stage is the way to the nearest of some routers.
type stage struct {
	next  []int32  // by router number: index into sets, or one of the following
	paths []uint64 // by router number: how many paths of least cost
}

const (
	noWay   = -1
	arrived = -2
)

// manyPaths is where counting paths ends.
const manyPaths = 1 << 62

func newNextHops(g *Graph) *nextHops {
	n := len(g.routers)
	t := &nextHops{
		g: g, seeds: make([]uint64, n), in: make([][]inbound, n), rows: make([]*row, n), known: make([][]int32, n),
	}
	for i, r := range g.routers {
		t.seeds[i] = g.net.World().Stream(g.routing.stream(r.Name())).Uint64()
		for _, e := range g.nodes[r.index].edges {
			to := g.nodes[e.to].router
			t.in[to] = append(t.in[to], inbound{int32(i), e.link, e.delay})
		}
	}
	return t
}

// Prepare computes all tables that paths between hosts can need, so that looking up a path only reads what
// hosts share. Without it they are computed when first needed. To be called when the graph is complete.
func (g *Graph) Prepare() {
	g.cached, g.prepared = true, true
	t := g.tables()
	for _, h := range g.hosts {
		for _, f := range h.ifaces {
			switch {
			case !f.connected || g.nodes[f.peer.node].host != nil:
			case g.routing.Kind == Shortest:
				g.treeFrom(f.peer.node)
			default:
				t.row(f.peer.node)
			}
		}
	}
}

// tables returns the tables, made when first asked for.
func (g *Graph) tables() *nextHops {
	if g.table == nil {
		g.table = newNextHops(g)
	}
	return g.table
}

// row returns the table of the destination router at node.
func (t *nextHops) row(node int32) *row {
	to := t.g.nodes[node].router
	if t.rows[to] == nil {
		r := &row{to: to, direct: t.toward([]root{{to, 1}})}
		if roots := t.bounces(&r.direct); len(roots) > 0 {
			r.bounce = t.toward(roots)
		}
		t.rows[to] = r
	}
	return t.rows[to]
}

// root is a router that a stage leads to, and how many paths go on from there.
type root struct {
	router int32
	paths  uint64
}

// bounces returns the routers that traffic bounces off, those that reach the destination.
func (t *nextHops) bounces(direct *stage) []root {
	var roots []root
	for _, r := range t.g.via {
		if n := t.g.nodes[r.index].router; direct.paths[n] > 0 {
			roots = append(roots, root{n, direct.paths[n]})
		}
	}
	return roots
}

// cost is what paths are compared by.
type cost struct {
	delay unit.Duration
	hops  int32
}

func (a cost) less(b cost) bool { return a.delay < b.delay || a.delay == b.delay && a.hops < b.hops }

func (a cost) plus(d unit.Duration) cost { return cost{a.delay + d, a.hops + 1} }

// unreached is more than any path costs.
var unreached = cost{delay: 1<<63 - 1}

// toward finds the least costs to the nearest root (Dijkstra 1959, from there), and from them all next hops.
func (t *nextHops) toward(roots []root) stage {
	n := len(t.seeds)
	s := stage{next: make([]int32, n), paths: make([]uint64, n)}
	costs := make([]cost, n)
	for i := range n {
		costs[i], s.next[i] = unreached, noWay
	}
	var open waiting
	for _, r := range roots {
		costs[r.router], s.next[r.router], s.paths[r.router] = cost{}, arrived, min(r.paths, manyPaths)
		open.push(candidate{router: r.router})
	}
	for len(open) > 0 {
		w := open.pop()
		if costs[w.router] != w.cost {
			continue // a cheaper way was found since
		}
		if s.next[w.router] != arrived {
			t.settle(&s, costs, w.router)
		}
		for _, e := range t.in[w.router] {
			if c := w.cost.plus(e.delay); !t.g.isFailed(e.link) && c.less(costs[e.from]) {
				costs[e.from] = c
				open.push(candidate{c, e.from})
			}
		}
	}
	return s
}

// settle finds the next hops of a router whose cost, and those of all nearer ones, are final.
func (t *nextHops) settle(s *stage, costs []cost, at int32) {
	var set []edge
	g := t.g
	for _, e := range g.nodes[g.routers[at].index].edges {
		next := g.nodes[e.to].router
		if !g.isFailed(e.link) && costs[next] != unreached && costs[next].plus(e.delay) == costs[at] {
			set = append(set, e)
			s.paths[at] = min(s.paths[at]+s.paths[next], manyPaths)
		}
	}
	s.next[at] = t.intern(at, set)
}

// intern returns the number of a set of next hops of a router, which many destinations share.
func (t *nextHops) intern(at int32, set []edge) int32 {
next:
	for _, i := range t.known[at] {
		if len(t.sets[i]) != len(set) {
			continue
		}
		for k := range set {
			if t.sets[i][k].link != set[k].link {
				continue next
			}
		}
		return i
	}
	i := int32(len(t.sets))
	t.sets = append(t.sets, set)
	t.known[at] = append(t.known[at], i)
	return i
}

// stages returns the stages of the way from a router.
func (r *row) stages(at int32) []*stage {
	if at != r.to && r.bounce.next != nil && r.bounce.paths[at] > 0 {
		return []*stage{&r.bounce, &r.direct}
	}
	return []*stage{&r.direct}
}

// count returns the number of paths from the router at node; 0: no way.
func (t *nextHops) count(r *row, node int32) uint64 {
	at := t.g.nodes[node].router
	return r.stages(at)[0].paths[at]
}

// nth returns the links of path number i, below count, from the router at node.
func (t *nextHops) nth(r *row, node int32, i uint64) []link.ID {
	var links []link.ID
	at := t.g.nodes[node].router
	for _, s := range r.stages(at) {
		for s.next[at] != arrived {
			for _, e := range t.sets[s.next[at]] {
				next := t.g.nodes[e.to].router
				if i < s.paths[next] {
					links = append(links, e.link)
					at = next
					break
				}
				i -= s.paths[next]
			}
		}
	}
	return links
}

// rank returns the number of the path of these links from the router at node; ok is false if it is none of
// least cost.
func (t *nextHops) rank(r *row, node int32, links []link.ID) (number uint64, ok bool) {
	at := t.g.nodes[node].router
	for _, s := range r.stages(at) {
	next:
		for s.next[at] != arrived {
			if len(links) == 0 || s.next[at] == noWay {
				return 0, false
			}
			for _, e := range t.sets[s.next[at]] {
				to := t.g.nodes[e.to].router
				if e.link == links[0] {
					at, links = to, links[1:]
					continue next
				}
				number += s.paths[to]
			}
			return 0, false
		}
	}
	return number, len(links) == 0
}

// walk returns the number of the path, of those from the router at node, that the routers' own hashes of a
// flow's key lead along.
func (t *nextHops) walk(r *row, node int32, key uint64) uint64 {
	at, number := t.g.nodes[node].router, uint64(0)
	for _, s := range r.stages(at) {
		for s.next[at] != arrived {
			set := t.sets[s.next[at]]
			chosen := hop(key, t.seeds[at], len(set))
			for _, e := range set[:chosen] {
				number += s.paths[t.g.nodes[e.to].router]
			}
			at = t.g.nodes[set[chosen].to].router
		}
	}
	return number
}

var errNoPath = errors.New("no path of links leads there")

// candidate is a router that waits to be settled; waiting is a heap of them in a total order.
type candidate struct {
	cost
	router int32
}

type waiting []candidate

func (a candidate) before(b candidate) bool {
	return a.cost.less(b.cost) || a.cost == b.cost && a.router < b.router
}

func (w *waiting) push(c candidate) {
	h := append(*w, c)
	i := len(h) - 1
	for i > 0 && h[i].before(h[(i-1)/2]) {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
	*w = h
}

func (w *waiting) pop() candidate {
	h := *w
	top, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(h[i]) {
			break
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
	*w = h
	return top
}
