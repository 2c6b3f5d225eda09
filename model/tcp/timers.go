package tcp

import "mpsim/sim"

// Each endpoint has a small array of deadlines and one event of the world, armed for the earliest.
// Moving a deadline later, or dropping it, touches the array only; the event then fires early once and
// is armed again.

type timerID uint8

const (
	timerLoss  timerID = iota // retransmission, reordering, loss probe or persist, see recovery.armed
	timerACK                  // delayed ACK
	timerPace                 // pacing
	timerKeep                 // keepalive
	timerUser                 // user timeout
	timerClose                // TIME-WAIT, FIN-WAIT-2
	timerCork                 // longest stay of a corked segment
	numTimers
)

type timers struct {
	at    [numTimers]sim.Time
	armed sim.Time // when the event fires, Never: not armed
	ev    sim.EventID
}

func (t *timers) init(ev sim.EventID) {
	t.ev, t.armed = ev, sim.Never
	t.clearAll()
}

func (t *timers) clearAll() {
	for i := range t.at {
		t.at[i] = sim.Never
	}
}

func (t *timers) pending(id timerID) bool { return t.at[id] != sim.Never }

func (e *Endpoint) setTimer(id timerID, at sim.Time) {
	e.tm.at[id] = at
	if at < e.tm.armed {
		e.arm(at)
	}
}

// arm has the endpoint's event fire at the given time.
func (e *Endpoint) arm(at sim.Time) {
	e.tm.armed = at
	e.s.w.Arm(e.tm.ev, at)
}

func (e *Endpoint) clearTimer(id timerID) { e.tm.at[id] = sim.Never }

// timeout handles the endpoint's event: every deadline that has passed, then the next one.
func (e *Endpoint) timeout(now sim.Time) {
	e.tm.armed = sim.Never
	e.begin()
	acted := false
	for id := range numTimers {
		if e.tm.at[id] <= now {
			e.tm.at[id] = sim.Never
			e.fire(now, id)
			acted = true
		}
	}
	if acted && e.state != StateClosed {
		e.settle(now)
	}
	e.busy = false
	next := sim.Never
	for _, at := range e.tm.at {
		next = min(next, at)
	}
	if next < e.tm.armed {
		e.arm(next)
	}
}

func (e *Endpoint) fire(now sim.Time, id timerID) {
	switch id {
	case timerLoss:
		e.lossTimeout(now)
	case timerACK:
		e.rcv.ackNow = true // settle sends it, unless data does
	case timerPace:
		e.retransmitLost(now)
	case timerKeep:
		e.keepTimeout(now)
	case timerUser:
		e.userTimeout(now)
	case timerClose:
		e.release(now)
	case timerCork:
		e.keep.override = true
		if e.Room() > 0 {
			e.owner.Ready(now, e)
		}
		e.keep.override = false
	case numTimers: // not a timer
	}
}
