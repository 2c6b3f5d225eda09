package sim

import (
	"math"
	"slices"
)

// Touching ahead. In a big world nearly everything that a handler reads has left the caches since the last
// event of its component, and each load waits for the one before it: event, link, packet, next link. But the
// events of the next few slots are known. So several slots are opened at once, and the kinds that have a
// Toucher are given the indices of a batch of coming events: short loops whose loads do not depend on each
// other, so that the processor has their misses answered side by side. These are reads only; neither
// the order of events nor any result can change.
//
// Where the working set fits the caches the loops are a loss, hence the threshold.

const (
	// touchBatch is the most indices that a Toucher is given at once; half as many are opened at least.
	touchBatch = 64

	// touchFrom is how many events must have been made for touching to set in by itself. See
	// docs/performance.md for the measurement.
	touchFrom = 8192

	touchKinds = 4 // with a Toucher, at most; number 0 stands for all others
)

// Toucher reads what the handler of its kind will need for events of these indices, at most 64. It must not
// change anything that handlers read, nor rely on what it reads: events before them, or a change of plan,
// come between.
type Toucher func(indices []uint32)

// Touching says whether a world touches ahead.
type Touching uint8

const (
	TouchBySize Touching = iota // when the world is big
	TouchNever
	TouchAlways
)

// touching is the state of it.
type touching struct {
	mode    Touching
	on      bool
	done    int // head up to which the open array has been touched; beyond its end when off
	of      [maxKinds]uint8
	kinds   int
	touch   [touchKinds]Toucher
	batch   [touchKinds][touchBatch]uint32
	batches uint64
}

const notTouched = math.MaxInt

// SetToucher has t called ahead of the events of kind k, while the world touches ahead.
func (w *World) SetToucher(k Kind, t Toucher) {
	q := &w.queue
	if q.touch.kinds == touchKinds-1 {
		w.Fail("kind %q is the toucher too many: at most %d", w.kindName[k], touchKinds-1)
	}
	q.touch.kinds++
	q.touch.of[k] = uint8(q.touch.kinds)
	q.touch.touch[q.touch.kinds] = t
	q.chooseTouching()
}

// SetTouching overrides the choice by size, for measurements and for tests that compare. It holds for this
// part of the world.
func (w *World) SetTouching(m Touching) {
	w.touch.mode = m
	w.chooseTouching()
}

// chooseTouching switches touching on or off; now and then, as the world grows.
func (q *queue) chooseTouching() {
	t := &q.touch
	t.on = t.kinds > 0 && t.mode != TouchNever && (t.mode == TouchAlways || len(q.nodes) >= touchFrom)
	t.done = notTouched
	if t.on {
		t.done = q.head
	}
}

// ahead opens slots until there is a batch, none that begins after until, and has it touched.
func (q *queue) ahead(until Time) {
	t := &q.touch
	for len(q.open)-q.head < touchBatch/2 && q.openNext(until) {
	}
	coming := q.open[q.head:]
	if len(coming) > touchBatch {
		coming = coming[:touchBatch]
	}
	t.done = q.head + len(coming)
	t.batches++
	var count [touchKinds]int
	for _, r := range coming {
		k := t.of[q.kinds[r.event]] % touchKinds
		t.batch[k][count[k]%touchBatch] = q.nodes[r.event].index
		count[k]++
	}
	for k := 1; k <= t.kinds; k++ {
		if count[k] > 0 {
			t.touch[k](t.batch[k][:count[k]])
		}
	}
}

// openNext adds the events of the next slot that holds some to the open array, unless it begins after until.
func (q *queue) openNext(until Time) bool {
	skip, ok := q.skip()
	if !ok {
		return false
	}
	slot := q.openSlot + 1 + int64(skip)
	if Time(slot<<(q.shift&63)) > until {
		return false
	}
	e := q.take(slot)
	first := len(q.open)
	for ; e != 0; e = q.nodes[e].next {
		q.open = append(q.open, record{q.nodes[e].time, e})
	}
	added := q.open[first:]
	if len(added) > sortedByInsertion {
		slices.SortFunc(added, q.ordered)
		return true
	}
	slices.Reverse(added) // the list has the event armed last in front, which mostly is the latest
	for i := 1; i < len(added); i++ {
		r := added[i]
		j := i
		for ; j > 0 && added[j-1].time >= r.time && q.before(r, added[j-1]); j-- {
			added[j] = added[j-1]
		}
		added[j] = r
	}
	return true
}
