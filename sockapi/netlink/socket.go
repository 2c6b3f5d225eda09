package netlink

import (
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Socket is a process's netlink socket.
type Socket struct {
	k        *Kernel
	latency  unit.Duration
	admin    bool
	monitor  bool
	capacity int // events; 0: no bound
	queue    []Event
	lost     bool // events: the next Recv says so
	closed   bool
	arrived  sim.Signal
}

// Kernel returns the kernel's side.
func (s *Socket) Kernel() *Kernel { return s.k }

// Latency returns the time that a message takes in one direction.
func (s *Socket) Latency() unit.Duration { return s.latency }

// SetCapacity bounds the events that wait to be read, as the receive buffer of a socket does; 0, as at
// first: no bound. What comes when it is full is lost, and the next Recv fails once with ENOBUFS
// (netlink(7)).
func (s *Socket) SetCapacity(events int) { s.capacity = max(events, 0) }

// Monitor makes the socket hear, or not hear any more, of what a daemon learns elsewhere or would like to:
// local addresses (rtnetlink), retransmission timeouts (events of SMAPP), subflows that are stale or
// recover, and connections that fall back.
func (s *Socket) Monitor(on bool) { s.monitor = on }

// hears tells whether an event is for this socket.
func (s *Socket) hears(kind EventKind) bool {
	switch {
	case kind >= EventAddressUp:
		return s.monitor
	case s.k.family == Upstream:
		return s.admin // the group of events is the administrator's
	}
	return s.k.wanted(kind)
}

func (s *Socket) take(e Event) {
	if s.capacity > 0 && len(s.queue) >= s.capacity {
		s.lost = true
		return
	}
	s.queue = append(s.queue, e)
	s.arrived.Notify(s.k.host.World())
}

// Readable tells whether Recv would return at once.
func (s *Socket) Readable(now sim.Time) bool { return s.closed || s.lost || s.due() <= now }

// due is when the first event can be read.
func (s *Socket) due() sim.Time {
	if len(s.queue) == 0 {
		return sim.Never
	}
	return s.queue[0].At.Add(s.latency)
}

// Recv returns the next event. Without one, it waits, or fails with EAGAIN if block is false. Errors: EBADF
// after Close, ENOBUFS once after events were lost, EPERM where an unprivileged process hears none.
func (s *Socket) Recv(p *sim.Proc, block bool) (Event, error) {
	if !block {
		return s.RecvUntil(p, p.Now())
	}
	return s.RecvUntil(p, sim.Never)
}

// RecvUntil is Recv that fails with EAGAIN at the deadline.
func (s *Socket) RecvUntil(p *sim.Proc, deadline sim.Time) (Event, error) {
	for {
		now := p.Now()
		switch {
		case s.closed:
			return Event{}, sockapi.EBADF
		case !s.admin && s.k.family == Upstream:
			return Event{}, sockapi.EPERM
		case s.lost:
			s.lost = false
			return Event{}, sockapi.ENOBUFS
		case s.due() <= now:
			e := s.queue[0]
			s.queue = s.queue[:copy(s.queue, s.queue[1:])]
			return e, nil
		case deadline <= now:
			return Event{}, sockapi.EAGAIN
		}
		if _, err := p.First(min(deadline, s.due()), &s.arrived); err != nil {
			return Event{}, err
		}
	}
}

// Close ends the socket. Connections stay without anyone who manages their paths if it was the last. Errors:
// EBADF.
func (s *Socket) Close() error {
	if s.closed {
		return sockapi.EBADF
	}
	s.closed = true
	s.queue = nil
	k := s.k
	for i, o := range k.sockets {
		if o == s {
			k.sockets = append(k.sockets[:i], k.sockets[i+1:]...)
			break
		}
	}
	s.arrived.Notify(k.host.World())
	return nil
}
