package sockapi

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/mptcp"
	"mpsim/sim"
)

// The kinds here and those of the connection are in the same order; each cause has a place in the table.
func TestEventKinds(t *testing.T) {
	pairs := []struct {
		here  EventKind
		there mptcp.ConnEventKind
	}{
		{EventSubflowTried, mptcp.EventSubflowTried}, {EventSubflowCreated, mptcp.EventSubflowCreated},
		{EventSubflowClosed, mptcp.EventSubflowClosed}, {EventRemoteAdded, mptcp.EventRemoteAdded},
		{EventRemoteRemoved, mptcp.EventRemoteRemoved}, {EventLocalUp, mptcp.EventLocalUp},
		{EventLocalDown, mptcp.EventLocalDown}, {EventPriority, mptcp.EventPriority},
		{EventTimeout, mptcp.EventTimeout}, {EventFellBack, mptcp.EventFellBack},
		{EventEstablished, mptcp.EventEstablished}, {EventClosed, mptcp.EventClosed},
	}
	if len(pairs) != int(EventOverflow-EventSubflowTried) || AllEvents != 1<<14-2 {
		t.Errorf("%d kinds of the connection, mask %b", len(pairs), AllEvents)
	}
	for _, p := range pairs {
		if kindOf(p.there) != p.here || p.here.String() != p.there.String() {
			t.Errorf("%s is %d here, %s is %d there", p.here, p.here, p.there, p.there)
		}
	}
	if (SocketEvent{}).Kind.String() != "none" || AllEvents.Has(EventNone) {
		t.Error("the zero value is an event")
	}
	for k := EventSubflowTried; k < numEventKinds; k++ {
		if got, ok := EventKindOf(k.String()); !ok || got != k {
			t.Errorf("%s reads back as %s", k, got)
		}
	}
	if _, ok := EventKindOf("none"); ok {
		t.Error("an unknown name has a kind")
	}
	if n := int(mptcp.CauseAborted) + 1; len(causeErrno) != n {
		t.Errorf("%d causes, %d numbers", n, len(causeErrno))
	}
}

// feedOf makes a socket that is told events by hand.
func feedOf(w *sim.World, mask EventMask, capacity int) *Socket {
	s := &Socket{host: &Host{world: w}, network: MPTCP, state: socketConnected}
	s.events = &eventFeed{world: w}
	s.events.own = s.events.subscribe(mask, capacity)
	return s
}

// Whatever the order of events and reads: numbers have no gap but those that an overflow names, no more than
// the capacity and one overflow wait, and nothing is lost while there is room.
func TestEventQueueProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := sim.NewWorld(1)
		capacity := rapid.IntRange(1, 9).Draw(t, "capacity")
		mask := MaskOf(EventSubflowTried, EventTimeout)
		s := feedOf(w, mask, capacity)
		const receive = 255
		steps := rapid.SliceOfN(rapid.SampledFrom([]mptcp.ConnEventKind{receive, receive, mptcp.EventSubflowTried,
			mptcp.EventTimeout, mptcp.EventPriority}), 1, 100).Draw(t, "steps")
		var told, lost, read, next uint64 = 0, 0, 0, 1
		w.Go(w.Component("app"), "app", func(p *sim.Proc) {
			for _, kind := range steps {
				if kind == receive {
					e, err := s.RecvEvent(p, false)
					if err != nil {
						if err != EAGAIN || told != read+lost {
							t.Errorf("%v: told %d, read %d, lost %d", err, told, read, lost)
						}
						continue
					}
					if e.Seq != next || (e.Kind == EventOverflow) != (e.Lost > 0) {
						t.Errorf("event %+v, want number %d", e, next)
					}
					read++
					if e.Kind == EventOverflow {
						read--
						lost += e.Lost
					} else if e.Backoff != int(e.Seq) {
						t.Errorf("number %d has the contents of %d", e.Seq, e.Backoff)
					}
					next += max(1, e.Lost)
					continue
				}
				if kind != mptcp.EventPriority {
					told++
				}
				s.events.take(p.Now(), mptcp.ConnEvent{Kind: kind, Backoff: int(told)})
				if n := s.EventsWaiting(); n > capacity+1 || uint64(n) > told-read-lost {
					t.Errorf("%d events wait of %d, capacity %d", n, told-read-lost, capacity)
				}
			}
		})
		w.Run(1)
		w.Close()
	})
}

