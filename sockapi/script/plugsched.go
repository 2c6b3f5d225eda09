package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"mpsim/model/mptcp/sched"
	"mpsim/sim"
)

// A script that is a packet scheduler.

// Scheduler returns a factory of packet schedulers for the connections of one host. The script defines
//
//	def pick(subflows, want):
//
// and returns the subflow that carries the next segment, its index in subflows, or None to send nothing now.
// To pick a subflow without room is to wait for it. It may return a list of them: the first that has room
// carries the segment, and the others that have room carry a copy. It is called each time that some subflow
// can send and data waits.
//
// subflows are those that are usable, in order of their opening. Each has id, srtt (0: not measured), rttvar,
// cwnd, inflight, room (octets that it may send now), mss, backup, stale, usable, and state, a dict of the
// script's own. want has unsent and window (octets that wait, and that the peer still admits), now, state (a
// dict of the connection), reinject and origin (these octets were sent before on the subflow of that id, and
// are to go out on another; else None), and candidates: the subflows that RFC 8684 section 3.3.8 lets be
// used, which are the regular ones, or else the backups, without the origin of a reinjection.
//
// A script that sets eager = True promises that pick neither waits nor keeps state: it is not asked then
// where a single regular subflow has room.
//
// After an error the connection goes on with the scheduler minrtt. Scheduler fails if the script does not
// define pick with two parameters, or if its top level fails.
func Scheduler(prog *Program, c PlugConfig) (func() sched.Scheduler, error) {
	p, err := newPlug(prog, "a scheduler", c)
	if err != nil {
		return nil, err
	}
	pick, err := p.function("pick(subflows, want)", true)
	if err != nil {
		return nil, err
	}
	eager, err := p.flag("eager")
	if err != nil {
		return nil, err
	}
	return func() sched.Scheduler {
		s := &scheduler{plug: p, pick: pick}
		s.want.views = &s.views
		s.args = starlark.Tuple{&s.views.usable, &s.want}
		if eager {
			return &eagerScheduler{s}
		}
		return s
	}, nil
}

// scheduler is the scheduler of one connection.
type scheduler struct {
	plug    *plug
	pick    *starlark.Function
	args    starlark.Tuple // of every call
	views   plugViews
	want    plugWant
	count   kept
	copies  []int           // places in views that carry copies of what was picked last
	instead sched.Scheduler // after an error
}

// eagerScheduler is one that need not be asked where there is no choice.
type eagerScheduler struct{ *scheduler }

// Picked implements sched.Eager.
func (*eagerScheduler) Picked(uint32) {}

// Name implements sched.Scheduler.
func (s *scheduler) Name() string { return s.plug.title }

func (s *scheduler) kept() *kept { return &s.count }

func (s *scheduler) eachState(f func(s *starlark.Dict) error) error {
	for _, x := range s.views.known {
		if err := f(x.state); err != nil {
			return err
		}
	}
	return f(s.want.state)
}

// Copies implements sched.Copier.
func (s *scheduler) Copies() []int { return s.copies }

// Pick implements sched.Scheduler.
func (s *scheduler) Pick(now sim.Time, views []sched.View, want sched.Want) int {
	s.copies = s.copies[:0]
	if s.instead != nil {
		return s.instead.Pick(now, views, want)
	}
	s.views.renew(views)
	if len(s.views.usable.list) == 0 {
		return -1
	}
	s.want.now, s.want.want, s.want.fresh = now, want, false
	v, err := s.plug.call(now, s, s.pick, s.args)
	var f *plugSubflow
	if err == nil {
		f, err = s.chosen(v)
	}
	if err != nil {
		s.copies = s.copies[:0]
		s.plug.failed(s.pick, err)
		s.instead, _ = sched.New("minrtt")
		return s.instead.Pick(now, views, want)
	}
	if f == nil || f.view.Room <= 0 {
		return -1
	}
	return f.index
}

// chosen understands what pick has returned, a list or one subflow.
func (s *scheduler) chosen(v starlark.Value) (*plugSubflow, error) {
	many, ok := v.(starlark.Indexable)
	if _, text := v.(starlark.String); !ok || text {
		return s.picked(v)
	}
	if n := many.Len(); n > maxPicked {
		return nil, fmt.Errorf("pick returned a %s of %d: more than %d", v.Type(), n, maxPicked)
	}
	var first *plugSubflow
	for i := range many.Len() {
		f, err := s.picked(many.Index(i))
		if err != nil {
			return nil, err
		}
		switch {
		case f == nil || f.view.Room <= 0:
		case f == first || slices.Contains(s.copies, f.index): // named twice
		case first == nil:
			first = f
		default:
			s.copies = append(s.copies, f.index)
		}
	}
	return first, nil
}

// maxPicked is the longest list that pick may return.
const maxPicked = 1000

// picked understands one subflow that pick has returned.
func (s *scheduler) picked(v starlark.Value) (*plugSubflow, error) {
	list := s.views.usable.list
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case *plugSubflow:
		if v.index < 0 || !v.view.Usable || v.index >= len(s.views.slots) || s.views.slots[v.index] != v {
			return nil, fmt.Errorf("pick returned subflow %d, which is gone or another connection's: return one of subflows",
				v.view.ID)
		}
		return v, nil
	case starlark.Int:
		if i, ok := v.Int64(); ok && i >= 0 && i < int64(len(list)) {
			return list[i], nil
		}
		return nil, fmt.Errorf("pick returned %v: an index must be 0..%d (or return the subflow, or None)", v, len(list)-1)
	}
	return nil, fmt.Errorf("pick returned %s: return one of subflows, its index, or None", shown(v))
}
