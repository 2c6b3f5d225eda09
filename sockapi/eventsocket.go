package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/sim"
)

// Subscribe asks for the events of a set of kinds, before connect(2) or later; 0 ends it and drops what waits.
// At most capacity events wait (0: DefaultEvents): those that come when the queue is full are lost, and an event
// in their place (EventOverflow) tells how many. Another call changes the mask and the capacity of what is yet to
// come. Sockets accepted from a listening one begin with its subscription. Errors: EBADF, EINVAL for an
// unknown kind or a capacity outside of 0..MaxEvents, EOPNOTSUPP for a socket without Multipath TCP.
func (s *Socket) Subscribe(mask EventMask, capacity int) error {
	if mask != 0 {
		return s.resubscribe(mask, capacity)
	}
	if err := s.checkSubscription(AllEvents, capacity); err != nil && err != EOPNOTSUPP {
		return err
	}
	switch {
	case s.events != nil && s.events.own != nil:
		s.events.own.Close()
	case s.network != MPTCP:
		return EOPNOTSUPP
	}
	return nil
}

// resubscribe is Subscribe with a mask.
func (s *Socket) resubscribe(mask EventMask, capacity int) error {
	if s.events != nil && s.events.own != nil {
		err := s.checkSubscription(mask, capacity)
		if err == nil {
			s.events.own.change(mask, capacity)
		}
		return err
	}
	q, err := s.Watch(mask, capacity)
	if err == nil {
		q.feed.own = q
		s.subscribed.Notify(s.host.world)
	}
	return err
}

// Watch makes one more subscription beside the application's own, with the errors of Subscribe; a mask of 0 is
// EINVAL.
func (s *Socket) Watch(mask EventMask, capacity int) (*Subscription, error) {
	if err := s.checkSubscription(mask, capacity); err != nil {
		return nil, err
	}
	if s.events == nil {
		s.events = &eventFeed{world: s.host.world}
	}
	q := s.events.subscribe(mask, capacity)
	if len(s.events.all) == 1 && s.conn != nil {
		s.events.hear(s.conn.MPTCP(), !s.deferred && ended(s.conn.MPTCP().State()))
	}
	return q, nil
}

// ended tells whether a connection that was opened carries nothing any more.
func ended(m mptcp.State) bool {
	return m == mptcp.Closed || m == mptcp.TimeWait || m == mptcp.FastCloseWait
}

func (s *Socket) checkSubscription(mask EventMask, capacity int) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.network != MPTCP || s.conn != nil && (s.conn.MPTCP() == nil || s.conn.MPTCP().Fallback()):
		return EOPNOTSUPP
	case mask == 0 || mask&^AllEvents != 0 || capacity < 0 || capacity > MaxEvents:
		return EINVAL
	}
	return nil
}

func (f *eventFeed) subscribe(mask EventMask, capacity int) *Subscription {
	q := &Subscription{feed: f}
	q.change(mask, capacity)
	f.all = append(f.all, q)
	return q
}

func (q *Subscription) change(mask EventMask, capacity int) {
	if capacity == 0 {
		capacity = DefaultEvents
	}
	q.mask, q.capacity = mask, capacity
}

// SetMask changes what the subscription is told from now on. Errors: EINVAL for 0 or an unknown kind, EBADF where
// the socket is closed.
func (q *Subscription) SetMask(mask EventMask) error {
	switch {
	case q.feed.closed:
		return EBADF
	case mask == 0 || mask&^AllEvents != 0 || q.mask == 0:
		return EINVAL
	}
	q.mask = mask
	return nil
}

// EventsWaiting returns the number of events that RecvEvent would return at once.
func (s *Socket) EventsWaiting() int {
	if s.events == nil || s.events.own == nil {
		return 0
	}
	return s.events.own.waiting
}

// RecvEvent takes the oldest event that Subscribe has asked for. With block it waits for one. Errors: EAGAIN where
// none waits, EINVAL where nothing was asked for, EBADF, EOPNOTSUPP for a socket without Multipath TCP, and ENOTCONN
// once the connection has ended and no event is left.
func (s *Socket) RecvEvent(p *sim.Proc, block bool) (SocketEvent, error) {
	return s.RecvEventUntil(p, until(block))
}

// RecvEventUntil is RecvEvent that waits until a deadline, and then fails with EAGAIN. Now or earlier: it does not
// block.
func (s *Socket) RecvEventUntil(p *sim.Proc, deadline sim.Time) (e SocketEvent, err error) {
	switch {
	case s.state == socketClosed:
		return e, EBADF
	case s.network != MPTCP:
		return e, EOPNOTSUPP
	case s.events == nil || s.events.own == nil:
		return e, because(EINVAL, "no events were asked for: subscribe first")
	}
	q := s.events.own
	if err = q.await(p, deadline); err == nil {
		e = *q.pop()
	}
	return e, err
}

// closeEvents ends the subscriptions of a socket that was closed.
func (s *Socket) closeEvents() {
	f := s.events
	if f == nil {
		return
	}
	f.closed = true
	f.wakeAll()
	f.all = nil
	f.accepted = nil
	f.unhear()
}

// prepareEvents gives a connection that begins at a listening socket the subscription of that socket.
func (s *Socket) prepareEvents(c *mptcp.Conn) {
	if s.events == nil || s.events.own == nil {
		return
	}
	own := s.events.own
	f := &eventFeed{world: s.host.world, conn: c}
	f.own = f.subscribe(own.mask, own.capacity)
	s.events.accepted = append(s.events.accepted, acceptedFeed{c, f})
	created := false
	c.SetListener(func(now sim.Time, e mptcp.ConnEvent) {
		f.take(now, e)
		created = created || e.Kind == mptcp.EventSubflowCreated
		if f.over && !created { // its handshake has failed: nobody will accept it
			s.acceptEvents(c)
		}
	})
}

// acceptEvents returns the events of a connection that was accepted, nil for none.
func (s *Socket) acceptEvents(c *mptcp.Conn) *eventFeed {
	if s.events == nil {
		return nil
	}
	a := s.events.accepted
	for i, x := range a {
		if x.conn == c {
			s.events.accepted = append(a[:i:i], a[i+1:]...)
			return x.feed
		}
	}
	return nil
}
