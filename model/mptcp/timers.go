package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// A connection has a few deadlines and one timer, set for the earliest. Moving a deadline later touches the
// array only; the timer then expires early once.

type deadline uint8

const (
	deadlineWork      deadline = iota // the worker has something to do: now
	deadlineData                      // data-level retransmission
	deadlineJoin                      // third packet of a join
	deadlineAddAddr                   // ADD_ADDR without echo
	deadlinePath                      // the first of pathState.tasks and of the joins that wait
	deadlineClose                     // no subflow, or closed by us alone
	deadlineFail                      // MP_FAIL, and its answer
	deadlineFastClose                 // MP_FASTCLOSE without answer
	deadlineCork                      // what is corked has waited long enough
	numDeadlines
)

func (c *Conn) setDeadline(d deadline, at sim.Time) {
	if c.deleted {
		return
	}
	c.deadlines[d] = at
	if at < c.timer.Deadline() {
		c.timer.Set(c.s.w, at)
	}
}

func (c *Conn) clearDeadline(d deadline) { c.deadlines[d] = sim.Never }

// wake has the worker run at the present time, after the event being handled.
func (c *Conn) wake(now sim.Time) { c.setDeadline(deadlineWork, now) }

// timeout handles the connection's event.
func (c *Conn) timeout(now sim.Time) {
	if !c.timer.Due(c.s.w, now) {
		return
	}
	for d := range numDeadlines {
		if c.deadlines[d] > now {
			continue
		}
		c.deadlines[d] = sim.Never
		switch d {
		case deadlineWork:
			c.work(now)
		case deadlineData:
			c.dataTimeout(now)
		case deadlineJoin:
			c.joinTimeout(now)
		case deadlineAddAddr:
			c.addAddrTimeout(now)
		case deadlinePath:
			c.pathTimeout(now)
		case deadlineClose:
			c.closeTimeout(now)
		case deadlineFail:
			if c.plain {
				c.failAnswer(now)
			} else {
				c.failAgain(now)
			}
		case deadlineFastClose:
			c.fastCloseAgain(now)
		case deadlineCork:
			c.pushCorked(now)
		case numDeadlines: // none
		}
	}
	next := sim.Never
	for _, at := range c.deadlines {
		next = min(next, at)
	}
	if next < c.timer.Deadline() {
		c.timer.Set(c.s.w, next)
	}
}

// work does what must not be done while an endpoint is at work up the call stack: resets, what the path
// manager wants, and segments that convey options.
func (c *Conn) work(now sim.Time) {
	for i := 0; i < len(c.live); {
		sf := c.live[i]
		if sf.kill == killNone || sf.e == nil {
			i++
			continue
		}
		if sf.reason == "" {
			sf.reason = "reset by this host"
		}
		sf.e.Abort(now) // takes sf out of live
		if i < len(c.live) && c.live[i] == sf {
			i++
		}
	}
	if c.plain {
		if c.everEstablished {
			c.pushPlain(now)
		}
		return
	}
	c.managePaths(now)
	c.flushSignals(now)
	if c.reinject.len() > 0 && c.s.cfg.Data.ReinjectLosses == tcp.On {
		c.push(now, nil)
	}
}

// closeTimeout ends a connection that has had no subflow for too long, that only we have closed, or whose
// subflows do not finish closing.
func (c *Conn) closeTimeout(now sim.Time) {
	switch c.state {
	case Closed, TimeWait:
		for _, sf := range c.live {
			if sf.e != nil && sf.e.State() != tcp.StateTimeWait {
				c.kill(now, sf, killOutstanding)
			}
		}
	default:
		if c.Attached() == 0 {
			c.fail(now, ErrNoSubflow)
			return
		}
		c.fail(now, tcp.ErrTimeout)
	}
}
