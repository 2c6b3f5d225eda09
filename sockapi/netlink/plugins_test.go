package netlink_test

import (
	"fmt"
	"slices"
	"testing"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/netlink"
)

// serve runs plugins at a host.
func (w *world) serve(h *sockapi.Host, f netlink.Family, plugins ...*netlink.Plugin) *netlink.Socket {
	return w.daemon(h, f, 0, func(p *sim.Proc, s *netlink.Socket) {
		if err := netlink.Serve(p, s, plugins...); err != nil {
			w.t.Error(err)
		}
	})
}

// carry returns, for each of the client's addresses, how many octets have left there.
func (w *world) sent(i int) int64 { return w.at[0].Interface(i).Sent.Octets }

// paths lists the client's interfaces with a subflow that is established, in order of opening.
func (w *world) paths() []int {
	var all []int
	for _, i := range must(w.subs()) {
		all = append(all, w.at[0].InterfaceOf(i))
	}
	return all
}

func TestAdvertiseAndOnePerInterface(t *testing.T) {
	families(t, func(t *testing.T, f netlink.Family) {
		w := newWorld(t, setting{})
		w.traffic(2_000_000, 6*unit.Second)
		var heard []string
		log := &netlink.Plugin{Name: "log",
			NewAddress: func(_ *netlink.Connection, a netlink.Address) {
				heard = append(heard, fmt.Sprintf("new %v", a.Addr == w.remote[1]))
			},
			AddressRemoved: func(_ *netlink.Connection, id uint8) {
				heard = append(heard, fmt.Sprintf("removed %d", id))
			},
		}
		w.serve(w.client, f, netlink.OnePerInterface(), log)
		w.serve(w.server, f, netlink.Advertise())
		w.process("check", func(p *sim.Proc) {
			must(0, p.Sleep(2*unit.Second))
			if got := w.paths(); !slices.Equal(got, []int{0, 1, 2}) {
				t.Errorf("subflows over interfaces %v", got)
			}
			w.at[1].SetInterface(w.Now(), 1, false)
			must(0, p.Sleep(unit.Second))
			w.at[0].SetInterface(w.Now(), 1, false)
			must(0, p.Sleep(unit.Second))
			w.at[0].SetInterface(w.Now(), 1, true)
			must(0, p.Sleep(unit.Second))
			if got := w.paths(); !slices.Contains(got, 1) {
				t.Errorf("subflows over interfaces %v after it has come back", got)
			}
			// The application's own subflow beside that of the daemon is closed.
			n := len(w.paths())
			s := w.dial.MPTCP()
			must(s.OpenSubflow(w.Now(), subflowFrom(w.local[2])))
			must(0, p.Sleep(500*ms))
			if got := w.paths(); len(got) != n {
				t.Errorf("subflows over interfaces %v", got)
			}
		})
		w.Run(sim.Time(10 * unit.Second))
		w.Close()
		// The out-of-tree family does not tell who has accepted the connection, so that plugin does nothing there.
		want := []string{"new true", "removed 1"}
		if f == netlink.OutOfTree {
			want = nil
		}
		if !slices.Equal(heard, want) {
			t.Errorf("the client heard %q, want %q", heard, want)
		}
	})
}

// TestAnnouncedID: a join to an announced address has its ID at both ends, and ends with it.
func TestAnnouncedID(t *testing.T) {
	for _, early := range []bool{true, false} {
		w := newWorld(t, setting{})
		w.traffic(200_000, 4*unit.Second)
		w.daemon(w.server, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
			e := w.wait(p, s, netlink.EventEstablished)
			if !early {
				must(0, p.Sleep(500*ms))
			}
			w.expect(p, "announce", s.Announce(p, e.Token, netlink.Address{ID: 77, Addr: w.remote[1]}), nil)
			if e := w.wait(p, s, netlink.EventSubflowEstablished); e.LocalID != 77 {
				t.Errorf("the server's subflow has ID %d", e.LocalID)
			}
			must(0, p.Sleep(500*ms))
			w.expect(p, "remove", s.Remove(p, e.Token, 77), nil)
		})
		w.daemon(w.client, netlink.Upstream, 0, func(p *sim.Proc, s *netlink.Socket) {
			a := w.wait(p, s, netlink.EventAnnounced)
			must(0, p.Sleep(100*ms))
			w.expect(p, "create", s.CreateSubflow(p, a.Token, netlink.Subflow{
				Local:  netlink.Address{ID: 5, Addr: w.local[1]},
				Remote: netlink.Address{ID: a.RemoteID, Addr: a.Remote, Port: a.RemotePort}}), nil)
			if e := w.wait(p, s, netlink.EventSubflowEstablished); e.LocalID != 5 || e.RemoteID != 77 {
				t.Errorf("the client's subflow has IDs %d and %d", e.LocalID, e.RemoteID)
			}
			w.wait(p, s, netlink.EventSubflowClosed)
		})
		w.Run(sim.Time(6 * unit.Second))
		w.Close()
	}
}

