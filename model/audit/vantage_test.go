package audit

import (
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
)

// special are the checks that tests outside the table find.
var special = []string{"edge-back", "option-repeated", "option-unknown", "token-repeated", "paths-missing"}

// TestChecksum: a wrong TCP checksum is found, one left to the interface is not.
func TestChecksum(t *testing.T) {
	for _, offloaded := range []bool{false, true} {
		s := good(t, 1, true)
		a := New(Options{})
		for i, x := range s.steps {
			b, err := x.seg.Append(nil, s.contents)
			if err != nil {
				t.Fatal(err)
			}
			if x.name == "data2" {
				b[36]++
				if offloaded {
					n := len(b) - 20
					sum := wire.JoinSums(wire.PayloadSum(b[12:20]), 0, wire.PayloadSum([]byte{0, 6, byte(n >> 8), byte(n)}))
					b[36], b[37] = byte(sum>>8), byte(sum)
				}
			}
			if err := a.Octets(sim.Time(i), Unlabelled, b); err != nil {
				t.Fatal(err)
			}
		}
		a.Finish()
		want := []string{"checksum"}
		if offloaded {
			want = nil
		}
		if got := names(a, Note); !slices.Equal(got, want) {
			t.Errorf("offloaded %v: found %v:%s", offloaded, got, listing(a))
		}
		if u := a.Connections()[0].Unchecked; (len(u) > 0) != offloaded {
			t.Errorf("offloaded %v: not checked: %v", offloaded, u)
		}
	}
}

// TestGaps: packets that are missing from the trace give a note and no violation, unless the trace is complete.
func TestGaps(t *testing.T) {
	s := good(t, 1, true)
	s.without("jdata")
	a := s.octets(Options{}, atA)
	if got := names(a, Note); !slices.Equal(got, list("trace-gaps")) {
		t.Errorf("found %v:%s", got, listing(a))
	}
	a = s.octets(Options{Complete: true}, atA)
	if got := names(a, Violation); !slices.Contains(got, "ack-beyond") || !slices.Contains(got, "data-ack-beyond") {
		t.Errorf("complete: found %v:%s", got, listing(a))
	}
}

// TestOnePath: a trace of one path only does not blame DATA_ACKs for what the other path carries.
func TestOnePath(t *testing.T) {
	s := good(t, 1, true)
	s.steps = slices.DeleteFunc(s.steps, func(x step) bool { return x.seg.SrcPort == 1001 || x.seg.DstPort == 1001 })
	a := s.octets(Options{}, atA)
	if got := names(a, Note); !slices.Equal(got, list("paths-missing")) {
		t.Errorf("found %v:%s", got, listing(a))
	}
}

// TestMidway: without the handshake the rest is judged as far as it goes, and the summary says what was not.
func TestMidway(t *testing.T) {
	for version := range 2 {
		for _, first := range []string{"ack", "data1", "dack1", "data2"} {
			s := good(t, version, true)
			for s.steps[0].name != first {
				s.steps = s.steps[1:]
			}
			a := s.octets(Options{}, between)
			if got := names(a, Warning); len(got) > 0 {
				t.Errorf("v%d from %s on: found %v:%s", version, first, got, listing(a))
			}
			if u := a.Connections()[0].Unchecked; len(u) == 0 {
				t.Errorf("v%d from %s on: all is said to be checked", version, first)
			}
		}
	}
}

// TestBehind: what a box changes is not held against senders beyond it, but against those before it.
func TestBehind(t *testing.T) {
	s := good(t, 1, true)
	s.at("data2").seg.DSS.Checksum ^= 1
	if a := s.octets(Options{Behind: BoxPayload}, atB); len(a.Findings()) > 0 {
		t.Errorf("at B:%s", listing(a))
	}
	if a := s.octets(Options{Behind: BoxPayload}, atA); !slices.Equal(names(a, Note), list("dss-checksum")) {
		t.Errorf("at A:%s", listing(a))
	}
	if a := s.octets(Options{LocalOnly: true}, atB); len(a.Findings()) > 0 {
		t.Errorf("local only at B:%s", listing(a))
	}
}

