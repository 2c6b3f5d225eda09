package sim

// Component names one part of the world that can be the source of events: a link, a host, an
// application. Components are numbered from 1 in the order they are made; ties in time order by
// component, then by the event's own number inside it, and the digest combines components in this
// order. Zero is no component.
type Component uint32

// Kind names one registered Handler: the array of one type of object (links, endpoints ...).
type Kind uint8

// EventID is a component's right to one pending event. Zero is none.
type EventID uint32

// Handler is called for each event of its kind with the index given to NewEvent. The event is no
// longer pending then and may be armed again at once, also for the same time.
type Handler func(now Time, index uint32)

const maxKinds = 256

// component is what the world knows of one component.
type component struct {
	name   string
	hash   func() uint64
	events uint32 // made for it so far: the tie-break counter, never taken back
}

// World is one simulated world: clock, pending events, random streams, processes, digest.
type World struct {
	queue // the clock, the seed and the pending events

	handlers [maxKinds]Handler
	kindName []string
	stopped  bool
	running  bool
	closed   bool

	*registry

	calls    calls
	callKind Kind
	procs    procs
}

// registry is what the parts of a world have in common.
type registry struct {
	components []component // components[0] stands for the world itself and wakes processes
	named      map[string]Component
	parts      []*World // the first one is the world itself
	globals    globals
	drive      func(until Time) // runs the parts of a world that has been cut; see SetDriver
}

// NewWorld returns an empty world at time 0 whose random streams derive from seed.
func NewWorld(seed uint64) *World {
	w := &World{registry: &registry{
		components: []component{{events: reservedRanks}}, named: map[string]Component{},
	}}
	w.parts = []*World{w}
	w.init(seed)
	w.globals.kind = w.NewKind("global", w.runGlobalEvent)
	return w
}

func (w *World) init(seed uint64) {
	w.queue.init(seed)
	w.callKind = w.NewKind("call", w.runCall)
	w.procs.init(w)
}

// Now returns the current virtual time.
func (w *World) Now() Time { return w.now }

// Seed returns the master seed.
func (w *World) Seed() uint64 { return w.seed }

// Component makes the next component. Names are paths such as "link/wifi.down"; unique, else it
// panics.
func (w *World) Component(name string) Component {
	if other, taken := w.named[name]; taken {
		w.Fail("component %q exists already, as number %d: names are unique", name, other)
	}
	c := Component(len(w.components))
	w.components = append(w.components, component{name: name})
	w.named[name] = c
	return c
}

// Name returns the name given to Component, or "" for none.
func (w *World) Name(c Component) string {
	if int(c) >= len(w.components) {
		return ""
	}
	return w.components[c].name
}

func (w *World) checkComponent(c Component) {
	if c == 0 || int(c) >= len(w.components) {
		w.Fail("component %d of %d: make it with World.Component first", c, len(w.components)-1)
	}
}

// NewKind registers a handler for a whole array of objects.
func (w *World) NewKind(name string, h Handler) Kind {
	k := len(w.kindName)
	if k == maxKinds {
		w.Fail("kind %q is one too many: at most %d", name, maxKinds)
	}
	w.kindName = append(w.kindName, name)
	w.handlers[k] = h
	return Kind(k)
}

// NewEvent makes an event (unarmed) of kind k with this index, whose source is src. Its tie-break
// rank is (src, n) with n the number of events made for src before it. FreeEvent gives it back.
func (w *World) NewEvent(k Kind, index uint32, src Component) EventID {
	w.checkComponent(src)
	return w.newEvent(k, index, src)
}

func (w *World) newEvent(k Kind, index uint32, src Component) EventID {
	if int(k) >= len(w.kindName) {
		w.Fail("event of component %q: kind %d is not registered", w.Name(src), k)
	}
	c := &w.components[src]
	if c.events++; c.events == 0 {
		w.Fail("component %q made 2^32 events: keep its events instead of making them anew", c.name)
	}
	return w.allocate(k, index, uint64(src)<<32|uint64(c.events-1))
}

// FreeEvent gives e back, disarmed; its number may be used for another event, its rank never is.
func (w *World) FreeEvent(e EventID) { w.release(e) }

