package tcp

import "mpsim/sim"

// Closing: RFC 9293 sections 3.6 and 3.10.4.

// closeSend sends a FIN after the data sent so far. It does not wait for the congestion window: it
// carries no data.
func (e *Endpoint) closeSend(now sim.Time) {
	if e.snd.finQueued {
		return
	}
	switch e.state {
	case StateSynSent: // nothing to close yet
		e.fail(now, Aborted)
	case StateSynReceived: // wait until established
		e.snd.finQueued = true
	case StateEstablished, StateCloseWait:
		q := &e.snd.q
		if q.empty() {
			e.rec.rtoAt = now.Add(e.rtt.rto())
		}
		r := q.push(&e.s.a.rings)
		*r = Sent{Seq: e.snd.nxt, sentAt: now, xmits: 1, flags: sentFin}
		e.snd.nxt = r.End()
		e.sendRecord(now, r)
		e.finSent()
		if e.userLimit > 0 && !e.tm.pending(timerUser) {
			e.setTimer(timerUser, now.Add(e.userLimit))
		}
		e.tlp.at = 0
		e.scheduleLoss(now)
	default: // closed, or the FIN is on its way
	}
}

// finAcked moves on when our FIN, the last record of the queue, is acknowledged.
func (e *Endpoint) finAcked(now sim.Time) {
	if !e.snd.finQueued || !e.snd.q.empty() || e.snd.una != e.snd.nxt {
		return
	}
	switch e.state {
	case StateFinWait1:
		e.setState(StateFinWait2)
		e.changed(now, SendClosed)
		if e.state == StateFinWait2 && e.open.waitLimit > 0 {
			e.setTimer(timerClose, now.Add(e.open.waitLimit))
		}
	case StateClosing:
		e.changed(now, SendClosed)
		if e.state == StateClosing {
			e.enterTimeWait(now)
		}
	case StateLastAck:
		e.changed(now, SendClosed)
		e.release(now)
	default: // no FIN was sent, or it was acknowledged before
	}
}

// LimitFinWait bounds FIN-WAIT-2 by Config.FinWait2: the application has gone and will not read
// what the peer may still send.
func (e *Endpoint) LimitFinWait(now sim.Time) {
	e.open.waitLimit = e.s.par.FinWait2
	if e.open.finWait > 0 {
		e.open.waitLimit = e.open.finWait
	}
	if e.state == StateFinWait2 {
		e.setTimer(timerClose, now.Add(e.open.waitLimit))
	}
}

// RefuseData tells that the application has gone: data that arrives from now on resets the connection (RFC
// 9293 section 3.6.1).
func (e *Endpoint) RefuseData() { e.rcv.refuse = true }

// noteFIN takes the peer's FIN at offset at, now or when what precedes it has come.
func (e *Endpoint) noteFIN(at uint64) {
	r := &e.rcv
	if r.finSeen && r.finAt != at || at < r.nxt {
		return // already taken, or it contradicts the first one
	}
	r.finSeen, r.finAt = true, at
	r.ackNow = true
	if e.sackOK && at > r.nxt { // it has a sequence number, so blocks cover it, too
		r.noteBlock(at, at+1)
	}
}

// takeFIN consumes the peer's FIN when it is in order.
func (e *Endpoint) takeFIN(now sim.Time) {
	r := &e.rcv
	if !r.finSeen || r.nxt != r.finAt || !e.state.receiving() {
		return
	}
	r.nxt++
	r.edge = max(r.edge, r.nxt)
	r.ackNow, r.ackOwed = true, true
	r.dropBlocks()
	if e.s.par.linux { // tcp_fin forgets all that was to be reported
		r.dupRight = 0
	}
	switch e.state {
	case StateEstablished:
		e.setState(StateCloseWait)
		e.changed(now, PeerClosed)
	case StateFinWait1: // our FIN is not acknowledged, or finAcked would have moved on
		e.setState(StateClosing)
		e.changed(now, PeerClosed)
	case StateFinWait2:
		e.changed(now, PeerClosed)
		if e.state == StateFinWait2 {
			e.enterTimeWait(now)
		}
	default: // receiving() admits no other
	}
}
