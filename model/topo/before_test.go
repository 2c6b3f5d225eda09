package topo

import (
	"fmt"
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestNoWayForNow: a flow that begins while its edge switch has failed, and routing knows, gets a route all
// the same, into the dark. After the repair it leads to the other host.
func TestNoWayForNow(t *testing.T) {
	plans := map[string]Plan{
		"fat-tree": must(FatTree(4, 1, 1)), "vl2": must(VL2(4, 4, 2, 2)), "leaf-spine": must(LeafSpine(2, 2, 2)),
		"jellyfish": must(Jellyfish(8, 6, 2, 1)), "bcube": must(BCube(2, 0)),
	}
	for name, plan := range plans {
		for _, r := range []Routing{
			{}, {Kind: ECMP}, {Kind: Spray}, {Kind: SourceRandom}, {Kind: SourceDistinct},
			{Kind: SourceRandom, Paths: 3},
		} {
			t.Run(fmt.Sprintf("%s, %+v", name, r), func(t *testing.T) {
				g, b := unprepared(t, plan, r)
				if err := g.SetReroute(unit.Millisecond); err != nil {
					t.Fatal(err)
				}
				g.Prepare()
				x, y := b.Hosts[0], b.Hosts[len(b.Hosts)-1]
				w := g.Net().World()
				edge := b.Switches[0]
				w.Call(x.Component(), 2*ms, func(now sim.Time) { g.FailSwitch(now, edge) })
				w.Call(x.Component(), 10*ms, func(now sim.Time) { g.RepairSwitch(now, edge) })
				w.Run(5 * ms)
				if err := x.Reach(addr4(x, 0), addr4(y, 0)); err == nil {
					t.Error("the failure makes no difference")
				}
				if a, err := x.Source(addr4(y, 0)); err != nil || a != addr4(x, 0) {
					t.Errorf("source %v: %v", a.Netip(), err)
				}
				there, back := startProbe(t, g, x, y, 1), startProbe(t, g, y, x, 2)
				w.Run(20 * ms)
				for _, p := range []*probe{there, back} {
					if p.got[9] != 0 || p.got[12] != 10 || p.got[18] != 10 {
						t.Errorf("%s: %v packets a millisecond", p.a.Name(), p.got)
					}
				}
			})
		}
	}
}

// TestJoined: failures do not part what a plan joins, nor do they join what it does not.
func TestJoined(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP} {
		g, b := unprepared(t, must(Torus(3)), Routing{Kind: kind})
		if err := g.SetReroute(0); err != nil {
			t.Fatal(err)
		}
		g.Prepare()
		source, sink := b.Hosts[0], b.Hosts[3]
		for _, failed := range []bool{false, true} {
			for i := range 2 {
				for j := range 2 {
					from, to := addr4(source, i), addr4(sink, j)
					if got := source.Joined(from, to); got != (i == j) {
						t.Errorf("kind %d, failed %v: interfaces %d and %d joined: %v", kind, failed, i, j, got)
					}
					if got := source.Reach(from, to) == nil; got != (i == j && !failed) {
						t.Errorf("kind %d, failed %v: %d reaches %d: %v", kind, failed, i, j, got)
					}
				}
			}
			for _, r := range b.Switches {
				g.FailSwitch(g.net.World().Now(), r)
			}
			g.net.World().Run(g.net.World().Now().Add(unit.Microsecond))
		}
	}
}

// TestCubeSpare: in a cube, hosts that differ in one digit have other ways than over the switch that they
// share, whoever chooses.
func TestCubeSpare(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP, Spray, SourceRandom, SourceDistinct} {
		g, b := unprepared(t, must(BCube(4, 1)), Routing{Kind: kind})
		if err := g.SetReroute(0); err != nil {
			t.Fatal(err)
		}
		g.Prepare()
		x, y := b.Hosts[0], b.Hosts[1]
		g.FailLink(0, x.ifaces[0].out, x.ifaces[0].in)
		g.net.World().Run(us)
		if err := x.Reach(addr4(x, 0), addr4(y, 0)); err != nil {
			t.Errorf("kind %d: %v", kind, err)
		}
		p := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 2))
		for _, q := range x.routesOf(p) {
			links := g.net.Links(q.Route)
			visited := hostsOn(t, g, x.index, links)
			if g.avoids(links) || visited[len(visited)-1] != y.address || links[0] != x.ifaces[1].out {
				t.Errorf("kind %d: over %v", kind, visited)
			}
		}
	}
}

// TestCubeCorners: where two broken interfaces leave nothing of the path set, there is a way over neighbours.
func TestCubeCorners(t *testing.T) {
	g, b := unprepared(t, must(BCube(4, 1)), Routing{Kind: SourceDistinct})
	if err := g.SetReroute(0); err != nil {
		t.Fatal(err)
	}
	g.Prepare()
	x, y := b.Hosts[0], b.Hosts[15]
	for _, f := range []*iface{x.ifaces[0], y.ifaces[0]} {
		g.FailLink(0, f.out, f.in)
	}
	g.net.World().Run(us)
	var last []link.ID
	for port := range uint16(5) {
		last = g.net.Links(must(x.Path(addr4(x, 0), addr4(y, 0), port, 2)).Route)
		if g.avoids(last) {
			t.Errorf("flow %d crosses a link that has failed", port)
		}
	}
	if visited := hostsOn(t, g, x.index, last); visited[len(visited)-1] != y.address {
		t.Errorf("over %v", visited)
	}
}

// TestSprayFamilies: sets of routes follow failures whatever the order of their ends' addresses.
func TestSprayFamilies(t *testing.T) {
	g := New(link.NewNet(sim.NewWorld(1)))
	p := must(LeafSpine(2, 2, 1))
	b := must(g.Build(&p, Maker{
		Interface: func(host, _ int) InterfaceConfig {
			both := []wire.Addr{addr(fmt.Sprintf("10.9.0.%d", host+1)), addr(fmt.Sprintf("fd09::%d", host+1))}
			if host == 1 {
				both[0], both[1] = both[1], both[0]
			}
			return InterfaceConfig{Addrs: both}
		},
		Link: func(*PlanLink, bool) link.Config { return link.Config{} },
	}))
	must(0, g.SetRouting(Routing{Kind: Spray}))
	must(0, g.SetReroute(0))
	g.Prepare()
	x := b.Hosts[0]
	path := must(x.Path(addr("10.9.0.1"), addr("10.9.0.2"), 1, 2))
	g.FailSwitch(0, b.Switches[2])
	g.net.World().Run(us)
	if ways := x.routesOf(path); len(ways) != 1 || g.avoids(g.net.Links(ways[0].Route)) {
		t.Errorf("%d paths after the failure of one of two spines", len(ways))
	}
}
