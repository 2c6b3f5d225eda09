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

	// eventsPerSlot is what a slot should hold when the horizon asks for nothing more.
	eventsPerSlot = 4

	// manyMoved records moved by one insertion are a sign that the slots are far too wide, as when a
	// crowd starts after a quiet time. So many signs bring the next look forward.
	manyMoved = 256
	manySigns = 1 << 10
)

// widthControl counts what tells whether slots have the right width.
type widthControl struct {
	far    uint64 // events armed beyond the horizon
	inOpen uint64 // events armed into the open slot
	heavy  uint64 // those since the last look that moved many others
	moves  uint64 // changes of the width
	period uint64 // events from one look to the next
	due    uint64 // the next look; Stop hides it from the loop

	// At the last look.
	lastFar    uint64
	lastEvents uint64
	lastNow    Time
	farBy      [64]uint32 // far events since, by the bits of their distance

	// The horizon once asked for a floor, at the spacing of that time. While the spacing stays alike, a
	// narrower slot is not tried again.
	floor        uint
	floorSpacing uint64
}

func (c *widthControl) noteFar(distance Time) {
	c.far++
	c.farBy[bits.Len64(uint64(distance))&63]++
}

// adapt chooses the slot width from what happened since the last call.
func (q *queue) adapt() {
	c := &q.width
	events, span := q.events-c.lastEvents, uint64(q.now-c.lastNow)
	c.period = min(max(2*c.period, firstCheck), checkEvery)
	c.due = q.events + c.period
	q.nextCheck = c.due
	if events > 0 && span > 0 {
		if shift := q.wanted(events, span); shift != q.shift {
			q.setShift(shift)
			c.moves++
		}
	}
	c.lastEvents, c.lastFar, c.lastNow = q.events, c.far, q.now
	c.farBy = [64]uint32{}
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
	c := &q.width
	const fraction = 1 << 8 // spacing in 1/256 ns: many events may share a nanosecond
	hi, lo := bits.Mul64(span, fraction)
	if hi >= events {
		return maxShift
	}
	spacing, _ := bits.Div64(hi, lo, events)
	spacing = max(spacing, 1)
	if c.floorSpacing > 4*spacing || spacing > 4*c.floorSpacing {
		c.floor = 0
	}
	ideal := uint(0)
	for ideal < maxShift && fraction<<(ideal+1) <= eventsPerSlot*spacing {
		ideal++
	}
	perSlot := func(shift uint) uint64 { return fraction << shift / spacing }
	far := c.far - c.lastFar
	best, bestCost := q.shift, q.cost(events, far, perSlot(q.shift))
	if q.shift < ideal || far == 0 && q.shift > ideal {
		bestCost += bestCost / 8
	} else {
		bestCost -= bestCost / 8 // not worth moving everything
	}
	for shift := max(ideal, c.floor); shift <= maxShift && perSlot(shift) < 1<<16; shift++ {
		if shift == q.shift {
			continue
		}
		beyond := far
		if shift > q.shift {
			beyond = 0
			for b := shift + slotBits + 1; b < 64; b++ {
				beyond += uint64(c.farBy[b])
			}
		}
		if cost := q.cost(events, beyond, perSlot(shift)); cost < bestCost {
			best, bestCost = shift, cost
		}
	}
	if best > ideal && best > c.floor {
		c.floor, c.floorSpacing = best, spacing
	}
	return best
}

// cost estimates picoseconds per event: for opening slots, sorting them, and the heap.
func (q *queue) cost(events, far, perSlot uint64) uint64 {
	cost := 10_000 / max(perSlot, 1)
	if perSlot <= sortedByInsertion {
		cost += 500 * perSlot
	} else {
		cost += 5000 * uint64(bits.Len64(perSlot))
	}
	heap := 20_000 + 8000*uint64(bits.Len(uint(len(q.far))))
	return cost + heap*far/events
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
	q.openSlot = int64(q.now)>>shift - 1
	for _, r := range moved {
		if slot := int64(r.time) >> shift; slot-q.openSlot < slots {
			q.link(&q.nodes[r.event], r.event, slot)
		} else {
			q.pushFar(r)
		}
	}
	q.nearFar()
}

// Stats tells how the engine worked. It changes nothing.
type Stats struct {
	Events    uint64        // handled
	Far       uint64        // armed beyond the wheel's horizon
	Open      uint64        // armed into the slot being served
	SlotWidth unit.Duration // now
	Widths    uint64        // how often it changed
}

// Stats returns the counts since the start.
func (w *World) Stats() Stats {
	return Stats{
		Events: w.events, Far: w.width.far, Open: w.width.inOpen,
		SlotWidth: unit.Duration(1) << w.shift, Widths: w.width.moves,
	}
}
