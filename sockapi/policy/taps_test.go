package policy_test

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

// TestProperties uploads 2 MB with each combination of properties, to a server that opens a subflow of its
// own over LTE if it has heard of that address.
func TestProperties(t *testing.T) {
	for _, c := range []struct {
		name      string
		x         policy.Properties
		mptcp     bool
		lte       bool // carries data
		announced int
	}{
		{"Disabled", policy.Properties{AdvertisesAltaddr: true}, false, false, 0},
		{"Passive", policy.Properties{Multipath: policy.Passive}, true, false, 0},
		{"Passive, advertised", policy.Properties{Multipath: policy.Passive, AdvertisesAltaddr: true},
			true, true, 1},
		{"Active", policy.Properties{Multipath: policy.ActiveMP}, true, false, 0},
		{"Active, Interactive", policy.Properties{Multipath: policy.ActiveMP,
			MultipathPolicy: policy.InteractivePolicy}, true, false, 0},
		{"Active, Aggregate", policy.Properties{Multipath: policy.ActiveMP,
			MultipathPolicy: policy.AggregatePolicy}, true, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setting{})
			w.serveOpening()
			var s *sockapi.Socket
			w.Go(w.Component("app"), "app", func(p *sim.Proc) {
				s = c.x.Socket(w.phone)
				w.agent = must(c.x.Apply(p, w.phone, s))
				if err := s.Connect(p, w.local[wifi], w.remote, port, true); err != nil {
					t.Error(err)
					return
				}
				must(s.Conn().Transmit(p, 2_000_000))
				_ = s.Shutdown(false, true)
			})
			w.finish(10 * unit.Second)
			if got := s.Network() == sockapi.MPTCP; got != c.mptcp {
				t.Errorf("MPTCP: %t, want %t", got, c.mptcp)
			}
			if got := w.sent(lte) > 100_000; got != c.lte {
				t.Errorf("%d octets over LTE", w.sent(lte))
			}
			announced := 0
			if w.agent != nil {
				for _, d := range w.agent.Decisions() {
					if d.Action == policy.Advertise && d.Err == nil {
						announced++
					}
				}
			}
			if announced != c.announced {
				t.Errorf("%d addresses announced, want %d", announced, c.announced)
			}
		})
	}
}

// serveOpening is serve by a server that opens a subflow to each address that it hears of.
func (w *world) serveOpening() {
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := w.server.Socket(sockapi.MPTCP)
		must(0, l.Bind(wire.Addr{}, port))
		must(0, l.Listen(1))
		s := must(l.Accept(p, true))
		if q, err := s.Watch(sockapi.MaskOf(sockapi.EventRemoteAdded), 0); err == nil {
			w.Go(p.Component(), "opener", func(p *sim.Proc) {
				for {
					e, err := q.Recv(p, true)
					if err != nil {
						return
					}
					var r sockapi.OpenRequest
					r.Remote = e.Address
					must(s.OpenSub(r))
				}
			})
		}
		b := make([]byte, 1<<16)
		for {
			if n, err := s.Recv(p, b, 0, true); err != nil || n == 0 {
				break
			}
		}
		_ = s.Close()
	})
}

// TestDisabled turns MPTCP off for a socket that was made for it, before it connects.
func TestDisabled(t *testing.T) {
	w := newWorld(t, setting{})
	w.serve()
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		s := w.phone.Socket(sockapi.MPTCP)
		if a, err := (policy.Properties{}).Apply(p, w.phone, s); a != nil || err != nil {
			t.Errorf("before: %v, %v", a, err)
		}
		must(0, s.Connect(p, w.local[wifi], w.remote, port, true))
		if s.Conn().MPTCP() != nil {
			t.Error("it is MPTCP")
		}
		other := w.phone.Socket(sockapi.MPTCP)
		_ = other.Connect(p, w.local[wifi], w.remote, port, false)
		if _, err := (policy.Properties{}).Apply(p, w.phone, other); err != sockapi.EPERM {
			t.Errorf("later: %v", err)
		}
		_ = s.Close()
		_ = other.Close()
	})
	w.finish(5 * unit.Second)
}

// TestNames holds the names of the RFC and the defaults.
func TestNames(t *testing.T) {
	var x policy.Properties
	if x.Multipath.String() != "Disabled" || x.MultipathPolicy.String() != "Handover" {
		t.Errorf("defaults %s, %s", x.Multipath, x.MultipathPolicy)
	}
	for i, want := range []string{"Disabled", "Active", "Passive"} {
		if got := policy.Multipath(i).String(); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
	for i, want := range []string{"handover", "interactive", "aggregate"} {
		if got := policy.MultipathPolicy(i).Policy().Name(); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
}
