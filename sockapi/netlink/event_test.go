package netlink_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// TestEvents is the life of a connection as a daemon at each end sees it, in both families.
func TestEvents(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		var log [2]strings.Builder
		logTo := func(i int) func(p *sim.Proc, s *netlink.Socket) {
			return func(p *sim.Proc, s *netlink.Socket) {
				for {
					e, err := s.Recv(p, true)
					if err != nil {
						return
					}
					fmt.Fprintf(&log[i], "%s [%s]\n", e.Kind, e.Has)
				}
			}
		}
		cs := w.daemon(w.client, f, 0, logTo(0))
		ss := w.daemon(w.server, f, 0, logTo(1))
		w.traffic(200_000, 4*unit.Second)
		w.process("script", func(p *sim.Proc) {
			must(0, p.Sleep(500*ms))
			cc, sc := w.dial.MPTCP(), w.accepted.MPTCP()
			w.expect(p, "create", cs.CreateSubflow(p, cc.LocalToken(), netlink.Subflow{
				Local:  netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{Addr: w.remote[0], Port: port}}), nil)
			w.expect(p, "announce", ss.Announce(p, sc.LocalToken(), netlink.Address{ID: 9, Addr: w.remote[1]}), nil)
			must(0, p.Sleep(500*ms))
			w.expect(p, "remove", ss.Remove(p, sc.LocalToken(), 9), nil)
			i, _ := cc.Subflow(1)
			tu := netlink.Tuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort, RemotePort: i.RemotePort}
			if i.LocalID != 5 {
				t.Errorf("local ID %d, want that of the command, 5", i.LocalID)
			}
			w.expect(p, "priority", cs.SetPriority(p, cc.LocalToken(), tu, true), nil)
			must(0, p.Sleep(500*ms))
			w.expect(p, "destroy", cs.DestroySubflow(p, cc.LocalToken(), tu), nil)
		})
		w.Run(sim.Time(10 * unit.Second))
		w.Close()
		want := wanted[f]
		for i, name := range []string{"client", "server"} {
			if got := log[i].String(); got != want[i] {
				t.Errorf("%s heard\n%swant\n%s", name, got, want[i])
			}
		}
	})
}

const (
	subOld = "[token family loc_id rem_id saddr daddr sport dport backup if_idx]\n"
	subErr = "[token family loc_id rem_id saddr daddr sport dport backup error if_idx]\n"
	conNew = "[token family saddr daddr sport dport flags server_side]\n"
	subNew = "[token family loc_id rem_id saddr daddr sport dport backup]\n"
)

// wanted is what the client and the server hear, by family.
var wanted = map[netlink.Family][2]string{
	netlink.OutOfTree: {"created " + subOld + "established " + subOld +
		"announced [token family rem_id daddr dport]\n" + "subflow-established " + subOld +
		"removed [token rem_id]\n" + "subflow-closed " + subOld + "closed [token]\n",
		"created " + subOld + "established " + subOld + "subflow-established " + subOld +
			"subflow-priority " + subOld + "subflow-closed " + subErr + "closed [token]\n"},
	netlink.Upstream: {"created " + conNew + "established " + conNew +
		"announced [token family rem_id daddr dport]\n" + "subflow-established " + subNew +
		"removed [token rem_id]\n" + "subflow-closed " + subNew + "closed [token]\n",
		"listener-created [family saddr sport]\n" + "created " + conNew + "established " + conNew +
			"subflow-established " + subNew + "subflow-priority " + subNew + "subflow-closed " + subNew +
			"closed [token]\n"},
}

// stripper takes the DSS off the segments of an interface.
type stripper struct{}

// Packet implements link.Tap.
func (stripper) Packet(_ sim.Time, g *wire.Segment, _ bool) { g.Opts &^= wire.OptDSS }

// TestFallback: a connection that goes on as plain TCP is over for user space. The out-of-tree kernel says
// so, upstream does not; afterwards the token is unknown.
func TestFallback(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.at[0].SetTap(0, stripper{})
		w.at[1].SetTap(0, stripper{})
		w.traffic(200_000, 2*unit.Second)
		var heard []netlink.EventKind
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			s.Monitor(true)
			token := uint32(0)
			for {
				e, err := s.RecvUntil(p, sim.Time(unit.Second))
				if err != nil {
					break
				}
				heard, token = append(heard, e.Kind), e.Token
			}
			if !w.dial.MPTCP().Fallback() {
				t.Fatal("no fallback")
			}
			create, exist := error(sockapi.EINVAL), error(sockapi.EOPNOTSUPP)
			if f == netlink.OutOfTree {
				create, exist = sockapi.EBADR, sockapi.ENOTCONN
			}
			to := netlink.Address{Addr: w.remote[0], Port: port}
			w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{
				Local: netlink.Address{ID: 5, Addr: w.local[1]}, Remote: to}), create)
			w.expect(p, "exist", s.Exist(p, token), exist)
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
		want := []netlink.EventKind{netlink.EventCreated, netlink.EventFellBack}
		if f == netlink.OutOfTree {
			want = append(want, netlink.EventClosed)
		}
		if !slices.Equal(heard, want) {
			t.Errorf("heard %v, want %v", heard, want)
		}
	})
}

