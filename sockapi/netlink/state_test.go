package netlink_test

import (
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestCreateEarly asks for a subflow when the connection has just been created, and for an announcement,
// which waits.
func TestCreateEarly(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.traffic(200_000, 2*unit.Second)
		var heard []netlink.Event
		w.daemon(w.server, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			for {
				e, err := s.Recv(p, true)
				if err != nil {
					return
				}
				heard = append(heard, e)
			}
		})
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			token := w.wait(p, s, netlink.EventCreated).Token
			want := sockapi.ENOTCONN
			if f == netlink.OutOfTree {
				want = sockapi.EAGAIN
			}
			w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{
				Local:  netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{Addr: w.remote[0], Port: port}}), want)
			w.expect(p, "announce", s.Announce(p, token, netlink.Address{ID: 7, Addr: w.local[2]}), nil)
			// Upstream has forgotten the address whose subflow failed, so that its ID is free.
			w.expect(p, "announce", s.Announce(p, token, netlink.Address{ID: 5, Addr: w.local[1]}), nil)
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
		var ids []uint8
		for _, e := range heard {
			if e.Kind == netlink.EventAnnounced {
				ids = append(ids, e.RemoteID)
			}
		}
		if !slices.Equal(ids, []uint8{7, 5}) {
			t.Errorf("the server heard of addresses %v, want 7 and 5", ids)
		}
	})
}

// TestCreateLate asks for a subflow when both ends have ended their streams and the socket is still open,
// and when the connection is gone.
func TestCreateLate(t *testing.T) {
	w := newWorld(t, setting{})
	w.process("server", func(p *sim.Proc) {
		l := must(w.server.Listen(sockapi.MPTCP, wire.Addr{}, port))
		c := must(l.Accept(p))
		_, _ = c.Read(p, make([]byte, 1000))
		must(0, c.CloseWrite(p))
		for {
			if n, err := c.Read(p, make([]byte, 1000)); n == 0 || err != nil {
				return
			}
		}
	})
	w.process("client", func(p *sim.Proc) {
		c := must(w.client.Dial(p, sockapi.MPTCP, w.local[0], w.remote[0], port))
		must(c.Transmit(p, 1000))
		must(0, p.Sleep(unit.Second))
		must(0, c.CloseWrite(p))
	})
	w.daemon(w.client, netlink.OutOfTree, 0, func(p *sim.Proc, s *netlink.Socket) {
		create := func(token uint32) error {
			return s.CreateSubflow(p, token, netlink.Subflow{Local: netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{Addr: w.remote[0], Port: port}})
		}
		token := w.wait(p, s, netlink.EventClosed).Token
		w.expect(p, "closing", create(token), sockapi.ENOTCONN)
		w.expect(p, "exist", s.Exist(p, token), nil)
		must(0, p.Sleep(120*unit.Second))
		w.expect(p, "gone", create(token), sockapi.EBADR)
		w.expect(p, "exist", s.Exist(p, token), sockapi.ENOTCONN)
	})
	w.Run(sim.Time(200 * unit.Second))
	w.Close()
}

