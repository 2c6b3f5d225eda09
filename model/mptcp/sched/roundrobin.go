package sched

import "mpsim/sim"

// roundRobin gives each subflow with room one segment in turn.
type roundRobin struct {
	last   uint32 // ID picked last
	picked bool   // last is valid
}

// Name implements Scheduler.
func (*roundRobin) Name() string { return "roundrobin" }

// Pick implements Scheduler. The cursor is an ID, not an index, so that subflows may come and go.
func (r *roundRobin) Pick(_ sim.Time, views []View, want Want) int {
	s := selectFrom(views, want)
	next, first := -1, -1 // lowest ID after the cursor, lowest ID of all
	for i := range views {
		v := &views[i]
		if !s.allows(v) {
			continue
		}
		if first < 0 || v.ID < views[first].ID {
			first = i
		}
		if r.picked && v.ID > r.last && (next < 0 || v.ID < views[next].ID) {
			next = i
		}
	}
	if next < 0 {
		next = first
	}
	if next >= 0 {
		r.last, r.picked = views[next].ID, true
	}
	return next
}