// TestReordered: at the far end and between, segments out of order are no findings.
func TestReordered(t *testing.T) {
	s := good(t, 1, true)
	swap := func(x, y string) {
		i := slices.IndexFunc(s.steps, func(z step) bool { return z.name == x })
		j := slices.IndexFunc(s.steps, func(z step) bool { return z.name == y })
		s.steps[i], s.steps[j] = s.steps[j], s.steps[i]
	}
	swap("dack2", "jdack2")
	swap("jdack2", "bdata")
	for _, w := range []where{atA, between} {
		if a := s.octets(Options{}, w); len(a.Findings()) > 0 {
			t.Errorf("vantage %d:%s", w, listing(a))
		}
	}
}

// TestRepeatedAndUnknown: an option twice, and a subtype that nobody knows.
func TestRepeatedAndUnknown(t *testing.T) {
	for _, c := range []struct {
		want string
		edit func(o []byte)
	}{
		{"option-repeated", func(o []byte) { copy(o[4:], []byte{30, 3, 0x50, 1}) }}, // over the 4 octets of REMOVE_ADDR
		{"option-unknown", func(o []byte) { o[2] = 0xa0 }},
	} {
		s := good(t, 1, true)
		g := &s.at("prio").seg
		g.Opts |= wire.OptRemoveAddr
		g.RemoveAddr.N, g.RemoveAddr.IDs[0] = 1, 2
		rawEdit("prio", 30, 4, func(o []byte) {
			if c.want == "option-repeated" {
				c.edit(o[-0:])
				copy(o, []byte{30, 3, 0x51, 1})
			} else {
				c.edit(o)
			}
		})(s)
		if a := s.octets(Options{}, atA); !slices.Contains(names(a, Note), c.want) {
			t.Errorf("%s:%s", c.want, listing(a))
		}
	}
}

// TestPlainTCP: a connection without MPTCP; the right edge of its window must not go back.
func TestPlainTCP(t *testing.T) {
	s := newScript(t, 1, false)
	p := s.pipe("2001:db8::1", 1000, "2001:db8::2", 80)
	data := func(pos uint64) func(g *wire.Segment) {
		return func(g *wire.Segment) { g.Payload = wire.Payload{Stream: s.streamA, Pos: pos, Len: 100} }
	}
	p.send("syn", true, wire.SYN, nil)
	p.send("synack", false, wire.SYN|wire.ACK, nil)
	p.send("ack", true, wire.ACK, nil)
	p.send("data1", true, wire.ACK, data(0))
	p.send("ack1", false, wire.ACK, nil)
	p.send("data2", true, wire.ACK, data(100))
	p.send("ack2", false, wire.ACK, nil)
	if a := s.octets(Options{Complete: true}, atB); len(a.Findings()) > 0 || a.Connections()[0].Protocol != "tcp" {
		t.Errorf("found%s", listing(a))
	}
	s.at("ack2").seg.Window = 400
	if a := s.octets(Options{Complete: true}, atB); !slices.Equal(names(a, Note), list("edge-back")) {
		t.Errorf("found%s", listing(a))
	}
}

// TestTokens: two connections with one key.
func TestTokens(t *testing.T) {
	s := newScript(t, 1, false)
	s.pipe("10.0.0.1", 1000, "10.0.9.9", 80).open()
	s.pipe("10.0.0.1", 2000, "10.0.9.9", 80).open()
	if a := s.octets(Options{}, atA); !slices.Equal(names(a, Note), list("token-repeated")) {
		t.Errorf("found%s", listing(a))
	}
}

