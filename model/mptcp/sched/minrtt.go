package sched

import (
	"cmp"

	"mpsim/sim"
)

// minRTT picks the lowest smoothed round-trip time with room.
type minRTT struct{}

// Name implements Scheduler.
func (minRTT) Name() string { return "minrtt" }

// Pick implements Scheduler.
func (minRTT) Pick(_ sim.Time, views []View, want Want) int {
	s := selectFrom(views, want)
	best := -1
	for i := range views {
		if s.allows(&views[i]) && (best < 0 || sooner(&views[i], &views[best])) {
			best = i
		}
	}
	return best
}

// sooner orders by SRTT, unmeasured last, then by ID.
func sooner(a, b *View) bool {
	if (a.SRTT > 0) != (b.SRTT > 0) {
		return a.SRTT > 0
	}
	if c := cmp.Compare(a.SRTT, b.SRTT); c != 0 {
		return c < 0
	}
	return a.ID < b.ID
}
