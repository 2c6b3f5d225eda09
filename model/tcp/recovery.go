package tcp

import "mpsim/sim"

// caState is the state of loss recovery (named as in Linux's icsk_ca_state; "disorder" is open here).
type caState uint8

const (
	caOpen     caState = iota // no loss known
	caCWR                     // reducing because of ECN (RFC 3168 section 6.1.2)
	caRecovery                // fast recovery (RFC 6675, RFC 6582)
	caLoss                    // after a retransmission timeout, until everything sent before it is acknowledged
)

func (s caState) String() string {
	switch s {
	case caOpen:
		return "open"
	case caCWR:
		return "cwr"
	case caRecovery:
		return "recovery"
	case caLoss:
		return "loss"
	}
	return "?"
}

// recovery holds the scoreboard's sums and the state of loss recovery. Octets are payload.
type recovery struct {
	state       caState
	armed       lossKind
	due         bool // scheduleLoss is to be called when the event has been handled
	cacheN      uint8
	sacked      int64 // octets SACKed (without SACK: thought arrived because of duplicate ACKs)
	lost        int64 // octets marked lost, sent again or not
	retrans     int64 // octets of retransmissions in the network
	sackedSegs  int32
	lostPending int32  // records marked lost and not sent again
	hint        uint32 // no such record before this one
	dupACKs     int32
	highSacked  uint64   // highest offset that has arrived for sure
	rtoAt       sim.Time // when the retransmission timer expires
	undo        undo

	// What an ACK that brings no loss does not touch.
	point uint64 // RecoveryPoint: SND.NXT when it began (RFC 6675 section 2)
	last  uint64 // recovery point of the last recovery ("recover" of RFC 6582)
	cache [4]offsetBlock
}

// lossKind says what timerLoss stands for: at most one of them is armed (RFC 8985 section 8).
type lossKind uint8

const (
	lossRTO     lossKind = iota
	lossReorder          // RACK reordering timer (RFC 8985 section 6.2 step 5)
	lossProbe            // tail loss probe (RFC 8985 section 7)
	lossPersist          // zero-window probe (RFC 9293 section 3.8.6.1)
)

func (e *Endpoint) armLoss(now sim.Time, k lossKind, at sim.Time) {
	e.rec.armed = k
	e.setTimer(timerLoss, max(at, now))
}

// scheduleLoss arms the loss timer for what comes first: the reordering timer, the tail loss probe or the
// retransmission timeout.
func (e *Endpoint) scheduleLoss(now sim.Time) {
	e.rec.due = false
	if e.state < StateEstablished { // the timer is the handshake's
		return
	}
	if e.snd.q.empty() {
		if e.rec.armed != lossPersist {
			e.clearTimer(timerLoss)
		}
		return
	}
	at, kind := e.rec.rtoAt, lossRTO
	if e.rk.reorderAt == 0 && e.probeAllowed() {
		// Where the timeout would come first the probe takes its place (RFC 8985 section 7.2), once.
		at, kind = min(e.probeDue(now), at), lossProbe
	} else {
		e.tlp.at = 0
		if e.rk.reorderAt != 0 && e.rk.reorderAt < at {
			at, kind = e.rk.reorderAt, lossReorder
		}
	}
	e.armLoss(now, kind, at)
}

func (e *Endpoint) lossTimeout(now sim.Time) {
	if e.state == StateSynSent || e.state == StateSynReceived {
		e.synTimeout(now)
		return
	}
	switch e.rec.armed {
	case lossReorder:
		e.reorderTimeout(now)
	case lossProbe:
		e.probeTimeoutFired(now)
	case lossPersist:
		e.persistTimeout(now)
	case lossRTO:
		e.retransmissionTimeout(now)
	}
}

// recover runs loss detection and the recovery state machine for one ACK. duplicate tells that it is
// a duplicate ACK in the sense of RFC 5681 section 2, SACK apart.
func (e *Endpoint) recover(now sim.Time, w *ackWork, duplicate bool) {
	if e.tlp.end != 0 {
		e.probeAcked(now, w, duplicate)
	}
	if !e.sackOK {
		e.renoACK(w, duplicate)
	} else if e.rec.state != caOpen || w.sacked > 0 || w.dsack || e.rec.sackedSegs > 0 || e.rec.lost > 0 ||
		e.rk.reorderAt != 0 {
		e.rk.onDSACK(e, w)
		e.detectLoss(now, w)
	}
	if e.tryUndo(now, w) {
		return
	}
	switch e.rec.state {
	case caOpen:
		if w.lost {
			e.enterRecovery(now, w)
		}
	case caCWR:
		if w.lost {
			e.enterRecovery(now, w)
		} else if e.snd.una >= e.rec.point {
			e.leaveRecovery(now)
			w.ended = true
			return
		}
	case caRecovery:
		if e.snd.una >= e.rec.point {
			e.leaveRecovery(now)
			w.ended = true
			return
		}
	case caLoss:
		if e.snd.una >= e.rec.point {
			e.leaveLoss()
		}
		return
	}
	if e.CC.InRecovery {
		e.prrACK(w)
	}
}

