package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Explicit congestion notification (RFC 3168).

// Codepoints of the ECN field (RFC 3168 section 5).
const (
	ecnMask uint8 = 3
	ecnECT0 uint8 = 2
	ecnCE   uint8 = 3
)

type ecn struct {
	echo bool // receiver: send ECE until CWR arrives (section 6.1.3)
	cwr  bool // sender: the next new data segment carries CWR (section 6.1.2)
}

// synFlags returns the bits that offer or accept ECN (section 6.1.1). A SYN sent again does not
// offer (section 6.1.1.1): a middlebox may drop such SYNs.
func (c *ecn) synFlags(e *Endpoint) wire.Flags {
	switch {
	case e.state == StateSynSent && e.s.par.ecn && e.open.syns == 1:
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
		e.ecnOK = e.s.par.ecnPassive && f&both == both
	} else {
		e.ecnOK = e.s.par.ecn && f&both == wire.ECE && e.open.syns == 1
	}
}

// received notes the marks of a segment that carries data.
func (c *ecn) received(e *Endpoint, seg *wire.Segment) {
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

// mark sets the ECN bits of an outgoing segment. Retransmissions and pure ACKs are not ECN-capable
// (sections 6.1.4 and 6.1.5).
func (c *ecn) mark(seg *wire.Segment, rec *Sent) {
	if c.echo {
		seg.Flags |= wire.ECE
	}
	if rec != nil && rec.xmits == 1 && rec.Len > 0 {
		seg.TOS |= ecnECT0
		if c.cwr {
			seg.Flags |= wire.CWR
			c.cwr = false
		}
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
	e.enterReduction(now, caCWR)
}
