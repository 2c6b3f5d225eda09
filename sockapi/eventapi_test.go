package sockapi_test

import (
	"errors"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

const priority = 1 << sockapi.EventPriority

func TestSubscribeErrors(t *testing.T) {
	w := newWorld(options{})
	defer w.Close()
	plain, closed, fresh := w.client.Socket(sockapi.TCP), w.client.Socket(sockapi.MPTCP), w.client.Socket(sockapi.MPTCP)
	check(t, closed.Subscribe(sockapi.AllEvents, 1))
	check(t, closed.Close())
	for _, c := range []struct {
		what     string
		s        *sockapi.Socket
		mask     sockapi.EventMask
		capacity int
		want     error
	}{
		{"plain TCP", plain, sockapi.AllEvents, 0, sockapi.EOPNOTSUPP},
		{"end, plain TCP", plain, 0, 0, sockapi.EOPNOTSUPP},
		{"closed", closed, sockapi.AllEvents, 0, sockapi.EBADF},
		{"end, closed", closed, 0, 0, sockapi.EBADF},
		{"unknown kind", fresh, sockapi.AllEvents + 1, 0, sockapi.EINVAL},
		{"negative capacity", fresh, sockapi.AllEvents, -1, sockapi.EINVAL},
		{"huge capacity", fresh, sockapi.AllEvents, sockapi.MaxEvents + 1, sockapi.EINVAL},
		{"end without beginning", fresh, 0, 0, nil},
		{"beginning", fresh, priority, sockapi.MaxEvents, nil},
		{"unknown kind, subscribed", fresh, sockapi.AllEvents + 1, 0, sockapi.EINVAL},
		{"end", fresh, 0, 0, nil},
	} {
		is(t, c.what, c.s.Subscribe(c.mask, c.capacity), c.want)
		if c.want != nil {
			_, err := c.s.Watch(c.mask, c.capacity)
			is(t, "watch, "+c.what, err, c.want)
		}
	}
	_, err := fresh.Watch(0, 0)
	is(t, "watch nothing", err, sockapi.EINVAL)
	w.Go(w.Component("test"), "test", func(p *sim.Proc) {
		for _, c := range []struct {
			s    *sockapi.Socket
			want error
		}{{plain, sockapi.EOPNOTSUPP}, {closed, sockapi.EBADF}, {fresh, sockapi.EINVAL}} {
			_, err := c.s.RecvEvent(p, true)
			is(t, "receive", err, c.want)
		}
	})
	w.Run(1)
}

// After fallback an application learns of the end, but cannot subscribe any more.
func TestSubscribeAfterFallback(t *testing.T) {
	tell(t, options{plainServer: true}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		is(t, "fallen back", s.Subscribe(sockapi.AllEvents, 0), sockapi.EOPNOTSUPP)
	})
}

// One subscribes late, in the midst of a connection, and changes what he wants.
func TestSubscribeLate(t *testing.T) {
	tell(t, options{}, func(p *sim.Proc, x *told, s, peer *sockapi.Socket) {
		x.client = drainNow(p, s)
		check(t, s.Subscribe(0, 0))
		check(t, s.SubPrio(1, true))
		_, err := s.RecvEvent(p, false)
		is(t, "unsubscribed", err, sockapi.EINVAL)
		check(t, s.Subscribe(priority, 0))
		check(t, s.SubPrio(1, false))
		x.second(t, p, s)
		check(t, s.Subscribe(priority|1<<sockapi.EventSubflowTried, 0))
		x.second(t, p, s)
		wantLines(t, "late", brief(drainNow(p, s), sockapi.AllEvents), "priority 1 10.0.0.1 10.0.0.2",
			"subflow-tried 3 10.1.0.1 10.0.0.2")
	})
}

// drainNow takes what waits.
func drainNow(p *sim.Proc, s *sockapi.Socket) []sockapi.SocketEvent {
	var list []sockapi.SocketEvent
	for s.EventsWaiting() > 0 {
		e, err := s.RecvEvent(p, false)
		if err != nil {
			panic(err)
		}
		list = append(list, e)
	}
	return list
}