// TestSubflowKeeper opens a subflow again one second after a RST, and later after a time-out.
func TestSubflowKeeper(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(2_000_000, 40*unit.Second)
	var opened []sim.Time
	log := &netlink.Plugin{NewSubflow: func(c *netlink.Connection, tu netlink.Tuple, _ netlink.Event) {
		if tu.Local == w.local[1] {
			opened = append(opened, c.Daemon().Now())
		}
	}}
	w.serve(w.client, netlink.Upstream, netlink.SubflowKeeper{}.Plugin(), log)
	w.process("nat", func(p *sim.Proc) {
		must(0, p.Sleep(3*unit.Second))
		for _, id := range must(w.ids(w.accepted, w.local[1])) {
			must(0, w.accepted.MPTCP().CloseSubflow(w.Now(), id, 3)) // RST
		}
		must(0, p.Sleep(5*unit.Second))
		for _, id := range must(w.ids(w.dial, w.local[1])) {
			w.dial.MPTCP().Endpoint(id).SetUserTimeout(w.Now(), 500*ms)
		}
		w.loss(1, 100)
		must(0, p.Sleep(3*unit.Second))
		w.loss(1, 0)
	})
	w.Run(sim.Time(40 * unit.Second))
	w.Close()
	if len(opened) != 3 {
		t.Fatalf("opened at %v, want three times", opened)
	}
	if d := opened[1].Sub(sim.Time(3 * unit.Second)); d < unit.Second || d > unit.Second+100*ms {
		t.Errorf("%s after the RST, want 1 s and two round trips", d)
	}
	if d := opened[2].Sub(sim.Time(8 * unit.Second)); d < 10*unit.Second || d > 12*unit.Second {
		t.Errorf("%s after the path was lost, want 10 s and the user timeout", d)
	}
}

// TestSmartBackup leaves a path of which nothing comes back once the RTO is above one second.
func TestSmartBackup(t *testing.T) {
	w := newWorld(t, setting{})
	w.traffic(200_000, 20*unit.Second)
	w.serve(w.client, netlink.OutOfTree, netlink.SmartBackup{}.Plugin())
	var before, after int64
	w.process("lose", func(p *sim.Proc) {
		must(0, p.Sleep(3*unit.Second))
		before = w.sent(1)
		w.loss(0, 100)
		must(0, p.Sleep(2*unit.Second))
		after = w.sent(1)
	})
	w.Run(sim.Time(25 * unit.Second))
	w.Close()
	if before != 0 || after < 10_000 || w.dial.MPTCP().Info().BytesAcked < 3_000_000 {
		t.Errorf("octets over the second path: %d, then %d; %d acknowledged", before, after,
			w.dial.MPTCP().Info().BytesAcked)
	}
}

