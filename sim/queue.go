package sim

import (
	"math/bits"
	"slices"
)

// The pending events. Near ones lie in a wheel of slots, each an unsorted list; the slot being served
// is a sorted array; far ones lie in a heap and move into the wheel when it reaches them. Nothing but
// (time, rank) decides the order: where an event lies, and how wide slots are, never shows.

const (
	slotBits = 12
	slots    = 1 << slotBits
	slotMask = slots - 1

	// sortedByInsertion is the longest slot that is sorted by insertion.
	sortedByInsertion = 40
	openRoom          = 64 // least capacity of the open array: some room behind

	// walked is the most records of the open slot among which one more finds its place by passing them one
	// by one; among more it is searched by halves.
	walked = 32

	freed Time = -1 // time of a node whose event does not exist
)

// node is one event: 16 bytes, four to a cache line.
type node struct {
	time  Time    // Never if idle
	next  EventID // in the same slot
	index uint32  // for the handler
}

// record is one event in the open slot or in the far heap.
type record struct {
	time  Time
	event EventID
}

// queue is the clock and the pending events.
type queue struct {
	seed uint64
	now  Time

	events    uint64 // handled since the start
	nextCheck uint64 // when events reaches it, the slot width is looked at again

	nodes   []node   // by event; nodes[0] is never used
	kinds   []Kind   // by event
	open    []record // the open slot, sorted from head on; never of less capacity than openRoom
	head    int      // first of open that is not handled yet
	openEnd Time     // end of the open slot

	shift    uint  // a slot spans 1<<shift ns
	openSlot int64 // number of the last open slot, time>>shift; those before it are empty or open, too
	summary  uint64

	far   []record // a heap by time; may hold records of events that have moved
	stale int      // upper bound of such records

	// The wheel: slot numbers openSlot+1 ... openSlot+slots-1, by their low bits.
	occupied [slots / 64]uint64
	first    [slots]EventID

	ranks []uint64 // by event: component<<32 | counter; read only when times are equal
	shake uint64   // key of ShakeTies, 0 for none
	free  []EventID

	width   widthControl
	touch   touching
	ordered func(a, b record) int // compare; a method value made once costs no memory later
}

func (q *queue) init(seed uint64) {
	q.seed = seed
	q.nodes = []node{{time: freed}}
	q.open = make([]record, 0, openRoom)
	q.kinds = make([]Kind, 1)
	q.ranks = make([]uint64, 1)
	q.shift = firstShift
	q.setOpen(-1)
	q.width.due = firstCheck
	q.touch.done = notTouched
	q.ordered = q.compare
}

// allocate makes an idle event.
func (q *queue) allocate(k Kind, index uint32, rank uint64) EventID {
	var e EventID
	if n := len(q.free); n > 0 {
		e, q.free = q.free[n-1], q.free[:n-1]
	} else {
		e = EventID(len(q.nodes))
		q.nodes = append(q.nodes, node{})
		q.kinds = append(q.kinds, 0)
		q.ranks = append(q.ranks, 0)
	}
	q.nodes[e] = node{time: Never, index: index}
	q.kinds[e] = k
	q.ranks[e] = rank
	return e
}

func (q *queue) release(e EventID) {
	if q.nodes[e].time == freed {
		q.fail("FreeEvent of event %d: it was never made, or was freed", e)
	}
	q.remove(e)
	q.nodes[e].time = freed
	q.free = append(q.free, e)
}

func (q *queue) source(e EventID) Component { return Component(q.ranks[e] >> 32) }

// place makes the idle event e, whose node is n, pending.
func (q *queue) place(n *node, e EventID, at Time) {
	n.time = at
	slot := int64(at) >> q.shift
	switch ahead := slot - q.openSlot; {
	case ahead <= 0:
		q.insertOpen(record{at, e})
	case ahead < slots:
		q.link(n, e, slot)
	default:
		q.width.far++
		q.pushFar(record{at, e})
	}
}

// link puts e into the list of its slot.
func (q *queue) link(n *node, e EventID, slot int64) {
	p := uint(slot) & slotMask
	n.next = q.first[p]
	q.first[p] = e
	q.occupied[p>>6] |= 1 << (p & 63)
	q.summary |= 1 << (p >> 6)
}

