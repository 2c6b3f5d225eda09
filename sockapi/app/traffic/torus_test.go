package traffic_test

import (
	"testing"

	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

// Where some pairs of interfaces have no way between them, subflows use the others, and all that were asked
// for open.
func TestUnreachablePairs(t *testing.T) {
	w := apart(6)
	g := w.add(traffic.Group{
		Name: "pairs", Matrix: traffic.Matrix{Kind: traffic.Halves},
		Transport: traffic.Transport{Network: sockapi.MPTCP, Subflows: 4, Congestion: "lia"},
	})
	w.run(2 * unit.Second)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	for i, f := range g.Flows() {
		if f.Subflows != 4 || f.Received*8 < 2*130_000_000 {
			t.Errorf("flow %d: %d subflows, %d bits in 2 s over two links", i, f.Subflows, f.Received*8)
		}
	}
}
