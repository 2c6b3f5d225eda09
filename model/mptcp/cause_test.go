package mptcp

import (
	"slices"
	"strings"
	"testing"

	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestCauses: why the client's second subflow ended, for each way in which one can.
func TestCauses(t *testing.T) {
	for _, x := range []struct {
		name string
		net  netConfig
		raw  bool // do opens it itself
		do   func(k *controlled, id uint32)
		want Cause
		code int // of the peer's MP_TCPRST; -1: none
	}{
		{name: "closed here", do: func(k *controlled, id uint32) { must(0, k.c.CloseSubflow(k.w.Now(), id, CloseReset)) },
			want: CauseLocal, code: -1},
		{name: "closed by a path manager", do: func(k *controlled, id uint32) {
			k.c.ManagePaths(k.w.Now(), func(p pm.Conn) { p.CloseSubflow(id) })
		}, want: CauseLocal, code: -1},
		{name: "FIN of the peer", do: func(k *controlled, id uint32) {
			must(0, k.s.CloseSubflow(k.w.Now(), 1, CloseWrite))
		}, want: CausePeerFIN, code: -1},
		{name: "RST of the peer", do: func(k *controlled, id uint32) {
			must(0, k.s.CloseSubflow(k.w.Now(), 1, CloseReset))
		}, want: CauseReset, code: int(wire.ResetUnspecified)},
		{name: "limit of the peer", net: netConfig{server: Config{MaxSubflows: 1}}, do: func(*controlled, uint32) {},
			want: CauseRefused, code: int(wire.ResetProhibited)},
		{name: "no answer to the SYN", raw: true, do: func(k *controlled, id uint32) {
			ch, sh := k.hosts()
			silence(k.testNet, ch, sh, 1)
			must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(1), Interface: -1}))
			k.run(300 * unit.Second)
		}, want: CauseTimeout, code: -1},
		{name: "ICMP", do: func(k *controlled, id uint32) { k.c.SubflowUnreachable(k.w.Now(), id) },
			want: CauseUnreachable, code: -1},
		{name: "REMOVE_ADDR", do: func(k *controlled, id uint32) { must(0, k.s.WithdrawAddress(k.w.Now(), 2)) },
			net: netConfig{serverAddrs: 1}, want: CauseRemoved, code: -1},
		{name: "REMOVE_ADDR, by FIN", do: func(k *controlled, id uint32) {
			must(0, k.s.WithdrawAddress(k.w.Now(), 2))
			k.taps = append(k.taps, func(now sim.Time, seg *wire.Segment, _ bool) {
				if seg.Flags&wire.RST != 0 {
					k.t.Fatalf("%v: RST", now)
				}
			})
		}, net: netConfig{serverAddrs: 1, client: Config{Policy: PathPolicy{RemoveByFIN: tcp.On}}}, want: CauseRemoved,
			code: -1},
		{name: "local address given up", do: func(k *controlled, id uint32) {
			must(0, k.c.RemoveLocal(k.w.Now(), k.address(1)))
		}, want: CauseLocalGone, code: int(wire.ResetUnspecified)}, // the peer resets it, being told REMOVE_ADDR
		{name: "interface down", net: netConfig{client: Config{PathManager: "fullmesh"}}, raw: true,
			do: func(k *controlled, id uint32) {
				k.run(unit.Second)
				k.testNet.client.SetInterface(k.w.Now(), 1, false)
			}, want: CauseLocalGone, code: -1},
		{name: "connection over", do: func(k *controlled, id uint32) {
			k.c.Close(k.w.Now())
			k.s.Close(k.w.Now())
		}, want: CauseOver, code: -1},
		{name: "connection aborted", do: func(k *controlled, id uint32) { k.c.Abort(k.w.Now()) }, want: CauseOver, code: -1},
		{name: "wrong HMAC", raw: true, do: func(k *controlled, id uint32) {
			k.taps = append(k.taps, func(_ sim.Time, seg *wire.Segment, fromClient bool) {
				if !fromClient && seg.Opts&wire.OptJoin != 0 && seg.Join.Form == wire.JoinSYNACK {
					seg.Join.HMAC[0] ^= 1
				}
			})
			must(k.c.OpenSubflow(k.w.Now(), SubflowRequest{Local: k.address(1), Interface: -1}))
		}, want: CauseProtocol, code: -1},
	} {
		t.Run(x.name, func(t *testing.T) {
			x.net.seed = 1
			k := control(t, x.net, 1000, 1000)
			id := uint32(1)
			if !x.raw {
				r := SubflowRequest{Local: k.address(1), Interface: -1}
				if x.net.serverAddrs > 0 {
					r.Remote = k.testNet.server.Addrs()[1]
				}
				id = must(k.c.OpenSubflow(k.w.Now(), r))
				k.run(unit.Second)
			}
			x.do(k, id)
			k.run(2 * unit.Second)
			i, _ := k.c.Subflow(id)
			if i.Attached || i.Cause != x.want || i.ResetGiven != (x.code >= 0) || i.ResetGiven && int(i.ResetReason) != x.code {
				t.Errorf("cause %v (%s), reset %v %d, attached %v; want %v, %d", i.Cause, i.Reason, i.ResetGiven,
					i.ResetReason, i.Attached, x.want, x.code)
			}
			n := 0
			for _, told := range k.told {
				if strings.HasPrefix(told, "subflow-closed 2") {
					n++
				}
			}
			if n != 1 {
				t.Errorf("told %q", k.told)
			}
		})
	}
}

