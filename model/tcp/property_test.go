package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// hostile is a network that loses, repeats and delays packets.
type hostile struct {
	net                  *link.Net
	rnd                  *sim.Stream
	lose, repeat, hold   uint64 // in 1000
	holdMax              unit.Duration
	comp                 sim.Component
	lost, repeated, held int
}

// attach puts it on the way out of a host.
func (x *hostile) attach(h *testHost) {
	h.filter = func(now sim.Time, seg *wire.Segment) bool {
		switch r := x.rnd.Below(1000); {
		case r < x.lose:
			x.lost++
			return false
		case r < x.lose+x.repeat:
			x.repeated++
			x.send(h, now, *seg)
		case r < x.lose+x.repeat+x.hold:
			x.held++
			copied := *seg
			later := now.Add(unit.Duration(x.rnd.Below(uint64(x.holdMax))))
			x.net.World().Call(x.comp, later, func(now sim.Time) { x.send(h, now, copied) })
			return false
		}
		return true
	}
}

func (x *hostile) send(h *testHost, now sim.Time, seg wire.Segment) {
	p, s := x.net.NewPacket()
	*s = seg
	x.net.Send(now, p, h.route, s.WireLen())
}

func drawConfig(t *rapid.T, name string) Config {
	sw := func(what string) Switch {
		return rapid.SampledFrom([]Switch{ByProfile, On, Off}).Draw(t, name+" "+what)
	}
	c := Config{
		Profile:       rapid.SampledFrom(Profiles()).Draw(t, name+" profile"),
		Timestamps:    sw("timestamps"),
		SACK:          sw("SACK"),
		RACK:          sw("RACK"),
		WindowScaling: sw("window scaling"),
		ECN:           sw("ECN"),
		Pacing:        sw("pacing"),
		Nagle:         sw("Nagle"),
		TimeWait:      1000 * unit.Second, // longer than the peer repeats its FIN
		SYNRetries:    30, SYNACKRetries: 30, Retries: 100,
		MaxRTO:        10 * unit.Second,
		ReceiveBuffer: rapid.SampledFrom([]int64{0, 300, 1000, 5000, 20000}).Draw(t, name+" receive buffer"),
	}
	if c.ReceiveBuffer > 0 && rapid.Bool().Draw(t, name+" fixed buffer") {
		c.ReceiveBufferMax = c.ReceiveBuffer
	}
	return c
}

// TestStreamProperty: whatever the network does, each side reads exactly the octets that the other
// sent, in order, sees the end of the stream, and both endpoints come to rest.
func TestStreamProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := link.Config{
			Rate:  unit.Bitrate(rapid.SampledFrom([]int64{200_000, 2_000_000, 50_000_000}).Draw(t, "rate")),
			Delay: unit.Duration(rapid.Int64Range(0, 50).Draw(t, "delay ms")) * unit.Millisecond,
			Queue: link.Queue{Packets: rapid.IntRange(2, 50).Draw(t, "queue")},
		}
		n := newTestNet(t, rapid.Uint64().Draw(t, "seed"), c, c, drawConfig(t, "a"), drawConfig(t, "b"))
		x := &hostile{net: n.net, rnd: n.w.Stream("hostile"), comp: n.w.Component("hostile"),
			lose:    rapid.Uint64Range(0, 250).Draw(t, "lose"),
			repeat:  rapid.Uint64Range(0, 200).Draw(t, "repeat"),
			hold:    rapid.Uint64Range(0, 200).Draw(t, "hold"),
			holdMax: unit.Duration(rapid.Int64Range(1, 200).Draw(t, "hold ms")) * unit.Millisecond,
		}
		x.attach(n.a)
		x.attach(n.b)
		sizes := rapid.Custom(func(t *rapid.T) int64 {
			return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 20_000), rapid.Int64Range(50_000, 400_000)).Draw(t, "octets")
		})
		fromA, fromB := sizes.Draw(t, "from a"), sizes.Draw(t, "from b")
		a, b := n.connect(fromA, fromB)
		n.run(3 * unit.Hour)
		if a.err != nil || b.err != nil {
			t.Fatalf("a: %v, b: %v", a.err, b.err)
		}
		if a.read != fromB || b.read != fromA || !a.eof || !b.eof {
			t.Fatalf("a read %d of %d, b read %d of %d, ends %v %v\na %+v\nb %+v", a.read, fromB, b.read, fromA,
				a.eof, b.eof, info(a.s), info(b.s))
		}
		if a.s.Endpoint() != nil || b.s.Endpoint() != nil {
			t.Fatalf("not at rest: a %+v\nb %+v", info(a.s), info(b.s))
		}
	})
}

func info(s *Stream) any {
	if s == nil {
		return "no stream"
	}
	return s.Info()
}
