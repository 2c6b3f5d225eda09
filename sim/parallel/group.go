package parallel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Mailbox is what a model does for one part of its world.
type Mailbox interface {
	// Gate returns the gate of the ring that brings messages from the given part, nil if there is none.
	Gate(from int) *Gate
	// Collect takes all that others have posted, releases its places, and arms the events that follow from
	// it. The thread that serves the part calls it.
	Collect()
	// Repost calls Repost of all rings that this part posts into.
	Repost()
}

// Group drives the parts of one world.
type Group struct {
	world   *sim.World
	members []*member

	unfinished atomic.Int32 // parts that have not got to the end of the present phase
	halt       atomic.Bool  // a part has failed or was stopped
	_          line
	floor      atomic.Int64 // no event of any part comes before it any more
	_          line
}

// member is one part as its thread sees it.
type member struct {
	g     *Group
	world *sim.World
	mail  Mailbox
	from  []source
	to    []*Gate
	least unit.Duration // the least lookahead of those that it receives from
	step  unit.Duration // the longest span handled before others are told

	next     sim.Time // no event is pending before it
	resting  bool     // its epoch says so
	idle     int      // turns in vain since the last one that was not
	finished bool
	failure  *sim.Failure

	public public
}

// source is a part that sends messages, and how long before they arrive.
type source struct {
	gate *Gate
	look sim.Time
}

// public is what others read of a part now and then.
type public struct {
	_     line
	epoch atomic.Uint64 // odd while it rests: nothing to do, and nothing posted that is not published
	rest  atomic.Int64  // no event is pending before it, while it rests
	_     line
}

// stepsPerLookahead is how often a part tells others its progress within one lookahead. Measured: 1 to 8 are
// equal, 16 is worse.
const stepsPerLookahead = 4

// patience is after how many turns in vain a part rests, and its thread looks whether all others do.
const patience = 32

// endOfTime is where Run(Never) ends: lookaheads can be added to it.
const endOfTime = sim.Never - 4*sim.Time(unit.Hour)

// New makes a group of the parts of w, in their order, and drives w.Run from now on. lookahead(i, j) is how
// long after an event of part i a message of it arrives in part j at the earliest; 0: it never sends any.
func New(w *sim.World, mail []Mailbox, lookahead func(i, j int) unit.Duration) (*Group, error) {
	parts := w.Parts()
	if len(mail) != len(parts) {
		return nil, fmt.Errorf("world of %d parts with %d mailboxes", len(parts), len(mail))
	}
	g := &Group{world: w}
	for i, p := range parts {
		m := &member{g: g, world: p, mail: mail[i], step: unit.Hour, least: unit.Hour}
		g.members = append(g.members, m)
	}
	for i, m := range g.members {
		for j, to := range g.members {
			look := lookahead(i, j)
			if i == j || look == 0 {
				continue
			}
			if look < 0 || look > 2*unit.Hour {
				return nil, fmt.Errorf("lookahead from part %d to part %d: %d ns is outside 0..2h", i, j, look)
			}
			gate := mail[j].Gate(i)
			if gate == nil {
				return nil, fmt.Errorf("part %d has no ring to part %d, and a lookahead of %d ns", i, j, look)
			}
			to.from = append(to.from, source{gate, sim.Time(look)})
			m.to = append(m.to, gate)
			to.least = min(to.least, look)
			m.step = min(m.step, look)
		}
	}
	for _, m := range g.members {
		m.step = max(m.step/stepsPerLookahead, 1)
	}
	w.SetDriver(g.drive)
	return g, nil
}

// drive handles all events up to and including until.
func (g *Group) drive(until sim.Time) {
	for {
		at := g.world.NextGlobal()
		end := min(until, endOfTime-1)
		last := at > end
		if !last {
			end = at - 1
		}
		if !g.phase(end) || last {
			return
		}
		g.world.RunGlobals(at)
	}
}

// phase handles all events up to and including end on as many threads as there are processors. It returns
// false if a part has stopped the world.
func (g *Group) phase(end sim.Time) bool {
	g.floor.Store(0)
	for _, m := range g.members {
		m.begin()
	}
	g.unfinished.Store(int32(len(g.members)))
	g.halt.Store(false)
	threads := min(len(g.members), runtime.GOMAXPROCS(0))
	var others sync.WaitGroup
	for i := range threads {
		t := &thread{g: g, end: end, alone: threads == 1}
		t.mine = g.members[i*len(g.members)/threads : (i+1)*len(g.members)/threads]
		if i < threads-1 {
			others.Go(t.serve)
		} else {
			t.serve()
		}
	}
	others.Wait()
	g.surface()
	g.settle()
	return !g.halt.Load()
}

// begin makes a member ready for a phase. Whoever ran the world, or a Global, may have armed events since.
func (m *member) begin() {
	m.next = m.world.Next()
	for _, g := range m.to {
		g.restart(m.world.Now())
	}
	m.stir()
	m.idle, m.finished = 0, false
}

// surface panics with the failure of the part that was least far.
func (g *Group) surface() {
	var first *sim.Failure
	for _, m := range g.members {
		if f := m.failure; f != nil && (first == nil || f.Now < first.Now) {
			first = f
		}
		m.failure = nil
	}
	if first != nil {
		panic(first)
	}
}

// settle collects what is still under way, so that between phases nothing is.
func (g *Group) settle() {
	for again := true; again; {
		again = false
		for _, m := range g.members {
			again = !m.publish(0) || again
		}
		for _, m := range g.members {
			m.mail.Collect()
		}
	}
}
