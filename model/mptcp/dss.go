package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
)

// The outgoing Data Sequence Signal (RFC 8684 sections 3.3 to 3.3.3). Each Send of a subflow's endpoint is
// one mapping; TCP cuts it into segments, and every one of them carries the whole mapping, also when it is
// sent again.

// Option lengths of a data segment's DSS, padded: an 8-octet DSN with a DATA_ACK of 4 or 8 octets.
const (
	reserveAck4 = 24 // 22, or 24 with checksum
	reserveAck8 = 28 // 26, or 28 with checksum

	reserveShort = 20 // 18, or 20: DSN and DATA_ACK of 4 octets
)

// maxMapping is the longest mapping sent: the length field has 16 bits, and a DATA_FIN may take one more.
const maxMapping = 65535 - 1

// setReserve tells the endpoint how much room the DSS takes in a data segment.
func (c *Conn) setReserve(sf *subflow) {
	if sf.e == nil {
		return
	}
	switch {
	case c.plain && !c.infinite:
		sf.e.SetOptionReserve(0)
	case c.ack8 && !c.short:
		sf.e.SetOptionReserve(reserveAck8)
	case c.ack8 || !c.short:
		sf.e.SetOptionReserve(reserveAck4) // as much as a short DSN with a long DATA_ACK
	default:
		sf.e.SetOptionReserve(reserveShort)
	}
}

// sentMapping describes a mapping of ours.
type sentMapping struct {
	ssn     uint32 // of its first octet
	pos     uint64 // position of its first octet
	payload uint32 // octets of data
	dll     uint16 // Data-Level Length: the DATA_FIN counts
	fin     bool
}

// mappingOf returns the mapping that a sent record belongs to. It is the same for every transmission:
// whether it includes the DATA_FIN was settled when it was first sent.
func (c *Conn) mappingOf(sf *subflow, rec *tcp.Sent) sentMapping {
	start := rec.Seq - uint64(rec.MapBack)
	m := sentMapping{pos: rec.Pos - uint64(rec.MapBack), payload: rec.MapLen}
	if first := 1 + uint64(c.syn.sent); start < first && !sf.join { // began on the SYN, where it was acknowledged
		m.pos, m.payload = m.pos+(first-start), m.payload-uint32(first-start)
		start = first
	}
	m.ssn = c.ssnOf(sf, start)
	m.dll = uint16(m.payload)
	if c.finQueued && start >= sf.finFrom && m.pos+uint64(m.payload) == c.snd.End() {
		if first := c.client && !sf.join && m.ssn == 1; !first { // MP_CAPABLE carries it, which cannot say DATA_FIN
			m.fin = true
			m.dll++
		}
	}
	return m
}

// putDSS adds the DSS option: the DATA_ACK, the mapping of the payload, the DATA_FIN.
func (c *Conn) putDSS(sf *subflow, seg *wire.Segment, rec *tcp.Sent) {
	seg.Opts |= wire.OptDSS
	d := &seg.DSS
	d.Flags = 0
	if c.remoteKnown {
		d.Flags = wire.DSSAck
		if c.ack8 {
			d.Flags |= wire.DSSAck8
		}
		c.ackTold = c.ackPosition()
		d.DataAck = c.remoteIDSN + 1 + c.ackTold
	}
	switch {
	case rec != nil:
		switch {
		case int64(rec.Len) <= sf.e.MSS():
		case c.ack8 || c.s.cfg.Data.ShortDSN == tcp.On:
			// Cut for less room, before the peer's 8-octet DSNs asked for longer DATA_ACKs, and sent again:
			// there is no room for one, and a shorter one must not be sent (section 3.3.2).
			d.Flags &^= wire.DSSAck | wire.DSSAck8
		}
		c.putMapping(sf, d, rec)
	case c.finQueued && !c.finDone && c.snd.Unsent() == 0 && (!c.finSent || c.snd.Una() == c.snd.End()):
		// DATA_FIN without data: SSN 0, length 1 (section 3.3.3). It is repeated on segments without data
		// until it is acknowledged, as Linux does.
		c.finSent = true
		d.Flags |= wire.DSSFin
		c.putDSN(d, c.snd.End())
		d.SSN, d.Len = 0, 1
		if c.sum {
			d.Flags |= wire.DSSSum
			d.Checksum = wire.DSSChecksum(c.localIDSN+1+c.snd.End(), 0, 1, 0)
		}
	}
	if c.s.cfg.Data.SparseDSS == tcp.On {
		c.sparse(sf, seg, rec)
	}
	if c.signals.ackOwed == sf && d.Flags&wire.DSSAck != 0 {
		c.signals.ackOwed = nil
	}
}

func (c *Conn) putMapping(sf *subflow, d *wire.DSS, rec *tcp.Sent) {
	if start := rec.Seq - uint64(rec.MapBack); rec.Transmissions() == 1 && !c.finQueued && !c.sum && !c.short &&
		(sf.join || start > uint64(c.syn.sent)) { // what the rest comes to in the usual case
		d.DSN = c.localIDSN + 1 + rec.Pos - uint64(rec.MapBack)
		d.SSN, d.Len = c.ssnOf(sf, start), uint16(rec.MapLen)
		d.Flags |= wire.DSSMap | wire.DSSMap8
		return
	}
	m := c.mappingOf(sf, rec)
	if rec.Transmissions() > 1 && c.s.cfg.Data.ReinjectLosses == tcp.On {
		c.reinjectRecord(sf, rec)
	}
	c.putDSN(d, m.pos)
	d.SSN, d.Len = m.ssn, m.dll
	if m.fin {
		d.Flags |= wire.DSSFin
		c.finSent = true
	}
	if c.sum {
		d.Flags |= wire.DSSSum
		d.Checksum = c.checksum(m, rec.Stream)
	}
}

// checksum computes the checksum of one of our mappings (section 3.3.1).
func (c *Conn) checksum(m sentMapping, stream uint32) uint16 {
	sum := c.s.contents.Sum(wire.Payload{Stream: stream, Pos: m.pos, Len: m.payload})
	return wire.DSSChecksum(c.localIDSN+1+m.pos, m.ssn, m.dll, sum)
}
