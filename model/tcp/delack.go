package tcp

import "mpsim/sim"

// Delayed acknowledgements: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2, and Linux's quick ACKs.

// decideACK decides about the ACK for data that came in order: at once for every second full segment
// or while quick, else delayed.
func (e *Endpoint) decideACK() {
	r := &e.rcv
	r.ackOwed = true
	unacked := int64(r.nxt - r.wup)
	if r.quick > 0 || r.quickAll || unacked > int64(e.s.par.ACKEvery-1)*r.mss || e.s.par.ACKEvery == 1 {
		r.ackNow = true
	}
}

// ackSent notes that a segment with an ACK leaves. Data that answers data shows a conversation: the
// next ACKs may wait for data, too (Linux, tcp_event_data_sent).
func (e *Endpoint) ackSent(now sim.Time, rec *Sent) {
	r := &e.rcv
	if r.quick > 0 {
		if r.ackOwed || r.ackNow {
			r.quick--
		}
		if rec != nil && r.lastAt != 0 && now.Sub(r.lastAt) < e.s.par.DelayedACK {
			r.quick = 0
		}
	}
	r.wup = r.nxt
	r.ackNow, r.ackOwed = false, false
	e.tm.at[timerACK] = sim.Never
}
