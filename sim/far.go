package sim

// The heap of events beyond the wheel: timers and long delays. It is ordered by time alone; ties are
// settled when the slot they end up in is opened. An event that is moved or disarmed leaves its record
// behind. A record counts only if its event is pending in the heap for exactly this time, so two
// records alike do no harm: the first one takes the event out of the heap.

// inFar is the next of a node that lies in the heap.
const inFar EventID = 1<<32 - 1

func (q *queue) pushFar(r record) {
	q.nodes[r.event].next = inFar
	q.far = append(q.far, r)
	h := q.far
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if h[up].time <= r.time {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = r
}

func (q *queue) popFar() record {
	h := q.far
	top, last := h[0], h[len(h)-1]
	q.far = h[:len(h)-1]
	if len(q.far) > 0 {
		sink(q.far, 0, last)
	}
	return top
}

// sink puts r at i or below.
func sink(h []record, i int, r record) {
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1].time < h[down].time {
			down++
		}
		if r.time <= h[down].time {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = r
}

// nearFar moves events that the wheel has reached into their slots.
func (q *queue) nearFar() {
	for len(q.far) > 0 && int64(q.far[0].time)>>q.shift-q.openSlot < slots {
		if r := q.popFar(); q.live(r) {
			q.link(&q.nodes[r.event], r.event, int64(r.time)>>q.shift)
		}
	}
}

func (q *queue) live(r record) bool {
	n := &q.nodes[r.event]
	return n.time == r.time && n.next == inFar
}

// dropStale removes records that no longer count from the top of the heap.
func (q *queue) dropStale() {
	for len(q.far) > 0 && !q.live(q.far[0]) {
		q.popFar()
	}
}

// forgetFar notes that one more record is stale; when most are, the heap is made anew.
func (q *queue) forgetFar() {
	if q.stale++; q.stale > 64 && q.stale > len(q.far)/2 {
		q.sweepFar()
	}
}

// sweepFar drops every record that does not count, and copies of records that do.
func (q *queue) sweepFar() {
	kept := q.far[:0]
	for _, r := range q.far {
		if q.live(r) {
			q.nodes[r.event].next = 0
			kept = append(kept, r)
		}
	}
	for _, r := range kept {
		q.nodes[r.event].next = inFar
	}
	q.far, q.stale = kept, 0
	for i := len(kept)/2 - 1; i >= 0; i-- {
		sink(kept, i, kept[i])
	}
}
