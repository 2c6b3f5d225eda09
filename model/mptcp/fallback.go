package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/sim"
)

// Fallback to plain TCP (RFC 8684 section 3.7) on the only subflow, whose octets lie on a line (line.go).

// fallBack leaves MPTCP for good.
func (c *Conn) fallBack(now sim.Time, reason string) {
	if c.plain {
		return
	}
	c.plain = true
	c.stir()
	c.fallbackReason = reason
	c.mpFail = failState{origin: c.mpFail.origin}
	c.clearDeadline(deadlineFail)
	if !c.rcvFinDone {
		c.rcvFinKnown = false // the FIN will tell where the stream ends
	}
	c.s.hash.Mix(uint64(c.number)<<32 | 0xfb)
	c.dropToken()
	c.paths.events = c.paths.events[:0] // nothing for a path manager any more
	c.paths.over = true
	c.clearDeadline(deadlineData)
	c.clearDeadline(deadlineAddAddr)
	c.reinject.clear()
	// The peer has accepted MP_CAPABLE and mapped data may be on its way: say that it ends (section 3.7).
	c.infinite = c.remoteKnown && c.snd.Nxt() > 0
	c.outShift, c.inShift = identity, identity // also if the first subflow is still to be dialled
	if sf := c.survivor(); sf != nil {
		c.straighten(sf)
		if sf.e != nil && c.everEstablished {
			c.checkPlain(sf)
			if pos := c.plainAcked(sf.e.SndUna()); pos > c.snd.Una() && sf.e.SndUna() > 0 {
				c.snd.Ack(pos)
			}
		}
		c.terminateOthers(now, sf)
	}
	c.wake(now) // a FIN may be due instead of the DATA_FIN
	if c.s.observer != nil {
		c.s.observer.FellBack(now, c, reason)
	}
	c.tellConn(now, EventFellBack, CauseNone, reason)
	if w, ok := c.manager.(pm.FallbackWatcher); ok {
		w.FellBack(now, &c.paths, reason)
	}
	if c.rail != nil {
		c.release(now, c.rail)
	}
}

// startsWrong tells that the connection may still fall back because its first mapping is not one of its
// segment: SSN 0 is the SYN, and data begins at 1 (RFC 8684 sections 3.3.1 and 3.7; Linux 6.18 takes such a
// mapping for an invalid one).
func (c *Conn) startsWrong(sf *subflow) bool {
	return !sf.mapped && !sf.join && len(c.subs) == 1 && c.rcv.Next() == 0
}

// survivor is the subflow that a plain connection goes on with: the one that takes part in it.
func (c *Conn) survivor() *subflow {
	for _, sf := range c.live {
		if sf.kill == killNone && (sf.state == subflowEstablished || sf.state == subflowClosing) {
			return sf
		}
	}
	return c.onlySubflow()
}

// terminateOthers ends joins under way: only one subflow may carry a plain connection (section 3.7).
func (c *Conn) terminateOthers(now sim.Time, rail *subflow) {
	for _, sf := range c.live {
		if sf != rail {
			sf.reason = "the connection goes on as plain TCP"
			sf.blame(CauseFellBack)
			c.kill(now, sf, killMPTCP)
		}
	}
}

// checkPlain gives the endpoint of a plain connection back what the connection did for it.
func (c *Conn) checkPlain(sf *subflow) {
	if !c.plain {
		return
	}
	sf.e.SetSharedWindow(false)
	if c.subflowRetries() > 0 {
		sf.e.SetRetries(c.s.tcp.Config().Retries)
	}
	sf.e.SetProbe(false)
	c.setReserve(sf)
	sf.e.CC.Group = nil
	c.group.Flows = c.group.Flows[:0]
}
