package topo

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestBounce: in VL2 all traffic between racks passes an intermediate switch, each alike, also where racks
// share an aggregation switch; and without any such switch left it takes the short way.
func TestBounce(t *testing.T) {
	g, b := unprepared(t, must(VL2(4, 4, 3, 2)), Routing{Kind: SourceDistinct})
	if err := g.SetReroute(0); err != nil {
		t.Fatal(err)
	}
	g.Prepare()
	x := b.Hosts[0]
	through := func(y *Host, port uint16) (string, int) {
		links := g.net.Links(must(x.Path(addr4(x, 0), addr4(y, 0), port, 80)).Route)
		for _, id := range links {
			if to := g.ends[id].head.node; strings.HasPrefix(g.nodes[to].name, "int-") {
				return g.nodes[to].name, len(links)
			}
		}
		return "", len(links)
	}
	for _, y := range []*Host{b.Hosts[2], b.Hosts[4]} { // at another pair of aggregation switches, at the same
		count := map[string]int{}
		for port := range uint16(12) { // two up, three to bounce off, two down
			name, n := through(y, port)
			count[name]++
			if n != 6 {
				t.Errorf("%d links", n)
			}
		}
		if count["int-0"] != 4 || count["int-1"] != 4 || count["int-2"] != 4 {
			t.Errorf("to %s over %v", y.name, count)
		}
	}
	if name, n := through(b.Hosts[1], 1); name != "" || n != 2 {
		t.Errorf("in the rack: %d links, over %q", n, name)
	}
	for _, r := range g.via {
		g.FailSwitch(0, r)
	}
	g.net.World().Run(us)
	if name, n := through(b.Hosts[4], 99); name != "" || n != 4 {
		t.Errorf("without intermediate switches: %d links, over %q", n, name)
	}
	if x.Reach(addr4(x, 0), addr4(b.Hosts[2], 0)) == nil {
		t.Error("a way to the other pair although nothing joins them")
	}
}

// TestSpray: packets take all paths, at random or in turn.
func TestSpray(t *testing.T) {
	for _, inTurn := range []bool{false, true} {
		g, b := built(t, must(FatTree(4, 1, 1)), Routing{Kind: Spray, InTurn: inTurn})
		x, y := b.Hosts[0], b.Hosts[15]
		got := 0
		y.SetHandler(func(_ sim.Time, p link.PacketID, _ int32) { got++; g.net.Free(p) })
		path := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 80))
		if again := must(x.Path(addr4(x, 0), addr4(y, 0), 2, 80)); again != path {
			t.Errorf("another flow to the same host has another set: %v, %v", path, again)
		}
		const packets = 4000
		for i := range sim.Time(packets) {
			q, _ := g.net.NewPacket()
			x.Send(i*us, q, path, 100)
			g.net.World().Run((i + 1) * us)
		}
		g.net.World().Run(sim.Time(unit.Second))
		if got != packets {
			t.Errorf("%d packets arrived", got)
		}
		for _, l := range b.Links {
			c := g.net.Counters(l[0]).Delivered.Packets
			switch name := g.net.Name(l[0]); {
			case !strings.HasPrefix(name, "aggr-0") || c == 0 && !inTurn:
			case inTurn && c != packets/4, c < packets/4-150, c > packets/4+150:
				t.Errorf("in turn %v: %d packets on %s", inTurn, c, name)
			}
		}
		if n := testing.AllocsPerRun(100, func() {
			x.spread(path)
		}); n != 0 {
			t.Errorf("%v allocations a packet", n)
		}
	}
}

// TestDistinct: no path again before all others, for each pair of hosts by itself.
func TestDistinct(t *testing.T) {
	g, b := built(t, must(FatTree(4, 1, 1)), Routing{Kind: SourceDistinct})
	x := b.Hosts[0]
	for round := range uint16(3) {
		for _, y := range []*Host{b.Hosts[15], b.Hosts[7]} {
			seen := map[link.Route]bool{}
			for i := range uint16(4) {
				seen[must(x.Path(addr4(x, 0), addr4(y, 0), 10*round+i, 80)).Route] = true
			}
			if len(seen) != 4 {
				t.Errorf("round %d: %d of 4 paths", round, len(seen))
			}
		}
	}
	if g.net.NumLinks() != 96 {
		t.Errorf("%d links", g.net.NumLinks())
	}
}

