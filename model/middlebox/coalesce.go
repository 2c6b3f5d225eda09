package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Coalesce joins segments that follow each other, as a normaliser or a receiving network card does. The
// joined segment has the MPTCP options of the first one: those of the others are lost (RFC 8684 section 6).
// Absorbed counts segments that were joined to another one.
type Coalesce struct {
	Size int           // octets of payload of the largest joined segment
	Wait unit.Duration // for the next segment
}

func (x Coalesce) build(b *Box) (mechanism, error) {
	if x.Size < 1 || x.Wait <= 0 {
		return nil, errors.New("it needs a size and a time to wait, both above 0")
	}
	return &coalesceBox{Coalesce: x, b: b}, nil
}

type coalesceBox struct {
	Coalesce
	b      *Box
	states []coalesceState
	waits  []wait // in order of time
	first  int
}

type coalesceState struct {
	held [2]link.PacketID // 0: none
	turn [2]uint32        // of holding
}

// wait is one time that a held segment is let go.
type wait struct {
	at   sim.Time
	slot int32
	turn uint32
	d    Direction
}

func (x *coalesceBox) open(slot int32) {
	if int(slot) < len(x.states) {
		x.release(slot, Forward)
		x.release(slot, Backward)
		return // turns go on, so that old waits do not count
	}
	x.states = slotsFor(x.states, slot)
}

func (x *coalesceBox) release(slot int32, d Direction) {
	t := &x.states[slot]
	if p := t.held[d]; p != 0 {
		t.held[d] = 0
		x.b.pass(p, d)
	}
}

func (x *coalesceBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	t := &x.states[f.slot]
	if t.held[d] != 0 {
		h := x.b.net().Segment(t.held[d])
		if x.join(h, s) {
			x.b.absorb(p)
			x.b.count.Modified++
			if h.Flags&(wire.PSH|wire.FIN) != 0 || int(h.Payload.Len) == x.Size {
				x.release(f.slot, d)
			}
			return
		}
		x.release(f.slot, d)
	}
	if s.Payload.Len == 0 || s.Flags&(wire.SYN|wire.FIN|wire.RST|wire.URG|wire.PSH) != 0 ||
		int(s.Payload.Len) >= x.Size {
		x.b.pass(p, d)
		return
	}
	t.held[d] = p
	t.turn[d]++
	at := now.Add(x.Wait)
	x.waits = append(x.waits, wait{at, f.slot, t.turn[d], d})
	if len(x.waits)-x.first == 1 {
		x.b.timer.Set(x.b.world(), at)
	}
}

// join appends s to h if it follows it and the result is no larger than allowed.
func (x *coalesceBox) join(h, s *wire.Segment) bool {
	if !wire.Adjacent(h.Payload, s.Payload) || h.Seq+h.Payload.Len != s.Seq ||
		int(h.Payload.Len+s.Payload.Len) > x.Size || s.Flags&(wire.SYN|wire.RST|wire.URG) != 0 {
		return false
	}
	h.Payload.Len += s.Payload.Len
	h.Flags |= s.Flags & (wire.PSH | wire.FIN)
	h.Ack, h.Window = s.Ack, s.Window
	return true
}

func (x *coalesceBox) due(now sim.Time) {
	for ; x.first < len(x.waits) && x.waits[x.first].at <= now; x.first++ {
		w := x.waits[x.first]
		if x.states[w.slot].turn[w.d] == w.turn {
			x.release(w.slot, w.d)
		}
	}
	if x.first == len(x.waits) {
		x.waits, x.first = x.waits[:0], 0
		return
	}
	x.b.timer.Set(x.b.world(), x.waits[x.first].at)
}