// TestPluginCallbacks: every callback of the table, with the handle as it is then.
func TestPluginCallbacks(t *testing.T) {
	w := newWorld(t, setting{})
	var log []string
	say := func(format string, a ...any) { log = append(log, fmt.Sprintf(format, a...)) }
	state := func(c *netlink.Connection) string {
		return fmt.Sprintf("server %t established %t closed %t subflows %d remotes %d", c.ServerSide(),
			c.Established(), c.Closed(), len(c.Subflows()), len(c.Remotes()))
	}
	x := &netlink.Plugin{
		Start:         func(d *netlink.Daemon) { say("start, %d addresses", len(d.Addresses())) },
		NewConnection: func(c *netlink.Connection, _ netlink.Event) { say("new: %s", state(c)) },
		ConnectionEstablished: func(c *netlink.Connection, _ netlink.Event) {
			say("established: %s", state(c))
			w.expect(c.Daemon().Proc(), "add", c.AddSubflow(w.local[1], c.Peer(), true), nil)
		},
		ConnectionClosed: func(c *netlink.Connection) { say("closed: %s", state(c)) },
		NewAddress:       func(c *netlink.Connection, a netlink.Address) { say("address %d: %s", a.ID, state(c)) },
		AddressRemoved:   func(c *netlink.Connection, id uint8) { say("removed %d: %s", id, state(c)) },
		NewSubflow: func(c *netlink.Connection, tu netlink.Tuple, e netlink.Event) {
			say("subflow backup %t: %s", e.Backup, state(c))
			w.expect(c.Daemon().Proc(), "backup", c.SetBackup(tu, false), nil)
		},
		SubflowClosed: func(c *netlink.Connection, _ netlink.Tuple, e netlink.Event) {
			say("subflow closed, error %t: %s", e.Errno != 0, state(c))
		},
		SubflowPriority: func(c *netlink.Connection, _ netlink.Tuple, e netlink.Event) {
			say("priority, backup %t: %s", e.Backup, state(c))
		},
		Timeout: func(c *netlink.Connection, _ netlink.Tuple, rto unit.Duration, backoff int) {
			if backoff == 1 {
				say("timeout, RTO above 200 ms: %t", rto > 200*ms)
			}
		},
		SubflowStale:       func(c *netlink.Connection, _ netlink.Tuple, _ netlink.Event) { say("stale") },
		SubflowRecovered:   func(c *netlink.Connection, _ netlink.Tuple, _ netlink.Event) { say("recovered") },
		NewLocalAddress:    func(_ *netlink.Daemon, a netlink.LocalAddress) { say("up %d", a.IfIndex) },
		DeleteLocalAddress: func(_ *netlink.Daemon, a netlink.LocalAddress) { say("down %d", a.IfIndex) },
	}
	w.serve(w.client, netlink.Upstream, x)
	listen := &netlink.Plugin{
		ListenerCreated: func(*netlink.Daemon, wireAddr, uint16) { say("listening") },
		ListenerClosed:  func(*netlink.Daemon, wireAddr, uint16) { say("no longer") },
		FellBack:        func(*netlink.Connection) { say("fell back") },
	}
	w.serve(w.server, netlink.Upstream, listen)
	w.traffic(200_000, 4*unit.Second)
	w.process("story", func(p *sim.Proc) {
		must(0, p.Sleep(unit.Second))
		s := w.accepted.MPTCP()
		must(s.AnnounceAddress(w.Now(), w.remote[1], 9, 0))
		must(0, p.Sleep(100*ms))
		must(0, s.WithdrawAddress(w.Now(), 9))
		must(0, s.PrioritiseSubflow(w.Now(), 1, true))
		must(0, p.Sleep(100*ms))
		must(0, s.CloseSubflow(w.Now(), 1, 3))
		must(0, p.Sleep(100*ms))
		w.at[0].SetInterface(w.Now(), 2, false)
		must(0, p.Sleep(100*ms))
		w.at[0].SetInterface(w.Now(), 2, true)
		w.loss(0, 100)
		must(0, p.Sleep(2000*ms))
		w.loss(0, 0)
	})
	w.Run(sim.Time(20 * unit.Second))
	w.Close()
	want := []string{
		"start, 3 addresses",
		"listening",
		"new: server false established false closed false subflows 1 remotes 0",
		"established: server false established true closed false subflows 1 remotes 0",
		"subflow backup true: server false established true closed false subflows 2 remotes 0",
		"address 9: server false established true closed false subflows 2 remotes 1",
		"removed 9: server false established true closed false subflows 2 remotes 0",
		"priority, backup true: server false established true closed false subflows 2 remotes 0",
		"subflow closed, error true: server false established true closed false subflows 1 remotes 0",
		"down 3", "up 3",
		"timeout, RTO above 200 ms: true",
		"stale", "recovered",
		"closed: server false established false closed true subflows 1 remotes 0",
	}
	if !slices.Equal(log, want) {
		t.Errorf("log:")
		for i := range max(len(log), len(want)) {
			got, exp := "", ""
			if i < len(log) {
				got = log[i]
			}
			if i < len(want) {
				exp = want[i]
			}
			t.Errorf("%t\n  got  %s\n  want %s", got == exp, got, exp)
		}
	}
}

// loss sets the loss of both directions of one of the client's paths, in percent.
func (w *world) loss(path int, percent uint64) {
	for _, id := range w.links[path] {
		if err := w.net.SetLoss(id, link.Loss{Ratio: unit.Ratio{Num: percent, Den: 100}}); err != nil {
			panic(err)
		}
	}
}

// TestTimers come in the order of their times, and of the calls.
func TestTimers(t *testing.T) {
	w := newWorld(t, setting{})
	got := ""
	w.serve(w.client, netlink.Upstream, &netlink.Plugin{Start: func(d *netlink.Daemon) {
		for _, x := range []struct {
			after unit.Duration
			name  string
		}{{2 * unit.Second, "c"}, {unit.Second, "a"}, {unit.Second, "b"}, {3 * unit.Second, "d"}} {
			d.After(x.after, func() { got += fmt.Sprintf("%s%.0f ", x.name, float64(d.Now())/1e9) })
		}
	}})
	w.Run(sim.Time(5 * unit.Second))
	w.Close()
	if want := "a1 b1 c2 d3 "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
