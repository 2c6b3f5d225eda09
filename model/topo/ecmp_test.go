package topo

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// chiSquare compares counts with equal ones.
func chiSquare(counts []int) float64 {
	total := 0
	for _, c := range counts {
		total += c
	}
	want := float64(total) / float64(len(counts))
	x := 0.0
	for _, c := range counts {
		d := float64(c) - want
		x += float64(d*d) / want
	}
	return x
}

// chi999 is what chi-square exceeds once in a thousand times with 15 degrees of freedom.
const chi999 = 37.7

// TestECMPUniform: the ports of flows between two hosts lead to each of 16 paths alike, that is, what the
// second router chooses does not depend on what the first one chose.
func TestECMPUniform(t *testing.T) {
	for seed := range uint64(4) {
		g, b := built(t, must(FatTree(8, 1, 1)), Routing{Kind: ECMP, Seed: seed})
		x, y := b.Hosts[0], b.Hosts[127]
		counts := map[string]int{}
		for port := range uint16(16_000) {
			p := must(x.Path(addr4(x, 0), addr4(y, 0), 1024+port, 80))
			counts[fmt.Sprint(g.Net().Links(p.Route))]++
		}
		var list []int
		for _, c := range counts {
			list = append(list, c)
		}
		if v := chiSquare(list); len(list) != 16 || v > chi999 {
			t.Errorf("seed %d: %d paths, counts %v, chi-square %.1f", seed, len(list), list, v)
		}
	}
}

// TestNoPolarisation: two routers' choices for the same flows are independent, also if flows were sorted by
// one router before they come to the other.
func TestNoPolarisation(t *testing.T) {
	g, _ := built(t, must(FatTree(8, 1, 1)), Routing{Kind: ECMP})
	for _, pair := range [][2]int{{0, 1}, {0, 32}, {5, 40}, {33, 64}} {
		a, b := g.table.seeds[pair[0]], g.table.seeds[pair[1]]
		joint := make([]int, 16)
		for port := range uint16(16_000) {
			f := flow{src: plan4(1, 0), dst: plan4(99, 0), sport: port, dport: 80}
			key := f.hash(FiveTuple)
			joint[4*hop(key, a, 4)+hop(key, b, 4)]++
		}
		if v := chiSquare(joint); v > chi999 {
			t.Errorf("routers %v: %v, chi-square %.1f", pair, joint, v)
		}
	}
}

// What counts is the five-tuple, or the label where there is one.
func TestHashInput(t *testing.T) {
	six := flow{src: plan6(1, 0), dst: plan6(2, 0), sport: 1, dport: 2, label: 3}
	four := flow{src: plan4(1, 0), dst: plan4(2, 0), sport: 1, dport: 2, label: 3}
	tests := []struct {
		f      flow
		kind   HashKind
		change func(f *flow)
		differ bool
	}{
		{six, FiveTuple, func(f *flow) { f.sport++ }, true},
		{six, FiveTuple, func(f *flow) { f.dport++ }, true},
		{six, FiveTuple, func(f *flow) { f.sport, f.dport = f.dport, f.sport }, true},
		{six, FiveTuple, func(f *flow) { f.src.Lo++ }, true},
		{six, FiveTuple, func(f *flow) { f.src, f.dst = f.dst, f.src }, true},
		{six, FiveTuple, func(f *flow) { f.label++ }, false},
		{six, FlowLabel, func(f *flow) { f.sport++ }, false},
		{six, FlowLabel, func(f *flow) { f.label++ }, true},
		{six, FlowLabel, func(f *flow) { f.dst.Hi++ }, true},
		{four, FlowLabel, func(f *flow) { f.label++ }, false},
		{four, FlowLabel, func(f *flow) { f.sport++ }, true},
	}
	for i, tt := range tests {
		g := tt.f
		tt.change(&g)
		if differ := tt.f.hash(tt.kind) != g.hash(tt.kind); differ != tt.differ {
			t.Errorf("case %d: hashes differ: %v", i, differ)
		}
	}
}

// TestFlowLabelPaths: labels choose paths, and IPv4 keeps to ports.
func TestFlowLabelPaths(t *testing.T) {
	g := New(link.NewNet(sim.NewWorld(1)))
	p := must(FatTree(4, 1, 1))
	b := must(g.Build(&p, Maker{
		Interface: func(int, int) InterfaceConfig { return InterfaceConfig{Assign: Both} },
		Link:      func(*PlanLink, bool) link.Config { return link.Config{} },
	}))
	if err := g.SetRouting(Routing{Kind: ECMP, Hash: FlowLabel}); err != nil {
		t.Fatal(err)
	}
	x, y := b.Hosts[0], b.Hosts[15]
	src, dst := x.Interface(0).Addrs[1], y.Interface(0).Addrs[1]
	seen := map[link.Route]bool{}
	for label := range uint32(64) {
		q := must(x.LabelPath(src, dst, 1000, 80, label))
		if q != must(x.LabelPath(src, dst, 2000, 80, label)) {
			t.Errorf("label %d: another port, another path", label)
		}
		seen[q.Route] = true
	}
	if len(seen) != 4 || !x.Labels() {
		t.Errorf("labels lead to %d paths of 4", len(seen))
	}
}

