package middlebox

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Answers that nobody has asked for do not confuse attackers that have heard nothing.
func TestAttackersWithoutVictim(t *testing.T) {
	_, heard := NewEar()
	a := Attacker{Addr: boxAddr(), Heard: heard, Interval: unit.Millisecond, Count: 3}
	for _, k := range []Kind{JoinGuess{a, KnowsAll}, JoinReplay{a}, JoinFlood{a, KnowsToken},
		Hijack{Attacker: a}} {
		b := newBench(t, Config{Do: k})
		b.wait(2 * unit.Second)
		s := fromServer(attackPort, wire.SYN|wire.ACK, 1, 1)
		s.Opts, s.Join = wire.OptJoin, wire.Join{Form: wire.JoinSYNACK}
		b.send(Backward, s)
		b.send(Backward, fromServer(attackPort, wire.ACK, 1, 1))
		if c := b.counters(); c.Attempts != 0 {
			t.Errorf("%T attacks nobody: %+v", k, c)
		}
		if n := b.w.Pending(); n != 0 {
			t.Errorf("%T waits for ever: %d events", k, n)
		}
		b.balance()
	}
}

// overheard is a bench whose first box has heard a connection and a join; the second one is the attacker.
func overheard(t *testing.T, k func(a Attacker) Kind) *bench {
	ear, heard := NewEar()
	a := Attacker{Addr: boxAddr(), Heard: heard, Start: sim.Time(unit.Second), Interval: unit.Millisecond,
		Count: 1}
	b := newBench(t, Config{Do: ear}, Config{Do: k(a)})
	b.send(Forward, mptcpSYN())
	key := func(form uint8) wire.Capable {
		return wire.Capable{Form: form, Version: 1, SenderKey: 7, ReceiverKey: 8}
	}
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Opts: wire.OptCapable,
		Capable: key(wire.CapableKey)})
	third := b.data(0, 10)
	third.Opts, third.Capable = wire.OptCapable, wire.Capable{Form: wire.CapableData, Version: 1,
		SenderKey: 3, ReceiverKey: 7}
	b.send(Forward, third)
	join := wire.Segment{Flags: wire.SYN, Src: clientEnd().addr, SrcPort: 1112, Dst: serverEnd().addr,
		DstPort: 80, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinSYN, Token: wire.Token(7, 1), Nonce: 77}}
	b.send(Forward, join)
	join.Flags, join.Join = wire.ACK, wire.Join{Form: wire.JoinACK, HMAC: [20]byte{1, 2, 3}}
	b.send(Forward, join)
	b.segments, b.got = nil, nil
	b.wait(unit.Second + unit.Millisecond/2)
	return b
}

func TestJoinGuessWithKeys(t *testing.T) {
	b := overheard(t, func(a Attacker) Kind { return JoinGuess{a, KnowsAll} })
	syn := b.segments[0]
	if syn.Join.Token != wire.Token(7, 1) || syn.Src != boxAddr() {
		t.Fatalf("the attempt is %s", &syn)
	}
	answer := fromServer(syn.SrcPort, wire.SYN|wire.ACK, 900, syn.Seq+1)
	answer.Opts, answer.Join = wire.OptJoin, wire.Join{Form: wire.JoinSYNACK, Nonce: 5}
	b.send(Backward, answer)
	b.wait(0)
	if got, want := b.segments[1].Join.HMAC, wire.JoinHMAC(3, 7, syn.Join.Nonce, 5, 1); got != want {
		t.Errorf("HMAC %x, want %x", got, want)
	}
	b.send(Backward, fromServer(syn.SrcPort, wire.ACK, 901, syn.Seq+1))
	if c := b.layer.Boxes()[1].Counters(); c.Attempts != 1 || c.Answered != 1 || c.Succeeded != 1 ||
		c.Refused != 0 {
		t.Errorf("%+v", c)
	}
}

