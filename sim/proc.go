package sim

import (
	"iter"

	"mpsim/sim/unit"
)

// Proc is a process: a coroutine that blocks in virtual time.
type Proc struct {
	w      *World
	name   string
	src    Component
	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	state  procState
	killed bool

	deadline EventID // its rank orders processes whose deadlines fall together
	slot     uint32  // in procs.slots
	waits    []wait  // one for each signal of the blocking call
	one      [1]wait // what waits uses for most calls
	timed    bool    // the blocking call has a deadline
	woken    int     // what the blocking call will return
	err      error
	pending  error // interrupt for the next blocking call
	done     Signal

	older, younger *Proc // all processes that have not ended
}

type procState uint8

const (
	procReady   procState = iota // in procs.ready
	procRunning                  // its body has the thread, or waits for a process that it stops
	procBlocked                  // in a blocking call
	procEnded
)

// unwound is what a blocking call panics with to unwind the body of a process that is killed.
type unwound struct{}

// procs is the world's processes.
type procs struct {
	w          *World
	kind       Kind
	slots      []*Proc
	freeSlots  []uint32
	ready      []*Proc // ready[readyHead:] run next: before any other event, and each counts as one
	readyHead  int
	current    *Proc
	first, end *Proc // by age
}

func (ps *procs) init(w *World) {
	ps.w = w
	ps.kind = w.NewKind("process deadline", ps.expire)
}

// Go starts body as a process of component src at the current time (before the next later event).
func (w *World) Go(src Component, name string, body func(p *Proc)) *Proc {
	if w.closed {
		w.Fail("process %q starts in a closed world", name)
	}
	ps := &w.procs
	p := &Proc{w: w, name: name, src: src}
	p.one[0].proc = p
	p.waits = p.one[:0]
	if n := len(ps.freeSlots); n > 0 {
		p.slot, ps.freeSlots = ps.freeSlots[n-1], ps.freeSlots[:n-1]
	} else {
		p.slot = uint32(len(ps.slots))
		ps.slots = append(ps.slots, nil)
	}
	ps.slots[p.slot] = p
	p.deadline = w.NewEvent(ps.kind, p.slot, src)
	p.older = ps.end
	if ps.end != nil {
		ps.end.younger = p
	} else {
		ps.first = p
	}
	ps.end = p
	p.next, p.stop = iter.Pull(p.coroutine(body))
	ps.makeReady(p)
	return p
}

// coroutine wraps body: being killed ends it quietly, any other panic gets its name.
func (p *Proc) coroutine(body func(p *Proc)) iter.Seq[struct{}] {
	return func(yield func(struct{}) bool) {
		p.yield = yield
		defer func() {
			cause := recover()
			p.ended()
			if _, killed := cause.(unwound); cause != nil && !killed {
				panic(p.w.attribute(cause, p.name))
			}
		}()
		body(p)
	}
}

// ended forgets the process and tells those who wait for it.
func (p *Proc) ended() {
	if p.state == procEnded {
		return
	}
	p.state = procEnded
	ps := &p.w.procs
	ps.slots[p.slot] = nil
	ps.freeSlots = append(ps.freeSlots, p.slot)
	p.w.FreeEvent(p.deadline)
	if p.older != nil {
		p.older.younger = p.younger
	} else {
		ps.first = p.younger
	}
	if p.younger != nil {
		p.younger.older = p.older
	} else {
		ps.end = p.older
	}
	p.older, p.younger = nil, nil
	p.done.Notify(p.w)
}

func (ps *procs) makeReady(p *Proc) {
	p.state = procReady
	ps.ready = append(ps.ready, p)
	ps.w.nextCheck = 0 // so that the loop looks
}

// waiting says whether a process has been woken and not yet run.
func (ps *procs) waiting() bool { return ps.readyHead < len(ps.ready) }

// takeReady returns the process that was woken first. That is an event like any other, but one that needs no
// place among the pending ones: nothing comes before it.
func (ps *procs) takeReady() *Proc {
	p := ps.ready[ps.readyHead]
	ps.ready[ps.readyHead] = nil
	if ps.readyHead++; ps.readyHead == len(ps.ready) {
		ps.ready, ps.readyHead = ps.ready[:0], 0
	}
	ps.w.events++
	return p
}

// expire resumes a process whose deadline has passed.
func (ps *procs) expire(_ Time, slot uint32) {
	p := ps.slots[slot]
	p.leaveAll()
	p.timed = false
	p.woken, p.err = -1, nil
	ps.resume(p)
}

// resume is short, as are the blocking calls: after a switch the processor's guess of where each function
// returns to is wrong, so that every call between the loop and the body of a process counts.
func (ps *procs) resume(p *Proc) {
	ps.current = p
	p.state = procRunning
	if !p.killed {
		p.next()
	} else {
		p.unwind()
	}
	ps.current = nil
}

// unwind runs the deferred functions of a process that was killed.
func (p *Proc) unwind() {
	p.stop()
	p.ended() // if its body never began
}

// close unwinds all processes, the oldest first.
func (ps *procs) close() {
	defer func() { ps.current = nil }()
	for p := ps.first; p != nil; p = ps.first {
		p.leaveAll()
		p.killed = true
		ps.resume(p)
	}
	ps.ready, ps.readyHead = nil, 0
}

