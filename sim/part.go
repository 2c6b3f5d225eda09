package sim

// A world may be cut into parts that different threads run side by side. A part is a World with a clock,
// pending events, calls and processes of its own; components, their names, numbers and hashes are common
// to all. Each component's events belong to one part, whose thread alone may make and arm them, so that
// the ranks of events, and with them their order within a part, are those of the uncut world.
//
// Nothing here knows threads: a driver (package sim/parallel) sees to it that a part never handles an event
// before everything that others may still send it.

// NewPart cuts another part off the world: before the run, by the world itself. Its components must exist
// already or be made in the order of the uncut world. Streams derive from the same seed.
func (w *World) NewPart() *World {
	if w != w.parts[0] || w.events > 0 || w.now > 0 {
		w.Fail("NewPart of a part, or of a world that has run: cut the world itself, before its run")
	}
	p := &World{registry: w.registry}
	p.init(w.seed)
	p.shake = w.shake
	w.parts = append(w.parts, p)
	for i := range w.globals.waiting { // the driver looks after them from now on
		if g := &w.globals.waiting[i]; g.event != 0 {
			w.FreeEvent(g.event)
			g.event = 0
		}
	}
	return p
}

// cut says whether the world has more than one part.
func (w *World) cut() bool { return len(w.parts) > 1 }

// Parts returns the world's parts; the first one is the world itself.
func (w *World) Parts() []*World { return w.parts }

// Standing says whether the caller may touch what belongs to any part: outside Run, and in a Global. A world
// that has not been cut always stands in this sense.
func (w *World) Standing() bool { return !w.cut() || !w.parts[0].running || w.globals.running }

// SetDriver hands Run of a world that has been cut to f. It must handle every event of all parts up to and
// including until, and run each Global at its time; Settle follows.
func (w *World) SetDriver(f func(until Time)) { w.drive = f }

// runDriver is Run in a world that has been cut.
func (w *World) runDriver(until Time) {
	defer func() {
		w.running = false
		for _, p := range w.parts {
			p.running = false
			p.procs.current = nil
		}
		if cause := recover(); cause != nil {
			panic(w.attribute(cause, ""))
		}
	}()
	for _, p := range w.parts {
		p.running, p.stopped = true, false
		p.nextCheck = 0
	}
	w.drive(until)
	last := w.now
	for _, p := range w.parts {
		if p.stopped {
			return
		}
		last = max(last, p.now)
	}
	if until != Never {
		last = until
	}
	for _, p := range w.parts {
		p.settle(last)
	}
}

// TwinEvent makes an event in this part with the rank of event e of another one: an event of which each part
// sees a share, such as the arrivals of a link that ends in several parts.
func (w *World) TwinEvent(of *World, e EventID, k Kind, index uint32) EventID {
	if of.registry != w.registry || of.nodes[e].time == freed {
		w.Fail("TwinEvent of event %d: it was never made, or belongs to another world", e)
	}
	return w.allocate(k, index, of.ranks[e])
}

// Advance handles the part's events up to and including until, without moving the clock beyond the last of
// them, and returns a lower bound of the time of the next: Never if none is pending. For the driver.
func (w *World) Advance(until Time) Time {
	w.handleUntil(until)
	return w.Next()
}

// Next returns what Advance does.
func (w *World) Next() Time {
	if w.procs.waiting() {
		return w.now
	}
	return w.next()
}

// Stopped tells the driver that a handler of this part has called Stop.
func (w *World) Stopped() bool { return w.stopped }

// Attribute makes a Failure of what a handler of this part has panicked with.
func (w *World) Attribute(cause any) *Failure { return w.attribute(cause, "") }

// next returns a time before which nothing is pending.
func (q *queue) next() Time {
	if q.head < len(q.open) {
		return q.open[q.head].time
	}
	if q.summary == 0 {
		q.dropStale()
		if len(q.far) == 0 {
			return Never
		}
		return q.far[0].time
	}
	skip, _ := q.skip()
	return max(q.now, Time((q.openSlot+1+int64(skip))<<(q.shift&63)))
}
