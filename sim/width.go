package sim

import (
	"math/bits"

	"mpsim/sim/unit"
)

// The slot width follows the load. Narrow slots cost an advance each, wide ones sorting; a horizon
// (slots times width) shorter than the usual distance of an event sends it through the heap. The
// width is looked at again after so many events, never by wall time, and never shows in the order.

const (
	firstShift = 13 // 8 us
	maxShift   = 30 // 1 s

	// A first look soon, then ever later ones.
	firstCheck = 1 << 10
	checkEvery = 1 << 16

	// manyMoved records moved by one insertion are a sign that the slots are far too wide, as when a
	// crowd starts after a quiet time. So many signs bring the next look forward.
	manyMoved = 256
	manySigns = 1 << 10

	sampled = 1 << 10 // events that a look samples
	one     = 1 << 16 // a share of 1
	perNs   = 1 << 8  // spacings are in 1/256 ns: many events may share a nanosecond
)

// widthControl counts what tells whether slots have the right width.
type widthControl struct {
	far    uint64 // events armed beyond the horizon
	inOpen uint64 // events armed into the open slot
	heavy  uint64 // those since the last look that moved many others
	moves  uint64 // changes of the width
	period uint64 // events from one look to the next
	due    uint64 // the next look; Stop hides it from the loop
	fixed  bool   // by FixSlotWidth

	// At the last look.
	lastFar    uint64
	lastEvents uint64
	lastNow    Time
}

// adapt chooses the slot width from what happened since the last call.
func (q *queue) adapt() {
	c := &q.width
	events, span := q.events-c.lastEvents, uint64(q.now-c.lastNow)
	c.period = min(max(2*c.period, firstCheck), checkEvery)
	c.due = q.events + c.period
	q.nextCheck = c.due
	if events > 0 && span > 0 && !c.fixed {
		if shift := q.wanted(events, span); shift != q.shift {
			q.setShift(shift)
			c.moves++
		}
	}
	c.lastEvents, c.lastFar, c.lastNow = q.events, c.far, q.now
	c.heavy = 0
}

// noteMoved counts the cost of an insertion into the open slot.
func (q *queue) noteMoved(records int) {
	if records < manyMoved {
		return
	}
	if q.width.heavy++; q.width.heavy == manySigns {
		q.width.due = q.events
		q.nextCheck = min(q.nextCheck, q.events)
	}
}

// wanted weighs the widths against each other by estimates of what they cost per event.
func (q *queue) wanted(events, span uint64) uint {
	hi, lo := bits.Mul64(span, perNs)
	if hi >= events {
		return maxShift
	}
	spacing, _ := bits.Div64(hi, lo, events)
	spacing = max(spacing, 1)
	far, within := q.sample(spacing)
	// What was measured under the present width bounds the estimates for the others.
	measured := min((q.width.far-q.width.lastFar)*one/events, one)
	for shift := range far {
		switch {
		case uint(shift) < q.shift:
			far[shift] = max(far[shift], measured)
		case uint(shift) > q.shift:
			far[shift] = min(far[shift], measured)
		default:
			far[shift] = measured
		}
	}
	best, bestCost := q.shift, q.cost(q.shift, spacing, far[q.shift], within[q.shift])
	bestCost -= bestCost / 16 // a little better is not worth moving everything
	for shift := range far {  // the narrowest of good ones: timers need not lie in the slot of packets
		if cost := q.cost(uint(shift), spacing, far[shift], within[shift]); cost < bestCost-bestCost/16 {
			best, bestCost = uint(shift), cost
		}
	}
	return best
}

