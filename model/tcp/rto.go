package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Retransmission timeout: RFC 6298, with Karn's algorithm; RFC 7323 section 4 for segments sent twice.
type rttEstimator struct {
	base     unit.Duration // RTO without back-off
	var4     unit.Duration // 4 RTTVAR
	max      unit.Duration
	mdev4    unit.Duration // Linux: smoothed deviation, times 4
	mdevMax4 unit.Duration // Linux: its maximum in the present round
	round    uint64        // Linux: end of that round
	floor    unit.Duration
	variance bool // the floor applies to the variance term
	backoff  uint8
	inRow    int32 // timeouts since the last progress
	inRowNow int32 // ... before the ACK being processed
}

// clockGranularity is G of RFC 6298 section 2.3: the model's clock is exact, but hosts' are not.
const clockGranularity = unit.Millisecond

func (r *rttEstimator) init(p *params) {
	*r = rttEstimator{base: p.InitialRTO, max: p.MaxRTO, floor: p.MinRTO, variance: p.variance}
}

// rto returns the timeout with its back-off (RFC 6298 section 5.5).
func (r *rttEstimator) rto() unit.Duration {
	if r.backoff == 0 {
		return r.base
	}
	d := r.base
	for range r.backoff {
		if d >= r.max {
			break
		}
		d *= 2
	}
	return min(d, r.max)
}

// sample folds one round-trip time in. srtt is zero before the first. It returns the new SRTT.
// una and nxt delimit the round.
func (r *rttEstimator) sample(rtt, srtt unit.Duration, una, nxt uint64) unit.Duration {
	switch {
	case r.variance:
		srtt = r.sampleLinux(rtt, srtt, una, nxt)
	case srtt == 0: // RFC 6298 section 2.2
		srtt, r.var4 = rtt, 2*rtt
	default: // section 2.3: the variance first
		r.var4 += abs(srtt-rtt) - r.var4/4
		srtt += (rtt - srtt) / 8
	}
	srtt = max(srtt, 1)
	if r.variance {
		r.base = srtt + r.var4
	} else {
		r.base = max(srtt+max(clockGranularity, r.var4), r.floor)
	}
	r.base = min(r.base, r.max)
	r.backoff = 0
	return srtt
}

// sampleLinux is the estimator of Linux (tcp_rtt_estimator): the deviation counts with its maximum
// over a round trip, falls slowly, weighs less when the round trip shrinks, and never gives less than
// the minimum RTO.
func (r *rttEstimator) sampleLinux(rtt, srtt unit.Duration, una, nxt uint64) unit.Duration {
	if srtt == 0 {
		r.mdev4 = 2 * rtt
		r.var4 = max(r.mdev4, r.floor)
		r.mdevMax4 = r.var4
		r.round = nxt
		return rtt
	}
	diff := rtt - srtt
	srtt += diff / 8
	step := abs(diff) - r.mdev4/4
	if diff < 0 && step > 0 {
		step /= 8
	}
	r.mdev4 += step
	if r.mdev4 > r.mdevMax4 {
		r.mdevMax4 = r.mdev4
		r.var4 = max(r.var4, r.mdevMax4)
	}
	if una > r.round {
		if r.mdevMax4 < r.var4 {
			r.var4 -= (r.var4 - r.mdevMax4) / 4
		}
		r.round = nxt
		r.mdevMax4 = r.floor
	}
	return srtt
}

func abs(d unit.Duration) unit.Duration {
	if d < 0 {
		return -d
	}
	return d
}

// rttSample takes a round trip: old is that of the oldest segment acknowledged (with the peer's delay of the
// ACK), young that of the newest.
func (e *Endpoint) rttSample(now sim.Time, old, young unit.Duration) {
	e.CC.LastRTT = max(young, 1)
	e.noteMinRTT(now, max(young, 1))
	e.CC.SRTT = e.rtt.sample(max(old, 1), e.CC.SRTT, e.snd.una, e.snd.nxt)
}

// minRTTWindow is how long a minimum counts (Linux, tcp_min_rtt_wlen).
const minRTTWindow = 300 * unit.Second

