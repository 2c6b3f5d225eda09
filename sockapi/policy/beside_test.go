package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

// TestBesideApplication: the application opens, closes and ranks subflows of the connection that a policy
// works on. Every octet arrives, and the two do not undo each other's work in a loop.
func TestBesideApplication(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := rapid.SampledFrom([]func() policy.Policy{
			func() policy.Policy { return policy.Handover{} },
			func() policy.Policy { return &policy.Interactive{} },
			func() policy.Policy { return policy.Aggregate{} },
			func() policy.Policy { return policy.Primary{} },
		}).Draw(r, "policy")()
		w := newWorld(t, setting{})
		w.upload(rapid.IntRange(0, 1).Draw(r, "over"), x, 5_000, 50*ms, 20*unit.Second)
		commands := 0
		for at := 500 * ms; at < 20*unit.Second; {
			at += unit.Duration(rapid.IntRange(1, 2000).Draw(r, "wait")) * ms
			what, which := rapid.IntRange(0, 5).Draw(r, "what"), rapid.IntRange(0, 3).Draw(r, "which")
			commands++
			w.later(at, func(*sim.Proc) { w.command(what, which) })
		}
		w.Run(sim.Time(120 * unit.Second))
		w.Close()
		acked, _ := w.agent.Progress()
		c := w.agent.Socket().Conn()
		if acked < c.Sent() || c.Err() != nil || w.agent.Err() != nil {
			r.Fatalf("%d octets of %d acknowledged, %v, %v\n%s", acked, c.Sent(), c.Err(), w.agent.Err(), w.decisions())
		}
		if n := len(w.agent.Decisions()); n > 6*commands+20 {
			r.Fatalf("%d decisions beside %d commands\n%s", n, commands, w.decisions())
		}
	})
}

// command is one of the application's; it may be refused.
func (w *world) command(what, which int) {
	s := w.agent.Socket()
	ids, err := s.SubIDs()
	if err != nil || len(ids) == 0 {
		return
	}
	id := ids[which%len(ids)].ID
	switch what {
	case 0:
		var o sockapi.OpenRequest
		o.Local, o.Backup = w.local[which%2], which > 1
		_, _ = s.OpenSub(o)
	case 1:
		_ = s.CloseSub(id, sockapi.Reset)
	case 2:
		_ = s.CloseSub(id, sockapi.ShutWr)
	case 3:
		_ = s.CloseSub(id, sockapi.ShutRdWr)
	default:
		_ = s.SubPrio(id, what == 4)
	}
}

// TestAlone: a connection whose application has closed every subflow gets one again before it ends for want of
// them, however often that happens.
func TestAlone(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Aggregate{}, 2_000, 100*ms, 100*unit.Second)
	for _, at := range []unit.Duration{5, 16, 38, 79, 90} {
		w.later(at*unit.Second, func(*sim.Proc) {
			for _, x := range must(w.agent.Socket().SubIDs()) {
				must(0, w.agent.Socket().CloseSub(x.ID, sockapi.Reset))
			}
			must(0, w.agent.Socket().Conn().Err())
		})
	}
	w.finish(150 * unit.Second)
	if acked, _ := w.agent.Progress(); acked < w.agent.Socket().Conn().Sent() || w.agent.Err() != nil {
		t.Errorf("%d octets of %d acknowledged\n%s", acked, w.agent.Socket().Conn().Sent(), w.decisions())
	}
}
