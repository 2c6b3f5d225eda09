package link

import (
	"fmt"
	"math"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Change is one line of a link's timetable: at At the quantities that are not nil take new values. With
// Over they move there linearly in equal steps, from the value at At to the new one at At+Over: one
// step each millisecond, at most 100 steps, the first one step after At. Only rate, delay and
// independent loss can move; from a rate of 0 (infinite) and from burst loss they jump at At+Over.
type Change struct {
	At    sim.Time
	Rate  *unit.Bitrate
	Delay *unit.Duration
	Loss  *Loss
	Queue *Queue
	Down  *bool
	Over  unit.Duration
}

const (
	rampStep  = unit.Millisecond
	rampSteps = 100
)

// ramp is a quantity that can move; a later change of it ends the move.
type ramp uint8

const (
	rampRate ramp = iota
	rampDelay
	rampLoss
	rampKinds
)

// Schedule installs a timetable for id. The changes may stand in any order; those of the same instant
// apply in the order given, after the arrivals of that instant. Nothing is installed if one is wrong.
func (n *Net) Schedule(id ID, changes []Change) error {
	n = n.server(id)
	x := n.extraOf(id)
	for i := range changes {
		if err := n.checkChange(id, &changes[i]); err != nil {
			return fmt.Errorf("link %s: change %d of its timetable: %w", x.name, i+1, err)
		}
	}
	for _, c := range changes {
		n.w.Call(x.comp, c.At, func(now sim.Time) { n.apply(now, id, c) })
	}
	return nil
}

func (n *Net) checkChange(id ID, c *Change) error {
	name := n.extras[id].name
	if c.Rate != nil || c.Delay != nil || c.Loss != nil || c.Down != nil {
		if err := n.fixed(id, "timetable"); err != nil {
			return err
		}
	}
	switch {
	case c.At < n.w.Now():
		return fmt.Errorf("at %d ns, which is past", c.At)
	case c.Over < 0:
		return fmt.Errorf("over %d ns is negative", c.Over)
	case c.Over > 0 && (c.Queue != nil || c.Down != nil || c.Loss != nil && c.Loss.Burst != nil):
		return fmt.Errorf("only rate, delay and independent loss can change gradually; give the rest its own line")
	case c.Rate != nil && *c.Rate < 0:
		return fmt.Errorf("rate %d bit/s is negative (0 means infinitely fast)", *c.Rate)
	case c.Rate != nil && *c.Rate == 0 && c.Over > 0:
		return fmt.Errorf("a rate cannot grow gradually to infinity")
	case c.Rate != nil && n.links[id].mode&modeTrace != 0:
		return fmt.Errorf("its rate comes from a trace and cannot be set")
	}
	if c.Delay != nil {
		if err := checkDelay(name, *c.Delay); err != nil {
			return err
		}
	}
	if c.Queue != nil {
		if err := c.Queue.check(name, 0); err != nil {
			return err
		}
	}
	if c.Loss != nil {
		return c.Loss.check(name)
	}
	return nil
}

// apply makes one change, which checkChange has found right.
func (n *Net) apply(now sim.Time, id ID, c Change) {
	if c.Queue != nil {
		n.must(n.SetQueue(id, *c.Queue))
	}
	if c.Over > 0 {
		n.applyRamps(now, id, c)
	} else {
		if c.Rate != nil {
			n.must(n.SetRate(id, *c.Rate))
		}
		if c.Delay != nil {
			n.must(n.SetDelay(id, *c.Delay))
		}
		if c.Loss != nil {
			n.must(n.SetLoss(id, *c.Loss))
		}
	}
	if c.Down != nil {
		n.SetDown(id, *c.Down)
	}
}

func (n *Net) must(err error) {
	if err != nil {
		n.w.Fail("link: a checked change is refused: %v", err)
	}
}

func (n *Net) applyRamps(now sim.Time, id ID, c Change) {
	l, x := &n.links[id], &n.extras[id]
	if c.Rate != nil {
		n.move(now, id, rampRate, c.Over, l.rate == 0, l.rate, uint64(*c.Rate), func(v uint64) {
			n.setRate(id, unit.Bitrate(v))
		})
	}
	if c.Delay != nil {
		n.move(now, id, rampDelay, c.Over, false, uint64(l.delay), uint64(*c.Delay), func(v uint64) {
			n.setDelay(id, unit.Duration(v))
		})
	}
	if c.Loss != nil {
		n.move(now, id, rampLoss, c.Over, x.loss.burst, x.loss.lose[0], threshold(c.Loss.Ratio), func(v uint64) {
			x := &n.extras[id]
			x.loss.burst, x.loss.bad, x.loss.lose[0] = false, false, v
			n.noteLoss(id)
		})
	}
}

// move takes one quantity from one value to another in steps, each of which arranges the next.
func (n *Net) move(
	now sim.Time, id ID, q ramp, over unit.Duration, jump bool, from, to uint64, set func(v uint64),
) {
	steps := min(max(int64(over/rampStep), 1), rampSteps)
	if jump {
		steps = 1
	}
	n.extras[id].ramps[q]++
	generation := n.extras[id].ramps[q]
	k := int64(1)
	var step func(at sim.Time)
	next := func() {
		at := now.Add(unit.Duration(portion(uint64(over), k, steps)))
		n.w.Call(n.extras[id].comp, at, step)
	}
	step = func(sim.Time) {
		if n.extras[id].ramps[q] != generation {
			return
		}
		if to >= from {
			set(from + portion(to-from, k, steps))
		} else {
			set(from - portion(from-to, k, steps))
		}
		if k < steps {
			k++
			next()
		}
	}
	next()
}

// portion returns v x k / steps, rounded down, without overflow for steps up to 2^32.
func portion(v uint64, k, steps int64) uint64 {
	if k == steps {
		return v
	}
	if v > math.MaxUint32 {
		return v/uint64(steps)*uint64(k) + v%uint64(steps)*uint64(k)/uint64(steps)
	}
	return v * uint64(k) / uint64(steps)
}
