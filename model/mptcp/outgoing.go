package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Outgoing implements tcp.Owner: the MPTCP options of every segment that leaves.
func (c *Conn) Outgoing(now sim.Time, e *tcp.Endpoint, seg *wire.Segment, rec *tcp.Sent) {
	sf := c.sub(e)
	switch {
	case rec != nil && sf.state == subflowEstablished && c.proven && !c.plain && seg.Flags&(wire.SYN|wire.RST) == 0:
		c.putDSS(sf, seg, rec) // the usual data segment
	case seg.Flags&(wire.SYN|wire.RST) != 0:
		if seg.Flags&wire.RST != 0 {
			c.outgoingReset(sf, seg)
		} else {
			c.outgoingSYN(now, sf, seg)
		}
	case c.plain:
		if c.infinite {
			c.putInfinite(sf, seg, rec)
		}
		if c.mpFail.answer == sf && !c.mpFail.answered && rec == nil {
			c.putFailAnswer(sf, seg)
		}
	case rec == nil && sf.state == subflowOpening && !sf.opener && !sf.crossed:
		// TCP answers an old SYN before the third packet has come: nothing is agreed yet.
	case sf.state == subflowPreEstablished || sf.state == subflowOpening && sf.join:
		c.outgoingJoinACK(sf, seg)
	case c.client && !c.proven && c.outgoingCapable(sf, seg, rec):
	case rec == nil && c.mpFail.on == sf:
		c.putDSS(sf, seg, nil)
		c.putFail(seg, c.mpFail.dsn)
	case rec == nil && c.signals.pending == sf:
		c.putSignal(sf, seg)
	case c.state == FastCloseWait && rec == nil:
		c.putFastClose(seg)
	default:
		c.putDSS(sf, seg, rec)
	}
}

// outgoingReset adds MP_TCPRST (section 3.6), or MP_FASTCLOSE if the application aborted (section 3.5).
func (c *Conn) outgoingReset(sf *subflow, seg *wire.Segment) {
	if c.plain || !c.offered || !c.remoteKnown {
		return
	}
	if c.err == tcp.ErrAborted && !c.v0() && (c.closer == nil || sf == c.closer && c.closerTries > fastCloseTries) {
		c.putFastClose(seg)
	}
	if sf.failed {
		c.putFail(seg, sf.failDSN)
	}
	if c.s.cfg.Policy.ResetOption == tcp.On && !c.v0() {
		seg.Opts |= wire.OptReset
		seg.Reset = sf.kill.option()
		c.s.count.RstTX++
	}
}
