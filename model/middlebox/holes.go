package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Holes passes no data behind a hole in the sequence space (Honda et al., IMC 2011, section 4.3): a box that
// reads the stream and has room for nothing else. It is why each subflow has a sequence space of its own
// (RFC 6182 section 5.1). Drops count as CauseHole; with Hold, Modified counts segments that waited.
type Holes struct {
	Hold bool // keep up to holeRoom segments a direction until the hole is filled
}

const holeRoom = 64

func (x Holes) build(b *Box) (mechanism, error) { return &holeBox{Holes: x, b: b}, nil }

type holeBox struct {
	Holes
	b      *Box
	states []holeState
}

type holeState struct{ side [2]holeSide }

type holeSide struct {
	known bool
	next  uint32
	held  []link.PacketID
}

func (x *holeBox) open(slot int32) {
	if int(slot) < len(x.states) {
		for d := range x.states[slot].side {
			x.passAll(&x.states[slot].side[d], Direction(d))
		}
	}
	x.states = slotsFor(x.states, slot)
}

func (x *holeBox) passAll(t *holeSide, d Direction) {
	for _, p := range t.held {
		x.b.pass(p, d)
	}
	t.held = t.held[:0]
}

func (x *holeBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot].side[d]
	n := s.SegLen()
	switch {
	case s.Flags.Has(wire.SYN), !t.known && n > 0:
		t.known, t.next = true, s.Seq+n
	case s.Flags.Has(wire.RST):
		x.b.pass(p, d)
		x.passAll(t, d)
		return
	case n == 0 || !t.known:
	case !before(t.next, s.Seq): // it begins at or before what comes next
		t.next = later(t.next, s.Seq+n)
		x.b.pass(p, d)
		x.fill(t, d)
		return
	case !x.Hold:
		x.b.drop(now, p, CauseHole)
		return
	case len(t.held) == holeRoom:
		x.b.drop(now, p, CauseOverflow)
		return
	default:
		x.b.count.Modified++
		t.held = append(t.held, p)
		return
	}
	x.b.pass(p, d)
}

// fill passes what has waited for the octets that came now.
func (x *holeBox) fill(t *holeSide, d Direction) {
	for again := true; again; {
		again = false
		for i, p := range t.held {
			s := x.b.net().Segment(p)
			if before(t.next, s.Seq) {
				continue
			}
			t.next = later(t.next, s.Seq+s.SegLen())
			t.held = append(t.held[:i], t.held[i+1:]...)
			x.b.pass(p, d)
			again = true
			break
		}
	}
}
