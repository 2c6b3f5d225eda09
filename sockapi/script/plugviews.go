package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/model/mptcp/sched"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What a scripted scheduler sees: the subflows and what is to be sent, as values that live as long as the
// connection and are written anew before each call.

// timeAttr is a duration as the script reads it, boxed only when it has changed.
type timeAttr struct {
	d unit.Duration
	v starlark.Value
}

func (t *timeAttr) value(d unit.Duration) starlark.Value {
	if t.v == nil || t.d != d {
		t.d, t.v = d, Duration(d)
	}
	return t.v
}

// plugSubflow is one subflow. The value stays the same while the connection has the subflow; afterwards it
// keeps what it showed last.
type plugSubflow struct {
	view         sched.View
	index        int // in the views of the call under way; -1: gone
	state        *starlark.Dict
	srtt, rttvar timeAttr
}

// String implements starlark.Value.
func (f *plugSubflow) String() string { return fmt.Sprintf("subflow(%d)", f.view.ID) }

// Type implements starlark.Value.
func (f *plugSubflow) Type() string { return "subflow" }

// Freeze implements starlark.Value.
func (f *plugSubflow) Freeze() {}

// Truth implements starlark.Value.
func (f *plugSubflow) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (f *plugSubflow) Hash() (uint32, error) { return f.view.ID, nil }

// AttrNames implements starlark.HasAttrs.
func (f *plugSubflow) AttrNames() []string {
	return []string{"backup", "cwnd", "id", "inflight", "mss", "room", "rttvar", "srtt", "stale", "state", "usable"}
}

// Attr implements starlark.HasAttrs.
func (f *plugSubflow) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.MakeUint64(uint64(f.view.ID)), nil
	case "room":
		return starlark.MakeInt64(f.view.Room), nil
	case "srtt":
		return f.srtt.value(f.view.SRTT), nil
	case "rttvar":
		return f.rttvar.value(f.view.RTTVar), nil
	case "cwnd":
		return starlark.MakeInt64(f.view.Cwnd), nil
	case "inflight":
		return starlark.MakeInt64(f.view.InFlight), nil
	case "mss":
		return starlark.MakeInt64(f.view.MSS), nil
	case "backup":
		return starlark.Bool(f.view.Backup), nil
	case "stale":
		return starlark.Bool(f.view.Stale), nil
	case "usable":
		return starlark.Bool(f.index >= 0 && f.view.Usable), nil
	case "state":
		if f.state == nil {
			f.state = starlark.NewDict(0)
		}
		return f.state, nil
	}
	return nil, nil
}

// class is how willingly the subflow is used (RFC 8684 section 3.3.8, as package sched has it): the lower the
// better.
func (f *plugSubflow) class() int {
	class := 0
	if f.view.Backup {
		class++
	}
	if f.view.Stale {
		class += 2
	}
	return class
}

// plugList is a list of subflows that a script can read.
type plugList struct {
	list  []*plugSubflow
	iters [4]plugIterator // loops within loops; deeper ones allocate
}

// String implements starlark.Value.
func (l *plugList) String() string { return fmt.Sprintf("subflows(%d)", len(l.list)) }

// Type implements starlark.Value.
func (l *plugList) Type() string { return "subflows" }

// Freeze implements starlark.Value.
func (l *plugList) Freeze() {}

// Truth implements starlark.Value.
func (l *plugList) Truth() starlark.Bool { return len(l.list) > 0 }

// Hash implements starlark.Value.
func (l *plugList) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", l.Type()) }

// Len implements starlark.Sequence.
func (l *plugList) Len() int { return len(l.list) }

// Index implements starlark.Indexable.
func (l *plugList) Index(i int) starlark.Value { return l.list[i] }

// Iterate implements starlark.Iterable.
func (l *plugList) Iterate() starlark.Iterator {
	for i := range l.iters {
		if it := &l.iters[i]; it.of == nil {
			it.of, it.next = l, 0
			return it
		}
	}
	return &plugIterator{of: l}
}

type plugIterator struct {
	of   *plugList // nil: free
	next int
}

// Next implements starlark.Iterator.
func (it *plugIterator) Next(v *starlark.Value) bool {
	if it.next >= len(it.of.list) {
		return false
	}
	*v = it.of.list[it.next]
	it.next++
	return true
}

