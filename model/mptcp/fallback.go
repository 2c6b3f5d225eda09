package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Fallback to plain TCP (RFC 8684 section 3.7) while the connection has had one subflow only: position p of
// the stream is then subflow offset p+1 in both directions, whatever was mapped before.

// fallBack leaves MPTCP for good.
func (c *Conn) fallBack(now sim.Time, reason string) {
	if c.plain {
		return
	}
	c.plain = true
	c.fallbackReason = reason
	c.s.hash.Mix(uint64(c.id)<<32 | 0xfb)
	if c.localKey != 0 {
		c.s.tokens.remove(c.localToken)
	}
	c.paths.events = c.paths.events[:0] // nothing for a path manager any more
	c.paths.over = true
	c.clearDeadline(deadlineData)
	c.clearDeadline(deadlineAddAddr)
	c.reinject.clear()
	// The peer has accepted MP_CAPABLE and mapped data may be on its way: say that it ends (section 3.7).
	c.infinite = c.remoteKnown && c.snd.Nxt() > 0
	if sf := c.onlySubflow(); sf != nil && sf.e != nil && c.everEstablished {
		c.checkPlain(sf)
		if una := sf.e.SndUna(); una > 1 {
			c.snd.Ack(min(una-1, c.snd.End()))
		}
	}
	c.wake(now) // a FIN may be due instead of the DATA_FIN
	if c.s.observer != nil {
		c.s.observer.FellBack(now, c, reason)
	}
}

// checkPlain gives the endpoint of a plain connection back what the connection did for it.
func (c *Conn) checkPlain(sf *subflow) {
	if !c.plain {
		return
	}
	sf.e.SetSharedWindow(false)
	if c.s.cfg.Policy.SubflowRetries > 0 {
		sf.e.SetRetries(c.s.tcp.Config().Retries)
	}
	sf.e.SetProbe(false)
	c.setReserve(sf)
	sf.e.CC.Group = nil
	c.group.Flows = c.group.Flows[:0]
}

// putInfinite adds the infinite mapping that tells the peer of the fallback: length 0, checksum 0. It goes
// on the first mapping or, if there is no more data, on the FIN.
func (c *Conn) putInfinite(sf *subflow, seg *wire.Segment, rec *tcp.Sent) {
	ssn, pos := seg.Seq-sf.e.ISS(), c.snd.End()
	switch {
	case rec != nil && rec.MapBack == 0:
		pos = rec.Pos
	case rec == nil && seg.Flags&wire.FIN != 0:
	default:
		return
	}
	c.infinite = false
	c.s.count.InfiniteMapTx++
	seg.Opts |= wire.OptDSS
	seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: c.localIDSN + 1 + pos, SSN: ssn}
	if c.sum {
		seg.DSS.Flags |= wire.DSSSum
	}
	sf.e.SetOptionReserve(0)
}

// takeInfinite takes an infinite mapping: the peer has fallen back.
func (c *Conn) takeInfinite(now sim.Time, sf *subflow) {
	c.s.count.InfiniteMapRx++
	if sf.join || len(c.subs) > 1 {
		sf.reason = "infinite mapping beside other subflows"
		c.kill(now, sf, killMPTCP)
		return
	}
	c.fallBack(now, "infinite mapping received")
	c.infinite = false
}
