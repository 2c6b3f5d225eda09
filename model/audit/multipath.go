package audit

import "mpsim/model/wire"

const signals = wire.OptAddAddr | wire.OptRemoveAddr | wire.OptPrio

// multipath reads the MPTCP options of a segment that is no RST.
func (a *Auditor) multipath() {
	s, f := a.seg, a.f
	a.fourthPacket()
	o := s.Opts & wire.OptMPTCP
	if f.join.used && o&wire.OptJoin == 0 && s.Flags.Has(wire.SYN|wire.ACK) {
		f.join.bad = true
	}
	if o == 0 {
		a.without()
	} else if a.inPlace(o) {
		a.options(o)
	}
	if f.conn.proto != plainTCP {
		a.firstWindow()
	}
}

// inPlace holds options to the kind of segment, and to a fall-back before.
func (a *Auditor) inPlace(o wire.Options) bool {
	s, f, me := a.seg, a.f, &a.f.end[a.h]
	switch {
	case s.Flags&wire.SYN != 0 && o&^(wire.OptCapable|wire.OptJoin) != 0:
		a.find(OptionPlace, say("MP_CAPABLE or MP_JOIN on a SYN"), say(o.String()))
		return false
	case o&wire.OptReset != 0:
		a.find(OptionPlace, say("MP_TCPRST on a RST only"), value{})
	case o&wire.OptCapable != 0 && o&wire.OptJoin != 0:
		a.find(OptionPlace, say("MP_CAPABLE or MP_JOIN"), say(o.String()))
		return false
	}
	if !me.plain || s.Flags&wire.SYN != 0 {
		return true
	}
	last := o&(wire.OptFail|wire.OptFastClose) != 0 ||
		o&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSMap != 0 && s.DSS.Len == 0
	again := s.Payload.Len > 0 && me.rel(s.Seq) < me.plainAt // sent again as it was
	if !last && !again && a.ordered {
		severity := rules[AfterFallback].severity
		if !a.local {
			severity = Warning
		}
		a.findAs(severity, AfterFallback, value{}, say(o.String()))
	}
	return f.conn.proto == multipath
}

func (a *Auditor) options(o wire.Options) {
	s, f, me := a.seg, a.f, &a.f.end[a.h]
	if f.conn.proto == plainTCP && f.midway {
		f.conn.proto = multipath
	}
	if o&wire.OptCapable != 0 {
		a.capableSegment()
	}
	if o&wire.OptJoin != 0 {
		a.joinSegment()
	}
	if f.conn.proto == plainTCP {
		a.find(CapablePlace, say("plain TCP"), say(o.String()))
		return
	}
	if o&wire.OptDSS != 0 {
		if me.unmapped > 0 && a.ordered && !me.plain {
			a.find(MapMissing, value{}, value{kind: 1, n: int64(me.unmapped), text: " was the packet"})
			me.unmapped = 0
		}
		if a.h == 0 && f.conn.version == 0 {
			f.capable.third = true // in version 0 both keys are known: a DSS shows as well that options get through
		}
		a.dss()
	}
	if o&wire.OptAddAddr != 0 {
		a.addAddr()
	}
	if o&wire.OptRemoveAddr != 0 {
		a.removeAddr()
	}
	if o&wire.OptPrio != 0 {
		a.prio()
	}
	if o&(wire.OptFastClose|wire.OptFail) != 0 && s.Flags&wire.SYN == 0 {
		a.fastClose()
		a.fail()
	}
}

// fourthPacket notes the acknowledgment that completes a join.
func (a *Auditor) fourthPacket() {
	if j := &a.f.join; j.used && a.h == 1 && j.third && a.seg.Flags&(wire.SYN|wire.ACK) == wire.ACK {
		j.fourth = true
	}
}

// payload notes the segment's octets, on the subflow and in the connection.
func (a *Auditor) payload() {
	s, f, me, peer := a.seg, a.f, &a.f.end[a.h], &a.f.end[1-a.h]
	length := int64(s.Payload.Len)
	if length == 0 {
		return
	}
	if !a.known {
		f.conn.unchecked |= noOctets
	}
	from := me.rel(s.Seq)
	if s.Flags&wire.SYN != 0 {
		from++
	} else {
		a.joinData()
	}
	a.me().octetsTotal += length
	keepalive := length == 1 && from < peer.acked // its octet may be any (RFC 9293 section 3.8.4)
	if a.known && !a.o.NoContent && !keepalive {
		if at, ok := me.content.put(from, a.bytes, length, a.o.Contents); !ok {
			a.find(BytesDiffer, say("the octets sent before"), value{kind: 1, n: at, text: " and following differ"})
		}
	}
	if f.conn.proto != multipath || s.Flags&wire.SYN != 0 || a.me().infinite || me.plain {
		return
	}
	a.bindPayload(from, from+length, keepalive)
	a.verify()
}

// bindPayload gives octets their data sequence numbers.
func (a *Auditor) bindPayload(from, to int64, keepalive bool) {
	me := &a.f.end[a.h]
	mapped := false
	for i := me.bound.first(from); i < len(me.bound) && me.bound[i].from < to; i++ {
		b := me.bound[i]
		lo, hi := max(from, b.from), min(to, b.to)
		mapped = true
		a.sentData(lo+b.shift, hi+b.shift)
		if a.known && !a.o.NoContent && !keepalive {
			a.putData(lo+b.shift, a.bytes.cut(lo-from, hi-from), hi-lo)
		}
	}
	if !mapped && !a.f.join.used && a.me().acked <= 1 && me.unmapped == 0 && !a.f.midway {
		me.unmapped = a.packets
	}
}

// afterwards counts duplicate ACKs that carry only signals (RFC 8684 section 3).
func (a *Auditor) afterwards() {
	s, me := a.seg, &a.f.end[a.h]
	if len(me.sums) > 0 && s.Payload.Len == 0 {
		a.verify()
	}
	if s.SegLen() == 0 && s.Opts&signals != 0 && s.Ack == me.lastAck {
		if me.signals++; me.signals == 3 {
			a.find(SignalAcks, value{}, value{})
		}
	} else {
		me.signals = 0
	}
	me.lastAck = s.Ack
	if a.f.ended() {
		a.f.end[0].content.free()
		a.f.end[1].content.free()
	}
}
