package sched

import "mpsim/sim"

// roundRobin gives each subflow with room one segment in turn.
type roundRobin struct {
	last   uint32 // ID picked last
	picked bool   // last is valid
}

// Name implements Scheduler.
func (*roundRobin) Name() string { return "roundrobin" }

// Picked implements Eager.
func (r *roundRobin) Picked(id uint32) { r.last, r.picked = id, true }

// Pick implements Scheduler. The cursor is an ID, not an index, so that subflows may come and go.
func (r *roundRobin) Pick(_ sim.Time, views []View, want Want) int {
	s := start(want)
	next := r.following(&s, views)
	if s.retry() {
		next = r.following(&s, views)
	}
	if next >= 0 {
		r.last, r.picked = views[next].ID, true
	}
	return next
}

func (r *roundRobin) following(s *selection, views []View) int {
	next := -1
	for i := range views {
		v := &views[i]
		switch s.look(v) {
		case skip:
			continue
		case better:
			next = -1
		case member:
		}
		if v.Room > 0 && (next < 0 || r.turn(v.ID) < r.turn(views[next].ID)) {
			next = i
		}
	}
	return next
}

// turn is how far the ID is from having its turn: those above the cursor come first, then from 0.
func (r *roundRobin) turn(id uint32) uint32 {
	if !r.picked {
		return id
	}
	return id - r.last - 1
}