// World returns the world that p lives in.
func (p *Proc) World() *World { return p.w }

// Now returns the current virtual time.
func (p *Proc) Now() Time { return p.w.now }

// Component returns the component given to Go.
func (p *Proc) Component() Component { return p.src }

// Name returns the name given to Go.
func (p *Proc) Name() string { return p.name }

// Done is notified when p's body has returned or was unwound; whoever comes later asks Ended.
func (p *Proc) Done() *Signal { return &p.done }

// Ended says whether p's body has returned or was unwound.
func (p *Proc) Ended() bool { return p.state == procEnded }

// Sleep blocks for d. Returns the interrupt's error, or nil.
func (p *Proc) Sleep(d unit.Duration) error {
	if err := p.begin(); err != nil {
		return err
	}
	p.setDeadline(p.w.now.Add(d))
	return p.park()
}

// Wait is First of one signal without deadline.
func (p *Proc) Wait(s *Signal) error {
	if err := p.begin(); err != nil {
		return err
	}
	p.waits = p.waits[:1]
	s.join(&p.waits[0])
	return p.park()
}

// WaitUntil is First of one signal, without the index: it says whether the signal came before the deadline.
func (p *Proc) WaitUntil(deadline Time, s *Signal) (bool, error) {
	if err := p.begin(); err != nil {
		return false, err
	}
	p.waits = p.waits[:1]
	s.join(&p.waits[0])
	p.setDeadline(deadline)
	err := p.park()
	return p.woken == 0, err
}

// First blocks until one of the signals is notified or the deadline passes (Never: none). It
// returns the signal's index, or -1 at the deadline, or -1 and the interrupt's error. It panics if the
// deadline lies before now.
func (p *Proc) First(deadline Time, signals ...*Signal) (int, error) {
	if err := p.begin(); err != nil {
		return -1, err
	}
	if cap(p.waits) < len(signals) {
		p.makeWaits(len(signals))
	}
	p.waits = p.waits[:len(signals)]
	for i, s := range signals {
		s.join(&p.waits[i])
	}
	p.setDeadline(deadline)
	err := p.park()
	return p.woken, err
}

// FirstOf is First of n signals, of which signal gives those that there are: nil stands for none. For calls that
// wait on as many as their caller likes: the memory that this takes is kept by the process.
func (p *Proc) FirstOf(deadline Time, n int, signal func(i int) *Signal) (int, error) {
	if err := p.begin(); err != nil {
		return -1, err
	}
	if cap(p.waits) < n {
		p.makeWaits(max(n, 2*cap(p.waits)))
	}
	p.waits = p.waits[:n]
	for i := range n {
		if s := signal(i); s != nil {
			s.join(&p.waits[i])
		}
	}
	p.setDeadline(deadline)
	err := p.park()
	return p.woken, err
}

// makeWaits makes room for so many signals.
func (p *Proc) makeWaits(n int) {
	p.waits = make([]wait, n)
	for i := range p.waits {
		p.waits[i].proc, p.waits[i].index = p, i
	}
}

// begin is what every blocking call does first: it gives back the interrupt that waits for one.
func (p *Proc) begin() error {
	if p.w.procs.current == p && !p.killed && p.pending == nil {
		return nil
	}
	return p.cannotBlock()
}

// cannotBlock is begin of a call that will not block.
func (p *Proc) cannotBlock() error {
	if p.w.procs.current != p {
		p.w.Fail("blocking call of process %q outside its own body", p.name)
	}
	if p.killed {
		panic(unwound{})
	}
	err := p.pending
	p.pending = nil
	return err
}

// setDeadline arms the deadline of the blocking call.
func (p *Proc) setDeadline(at Time) {
	if at != Never {
		p.timed = true
		p.w.Arm(p.deadline, at)
	}
}

// park blocks until wake or expire, and returns the interrupt's error.
func (p *Proc) park() error {
	p.state = procBlocked
	if !p.yield(struct{}{}) {
		panic(unwound{})
	}
	return p.err
}

// wake ends p's blocking call.
func (p *Proc) wake(index int, err error) {
	p.leaveAll()
	if p.timed {
		p.timed = false
		p.w.Disarm(p.deadline)
	}
	p.woken, p.err = index, err
	p.w.procs.makeReady(p)
}

// leaveAll takes p off all signals that it waits for.
func (p *Proc) leaveAll() {
	for i := range p.waits {
		p.waits[i].leave()
	}
	p.waits = p.waits[:0]
}

// Interrupt makes p's current (or next) blocking call return err. A call whose signal or deadline
// came first returns that; the next one gets err then. A second interrupt replaces a waiting one.
func (p *Proc) Interrupt(err error) {
	switch {
	case err == nil:
		p.w.Fail("Interrupt of process %q without an error", p.name)
	case p.state == procBlocked:
		p.wake(-1, err)
	case p.state != procEnded:
		p.pending = err
	}
}

// Kill unwinds p from its blocking call, at the current time; its deferred functions run. A process
// that kills itself unwinds at once.
func (p *Proc) Kill() {
	if p.state == procEnded {
		return
	}
	p.killed = true
	if p.w.procs.current == p {
		panic(unwound{})
	}
	if p.state == procBlocked {
		p.wake(-1, nil)
	}
}
