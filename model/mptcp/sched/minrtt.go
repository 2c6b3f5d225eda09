package sched

import "mpsim/sim"

// minRTT picks the lowest smoothed round-trip time with room.
type minRTT struct{}

// Name implements Scheduler.
func (*minRTT) Name() string { return "minrtt" }

// Picked implements Eager.
func (*minRTT) Picked(uint32) {}

// Pick implements Scheduler.
func (*minRTT) Pick(_ sim.Time, views []View, want Want) int {
	s := start(want)
	best := lowest(&s, views)
	if s.retry() {
		best = lowest(&s, views)
	}
	return best
}

func lowest(s *selection, views []View) int {
	best := -1
	for i := range views {
		v := &views[i]
		switch s.look(v) {
		case skip:
			continue
		case better:
			best = -1
		case member:
		}
		if v.Room > 0 && (best < 0 || sooner(v, &views[best])) {
			best = i
		}
	}
	return best
}

// sooner orders by SRTT, unmeasured last, then by ID.
func sooner(a, b *View) bool {
	if a.SRTT == b.SRTT {
		return a.ID < b.ID
	}
	return a.SRTT > 0 && (b.SRTT <= 0 || a.SRTT < b.SRTT)
}
