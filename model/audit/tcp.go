package audit

import "mpsim/model/wire"

// alien and alienWindow are the distances (octets) from what was acknowledged and from the offered window at which a
// segment is taken for one of another connection, or for a forgery.
const (
	alien       = 1 << 30
	alienWindow = 1 << 20
)

// stranger says that numbers are far from all that the receiver may expect.
func (a *Auditor) stranger(from int64) bool {
	me, peer := &a.f.end[a.h], &a.f.end[1-a.h]
	if !peer.sawAck || !peer.offered || a.f.midway {
		return from > me.top+alien || from < me.top-alien
	}
	return from > max(peer.edge, peer.acked)+alienWindow || from < peer.acked-alien
}

// sequence holds the sequence numbers of the segment to what was sent before and to the window.
func (a *Auditor) sequence() {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	length := int64(s.SegLen())
	if length == 0 {
		return
	}
	from := me.rel(s.Seq)
	to := from + length
	data := to
	if s.Flags&wire.SYN == 0 && a.stranger(from) { // remains of an earlier connection may answer a SYN
		a.foreign = true
		a.find(WindowBeyond, num(peer.edge), num(data))
		a.stamp()
		return
	}
	if s.Flags&wire.FIN != 0 {
		data--
		switch {
		case me.fin == 0:
			if me.top > data {
				a.find(DataAfterFin, num(data), num(me.top))
			}
			me.fin = data
		case me.fin != data:
			a.find(FinMoved, num(me.fin), num(data))
		}
	}
	if me.fin > 0 && data > me.fin {
		a.find(DataAfterFin, num(me.fin), num(data))
	}
	// One octet may probe a window that is shut (RFC 9293 section 3.8.6.1).
	if peer.offered && s.Flags&wire.SYN == 0 && data > peer.edge && data > me.top && s.Payload.Len > 1 {
		a.suspect(WindowBeyond, false, num(peer.edge), num(data))
	}
	me.cover.add(from, to)
	me.top = max(me.top, to)
}

// acknowledgment holds the acknowledgment, the window and the SACK blocks to what the peer has sent.
func (a *Auditor) acknowledgment() {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	if s.Flags&wire.ACK == 0 {
		if s.Flags&wire.SYN != 0 {
			me.offer(1 + int64(s.Window))
		}
		return
	}
	if !peer.based {
		return
	}
	ack := peer.rel(s.Ack)
	if peer.known {
		if most := peer.cover.reach(0); ack > most {
			a.suspect(AckBeyond, false, num(most), num(ack))
		}
	}
	if peer.known && (ack > peer.top+alienWindow || me.sawAck && ack < me.acked-alien) {
		a.foreign = true
		return
	}
	if me.sawAck && ack < me.acked && a.ordered {
		a.find(AckBack, num(me.acked), num(ack))
	}
	if s.Flags&wire.SYN != 0 && a.h == 1 && ack > 1 {
		peer.ssnShift = ack - 1 // data of the SYN is not mapped
	}
	window, exact := a.window()
	if exact {
		edge := ack + window
		if a.f.conn.proto == plainTCP && a.ordered && me.offered && edge+a.granularity() <= me.edge {
			a.find(EdgeBack, num(me.edge), num(edge))
		}
		me.offer(edge)
	}
	a.sack(ack)
	if !me.sawAck || ack > me.acked {
		me.acked, me.sawAck = ack, true
	}
}

// offer notes a right edge.
func (h *half) offer(edge int64) {
	if !h.offered || edge > h.edge {
		h.edge, h.offered = edge, true
	}
}

// window returns the segment's window in octets; exact is false where the handshake is not in the trace.
func (a *Auditor) window() (octets int64, exact bool) {
	me, peer := &a.f.end[a.h], &a.f.end[1-a.h]
	if a.seg.Flags&wire.SYN != 0 {
		return int64(a.seg.Window), true
	}
	if !me.known || !peer.known {
		return 0, false
	}
	return int64(a.seg.Window) << a.scale(), true
}

// scale is the shift of the sender's windows.
func (a *Auditor) scale() uint8 {
	me, peer := &a.f.end[a.h], &a.f.end[1-a.h]
	if me.syn&peer.syn&wire.OptWindowScale == 0 {
		return 0
	}
	return me.shift
}

