package link

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// A fork: one link, behind which packets go to the left or to the right, which may lie in two parts of the
// world.

type forkEnd struct {
	net  *Net
	hash sim.Hash
}

func (e *forkEnd) Receive(now sim.Time, p PacketID) {
	e.hash.Mix(uint64(now) ^ uint64(e.net.Segment(p).Seq)<<40)
	e.net.Free(p)
}

type forkSend struct {
	at   sim.Time
	size int
	side int
}

// forkRun sends packets through a fork and flushes its stem, takes it down and up in turns.
func forkRun(stem Config, sends []forkSend, outages []sim.Time, cut bool) string {
	w := sim.NewWorld(1)
	n := NewNet(w)
	stem.Name = "stem"
	var ids []ID
	for _, c := range []Config{stem, {Name: "left"}, {Name: "right"}} {
		id, err := n.AddLink(c)
		if err != nil {
			panic(err)
		}
		ids = append(ids, id)
	}
	ends := []*forkEnd{{net: n}, {net: n}}
	for i, e := range ends {
		n.AddReceiver(e)
		w.DigestOf(w.Component(fmt.Sprintf("end/%d", i)), func() uint64 { return uint64(e.hash) })
	}
	if cut {
		nets, err := n.Cut(Cut{
			Worlds: []*sim.World{w, w.NewPart()}, Links: []int32{0, 0, 1}, Receivers: []int32{0, 1},
			Arrivals: []uint64{3, 1, 2}, Routes: 100,
		})
		if err != nil {
			panic(err)
		}
		ends[1].net = nets[1]
	}
	routes := []Route{n.AddRoute(ids[:2], 0), n.AddRoute([]ID{ids[0], ids[2]}, 1)}
	src := w.Component("source")
	for i, s := range sends {
		w.Call(src, s.at, func(now sim.Time) {
			p, seg := n.NewPacket()
			seg.Seq = uint32(i)
			n.Send(now, p, routes[s.side], s.size)
		})
	}
	for i, at := range outages {
		w.Global(at, func(sim.Time) {
			if i%3 == 0 {
				n.Flush(ids[0])
			} else {
				n.SetDown(ids[0], i%3 == 1)
			}
		})
	}
	w.Run(500_000)
	return fmt.Sprintf("%s %+v %+v %d", w.Digest(), n.Counters(ids[0]), n.OnLink(ids[0]), n.InUse())
}

// TestFork: what a stem does with its packets, to the bit, does not depend on where they go. Times and
// sizes are such that many arrivals and departures fall together.
func TestFork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Rate: unit.GbitPerSecond, Delay: 30 * unit.Microsecond}
		c.Queue.Packets = rapid.IntRange(1, 4).Draw(t, "queue")
		if rapid.Bool().Draw(t, "lossy") {
			c.Loss.Ratio = unit.Ratio{Num: 1, Den: 3}
		}
		if rapid.Bool().Draw(t, "jittery") {
			c.Jitter.Span = 20 * unit.Microsecond
		}
		var sends []forkSend
		now := sim.Time(0)
		for range rapid.IntRange(1, 40).Draw(t, "packets") {
			now += sim.Time(1000 * rapid.IntRange(0, 4).Draw(t, "wait"))
			sends = append(sends, forkSend{
				now, 125 * rapid.IntRange(1, 4).Draw(t, "size"), rapid.IntRange(0, 1).Draw(t, "side"),
			})
		}
		var outages []sim.Time
		at := sim.Time(0)
		for range rapid.IntRange(0, 4).Draw(t, "outages") {
			at += sim.Time(500 * rapid.IntRange(0, 60).Draw(t, "after"))
			outages = append(outages, at)
		}
		if got, want := forkRun(c, sends, outages, true), forkRun(c, sends, outages, false); got != want {
			t.Fatalf("cut:   %s\nwhole: %s", got, want)
		}
	})
}
