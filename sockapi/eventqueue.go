package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/sim"
)

const (
	// DefaultEvents is how many events wait at most if Subscribe is not told.
	DefaultEvents = 64
	// MaxEvents is the most that Subscribe may be told.
	MaxEvents = 1 << 16
)

// Subscription is one queue of events of one socket. An application has its own (Socket.Subscribe); a library
// beside it makes more (Socket.Watch), so that neither takes the other's events.
type Subscription struct {
	feed     *eventFeed
	mask     EventMask
	capacity int // events; one more place is for the overflow
	arrived  sim.Signal

	ring    []SocketEvent // a power of two of places, or none yet
	first   int           // the place of the oldest event, modulo the places
	waiting int
	seq     uint64 // of the last event
}

// eventFeed is the subscriptions of one socket.
type eventFeed struct {
	world    *sim.World
	conn     *mptcp.Conn     // nil: none yet
	own      *Subscription   // of Socket.Subscribe
	all      []*Subscription // in the order in which they were made
	over     bool            // the connection has ended; its subflows may end later
	closed   bool            // the socket was closed
	accepted []acceptedFeed  // of a listening socket: connections that were not accepted yet
}

// acceptedFeed is the events of a connection that waits for accept(2).
type acceptedFeed struct {
	conn *mptcp.Conn
	feed *eventFeed
}

// take is the connection's listener.
func (f *eventFeed) take(now sim.Time, e mptcp.ConnEvent) {
	f.over = f.over || e.Kind == mptcp.EventClosed
	for _, q := range f.all {
		if q.mask.Has(kindOf(e.Kind)) {
			q.put(now, &e)
		}
	}
	if f.over { // those who wait for more learn that there is none
		f.wakeAll()
	}
}

// exhausted tells that the connection and its subflows have ended: nothing comes any more.
func (f *eventFeed) exhausted() bool { return f.over && f.conn.Attached() == 0 }

// hear makes a connection tell its events, if somebody has asked for some; over is what the caller knows of it.
func (f *eventFeed) hear(c *mptcp.Conn, over bool) {
	f.conn, f.over = c, over
	if len(f.all) > 0 {
		c.SetListener(f.take)
	}
}

// unhear makes the connection tell nobody any more where no subscription is left.
func (f *eventFeed) unhear() {
	if len(f.all) == 0 && f.conn != nil {
		f.conn.SetListener(nil)
	}
}

func (f *eventFeed) wakeAll() {
	for _, q := range f.all {
		q.arrived.Notify(f.world)
	}
}

// put adds an event, or counts it as lost.
func (q *Subscription) put(now sim.Time, e *mptcp.ConnEvent) {
	q.seq++
	if q.waiting < q.capacity {
		x := q.place()
		x.Lost = 0 // the place may have held an overflow; all else is written
		x.fill(now, e)
	} else if last := q.last(); last.Kind == EventOverflow {
		last.Lost++
		return
	} else {
		*q.place() = SocketEvent{At: now, Kind: EventOverflow, Interface: -1, Lost: 1}
	}
	q.last().Seq = q.seq
	q.arrived.Notify(q.feed.world)
}

// last returns the newest event that waits.
func (q *Subscription) last() *SocketEvent { return &q.ring[(q.first+q.waiting-1)&(len(q.ring)-1)] }

// place makes room for one event more.
func (q *Subscription) place() *SocketEvent {
	if q.waiting == len(q.ring) {
		ring := make([]SocketEvent, max(4, 2*len(q.ring)))
		n := copy(ring, q.ring[q.first:])
		copy(ring[n:], q.ring[:q.first])
		q.ring, q.first = ring, 0
	}
	q.waiting++
	return q.last()
}

// Waiting returns the number of events that wait, an overflow included.
func (q *Subscription) Waiting() int { return q.waiting }

// Recv takes the oldest event. With block it waits for one. Errors: EAGAIN where none waits, EINVAL after Close,
// EBADF where the socket is closed, ENOTCONN once the connection has ended and no event is left.
func (q *Subscription) Recv(p *sim.Proc, block bool) (SocketEvent, error) {
	return q.RecvUntil(p, until(block))
}

// RecvUntil is Recv that waits until a deadline, and then fails with EAGAIN. Now or earlier: it does not block.
func (q *Subscription) RecvUntil(p *sim.Proc, deadline sim.Time) (e SocketEvent, err error) {
	if err = q.await(p, deadline); err == nil {
		e = *q.pop()
	}
	return e, err
}

// until is the deadline of a call that blocks without end, or not at all.
func until(block bool) sim.Time {
	if block {
		return sim.Never
	}
	return 0
}

// await waits until there is an event.
func (q *Subscription) await(p *sim.Proc, deadline sim.Time) error {
	for {
		switch {
		case q.feed.closed:
			return EBADF
		case q.mask == 0:
			return EINVAL
		case q.waiting > 0:
			return nil
		case q.feed.exhausted():
			return ENOTCONN
		case p.Now() >= deadline:
			return EAGAIN
		}
		if _, err := p.WaitUntil(deadline, &q.arrived); err != nil {
			return err
		}
	}
}

// pop takes the oldest event off the queue; the place is overwritten by a later one.
func (q *Subscription) pop() *SocketEvent {
	e := &q.ring[q.first]
	q.first = (q.first + 1) & (len(q.ring) - 1)
	q.waiting--
	return e
}

// Close ends the subscription: events that wait are dropped. A blocked Recv of another process returns EINVAL.
func (q *Subscription) Close() {
	f := q.feed
	for i, x := range f.all {
		if x == q {
			f.all = append(f.all[:i:i], f.all[i+1:]...)
			break
		}
	}
	if f.own == q {
		f.own = nil
	}
	f.unhear()
	q.mask, q.ring, q.first, q.waiting = 0, nil, 0, 0
	q.arrived.Notify(f.world)
}
