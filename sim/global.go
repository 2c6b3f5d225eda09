package sim

// Ranks of the world itself, component 0, whose events come before all others of the same time, as what concerns
// the whole world does. Rank 0 stands for processes that were woken, which come first without an event.
const reservedRanks = 1

// global is one function given to Global that has not run yet.
type global struct {
	at    Time
	rank  uint64
	f     func(now Time)
	event EventID // of the uncut world
}

// globals are in the order in which they will run. Those of the same time run in the order in which they
// were made, because ranks grow.
type globals struct {
	kind    Kind
	waiting []global
	running bool
}

// Global runs f at the given time, when everything before it has been handled everywhere, and nothing of
// that time but processes that were woken: for what looks at, or changes, components of several parts of
// a world, such as routing and samples. In a world that has been cut all parts stand still meanwhile, and
// all their clocks say at. f may change anything, arm events and call Global again.
//
// It may be called before the run and by the f of another Global. From a handler of one part it would come
// too late for the others: in a world that has been cut that panics.
func (w *World) Global(at Time, f func(now Time)) {
	g := &w.globals
	switch {
	case at == Never || at < w.now:
		w.Fail("Global for %v: it must be now or later, and before the end of time", at)
	case w.cut() && w.parts[0].running && !g.running:
		w.Fail("Global from a handler of a world that has been cut: ask before the run, or in another Global")
	}
	c := &w.components[0]
	x := global{at: at, rank: uint64(c.events), f: f}
	c.events++
	if !w.cut() {
		x.event = w.allocate(g.kind, 0, x.rank)
		w.Arm(x.event, at)
	}
	i := len(g.waiting)
	g.waiting = append(g.waiting, x)
	for ; i > 0 && g.waiting[i-1].at > at; i-- {
		g.waiting[i] = g.waiting[i-1]
	}
	g.waiting[i] = x
}

// runGlobalEvent is the handler of a Global's event, in a world that has not been cut.
func (w *World) runGlobalEvent(now Time, _ uint32) {
	e := w.globals.waiting[0].event
	w.runGlobal(now)
	w.FreeEvent(e)
}

// runGlobal runs the first one.
func (w *World) runGlobal(now Time) {
	g := &w.globals
	first := g.waiting[0]
	copy(g.waiting, g.waiting[1:])
	g.waiting[len(g.waiting)-1] = global{}
	g.waiting = g.waiting[:len(g.waiting)-1]
	g.running = true
	first.f(now)
	g.running = false
}

// NextGlobal returns when the next Global runs, Never if none waits. For whoever drives a world that has
// been cut.
func (w *World) NextGlobal() Time {
	if len(w.globals.waiting) == 0 {
		return Never
	}
	return w.globals.waiting[0].at
}

// RunGlobals runs those that wait for the given time in a world that has been cut, every part of which has
// handled all events before it and none of it. Woken processes run, as ever, before anything else.
func (w *World) RunGlobals(at Time) {
	for _, p := range w.parts {
		p.settle(at)
	}
	w.runWoken()
	for w.NextGlobal() == at {
		w.runGlobal(at)
		w.runWoken()
	}
}

// runWoken runs the processes that have been woken, in all parts.
func (w *World) runWoken() {
	for again := true; again; {
		again = false
		for _, p := range w.parts {
			for ps := &p.procs; ps.waiting(); again = true {
				ps.resume(ps.takeReady())
			}
		}
	}
}
