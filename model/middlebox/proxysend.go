package middlebox

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// The sender of a proxy: NewReno over the segments that were kept.

// flight is the octets on their way.
func (a *proxySide) flight() int64 { return int64(a.nxt - a.una) }

// send lets go what the windows allow.
func (x *proxyBox) send(now sim.Time, t *proxyState, d Direction) {
	a := &t.side[d]
	for a.sent < len(a.kept) {
		s := x.b.net().Segment(a.kept[a.sent])
		n := int64(s.SegLen())
		if a.flight()+n > min(a.cwnd, a.window) && (a.flight() > 0 || a.window < n) {
			break
		}
		x.transmit(now, t, d, a.sent)
		a.sent++
		a.nxt = s.Seq + s.SegLen()
	}
	if len(a.kept) > 0 && a.deadline == sim.Never {
		a.deadline = now.Add(a.rto)
	}
}

// transmit sends a copy of a kept segment.
func (x *proxyBox) transmit(now sim.Time, t *proxyState, d Direction, i int) {
	original := t.side[d].kept[i]
	rest := x.b.net().Rest(original)
	p, s := x.b.clone(x.b.net().Segment(original))
	x.refresh(s, t, d)
	x.b.emitAlong(now, p, rest, d)
}

// acked handles an acknowledgment by the far end of the data of direction d.
func (x *proxyBox) acked(now sim.Time, t *proxyState, d Direction, ack uint32, window int64, pure bool) {
	a := &t.side[d]
	if before(ack, a.una) || before(a.next, ack) {
		return
	}
	same := window == a.window
	a.window = window
	if ack == a.una {
		if pure && same && a.sent > 0 {
			x.duplicateACK(now, t, d)
		}
		x.send(now, t, d)
		return
	}
	newly := int64(ack - a.una)
	a.una, a.nxt = ack, later(a.nxt, ack)
	done := 0
	for done < len(a.kept) {
		s := x.b.net().Segment(a.kept[done])
		if before(ack, s.Seq+s.SegLen()) {
			break
		}
		a.bytes -= int64(s.Payload.Len)
		x.b.absorb(a.kept[done])
		done++
	}
	a.kept = append(a.kept[:0], a.kept[done:]...)
	a.sent = max(a.sent-done, 0)
	a.dupACKs, a.tries, a.rto, a.deadline = 0, 0, proxyFirstRTO, sim.Never
	switch {
	case a.inRecover && before(ack, a.recover):
		x.resend(now, t, d)
	case a.inRecover:
		a.inRecover = false
		a.cwnd = a.ssthresh
	case a.cwnd < a.ssthresh:
		a.cwnd += min(newly, a.mss)
	default:
		a.cwnd += max(a.mss*min(newly, a.mss)/a.cwnd, 1)
	}
	x.send(now, t, d)
	if a.closed && x.Buffer-a.bytes >= min(x.Buffer/2, 4*a.mss) {
		x.acknowledge(now, t, d) // the window is open again
	}
}

// duplicateACK counts towards fast retransmit (RFC 5681 section 3.2).
func (x *proxyBox) duplicateACK(now sim.Time, t *proxyState, d Direction) {
	a := &t.side[d]
	a.dupACKs++
	switch {
	case a.inRecover:
		a.cwnd += a.mss
	case a.dupACKs == 3:
		a.ssthresh = max(a.flight()/2, 2*a.mss)
		a.cwnd = a.ssthresh + 3*a.mss
		a.recover, a.inRecover = a.nxt, true
		x.resend(now, t, d)
	}
}

// resend sends the oldest kept segment again.
func (x *proxyBox) resend(now sim.Time, t *proxyState, d Direction) {
	x.b.event(now, "retransmission")
	x.transmit(now, t, d, 0)
	a := &t.side[d]
	a.sent = max(a.sent, 1)
	a.deadline = now.Add(a.rto)
}

// timeout goes back to the oldest octet (RFC 5681 section 3.1); with a shut window it is a probe.
func (x *proxyBox) timeout(now sim.Time, t *proxyState, d Direction) {
	a := &t.side[d]
	a.deadline = sim.Never
	if len(a.kept) == 0 {
		return
	}
	if a.tries++; a.tries > proxyTries {
		x.giveUp(now, t)
		return
	}
	if a.flight() > 0 {
		a.ssthresh = max(a.flight()/2, 2*a.mss)
	}
	a.cwnd, a.dupACKs, a.inRecover = a.mss, 0, false
	a.rto = min(2*a.rto, proxyLastRTO)
	s := x.b.net().Segment(a.kept[0])
	x.resend(now, t, d)
	a.sent, a.nxt = 1, s.Seq+s.SegLen()
}

// giveUp ends a connection whose far end has not answered for too long: both ends get a RST.
func (x *proxyBox) giveUp(now sim.Time, t *proxyState) {
	for d := range t.side {
		p, s := x.b.make()
		address(s, t.key, Direction(d))
		s.Flags, s.Seq, s.Ack = wire.RST|wire.ACK, t.side[d].una, t.side[1-d].next
		x.b.emit(now, p, Direction(d))
	}
	x.clear(t)
}
