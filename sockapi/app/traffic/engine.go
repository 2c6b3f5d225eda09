package traffic

import (
	"fmt"

	"mpsim/sim"
)

// Engine runs the groups of one world, cut into parts or not.
type Engine struct {
	parts  []*part
	groups []*Traffic
}

// part is what lives in one part of the world.
type part struct {
	w    *sim.World
	kind sim.Kind
	ends []ender
}

// ender is one host's end of a group: what has a component, an event and a digest of its own.
type ender interface {
	// fire is called when the end's event is due.
	fire(now sim.Time)
}

// firstPort is that of the first group, whose receivers listen on it.
const firstPort = 10000

// New returns an engine without groups.
func New() *Engine { return &Engine{} }

// Groups returns the groups in the order in which they were added.
func (e *Engine) Groups() []*Traffic { return e.groups }

// part returns the part that a world is, and registers its kind of events with the first use.
func (e *Engine) part(w *sim.World) *part {
	for _, p := range e.parts {
		if p.w == w {
			return p
		}
	}
	p := &part{w: w}
	p.kind = w.NewKind("traffic", func(now sim.Time, index uint32) { p.ends[index].fire(now) })
	e.parts = append(e.parts, p)
	return p
}

// end is what both ends of a group have in common.
type end struct {
	t         *Traffic
	w         *sim.World
	host      int32 // in the group
	component sim.Component
	event     sim.EventID
	hash      sim.Hash
	err       error // the first one
	fails     int64 // how many there were
}

// init makes the end's component and event. side is "send" or "receive".
func (e *end) init(t *Traffic, host int32, side string, self ender) {
	h := t.group.Hosts[host].API
	p := t.engine.part(h.World())
	e.t, e.w, e.host = t, p.w, host
	c := e.w.Component("traffic/" + t.group.Name + "/" + h.Name() + "/" + side)
	e.w.DigestOf(c, func() uint64 { return uint64(e.hash) })
	e.component = c
	e.event = e.w.NewEvent(p.kind, uint32(len(p.ends)), c)
	p.ends = append(p.ends, self)
}

// arm has fire called at the given time, or earlier if that was asked for.
func (e *end) arm(at sim.Time) {
	if at < e.w.ArmedAt(e.event) {
		e.w.Arm(e.event, at)
	}
}

// failed notes that a flow went wrong.
func (e *end) failed(err error, what string, args ...any) {
	if e.fails++; e.err == nil {
		e.err = fmt.Errorf("traffic %s: host %s: %s: %w", e.t.group.Name, e.t.group.Hosts[e.host].API.Name(),
			fmt.Sprintf(what, args...), err)
	}
}

// stream opens a random stream that only this host's end of the group draws from.
func (e *end) stream(purpose string) *sim.Stream {
	return e.w.Stream("traffic/" + e.t.group.Name + "/" + e.t.group.Hosts[e.host].API.Name() + "/" + purpose)
}
