package topo

import (
	"fmt"
	"testing"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// probe sends a packet from a to b every 100 us and counts what arrives in each millisecond.
type probe struct {
	a, b *Host
	port uint16
	got  map[int]int
}

const us = sim.Time(unit.Microsecond)

func startProbe(t *testing.T, g *Graph, a, b *Host, port uint16) *probe {
	p := &probe{a: a, b: b, port: port, got: map[int]int{}}
	path, err := a.Path(addr4(a, 0), addr4(b, 0), port, port)
	if err != nil {
		t.Fatal(err)
	}
	b.SetHandler(func(now sim.Time, q link.PacketID, _ int32) {
		p.got[int(now/ms)]++
		b.net.Free(q)
	})
	w := g.Net().World()
	var send func(now sim.Time)
	send = func(now sim.Time) {
		q, _ := g.Net().NewPacket()
		a.Send(now, q, path, 1000)
		w.Call(a.Component(), now+100*us, send)
	}
	w.Call(a.Component(), w.Now(), send)
	return p
}

// usedAbove returns a link above the edge switches that the flow's packets cross.
func usedAbove(t *testing.T, g *Graph, from *Host) link.ID {
	s := g.Sharing()
	for _, f := range s.Flows {
		if f.From == from {
			return f.Links[len(f.Links)/2]
		}
	}
	t.Fatal("no flow is known")
	return 0
}

// TestFailure: after convergence packets flow again, in both directions, and after the repair, too; those
// under way when routing changes are not lost twice.
func TestFailure(t *testing.T) {
	for _, kind := range []RoutingKind{Shortest, ECMP, Spray, SourceRandom, SourceDistinct} {
		for _, prepared := range []bool{false, true} {
			t.Run(fmt.Sprintf("kind %d, prepared %v", kind, prepared), func(t *testing.T) {
				g, b := built(t, must(FatTree(4, 1, 1)), Routing{Kind: kind})
				if err := g.SetReroute(2 * unit.Millisecond); err != nil {
					t.Fatal(err)
				}
				if prepared {
					g.Prepare()
				}
				x, y := b.Hosts[0], b.Hosts[15]
				there, back := startProbe(t, g, x, y, 1), startProbe(t, g, y, x, 2)
				w := g.Net().World()
				cut := usedAbove(t, g, x)
				pair := [2]link.ID{}
				for _, l := range b.Links {
					if l[0] == cut || l[1] == cut {
						pair = l
					}
				}
				before := g.Sharing().Flows[0].Links
				w.Call(x.Component(), 10*ms, func(now sim.Time) { g.FailLink(now, pair[0], pair[1]) })
				w.Call(x.Component(), 20*ms, func(now sim.Time) { g.RepairLink(now, pair[0], pair[1]) })
				w.Run(15 * ms)
				atFailure := g.Net().Counters(cut)
				if atFailure.DroppedDown.Packets == 0 || !g.Net().Down(cut) {
					t.Error("the link was not down")
				}
				w.Run(30 * ms)
				for _, p := range []*probe{there, back} {
					for at := range 30 {
						got, lossy := p.got[at], at >= 10 && at < 13
						switch {
						case !lossy && at > 0 && got != 10:
							t.Errorf("%s: %d packets of 10 in millisecond %d", p.a.Name(), got, at)
						case kind == Spray && (at == 10 || at == 11) && (got == 0 || got == 10):
							t.Errorf("%s: spray lost %d packets of 10 in millisecond %d", p.a.Name(), 10-got, at)
						}
					}
				}
				if kind != Spray && there.got[11] != 0 {
					t.Errorf("%d packets arrived before routing could know", there.got[11])
				}
				after := g.Sharing().Flows[0].Links
				moved := fmt.Sprint(before) != fmt.Sprint(after)
				if back := kind == Shortest || kind == ECMP; kind != Spray && moved == back {
					t.Errorf("after the repair on %v, before on %v", after, before)
				}
				if now := g.Net().Counters(cut); kind == ECMP && now.Accepted.Packets <= atFailure.Accepted.Packets {
					t.Error("nothing on the repaired link")
				}
			})
		}
	}
}
