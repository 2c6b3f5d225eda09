package middlebox

import (
	"strings"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim/unit"
)

func mptcpSYN() wire.Segment {
	return wire.Segment{
		Flags: wire.SYN, Seq: 99, Window: 1000, Opts: wire.OptMSS | wire.OptWindowScale | wire.OptCapable,
		MSS: 1460, WindowScale: 2, Capable: wire.Capable{Form: wire.CapableSYN, Version: 1,
			Flags: wire.CapableHMACSHA},
	}
}

func TestOptions(t *testing.T) {
	dss := wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 500,
		Opts: wire.OptTimestamps | wire.OptDSS | wire.OptPrio,
		DSS:  wire.DSS{Flags: wire.DSSAck, DataAck: 7}}
	for name, c := range map[string]struct {
		o          Options
		syn, after string
	}{
		"all": {Options{Set: wire.OptMPTCP}, "> S 99:99(0) <MSS+window scale>",
			"> A 100:100(0) ack 500 <timestamps>"},
		"syn": {Options{Set: Unknown, On: SYNSegments}, "> S 99:99(0) <MSS+window scale>",
			"> A 100:100(0) ack 500 <timestamps+DSS+MP_PRIO>"},
		"data": {Options{Set: wire.OptDSS, On: DataSegments}, "> S 99:99(0) <MSS+window scale+MP_CAPABLE>",
			"> A 100:100(0) ack 500 <timestamps+MP_PRIO>"},
		"eol": {Options{Set: wire.OptDSS, How: EndOfList}, "> S 99:99(0) <MSS+window scale+MP_CAPABLE>",
			"> A 100:100(0) ack 500 <timestamps>"},
		"eol of TCP's": {Options{Set: wire.OptWindowScale | wire.OptTimestamps, How: EndOfList},
			"> S 99:99(0) <MSS>",
			"> A 100:100(0) ack 500"},
		"drop": {Options{Set: wire.OptCapable, How: DropSegment}, "",
			"> A 100:100(0) ack 500 <timestamps+DSS+MP_PRIO>"},
		"every 2nd": {Options{Set: wire.OptMPTCP, Every: 2}, "> S 99:99(0) <MSS+window scale+MP_CAPABLE>",
			"> A 100:100(0) ack 500 <timestamps>"},
		"not theirs": {Options{Set: wire.OptFail}, "> S 99:99(0) <MSS+window scale+MP_CAPABLE>",
			"> A 100:100(0) ack 500 <timestamps+DSS+MP_PRIO>"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, Config{Do: c.o})
			b.send(Forward, mptcpSYN())
			b.send(Forward, dss)
			b.expect(strings.Split(strings.TrimPrefix(c.syn+"\n"+c.after, "\n"), "\n")...)
		})
	}
}

func TestISN(t *testing.T) {
	b := newBench(t, Config{Do: ISN{}})
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99})
	c := b.segments[0].Seq + 1
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: c})
	s := b.segments[1].Seq + 1
	if c == 100 || s == 500 || b.segments[1].Ack != 100 {
		t.Fatalf("initial numbers %d and %d, ack %d", c-1, s-1, b.segments[1].Ack)
	}
	b.send(Forward, wire.Segment{Flags: wire.ACK, Seq: 100, Ack: s, Payload: wire.Payload{Stream: b.stream,
		Len: 10}})
	sack := wire.Segment{Flags: wire.ACK, Seq: 500, Ack: c, Opts: wire.OptSACK, SACKN: 1}
	sack.SACK[0] = wire.Block{Left: c + 5, Right: c + 10}
	b.send(Backward, sack)
	if x := b.segments[2]; x.Seq != c || x.Ack != 500 {
		t.Errorf("data has seq %d ack %d, want %d and 500", x.Seq, x.Ack, c)
	}
	if x := b.segments[3]; x.Ack != 100 || x.SACK[0] != (wire.Block{Left: 105, Right: 110}) || x.Seq != s {
		t.Errorf("the acknowledgment is %s", &x)
	}
	b.balance()
}

