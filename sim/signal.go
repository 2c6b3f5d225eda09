package sim

// Signal wakes the processes that wait on it. The zero value is ready. It has no memory: whoever waits
// tests its condition first, and again when woken. A Signal must not be copied while one waits.
type Signal struct{ first, last *wait }

// wait is one process's place in one signal's line.
type wait struct {
	signal     *Signal // nil when it has left
	proc       *Proc   // the process whose waits it belongs to, for ever
	index      int     // among the signals of the blocking call
	prev, next *wait
}

func (s *Signal) join(n *wait) {
	n.signal = s
	if s.last != nil {
		n.prev = s.last
		s.last.next = n
	} else {
		s.first = n
	}
	s.last = n
}

func (n *wait) leave() {
	s := n.signal
	if s == nil {
		return
	}
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		s.first = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else {
		s.last = n.prev
	}
	n.signal, n.prev, n.next = nil, nil, nil
}

// Notify wakes all waiters at the current time, in the order they began to wait. They run as events of
// the world itself: after the current handler, before any other event.
func (s *Signal) Notify(w *World) {
	for s.first != nil {
		n := s.first
		n.proc.wake(n.index, nil)
	}
}

// Waiting says whether anyone waits.
func (s *Signal) Waiting() bool { return s.first != nil }
