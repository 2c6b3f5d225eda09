package policy_test

import (
	"errors"
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

// TestApplyErrors are the sockets that no policy can be applied to.
func TestApplyErrors(t *testing.T) {
	w := newWorld(t, setting{})
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		closed := w.phone.Socket(sockapi.MPTCP)
		must(0, closed.Close())
		for _, c := range []struct {
			name  string
			s     *sockapi.Socket
			paths []policy.Path
			want  error
		}{
			{"plain TCP", w.phone.Socket(sockapi.TCP), nil, sockapi.EOPNOTSUPP},
			{"closed", closed, nil, sockapi.EBADF},
			{"address of another", w.phone.Socket(sockapi.MPTCP), []policy.Path{{Local: w.remote}}, sockapi.EINVAL},
		} {
			if _, err := policy.Apply(p, w.phone, c.s, policy.Handover{}, c.paths...); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
	})
	w.finish(unit.Second)
}

// TestApplyLate takes over a connection that has been open for a while.
func TestApplyLate(t *testing.T) {
	w := newWorld(t, setting{})
	w.serve()
	w.Go(w.Component("app"), "app", func(p *sim.Proc) {
		s := w.phone.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.local[wifi], w.remote, port, true))
		must(s.Conn().Transmit(p, 100_000))
		must(0, p.Sleep(unit.Second))
		w.agent = must(policy.Apply(p, w.phone, s, policy.Aggregate{}))
		must(0, p.Sleep(unit.Second))
		if n := len(must(s.SubIDs())); n != 2 {
			t.Errorf("%d subflows, want 2", n)
		}
		if w.agent.Over() {
			t.Error("agent over before its connection")
		}
		_ = s.Close()
	})
	w.finish(10 * unit.Second)
	if !w.agent.Over() || w.agent.Err() != nil {
		t.Errorf("agent over: %t, %v", w.agent.Over(), w.agent.Err())
	}
}

// TestStop leaves the subflows as they are.
func TestStop(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Handover{}, 20_000, 100*ms, 8*unit.Second)
	w.later(2*unit.Second, func(*sim.Proc) { w.agent.Stop() })
	w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
	w.later(4*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, true) })
	w.finish(12 * unit.Second)
	if n := len(w.agent.Decisions()); n != 0 {
		t.Errorf("decisions after Stop\n%s", w.decisions())
	}
}

// TestRetries are few on a path whose joins are never answered, and soon on one that refuses them.
func TestRetries(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Aggregate{}, 2_000, 100*ms, 300*unit.Second)
	w.loss(lte, 100)
	w.finish(300 * unit.Second)
	// Linux gives a SYN up after 67 s (four retries at intervals of 1 s, two that double); then the waits of
	// the agent.
	if n := w.opened(lte); n < 2 || n > 5 {
		t.Errorf("LTE tried %d times in 300 s\n%s", n, w.decisions())
	}
}

// TestDeterminism: the same world twice.
func TestDeterminism(t *testing.T) {
	run := func() (string, string) {
		w := newWorld(t, setting{})
		w.upload(wifi, &policy.Interactive{}, 2_000, 50*ms, 20*unit.Second)
		w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 10) })
		w.Run(sim.Time(30 * unit.Second))
		d := w.Digest()
		w.Close()
		return d, w.decisions()
	}
	d1, l1 := run()
	d2, l2 := run()
	if d1 != d2 || l1 != l2 || l1 == "" {
		t.Errorf("digests %s and %s, decisions\n%sand\n%s", d1, d2, l1, l2)
	}
}

// TestBackOff: a path that refuses is tried again after 1, 2, 4, 8 and then each 16 seconds.
func TestBackOff(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Aggregate{}, 2_000, 100*ms, 60*unit.Second)
	w.later(20*ms, func(*sim.Proc) { w.server.MPTCP().Unlisten(wire.Addr{}, port) })
	w.finish(60 * unit.Second)
	var at []sim.Time
	for _, d := range w.agent.Decisions() {
		if d.Action == policy.Open {
			at = append(at, d.At)
		}
	}
	for i, want := range []int64{1, 2, 4, 8, 16, 16} {
		if i+1 >= len(at) {
			t.Fatalf("tried %d times\n%s", len(at), w.decisions())
		}
		least := unit.Duration(want) * unit.Second
		if got := at[i+1].Sub(at[i]); got < least || got > least+100*ms {
			t.Errorf("try %d %s after the one before, want %d s", i+2, got, want)
		}
	}
}

// TestUpClears: a path whose address comes up is tried at once, whatever it did before.
func TestUpClears(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Handover{Retry: 100 * unit.Second}, 20_000, 100*ms, 20*unit.Second)
	w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 100) })
	w.later(8*unit.Second, func(*sim.Proc) { w.loss(wifi, 0); w.at.SetInterface(w.Now(), wifi, false) })
	w.later(9*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, true) })
	w.finish(25 * unit.Second)
	want := "4.78s failed path 0 (RTO 1.918317392s)\n4.78s open path 1\n4.90s close path 0 (failed)\n" +
		"9.00s open path 0\n9.04s close path 1 (not used)\n"
	if got := w.decisions(); got != want {
		t.Errorf("decisions\n%swant\n%s", got, want)
	}
}

// TestOtherAPIs: with the interface of the drafts' kernel policies work but for priorities; with that of
// upstream Linux they end.
func TestOtherAPIs(t *testing.T) {
	for _, c := range []struct {
		api  sockapi.API
		x    policy.Policy
		want string
	}{
		{sockapi.APILinuxFork, policy.Handover{}, "3.00s open path 1\n3.12s close path 0 (failed)\n"},
		{sockapi.APILinuxFork, policy.Primary{}, "0.04s open path 1 backup\n" +
			"0.04s rank path 1 backup: protocol option not available (ENOPROTOOPT)\n3.00s close path 0 (failed)\n"},
		{sockapi.APIUpstream, policy.Handover{}, ""},
	} {
		w := newWorld(t, setting{})
		w.phone.SetAPI(c.api)
		w.upload(wifi, c.x, 20_000, 100*ms, 8*unit.Second)
		w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
		w.finish(12 * unit.Second)
		if got := w.decisions(); got != c.want {
			t.Errorf("%s, %s: decisions\n%swant\n%s", c.api, c.x.Name(), got, c.want)
		}
	}
}

// TestCalm: the wait before a failed path is tried again doubles, and begins anew once the path has worked for
// more than a minute.
func TestCalm(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Aggregate{}, 2_000, 100*ms, 150*unit.Second)
	for _, at := range []unit.Duration{5, 20, 105} { // works since 0, 15 and 40 s
		w.later(at*unit.Second, func(*sim.Proc) {
			s := w.agent.Socket()
			for _, x := range must(s.SubIDs()) {
				if tuple := must(s.SubTuple(x.ID)); w.pathOf(tuple.Local) == lte {
					must(0, s.CloseSub(x.ID, sockapi.Reset))
				}
			}
		})
	}
	w.finish(150 * unit.Second)
	var at []int64
	for _, d := range w.agent.Decisions() {
		if d.Action == policy.Open {
			at = append(at, int64(d.At)/int64(unit.Second))
		}
	}
	if want := []int64{0, 15, 40, 115}; !slices.Equal(at, want) {
		t.Errorf("opened at %v s, want %v\n%s", at, want, w.decisions())
	}
}
