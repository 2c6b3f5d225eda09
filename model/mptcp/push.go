package mptcp

import (
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// The send path: what is to be sent, by which subflow, at the moment when one can transmit.

// Ready implements tcp.Owner.
func (c *Conn) Ready(now sim.Time, e *tcp.Endpoint) {
	if c.state == Established && c.snd.Unsent() == 0 && c.reinject.len() == 0 && !c.finQueued && !c.plain && !c.narrow {
		e.SetQuiet(true) // stir ends it: an end that only receives is not asked for each segment
		c.quieted = true
		return
	}
	if !c.pushOn(now, e) {
		c.push(now, nil)
	}
}

// pushOn is push in the usual case, in which nothing but the subflow that has become ready has room, and what it
// has room for are whole segments of new data: no scheduler is needed (sched.Eager). It returns false, and has done
// nothing, if the case is another.
func (c *Conn) pushOn(now sim.Time, e *tcp.Endpoint) bool {
	i := e.CC.Index
	bit := uint64(1) << (uint(i) & 63)
	if c.group.Touched != bit || c.withRoom&^bit != 0 || c.state != Established || c.eager == nil ||
		len(c.live) > 64 || len(c.live) != len(c.group.Flows) || c.reinject.len() > 0 || c.pushing || c.plain ||
		c.finQueued || c.shut || c.quieted || c.narrow {
		return false
	}
	sf := c.live[i]
	if sf.state != subflowEstablished || sf.suspect || sf.down || sf.backupIn || sf.backupOut {
		return false
	}
	if c.s.verify {
		c.verifyViews()
	}
	n, mss := e.Room(), e.MSS()
	if n != mss && !c.wholeMapping(n, mss) || mss != e.CC.MSS || n > c.snd.Unsent() ||
		n > int64(c.sndEdge)-int64(c.snd.Nxt()) || n > sf.subflowWindow() {
		return false
	}
	c.eager.Picked(sf.id)
	c.pushing = true
	c.transmitNew(now, sf, n)
	c.pushing = false
	c.group.Touched &^= bit
	c.noRoom(i)
	if !c.fillView(&c.views[i], sf, i) {
		c.group.Touched |= bit
	}
	if c.roomy > 0 {
		c.push(now, nil)
	}
	return true
}

// wholeMapping tells whether a subflow that alone has room may take several segments in one mapping, and n octets
// are that.
func (c *Conn) wholeMapping(n, mss int64) bool {
	return n > mss && n <= maxMapping && c.mayMapMore() && uint32(n)%uint32(mss) == 0
}

// mayMapMore tells whether a mapping may have more than a segment.
func (c *Conn) mayMapMore() bool {
	return !c.sum && c.s.cfg.Data.OneSegment != tcp.On && (!c.client || c.snd.Nxt() > uint64(c.syn.sent))
}

// stir has the endpoints ask again: there is something to send.
func (c *Conn) stir() {
	if !c.quieted {
		return
	}
	c.quieted = false
	for _, sf := range c.live {
		if sf.e != nil {
			sf.e.SetQuiet(false)
		}
	}
}

// tailWaits tells that the end of the stream is on its way: nothing new is left.
func (c *Conn) tailWaits() bool {
	return c.finQueued && !c.plain && c.snd.Una() < c.snd.End() && len(c.live) > 1 && c.s.cfg.Tail == tcp.On
}

// push sends what can be sent. busy, if not nil, is the subflow whose endpoint is at work and may not send
// now.
func (c *Conn) push(now sim.Time, busy *subflow) {
	const mute = 1<<SynSent | 1<<SynReceived | 1<<Closed | 1<<FastCloseWait
	if c.pushing || mute>>(c.state&31)&1 != 0 {
		return
	}
	if c.snd.Unsent() == 0 && c.reinject.len() == 0 && !c.tailWaits() {
		if c.narrow {
			c.forgetNarrow()
		}
		return
	}
	c.stir()
	if c.plain {
		c.pushPlain(now)
		return
	}
	c.pushing = true
	c.renewViews()
	if c.s.verify {
		c.verifyViews()
	}
	if busy != nil {
		for i := range c.views {
			if c.views[i].ID == busy.id {
				c.noRoom(i)
				c.group.Touched |= 1 << (uint(i) & 63) // for this time only
			}
		}
	}
	held := c.reinject.len() > 0 && c.maybePlain()
	if c.reinject.len() > 0 && !held {
		c.pushReinjections(now)
	}
	if c.snd.Unsent() > 0 && !held {
		c.pushNew(now)
	}
	if c.roomy > 0 && c.snd.Unsent() == 0 && c.reinject.len() == 0 && c.tailWaits() {
		c.pushTail(now)
	}
	c.pushing = false
	if c.finQueued && !c.finSent && c.snd.Unsent() == 0 {
		c.sendFin(now)
	}
}

// pushNew sends new data until the subflows or the peer's window are full.
func (c *Conn) pushNew(now sim.Time) {
	for c.roomy > 0 && c.snd.Unsent() > 0 {
		window := int64(c.sndEdge) - int64(c.snd.Nxt())
		if window <= 0 {
			c.windowShut(now)
			return
		}
		if c.shut {
			c.windowOpen()
		}
		i := c.onlyChoice()
		if i < 0 {
			i = c.sched.Pick(now, c.views, sched.Want{Unsent: c.snd.Unsent(), SendWindow: window})
		}
		if i < 0 {
			return
		}
		n, cut := c.portion(i, window)
		if cut {
			c.windowShut(now)
		}
		if n <= 0 {
			if c.cork && c.snd.Nxt() == c.snd.Una() && c.deadlines[deadlineCork] == sim.Never {
				c.setDeadline(deadlineCork, now.Add(corkLimit))
			}
			return
		}
		pos := c.snd.Nxt()
		c.sendNew(now, i, n)
		if c.eager == nil {
			c.sendCopies(now, i, pos, n)
		}
	}
}

// corkLimit is the longest time that a corked stream holds back less than a segment (tcp(7)).
const corkLimit = 200 * unit.Millisecond

// pushCorked sends what is corked.
func (c *Conn) pushCorked(now sim.Time) {
	c.clearDeadline(deadlineCork)
	cork := c.cork
	c.cork = false
	c.push(now, nil)
	c.cork = cork
}

// portion returns how many octets of new data the picked subflow takes: a segment, or all that it has room
// for if no other subflow could take a part; 0 if it is better to wait, with cut if it is the peer's window
// that leaves too little.
func (c *Conn) portion(i int, window int64) (n int64, cut bool) {
	mss := c.live[i].e.MSS()
	limit := min(mss, c.live[i].subflowWindow())
	if room := c.views[i].Room; room > mss && c.roomy == 1 && c.mayMapMore() {
		limit = min(room, maxMapping) // room > mss keeps to the subflow's window
		limit -= limit % mss
	}
	unsent := c.snd.Unsent()
	n = min(limit, unsent, window)
	if n < unsent && n > mss {
		return n - n%mss, false
	}
	if n >= mss {
		return n, false
	}
	outstanding := c.snd.Nxt() > c.snd.Una()
	switch {
	case n < unsent: // cut short by the window: sender's silly window avoidance (RFC 9293 section 3.8.6.2.1)
		if outstanding && 2*n < c.sndWindowMax {
			return 0, true
		}
	case c.cork && !c.finQueued:
		return 0, false
	case c.nagle && c.small > c.snd.Una() && !c.finQueued:
		// RFC 9293 section 3.7.4 as Minshall refined it and Linux does (tcp_minshall_check): a small piece waits for
		// small pieces only. With several subflows the tail of a write follows full segments that are still in
		// flight, and the peer may delay their ACK.
		return 0, false
	}
	return n, false
}

// sendNew sends the next n octets of the stream on the i-th live subflow.
func (c *Conn) sendNew(now sim.Time, i int, n int64) {
	if n < c.views[i].MSS {
		c.small = c.snd.Nxt() + uint64(n)
	}
	c.transmitNew(now, c.live[i], n)
	c.sentOn(i)
}

// transmitNew sends the next n octets of the stream on a subflow, whose view is out of date then.
func (c *Conn) transmitNew(now sim.Time, sf *subflow, n int64) {
	pos := c.snd.Nxt()
	if pos == c.snd.Una() {
		c.lastProgress = now
	}
	c.snd.Advance(n)
	c.stats.sentAt = now
	sf.stats.sentNew += n
	sf.laying(pos)
	sf.e.Send(now, c.snd.Stream(), pos, n, tcp.SendOptions{Push: c.snd.Unsent() == 0})
	if c.deadlines[deadlineData] == sim.Never {
		c.armData(now)
	}
}

// windowShut notes that the peer's window holds new data back. If nothing is on its way that would bring a
// window, the endpoints probe.
func (c *Conn) windowShut(now sim.Time) {
	c.shut = true
	if c.s.cfg.Opportunistic == tcp.On {
		c.opportunistic(now)
	}
	if c.probing || c.snd.Nxt() > c.snd.Una() {
		return
	}
	c.probing = true
	for _, sf := range c.live {
		if sf.state == subflowEstablished {
			sf.e.SetProbe(true)
		}
	}
}

func (c *Conn) windowOpen() {
	c.shut = false
	if !c.probing {
		return
	}
	c.probing = false
	for _, sf := range c.live {
		if sf.e != nil {
			sf.e.SetProbe(false)
		}
	}
}

// pushPlain sends on the subflow of a connection that fell back.
func (c *Conn) pushPlain(now sim.Time) {
	sf := c.onlySubflow()
	if sf == nil || sf.e == nil || c.pushing {
		return
	}
	c.pushing = true
	for c.snd.Unsent() > 0 {
		room, mss := sf.e.Room(), sf.e.MSS()
		if room <= 0 {
			break
		}
		unsent := c.snd.Unsent()
		n := min(room, unsent)
		if n < unsent && n > mss {
			n -= n % mss
		}
		if n < mss && n < unsent && c.snd.Nxt() > c.snd.Una() && 2*n < c.sndWindowMax {
			break // sender's silly window avoidance (RFC 9293 section 3.8.6.2.1)
		}
		if n < mss && n == unsent && !c.finQueued && (c.cork || c.nagle && c.small > c.snd.Una()) {
			break
		}
		pos := c.snd.Nxt()
		c.snd.Advance(n)
		if n < mss {
			c.small = c.snd.Nxt()
		}
		sf.stats.sentNew += n
		sf.e.Send(now, c.snd.Stream(), pos, n, tcp.SendOptions{Push: c.snd.Unsent() == 0})
	}
	c.pushing = false
	if c.snd.Unsent() > 0 {
		sf.e.SetProbe(true)
	} else {
		sf.e.SetProbe(false)
		c.sendFin(now)
	}
}