// TestClosedEvent: what the application hears of the end of the connection, once.
func TestClosedEvent(t *testing.T) {
	for _, x := range []struct {
		name string
		do   func(k *controlled)
		want Cause
	}{
		{"in good order", func(k *controlled) { k.c.Close(k.w.Now()); k.s.Close(k.w.Now()) }, CauseNone},
		{"aborted", func(k *controlled) { k.c.Abort(k.w.Now()) }, CauseAborted},
		{"aborted by the peer", func(k *controlled) { k.s.Abort(k.w.Now()) }, CauseReset},
		{"no subflow", func(k *controlled) {
			must(0, k.c.CloseSubflow(k.w.Now(), 0, CloseReset))
			k.run(60 * unit.Second)
		}, CauseTimeout},
	} {
		k := control(t, netConfig{seed: 1}, 1000, 1000)
		var causes []Cause
		k.c.SetListener(func(_ sim.Time, e ConnEvent) {
			if e.Kind == EventClosed {
				causes = append(causes, e.Cause)
			}
		})
		x.do(k)
		k.run(5 * unit.Second)
		if !slices.Equal(causes, []Cause{x.want}) {
			t.Errorf("%s: %v, want %v", x.name, causes, x.want)
		}
	}
}

// TestFallbackEvents: a connection that turns out to be plain TCP says so; its only subflow goes on telling.
func TestFallbackEvents(t *testing.T) {
	k := control(t, netConfig{seed: 1, plainServer: true}, 0, 0)
	if !slices.Contains(k.told, "fell-back") || slices.Contains(k.told, "established") {
		t.Errorf("told %q", k.told)
	}
	k.client.keepOpen = false
	k.client.left = 100_000
	k.client.write(k.w.Now())
	k.server.s.CloseWrite(k.w.Now())
	k.run(5 * unit.Second)
	want := "closed"
	if got := strings.Join(k.told, ", "); !strings.Contains(got, want) || k.server.read != 100_000 {
		t.Errorf("told %q, %d octets", got, k.server.read)
	}
}

// TestLocalEvents: interfaces that go down and come up.
func TestLocalEvents(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 1000, 0)
	k.told = nil
	k.testNet.client.SetInterface(k.w.Now(), 1, false)
	k.testNet.client.SetInterface(k.w.Now(), 1, true)
	a := k.address(1).Netip().String()
	if want := []string{"local-down 2 " + a, "local-up 2 " + a}; !slices.Equal(k.told, want) {
		t.Errorf("told %q, want %q", k.told, want)
	}
}

// lastResort sends on the last view with room.
type lastResort struct{ picks int }

func (*lastResort) Name() string { return "last" }

func (l *lastResort) Pick(_ sim.Time, views []sched.View, want sched.Want) int {
	for i := len(views) - 1; i >= 0; i-- {
		if views[i].Usable && views[i].Room > 0 && !(want.Reinject && views[i].ID == want.From) {
			l.picks++
			return i
		}
	}
	return -1
}

// TestSetScheduler: a scheduler may be changed in the middle of a transfer.
func TestSetScheduler(t *testing.T) {
	k := control(t, netConfig{seed: 1}, 20_000_000, 0)
	k.open(1)
	k.run(2 * unit.Second)
	l := &lastResort{}
	k.c.SetScheduler(k.w.Now(), l)
	k.run(2 * unit.Second)
	if l.picks == 0 || k.c.Info().Scheduler != "last" {
		t.Errorf("%d picks, scheduler %s", l.picks, k.c.Info().Scheduler)
	}
	k.c.SetScheduler(k.w.Now(), must(sched.New("roundrobin")))
	picks := l.picks
	k.run(20 * unit.Second)
	if l.picks != picks || k.server.read != 20_000_000 {
		t.Errorf("%d picks after it was replaced, %d octets", l.picks-picks, k.server.read)
	}
}

// counted is a path manager without effect.
type counted struct{ events int }

func (*counted) Name() string { return "counted" }

func (m *counted) Handle(sim.Time, pm.Conn, pm.Event) { m.events++ }

// TestFactories: managers, schedulers and controllers without a name, for all connections of a host; nil
// goes back to the names.
func TestFactories(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	var managers []*counted
	var schedulers []*lastResort
	controllers := 0
	n.cs.SetManagers(func() pm.Manager { managers = append(managers, &counted{}); return managers[len(managers)-1] })
	n.cs.SetSchedulers(func() sched.Scheduler {
		schedulers = append(schedulers, &lastResort{})
		return schedulers[len(schedulers)-1]
	})
	n.ct.SetControllers(func() cc.Controller { controllers++; return must(cc.New("newreno")) })
	client, server := n.connect(100_000, 0)
	n.run(2 * unit.Second)
	c := client.s.(*Conn)
	i := c.Info()
	if server.read != 100_000 || i.PathManager != "counted" || i.Scheduler != "last" || controllers != 1 ||
		len(managers) != 1 || managers[0].events == 0 || len(schedulers) != 1 || schedulers[0].picks == 0 {
		t.Errorf("%d octets, %+v; %d controllers, managers %v, schedulers %v", server.read, i, controllers, managers,
			schedulers)
	}
	n.cs.SetManagers(nil)
	n.cs.SetSchedulers(nil)
	n.ct.SetControllers(nil)
	d := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
	if i := d.Info(); i.PathManager != "fullmesh" || i.Scheduler != "minrtt" || controllers != 1 {
		t.Errorf("%+v", i)
	}
	if got := d.Endpoint(0).Controller().Name(); got != n.ct.Config().Congestion {
		t.Errorf("congestion control %s", got)
	}
}