// detectLoss marks what is lost by the rules in force.
func (e *Endpoint) detectLoss(now sim.Time, w *ackWork) {
	if e.s.par.rack {
		w.lost = e.rackDetect(now) || w.lost
	} else {
		w.lost = e.sackDetect() || w.lost
	}
}

// enterRecovery begins fast recovery (RFC 6675 section 5, RFC 9937 section 6).
func (e *Endpoint) enterRecovery(now sim.Time, w *ackWork) {
	e.stats.FastRecoveries++
	if e.rec.state == caCWR { // the window is being reduced already
		e.rec.state = caRecovery
		e.rec.point = e.snd.nxt
		return
	}
	e.prr.entryDelivered = w.delivered
	e.enterReduction(now, caRecovery)
}

// enterReduction asks the controller for the new window and lets PRR lead there.
func (e *Endpoint) enterReduction(now sim.Time, s caState) {
	e.rec.undo.begin(e, s == caRecovery)
	e.rec.state = s
	e.rec.point, e.rec.last = e.snd.nxt, e.snd.nxt
	e.CC.FlightSize = e.snd.out
	e.CC.Ssthresh = e.wholeSegments(e.control.OnLoss(now, &e.CC))
	e.CC.InRecovery = true
	e.prr.begin(e)
	e.s.hash.Mix(uint64(s)<<32 | uint64(e.lport))
}

// wholeSegments rounds a new ssthresh to the nearest number of segments, at least two. Half of an odd
// number of octets would otherwise cost a whole segment each time: segments are what is sent.
func (e *Endpoint) wholeSegments(octets int64) int64 {
	return max((octets+e.CC.MSS/2)/e.CC.MSS, 2) * e.CC.MSS
}

// leaveRecovery ends a reduction: everything sent before it has arrived.
func (e *Endpoint) leaveRecovery(now sim.Time) {
	e.CC.Cwnd = max(e.CC.Ssthresh, e.CC.MSS)
	e.endRecovery()
	e.control.OnRecovered(now, &e.CC)
}

// leaveLoss ends the recovery from a timeout: the window has been growing since.
func (e *Endpoint) leaveLoss() { e.endRecovery() }

func (e *Endpoint) endRecovery() {
	e.rk.recovered()
	e.rec.state = caOpen
	e.CC.InRecovery = false
	if !e.sackOK {
		e.rec.sacked, e.rec.sackedSegs, e.rec.dupACKs = 0, 0, 0
	}
}

// markLost counts a record as lost; a retransmission of it in the network is lost, too.
func (e *Endpoint) markLost(i uint32, r *Sent) {
	n := int64(r.Len)
	switch {
	case r.flags&sentRetrans != 0:
		r.flags &^= sentRetrans
		e.rec.retrans -= n
		if r.flags&sentLost == 0 {
			r.flags |= sentLost
			e.rec.lost += n
		}
		e.rec.lostPending++
	case r.flags&sentLost == 0:
		r.flags |= sentLost
		e.rec.lost += n
		e.rec.lostPending++
	default:
		return
	}
	if before(i, e.rec.hint) {
		e.rec.hint = i
	}
}

// retransmitLost sends again what is marked lost, oldest first, as far as the window admits.
func (e *Endpoint) retransmitLost(now sim.Time) {
	if e.rec.lostPending == 0 {
		return
	}
	q := &e.snd.q
	i := e.rec.hint
	for ; i != q.tail && e.rec.lostPending > 0; i++ {
		r := q.at(i)
		if r.flags&(sentLost|sentRetrans|sentSacked) != sentLost {
			continue
		}
		if pipe := e.pipe(); pipe > 0 && e.CC.Cwnd-pipe < int64(r.Len) {
			break
		}
		if e.s.par.pacing && e.pacingRoom(now) <= 0 {
			break
		}
		e.retransmit(now, i, r)
	}
	e.rec.hint = i
}

// retransmit sends a record again.
func (e *Endpoint) retransmit(now sim.Time, i uint32, r *Sent) {
	n := int64(r.Len)
	if r.flags&sentLost != 0 && r.flags&sentRetrans == 0 {
		e.rec.lostPending--
	}
	if r.flags&sentRetrans == 0 {
		r.flags |= sentRetrans
		e.rec.retrans += n
	}
	r.sentAt, r.nxt = now, uint32(e.snd.nxt)
	if r.xmits < 255 {
		r.xmits++
	}
	e.prr.out += n
	e.rec.undo.retransmitted(e, now)
	if e.s.par.rack && e.sackOK {
		e.rk.retransmitted(i, e.snd.q.head, now)
	}
	e.stats.Retransmits++
	e.stats.BytesRetransmitted += n
	if i == e.snd.q.head {
		e.rec.rtoAt = now.Add(e.rtt.rto())
	}
	e.snd.lastAt = now
	e.paced(now, n)
	e.sendRecord(now, r)
}
