package cc

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim/unit"
)

// total is cwnd_total (RFC 6356 section 3) from scratch.
func (g *Group) total() int64 {
	var total int64
	for _, f := range g.Flows {
		total += f.coupledWindow()
	}
	return total
}

// TestTotalIsKept: looking at touched flows alone gives the sum over all, with more flows than bits, too.
func TestTotalIsKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.SampledFrom([]int{1, 2, 8, 63, 64, 65, 130}).Draw(rt, "subflows")
		var flows []*Flow
		for range n {
			flows = append(flows, member(10, 20*unit.Millisecond))
		}
		g := siblings(flows...)
		for range rapid.IntRange(1, 40).Draw(rt, "events") {
			f := flows[rapid.IntRange(0, n-1).Draw(rt, "flow")]
			f.Touch()
			f.Cwnd = rapid.Int64Range(1, 1000).Draw(rt, "segments") * mss
			f.InRecovery = rapid.Bool().Draw(rt, "recovery")
			f.Established = rapid.Bool().Draw(rt, "established")
			if got := g.totalFor(f); got != g.total() {
				rt.Fatalf("total %d, want %d", got, g.total())
			}
			f.Ssthresh = rapid.Int64Range(1, 1000).Draw(rt, "threshold") * mss // later in the same event
			f.Touch()
		}
	})
}