// A full queue says in its place how many events are lost; numbers go on.
func TestEventsOverflow(t *testing.T) {
	tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		check(t, s.Subscribe(0, 0))
		check(t, s.Subscribe(priority, 2))
		for i := range 5 {
			check(t, s.SubPrio(1, i%2 == 0))
		}
		if n := s.EventsWaiting(); n != 3 {
			t.Errorf("%d events wait", n)
		}
		list := drainNow(p, s)
		check(t, s.SubPrio(1, false))
		list = append(list, drainNow(p, s)...)
		wantLines(t, "overflow", brief(list, sockapi.AllEvents), "priority 1 10.0.0.1 10.0.0.2 backup",
			"priority 1 10.0.0.1 10.0.0.2", "overflow, 3 events lost", "priority 1 10.0.0.1 10.0.0.2")
		if list[2].Seq != 3 || list[3].Seq != 6 || list[2].Lost != 3 {
			t.Errorf("numbers %d and %d", list[2].Seq, list[3].Seq)
		}
	})
}

// A library's subscription and the application's do not take each other's events.
func TestWatch(t *testing.T) {
	tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
		drainNow(p, s)
		q, err := s.Watch(priority, 1)
		check(t, err)
		check(t, s.SubPrio(1, true))
		if q.Waiting() != 1 || s.EventsWaiting() != 1 {
			t.Errorf("%d and %d events wait", q.Waiting(), s.EventsWaiting())
		}
		e, err := q.Recv(p, true)
		if err != nil || e.Seq != 1 || e.Kind != sockapi.EventPriority || s.EventsWaiting() != 1 {
			t.Errorf("%v, %v", e, err)
		}
		check(t, q.SetMask(1<<sockapi.EventSubflowTried))
		is(t, "no kind", q.SetMask(0), sockapi.EINVAL)
		check(t, s.SubPrio(1, false))
		_, err = q.RecvUntil(p, p.Now().Add(ms))
		is(t, "another kind", err, sockapi.EAGAIN)
		q.Close()
		q.Close()
		_, err = q.Recv(p, true)
		is(t, "ended", err, sockapi.EINVAL)
		is(t, "ended", q.SetMask(priority), sockapi.EINVAL)
		check(t, s.Subscribe(0, 0))
		check(t, s.Subscribe(sockapi.AllEvents, 0))
	})
}

// What wakes a process that blocks for an event.
func TestRecvEventWakes(t *testing.T) {
	boom := errors.New("boom")
	var blocked *sim.Proc
	for _, c := range []struct {
		what string
		do   func(p *sim.Proc, s *sockapi.Socket)
		want error
	}{
		{"an event", func(_ *sim.Proc, s *sockapi.Socket) { check(t, s.SubPrio(1, true)) }, nil},
		{"deadline", func(p *sim.Proc, _ *sockapi.Socket) { check(t, p.Sleep(60*ms)) }, sockapi.EAGAIN},
		{"interrupt", func(*sim.Proc, *sockapi.Socket) { blocked.Interrupt(boom) }, boom},
		{"unsubscribed", func(_ *sim.Proc, s *sockapi.Socket) { check(t, s.Subscribe(0, 0)) }, sockapi.EINVAL},
		{"closed", func(_ *sim.Proc, s *sockapi.Socket) { check(t, s.Close()) }, sockapi.EBADF},
	} {
		tell(t, options{}, func(p *sim.Proc, x *told, s, _ *sockapi.Socket) {
			drainNow(p, s)
			at := sim.Never
			blocked = x.process(t, "blocked", func(p *sim.Proc) error {
				_, err := s.RecvEventUntil(p, p.Now().Add(50*ms))
				is(t, c.what, err, c.want)
				at = p.Now()
				return nil
			})
			check(t, p.Sleep(ms))
			start := p.Now()
			c.do(p, s)
			check(t, p.Sleep(1))
			if at == sim.Never || at != start && c.want != sockapi.EAGAIN {
				t.Errorf("%s: woken at %s, want %s", c.what, at, start)
			}
		})
	}
}

