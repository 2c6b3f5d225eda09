package link

import (
	"fmt"
	"math/bits"
	"slices"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Jitter adds a random time to each packet's delay: at least 0, at most Span.
type Jitter struct {
	Span unit.Duration
	Bell bool // sum of four uniform draws (Irwin-Hall: mean Span/2, deviation Span/sqrt(48)) instead of one
	// Reorder lets a packet overtake an earlier one whose draw was larger. Without it a packet waits
	// for those before it, as behind a link-layer retransmission.
	Reorder bool
}

func (j Jitter) check(name string) error {
	if j.Span < 0 || j.Span > maxDelay {
		return fmt.Errorf("link %s: jitter %d ns is outside 0..%d ns", name, j.Span, maxDelay)
	}
	return nil
}

// jitterState draws from the stream "link/<name>/jitter", one draw for each accepted packet.
type jitterState struct {
	Jitter
	stream *sim.Stream
}

func (s *jitterState) init(w *sim.World, name string, j Jitter) {
	s.Jitter = j
	s.stream = w.Stream("link/" + name + "/jitter")
}

func (s *jitterState) draw() unit.Duration {
	if !s.Bell {
		return unit.Duration(s.stream.Below(uint64(s.Span) + 1))
	}
	const lane, top = 16, 1<<16 - 1 // four lanes of 16 bits share one draw
	v := s.stream.Uint64()
	sum := v&top + v>>lane&top + v>>(2*lane)&top + v>>(3*lane)
	hi, lo := bits.Mul64(sum, uint64(s.Span))
	q, _ := bits.Div64(hi, lo, 4*top)
	return unit.Duration(q)
}

// flight holds the packets of a link that breaks order, sorted by arrival; equal arrivals stay in
// order of departure. The packets' own list is in order of departure and ends with the queue.
type flight struct {
	packets []airborne
	first   int // those before it have landed
}

type airborne struct {
	arrival sim.Time
	p       PacketID
}

// insert searches from the tail: a new packet overtakes few.
func (f *flight) insert(arrival sim.Time, p PacketID) {
	if 2*f.first > len(f.packets) && len(f.packets) == cap(f.packets) {
		f.packets = slices.Delete(f.packets, 0, f.first)
		f.first = 0
	}
	i := len(f.packets)
	f.packets = append(f.packets, airborne{})
	for ; i > f.first && f.packets[i-1].arrival > arrival; i-- {
		f.packets[i] = f.packets[i-1]
	}
	f.packets[i] = airborne{arrival, p}
}

// reset forgets all packets and keeps the memory.
func (f *flight) reset() { f.packets, f.first = f.packets[:0], 0 }

// launch adds p, which has been accepted, to the flight of id.
func (n *Net) launch(id ID, p PacketID) {
	l, x := &n.links[id], &n.extras[id]
	if l.mark != p {
		n.packets[l.tail].next = p
	}
	l.tail = p
	x.flight.insert(n.packets[p].arrival, p)
	n.aim(id)
}

// land takes the first packet off the flight of id and arms the next one.
func (n *Net) land(id ID) {
	f := &n.extras[id].flight
	f.first++
	if f.first == len(f.packets) {
		f.reset()
	}
	n.links[id].head = 0
	n.aim(id)
}

// aim makes the first arrival of the flight the link's head and its armed event.
func (n *Net) aim(id ID) {
	l, f := &n.links[id], &n.extras[id].flight
	switch {
	case f.first == len(f.packets):
		l.head = 0
		n.w.Disarm(l.event)
	case l.head != f.packets[f.first].p:
		l.head = f.packets[f.first].p
		n.w.Arm(l.event, f.packets[f.first].arrival)
	}
}

// keep removes the packets that f refuses.
func (f *flight) keep(ok func(p PacketID) bool) {
	kept := f.packets[:0]
	for _, a := range f.packets[f.first:] {
		if ok(a.p) {
			kept = append(kept, a)
		}
	}
	f.packets, f.first = kept, 0
}