func TestSplit(t *testing.T) {
	for _, first := range []bool{false, true} {
		b := newBench(t, Config{Do: Split{Size: 400, FirstOnly: first}})
		b.open()
		s := b.data(0, 1000)
		s.Flags |= wire.PSH | wire.FIN
		s.Opts = wire.OptDSS
		s.DSS = wire.DSS{Flags: wire.DSSMap, DSN: 1, SSN: 1, Len: 1000}
		b.send(Forward, s)
		option := " <DSS>"
		if first {
			option = ""
		}
		b.expect("> A 100:500(400) ack 500 <DSS>", "> A 500:900(400) ack 500"+option,
			"> FPA 900:1100(200) ack 500"+option)
	}
}

func TestCoalesce(t *testing.T) {
	b := newBench(t, Config{Do: Coalesce{Size: 1000, Wait: unit.Millisecond}})
	b.open()
	b.send(Forward, b.data(0, 400))
	b.expect()
	b.send(Forward, b.data(400, 400)) // joined
	b.send(Forward, b.data(800, 400)) // too much
	b.expect("> A 100:900(800) ack 500")
	b.wait(2 * unit.Millisecond)
	b.expect("> A 900:1300(400) ack 500")
	b.send(Forward, b.data(1200, 100))
	b.send(Forward, b.data(1500, 100)) // a hole
	b.expect("> A 1300:1400(100) ack 500")
	push := b.data(1600, 100)
	push.Flags |= wire.PSH
	b.send(Forward, push)
	b.expect("> PA 1600:1800(200) ack 500")
	if c := b.counters(); c.Absorbed.Packets != 2 {
		t.Errorf("%d segments absorbed", c.Absorbed.Packets)
	}
}

func TestHoles(t *testing.T) {
	b := newBench(t, Config{Do: Holes{}})
	b.open()
	b.send(Forward, b.data(100, 100))
	b.expect()
	b.send(Forward, b.data(0, 100))
	b.send(Forward, b.data(100, 100))
	b.send(Forward, b.data(0, 100)) // again
	b.expect("> A 100:200(100) ack 500", "> A 200:300(100) ack 500", "> A 100:200(100) ack 500")
	b.send(Forward, b.data(200, 100)) // what comes next did not move back
	b.expect("> A 300:400(100) ack 500")
	if c := b.counters(); c.Dropped[CauseHole].Packets != 1 {
		t.Errorf("%+v", c)
	}
	b = newBench(t, Config{Do: Holes{Hold: true}})
	b.open()
	b.send(Forward, b.data(200, 100))
	b.send(Forward, b.data(100, 100))
	b.expect()
	b.send(Forward, b.data(0, 100))
	b.expect("> A 100:200(100) ack 500", "> A 200:300(100) ack 500", "> A 300:400(100) ack 500")
}

func TestAcks(t *testing.T) {
	for _, drop := range []bool{false, true} {
		b := newBench(t, Config{Do: Acks{Drop: drop}})
		b.open()
		b.send(Forward, b.data(0, 100))
		b.send(Backward, ack(200))
		b.send(Backward, ack(300)) // nobody has sent that
		if drop {
			b.expect("> A 100:200(100) ack 500", "< A 500:500(0) ack 200")
			continue
		}
		b.expect("> A 100:200(100) ack 500", "< A 500:500(0) ack 200", "< A 500:500(0) ack 200")
	}
}

func TestWindow(t *testing.T) {
	b := newBench(t, Config{Do: Window{Limit: 2000}})
	b.send(Forward, mptcpSYN())
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Window: 60_000, Opts: wire.OptWindowScale,
		WindowScale: 3})
	b.send(Forward, wire.Segment{Flags: wire.ACK, Window: 60_000})
	b.send(Backward, wire.Segment{Flags: wire.ACK, Window: 100})
	for i, want := range []uint16{1000, 2000, 500, 100} {
		if got := b.segments[i].Window; got != want {
			t.Errorf("window %d is %d, want %d", i, got, want)
		}
	}
}

