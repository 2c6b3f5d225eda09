package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// TCP Fast Open (RFC 7413) under Multipath TCP (RFC 8684 appendix B, version 1). Data on the SYN is no part
// of the data sequence space: what the SYN/ACK acknowledges of it belongs to the stream, but the octet behind
// it has DSN IDSN+1 and SSN 1. What it does not acknowledge is sent again and mapped as if it had not been on
// the SYN. A server that sends before the third packet has no DATA_ACK to send yet (erratum 6609).
//
// Positions of the stream and offsets of the subflow count all octets, those on the SYN included; both
// initial data sequence numbers are kept lower by as many octets as were on the SYN, so that a position's DSN
// is what it should.

// synOctets counts what was exchanged on the SYN.
type synOctets struct {
	sent  uint32 // of ours, acknowledged by the SYN/ACK
	taken uint32 // of the peer's

	window uint16 // that the peer's SYN announced
}

// ssnOf returns the SSN of an offset of a subflow's octets that we send.
func (c *Conn) ssnOf(sf *subflow, offset uint64) uint32 {
	if sf.join {
		return uint32(offset)
	}
	return uint32(offset) - c.syn.sent
}

// offsetOf returns the offset, in 32 bits, of an SSN of the peer.
func (c *Conn) offsetOf(sf *subflow, ssn uint32) uint32 {
	if sf.join {
		return ssn
	}
	return ssn + c.syn.taken
}

// UseFastOpen asks for Fast Open on a prepared connection: its SYN carries a cookie, and with one data, or
// the request for one (RFC 7413 section 4.1.3). Call it before Connect.
func (c *Conn) UseFastOpen() {
	if sf := c.unsent(); sf != nil {
		sf.e.UseFastOpen()
	}
}

// FastOpenRoom returns how many octets the SYN of a prepared connection may carry, 0 without a cookie. There
// is no room in version 0, whose option leaves none for the cookie, and for an attempt that may be given up
// for an older version.
func (c *Conn) FastOpenRoom() int64 {
	sf := c.unsent()
	if sf == nil {
		return 0
	}
	if !c.plain && (c.version == 0 || c.s.cfg.RetryOlder == tcp.On) {
		return 0
	}
	if cookie, _, _ := c.s.tcp.FastOpenCookie(c.local0, c.remote0); cookie.Len > longestCookie {
		return 0
	}
	return sf.e.FastOpenRoom()
}

// longestCookie fits on a SYN beside MSS, SACK-permitted, timestamps, window scale and MP_CAPABLE.
const longestCookie = 14

// FastOpened tells whether data on the SYN got through: taken by us, or acknowledged by the peer's SYN/ACK.
func (c *Conn) FastOpened() bool { return c.syn.sent > 0 || c.syn.taken > 0 }

// unsent returns the first subflow of a prepared connection whose SYN has not been sent.
func (c *Conn) unsent() *subflow {
	if c.state != SynSent || len(c.live) != 1 || c.live[0].e == nil || c.live[0].e.SYNsSent() > 0 {
		return nil
	}
	return c.live[0]
}

// Connect sends the SYN of a prepared connection, with as much of what is queued as FastOpenRoom admits.
func (c *Conn) Connect(now sim.Time) {
	sf := c.unsent()
	if sf == nil {
		return
	}
	c.tell(now, EventSubflowTried, sf)
	n := min(c.snd.Unsent(), c.FastOpenRoom())
	if n <= 0 {
		sf.e.Connect(now)
		return
	}
	pos := c.snd.Nxt()
	c.snd.Advance(n)
	sf.outShift, sf.lineFrom = identity, 1
	sf.stats.sentNew += n
	c.stats.sentAt = now
	sf.e.ConnectWith(now, c.snd.Stream(), pos, n)
}

// synAcked notes how much of the data on our SYN the SYN/ACK acknowledges.
func (c *Conn) synAcked(now sim.Time, sf *subflow, seg *wire.Segment) {
	n := seg.Ack - sf.e.ISS() - 1
	if n == 0 {
		return
	}
	c.syn.sent = n
	c.localIDSN -= uint64(n)
	c.dataAcked(now, uint64(n))
}

// synDataOut tells that data was on our SYN: what is left of it goes first.
func (c *Conn) synDataOut(sf *subflow) bool { return c.client && sf.e.SndNxt() > 1 }

// fastOpened is a SYN with a valid cookie: the application gets the connection before the third packet.
func (c *Conn) fastOpened(now sim.Time, sf *subflow) {
	window := int64(c.syn.window)
	c.sndEdge, c.sndWindowMax = uint64(window), window // counts from the first octet
	sf.wndEdge = 1 + uint64(window)
	c.open(now)
	c.setState(now, Established)
	c.checkPlain(sf)
	c.handOver(now)
}

// takeSYNData takes the data on the peer's SYN.
func (c *Conn) takeSYNData(now sim.Time, sf *subflow, p wire.Payload) {
	c.syn.taken = p.Len
	sf.maps.delivered = 1 + uint64(p.Len)
	if c.remoteKnown {
		c.remoteIDSN -= uint64(p.Len)
	}
	c.arrive(now, sf, 0, p)
}

// fitCookie makes room for MP_CAPABLE beside the cookie that a SYN/ACK grants: it goes without timestamps, or the
// cookie is cut (appendix B.1).
func (c *Conn) fitCookie(sf *subflow, seg *wire.Segment) {
	if c.s.cfg.Data.WholeCookie == tcp.On && seg.Opts&wire.OptFastOpen != 0 && !seg.Fits() {
		sf.e.DropTimestamps()
		seg.Opts &^= wire.OptTimestamps
	}
	for seg.Opts&wire.OptFastOpen != 0 && !seg.Fits() {
		if seg.FastOpen.Len <= tcp.ShortestCookie {
			seg.Opts &^= wire.OptFastOpen
			return
		}
		cookie := seg.FastOpen.Bytes()
		exp := seg.FastOpen.Exp
		seg.FastOpen = wire.NewFastOpen(cookie[:len(cookie)-2])
		seg.FastOpen.Exp = exp
	}
}