// TestRetryAfterRefusal: SUBFLOW_CREATE succeeds as soon as the connection is established, and events and
// commands are late by the latency of the socket.
func TestLatency(t *testing.T) {
	joins := func(latency unit.Duration) (established, created, joined sim.Time) {
		w := newWorld(t, setting{})
		w.traffic(200_000, 2*unit.Second)
		w.daemon(w.client, netlink.Upstream, latency, func(p *sim.Proc, s *netlink.Socket) {
			e := w.wait(p, s, netlink.EventEstablished)
			established = p.Now()
			if got := p.Now().Sub(e.At); got != latency {
				t.Errorf("event read %s after it happened, want %s", got, latency)
			}
			w.expect(p, "create", s.CreateSubflow(p, e.Token, netlink.Subflow{
				Local: netlink.Address{ID: 5, Addr: w.local[1]}, Remote: netlink.Address{Addr: w.remote[0]}}), nil)
			created = p.Now()
			joined = w.wait(p, s, netlink.EventSubflowEstablished).At
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
		return established, created, joined
	}
	e0, c0, j0 := joins(0)
	e1, c1, j1 := joins(netlink.SMAPPLatency)
	const late = 2 * netlink.SMAPPLatency
	if late != 23*unit.Microsecond {
		t.Errorf("both directions take %s", late)
	}
	if e0 != c0 || c1.Sub(c0) != late || e1.Sub(e0) != netlink.SMAPPLatency || j1.Sub(j0) != late {
		t.Errorf("at once: %s %s %s; late: %s %s %s", e0, c0, j0, e1, c1, j1)
	}
}

// TestFilter: the out-of-tree family sends only what SET_FILTER lets through, to every socket of the host.
func TestFilter(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(200_000, 2*unit.Second)
	var kinds []netlink.EventKind
	w.daemon(w.client, netlink.OutOfTree, 0, func(p *sim.Proc, s *netlink.Socket) {
		mask := netlink.MaskOf(netlink.EventEstablished, netlink.EventSubflowClosed)
		w.expect(p, "filter", s.SetFilter(p, mask), nil)
		other := s.Kernel().Open(0)
		for {
			e, err := other.RecvUntil(p, sim.Time(4*unit.Second))
			if err != nil {
				break
			}
			kinds = append(kinds, e.Kind)
			if e.Kind == netlink.EventEstablished {
				w.expect(p, "create", s.CreateSubflow(p, e.Token, netlink.Subflow{
					Local:  netlink.Address{ID: 5, Addr: w.local[1]},
					Remote: netlink.Address{Addr: w.remote[0], Port: port}}), nil)
				must(0, p.Sleep(200*ms))
				i, _ := w.dial.MPTCP().Subflow(1)
				w.expect(p, "destroy", s.DestroySubflow(p, e.Token, netlink.Tuple{Local: i.Local, Remote: i.Remote,
					LocalPort: i.LocalPort, RemotePort: i.RemotePort}), nil)
			}
		}
	})
	w.Run(sim.Time(5 * unit.Second))
	w.Close()
	want := []netlink.EventKind{netlink.EventEstablished, netlink.EventSubflowClosed}
	if !slices.Equal(kinds, want) {
		t.Errorf("heard %v, want %v", kinds, want)
	}
}

// TestOverflow loses what comes when the buffer is full and says so once.
func TestOverflow(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(200_000, unit.Second)
	w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
		s.SetCapacity(2) // created, established; closed is lost
		must(0, p.Sleep(4*unit.Second))
		var got []error
		for range 5 {
			_, err := s.Recv(p, false)
			got = append(got, err)
		}
		want := []error{sockapi.ENOBUFS, nil, nil, sockapi.EAGAIN, sockapi.EAGAIN}
		if !slices.Equal(got, want) {
			t.Errorf("read %v, want %v", got, want)
		}
	})
	w.Run(sim.Time(5 * unit.Second))
	w.Close()
}

// TestPrivilege: without it no command works and upstream's events are not heard.
func TestPrivilege(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.traffic(200_000, unit.Second)
		w.daemon(w.client, f, 0, func(p *sim.Proc, root *netlink.Socket) {
			s := root.Kernel().OpenUnprivileged(0)
			must(0, p.Sleep(500*ms))
			token := w.dial.MPTCP().LocalToken()
			w.expect(p, "remove", s.Remove(p, token, 0), sockapi.EPERM)
			_, err := s.Recv(p, false)
			_, _, limits := s.Limits(p)
			if f == netlink.Upstream {
				w.expect(p, "events", err, sockapi.EPERM)
				w.expect(p, "limits", limits, nil)
				return
			}
			w.expect(p, "events", err, nil)
			w.expect(p, "limits", limits, sockapi.EOPNOTSUPP)
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
	})
}

// TestClose wakes who reads, and leaves connections to themselves.
func TestClose(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(200_000, 3*unit.Second)
	woken := sim.Never
	s := w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
		w.wait(p, s, netlink.EventEstablished)
		_, err := s.Recv(p, true)
		w.expect(p, "closed", err, sockapi.EBADF)
		woken = p.Now()
		w.expect(p, "command", s.Remove(p, 0, 0), sockapi.EBADF)
		w.expect(p, "again", s.Close(), sockapi.EBADF)
	})
	w.process("closer", func(p *sim.Proc) {
		must(0, p.Sleep(unit.Second))
		must(0, s.Close())
	})
	w.Run(sim.Time(6 * unit.Second))
	w.Close()
	if woken != sim.Time(unit.Second) || w.dial.MPTCP().Info().BytesAcked < 500_000 {
		t.Errorf("woken at %s, %d octets acknowledged", woken, w.dial.MPTCP().Info().BytesAcked)
	}
}

// TestOtherManager: connections from before Attach are not user space's.
func TestOtherManager(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.traffic(200_000, 2*unit.Second)
		w.process("late", func(p *sim.Proc) {
			must(0, p.Sleep(unit.Second))
			s := must(netlink.Open(w.client, f, 0))
			token := w.dial.MPTCP().LocalToken()
			w.expect(p, "remove", s.Remove(p, token, 0), sockapi.EINVAL)
			w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{
				Local:  netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{Addr: w.remote[0], Port: port}}), sockapi.EINVAL)
			if _, err := s.RecvUntil(p, sim.Time(4*unit.Second)); err != sockapi.EAGAIN {
				t.Errorf("heard of it: %v", err)
			}
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
	})
}

// TestPlainHost has no such interface.
func TestPlainHost(t *testing.T) {
	w := newWorld(t, setting{plainServer: true})
	if _, err := netlink.Attach(w.server, netlink.Upstream); err != sockapi.EOPNOTSUPP {
		t.Errorf("attached: %v", err)
	}
}