// Done implements starlark.Iterator.
func (it *plugIterator) Done() { it.of = nil }

// plugViews keeps the values of a connection's subflows.
type plugViews struct {
	slots  []*plugSubflow // as the views of the call
	known  []*plugSubflow // by age, those that are gone included for a while
	usable plugList
}

// renew takes the views of another call.
func (p *plugViews) renew(views []sched.View) {
	for _, f := range p.slots {
		f.index = -1
	}
	p.usable.list = p.usable.list[:0]
	for i := range views {
		v := &views[i]
		if i == len(p.slots) {
			p.slots = append(p.slots, p.find(v.ID))
		} else if p.slots[i].view.ID != v.ID {
			p.slots[i] = p.find(v.ID)
		}
		f := p.slots[i]
		f.view, f.index = *v, i
		if v.Usable {
			p.usable.list = append(p.usable.list, f)
		}
	}
	p.slots = p.slots[:len(views)]
	if len(p.known) > 2*len(views)+16 {
		p.forget()
	}
}

func (p *plugViews) find(id uint32) *plugSubflow {
	for _, f := range p.known {
		if f.view.ID == id {
			return f
		}
	}
	f := &plugSubflow{index: -1}
	f.view.ID = id
	p.known = append(p.known, f)
	return f
}

// forget drops the subflows that are gone.
func (p *plugViews) forget() {
	n := 0
	for _, f := range p.known {
		if f.index >= 0 {
			p.known[n] = f
			n++
		}
	}
	clear(p.known[n:])
	p.known = p.known[:n]
}

// plugWant is what is to be sent.
type plugWant struct {
	now        sim.Time
	want       sched.Want
	views      *plugViews
	candidates plugList
	fresh      bool // candidates are of this call
	state      *starlark.Dict
}

// String implements starlark.Value.
func (w *plugWant) String() string { return fmt.Sprintf("want(%d octets)", w.want.Unsent) }

// Type implements starlark.Value.
func (w *plugWant) Type() string { return "want" }

// Freeze implements starlark.Value.
func (w *plugWant) Freeze() {}

// Truth implements starlark.Value.
func (w *plugWant) Truth() starlark.Bool { return starlark.True }

// Hash implements starlark.Value.
func (w *plugWant) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: %s", w.Type()) }

// AttrNames implements starlark.HasAttrs.
func (w *plugWant) AttrNames() []string {
	return []string{"candidates", "now", "origin", "reinject", "state", "unsent", "window"}
}

// Attr implements starlark.HasAttrs.
func (w *plugWant) Attr(name string) (starlark.Value, error) {
	switch name {
	case "candidates":
		if !w.fresh {
			w.choose()
			w.fresh = true
		}
		return &w.candidates, nil
	case "unsent":
		return starlark.MakeInt64(w.want.Unsent), nil
	case "window":
		return starlark.MakeInt64(w.want.SendWindow), nil
	case "reinject":
		return starlark.Bool(w.want.Reinject), nil
	case "origin":
		if !w.want.Reinject {
			return starlark.None, nil
		}
		return starlark.MakeUint64(uint64(w.want.From)), nil
	case "now":
		return Duration(w.now), nil
	case "state":
		if w.state == nil {
			w.state = starlark.NewDict(0)
		}
		return w.state, nil
	}
	return nil, nil
}

// choose finds the subflows that RFC 8684 section 3.3.8 lets be used: the best class that has a member,
// without the one that carries the octets of a reinjection already, unless it is the only one.
func (w *plugWant) choose() {
	if !w.chooseFrom(w.want.Reinject) {
		w.chooseFrom(false)
	}
}

func (w *plugWant) chooseFrom(exclude bool) bool {
	list, best := w.candidates.list[:0], 0
	for _, f := range w.views.usable.list {
		if exclude && f.view.ID == w.want.From {
			continue
		}
		class := f.class()
		if len(list) > 0 && class > best {
			continue
		}
		if class < best {
			list = list[:0]
		}
		best = class
		list = append(list, f)
	}
	w.candidates.list = list
	return len(list) > 0
}
