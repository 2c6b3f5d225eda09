package sockapi_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// A socket whose connect(2) has failed may try again: each attempt has its own error, and the last one succeeds.
func TestConnectAgainAfterFailure(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		c := w.process(t, "client", func(p *sim.Proc) error {
			s := w.client.Socket(n)
			for range 3 {
				is(t, "nobody listens", s.Connect(p, w.local, w.remote, port, true), sockapi.ECONNREFUSED)
			}
			l := w.server.Socket(n)
			check(t, l.Bind(w.remote, port))
			check(t, l.Listen(1))
			return s.Connect(p, w.local, w.remote, port, true)
		})
		w.finish(t, 10*unit.Second, c)
	})
}

// The same without blocking (inet_stream_connect of Linux 6.18): the error comes from SO_ERROR or from connect; in
// the first case connect says ECONNABORTED once.
func TestConnectAgainWithoutBlocking(t *testing.T) {
	each(t, func(t *testing.T, n sockapi.Network) {
		w := newWorld(options{})
		c := w.process(t, "client", func(p *sim.Proc) error {
			s := w.client.Socket(n)
			connect := func() error { return s.Connect(p, w.local, w.remote, port, false) }
			is(t, "first", connect(), sockapi.EINPROGRESS)
			is(t, "at once again", connect(), sockapi.EALREADY)
			check(t, p.Sleep(100*ms))
			is(t, "its error", connect(), sockapi.ECONNREFUSED)
			is(t, "second", connect(), sockapi.EINPROGRESS)
			check(t, p.Sleep(100*ms))
			if v, err := s.Option(sockapi.LastError); v != int64(sockapi.ECONNREFUSED) || err != nil {
				t.Errorf("SO_ERROR %d, %v", v, err)
			}
			is(t, "after SO_ERROR", connect(), sockapi.ECONNABORTED)
			is(t, "third", connect(), sockapi.EINPROGRESS)
			check(t, p.Sleep(100*ms))
			is(t, "blocking", s.Connect(p, w.local, w.remote, port, true), sockapi.ECONNREFUSED)
			return nil
		})
		w.finish(t, 10*unit.Second, c)
	})
}
