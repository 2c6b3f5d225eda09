package topo

import (
	"testing"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestByLinks: four ways of different delay are one for ECMP by delay, four where only links count; the fewest
// links win in both.
func TestByLinks(t *testing.T) {
	for byLinks, want := range map[bool]int{false: 1, true: 4} {
		w := sim.NewWorld(1)
		n := link.NewNet(w)
		g := New(n)
		a, b := must(g.AddHost("a")), must(g.AddHost("b"))
		must(a.AddInterface(InterfaceConfig{Name: "eth0", Assign: Both}))
		must(b.AddInterface(InterfaceConfig{Name: "eth0", Assign: Both}))
		left, right := must(g.AddRouter("left")), must(g.AddRouter("right"))
		connect := func(name string, x, y Port, d unit.Duration) {
			c := link.Config{Name: name + ".out", Delay: d}
			back := link.Config{Name: name + ".back", Delay: d}
			if _, _, err := g.Connect(x, y, c, back); err != nil {
				t.Fatal(err)
			}
		}
		connect("a", a.Port(0), left.Port(), unit.Millisecond)
		connect("b", right.Port(), b.Port(0), unit.Millisecond)
		for i, name := range []string{"p", "q", "r", "s"} {
			via := must(g.AddRouter(name))
			connect("left-"+name, left.Port(), via.Port(), unit.Duration(10+i)*unit.Millisecond)
			connect(name+"-right", via.Port(), right.Port(), unit.Millisecond)
		}
		before, after := must(g.AddRouter("before")), must(g.AddRouter("after")) // one link more
		connect("left-before", left.Port(), before.Port(), 20*unit.Millisecond)
		connect("before-after", before.Port(), after.Port(), unit.Microsecond)
		connect("after-right", after.Port(), right.Port(), unit.Microsecond)
		if err := g.SetRouting(Routing{Kind: ECMP, ByLinks: byLinks}); err != nil {
			t.Fatal(err)
		}
		g.Prepare()
		ways := map[string]bool{}
		for port := range uint16(200) {
			p := must(a.Path(addr4(a, 0), addr4(b, 0), 40_000+port, 80))
			links := n.Links(p.Route)
			if len(links) != 4 {
				t.Fatalf("by links %v: a path of %d links, want 4", byLinks, len(links))
			}
			ways[n.Name(links[1])] = true
		}
		if len(ways) != want {
			t.Errorf("by links %v: %d ways in use, want %d: %v", byLinks, len(ways), want, ways)
		}
	}
}
