package audit

import "mpsim/model/wire"

// capable is what the handshake of a first subflow had (RFC 8684 section 3.1).
type capable struct {
	syn, synAck, third bool // MP_CAPABLE was there
	flags              uint8
	version            uint8
}

// capableSegment reads MP_CAPABLE.
func (a *Auditor) capableSegment() {
	s, f, o := a.seg, a.f, &a.seg.Capable
	switch {
	case f.join.used:
		a.find(CapablePlace, value{}, say("on a joined subflow"))
		return
	case o.Flags&wire.CapableExtended != 0:
		a.find(CapableExtended, hexa(0), hexa(uint64(o.Flags)))
	}
	algorithms := uint8(0x1f)
	if o.Version == 0 {
		algorithms = 0x3f
	}
	if o.Flags&algorithms == 0 {
		a.find(CapableAlgorithm, say("at least one"), hexa(uint64(o.Flags)))
	}
	switch s.Flags & (wire.SYN | wire.ACK) {
	case wire.SYN:
		a.capableSYN(o)
	case wire.SYN | wire.ACK:
		a.capableSYNACK(o, algorithms)
	default:
		a.capableACK(o)
	}
}

func (a *Auditor) capableSYN(o *wire.Capable) {
	f, c := a.f, a.f.conn
	form := uint8(wire.CapableSYN)
	if o.Version == 0 {
		form = wire.CapableKey
	}
	if o.Form != form {
		a.find(CapableForm, num(int64(form)), num(int64(o.Form)))
		return
	}
	if f.capable.syn && (o.Version != f.capable.version || o.Flags != f.capable.flags) {
		a.find(CapableVersion, hexa(uint64(f.capable.version)<<8|uint64(f.capable.flags)),
			hexa(uint64(o.Version)<<8|uint64(o.Flags)))
	}
	f.capable.syn, f.capable.flags, f.capable.version = true, o.Flags, o.Version
	if c.proto == plainTCP {
		c.proto = asked
	}
	me := a.me()
	me.csum = o.Flags&wire.CapableChecksum != 0
	if o.Version == 0 {
		c.version = 0
		a.learnKey(f.sideOf(a.h), o.SenderKey)
	} else {
		me.noJoin = o.Flags&wire.CapableNoJoinHere != 0
	}
}

func (a *Auditor) capableSYNACK(o *wire.Capable, algorithms uint8) {
	f, c := a.f, a.f.conn
	if o.Form != wire.CapableKey {
		a.find(CapableForm, num(wire.CapableKey), num(int64(o.Form)))
		return
	}
	chosen := o.Flags & algorithms
	if chosen&(chosen-1) != 0 || f.capable.syn && chosen&^f.capable.flags != 0 {
		a.find(CapableAlgorithm, say("one of "+hexa(uint64(f.capable.flags&algorithms)).String()), hexa(uint64(chosen)))
	}
	switch {
	case f.synSeen && !f.capable.syn:
		a.find(CapablePlace, value{}, say("in an answer to a SYN without it"))
		return
	case f.capable.syn && o.Version > f.capable.version:
		a.find(CapableVersion, value{kind: 1, n: int64(f.capable.version), text: " or less"}, num(int64(o.Version)))
		return
	}
	if c.proto != multipath || c.version < 0 {
		c.version = int(o.Version)
	}
	c.proto = multipath
	f.capable.synAck = true
	me := a.me()
	me.csum = o.Flags&wire.CapableChecksum != 0
	me.noJoin = o.Version > 0 && o.Flags&wire.CapableNoJoinHere != 0
	if f.capable.syn {
		c.csumKnown, c.csum = true, me.csum || a.them().csum
	}
	a.learnKey(f.sideOf(a.h), o.SenderKey)
}

func (a *Auditor) capableACK(o *wire.Capable) {
	f, c := a.f, a.f.conn
	switch {
	case o.Form < wire.CapableKeys:
		a.find(CapableForm, say("20, 22 or 24"), num(int64(o.Form)))
		return
	case a.h != 0 && !f.midway:
		a.find(CapablePlace, value{}, say("on an ACK of the listener"))
		return
	case f.synAckSeen && !f.capable.synAck:
		a.find(CapablePlace, value{}, say("although the SYN/ACK had none"))
		return
	}
	if a.h != 0 { // midway: who sends this has opened the connection
		f.swap = 1
	}
	c.proto = multipath
	f.capable.third = true
	switch {
	case c.version < 0:
		c.version = int(o.Version)
	case c.version != int(o.Version):
		a.find(CapableVersion, num(int64(c.version)), num(int64(o.Version)))
		return
	}
	a.learnKey(f.sideOf(a.h), o.SenderKey)
	a.learnKey(f.sideOf(1-a.h), o.ReceiverKey)
	csum := o.Flags&wire.CapableChecksum != 0
	if !c.csumKnown {
		c.csumKnown, c.csum = true, csum
	}
	if c.csum != csum {
		a.find(CapableChecksum, say("bit A as negotiated"), hexa(uint64(o.Flags)))
	}
	if o.Version > 0 {
		a.me().noJoin = o.Flags&wire.CapableNoJoinHere != 0
	}
	if o.Form < wire.CapableData {
		return
	}
	f.end[a.h].sawDSS = true // it stands in for a DSS
	if has := o.Form == wire.CapableDataCsum; has != c.csum {
		a.find(CapableChecksum, say("a checksum only if negotiated"), value{kind: 1, n: int64(o.Form), text: " octets"})
	}
	m := mapping{number: 1 + a.f.end[a.h].ssnShift, dsn: 1, ssn: 1, length: o.DataLen, sum: o.Checksum,
		hasSum: o.Form == wire.CapableDataCsum}
	m.octets = int64(o.DataLen)
	a.mapped(m)
}

// without reads a segment that has no MPTCP option, in the places where one decides.
func (a *Auditor) without() {
	s, f, c := a.seg, a.f, a.f.conn
	switch s.Flags & (wire.SYN | wire.ACK) {
	case wire.SYN:
		if f.join.used {
			f.join.stripped = true
		}
		return
	case wire.SYN | wire.ACK:
		if f.capable.syn && !f.capable.synAck {
			c.proto = plainTCP
			a.goPlain(0)
			a.goPlain(1)
		}
		return
	}
	if a.h == 0 && f.capable.synAck && !f.capable.third && s.Flags&wire.FIN == 0 {
		// The third packet decides (RFC 8684 section 3.1).
		c.proto = plainTCP
		f.capable.third = true
		a.goPlain(0)
		a.goPlain(1)
	}
}

// goPlain notes that an end of the flow has gone back to TCP.
func (a *Auditor) goPlain(h int) {
	if e := &a.f.end[h]; !e.plain {
		e.plain, e.plainAt = true, e.top
	}
}
