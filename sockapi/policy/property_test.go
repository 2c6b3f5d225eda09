package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/policy"
)

// TestAnyTrouble takes paths down and up and lets them lose, under any policy: once they are well for a
// while, the upload comes to its end, and no policy opens subflows in a loop.
func TestAnyTrouble(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := rapid.SampledFrom([]func() policy.Policy{
			func() policy.Policy { return policy.Handover{} },
			func() policy.Policy { return &policy.Interactive{} },
			func() policy.Policy { return policy.Aggregate{} },
			func() policy.Policy { return policy.Primary{PathMaxRxt: 2, HBInterval: 3 * unit.Second} },
			func() policy.Policy { return policy.Intents{Resilience: policy.Sensitive}.Policy() },
			func() policy.Policy { return policy.Intents{Bitrate: 100_000}.Policy() },
		}).Draw(r, "policy")()
		w := newWorld(t, setting{})
		w.upload(rapid.IntRange(0, 1).Draw(r, "over"), x, 5_000, 50*ms, 20*unit.Second)
		for at := 500 * ms; at < 20*unit.Second; {
			at += unit.Duration(rapid.IntRange(1, 4000).Draw(r, "wait")) * ms
			path, percent := rapid.IntRange(0, 1).Draw(r, "path"), uint64(0)
			up := rapid.Bool().Draw(r, "up")
			if rapid.Bool().Draw(r, "lossy") {
				percent = rapid.Uint64Range(0, 100).Draw(r, "loss")
			}
			w.later(at, func(*sim.Proc) { w.at.SetInterface(w.Now(), path, up); w.loss(path, percent) })
		}
		w.later(25*unit.Second, func(*sim.Proc) {
			for path := range 2 {
				w.loss(path, 0)
				w.at.SetInterface(w.Now(), path, true)
			}
		})
		w.Run(sim.Time(150 * unit.Second))
		w.Close()
		acked, _ := w.agent.Progress()
		c := w.agent.Socket().Conn()
		if acked < c.Sent() && c.Err() == nil {
			r.Fatalf("%d octets of %d acknowledged\n%s", acked, c.Sent(), w.decisions())
		}
		if n := w.opened(wifi) + w.opened(lte); n > 60 {
			r.Fatalf("%d subflows opened\n%s", n, w.decisions())
		}
	})
}
