package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Failing subflows (RFC 8684 section 3.3.6). At a subflow's first retransmission timeout its data goes out
// on the others too, and until an acknowledgement comes it gets new data only if there is no other, not
// even a backup (out-of-tree kernel v0.9x, "potentially failed"). After several timeouts in a row the path
// manager is told that it is stale (Linux, stale_loss_cnt). TCP itself gives it up in the end.

// subflowTimeout is a retransmission timeout of a subflow.
func (c *Conn) subflowTimeout(now sim.Time, sf *subflow) {
	c.tell(now, EventTimeout, sf)
	if c.plain || sf.state != subflowEstablished && sf.state != subflowClosing {
		return
	}
	if w, ok := c.manager.(pm.TimeoutWatcher); ok && w.WatchesTimeouts() {
		c.pathEvent(pm.Event{Kind: pm.SubflowTimeout, Subflow: c.pathSubflow(sf)})
	}
	if c.upstream() {
		c.push(now, sf)
		return
	}
	sf.suspect = true
	c.touchViews()
	if sf.e.Backoffs() >= c.s.cfg.Data.ReinjectAfter {
		c.reinjectSubflow(sf, false)
	}
	if !sf.stale && sf.e.Backoffs() >= c.s.cfg.StaleRTOs {
		c.markStale(now, sf)
	}
	c.push(now, sf)
}

// markStale tells the path manager that a subflow does not answer.
func (c *Conn) markStale(now sim.Time, sf *subflow) {
	sf.stale = true
	c.s.count.SubflowStale++
	c.observeSubflow(now, sf, SubflowStale)
	c.staleEvent(now, sf)
	if c.s.cfg.Policy.ResetStale == tcp.On && c.workingBeside(sf) {
		sf.reason = "stale"
		c.kill(now, sf, killPerformance)
	}
}

// workingBeside tells that another subflow carries data.
func (c *Conn) workingBeside(sf *subflow) bool {
	for _, other := range c.live {
		if other != sf && other.usable() && !other.suspect && !other.down {
			return true
		}
	}
	return false
}

// limitRetries sets the number of retransmissions after which a subflow has failed, if it is not TCP's. A
// connection of plain TCP has TCP's.
func (c *Conn) limitRetries(sf *subflow) {
	if n := c.subflowRetries(); n > 0 && !c.plain {
		sf.e.SetRetries(n)
	}
}

func (c *Conn) subflowRetries() int {
	if c.own.retries > 0 {
		return c.own.retries
	}
	return c.s.cfg.Policy.SubflowRetries
}

// SetSubflowRetries makes each subflow of the connection fail at the timeout that follows n retransmissions of a
// segment in a row, as SCTP's path.max.retrans does (RFC 9260 section 8.2); 0: the host's number. A user timeout
// goes before it.
func (c *Conn) SetSubflowRetries(n int) {
	c.own.retries = max(n, 0)
	if c.plain {
		return
	}
	n = c.subflowRetries()
	if n == 0 {
		n = c.s.tcp.Config().Retries
	}
	for _, sf := range c.live {
		if sf.e != nil && sf.e.Established() {
			sf.e.SetRetries(n)
		}
	}
}

// SubflowUnreachable fails a subflow as an ICMP error that the host takes for final does: what it carried goes
// out on the others. It returns false if there is no such subflow.
func (c *Conn) SubflowUnreachable(now sim.Time, id uint32) bool {
	sf := c.subflowByID(id)
	if sf == nil || sf.e == nil {
		return false
	}
	sf.reason = "unreachable"
	sf.blame(CauseUnreachable)
	sf.e.Unreachable(now)
	return true
}

// subflowProgress is the first acknowledgement after timeouts.
func (c *Conn) subflowProgress(now sim.Time, sf *subflow) {
	sf.suspect, sf.silent = false, 0
	c.touchViews()
	if !sf.stale {
		return
	}
	sf.stale = false
	c.s.count.SubflowRecover++
	c.observeSubflow(now, sf, SubflowRecovered)
	c.recoveredEvent(now, sf)
}

// subflowReset is a RST of the peer. It ends the subflow only (section 3.3.3), unless it carries
// MP_FASTCLOSE with our key.
func (c *Conn) subflowReset(now sim.Time, sf *subflow) {
	opts, reset, key := sf.e.LastReset()
	sf.reason = "reset by the peer"
	if sf.opener && sf.state == subflowOpening {
		sf.blame(CauseRefused)
	}
	if opts&wire.OptReset != 0 && !c.plain {
		c.s.count.RstRX++
		sf.reason = resetReason(reset.Reason)
		sf.resetGiven, sf.resetCode, sf.resetTransient = true, reset.Reason, reset.Transient
		c.noteReset(sf, reset)
	}
	if opts&wire.OptFail != 0 && !c.plain {
		c.s.count.FailRX++ // the data behind it goes out on another subflow, as all that a lost one carried
		dsn, _ := sf.e.LastResetFail()
		c.afterFail(sf, dsn)
	}
	if opts&wire.OptFastClose != 0 && !c.takeFastClose(now, key) || c.state == FastCloseWait {
		return
	}
	if c.state == SynSent {
		c.firstFailed(sf, tcp.ErrRefused)
	} else {
		c.firstFailed(sf, tcp.ErrReset)
	}
}

// firstFailed notes why a connection whose only possible subflow fails will have failed.
func (c *Conn) firstFailed(sf *subflow, err error) {
	if c.err == nil && (c.plain || !c.everEstablished) && !sf.join && !c.bothDone() {
		c.err = err
	}
}