// An event in a place of the ring where an overflow was tells of no loss.
func TestEventAfterOverflow(t *testing.T) {
	w := sim.NewWorld(1)
	defer w.Close()
	s := feedOf(w, AllEvents, 1)
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		tell := func(n int) {
			for range n {
				s.events.take(p.Now(), mptcp.ConnEvent{Kind: mptcp.EventTimeout})
			}
		}
		take := func(kind EventKind, lost uint64) {
			if e, err := s.RecvEvent(p, false); err != nil || e.Kind != kind || e.Lost != lost {
				t.Errorf("%s, %d lost, %v; want %s, %d lost", e.Kind, e.Lost, err, kind, lost)
			}
		}
		tell(3)
		take(EventTimeout, 0)
		take(EventOverflow, 2)
		for range 20 { // once round the ring and more
			tell(1)
			take(EventTimeout, 0)
		}
	})
	w.Run(1)
}

// A blocking RecvEvent takes no memory once the queue has its size.
func TestRecvEventAllocatesNothing(t *testing.T) {
	w := sim.NewWorld(1)
	defer w.Close()
	s := feedOf(w, AllEvents, 0)
	items := []PollItem{{Socket: s, Want: PollPri}}
	s.conn = &Conn{sock: &mptcp.Conn{}}
	polled := 0
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		for {
			if _, err := s.RecvEvent(p, true); err != nil {
				t.Error(err)
			}
			if _, err := PollAll(p, items, sim.Never); err != nil {
				t.Error(err)
			}
			polled++
			if _, err := s.RecvEventUntil(p, p.Now()+5); err != nil {
				t.Error(err)
			}
		}
	})
	w.Run(0)
	tell := func() {
		s.events.take(w.Now(), mptcp.ConnEvent{Kind: mptcp.EventTimeout, Reason: "no answer"})
		w.Run(w.Now() + 1)
	}
	for range 20 {
		tell()
	}
	if n := testing.AllocsPerRun(100, tell); n != 0 || polled < 50 {
		t.Errorf("%v allocations an event, %d polls", n, polled)
	}
}

// BenchmarkRecvEvent is one event told and taken by a process that had blocked for it.
func BenchmarkRecvEvent(b *testing.B) {
	w := sim.NewWorld(1)
	s := feedOf(w, AllEvents, 0)
	c := w.Component("app")
	w.Go(c, "app", func(p *sim.Proc) {
		for range b.N {
			if _, err := s.RecvEvent(p, true); err != nil {
				b.Error(err)
			}
		}
	})
	var e sim.EventID
	tell := w.NewKind("tell", func(now sim.Time, _ uint32) {
		s.events.take(now, mptcp.ConnEvent{Kind: mptcp.EventTimeout})
		w.Arm(e, now+1000)
	})
	e = w.NewEvent(tell, 0, c)
	w.Arm(e, 1)
	Timed(b, func() { w.Run(sim.Time(b.N) * 1000) })
	w.Close()
}

// BenchmarkTellEvent is what BenchmarkRecvEvent costs without the process.
func BenchmarkTellEvent(b *testing.B) {
	w := sim.NewWorld(1)
	s := feedOf(w, AllEvents, 0)
	c := w.Component("app")
	var e sim.EventID
	tell := w.NewKind("tell", func(now sim.Time, _ uint32) {
		s.events.take(now, mptcp.ConnEvent{Kind: mptcp.EventTimeout})
		s.events.own.waiting = 0
		w.Arm(e, now+1000)
	})
	e = w.NewEvent(tell, 0, c)
	w.Arm(e, 1)
	Timed(b, func() { w.Run(sim.Time(b.N) * 1000) })
}

// BenchmarkPollAll is one event told, found by a poll of so many sockets that had blocked, and taken.
func BenchmarkPollAll(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := sim.NewWorld(1)
			items := make([]PollItem, n)
			for i := range items {
				s := feedOf(w, AllEvents, 0)
				s.conn = &Conn{sock: &mptcp.Conn{}}
				items[i] = PollItem{Socket: s, Want: PollPri}
			}
			last := items[n-1].Socket
			c := w.Component("app")
			w.Go(c, "app", func(p *sim.Proc) {
				for range b.N {
					if k, err := PollAll(p, items, sim.Never); k != 1 || err != nil {
						b.Error(k, err)
					}
					if _, err := last.RecvEvent(p, false); err != nil {
						b.Error(err)
					}
				}
			})
			var e sim.EventID
			tell := w.NewKind("tell", func(now sim.Time, _ uint32) {
				last.events.take(now, mptcp.ConnEvent{Kind: mptcp.EventTimeout})
				w.Arm(e, now+1000)
			})
			e = w.NewEvent(tell, 0, c)
			w.Arm(e, 1)
			Timed(b, func() { w.Run(sim.Time(b.N) * 1000) })
			w.Close()
		})
	}
}