// TestNewConnections: a 4-tuple that is used again, a SYN that an old connection answers with an acknowledgment, and
// a listener that answers anew.
func TestNewConnections(t *testing.T) {
	s := good(t, 1, true)
	p := s.pipe("10.0.0.1", 1000, "10.0.9.9", 80)
	p.isn = [2]uint32{1 << 30, 77}
	p.next = p.isn
	s.keyA, s.keyB = 5, 6
	p.open()
	p.send("data1", true, wire.ACK|wire.PSH, func(g *wire.Segment) { firstData(p, g) })
	a := s.octets(Options{Complete: true, Contents: s.contents}, atA)
	if c := a.Connections(); len(a.Findings()) > 0 || len(c) != 2 || c[1].Protocol != "mptcp v1" || c[1].Octets[0] != 100 {
		t.Errorf("used again: %+v%s", c, listing(a))
	}

	s = good(t, 1, true)
	s.after("data2", "syn", func(g *wire.Segment) { g.Seq = 1 << 30 })
	s.after("syn'", "dack1", func(g *wire.Segment) { g.TSVal, g.TSEcr, g.Ack = g.TSVal+2, g.TSEcr+1, g.Ack+100 })
	if a := s.octets(Options{Complete: true}, atA); len(a.Connections()) != 1 {
		t.Errorf("challenged: %+v%s", a.Connections(), listing(a))
	}

	s = newScript(t, 1, false)
	p = s.pipe("10.0.0.1", 1000, "10.0.9.9", 80)
	p.send("syn", true, wire.SYN, p.capable(wire.CapableSYN))
	p.send("synack", false, wire.SYN|wire.ACK, p.capable(wire.CapableKey))
	p.isn[1], p.next[1], p.stamp[1] = 777777, 777777, 50
	s.keyB = 99
	p.send("again", true, wire.SYN, func(g *wire.Segment) { p.capable(wire.CapableSYN)(g); g.Seq = p.isn[0] })
	p.send("synack2", false, wire.SYN|wire.ACK, p.capable(wire.CapableKey))
	p.send("ack", true, wire.ACK, p.capable(wire.CapableKeys))
	if a := s.octets(Options{Complete: true}, atB); len(a.Findings()) > 0 || len(a.Connections()) != 1 {
		t.Errorf("answered anew: %+v%s", a.Connections(), listing(a))
	}
}

// TestDataOvertakesKey: A's mapped data comes before its key; numbers are right afterwards.
func TestDataOvertakesKey(t *testing.T) {
	s := good(t, 1, true)
	var moved step
	for i, x := range s.steps {
		if x.name == "ack" {
			moved = x
			s.steps = slices.Delete(s.steps, i, i+1)
			break
		}
	}
	i := slices.IndexFunc(s.steps, func(x step) bool { return x.name == "data1" })
	first := s.steps[i]
	first.seg.Opts = first.seg.Opts&^wire.OptCapable | wire.OptDSS
	first.seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8 | wire.DSSSum, DSN: wire.IDSN(s.keyA, 1) + 1, SSN: 1, Len: 100,
		Checksum: first.seg.Capable.Checksum}
	s.steps[i] = first
	s.steps = slices.Insert(s.steps, i+1, moved)
	a := s.octets(Options{}, atB)
	got := names(a, Note)
	if c := a.Connections()[0]; c.Data != [2]int64{301, 51} {
		t.Errorf("summary %+v", c)
	}
	if len(got) > 0 && !slices.Equal(got, list("after-fallback")) {
		t.Errorf("found %v:%s", got, listing(a))
	}
}

// TestAllocations: reading a long transfer as segments does not allocate for each packet.
func TestAllocations(t *testing.T) {
	s := newScript(t, 1, false)
	p := s.pipe("10.0.0.1", 1000, "10.0.9.9", 80)
	p.open()
	p.send("data1", true, wire.ACK|wire.PSH, func(g *wire.Segment) { firstData(p, g) })
	p.send("dack1", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, 101) })
	a := New(Options{Complete: true})
	for _, x := range s.steps {
		g := x.seg
		a.Segment(0, atA.direction(x), &g)
	}
	s.steps = nil
	for dsn := uint64(101); dsn < 1_100_000; dsn += 1000 {
		p.send("data", true, wire.ACK, func(g *wire.Segment) { p.mapping(g, true, dsn, 1000) })
		p.send("dack", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, dsn+1000) })
	}
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		for range 2 {
			a.Segment(0, atA.direction(s.steps[i]), &s.steps[i].seg)
			i++
		}
	})
	if n > 0.1 || len(a.Findings()) > 0 {
		t.Errorf("%v allocations a packet pair%s", n, listing(a))
	}
}
