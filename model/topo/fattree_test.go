package topo

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// built makes a graph of a plan, ready to be asked for paths.
func built(t testing.TB, p Plan, r Routing) (*Graph, *Built) {
	t.Helper()
	g, b := unprepared(t, p, r)
	g.Prepare()
	return g, b
}

// unprepared makes a graph of a plan: links of 1 Gbit/s and 1 us.
func unprepared(t testing.TB, p Plan, r Routing) (*Graph, *Built) {
	t.Helper()
	g := New(link.NewNet(sim.NewWorld(1)))
	b, err := g.Build(&p, Maker{Link: func(l *PlanLink, _ bool) link.Config {
		return link.Config{Rate: unit.Bitrate(l.Rate) * unit.GbitPerSecond, Delay: unit.Microsecond}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.SetRouting(r); err != nil {
		t.Fatal(err)
	}
	return g, b
}

func addr4(h *Host, i int) wire.Addr { return h.Interface(i).Addrs[0] }

// Names and wiring as documented: core switch i joins aggregation switch i/(k/2) of every pod.
func TestFatTreeNames(t *testing.T) {
	g, _ := unprepared(t, must(FatTree(4, 1, 1)), Routing{})
	seen := map[string]bool{}
	for id := range link.ID(g.Net().NumLinks()) {
		seen[g.Net().Name(id)] = true
	}
	for _, name := range []string{
		"host-0:edge-0-0.up", "host-15:edge-3-1.down", "edge-2-1:aggr-2-0.up", "aggr-0-0:core-1.up",
		"aggr-3-1:core-2.down",
	} {
		if !seen[name] {
			t.Errorf("there is no link %s", name)
		}
	}
}

func TestFatTreePaths(t *testing.T) {
	g, b := built(t, must(FatTree(4, 1, 1)), Routing{Kind: SourceDistinct})
	src, dst := b.Hosts[0], b.Hosts[15]
	seen := map[link.Route]bool{}
	for port := range uint16(4) {
		p := must(src.Path(addr4(src, 0), addr4(dst, 0), port, 80))
		if n := len(g.Net().Links(p.Route)); n != 6 {
			t.Errorf("%d links between pods, want 6", n)
		}
		seen[p.Route] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d distinct paths of 4", len(seen))
	}
	near := must(src.Path(addr4(src, 0), addr4(b.Hosts[1], 0), 1, 80))
	if n := len(g.Net().Links(near.Route)); n != 2 {
		t.Errorf("%d links to the neighbour, want 2", n)
	}
}