// sample estimates for each width which share of events would be armed beyond its horizon, and how many are
// pending within one slot's span from now. In a steady state those armed at least x ahead, per unit of
// time, are as many as are pending between x and x+1 from now, on the average (renewal theory); here
// averaged over the octave below the horizon.
func (q *queue) sample(spacing uint64) (share, within [maxShift + 1]uint64) {
	var octave [65]uint64 // pending events by the bits of what is left of their time
	n := uint64(len(q.nodes))
	scale := uint64(1)
	if n <= sampled {
		for i := range q.nodes {
			if t := q.nodes[i].time; t >= q.now && t != Never {
				octave[bits.Len64(uint64(t-q.now))]++
			}
		}
	} else {
		scale = n / sampled
		for i := range uint64(sampled) {
			if t := q.nodes[permute(i, q.events)%n].time; t >= q.now && t != Never {
				octave[bits.Len64(uint64(t-q.now))]++
			}
		}
	}
	sum := scale // one more than was seen: none seen is not none
	for shift := range within {
		sum += octave[shift] * scale // what is left is below 1<<shift
		within[shift] = sum
	}
	for shift := maxShift; shift >= 0; shift-- {
		top := shift + slotBits // the horizon is 1<<top ns, the octave 1<<(top-1)
		hi, lo := bits.Mul64(octave[top]*scale*(one/perNs), spacing)
		share[shift] = one
		if hi>>(top-1) == 0 {
			share[shift] = min(hi<<(64-(top-1))|lo>>(top-1), one)
		}
		if shift < maxShift { // what lies beyond a far horizon lies beyond a near one; short octaves are seldom hit
			share[shift] = max(share[shift], share[shift+1])
		}
	}
	return share, within
}

// cost estimates picoseconds per event for slots of 1<<shift ns: opening them, sorting them, moving
// records when one is inserted, and the heap for the share far. A very wide slot holds less than it
// serves, only what is pending: events arm others in it. The numbers come from the benchmarks
// of this package; they only have to be right within a factor of two.
func (q *queue) cost(shift uint, spacing, far, within uint64) uint64 {
	perSlot := uint64(perNs) << shift * perNs / spacing // in 1/256
	cost := 10_000 * perNs / max(perSlot, perNs/4)
	held := perSlot
	if 4*within < perSlot/perNs { // clear enough for a sample
		held = within * perNs
	}
	if whole := held / perNs; whole <= sortedByInsertion {
		cost += 500 * held / perNs
	} else {
		cost += 5000*uint64(bits.Len64(whole)) + 60*whole
	}
	heap := 20_000 + 8000*uint64(bits.Len(uint(len(q.far))))
	return cost + heap*far/one
}

// setShift makes slots 1<<shift ns wide. Everything pending finds its place again.
func (q *queue) setShift(shift uint) {
	moved := append(q.open[:0], q.open[q.head:]...)
	for p := range q.first {
		for e := q.first[p]; e != 0; e = q.nodes[e].next {
			moved = append(moved, record{q.nodes[e].time, e})
		}
	}
	q.open, q.head = moved[:0], 0
	q.first = [slots]EventID{}
	q.occupied = [slots / 64]uint64{}
	q.summary = 0
	q.shift = shift
	// No slot is open: even events for now go to a list, to be sorted when its slot is opened.
	q.setOpen(int64(q.now)>>shift - 1)
	for _, r := range moved {
		if slot := int64(r.time) >> shift; slot-q.openSlot < slots {
			q.link(&q.nodes[r.event], r.event, slot)
		} else {
			q.pushFar(r)
		}
	}
	q.nearFar()
}

// FixSlotWidth makes the slots of this part as wide as the largest power of two up to width, for good: for
// measurements of what the choice is worth. It changes no result.
func (w *World) FixSlotWidth(width unit.Duration) {
	if width < 1 || width >= 1<<(maxShift+1) {
		w.Fail("slots of %d ns: give 1 to %d ns", width, 1<<maxShift)
	}
	w.setShift(uint(bits.Len64(uint64(width))) - 1)
	w.width.fixed = true
}

// Stats tells how the engine worked. It changes nothing.
type Stats struct {
	Events    uint64        // handled
	Far       uint64        // armed beyond the wheel's horizon
	Open      uint64        // armed into the slot being served
	SlotWidth unit.Duration // now
	Widths    uint64        // how often it changed
	Touched   uint64        // batches of events that were touched ahead, see Toucher
}

// Stats returns the counts since the start, summed over the parts of the world; the slot width is that of
// the first.
func (w *World) Stats() Stats {
	s := Stats{SlotWidth: unit.Duration(1) << w.shift}
	for _, p := range w.parts {
		s.Events += p.events
		s.Far += p.width.far
		s.Open += p.width.inOpen
		s.Widths += p.width.moves
		s.Touched += p.touch.batches
	}
	return s
}
