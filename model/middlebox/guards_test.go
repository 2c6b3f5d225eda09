package middlebox

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim/unit"
)

const (
	established = 124 * unit.Minute
	transitory  = 4 * unit.Minute
)

// fromServer is a segment of the server to a public end.
func fromServer(port uint16, flags wire.Flags, seq, ack uint32) wire.Segment {
	return wire.Segment{Flags: flags, Seq: seq, Ack: ack, Src: serverEnd().addr, SrcPort: 80,
		Dst: boxAddr(), DstPort: port}
}

func TestNAT(t *testing.T) {
	b := newBench(t, Config{Do: NAT{Public: boxAddr(), Timeout: established, Transitory: transitory}})
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99})
	if s := b.segments[0]; s.Src != boxAddr() || s.SrcPort != 1111 || s.Dst != serverEnd().addr {
		t.Fatalf("outside it is %s", &s)
	}
	b.send(Backward, fromServer(1111, wire.SYN|wire.ACK, 499, 100))
	if s := b.segments[1]; s.Dst != clientEnd().addr || s.DstPort != 1111 {
		t.Fatalf("inside it is %s", &s)
	}
	b.expect("> S 99:99(0)", "< SA 499:499(0) ack 100")

	// another host inside with the same port gets another one, the same end towards another server the same
	twin := wire.Segment{Flags: wire.SYN, Src: wire.Addr{Lo: 0xffff_0a00_0009}, SrcPort: 1111,
		Dst: serverEnd().addr, DstPort: 80}
	b.send(Forward, twin)
	if s := b.segments[2]; s.SrcPort != natFirstPort || s.Src != boxAddr() {
		t.Errorf("the second host has port %d", s.SrcPort)
	}
	b.send(Backward, fromServer(natFirstPort, wire.SYN|wire.ACK, 1, 1))
	if c := b.counters(); c.Dropped[CauseNoRoute].Packets != 1 { // on this bench only the first host has a way
		t.Errorf("the answer to the second host: %+v", c)
	}
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99, Dst: wire.Addr{Lo: 0xffff_0a00_0003}, DstPort: 80})
	if s := b.segments[3]; s.SrcPort != 1111 {
		t.Errorf("towards another server the port is %d", s.SrcPort)
	}
	b.got = nil

	// a port that is taken outside is translated in both directions
	b.send(Forward, wire.Segment{Flags: wire.SYN, Src: clientEnd().addr, SrcPort: natFirstPort,
		Dst: serverEnd().addr, DstPort: 80})
	public := b.segments[4].SrcPort
	b.send(Backward, fromServer(public, wire.SYN|wire.ACK, 1, 1))
	if s := b.segments[5]; public == natFirstPort || s.DstPort != natFirstPort || s.Dst != clientEnd().addr {
		t.Errorf("port %d is %d outside and comes back as %d", natFirstPort, public, s.DstPort)
	}
	b.got = nil

	// unsolicited: from another port, to a private address, to an unknown port
	other := fromServer(1111, wire.ACK, 1, 1)
	other.SrcPort = 81
	b.send(Backward, other)
	b.send(Backward, ack(100))
	b.send(Backward, fromServer(5000, wire.SYN, 1, 0))
	b.expect()
	if c := b.counters(); c.Dropped[CauseUnsolicited].Packets != 3 || c.Events != 4 {
		t.Errorf("%+v", c)
	}
	if a, port, ok := b.layer.Boxes()[0].Original(boxAddr(), 1111, serverEnd().addr, 80); !ok ||
		a != clientEnd().addr || port != 1111 {
		t.Errorf("behind the public end are %v %d %v", a, port, ok)
	}

	// an established connection survives its idle time, not more
	b.wait(established - unit.Minute)
	b.send(Backward, fromServer(1111, wire.ACK, 500, 100))
	b.expect("< A 500:500(0) ack 100")
	b.wait(established + unit.Minute)
	b.send(Backward, fromServer(1111, wire.ACK, 500, 100))
	b.expect()
	if c := b.counters(); c.Dropped[CauseExpired].Packets != 1 {
		t.Errorf("%+v", c)
	}
}

