package build

import (
	"slices"

	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// latencies writes order statistics of request latencies: the smallest sample that at least the
// given share of the samples do not exceed; null without samples.
func latencies(r *trace.Record, all []unit.Duration) {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	for _, q := range []struct {
		key     string
		percent int
	}{{"latency_p50_ns", 50}, {"latency_p95_ns", 95}, {"latency_p99_ns", 99}, {"latency_max_ns", 100}} {
		if len(sorted) == 0 {
			r.Null(q.key)
			continue
		}
		rank := (len(sorted)*q.percent + 99) / 100
		r.Int(q.key, int64(sorted[max(rank, 1)-1]))
	}
}