// remove makes e idle. In the far heap its record stays behind, stale.
func (q *queue) remove(e EventID) {
	n := &q.nodes[e]
	at := n.time
	if at == Never {
		return
	}
	n.time = Never
	slot := int64(at) >> q.shift
	switch ahead := slot - q.openSlot; {
	case ahead <= 0:
		q.removeOpen(record{at, e})
	case ahead < slots:
		q.unlink(e, slot)
	default:
		q.forgetFar()
	}
}

func (q *queue) unlink(e EventID, slot int64) {
	p := uint(slot) & slotMask
	at := &q.first[p]
	for *at != e {
		at = &q.nodes[*at].next
	}
	*at = q.nodes[e].next
	if q.first[p] == 0 {
		q.clear(p)
	}
}

func (q *queue) clear(p uint) {
	if q.occupied[p>>6] &^= 1 << (p & 63); q.occupied[p>>6] == 0 {
		q.summary &^= 1 << (p >> 6)
	}
}

// advance opens the next slot that holds an event, unless it begins after until: an event may yet
// be armed before it. The open slot must be done.
func (q *queue) advance(until Time) bool {
	skip, ok := q.skip()
	if !ok {
		return q.advanceFar(until)
	}
	slot := q.openSlot + 1 + int64(skip)
	if Time(slot<<(q.shift&63)) > until {
		return false
	}
	q.openAt(slot)
	return true
}

// skip returns how many empty slots follow the open one; false if the wheel is empty.
func (q *queue) skip() (uint, bool) {
	p := uint(q.openSlot+1) & slotMask
	if here := q.occupied[p>>6] >> (p & 63); here != 0 {
		return uint(bits.TrailingZeros64(here)), true
	}
	if q.summary == 0 {
		return 0, false
	}
	return q.skipWords(p), true
}

// skipWords returns how many positions after p the next occupied one lies, beyond p's own word.
func (q *queue) skipWords(p uint) uint {
	word := p>>6 + 1
	word += uint(bits.TrailingZeros64(bits.RotateLeft64(q.summary, -int(word&63))))
	word &= 63
	return (word<<6 + uint(bits.TrailingZeros64(q.occupied[word])) - p) & slotMask
}

// advanceFar is advance when the wheel is empty.
func (q *queue) advanceFar(until Time) bool {
	q.dropStale()
	if len(q.far) == 0 {
		return false
	}
	slot := int64(q.far[0].time) >> q.shift
	if Time(slot<<q.shift) > until {
		return false
	}
	q.openAt(slot)
	return true
}

// settle sets the clock to until, before which nothing is pending.
func (q *queue) settle(until Time) {
	q.now = until
	if slot := int64(until) >> q.shift; q.head == len(q.open) && slot > q.openSlot {
		q.openAt(slot)
	}
}

// setOpen notes the number of the open slot and its end.
func (q *queue) setOpen(slot int64) {
	q.openSlot = slot
	q.openEnd = Never
	if shift := q.shift & 63; slot < int64(Never>>shift) {
		q.openEnd = Time(slot+1) << shift
	}
}

// take makes slot the open one and returns the list of its events. All slots before it are empty.
func (q *queue) take(slot int64) EventID {
	q.setOpen(slot)
	if len(q.far) > 0 && int64(q.far[0].time)>>(q.shift&63)-slot < slots {
		q.nearFar()
	}
	p := uint(slot) & slotMask
	e := q.first[p]
	q.first[p] = 0
	q.clear(p)
	return e
}

// openAt opens slot. All slots before it are empty, and so is the open array.
func (q *queue) openAt(slot int64) {
	e := q.take(slot)
	// The list has the event armed last in front, which mostly is the latest: an array filled from
	// behind is nearly sorted.
	open := (*[sortedByInsertion]record)(q.open[:sortedByInsertion])
	q.open = q.open[:sortedByInsertion]
	i := uint(sortedByInsertion)
	for e != 0 && i > 0 {
		i--
		at := q.nodes[e].time
		j := i
		for ; j+1 < sortedByInsertion && open[j+1].time < at; j++ {
			open[j] = open[j+1]
		}
		open[j] = record{at, e}
		if j+1 < sortedByInsertion && open[j+1].time == at {
			q.settleTies(j)
		}
		e = q.nodes[e].next
	}
	q.head = int(i)
	if q.touch.on {
		q.touch.done = q.head
	}
	if e != 0 {
		q.sortMany(e)
	}
}