func TestNATReset(t *testing.T) {
	b := newBench(t, Config{Do: NAT{Public: boxAddr(), Timeout: established, Transitory: transitory,
		ResetOutsider: true}})
	b.send(Backward, fromServer(1111, wire.SYN, 7, 0))
	b.wait(0)
	b.expect("> RA 0:0(0) ack 8")
	b.send(Backward, fromServer(1111, wire.RST, 7, 0))
	b.expect()
}

func TestNATPorts(t *testing.T) {
	b := newBench(t, Config{Do: NAT{Public: boxAddr(), Timeout: established, Transitory: transitory}})
	open := func(host uint64, port uint16) {
		b.send(Forward, wire.Segment{Flags: wire.SYN, Src: wire.Addr{Lo: 0xffff_0a01_0000 + host}, SrcPort: port,
			Dst: serverEnd().addr, DstPort: 80})
	}
	for i := range natPorts {
		open(1, uint16(natFirstPort+i))
	}
	b.got = nil
	open(2, 5000)
	if c := b.counters(); c.Dropped[CauseNoPort].Packets != 1 {
		t.Fatalf("a port more than there are: %+v", c)
	}
	b.wait(transitory + unit.Second)
	open(2, 5000)
	open(3, 5000)
	if c := b.counters(); c.Dropped[CauseNoPort].Packets > 2 {
		t.Errorf("ports that have timed out are not given away again: %+v", c)
	}
	b.balance()
}

func TestFirewall(t *testing.T) {
	b := newBench(t, Config{Do: Firewall{Timeout: established, Transitory: transitory, ResetOutsider: true}})
	b.send(Backward, wire.Segment{Flags: wire.SYN, Seq: 1})
	b.wait(0)
	b.expect("> RA 0:0(0) ack 2")
	b.open()
	b.send(Backward, ack(100))
	b.wait(established + unit.Minute)
	b.send(Backward, ack(100))
	b.wait(0)
	b.expect("< A 500:500(0) ack 100", "> R 100:100(0)")
	if c := b.counters(); c.Dropped[CauseUnsolicited].Packets != 1 || c.Dropped[CauseExpired].Packets != 1 {
		t.Errorf("%+v", c)
	}
	b.send(Forward, b.data(0, 10)) // picks it up again
	b.send(Backward, ack(110))
	b.expect("> A 100:110(10) ack 500", "< A 500:500(0) ack 110")
}

func TestFirewallStrict(t *testing.T) {
	b := newBench(t, Config{Do: Firewall{Timeout: established, Transitory: transitory, Strict: true}})
	b.send(Forward, b.data(0, 10)) // without SYN
	b.expect()
	b.open()
	b.send(Forward, b.data(0, 100))
	b.send(Backward, ack(200))
	b.send(Forward, b.data(100, 1000)) // fills the window
	b.expect("> A 100:200(100) ack 500", "< A 500:500(0) ack 200", "> A 200:1200(1000) ack 500")
	b.send(Forward, b.data(1100, 1))                              // beyond the window
	b.send(Backward, ack(5000))                                   // nobody has sent that
	b.send(Backward, ack(1<<32-98_800))                           // far behind
	b.send(Forward, b.data(1<<31, 1))                             // half the sequence space away
	b.send(Backward, wire.Segment{Flags: wire.RST, Seq: 900_000}) // blind reset
	b.expect()
	b.send(Backward, wire.Segment{Flags: wire.RST, Seq: 500})
	b.expect("< R 500:500(0)")
	if c := b.counters(); c.Dropped[CauseInvalid].Packets != 5 || c.Dropped[CauseUnsolicited].Packets != 1 {
		t.Errorf("%+v", c)
	}
}
