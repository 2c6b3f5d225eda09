package tcp

import (
	"mpsim/model/cc"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Explicit congestion notification: RFC 3168, and RFC 8257 (DCTCP) for endpoints whose controller counts marks.

// Codepoints of the ECN field (RFC 3168 section 5).
const (
	ecnMask uint8 = 3
	ecnECT0 uint8 = 2
	ecnCE   uint8 = 3
)

type ecn struct {
	echo  bool // receiver: send ECE until CWR arrives (section 6.1.3); exact: DCTCP.CE
	cwr   bool // sender: the next new data segment carries CWR (section 6.1.2)
	exact bool // RFC 8257: each ACK echoes the marks of what it acknowledges, and both ends ask for ECN
}

// synFlags returns the bits that offer or accept ECN (section 6.1.1). A SYN sent again does not
// offer (section 6.1.1.1): a middlebox may drop such SYNs.
func (c *ecn) synFlags(e *Endpoint) wire.Flags {
	switch {
	case e.state == StateSynSent && (e.s.par.ecn || c.exact) && e.open.syns == 1:
		return wire.ECE | wire.CWR
	case e.state == StateSynReceived && e.ecnOK:
		return wire.ECE
	}
	return 0
}

// negotiate looks at the peer's SYN or SYN/ACK.
func (c *ecn) negotiate(e *Endpoint, f wire.Flags) {
	const both = wire.ECE | wire.CWR
	if f&wire.ACK == 0 {
		e.ecnOK = (e.s.par.ecnPassive || c.exact) && f&both == both
	} else {
		e.ecnOK = (e.s.par.ecn || c.exact) && f&both == wire.ECE && e.open.syns == 1
	}
}

// received notes the marks of a segment that carries data. It is called before the segment counts as received.
func (c *ecn) received(now sim.Time, e *Endpoint, seg *wire.Segment) {
	if c.exact {
		c.state(now, e, seg.TOS&ecnMask == ecnCE)
		return
	}
	if seg.Flags&wire.CWR != 0 {
		c.echo = false
	}
	if seg.TOS&ecnMask == ecnCE {
		if !c.echo {
			e.rcv.ackNow = true
		}
		c.echo = true
	}
}

// state follows DCTCP.CE (RFC 8257 section 3.2). When it changes, what waits for a delayed ACK is
// acknowledged in the old state, and the segment that brings the change in the new one.
func (c *ecn) state(now sim.Time, e *Endpoint, ce bool) {
	if ce == c.echo {
		return
	}
	if e.rcv.ackOwed {
		e.sendACK(now)
	}
	c.echo = ce
	e.rcv.ackNow = true
}

// markControl makes the SYN, SYN/ACK or RST of a DCTCP connection ECN-capable (RFC 8257 section 3.5).
func (c *ecn) markControl(e *Endpoint, seg *wire.Segment) {
	if c.exact && (e.ecnOK || e.state == StateSynSent && seg.Flags&wire.ECE != 0) {
		seg.TOS |= ecnECT0
	}
}

// mark sets the ECN bits of an outgoing segment. Retransmissions and pure ACKs are not ECN-capable
// (sections 6.1.4 and 6.1.5), except for DCTCP, which lets nothing pass unmarked (Linux 6.18, tcp_ecn_send).
func (c *ecn) mark(seg *wire.Segment, rec *Sent) {
	if c.echo {
		seg.Flags |= wire.ECE
	}
	if c.exact {
		seg.TOS |= ecnECT0
	}
	if rec != nil && rec.xmits == 1 && rec.Len > 0 {
		seg.TOS |= ecnECT0
		if c.cwr {
			seg.Flags |= wire.CWR
			c.cwr = false
		}
	}
}

// echoes handles an ACK on a connection with ECN.
func (e *Endpoint) echoes(now sim.Time, w *ackWork, ece bool) {
	if e.ecn.exact && w.acked > 0 {
		e.control.(cc.Marks).OnMarks(&e.CC, w.acked, ece, e.snd.una, e.snd.nxt)
	}
	if ece {
		e.echoed(now, w)
	}
}

// echoed handles ECE on an ACK: at most one reduction a window (section 6.1.2).
func (e *Endpoint) echoed(now sim.Time, w *ackWork) {
	if e.rec.state != caOpen {
		return
	}
	e.stats.ECNReductions++
	e.ecn.cwr = true
	e.prr.entryDelivered = w.delivered
	e.CC.Echo = true
	e.enterReduction(now, caCWR)
	e.CC.Echo = false
}
