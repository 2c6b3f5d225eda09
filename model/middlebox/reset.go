package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Reset ends connections by RSTs in the name of the other end, as filters do that have seen something they
// do not like (Weaver, Sommer, Paxson, "Detecting Forged TCP Reset Packets", NDSS 2009). The RSTs have the
// number that their receivers expect (RFC 5961 section 3.2). Events counts connections.
type Reset struct {
	After    int64 // octets of payload, both directions, that pass first
	ToFirst  bool  // the end on the side of the link's first end is reset
	ToSecond bool
}

func (x Reset) build(b *Box) (mechanism, error) { return &resetBox{Reset: x, b: b}, nil }

type resetBox struct {
	Reset
	b      *Box
	states []resetState
}

type resetState struct {
	octets int64
	done   bool
	next   [2]uint32
	known  [2]bool
}

func (x *resetBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *resetBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	end := s.Seq + s.SegLen()
	if !t.known[d] || before(t.next[d], end) {
		t.next[d], t.known[d] = end, true
	}
	t.octets += int64(s.Payload.Len)
	x.b.pass(p, d)
	if t.done || t.octets < x.After || s.Flags.Has(wire.RST) || !t.known[0] || !t.known[1] ||
		t.octets == 0 && s.Flags.Has(wire.SYN) {
		return
	}
	t.done = true
	x.b.event(now, "connection reset")
	if x.ToSecond {
		x.send(now, f, t, Forward)
	}
	if x.ToFirst {
		x.send(now, f, t, Backward)
	}
}

// send makes a RST that goes in a direction.
func (x *resetBox) send(now sim.Time, f *flow, t *resetState, d Direction) {
	p, s := x.b.make()
	address(s, f.key, d)
	s.Flags, s.Seq, s.Ack = wire.RST|wire.ACK, t.next[d], t.next[d.Reverse()]
	x.b.emit(now, p, d)
}

// address fills in the ends of a segment that goes in a direction of a connection.
func address(s *wire.Segment, k key, d Direction) {
	src, dst := k.first, k.second
	if d == Backward {
		src, dst = dst, src
	}
	s.Src, s.SrcPort, s.Dst, s.DstPort = src.addr, src.port, dst.addr, dst.port
	s.TTL = boxTTL
}

// boxTTL is the time to live of packets that boxes make.
const boxTTL = 64
