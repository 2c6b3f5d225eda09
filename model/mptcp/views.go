package mptcp

import (
	"math/bits"

	"mpsim/model/mptcp/sched"
)

// What the scheduler sees of the subflows. A view stays good until something happens to its subflow: an event of
// one subflow must not cost a look at every other one. Endpoints mark themselves (cc.Flow.Touch); what
// changes a view beside them calls touchViews.

// fillViews writes the views of a new set of live subflows.
func (c *Conn) fillViews() {
	if n := len(c.live); n <= cap(c.views) {
		c.views = c.views[:n]
	} else {
		c.views = make([]sched.View, n)
	}
	clear(c.views)
	c.roomy, c.withRoom = 0, 0
	c.touchViews()
	c.renewViews()
}

// touchViews has every view written anew before it is used.
func (c *Conn) touchViews() { c.group.Touched = ^uint64(0) }

// renewViews writes the views of subflows to which something has happened, in their order.
func (c *Conn) renewViews() {
	if len(c.group.Flows) != len(c.live) { // places differ: some subflow has no endpoint yet, or no longer
		c.touchViews()
	}
	touched := c.group.Touched
	c.group.Touched = 0
	for ; touched != 0; touched &= touched - 1 {
		for i := bits.TrailingZeros64(touched); i < len(c.live); i += 64 {
			c.noRoom(i)
			if !c.fillView(&c.views[i], c.live[i], i) {
				c.group.Touched |= touched & -touched
			}
		}
	}
}

// verifyViews fails the world if a view that is thought good is not: for tests.
func (c *Conn) verifyViews() {
	for i, sf := range c.live {
		if c.group.Touched>>(uint(i)&63)&1 != 0 {
			continue
		}
		was := c.views[i]
		c.noRoom(i)
		if good := c.fillView(&c.views[i], sf, i); !good || c.views[i] != was {
			c.s.w.Fail("mptcp %s: connection %d subflow %d: the scheduler sees %+v, true is %+v", c.s.name, c.id, sf.id,
				was, c.views[i])
		}
	}
}

// noRoom takes the room out of a view.
func (c *Conn) noRoom(i int) {
	if c.views[i].Room > 0 {
		c.views[i].Room = 0
		c.roomy--
		c.withRoom &^= 1 << (uint(i) & 63)
	}
}

// fillView writes the i-th view, which has no room yet. It tells whether the view stays good until the subflow is
// touched.
func (c *Conn) fillView(v *sched.View, sf *subflow, i int) bool {
	v.ID = sf.id
	v.Usable = sf.e != nil && sf.usable()
	if !v.Usable {
		return false
	}
	f := &sf.e.CC
	v.SRTT, v.RTTVar, v.MSS = f.SRTT, sf.e.RTTVar(), f.MSS
	v.Backup = (sf.backupIn || sf.backupOut) && c.isBackup(sf)
	v.Stale = sf.suspect || sf.down
	return c.fillRoom(v, sf, i)
}

// fillRoom writes what sending changes in the view of a usable subflow.
func (c *Conn) fillRoom(v *sched.View, sf *subflow, i int) (steady bool) {
	v.Cwnd = sf.e.CC.Cwnd
	v.InFlight = sf.e.InFlight()
	v.Room = sf.e.Room()
	if v.Room == 0 {
		return sf.e.Steady()
	}
	steady = true
	if window := sf.subflowWindow(); v.Room > window {
		v.Room = c.limitRoom(sf, v.Room, v.MSS, window)
		steady = false
	}
	if v.Room > 0 {
		c.roomy++
		c.withRoom |= 1 << (uint(i) & 63)
	}
	return steady && sf.e.Steady()
}

// sentOn renews the view of a subflow that has just sent.
func (c *Conn) sentOn(i int) {
	c.noRoom(i)
	if !c.fillRoom(&c.views[i], c.live[i], i) {
		c.group.Touched |= 1 << (uint(i) & 63)
	}
}

// onlyChoice returns the only subflow with room if no scheduler would pass it over, or -1: see sched.Eager.
func (c *Conn) onlyChoice() int {
	if c.roomy != 1 || c.eager == nil || len(c.live) > 64 {
		return -1
	}
	i := bits.TrailingZeros64(c.withRoom)
	if v := &c.views[i]; v.Backup || v.Stale {
		return -1
	}
	c.eager.Picked(c.views[i].ID)
	return i
}
