package sockapi_test

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// within runs a call and checks how long it took.
func within(t *testing.T, p *sim.Proc, what string, want unit.Duration, call func()) {
	t.Helper()
	start := p.Now()
	call()
	if d := p.Now().Sub(start); d != want {
		t.Errorf("%s took %s, want %s", what, d, want)
	}
}

func TestSocketTimeouts(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		paired(t, n, func(p *sim.Proc, x *pair) {
			s := x.server
			check(t, s.SetTimeouts(30*ms, 40*ms))
			b := make([]byte, 10)
			within(t, p, "recv", 30*ms, func() {
				_, err := s.Recv(p, b, 0, true)
				is(t, "recv", err, sockapi.EAGAIN)
			})
			_, err := x.client.Send(p, []byte("abc"), 0, true)
			check(t, err)
			within(t, p, "recv of all", 30*ms, func() {
				k, err := s.Recv(p, b, sockapi.MsgWaitAll, true)
				if k != 3 || err != nil {
					t.Errorf("%d octets, %v", k, err)
				}
			})
			x.setDown(true)
			big := make([]byte, 10_000_000)
			within(t, p, "send", 40*ms, func() {
				k, err := s.Send(p, big, 0, true)
				if k == 0 || k == len(big) || err != nil {
					t.Errorf("%d octets, %v", k, err)
				}
			})
			within(t, p, "send into the full buffer", 40*ms, func() {
				k, err := s.Send(p, big, 0, true)
				is(t, "send", err, sockapi.EAGAIN)
				if k != 0 {
					t.Errorf("%d octets", k)
				}
			})
			is(t, "negative", s.SetTimeouts(0, -1), sockapi.EINVAL)
			is(t, "negative", s.SetTimeouts(-1, 0), sockapi.EINVAL)
			if r, w := s.Timeouts(); r != 30*ms || w != 40*ms {
				t.Errorf("timeouts are %s and %s", r, w)
			}
			check(t, s.Close())
			is(t, "closed", s.SetTimeouts(0, 0), sockapi.EBADF)
		})
	})
}

func TestConnectAndAcceptTimeouts(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		c := w.process(t, "test", func(p *sim.Proc) error {
			l := w.server.Socket(n)
			check(t, l.Bind(wire.Addr{}, port))
			check(t, l.Listen(1))
			check(t, l.SetTimeouts(20*ms, 0))
			within(t, p, "accept", 20*ms, func() {
				_, err := l.Accept(p, true)
				is(t, "accept", err, sockapi.EAGAIN)
			})
			s := w.client.Socket(n)
			check(t, s.SetTimeouts(0, 15*ms))
			within(t, p, "connect", 15*ms, func() {
				is(t, "connect", s.Connect(p, w.local, w.remote, port, true), sockapi.EINPROGRESS)
			})
			check(t, s.SetTimeouts(0, ms))
			within(t, p, "connect again", ms, func() {
				is(t, "connect", s.Connect(p, w.local, w.remote, port, true), sockapi.EALREADY)
			})
			check(t, s.SetTimeouts(0, 100*ms))
			check(t, s.Connect(p, w.local, w.remote, port, true))
			_, err := s.Send(p, []byte("x"), 0, true)
			check(t, err)
			a, err := l.Accept(p, true)
			check(t, err)
			if r, _ := a.Timeouts(); r != 20*ms {
				t.Errorf("the accepted socket waits for %s", r)
			}
			return nil
		})
		w.finish(t, unit.Second, c)
	})
}