// The end of the connection ends the waiting of all, once every event was taken; a socket that connects again
// tells of the new connection.
func TestEventsOfConnectionsOneAfterAnother(t *testing.T) {
	w := newWorld(options{})
	c := w.process(t, "client", func(p *sim.Proc) error {
		s := w.client.Socket(sockapi.MPTCP)
		check(t, s.Subscribe(1<<sockapi.EventSubflowTried|1<<sockapi.EventClosed, 0))
		for range 2 {
			is(t, "nobody listens", s.Connect(p, w.local, w.remote, port, true), sockapi.ECONNREFUSED)
			wantLines(t, "refused", brief(drain(p, s, nil), sockapi.AllEvents), "subflow-tried 1 10.0.0.1 10.0.0.2",
				"closed ECONNREFUSED: tcp: connection refused")
		}
		return nil
	})
	w.finish(t, unit.Second, c)
}

// A listening socket keeps no events of handshakes that fail.
func TestEventsOfFailedHandshakes(t *testing.T) {
	w := newWorld(options{})
	l := w.server.Socket(sockapi.MPTCP)
	check(t, l.Bind(wire.Addr{}, port))
	check(t, l.Listen(1))
	check(t, l.Subscribe(sockapi.AllEvents, 0))
	c := w.process(t, "client", func(p *sim.Proc) error {
		for i := range 20 {
			s := w.client.Socket(sockapi.MPTCP)
			is(t, "connect", s.Connect(p, w.local, w.remote, port, false), sockapi.EINPROGRESS)
			check(t, p.Sleep(15*ms))
			if i%2 == 0 {
				check(t, s.Conn().Abort())
				check(t, p.Sleep(100*ms))
			}
		}
		return nil
	})
	w.finish(t, 300*unit.Second, c)
	if n := l.NotAccepted(); n != 10 {
		t.Errorf("the events of %d connections are kept, want those of the 10 that wait for accept", n)
	}
}

// A task that polls hears of events that another task subscribes to meanwhile, the first time and again.
func TestPollBeforeSubscribe(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		for _, other := range []string{"first", "second"} {
			start := p.Now()
			w.Go(w.Component(other), other, func(p *sim.Proc) {
				pause(p, 50*ms)
				must(0, s.Subscribe(sockapi.MaskOf(sockapi.EventSubflowTried), 0))
				pause(p, 50*ms)
				must(s.OpenSub(over(w.cell)))
			})
			items := []sockapi.PollItem{{Socket: s, Want: pollPri}}
			n, err := sockapi.PollAll(p, items, p.Now().Add(2*unit.Second))
			if d := p.Now().Sub(start); n != 1 || err != nil || items[0].Got != pollPri || d != 100*ms {
				t.Errorf("%d items, %v, got %b after %s", n, err, items[0].Got, d)
			}
			must(0, s.Subscribe(0, 0))
		}
		must(0, s.Close())
	})
}

// A priority event has what one end wants from now on, whatever the other end still wants.
func TestPriorityOfOneEnd(t *testing.T) {
	tell(t, options{}, func(p *sim.Proc, x *told, s, peer *sockapi.Socket) {
		x.client, x.server = drainNow(p, s), drainNow(p, peer)
		for _, c := range []struct {
			s      *sockapi.Socket
			backup bool
		}{{s, true}, {peer, true}, {s, false}, {peer, false}} {
			check(t, c.s.SubPrio(1, c.backup))
			check(t, p.Sleep(100*ms))
			for _, end := range []*sockapi.Socket{s, peer} {
				for _, e := range drainNow(p, end) {
					if e.Kind == sockapi.EventPriority && (e.Backup != c.backup || e.ByPeer != (end != c.s)) {
						t.Errorf("the change to backup %t is told as %s", c.backup, e)
					}
				}
			}
		}
	})
}
