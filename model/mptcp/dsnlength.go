package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// The length of data sequence numbers (RFC 8684 section 3.3.1): the low 32 bits may be sent while they cannot wrap
// within a segment's lifetime. Internally all have 64 bits. Numbers of either length are taken at any time; a short
// one is extended to the value that is nearest to the one expected next, so that reordered segments around a wrap
// are not mistaken.

// startShort begins with short numbers, once the peer has shown that it knows the keys: MP_CAPABLE with data stands
// for an 8-octet number.
func (c *Conn) startShort() {
	if c.s.cfg.Data.ShortDSN == tcp.On && !c.plain {
		c.short = true
		c.setReserves()
	}
}

// checkWrap goes over to long numbers for good when the subflows together could send 2^31 octets, half of the
// space, within the maximum segment lifetime.
func (c *Conn) checkWrap() {
	rate := int64(0) // octets per second
	for _, sf := range c.live {
		if sf.usable() && sf.e.CC.SRTT > 0 {
			rate += sf.e.CC.Cwnd * int64(unit.Second) / int64(sf.e.CC.SRTT)
		}
	}
	if rate >= 1<<31*int64(unit.Second)/int64(c.s.cfg.Data.MSL) {
		c.short = false
		c.setReserves()
	}
}

func (c *Conn) setReserves() {
	for _, sf := range c.live {
		c.setReserve(sf)
	}
}

// putDSN adds a mapping's DSN.
func (c *Conn) putDSN(d *wire.DSS, pos uint64) {
	d.DSN = c.localIDSN + 1 + pos
	if c.short {
		d.DSN = uint64(uint32(d.DSN))
		d.Flags |= wire.DSSMap
		return
	}
	d.Flags |= wire.DSSMap | wire.DSSMap8
}

// sparse takes out of a data segment what repeats the last one (sections 3.3.2 and 3.7): the DATA_ACK if it and the
// window say nothing new, the mapping if an earlier segment of it has gone out. Both stay until a DATA_ACK has come
// over the subflow, and whenever something is sent again.
func (c *Conn) sparse(sf *subflow, seg *wire.Segment, rec *tcp.Sent) {
	d := &seg.DSS
	if c.s.cfg.Data.SparseDSS == tcp.On && rec != nil && sf.confirmed && rec.Transmissions() == 1 {
		if d.DataAck == c.toldAck && c.rcvEdge == c.toldEdge {
			d.Flags &^= wire.DSSAck | wire.DSSAck8
		}
		if rec.MapBack > 0 {
			d.Flags &^= wire.DSSMap | wire.DSSMap8 | wire.DSSFin | wire.DSSSum
		}
		if d.Flags&(wire.DSSAck|wire.DSSMap) == 0 {
			seg.Opts &^= wire.OptDSS
			return
		}
	}
	if d.Flags&wire.DSSAck != 0 {
		c.toldAck, c.toldEdge = d.DataAck, c.rcvEdge
	}
}
