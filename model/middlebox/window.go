package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Window reduces receive windows to a limit, as traffic shapers do. MPTCP takes the largest of the recent
// windows for the connection, and each subflow obeys its own (RFC 8684 sections 3.3.5 and 6).
type Window struct {
	Limit int64 // octets
}

func (x Window) build(b *Box) (mechanism, error) {
	if x.Limit < 1 {
		return nil, errors.New("a window of less than one octet stops every connection")
	}
	return &windowBox{Window: x, b: b}, nil
}

type windowBox struct {
	Window
	b      *Box
	states []scales
}

// scales are the window scales that both ends have announced (RFC 7323 section 2.2).
type scales struct {
	given [2]bool
	shift [2]uint8
}

// learn takes the scale from a SYN.
func (t *scales) learn(s *wire.Segment, d Direction) {
	if s.Flags.Has(wire.SYN) {
		t.given[d], t.shift[d] = s.Has(wire.OptWindowScale), min(s.WindowScale, 14)
	}
}

// of returns the scale of a segment's window field.
func (t *scales) of(s *wire.Segment, d Direction) uint8 {
	if s.Flags.Has(wire.SYN) || !t.given[0] || !t.given[1] {
		return 0
	}
	return t.shift[d]
}

func (x *windowBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *windowBox) packet(_ sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	t.learn(s, d)
	most := max(x.Limit>>t.of(s, d), 1)
	if int64(s.Window) <= most {
		x.b.pass(p, d)
		return
	}
	s.Window = uint16(most)
	x.b.modified(p, d)
}
