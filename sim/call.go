package sim

// call is one function to be called later.
type call struct {
	f     func(now Time)
	event EventID
}

// calls keeps the functions given to Call; slots are used again.
type calls struct {
	slots []call
	free  []uint32
}

// Call runs f at the given time with src as its source: for edges (timetables, builders,
// applications), it allocates. Never used per packet. Calls of one component for the same time run
// in the order in which they were made.
func (w *World) Call(src Component, at Time, f func(now Time)) {
	if at == Never {
		w.Fail("Call of component %q at Never", w.Name(src))
	}
	c := &w.calls
	var i uint32
	if n := len(c.free); n > 0 {
		i, c.free = c.free[n-1], c.free[:n-1]
	} else {
		i = uint32(len(c.slots))
		c.slots = append(c.slots, call{})
	}
	e := w.NewEvent(w.callKind, i, src)
	c.slots[i] = call{f, e}
	w.Arm(e, at)
}

func (w *World) runCall(now Time, i uint32) {
	c := w.calls.slots[i]
	w.calls.slots[i] = call{}
	w.calls.free = append(w.calls.free, i)
	w.FreeEvent(c.event)
	c.f(now)
}
