package parallel

import (
	"runtime"
	"runtime/debug"
	"time"

	"mpsim/sim"
)

// thread serves some of the parts in turns, for one phase.
type thread struct {
	g     *Group
	mine  []*member
	end   sim.Time // of the phase: events up to and including it
	alone bool     // no other thread runs
	now   *member  // has its turn
}

// serve gives turns until all parts of the world have finished.
func (t *thread) serve() {
	defer func() {
		if cause := recover(); cause != nil {
			f := t.now.world.Attribute(cause)
			if f.Stack == "" {
				f.Stack = string(debug.Stack())
			}
			t.now.failure = f
			t.g.halt.Store(true)
		}
	}()
	for idle := 0; t.g.unfinished.Load() > 0 && !t.g.halt.Load(); {
		busy := false
		for _, m := range t.mine {
			t.now = m
			busy = m.turn(t.end) || busy
		}
		if busy {
			idle = 0
			continue
		}
		idle++
		if idle%patience == 0 {
			t.g.leap()
		}
		if !t.alone {
			wait(idle)
		}
	}
}

// turn collects what has come in, handles events as far as is safe, at most for one step, and tells the
// others. It says whether there was anything to do.
func (m *member) turn(end sim.Time) bool {
	safe, waiting := m.look()
	busy := waiting
	if waiting {
		m.stir()
		m.mail.Collect()
		m.next = m.world.Next()
	}
	if limit := min(safe-1, end); m.next <= limit {
		m.stir()
		m.next = m.world.Advance(min(limit, m.next.Add(m.step)))
		busy = true
		if m.world.Stopped() {
			m.g.halt.Store(true)
		}
	}
	bound := min(m.next, safe, endOfTime)
	if m.publish(bound) {
		if !m.finished && bound > end {
			m.finished = true
			m.g.unfinished.Add(-1)
		}
		m.rest(busy)
	}
	return busy
}

// look returns the time before which nothing can come in that has not been posted yet, and whether
// something has come in. Of each source the bound is read first: all that was sent before is seen then.
func (m *member) look() (safe sim.Time, waiting bool) {
	safe = sim.Never
	for i := range m.from {
		s := &m.from[i]
		safe = min(safe, sim.Time(s.gate.bound.Load())+s.look)
		waiting = s.gate.waiting() || waiting
	}
	return max(safe, sim.Time(m.g.floor.Load()).Add(m.least)), waiting
}

// publish shows others what was posted, and the bound. It returns false if something has found no place: then
// the part is not done, and tries again later.
func (m *member) publish(bound sim.Time) bool {
	all := true
	for _, g := range m.to {
		if g.full {
			m.mail.Repost()
		}
		g.publish(bound)
		all = all && !g.full
	}
	return all
}

// stir ends a rest: before anything is taken or handled.
func (m *member) stir() {
	m.idle = 0
	if m.resting {
		m.resting = false
		m.public.epoch.Add(1)
	}
}

// rest begins one after some turns in vain.
func (m *member) rest(busy bool) {
	if busy || m.resting {
		return
	}
	if m.idle++; m.idle >= patience {
		m.resting = true
		m.public.rest.Store(int64(m.next))
		m.public.epoch.Add(1)
	}
}

// leap raises the floor if there was a moment at which all parts rested and no message was under way: all
// epochs are odd, and have not changed when everything has been looked at.
func (g *Group) leap() {
	floor := endOfTime
	sum := uint64(0) // of the epochs, which only grow
	for _, m := range g.members {
		epoch := m.public.epoch.Load()
		if epoch%2 == 0 {
			return
		}
		sum += epoch
		floor = min(floor, sim.Time(m.public.rest.Load()))
	}
	for _, m := range g.members {
		for _, s := range m.from {
			if !s.gate.empty() {
				return
			}
		}
		sum -= m.public.epoch.Load()
	}
	if sum != 0 {
		return
	}
	for {
		old := g.floor.Load()
		if int64(floor) <= old || g.floor.CompareAndSwap(old, int64(floor)) {
			return
		}
	}
}

// How long a thread that waits spins, and then yields to other goroutines, before it sleeps: another
// process may have the processor that it waits for.
const (
	spins  = 200
	yields = 2000
)

// wait passes a moment, the longer the more turns have been in vain.
func wait(idle int) {
	switch {
	case idle < spins:
		for range 16 {
			relax()
		}
	case idle < yields:
		runtime.Gosched()
	default:
		time.Sleep(20 * time.Microsecond)
	}
}

// relax takes about a nanosecond without touching memory that others write.
//
//go:noinline
func relax() {}