func TestReset(t *testing.T) {
	b := newBench(t, Config{Do: Reset{After: 150, ToFirst: true, ToSecond: true}})
	b.open()
	b.send(Forward, b.data(0, 100))
	b.send(Forward, b.data(100, 100))
	b.send(Forward, b.data(200, 100))
	b.expect("> A 100:200(100) ack 500", "> A 200:300(100) ack 500", "> RA 300:300(0) ack 500",
		"< RA 500:500(0) ack 300", "> A 300:400(100) ack 500")
}

func TestCorrupt(t *testing.T) {
	b := newBench(t, Config{Do: Corrupt{What: CorruptPayload, After: 100, Ratio: unit.Ratio{Num: 1, Den: 1}}})
	b.open()
	b.send(Forward, b.data(0, 100))
	b.send(Forward, b.data(100, 100))
	var got [100]byte
	p := b.segments[1].Payload
	b.net.Contents().ReadAt(p.Stream, p.Pos, got[:])
	got[50] ^= 0x20
	if b.segments[0].Payload.Stream != b.stream || !b.net.Contents().Equal(b.stream, 100, got[:]) {
		t.Error("not one octet of the second segment alone is changed")
	}
	b.balance()
}

func TestDuplicate(t *testing.T) {
	b := newBench(t, Config{Do: Duplicate{Ratio: unit.Ratio{Num: 1, Den: 1}}})
	b.send(Forward, b.data(0, 10))
	b.expect("> A 100:110(10) ack 500", "> A 100:110(10) ack 500")
}

// The decision is made once a connection, about as often as asked.
func TestProbability(t *testing.T) {
	b := newBench(t, Config{Probability: unit.Ratio{Num: 1, Den: 4}, Do: Options{Set: wire.OptMPTCP}})
	for i := range 400 {
		for range 3 {
			s := mptcpSYN()
			s.Src, s.SrcPort, s.Dst, s.DstPort = clientEnd().addr, uint16(2000+i), serverEnd().addr, 80
			b.send(Forward, s)
		}
	}
	c := b.counters()
	if c.Affected < 70 || c.Affected > 130 || c.Modified != 3*c.Affected || c.Connections != 400 {
		t.Errorf("%d of %d connections affected, %d segments", c.Affected, c.Connections, c.Modified)
	}
}

// Boxes act in the order of the chain, backward in the opposite one.
func TestChainOrder(t *testing.T) {
	b := newBench(t, Config{Do: Split{Size: 100}}, Config{Do: Coalesce{Size: 300, Wait: unit.Millisecond}})
	b.open()
	b.send(Forward, b.data(0, 300))
	b.expect("> A 100:400(300) ack 500")
	s := ack(100)
	s.Payload = wire.Payload{Stream: b.stream, Len: 300}
	b.send(Backward, s)
	b.wait(2 * unit.Millisecond)
	b.expect("< A 500:600(100) ack 100", "< A 600:700(100) ack 100", "< A 700:800(100) ack 100")
}

func TestWrongConfigs(t *testing.T) {
	b := newBench(t)
	for _, c := range []Config{
		{Do: ISN{}}, {Name: "x"}, {Name: "x", Do: ISN{}, Probability: unit.Ratio{Num: 2, Den: 1}},
		{Name: "a", Do: Options{}}, {Name: "b", Do: Split{}}, {Name: "c", Do: Coalesce{}}, {Name: "d", Do: NAT{}},
		{Name: "e", Do: Firewall{}}, {Name: "f", Do: Window{}}, {Name: "g", Do: Rewrite{}}, {Name: "h",
			Do: Proxy{}},
		{Name: "i", Do: JoinGuess{}},
	} {
		if _, err := b.chain.Add(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
