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
			return rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 20_000),
				rapid.Int64Range(50_000, 400_000)).Draw(t, "octets")
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

// TestPrediction: header prediction is a short cut. Without it every digest is the same.
func TestPrediction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := duplex(5_000_000, unit.Duration(rapid.Int64Range(1, 30).Draw(t, "delay ms"))*unit.Millisecond)
		ca, cb := drawConfig(t, "a"), drawConfig(t, "b")
		seed := rapid.Uint64().Draw(t, "seed")
		lose := rapid.Uint64Range(0, 50).Draw(t, "lose")
		run := func(unpredicted bool) (string, Info) {
			n := newTestNet(t, seed, c, c, ca, cb)
			n.sa.par.unpredicted, n.sb.par.unpredicted = unpredicted, unpredicted
			x := &hostile{net: n.net, rnd: n.w.Stream("hostile"), comp: n.w.Component("hostile"),
				lose: lose, repeat: 10, hold: 10, holdMax: 20 * unit.Millisecond}
			x.attach(n.a)
			x.attach(n.b)
			a, _ := n.connect(150_000, 40_000)
			n.run(unit.Hour)
			return n.w.Digest(), a.s.Info()
		}
		with, i := run(false)
		without, j := run(true)
		if with != without {
			t.Fatalf("digest %s with, %s without\n%+v\n%+v", with, without, i, j)
		}
	})
}

// TestClosePattern: applications that close and abort whenever they like leave no endpoint behind, and
// nobody reads more than was sent.
func TestClosePattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := duplex(5_000_000, unit.Duration(rapid.Int64Range(0, 30).Draw(t, "delay ms"))*unit.Millisecond)
		n := newTestNet(t, rapid.Uint64().Draw(t, "seed"), c, c, drawConfig(t, "a"), drawConfig(t, "b"))
		x := &hostile{net: n.net, rnd: n.w.Stream("hostile"), comp: n.w.Component("hostile"),
			lose: rapid.Uint64Range(0, 200).Draw(t, "lose"), repeat: 20, hold: 20, holdMax: 50 * unit.Millisecond}
		x.attach(n.a)
		x.attach(n.b)
		a, b := n.connect(100_000, 100_000)
		for range rapid.IntRange(1, 3).Draw(t, "acts") {
			p := rapid.SampledFrom([]*peer{a, b}).Draw(t, "who")
			at := sim.Time(rapid.Int64Range(0, 1_000_000_000).Draw(t, "at"))
			act := rapid.SampledFrom([]string{"close", "abort", "close write"}).Draw(t, "what")
			n.w.Call(x.comp, at, func(now sim.Time) {
				switch {
				case p.s == nil:
				case act == "close":
					p.s.Close(now)
				case act == "abort":
					p.s.Abort(now)
				default:
					p.s.CloseWrite(now)
				}
			})
		}
		n.run(5 * unit.Hour)
		for _, p := range []*peer{a, b} { // the RST of an abort may be lost: the other end would wait for ever
			if p.s != nil {
				p.s.Close(n.w.Now())
			}
		}
		n.run(5 * unit.Hour)
		if a.read > 100_000 || b.read > 100_000 {
			t.Fatalf("read %d and %d of 100000 octets", a.read, b.read)
		}
		for _, s := range []*Stack{n.sa, n.sb} {
			s.EachEndpoint(func(e *Endpoint) bool {
				t.Fatalf("host %s: endpoint left: %+v", s.name, e.Info())
				return true
			})
		}
	})
}

func info(s *Stream) any {
	if s == nil {
		return "no stream"
	}
	return s.Info()
}
