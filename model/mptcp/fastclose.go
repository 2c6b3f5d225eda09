package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// MP_FASTCLOSE (RFC 8684 section 3.5): the connection is closed abruptly, as TCP's RST does for one subflow. The
// option has the receiver's key. One form is on the RSTs of all subflows and is not confirmed. The other is on an
// ACK of one subflow: the peer answers with RST; without an answer the ACK is repeated, and in the end a RST with
// the option goes out. Version 0 has the latter only (RFC 6824 section 3.5).

// fastCloseTries is how often the ACK is repeated, one RTO apart.
const fastCloseTries = 3

// fastClose is Abort.
func (c *Conn) fastClose(now sim.Time) {
	sf := c.fastClosePath()
	if sf == nil {
		c.fail(now, tcp.ErrAborted)
		return
	}
	c.err = tcp.ErrAborted
	c.setState(now, FastCloseWait)
	c.pathEvent(closedEvent())
	c.tellClosed(now)
	c.reinject.clear()
	c.clearDeadline(deadlineData)
	c.clearDeadline(deadlineClose)
	c.closer, c.closerTries = sf, 0
	for _, other := range c.live {
		if other != sf {
			c.kill(now, other, killClose)
		}
	}
	c.setDeadline(deadlineFastClose, now) // its endpoint may be at work up the call stack
	c.update(now)
}

// fastClosePath returns the subflow for the form on ACK, nil if the other form is to be used.
func (c *Conn) fastClosePath() *subflow {
	if c.s.cfg.FastCloseOnACK != tcp.On && !c.v0() || c.plain || !c.remoteKnown || !c.everEstablished || c.bothDone() {
		return nil
	}
	var best *subflow
	for _, sf := range c.live {
		if sf.usable() && sf.kill == killNone && (best == nil || (best.suspect || best.down) && !sf.suspect && !sf.down) {
			best = sf
		}
	}
	return best
}

// fastCloseAgain sends the option, or gives up waiting for the RST.
func (c *Conn) fastCloseAgain(now sim.Time) {
	sf := c.closer
	if c.state != FastCloseWait || sf.e == nil || sf.kill != killNone {
		return
	}
	c.closerTries++
	if c.closerTries > 1+fastCloseTries {
		c.leaveFastClose(now)
		return
	}
	sf.e.Ack(now)
	c.setDeadline(deadlineFastClose, now.Add(sf.e.RTO()))
}

// leaveFastClose ends FASTCLOSE_WAIT by a RST.
func (c *Conn) leaveFastClose(now sim.Time) {
	c.clearDeadline(deadlineFastClose)
	c.setState(now, Closed)
	c.kill(now, c.closer, killClose)
	c.update(now)
}

// putFastClose adds the option.
func (c *Conn) putFastClose(seg *wire.Segment) {
	seg.Opts |= wire.OptFastClose
	seg.FastCloseKey = c.remoteKey
	c.s.count.FastcloseTX++
}

// takeFastClose takes the option of an acceptable segment. With the right key it ends the connection: RSTs on all
// subflows, also if we are closing so ourselves. It returns false if the segment is to be dropped.
func (c *Conn) takeFastClose(now sim.Time, key uint64) bool {
	if c.plain || c.localKey == 0 || key != c.localKey {
		return true
	}
	c.s.count.FastcloseRX++
	if c.state == FastCloseWait {
		c.leaveFastClose(now)
	} else {
		c.fail(now, tcp.ErrReset)
	}
	return false
}
