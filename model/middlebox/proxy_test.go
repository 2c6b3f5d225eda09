package middlebox

import (
	"strings"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim/unit"
)

func TestProxy(t *testing.T) {
	b := newBench(t, Config{Do: Proxy{Buffer: 3000}})
	syn := mptcpSYN()
	syn.Window = 60_000
	b.send(Forward, syn)
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Window: 60_000})
	b.send(Forward, wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 500, Window: 60_000, Opts: wire.OptCapable,
		Capable: wire.Capable{Form: wire.CapableKeys, Version: 1}})
	b.expect("> S 99:99(0) <MSS+window scale>", "< SA 499:499(0) ack 100", "> A 100:100(0) ack 500")

	b.send(Forward, b.data(0, 1000))
	b.wait(0)
	b.expect("> A 100:1100(1000) ack 500", "< A 500:500(0) ack 1100")
	b.send(Forward, b.data(2000, 1000)) // a hole: the proxy wants 1100
	b.send(Forward, b.data(0, 1000))    // old
	b.wait(0)
	b.expect("< A 500:500(0) ack 1100", "< A 500:500(0) ack 1100")
	if w := b.segments[len(b.segments)-1].Window; w != 2000 {
		t.Errorf("the window is %d of a buffer of 3000 octets that holds 1000", w)
	}

	b.wait(proxyFirstRTO) // the server does not answer
	b.expect("> A 100:1100(1000) ack 500")
	b.wait(2 * proxyFirstRTO)
	b.expect("> A 100:1100(1000) ack 500")
	a := ack(1100)
	a.Window = 60_000
	b.send(Backward, a) // ends here: the client has its acknowledgment
	b.wait(10 * unit.Second)
	b.expect("< A 500:500(0) ack 1100") // the window is open again
	if c := b.counters(); c.Held != 0 || c.Events != 2 {
		t.Errorf("%+v", c)
	}

	fin := b.data(1000, 100)
	fin.Flags |= wire.FIN
	b.send(Forward, fin)
	b.wait(0)
	b.expect("> FA 1100:1200(100) ack 500", "< A 500:500(0) ack 1201")
	b.send(Backward, wire.Segment{Flags: wire.RST, Seq: 500})
	b.expect("< R 500:500(0)")
}

// What the proxy sends echoes the timestamps of the end that it goes to, from the handshake on (RFC 7323
// section 3).
func TestProxyTimestamps(t *testing.T) {
	b := newBench(t, Config{Do: Proxy{Buffer: 3000}})
	stamped := func(s wire.Segment, val, ecr uint32) wire.Segment {
		s.Opts, s.TSVal, s.TSEcr = wire.OptTimestamps, val, ecr
		return s
	}
	b.send(Forward, stamped(wire.Segment{Flags: wire.SYN, Seq: 99, Window: 60_000}, 10, 0))
	b.send(Backward, stamped(wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Window: 60_000},
		7000, 10))
	b.send(Forward, stamped(wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 500, Window: 60_000}, 11, 7000))
	b.send(Forward, stamped(b.data(0, 100), 12, 7000))
	b.wait(0)
	for i, want := range [...][2]uint32{2: {11, 7000}, 3: {12, 7000}, 4: {7000, 12}} {
		if s := b.segments[i]; i >= 2 && (s.TSVal != want[0] || s.TSEcr != want[1]) {
			t.Errorf("segment %d has the timestamps %d and %d, want %d", i, s.TSVal, s.TSEcr, want)
		}
	}
}

// A far end that never answers is given up, and both ends are told.
func TestProxyGivesUp(t *testing.T) {
	b := newBench(t, Config{Do: Proxy{Buffer: 3000}})
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99, Window: 60_000})
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Window: 60_000})
	b.send(Forward, b.data(0, 100))
	b.wait(10 * unit.Minute)
	if n := b.w.Pending(); n == 0 {
		t.Error("given up within 10 minutes")
	}
	b.got = nil
	b.wait(unit.Hour)
	last := b.got[max(0, len(b.got)-2):]
	if strings.Join(last, ", ") != "> RA 100:100(0) ack 500, < RA 500:500(0) ack 200" || b.w.Pending() != 0 {
		t.Errorf("the end is %q, %d events pending", last, b.w.Pending())
	}
	b.balance()
}

// A shut window stops the proxy's sender, and a full buffer the client.
func TestProxyWindows(t *testing.T) {
	b := newBench(t, Config{Do: Proxy{Buffer: 3000}})
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99, Window: 60_000})
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Window: 1000})
	b.send(Forward, wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 500, Window: 60_000})
	b.got = nil
	for i := range uint32(4) {
		b.send(Forward, b.data(1000*i, 1000))
	}
	b.wait(0)
	b.expect("> A 100:1100(1000) ack 500", "< A 500:500(0) ack 1100", "< A 500:500(0) ack 2100",
		"< A 500:500(0) ack 3100", "< A 500:500(0) ack 3100")
	if c := b.counters(); c.Dropped[CauseOverflow].Packets != 1 || b.segments[len(b.segments)-1].Window != 0 {
		t.Errorf("%+v, window %d", c, b.segments[len(b.segments)-1].Window)
	}
	a := ack(1100)
	a.Window = 1000
	b.send(Backward, a)
	b.wait(0)
	b.expect("> A 1100:2100(1000) ack 500")
	a = ack(2100)
	a.Window = 1000
	b.send(Backward, a)
	b.wait(0)
	b.expect("< A 500:500(0) ack 3100", "> A 2100:3100(1000) ack 500")
}