// TestPlainPeer: of a connection that never was MPTCP nothing is told.
func TestPlainPeer(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{plainServer: true})
		w.traffic(200_000, 2*unit.Second)
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			s.Monitor(true)
			if e, err := s.RecvUntil(p, sim.Time(4*unit.Second)); err != sockapi.EAGAIN {
				t.Errorf("heard %s, %v", e, err)
			}
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
	})
}

// TestReasons: what SUB_CLOSED says of the end of a subflow.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(w *world, s *mptcp.Conn)
		want sockapi.Errno
	}{
		{"reset by the peer", func(w *world, s *mptcp.Conn) {
			must(0, s.CloseSubflow(w.Now(), 1, mptcp.CloseReset))
		}, sockapi.ECONNRESET},
		{"closed by the peer", func(w *world, s *mptcp.Conn) {
			must(0, s.CloseSubflow(w.Now(), 1, mptcp.CloseBoth))
		}, 0},
		{"user timeout", func(w *world, s *mptcp.Conn) {
			w.dial.MPTCP().Endpoint(1).SetUserTimeout(w.Now(), 300*ms)
			w.at[0].SetInterface(w.Now(), 1, false)
		}, sockapi.ETIMEDOUT},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setting{})
			w.traffic(400_000, 8*unit.Second)
			w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
				token := w.wait(p, s, netlink.EventEstablished).Token
				must(0, p.Sleep(100*ms))
				w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{
					Local:  netlink.Address{ID: 5, Addr: w.local[1], IfIndex: 2},
					Remote: netlink.Address{Addr: w.remote[0], Port: port}}), nil)
				if e := w.wait(p, s, netlink.EventSubflowEstablished); e.IfIndex != 2 || !e.Has.Has(netlink.AttrIfIndex) {
					t.Errorf("interface of a bound subflow: %s", e)
				}
				must(0, p.Sleep(500*ms))
				c.end(w, w.accepted.MPTCP())
				e := w.wait(p, s, netlink.EventSubflowClosed)
				if e.Errno != c.want || e.Has.Has(netlink.AttrError) != (c.want != 0) {
					t.Errorf("%s, want %s", e, c.want.Name())
				}
			})
			w.Run(sim.Time(20 * unit.Second))
			w.Close()
		})
	}
}

// TestDestroyedOnce: an end that a command brought about is told once, though the subflow's TIME-WAIT ends
// much later.
func TestDestroyedOnce(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(200_000, 100*unit.Second)
	closed := 0
	w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
		token := w.wait(p, s, netlink.EventEstablished).Token
		w.expect(p, "create", s.CreateSubflow(p, token, netlink.Subflow{
			Local:  netlink.Address{ID: 5, Addr: w.local[1]},
			Remote: netlink.Address{Addr: w.remote[0], Port: port}}), nil)
		e := w.wait(p, s, netlink.EventSubflowEstablished)
		must(0, p.Sleep(500*ms))
		w.expect(p, "destroy", s.DestroySubflow(p, token, e.Tuple()), nil)
		for {
			e, err := s.RecvUntil(p, sim.Time(95*unit.Second))
			if err != nil {
				return
			}
			if e.Kind == netlink.EventSubflowClosed {
				closed++
			}
		}
	})
	w.Run(sim.Time(110 * unit.Second))
	w.Close()
	if closed != 1 {
		t.Errorf("told %d times", closed)
	}
}

// TestAnnouncedPort: of an announcement without port upstream tells that of the connection, the other
// family 0.
func TestAnnouncedPort(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.traffic(200_000, 2*unit.Second)
		w.daemon(w.client, f, 0, func(p *sim.Proc, s *netlink.Socket) {
			for _, want := range []uint16{0, 8080} {
				e := w.wait(p, s, netlink.EventAnnounced)
				if want == 0 && f == netlink.Upstream {
					want = port
				}
				if e.RemotePort != want || e.Remote != w.remote[1] || e.RemoteID != 9 {
					t.Errorf("%s, want port %d", e, want)
				}
			}
		})
		w.process("announce", func(p *sim.Proc) {
			must(0, p.Sleep(500*ms))
			must(w.accepted.MPTCP().AnnounceAddress(w.Now(), w.remote[1], 9, 0))
			must(0, p.Sleep(500*ms))
			must(w.accepted.MPTCP().AnnounceAddress(w.Now(), w.remote[1], 9, 8080))
		})
		w.Run(sim.Time(5 * unit.Second))
		w.Close()
	})
}