// granularity is the step of the sender's windows in octets.
func (a *Auditor) granularity() int64 { return 1 << a.scale() }

// sack holds SACK blocks to what the peer has sent (RFC 2018 section 4, RFC 2883).
func (a *Auditor) sack(ack int64) {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	if s.Opts&wire.OptSACK == 0 {
		return
	}
	if me.known && peer.known && me.syn&peer.syn&wire.OptSACKPermitted == 0 {
		a.find(SackUnasked, value{}, value{})
	}
	if !peer.known {
		return
	}
	for i, b := range s.SACK[:s.SACKN] {
		from, to := peer.rel(b.Left), peer.rel(b.Right)
		switch {
		case from >= to:
			a.find(SackBlock, say("an ascending block"), num(to-from))
		case i > 0 && to <= ack && a.ordered: // the first one may report a duplicate
			a.find(SackBlock, say("a block above the acknowledgment"), num(to-ack))
		case peer.cover.missing(from, to) > 0:
			a.suspect(SackBlock, false, say("octets that were sent"),
				value{kind: 1, n: peer.cover.missing(from, to), text: " octets that were not"})
		}
	}
}

// tcpOptions holds timestamps and the options of handshakes to their places.
func (a *Auditor) tcpOptions() {
	s, me, peer := a.seg, &a.f.end[a.h], &a.f.end[1-a.h]
	if s.Flags&wire.SYN == 0 {
		if o := s.Opts & (wire.OptMSS | wire.OptWindowScale | wire.OptSACKPermitted); o != 0 {
			a.find(SynOnly, value{}, say(o.String()))
		}
		if me.known && peer.known {
			a.stampsAgreed(me.syn&peer.syn&wire.OptTimestamps != 0)
		}
	}
	if s.Opts&wire.OptTimestamps == 0 {
		return
	}
	if me.stamped && a.ordered && int32(s.TSVal-me.stamp) < 0 {
		severity := rules[StampBack].severity
		if me.fin > 0 && peer.fin > 0 {
			severity = Warning // what is left of a closed connection may have another clock
		}
		a.findAs(severity, StampBack, hexa(uint64(me.stamp)), hexa(uint64(s.TSVal)))
	}
	if s.Flags&wire.ACK != 0 && peer.known && s.TSEcr != 0 &&
		(!peer.stamped || int32(s.TSEcr-peer.stamp) > 0) {
		expected := say("none")
		if peer.stamped {
			expected = hexa(uint64(peer.stamp))
		}
		a.suspect(StampEcho, false, expected, hexa(uint64(s.TSEcr)))
	}
	a.stamp()
}

// stamp notes the sender's timestamp.
func (a *Auditor) stamp() {
	s, me := a.seg, &a.f.end[a.h]
	if s.Opts&wire.OptTimestamps != 0 && (!me.stamped || int32(s.TSVal-me.stamp) > 0) {
		me.stamp, me.stamped = s.TSVal, true
	}
}

func (a *Auditor) stampsAgreed(agreed bool) {
	switch has := a.seg.Opts&wire.OptTimestamps != 0; {
	case has && !agreed:
		a.find(StampUnasked, value{}, value{})
	case agreed && !has && !a.leavesOutStamps():
		a.find(StampMissing, value{}, value{})
	}
}

// leavesOutStamps says that the segment's MPTCP options need the room of timestamps (RFC 8684 section 3.4.1): Linux
// leaves them out of an ACK that carries an ADD_ADDR of an IPv6 address and port.
func (a *Auditor) leavesOutStamps() bool {
	return a.seg.Opts&wire.OptAddAddr != 0 || a.seg.OptionLen() > 28
}

// reset reads a RST. Its numbers say little, so only its MPTCP options are judged.
func (a *Auditor) reset() {
	s := a.seg
	a.ordered = a.local
	if s.Opts&wire.OptReset != 0 && s.Reset.Reason > wire.ResetInterference {
		a.find(ResetReason, value{}, num(int64(s.Reset.Reason)))
	}
	a.fastClose()
	a.fail()
	a.f.dead = true
	for i := range a.f.end {
		a.f.end[i].content.free()
	}
}
