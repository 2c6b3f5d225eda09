package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Inject adds data of its own to a connection (RFC 6181 section 6.3, RFC 5961): with KnowsAll at the right
// place and with a mapping whose checksum is right, which an attacker on the path can compute, for it
// covers no secret; with KnowsToken at the right place, without mapping; with KnowsNothing at random
// sequence numbers. Events counts forged segments.
type Inject struct {
	Knows Knowledge
	After int64 // octets of payload that pass first in the direction that is attacked
	Count int   // forged segments, one behind each segment that passes
}

// injectOctets is the payload of a forged segment.
const injectOctets = 100

func (x Inject) build(b *Box) (mechanism, error) {
	return &injectBox{Inject: x, b: b, text: newScratch(b), dice: b.stream("dice")}, nil
}

type injectBox struct {
	Inject
	b      *Box
	text   scratch
	dice   *sim.Stream
	states []injectState
}

type injectState struct {
	octets [2]int64
	sent   int
	next   [2]uint32
	begun  [2]bool
}

func (x *injectBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *injectBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	end := s.Seq + s.SegLen()
	fresh := !t.begun[d] || before(t.next[d], end)
	if fresh {
		t.next[d], t.begun[d] = end, true
	}
	t.octets[d] += int64(s.Payload.Len)
	attack := fresh && s.Payload.Len > 0 && t.sent < x.Count && t.octets[d] > x.After &&
		s.Flags&(wire.SYN|wire.FIN|wire.RST) == 0
	if !attack {
		x.b.pass(p, d)
		return
	}
	t.sent++
	forged, q := x.b.clone(s)
	rest := x.b.net().Rest(p)
	x.b.pass(p, d)
	x.fill(q, s, end)
	x.b.event(now, "data forged")
	x.b.emitAlong(now, forged, rest, d)
}

// fill makes q, a copy of s, the forged segment behind it, which ends at end.
func (x *injectBox) fill(q, s *wire.Segment, end uint32) {
	text := x.text.read(s.Payload)
	text = text[:min(len(text), injectOctets)]
	for i := range text {
		text[i] = 'X'
	}
	q.Payload = x.text.payload(text)
	q.Seq = end
	q.Opts &^= wire.OptMPTCP | wire.OptSACK
	switch {
	case x.Knows == KnowsNothing:
		q.Seq, q.Ack = x.dice.Uint32(), x.dice.Uint32()
	case x.Knows == KnowsAll && s.Has(wire.OptDSS) && s.DSS.Flags&wire.DSSMap != 0:
		q.Opts |= wire.OptDSS
		covered := uint32(s.DSS.Len) // the next mapping begins behind this one
		q.DSS.DSN += uint64(covered)
		q.DSS.SSN += covered
		q.DSS.Len = uint16(len(text))
		q.DSS.Flags &^= wire.DSSFin
		q.Seq = end - (s.Payload.Len) + covered
		q.DSS.Checksum = wire.DSSChecksum(q.DSS.DSN, q.DSS.SSN, q.DSS.Len, wire.PayloadSum(text))
	}
}