// Without tracking, the routes of many short flows are those of the paths that there are.
func TestRoutesAreShared(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP, Spray, SourceRandom, SourceDistinct} {
		_, b := built(t, must(FatTree(4, 1, 1)), Routing{Kind: kind})
		x, y := b.Hosts[0], b.Hosts[15]
		seen := map[link.Path]bool{}
		for port := range uint16(1000) {
			seen[must(x.Path(addr4(x, 0), addr4(y, 0), port, 80))] = true
		}
		want := 4
		if kind == Shortest || kind == Spray {
			want = 1
		}
		if len(seen) != want {
			t.Errorf("kind %d: %d routes, want %d", kind, len(seen), want)
		}
	}
}

// TestDistinctAfterFailure: flows that stay where they are count as taken when others have to move, and
// later.
func TestDistinctAfterFailure(t *testing.T) {
	for seed := range uint64(10) {
		g, b := unprepared(t, must(FatTree(8, 1, 1)), Routing{Kind: SourceDistinct, Seed: seed})
		if err := g.SetReroute(0); err != nil {
			t.Fatal(err)
		}
		x, y := b.Hosts[0], b.Hosts[127]
		for port := range uint16(8) {
			must(x.Path(addr4(x, 0), addr4(y, 0), port, 80))
		}
		g.FailLink(0, g.Sharing().Flows[seed%8].Links[2]) // to a core switch: 15 paths are left
		g.net.World().Run(us)
		for port := range uint16(7) {
			must(x.Path(addr4(x, 0), addr4(y, 0), 100+port, 80))
		}
		seen := map[link.ID]bool{}
		for _, f := range g.Sharing().Flows {
			seen[f.Links[2]] = true
		}
		if len(seen) != 15 {
			t.Errorf("15 flows on %d of 15 paths", len(seen))
		}
	}
}

// A flow that asks again keeps its route when flows are remembered.
func TestAskedAgain(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP, Spray, SourceRandom, SourceDistinct} {
		g, b := unprepared(t, must(FatTree(4, 1, 1)), Routing{Kind: kind})
		g.TrackFlows()
		x, y := b.Hosts[0], b.Hosts[15]
		p := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 80))
		if again := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 80)); again != p || len(g.Sharing().Flows) != 1 {
			t.Errorf("kind %d: %v, then %v", kind, p, again)
		}
	}
}

// Packets in turn begin at another path for each destination.
func TestTurnsAreShuffled(t *testing.T) {
	g, b := built(t, must(FatTree(8, 1, 1)), Routing{Kind: Spray, InTurn: true})
	x := b.Hosts[0]
	first := map[link.ID]bool{}
	for _, y := range b.Hosts[100:] {
		p := must(x.Path(addr4(x, 0), addr4(y, 0), 1, 80))
		first[g.net.Links(x.spread(p).Route)[2]] = true
	}
	if len(first) < 8 {
		t.Errorf("28 destinations begin with %d of 16 core links", len(first))
	}
}

func TestSharing(t *testing.T) {
	g, b := unprepared(t, must(Dumbbell(2)), Routing{})
	g.TrackFlows()
	for i := range 2 {
		must(b.Hosts[i].Path(addr4(b.Hosts[i], 0), addr4(b.Hosts[2+i], 0), 1, 80))
	}
	must(b.Hosts[2].Path(addr4(b.Hosts[2], 0), addr4(b.Hosts[0], 0), 80, 1))
	s := g.Sharing()
	if f := s.Flows[1]; len(s.Flows) != 3 || f.From != b.Hosts[1] || f.To != b.Hosts[3] || len(f.Links) != 3 {
		t.Errorf("flows %+v", s.Flows)
	}
	middle := b.Links[len(b.Links)-1]
	if !slices.Equal(s.On[middle[0]], []int32{0, 1}) || !slices.Equal(s.On[middle[1]], []int32{2}) {
		t.Errorf("on the bottleneck: %v and %v", s.On[middle[0]], s.On[middle[1]])
	}
}