// Arm schedules e at the given time, moving it if it is pending. Panics (with seed and time) if
// at lies before now. Arming for Never disarms.
func (w *World) Arm(e EventID, at Time) {
	q := &w.queue
	n := &q.nodes[e]
	if n.time == Never && at >= q.now {
		if at < q.openEnd {
			n.time = at
			q.insertOpen(record{at, e})
			return
		}
		if slot := int64(at) >> (q.shift & 63); uint64(slot-q.openSlot) < slots {
			n.time = at
			q.link(n, e, slot)
			return
		}
	}
	w.armElsewhere(e, at)
}

// armElsewhere is Arm of an event that does not go from idle into the wheel or the open slot.
func (w *World) armElsewhere(e EventID, at Time) {
	n := &w.nodes[e]
	if n.time == freed {
		w.Fail("Arm of event %d for %v: it was never made, or was freed", e, at)
	}
	if at < w.now {
		w.Fail("component %q arms an event of kind %q for %v, in the past",
			w.Name(w.source(e)), w.kindName[w.kinds[e]], at)
	}
	if n.time == at {
		return
	}
	w.remove(e)
	if at != Never {
		w.place(n, e, at)
	}
}

// Disarm removes e from the pending events; one that is not pending stays so.
func (w *World) Disarm(e EventID) {
	if w.nodes[e].time == freed {
		w.Fail("Disarm of event %d: it was never made, or was freed", e)
	}
	w.remove(e)
}

// ArmedAt returns when e will be handled, Never if it is not pending.
func (w *World) ArmedAt(e EventID) Time {
	if t := w.nodes[e].time; t != freed {
		return t
	}
	return Never
}

// Run handles every event up to and including until, then sets the clock to until. It returns
// early, with the clock at the last event handled, after Stop. Run(Never) handles events until none
// is pending and leaves the clock at the last one.
//
// Whatever a handler or a process panics with comes out of Run as a *Failure.
func (w *World) Run(until Time) {
	switch {
	case w.closed:
		w.Fail("Run of a closed world")
	case w.running:
		w.Fail("Run inside Run: a handler or process may only Stop the world")
	case until < w.now:
		w.Fail("Run until %v, in the past", until)
	case w != w.parts[0]:
		w.Fail("Run of a part: run the world that it was cut from")
	}
	w.running, w.stopped = true, false
	if w.drive != nil {
		w.runDriver(until)
		return
	}
	w.nextCheck = 0
	defer func() {
		w.running = false
		w.procs.current = nil
		if cause := recover(); cause != nil {
			panic(w.attribute(cause, ""))
		}
	}()
	w.handleUntil(until)
	if !w.stopped && until != Never {
		w.settle(until)
	}
}

// handleUntil is the loop: each event's node is idle and the clock is set before its handler runs.
func (w *World) handleUntil(until Time) {
	q := &w.queue
	for {
		if q.events >= q.nextCheck && !w.look(until) {
			return
		}
		if q.head >= len(q.open) && !q.advance(until) {
			return
		}
		if q.head >= q.touch.done {
			q.ahead(until)
		}
		r := q.open[q.head]
		if r.time > until {
			return
		}
		q.head++
		q.events++
		q.now = r.time
		n := &q.nodes[r.event]
		n.time = Never
		w.handlers[q.kinds[r.event]](r.time, n.index)
	}
}

// look is what the loop does when it has to: it runs the processes that were woken and, now and then, chooses
// the slot width. It says whether to go on.
func (w *World) look(until Time) bool {
	ps := &w.procs
	for ps.waiting() && !w.stopped && w.now <= until {
		ps.resume(ps.takeReady())
	}
	if w.stopped || ps.waiting() {
		return false
	}
	if w.events < w.width.due {
		w.nextCheck = w.width.due
		return true
	}
	w.adapt()
	w.chooseTouching()
	return true
}

// Stop makes Run return after the event that is being handled.
func (w *World) Stop() {
	w.stopped = true
	w.nextCheck = 0 // so that the loop looks
}

// Close ends every process that still blocks: its blocking call unwinds the body, whose deferred
// functions run. The world cannot run afterwards. A second Close does nothing.
func (w *World) Close() {
	if w.closed {
		return
	}
	if w.procs.current != nil {
		w.Fail("Close inside process %q: Stop the world, Close it after Run", w.procs.current.name)
	}
	for _, part := range w.parts {
		part.closed = true
		part.procs.close()
	}
}
