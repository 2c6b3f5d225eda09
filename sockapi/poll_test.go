package sockapi_test

import (
	"errors"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

const (
	pollIn, pollOut, pollHangup = sockapi.PollIn, sockapi.PollOut, sockapi.PollHangup
	pollPri, pollInvalid        = sockapi.PollPri, sockapi.PollInvalid
)

// pair is a connection with a socket at each end.
type pair struct {
	*world
	client, server *sockapi.Socket
}

// paired runs f in a process that holds both ends of a connection.
func paired(t *testing.T, n sockapi.Network, f func(p *sim.Proc, x *pair)) {
	t.Helper()
	x := &pair{world: newWorld(options{})}
	c := x.process(t, "both", func(p *sim.Proc) error {
		l := x.world.server.Socket(n)
		check(t, l.Bind(wire.Addr{}, port))
		check(t, l.Listen(1))
		x.client = x.world.client.Socket(n)
		check(t, x.client.Connect(p, x.local, x.remote, port, true))
		_, err := x.client.Send(p, []byte("hello"), 0, true)
		check(t, err)
		if x.server, err = l.Accept(p, true); err != nil {
			return err
		}
		_, err = x.server.Recv(p, make([]byte, 10), 0, true)
		check(t, err)
		check(t, p.Sleep(200*ms))
		f(p, x)
		return nil
	})
	x.finish(t, 300*unit.Second, c)
}

// poll polls until a time from now and compares the number and what was got.
func poll(t *testing.T, p *sim.Proc, items []sockapi.PollItem, after unit.Duration, want ...sockapi.Events) {
	t.Helper()
	n, err := sockapi.PollAll(p, items, p.Now().Add(after))
	check(t, err)
	for i, x := range items {
		if x.Got != want[i] {
			t.Errorf("item %d: %b, want %b", i, x.Got, want[i])
		}
		if x.Got != 0 {
			n--
		}
	}
	if n != 0 {
		t.Errorf("poll counts %d items too many", n)
	}
}

func TestPollAll(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		paired(t, n, func(p *sim.Proc, x *pair) {
			l, fresh, closed := x.world.client.Socket(n), x.world.client.Socket(n), x.world.client.Socket(n)
			check(t, l.Bind(wire.Addr{}, port))
			check(t, l.Listen(1))
			check(t, closed.Close())
			start := p.Now()
			poll(t, p, nil, 3*ms)
			poll(t, p, []sockapi.PollItem{{}, {Socket: l, Want: pollIn}, {Socket: x.client, Want: pollIn}}, 4*ms, 0, 0, 0)
			if d := p.Now().Sub(start); d != 7*ms {
				t.Errorf("polled for %s", d)
			}
			poll(t, p, []sockapi.PollItem{{Socket: fresh}, {Socket: closed}, {Socket: x.client, Want: pollOut}}, 5*ms,
				pollHangup, pollInvalid, pollOut)
			poll(t, p, []sockapi.PollItem{{Socket: x.server, Want: pollIn}, {Socket: fresh, Want: pollOut}}, 0,
				0, pollOut|pollHangup)
			if d := p.Now().Sub(start); d != 7*ms {
				t.Errorf("polled for %s although all was there", d)
			}
		})
	})
}

// What makes a blocked poll return.
func TestPollAllWakes(t *testing.T) {
	boom := errors.New("boom")
	var poller *sim.Proc
	for _, c := range []struct {
		what          string
		do            func(p *sim.Proc, x *pair)
		first, second sockapi.Events // of the server's socket, twice
		err           error
	}{
		{"data", func(p *sim.Proc, x *pair) {
			_, err := x.client.Send(p, []byte("x"), 0, true)
			check(t, err)
		}, pollIn, 0, nil},
		{"end of stream", func(_ *sim.Proc, x *pair) { check(t, x.client.Shutdown(false, true)) },
			pollIn | sockapi.PollRdHup, sockapi.PollRdHup, nil},
		{"reset", func(_ *sim.Proc, x *pair) { check(t, x.client.Conn().Abort()) },
			pollIn | sockapi.PollErr | pollHangup | sockapi.PollRdHup, sockapi.PollErr | pollHangup | sockapi.PollRdHup, nil},
		{"closed", func(_ *sim.Proc, x *pair) { check(t, x.server.Close()) }, pollInvalid, pollInvalid, nil},
		{"interrupt", func(*sim.Proc, *pair) { poller.Interrupt(boom) }, 0, 0, boom},
		{"deadline", func(p *sim.Proc, _ *pair) { check(t, p.Sleep(unit.Second)) }, 0, 0, nil},
	} {
		each(t, func(t *testing.T, n sockapi.Network) {
			paired(t, n, func(p *sim.Proc, x *pair) {
				poller = x.process(t, "poller", func(p *sim.Proc) error {
					items := []sockapi.PollItem{{}, {Socket: x.server, Want: pollIn | sockapi.PollRdHup},
						{Socket: x.server, Want: pollPri | sockapi.PollRdHup}}
					_, err := sockapi.PollAll(p, items, p.Now().Add(500*ms))
					is(t, c.what, err, c.err)
					if items[1].Got != c.first || items[2].Got != c.second {
						t.Errorf("%s: %b and %b, want %b and %b", c.what, items[1].Got, items[2].Got, c.first, c.second)
					}
					return nil
				})
				check(t, p.Sleep(ms))
				c.do(p, x)
				check(t, p.Sleep(unit.Second))
				if !poller.Ended() {
					t.Errorf("%s: the poll still blocks", c.what)
					poller.Kill()
				}
			})
		})
	}
}

// An event that was subscribed to makes the socket ready for PollPri, until it is taken.
func TestPollPri(t *testing.T) {
	paired(t, sockapi.MPTCP, func(p *sim.Proc, x *pair) {
		check(t, x.server.Subscribe(priority, 0))
		x.World.Call(p.Component(), p.Now().Add(5*ms), func(sim.Time) { check(t, x.client.SubPrio(1, true)) })
		item := []sockapi.PollItem{{Socket: x.server, Want: pollIn | pollPri}}
		start := p.Now()
		poll(t, p, item, unit.Second, pollPri)
		if d := p.Now().Sub(start); d < 15*ms || d > 16*ms {
			t.Errorf("ready after %s", d)
		}
		if x.server.Poll()&pollPri == 0 {
			t.Error("the event waits no more")
		}
		e, err := x.server.RecvEvent(p, false)
		if err != nil || e.Kind != sockapi.EventPriority || !e.Backup || !e.ByPeer {
			t.Errorf("%v, %v", e, err)
		}
		poll(t, p, item, ms, 0)
		check(t, x.client.SubPrio(1, false))
		check(t, p.Sleep(50*ms))
		check(t, x.server.Close())
		poll(t, p, item, ms, pollInvalid)
	})
}
