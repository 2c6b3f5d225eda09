package traffic_test

import (
	"testing"

	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

// What an idle connection costs, both ends together with all that belongs to them: endpoints, buffers,
// events, routes, the workload's own state. The bounds are a fifth above what was measured.
func TestIdleMemory(t *testing.T) {
	const flows = 400
	for _, c := range []struct {
		name  string
		tr    traffic.Transport
		limit int64 // octets
	}{
		{"tcp", traffic.Transport{Network: sockapi.TCP, Congestion: "newreno"}, 13500},
		{"mptcp, 1 subflow", traffic.Transport{Network: sockapi.MPTCP, Subflows: 1, Congestion: "lia"}, 19000},
		{"mptcp, 8 subflows", traffic.Transport{Network: sockapi.MPTCP, Subflows: 8, Congestion: "lia"}, 70000},
	} {
		w := star(21, 1, 1)
		// One round of answers, then a pause: each of 20 hosts is asked by the other.
		var groups []*traffic.Traffic
		for i := range flows / 20 {
			g := incast(c.tr, 20, 20000, 0)
			g.Name, g.Pause = string(rune('a'+i)), unit.Hour
			groups = append(groups, w.add(g))
		}
		before := heap()
		w.run(10 * unit.Second)
		each := (heap() - before) / flows
		t.Logf("%s: %d octets a connection", c.name, each)
		if each > c.limit {
			t.Errorf("%s: %d octets a connection, more than %d", c.name, each, c.limit)
		}
		for _, g := range groups {
			if s := g.Summary(w.Now()); s.Completed != 20 || g.Err() != nil {
				t.Fatalf("%s: %+v, %v", c.name, s, g.Err())
			}
		}
	}
}
