package link

import (
	"fmt"
	"math"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// CoDel: RFC 8289 section 5.

// CoDelConfig has the parameters of CoDel; zero fields take the default.
type CoDelConfig struct {
	Target   unit.Duration // standing delay that is tolerated; default 5 ms
	Interval unit.Duration // about the longest round trip; default 100 ms
	// CEThreshold, if not 0, marks ECN-capable packets that have waited longer, whatever the state (Linux,
	// include/net/codel.h): DCTCP's way of marking by time.
	CEThreshold unit.Duration
}

func (c *CoDelConfig) fill() {
	if c.Target == 0 {
		c.Target = 5 * unit.Millisecond
	}
	if c.Interval == 0 {
		c.Interval = 100 * unit.Millisecond
	}
}

func (c CoDelConfig) check(name string) error {
	c.fill()
	if c.Target < 0 || c.Interval < c.Target || c.Interval > maxDelay || c.CEThreshold < 0 {
		return fmt.Errorf("link %s: CoDel's target %d ns must be at most its interval, %d ns, and that at most "+
			"an hour; CE threshold %d ns", name, c.Target, c.Interval, c.CEThreshold)
	}
	return nil
}

// codel is the state of one queue.
type codel struct {
	firstAboveTime sim.Time // when the delay will have been above target for an interval; 0: it is not above
	dropNext       sim.Time
	count          uint32 // drops since the drop state was entered
	lastCount      uint32
	dropping       bool
}

// leaveEmpty is what finding the queue empty does.
func (c *codel) leaveEmpty() { c.firstAboveTime, c.dropping = 0, false }

// controlLaw returns the next drop: the interval shrinks with the square root of the number of drops. Go's
// square root is that of IEEE 754 on every machine, and there is one rounding on each side of it.
func (c *CoDelConfig) controlLaw(t sim.Time, count uint32) sim.Time {
	return t.Add(unit.Duration(float64(c.Interval) / math.Sqrt(float64(count))))
}

// pullTimed is dodequeue of section 5.6: it takes the head of f and tells whether it may be dropped.
func (n *Net) pullTimed(now sim.Time, id ID, f *fifo, c *codel) (p PacketID, okToDrop bool) {
	a := n.extras[id].aqm
	if p = n.pull(f); p == 0 {
		c.firstAboveTime = 0
		return 0, false
	}
	waiting := n.links[id].queuedOctets - int64(n.packets[p].size) // nothing is in service now
	switch {
	case now.Sub(n.packets[p].arrival) < a.CoDel.Target || waiting <= a.server.largest:
		c.firstAboveTime = 0
	case c.firstAboveTime == 0:
		c.firstAboveTime = now.Add(a.CoDel.Interval)
	case now >= c.firstAboveTime:
		return p, true
	}
	return p, false
}

// codelLeave is deque of section 5.5 for one queue of id: it returns the packet to send, 0 if none is left.
// Where ECN is on, an ECN-capable packet is marked and sent in place of being dropped (section 5.5 says that
// a mark counts as a drop).
func (n *Net) codelLeave(now sim.Time, id ID, f *fifo, c *codel) PacketID {
	cfg := &n.extras[id].aqm.CoDel
	p, ok := n.pullTimed(now, id, f, c)
	marked := false
	switch {
	case p == 0:
		c.dropping = false
		return 0
	case c.dropping && !ok:
		c.dropping = false
	case c.dropping:
		for now >= c.dropNext && c.dropping && !marked {
			c.count++
			if marked = n.punish(id, p); marked {
				c.dropNext = cfg.controlLaw(c.dropNext, c.count)
				break
			}
			if p, ok = n.pullTimed(now, id, f, c); !ok {
				c.dropping = false
			} else {
				c.dropNext = cfg.controlLaw(c.dropNext, c.count)
			}
		}
	case ok:
		if marked = n.punish(id, p); !marked {
			p, _ = n.pullTimed(now, id, f, c)
		}
		c.begin(now, cfg)
	}
	if p != 0 && !marked && cfg.CEThreshold > 0 && now.Sub(n.packets[p].arrival) > cfg.CEThreshold &&
		capable(n.Segment(p)) {
		n.mark(id, p)
	}
	return p
}

// begin enters the drop state. If it was left only a short time ago, the rate of drops that controlled the
// queue then is a better start than one an interval.
func (c *codel) begin(now sim.Time, cfg *CoDelConfig) {
	c.dropping = true
	delta := c.count - c.lastCount
	c.count = 1
	if delta > 1 && now.Sub(c.dropNext) < 16*cfg.Interval {
		c.count = delta
	}
	c.dropNext = cfg.controlLaw(now, c.count)
	c.lastCount = c.count
}

// punish marks p, which leaves the queue of id, and returns true, or drops it.
func (n *Net) punish(id ID, p PacketID) bool {
	if n.extras[id].aqm.ECN && capable(n.Segment(p)) {
		n.mark(id, p)
		return true
	}
	n.evict(id, p, causeEarly)
	return false
}
