package tcp

import "mpsim/sim"

// Delayed acknowledgements: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2, and Linux's quick ACKs.

// decideACK decides about the ACK for data that came in order: at once for every second full segment
// or while quick, else delayed.
func (e *Endpoint) decideACK() {
	r := &e.rcv
	r.ackOwed = true
	unacked := int64(r.nxt - r.wup)
	if r.quick > 0 || unacked > int64(e.s.par.ACKEvery-1)*r.mss || e.s.par.ACKEvery == 1 {
		r.ackNow = true
	}
}

// ackSent notes that a segment with an ACK leaves. An ACK that rides on data shows a conversation:
// the next ones may wait for data, too.
func (e *Endpoint) ackSent(rec *Sent) {
	r := &e.rcv
	if r.quick > 0 && (r.ackOwed || r.ackNow) {
		r.quick--
		if rec != nil && r.ackOwed {
			r.quick = 0
		}
	}
	r.wup = r.nxt
	r.ackNow, r.ackOwed = false, false
	e.tm.at[timerACK] = sim.Never
}
