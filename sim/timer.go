package sim

// Timer is a soft deadline: moving it later, or stopping it, costs nothing, because the armed event
// stays where it is and finds out when it fires. Init once; the kind's handler must call Due first
// and return when it says false (the deadline had moved; it has re-armed itself).
//
// The event keeps its rank when it re-arms itself, so ties in time order as if it had been armed at
// the true deadline from the start.
type Timer struct {
	deadline Time // Never if stopped
	armed    Time // when event fires, at or before deadline; Never if it is not pending
	event    EventID
}

// Init makes the timer's event: kind k's handler will be called with index.
func (t *Timer) Init(w *World, k Kind, index uint32, src Component) {
	*t = Timer{deadline: Never, armed: Never, event: w.NewEvent(k, index, src)}
}

// Set moves the deadline. Panics if at lies before now. Never stops the timer.
func (t *Timer) Set(w *World, at Time) {
	t.deadline = at
	if at < t.armed {
		t.armed = at
		w.Arm(t.event, at)
	}
}

// Stop forgets the deadline.
func (t *Timer) Stop() { t.deadline = Never }

// Deadline returns the deadline, Never if stopped.
func (t *Timer) Deadline() Time { return t.deadline }

// Due says whether the deadline has come, and then stops the timer. If it has not, the event is armed
// again for the true deadline. Only the kind's handler calls it, once an event.
func (t *Timer) Due(w *World, now Time) bool {
	t.armed = Never
	if t.deadline > now {
		if t.deadline != Never {
			t.armed = t.deadline
			w.Arm(t.event, t.deadline)
		}
		return false
	}
	t.deadline = Never
	return true
}

// Free gives the event back. The timer must be initialised again before its next use.
func (t *Timer) Free(w *World) {
	w.FreeEvent(t.event)
	*t = Timer{deadline: Never, armed: Never}
}
