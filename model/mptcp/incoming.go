package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

const mptcpOptions = wire.OptCapable | wire.OptJoin | wire.OptDSS | wire.OptAddAddr | wire.OptRemoveAddr |
	wire.OptPrio | wire.OptFail | wire.OptFastClose | wire.OptReset

// Incoming implements tcp.Owner: the MPTCP options of every acceptable segment, after TCP's own tests
// (RFC 8684 section 3).
func (c *Conn) Incoming(now sim.Time, e *tcp.Endpoint, seg *wire.Segment) bool {
	c.segHasAck = false
	if c.plain {
		return seg.Opts&(wire.OptFail|wire.OptDSS) == 0 || c.plainOptions(now, c.sub(e), seg)
	}
	sf := c.sub(e)
	if c.state == FastCloseWait { // no more data is taken
		if seg.Opts&wire.OptFastClose != 0 {
			c.takeFastClose(now, seg.FastCloseKey)
		}
		return false
	}
	if sf.state == subflowEstablished && sf.kill == killNone && seg.Opts&mptcpOptions == wire.OptDSS &&
		seg.Flags&wire.SYN == 0 { // the usual segment
		if !c.takeDSS(now, sf, seg) {
			return false
		}
		if !sf.confirmed && c.segHasAck && seg.Ack-sf.e.ISS() > 1 { // as checkConfirmed
			sf.confirmed = true
		}
		return true
	}
	switch {
	case sf.kill != killNone:
		return false
	case seg.Flags&wire.SYN != 0:
		return c.incomingSYN(now, sf, seg)
	case sf.state == subflowOpening:
		if !c.incomingThird(now, sf, seg) {
			return false
		}
	case sf.state == subflowPreEstablished: // the fourth packet: any ACK that is not the SYN/ACK again
		if sf.crossed && seg.Opts&wire.OptJoin != 0 && !c.joinThird(now, sf, seg) {
			return false
		}
		c.joined(now, sf)
	}
	if c.plain {
		return true
	}
	if seg.Opts&wire.OptDSS != 0 {
		if !c.takeDSS(now, sf, seg) {
			return false
		}
	}
	if seg.Opts&(mptcpOptions&^wire.OptDSS) != 0 {
		if !c.takeSignals(now, sf, seg) {
			return false
		}
	}
	if !sf.confirmed {
		sf.bare = sf.bare || seg.Opts&mptcpOptions == 0 && seg.Payload.Len > 0
		return c.checkConfirmed(now, sf, seg)
	}
	sf.bare = sf.bare || seg.Opts&mptcpOptions == 0
	return true
}

// incomingSYN takes the answer to our SYN; a SYN/ACK that comes again is TCP's affair.
func (c *Conn) incomingSYN(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if sf.state == subflowOpening && sf.opener && sf.join && seg.Flags&wire.ACK == 0 {
		return c.joinCrossed(now, sf, seg)
	}
	if sf.state != subflowOpening || !sf.opener {
		return true
	}
	if seg.Flags&wire.ACK == 0 {
		if !sf.join {
			c.capableCrossed(now)
		}
		return true
	}
	if sf.join {
		return c.joinSYNACK(now, sf, seg)
	}
	return c.capableSYNACK(now, sf, seg)
}

// incomingThird takes the segment that completes the handshake at the acceptor.
func (c *Conn) incomingThird(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	switch {
	case sf.opener && !sf.crossed:
		return true
	case sf.join:
		return c.joinThird(now, sf, seg)
	case c.remoteKnown && c.version >= 1:
		return true
	}
	return c.capableACK(now, sf, seg)
}

// takeSignals takes what is not a DSS. None of these options is tied to a particular segment.
func (c *Conn) takeSignals(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if seg.Opts&wire.OptFastClose != 0 && !c.takeFastClose(now, seg.FastCloseKey) {
		return false
	}
	c.mpFail.heard = true
	if seg.Opts&wire.OptFail != 0 && !c.takeFail(now, sf, seg.FailDSN) {
		return false
	}
	if c.plain {
		return true
	}
	c.tookSignal = c.tookSignal || seg.Opts&(mptcpOptions&^wire.OptCapable) != 0
	if seg.Opts&wire.OptCapable != 0 && sf.state != subflowOpening {
		c.takeCapableData(now, sf, seg)
	}
	if seg.Opts&wire.OptJoin != 0 && sf.join && !sf.opener && seg.Join.Form == wire.JoinACK &&
		sf.state == subflowEstablished && seg.Flags&wire.SYN == 0 {
		sf.e.Ack(now) // the third packet again: our answer was lost
	}
	if seg.Opts&wire.OptAddAddr != 0 {
		c.takeAddAddr(now, sf, &seg.AddAddr)
	}
	if seg.Opts&wire.OptRemoveAddr != 0 {
		c.takeRemoveAddr(now, &seg.RemoveAddr)
	}
	if seg.Opts&wire.OptPrio != 0 {
		c.takePrio(now, sf, &seg.Prio)
	}
	return true
}

// checkConfirmed is the test of section 3.7: until a DATA_ACK has come over a subflow, an ACK of data, and
// on the first subflow data or FIN, without any MPTCP option shows that the path does not let them through.
func (c *Conn) checkConfirmed(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	acksData := seg.Flags&wire.ACK != 0 && seg.Ack-sf.e.ISS() > 1
	if c.segHasAck && acksData {
		sf.confirmed = true
	}
	if seg.Opts&mptcpOptions != 0 || seg.Flags&wire.ACK == 0 || sf.state == subflowOpening || c.bothDone() {
		return true
	}
	if !acksData && (sf.join || sf.mapped || seg.Payload.Len == 0 && seg.Flags&wire.FIN == 0) {
		return true // acknowledges the SYN only; octets without mapping are another matter (hold)
	}
	if sf.join || len(c.subs) > 1 && (c.hasOther(sf) || !c.straight(sf)) {
		sf.reason = "ACK of data without DATA_ACK"
		c.kill(now, sf, killMiddlebox)
		return false
	}
	c.countMissing()
	c.fallBack(now, "no DSS on the first subflow")
	return true
}

// countMissing counts a fallback for missing options.
func (c *Conn) countMissing() {
	if c.sawDSS {
		c.s.count.DSSFallback++
	} else {
		c.s.count.CapableDataFallback++
	}
}