// settleTies moves the record at i, the first of its time in the open array, behind those that come before
// it by rank.
func (q *queue) settleTies(i uint) {
	open := q.open
	r := open[i]
	for ; i+1 < uint(len(open)) && open[i+1].time == r.time && q.tie(open[i+1].event, r.event); i++ {
		open[i] = open[i+1]
	}
	open[i] = r
}

// sortMany opens a slot of many events, of which the list from e on is still left: ties at the start of
// a run make thousands.
func (q *queue) sortMany(e EventID) {
	for ; e != 0; e = q.nodes[e].next {
		q.open = append(q.open, record{q.nodes[e].time, e})
	}
	slices.SortFunc(q.open, q.ordered)
}

func (q *queue) compare(a, b record) int {
	if q.before(a, b) {
		return -1
	}
	return 1
}

// before is the total order of events: by time, then by rank.
func (q *queue) before(a, b record) bool {
	if a.time != b.time {
		return a.time < b.time
	}
	return q.tie(a.event, b.event)
}

// tie orders two events of the same time. Ranks are never given twice, so they differ.
func (q *queue) tie(a, b EventID) bool {
	x, y := q.ranks[a], q.ranks[b]
	if x == y {
		q.fail("events %d and %d are pending with the same rank: component %d, number %d",
			a, b, x>>32, uint32(x))
	}
	return q.order(x) < q.order(y)
}

// searchOpen returns where r belongs, or is, in open.
func (q *queue) searchOpen(r record) int {
	lo, hi := q.head, len(q.open)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		o := q.open[mid]
		if o.time < r.time || o.time == r.time && o.event != r.event && q.tie(o.event, r.event) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// insertOpen puts r into the open slot, moving whichever side is shorter: handled records leave room in
// front. With few records, walking past them is all that has to be done.
func (q *queue) insertOpen(r record) {
	q.width.inOpen++
	open, head := q.open, uint(q.head)
	few := uint(len(open)) - head
	if few-1 >= walked {
		q.insertMany(r)
		return
	}
	var i uint // where r belongs
	if r.time < open[head+few/2].time {
		if head == 0 {
			q.insertMany(r)
			return
		}
		q.head--
		for i = head; i < uint(len(open)) && open[i].time < r.time; i++ {
			open[i-1] = open[i]
		}
		i--
	} else {
		if len(open) == cap(open) {
			q.insertMany(r)
			return
		}
		i = uint(len(open))
		open = open[:i+1]
		q.open = open
		for ; i > head && open[i-1].time >= r.time; i-- {
			open[i] = open[i-1]
		}
	}
	open[i] = r
	if i+1 < uint(len(open)) && open[i+1].time == r.time {
		q.settleTies(i)
	}
}

// insertMany is insertOpen in any case.
func (q *queue) insertMany(r record) {
	if q.head == len(q.open) {
		q.head = sortedByInsertion
		q.open = append(q.open[:sortedByInsertion], r)
		return
	}
	i := q.searchOpen(r)
	if front := i - q.head; q.head > 0 && front < len(q.open)-i {
		copy(q.open[q.head-1:], q.open[q.head:i])
		q.head--
		q.open[i-1] = r
		q.noteMoved(front)
		return
	}
	q.noteMoved(len(q.open) - i)
	if len(q.open) == cap(q.open) && q.head > len(q.open)/2 {
		q.open = q.open[:copy(q.open, q.open[q.head:])]
		i -= q.head
		q.head = 0
	}
	q.open = append(q.open, record{})
	copy(q.open[i+1:], q.open[i:])
	q.open[i] = r
}

func (q *queue) removeOpen(r record) {
	i := q.searchOpen(r)
	if i == len(q.open) || q.open[i] != r {
		q.fail("event %d is lost from the open slot", r.event)
	}
	if i-q.head < len(q.open)-i {
		copy(q.open[q.head+1:], q.open[q.head:i])
		q.head++
		return
	}
	q.open = append(q.open[:i], q.open[i+1:]...)
}