// noteMinRTT keeps a windowed minimum of the round trip (RFC 8985 section 6.2 step 1): when the minimum
// is too old the newest sample replaces it.
func (e *Endpoint) noteMinRTT(now sim.Time, rtt unit.Duration) {
	if e.CC.MinRTT == 0 || rtt <= e.CC.MinRTT || now.Sub(e.rk.minAt) > minRTTWindow {
		e.CC.MinRTT, e.rk.minAt = rtt, now
	}
}

// measure takes the round-trip sample of an ACK. Send times give one if nothing that the ACK covers was sent
// twice: else the retransmission may have made it, and what was sent once had arrived long before (Karn,
// RFC 6298 section 3). Then the echoed timestamp counts, if the ACK advanced (RFC 7323 section 4).
func (e *Endpoint) measure(now sim.Time, w *ackWork) {
	switch {
	case w.sampled && !w.again:
		e.rttSample(now, now.Sub(w.firstAt), now.Sub(w.lastAt))
	case w.lastSack != 0: // SACKed for the first time: no delayed ACK is in it
		e.rttSample(now, now.Sub(w.lastSack), now.Sub(w.lastSack))
	case w.advanced && w.newData && w.hasTS && w.seg.TSEcr != 0:
		rtt := e.ts.age(e.s, now, w.seg.TSEcr)
		e.CC.LastRTT = rtt
		e.CC.SRTT = e.rtt.sample(rtt, e.CC.SRTT, e.snd.una, e.snd.nxt)
	default:
		e.CC.LastRTT = 0
	}
}

// retransmissionTimeout handles the expiry of the timer (RFC 6298 sections 5.4 to 5.7, RFC 8985 section 6.3).
func (e *Endpoint) retransmissionTimeout(now sim.Time) {
	q := &e.snd.q
	if q.empty() {
		return
	}
	if int(e.rtt.inRow) >= e.open.retryMax && e.userLimit == 0 {
		e.fail(now, TimedOut)
		return
	}
	e.stats.RTOs++
	if e.rec.state != caLoss || e.rtt.inRow == 0 { // the timer did not send this segment before
		e.enterLoss(now)
	}
	e.rtt.inRow++
	if e.rtt.backoff < 30 {
		e.rtt.backoff++
	}
	e.CC.Cwnd = e.CC.MSS
	e.markAfterTimeout(now)
	e.rk.reorderAt, e.tlp.end, e.tlp.allow = 0, 0, false
	head := q.at(q.head)
	if head.flags&sentSacked != 0 { // the peer dropped what it had reported: forget it all (RFC 2018 section 8)
		e.forgetSACK()
	}
	e.rec.rtoAt = now.Add(e.rtt.rto())
	e.relabel()
	e.retransmit(now, q.head, q.at(q.head))
	e.scheduleLoss(now)
	e.changed(now, RTOFired)
}

// enterLoss reduces the window for the first timeout of a segment, be it in the recovery from another's
// (RFC 5681 section 3.1, equation 4).
func (e *Endpoint) enterLoss(now sim.Time) {
	if e.rec.state == caLoss {
		e.rec.undo.renew(e)
	} else {
		e.rec.undo.begin(e, true)
	}
	e.CC.FlightSize = e.snd.out
	e.CC.Ssthresh = e.wholeSegments(e.control.OnRTO(now, &e.CC))
	e.rec.state = caLoss
	e.rec.point, e.rec.last = e.snd.nxt, e.snd.nxt
	e.CC.InRecovery = false
	e.s.hash.Mix(uint64(caLoss)<<32 | uint64(e.lport))
}

// markAfterTimeout marks the first record lost, and with it those whose time is up by RACK's rule, or all if
// there is no RACK.
func (e *Endpoint) markAfterTimeout(now sim.Time) {
	if !e.sackOK {
		e.rec.sacked, e.rec.sackedSegs, e.rec.dupACKs = 0, 0, 0
	}
	q := &e.snd.q
	rack := e.s.par.rack && e.sackOK
	patience := e.rk.rtt + e.reorderWindow()
	for i := q.head; i != q.tail; i++ {
		r := q.at(i)
		if r.flags&sentSacked != 0 {
			continue
		}
		if i == q.head || !rack || now.Sub(r.sentAt) >= patience {
			e.markLost(i, r)
		}
	}
}
