package topo

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
)

// loopless finds all paths without loops between two routers by exhaustive search, cheapest first.
func loopless(g *Graph, from, to int32) []yenPath {
	var all []yenPath
	visited := map[int32]bool{}
	var search func(at int32, so cost, links []link.ID)
	search = func(at int32, so cost, links []link.ID) {
		if at == to {
			all = append(all, yenPath{so, slices.Clone(links)})
			return
		}
		visited[at] = true
		for _, e := range g.nodes[at].edges {
			if !g.isFailed(e.link) && !visited[e.to] {
				search(e.to, so.plus(e.delay), append(links, e.link))
			}
		}
		visited[at] = false
	}
	search(from, cost{}, nil)
	slices.SortStableFunc(all, func(a, b yenPath) int { return a.compare(b) })
	return all
}

// TestKShortest: on random graphs the costs are those of exhaustive search, in order; no path comes twice,
// has a loop or crosses a failed link.
func TestKShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 12).Draw(t, "k")
		g, hosts, links := randomRouters(t, Routing{Kind: SourceDistinct, Paths: k})
		if len(links) > 0 && rapid.Bool().Draw(t, "fail") {
			g.failures.grow(len(g.ends))
			g.failures.known[rapid.SampledFrom(links).Draw(t, "failed")]++
		}
		for _, y := range hosts[1:] {
			from, to := hosts[0].ifaces[0].peer.node, y.ifaces[0].peer.node
			all := loopless(g, from, to)
			got := g.kShortest(from, to, k)
			if len(got) != min(k, len(all)) {
				t.Fatalf("%d paths, want %d of %d", len(got), k, len(all))
			}
			seen := map[string]bool{}
			for i, p := range got {
				at := slices.IndexFunc(all, func(q yenPath) bool { return slices.Equal(q.links, p) })
				if at < 0 || all[at].cost != all[i].cost || seen[fmt.Sprint(p)] {
					t.Fatalf("path %d of %d is %v: number %d of %v", i, k, p, at, all)
				}
				seen[fmt.Sprint(p)] = true
			}
		}
	})
}

// TestJellyfishPaths: where there are few paths of least cost, flows find the number asked for, each another
// one.
func TestJellyfishPaths(t *testing.T) {
	few := 0
	for _, n := range []int{0, 8} {
		g, b := built(t, must(Jellyfish(50, 10, 3, 1)), Routing{Kind: SourceDistinct, Paths: n})
		for i, x := range b.Hosts {
			y := b.Hosts[(i+75)%150]
			seen := map[string]bool{}
			for port := range uint16(8) {
				p := must(x.Path(addr4(x, 0), addr4(y, 0), port, 80))
				seen[fmt.Sprint(g.net.Links(p.Route))] = true
			}
			switch {
			case n == 0 && len(seen) < 4:
				few++
			case n == 8 && len(seen) != 8:
				t.Errorf("%s to %s: %d paths of 8", x.name, y.name, len(seen))
			}
		}
	}
	if few < 75 {
		t.Errorf("only %d of 150 pairs have less than four paths of least cost: a graph of another kind", few)
	}
}

// Flows over longer paths are moved, too, and what stays counts as taken.
func TestLongerPathsFail(t *testing.T) {
	g, b := unprepared(t, must(Jellyfish(12, 6, 2, 1)), Routing{Kind: SourceDistinct, Paths: 5})
	if err := g.SetReroute(0); err != nil {
		t.Fatal(err)
	}
	x, y := b.Hosts[0], b.Hosts[23]
	for port := range uint16(4) {
		must(x.Path(addr4(x, 0), addr4(y, 0), port, 80))
	}
	g.FailLink(0, g.Sharing().Flows[2].Links[1])
	g.net.World().Run(us)
	must(x.Path(addr4(x, 0), addr4(y, 0), 9, 80))
	seen := map[string]bool{}
	for _, f := range g.Sharing().Flows {
		if g.avoids(f.Links) {
			t.Errorf("flow from port %d crosses the failed link", f.SrcPort)
		}
		seen[fmt.Sprint(f.Links)] = true
	}
	if len(seen) != 5 {
		t.Errorf("5 flows on %d paths", len(seen))
	}
}

func TestPathsOfRouting(t *testing.T) {
	g, _ := unprepared(t, must(Dumbbell(1)), Routing{})
	wrong := []Routing{{Kind: ECMP, Paths: 8}, {Paths: 1}, {Kind: Spray, Paths: -1}, {Kind: 99}, {Hash: 9}}
	for _, r := range wrong {
		if g.SetRouting(r) == nil {
			t.Errorf("%+v is accepted", r)
		}
	}
}