// TestFailuresAndRepairs: whatever fails and is repaired, after each convergence no flow crosses a failed
// link unless all its paths do; when all is repaired, hashed and shortest flows are where they were.
func TestFailuresAndRepairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := RoutingKind(rapid.IntRange(int(Shortest), int(SourceDistinct)).Draw(t, "kind"))
		g := New(link.NewNet(sim.NewWorld(1)))
		p := must(FatTree(4, 1, 1))
		b := must(g.Build(&p, Maker{Link: func(*PlanLink, bool) link.Config { return link.Config{Delay: 1} }}))
		if err := g.SetRouting(Routing{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		if err := g.SetReroute(5); err != nil {
			t.Fatal(err)
		}
		g.Prepare()
		for i, x := range b.Hosts {
			for port := range uint16(3) {
				y := b.Hosts[(i+5)%16]
				must(x.Path(addr4(x, 0), addr4(y, 0), port, 80))
			}
		}
		before := g.Sharing()
		now := sim.Time(0)
		var failed [][]link.ID
		for range rapid.IntRange(1, 6).Draw(t, "failures") {
			now += 10
			var ids []link.ID
			if rapid.Bool().Draw(t, "switch") {
				r := rapid.SampledFrom(b.Switches).Draw(t, "which")
				ids = g.linksAt(r)
				g.FailSwitch(now, r)
			} else {
				l := rapid.SampledFrom(b.Links).Draw(t, "link")
				ids = l[:]
				g.FailLink(now, ids...)
			}
			failed = append(failed, ids)
			g.net.World().Run(now + 9)
			checkAvoidance(t, g)
			checkDown(t, g, failed)
		}
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5}).Draw(t, "order") {
			if i < len(failed) {
				now += 10
				g.RepairLink(now, failed[i]...)
				g.net.World().Run(now + 9)
				failed[i] = nil
				checkAvoidance(t, g)
				checkDown(t, g, failed)
			}
		}
		after := g.Sharing()
		for i := range before.Flows {
			x, y := slices.Clone(before.Flows[i].Links), slices.Clone(after.Flows[i].Links)
			if kind == Spray {
				slices.Sort(x)
				slices.Sort(y)
			}
			if !slices.Equal(x, y) && kind != SourceRandom && kind != SourceDistinct {
				t.Fatalf("flow %d was on %v, is on %v", i, x, y)
			}
		}
	})
}

// checkDown: down is what has failed for one reason or more; and all tables are there again, to be read only.
func checkDown(t *rapid.T, g *Graph, failed [][]link.ID) {
	for id := range link.ID(g.net.NumLinks()) {
		want := slices.ContainsFunc(failed, func(ids []link.ID) bool { return slices.Contains(ids, id) })
		if g.net.Down(id) != want {
			t.Fatalf("link %s is down: %v, want %v", g.net.Name(id), !want, want)
		}
	}
	for _, h := range g.hosts {
		at := h.ifaces[0].peer.node
		if g.routing.Kind == Shortest && g.trees[at] == nil ||
			g.routing.Kind != Shortest && g.table.rows[g.nodes[at].router] == nil {
			t.Fatalf("no table for %s", g.nodes[at].name)
		}
	}
}

// checkAvoidance: no flow crosses a failed link if there is a way around.
func checkAvoidance(t *rapid.T, g *Graph) {
	for _, f := range g.Sharing().Flows {
		if g.avoids(f.Links) && f.From.Reach(f.Src, f.Dst) == nil {
			out, in := f.From.ifaces[0].out, f.To.ifaces[0].in
			if !g.isFailed(out) && !g.isFailed(in) {
				t.Fatalf("%s to %s crosses a failed link", f.From.name, f.To.name)
			}
		}
	}
}

// Repairing what has not failed is a mistake of the caller.
func TestRepairTwice(t *testing.T) {
	g, b := unprepared(t, must(Dumbbell(1)), Routing{})
	defer func() {
		if recover() == nil {
			t.Error("a link was repaired that had not failed")
		}
	}()
	g.RepairLink(0, b.Links[0][0])
}
