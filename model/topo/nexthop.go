package topo

import (
	"errors"
	"strconv"

	"mpsim/model/link"
	"mpsim/sim/unit"
)

// Tables of next hops: for each destination router, every router's links that begin a path of least cost. Once
// prepared they are only read, so that hosts in different parts of a world may resolve paths at the same time.

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
	t     *nextHops
	to    int32    // router number
	next  []int32  // by router number: index into sets, -1: no way
	paths []uint64 // by router number: how many paths of least cost
}

// manyPaths is where counting paths ends.
const manyPaths = 1 << 62

func newNextHops(g *Graph) *nextHops {
	n := len(g.routers)
	t := &nextHops{
		g: g, seeds: make([]uint64, n), in: make([][]inbound, n), rows: make([]*row, n), known: make([][]int32, n),
	}
	for i, r := range g.routers {
		name := "routing/" + r.Name()
		if g.routing.Seed != 0 {
			name += "/" + strconv.FormatUint(g.routing.Seed, 10)
		}
		t.seeds[i] = g.net.World().Stream(name).Uint64()
		for _, e := range g.nodes[r.index].edges {
			to := g.nodes[e.to].router
			t.in[to] = append(t.in[to], inbound{int32(i), e.link, e.delay})
		}
	}
	return t
}

// Prepare computes all tables that paths between hosts can need, so that looking up a path only reads what hosts
// share. Without it they are computed when first needed. To be called when the graph is complete.
func (g *Graph) Prepare() {
	if g.routing.Kind == Shortest {
		return
	}
	t := g.tables()
	for _, h := range g.hosts {
		for _, f := range h.ifaces {
			if f.connected && g.nodes[f.peer.node].host == nil {
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
		t.rows[to] = t.compute(to)
	}
	return t.rows[to]
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

// compute finds the least costs to router to (Dijkstra 1959, from the destination), and from them all next hops.
func (t *nextHops) compute(to int32) *row {
	n := len(t.seeds)
	r := &row{t: t, to: to, next: make([]int32, n), paths: make([]uint64, n)}
	costs := make([]cost, n)
	for i := range n {
		costs[i], r.next[i] = unreached, -1
	}
	costs[to] = cost{}
	r.paths[to] = 1
	open := waiting{{router: to}}
	for len(open) > 0 {
		w := open.pop()
		if costs[w.router] != w.cost {
			continue // a cheaper way was found since
		}
		if w.router != to {
			t.settle(r, costs, w.router)
		}
		for _, e := range t.in[w.router] {
			if c := w.cost.plus(e.delay); !t.g.isFailed(e.link) && c.less(costs[e.from]) {
				costs[e.from] = c
				open.push(candidate{c, e.from})
			}
		}
	}
	return r
}

// settle finds the next hops of a router whose cost, and those of all nearer ones, are final.
func (t *nextHops) settle(r *row, costs []cost, at int32) {
	var set []edge
	g := t.g
	for _, e := range g.nodes[g.routers[at].index].edges {
		next := g.nodes[e.to].router
		if !g.isFailed(e.link) && costs[next] != unreached && costs[next].plus(e.delay) == costs[at] {
			set = append(set, e)
			r.paths[at] = min(r.paths[at]+r.paths[next], manyPaths)
		}
	}
	r.next[at] = t.intern(at, set)
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

// count returns the number of paths from the router at node; 0: no way.
func (r *row) count(node int32) uint64 { return r.paths[r.t.g.nodes[node].router] }

// nth returns the links of path number i, below count, from the router at node.
func (r *row) nth(node int32, i uint64) ([]link.ID, error) {
	var links []link.ID
	g := r.t.g
	at := g.nodes[node].router
	if r.paths[at] == 0 || i >= r.paths[at] {
		return nil, errNoPath
	}
	for at != r.to {
		for _, e := range r.t.sets[r.next[at]] {
			next := g.nodes[e.to].router
			if i < r.paths[next] {
				links = append(links, e.link)
				at = next
				break
			}
			i -= r.paths[next]
		}
	}
	return links, nil
}

// walk returns the number of the path that the routers' own hashes of a flow's key lead along.
func (r *row) walk(node int32, key uint64) uint64 {
	g := r.t.g
	at, number := g.nodes[node].router, uint64(0)
	for at != r.to && r.next[at] >= 0 {
		set := r.t.sets[r.next[at]]
		chosen := hop(key, r.t.seeds[at], len(set))
		for _, e := range set[:chosen] {
			number += r.paths[g.nodes[e.to].router]
		}
		at = g.nodes[set[chosen].to].router
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