// randomRouters makes a graph of routers with a host at each, and returns the links between routers.
func randomRouters(t *rapid.T, r Routing) (*Graph, []*Host, []link.ID) {
	w := sim.NewWorld(rapid.Uint64().Draw(t, "seed"))
	g := New(link.NewNet(w))
	const routers = 6
	var ports []Port
	var hosts []*Host
	for i := range routers {
		ports = append(ports, must(g.AddRouter("r"+itoa(i))).Port())
		h := must(g.AddHost("h" + itoa(i)))
		must(h.AddInterface(InterfaceConfig{}))
		_, _, err := g.Connect(h.Port(0), ports[i], link.Config{Name: h.name}, link.Config{Name: h.name + "'"})
		if err != nil {
			t.Fatal(err)
		}
		hosts = append(hosts, h)
	}
	var links []link.ID
	for i := range rapid.IntRange(0, 14).Draw(t, "connections") {
		a := rapid.IntRange(0, routers-1).Draw(t, "a")
		b := (a + rapid.IntRange(1, routers-1).Draw(t, "b")) % routers
		ab, ba := rapid.IntRange(0, 2).Draw(t, "ab"), rapid.IntRange(0, 2).Draw(t, "ba")
		f, back, err := g.Connect(ports[a], ports[b], link.Config{Name: "l" + itoa(i), Delay: unit.Duration(ab)},
			link.Config{Name: "l" + itoa(i) + "'", Delay: unit.Duration(ba)})
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, f, back)
	}
	if err := g.SetRouting(r); err != nil {
		t.Fatal(err)
	}
	return g, hosts, links
}

// allPaths finds all paths of least cost between two routers by exhaustive search.
func allPaths(g *Graph, from, to int32) [][]link.ID {
	var best [][]link.ID
	least := unreached
	visited := map[int32]bool{}
	var search func(at int32, so cost, links []link.ID)
	search = func(at int32, so cost, links []link.ID) {
		if least.less(so) || visited[at] {
			return
		}
		if at == to {
			if so.less(least) {
				best, least = nil, so
			}
			best = append(best, slices.Clone(links))
			return
		}
		visited[at] = true
		for _, e := range g.nodes[at].edges {
			if !g.isFailed(e.link) {
				search(e.to, so.plus(e.delay), append(links, e.link))
			}
		}
		visited[at] = false
	}
	search(from, cost{}, nil)
	return best
}

// TestEqualCostPaths: on random graphs, also with failed links, the tables hold exactly the paths that
// exhaustive search finds; numbers and paths belong together one to one; and a flow's hash leads to one of
// them.
func TestEqualCostPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, hosts, links := randomRouters(t, Routing{Kind: ECMP})
		if len(links) > 0 && rapid.Bool().Draw(t, "fail") {
			g.failures.grow(len(g.ends))
			g.failures.known[rapid.SampledFrom(links).Draw(t, "failed")]++
		}
		g.Prepare()
		for i, x := range hosts {
			for j, y := range hosts {
				if i == j {
					continue
				}
				from, to := x.ifaces[0].peer.node, y.ifaces[0].peer.node
				want := allPaths(g, from, to)
				row := g.table.row(to)
				if n := g.table.count(row, from); n != uint64(len(want)) {
					t.Fatalf("%s to %s: %d paths, want %d", x.name, y.name, n, len(want))
				}
				var got []string
				for n := range uint64(len(want)) {
					path := g.table.nth(row, from, n)
					if rank, ok := g.table.rank(row, from, path); !ok || rank != n {
						t.Fatalf("%s to %s: path %d has rank %d, %v", x.name, y.name, n, rank, ok)
					}
					got = append(got, fmt.Sprint(path))
				}
				var all []string
				for _, p := range want {
					all = append(all, fmt.Sprint(p))
				}
				slices.Sort(got)
				slices.Sort(all)
				if !slices.Equal(got, all) {
					t.Fatalf("%s to %s: paths %v, want %v", x.name, y.name, got, all)
				}
				p, err := x.Path(addr4(x, 0), addr4(y, 0), 1, 2)
				if (err == nil) != (len(want) > 0) {
					t.Fatalf("%s to %s: %v, but there are %d paths", x.name, y.name, err, len(want))
				}
				if err != nil {
					continue
				}
				chosen := g.net.Links(p.Route)
				if !slices.Contains(all, fmt.Sprint(chosen[1:len(chosen)-1])) {
					t.Fatalf("%s to %s: chose %v", x.name, y.name, chosen)
				}
				hopByHop(t, g, &flow{src: addr4(x, 0), dst: addr4(y, 0), sport: 1, dport: 2}, from, to, chosen)
			}
		}
	})
}

// hopByHop follows the routers' choices one by one.
func hopByHop(t *rapid.T, g *Graph, f *flow, at, to int32, chosen []link.ID) {
	for i := 1; at != to; i++ {
		next := map[link.ID]int32{}
		var ids []link.ID
		for _, p := range allPaths(g, at, to) {
			if _, known := next[p[0]]; !known {
				ids = append(ids, p[0])
				next[p[0]] = g.ends[p[0]].head.node
			}
		}
		pick := ids[hop(f.hash(FiveTuple), g.table.seeds[g.nodes[at].router], len(ids))]
		if chosen[i] != pick {
			t.Fatalf("at %s the hash leads to link %d, the path to %d", g.nodes[at].name, pick, chosen[i])
		}
		at = next[pick]
	}
}
