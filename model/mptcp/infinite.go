package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// The infinite mapping (RFC 8684 sections 3.3.1 and 3.7): a DSS of length 0 and checksum 0 that says that
// the rest of the subflow is the rest of the stream.

// putInfinite adds the infinite mapping to a segment of a connection that fell back: to the first mapping or,
// if there is no more data, to the FIN. An answer to MP_FAIL is on the first new segment, and names the start of
// what was last known to have arrived intact.
func (c *Conn) putInfinite(sf *subflow, seg *wire.Segment, rec *tcp.Sent) {
	switch {
	case rec != nil && rec.MapBack == 0:
	case rec == nil && seg.Flags&wire.FIN != 0:
	default:
		return
	}
	if c.anchored {
		if rec != nil && rec.Seq < c.infiniteFrom {
			return // sent again
		}
		c.putAnchor(sf, seg)
		c.infinite = false
	} else {
		pos := c.snd.End()
		if rec != nil {
			pos = rec.Pos
		}
		c.putLengthZero(seg, c.ssnOf(sf, uint64(seg.Seq-sf.e.ISS())), pos)
		c.infinite = false
	}
	sf.e.SetOptionReserve(0)
}

// putAnchor adds the infinite mapping that answers MP_FAIL.
func (c *Conn) putAnchor(sf *subflow, seg *wire.Segment) {
	c.putLengthZero(seg, c.ssnOf(sf, c.anchor-c.outShift), c.anchor)
}

func (c *Conn) putLengthZero(seg *wire.Segment, ssn uint32, pos uint64) {
	c.s.count.InfiniteMapTx++
	seg.Opts |= wire.OptDSS
	seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: c.localIDSN + 1 + pos, SSN: ssn}
	if c.sum {
		seg.DSS.Flags |= wire.DSSSum
	}
}

// takeInfinite takes an infinite mapping: the peer has fallen back. It returns false if the segment is to be
// dropped, with its subflow.
func (c *Conn) takeInfinite(now sim.Time, sf *subflow, d *wire.DSS) bool {
	c.s.count.InfiniteMapRx++
	q := &sf.maps
	shift := c.positionOf(d) - unwrap32(q.delivered, c.offsetOf(sf, d.SSN))
	switch {
	case c.hasOther(sf):
		sf.reason = "infinite mapping beside other subflows"
	case !c.straight(sf) || shift != c.rcv.Next()-q.delivered:
		sf.reason = "infinite mapping does not continue the stream"
	default:
		c.agreed = true
		c.fallBack(now, "infinite mapping received")
		c.infinite = false
		return true
	}
	c.kill(now, sf, killMPTCP)
	return false
}
