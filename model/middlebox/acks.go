package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Acks does not believe acknowledgments of data that has not passed (Honda et al., IMC 2011, section 4.4: a
// third of the paths to port 80). Modified counts corrected segments, CauseAck dropped ones.
type Acks struct {
	Drop bool // otherwise the number is set back to the end of what has passed
}

func (x Acks) build(b *Box) (mechanism, error) { return &ackBox{Acks: x, b: b}, nil }

type ackBox struct {
	Acks
	b      *Box
	states []ackState
}

// ackState has the end of what has passed in each direction.
type ackState struct {
	known [2]bool
	end   [2]uint32
}

func (x *ackBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *ackBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t, back := &x.states[f.slot], d.Reverse()
	switch end := s.Seq + s.SegLen(); {
	case s.Flags.Has(wire.RST):
	case !t.known[d] || s.Flags.Has(wire.SYN):
		t.known[d], t.end[d] = true, end
	default:
		t.end[d] = later(t.end[d], end)
	}
	if !s.Flags.Has(wire.ACK) || !t.known[back] || !before(t.end[back], s.Ack) {
		x.b.pass(p, d)
		return
	}
	if x.Drop {
		x.b.drop(now, p, CauseAck)
		return
	}
	s.Ack = t.end[back]
	x.b.modified(p, d)
}