func TestJoinReplay(t *testing.T) {
	b := overheard(t, func(a Attacker) Kind { return JoinReplay{a} })
	syn := b.segments[0]
	if syn.Join.Token != wire.Token(7, 1) || syn.Join.Nonce != 77 {
		t.Fatalf("the attempt is %s", &syn)
	}
	answer := fromServer(syn.SrcPort, wire.SYN|wire.ACK, 900, syn.Seq+1)
	answer.Opts, answer.Join = wire.OptJoin, wire.Join{Form: wire.JoinSYNACK, Nonce: 5}
	b.send(Backward, answer)
	b.wait(0)
	if got := b.segments[1].Join.HMAC; got != [20]byte{1, 2, 3} {
		t.Errorf("HMAC %x is not the one that was heard", got)
	}
	b.send(Backward, fromServer(syn.SrcPort, wire.RST, 901, 0))
	if c := b.layer.Boxes()[1].Counters(); c.Refused != 1 || c.Succeeded != 0 {
		t.Errorf("%+v", c)
	}
}

func TestJoinFlood(t *testing.T) {
	b := overheard(t, func(a Attacker) Kind { a.Count = 50; return JoinFlood{a, KnowsToken} })
	b.wait(unit.Second)
	if len(b.segments) != 50 || b.segments[49].Join.Token != wire.Token(7, 1) ||
		b.segments[48].SrcPort == b.segments[49].SrcPort {
		t.Errorf("%d SYNs, the last one %s", len(b.segments), &b.segments[len(b.segments)-1])
	}
}

// The forged ADD_ADDR has the numbers of the server's next segment; what comes to the attacker's address
// goes on to the server and back, and when the join stands the honest subflow is reset at both ends.
func TestHijack(t *testing.T) {
	b := overheard(t, func(a Attacker) Kind { return Hijack{Attacker: a, ResetOther: true} })
	if c := b.layer.Boxes()[1].Counters(); c.Attempts != 1 || c.Dropped[CauseNoRoute].Packets != 1 {
		t.Fatalf("%+v", c) // on this bench the client is not behind the attacker's router
	}
	relayed := wire.Segment{Flags: wire.SYN, Src: wire.Addr{Lo: 0xffff_0a00_0007}, SrcPort: 1200,
		Dst: boxAddr(), DstPort: 80, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinSYN}}
	b.send(Backward, relayed)
	b.wait(0)
	if s := b.segments[0]; s.Src != boxAddr() || s.Dst != serverEnd().addr || s.SrcPort != 1200 {
		t.Errorf("relayed as %s", &s)
	}
	b.send(Backward, fromServer(1200, wire.SYN|wire.ACK, 1, 1))
	b.wait(0)
	if s := b.segments[1]; s.Src != boxAddr() || s.Dst != relayed.Src || s.DstPort != 1200 {
		t.Errorf("relayed back as %s", &s)
	}
	relayed.Flags, relayed.Join.Form = wire.ACK, wire.JoinACK
	b.send(Backward, relayed)
	b.send(Backward, fromServer(1200, wire.ACK, 2, 2))
	b.wait(0)
	c := b.layer.Boxes()[1].Counters()
	if c.Succeeded != 1 || c.Made.Packets != 3 || !b.segments[3].Flags.Has(wire.RST) ||
		b.segments[3].Seq != 110 {
		t.Errorf("%+v, %s", c, &b.segments[3])
	}
	b.balance()
}

func TestInject(t *testing.T) {
	b := newBench(t, Config{Do: Inject{Knows: KnowsAll, Count: 1}})
	b.open()
	s := b.data(0, 200)
	s.Opts = wire.OptDSS
	s.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8 | wire.DSSSum, DSN: 1000, SSN: 1, Len: 200}
	b.send(Forward, s)
	b.expect("> A 100:300(200) ack 500 <DSS>", "> A 300:400(100) ack 500 <DSS>")
	forged := b.segments[1]
	if forged.DSS.DSN != 1200 || forged.DSS.SSN != 201 || forged.DSS.Len != 100 ||
		forged.DSS.Checksum != wire.DSSChecksum(1200, 201, 100, b.net.Contents().Sum(forged.Payload)) {
		t.Errorf("forged mapping %s", &forged.DSS)
	}
}
