package tcp

import (
	"testing"

	"github.com/cockroachdb/datadriven"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// fastOpen does what scripts on Fast Open need: "dial [N]" opens a new connection from the client with N
// octets queued, "queue N" and "key" set the listener up, "forget" empties the cache of cookies, "drop"
// forgets the present endpoint without a segment.
func (x *script) fastOpen(d *datadriven.TestData, f []string) {
	now := x.w.Now()
	switch f[0] {
	case "dial":
		s, err := x.s.PrepareStream(now, addr("10.0.0.1"), 0, addr("10.0.0.2"), 80)
		if err != nil {
			d.Fatalf(x.t, "%v", err)
		}
		s.e.UseFastOpen()
		x.attach(s)
		if len(f) > 1 {
			s.Queue(now, x.number(d, f[1]))
		}
		s.Connect(now)
	case "queue":
		if err := x.s.SetFastOpenQueue(wire.Addr{}, 80, int(x.number(d, f[1]))); err != nil {
			d.Fatalf(x.t, "%v", err)
		}
		key := FastOpenKey{1, 2, 3, 4}
		if err := x.s.SetFastOpenKey(wire.Addr{}, 80, key); err != nil {
			d.Fatalf(x.t, "%v", err)
		}
	case "forget":
		x.s.ForgetFastOpen()
	case "drop":
		x.st.e.fail(now, Aborted)
		x.out.Reset()
	default:
		d.Fatalf(x.t, "unknown step %q", f[0])
	}
}

// Two hosts open a connection twice: the second time the request travels on the SYN, and the answer is
// there after one round trip (RFC 7413 section 1).
func TestFastOpenSavesARoundTrip(t *testing.T) {
	c := duplex(100_000_000, 20*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{FastOpen: FastOpenClient | FastOpenServer})
	var server *peer
	err := n.sb.ListenStream(wire.Addr{}, 80, func(_ sim.Time, s *Stream) {
		server = &peer{t: t, n: n, toSend: 3000, close: true}
		server.attach(s)
		server.write(n.w.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.sb.SetFastOpenQueue(wire.Addr{}, 80, 5); err != nil {
		t.Fatal(err)
	}
	var first [2]sim.Time // when the answer's first octet came
	for round := range first {
		began := n.w.Now()
		s, err := n.sa.PrepareStream(began, n.a.addr, 0, n.b.addr, 80)
		if err != nil {
			t.Fatal(err)
		}
		s.e.UseFastOpen()
		a := &peer{t: t, n: n, close: true}
		a.attach(s)
		a.onBytes = func(now sim.Time, _ int64) {
			if first[round] == 0 {
				first[round] = now
			}
		}
		s.Queue(began, 500)
		s.Connect(began)
		n.run(unit.Second)
		if a.read != 3000 || server.read != 500 || a.err != nil || !a.eof || !server.eof {
			t.Fatalf("round %d: client read %d, server %d, error %v", round, a.read, server.read, a.err)
		}
		first[round] -= began
	}
	if rtt := sim.Time(40 * unit.Millisecond); first[0] < 2*rtt || first[1] > rtt+rtt/8 {
		t.Errorf("first octet of the answer after %v, then %v", first[0], first[1])
	}
	if n.sb.Info().FastOpens != 1 || n.sa.FastOpenCookies() != 1 {
		t.Errorf("%d connections opened early, %d cookies", n.sb.Info().FastOpens, n.sa.FastOpenCookies())
	}
}

// Whatever the SYN's fate, the octets arrive once and in order: SYNs and SYN/ACKs are lost at random.
func TestFastOpenUnderLoss(t *testing.T) {
	for seed := range uint64(60) {
		c := link.Config{Rate: 10_000_000, Delay: 10 * unit.Millisecond, Queue: link.Queue{Packets: 100}}
		n := newTestNet(t, seed, c, c, Config{}, Config{FastOpen: FastOpenServer})
		random := n.w.Stream("test/loss")
		lose := func(_ sim.Time, seg *wire.Segment) bool {
			return seg.Flags&wire.SYN == 0 && random.Below(10) > 0 || random.Below(3) > 0
		}
		n.a.filter, n.b.filter = lose, lose
		if seed%3 == 0 { // a path that lets no data through on SYNs
			n.a.filter = func(now sim.Time, seg *wire.Segment) bool {
				return seg.Flags&wire.SYN == 0 || seg.Payload.Len == 0
			}
		}
		var b *peer
		err := n.sb.ListenStream(wire.Addr{}, 80, func(now sim.Time, s *Stream) {
			b = &peer{t: t, n: n, toSend: 4000, close: true}
			b.attach(s)
			b.ready(now, s.ReadyBits())
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.sb.SetFastOpenQueue(wire.Addr{}, 80, 5); err != nil {
			t.Fatal(err)
		}
		for round := range 4 {
			b = nil
			s, err := n.sa.PrepareStream(n.w.Now(), n.a.addr, 0, n.b.addr, 80)
			if err != nil {
				t.Fatal(err)
			}
			s.e.UseFastOpen()
			a := &peer{t: t, n: n, toSend: 9000, close: true}
			a.attach(s)
			s.Queue(n.w.Now(), 1000)
			s.Connect(n.w.Now())
			n.run(400 * unit.Second)
			if a.err == nil && (b == nil || b.read != 10_000 || a.read != 4000) {
				t.Fatalf("seed %d, round %d: client read %d; server %+v", seed, round, a.read, b)
			}
		}
	}
}
