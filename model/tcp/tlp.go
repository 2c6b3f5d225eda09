package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Tail loss probe (RFC 8985 section 7): when ACKs stop coming, one segment is sent well before the
// retransmission timeout, so that its ACK starts recovery by RACK.
type tlp struct {
	at      sim.Time // when the probe is due, 0: not known
	end     uint64   // TLP.end_seq, 0: no probe outstanding
	retrans bool     // TLP.is_retrans
	allow   bool     // Room admits one segment for the probe
	dsacked bool     // the present ACK's DSACK covers the probe
}

// maxACKDelay is TLP.max_ack_delay when a single segment is in flight.
const maxACKDelay = 200 * unit.Millisecond

// probeAllowed tells whether a probe may be scheduled (section 7.2): SACK in use, nothing SACKed, no
// recovery, no probe outstanding.
func (e *Endpoint) probeAllowed() bool {
	return e.s.par.tlp && e.sackOK && e.rec.state <= caCWR && e.rec.sackedSegs == 0 && e.tlp.end == 0
}

// leastTimeout is added when more is in flight: timers of hosts have ticks, and a round trip of
// microseconds must not give a probe with each segment (Linux, TCP_TIMEOUT_MIN_US).
const leastTimeout = 2 * unit.Millisecond

// probeTimeout returns PTO (section 7.2).
func (e *Endpoint) probeTimeout() unit.Duration {
	if e.CC.SRTT == 0 {
		return unit.Second
	}
	if e.snd.q.len() == 1 {
		return 2*e.CC.SRTT + maxACKDelay
	}
	return 2*e.CC.SRTT + leastTimeout
}

// probeDue returns the time of the probe. New data and cumulative ACKs clear tlp.at, and so start the PTO
// anew; nothing else that arrives puts the probe off (section 7.2).
func (e *Endpoint) probeDue(now sim.Time) sim.Time {
	if e.tlp.at == 0 {
		e.tlp.at = now.Add(e.probeTimeout())
	}
	return e.tlp.at
}

// probeTimeoutFired sends the probe: new data if there is any and the peer's window admits it, else
// the last segment again (section 7.3).
func (e *Endpoint) probeTimeoutFired(now sim.Time) {
	e.stats.TLPs++
	nxt := e.snd.nxt
	e.tlp.allow = true
	e.tlp.end = max(nxt, 1) // keeps Send from scheduling the next probe
	if e.Room() > 0 {
		e.owner.Ready(now, e)
	}
	e.tlp.allow = false
	if e.state == StateClosed || e.snd.q.empty() {
		return
	}
	e.tlp.retrans = e.snd.nxt == nxt
	if e.tlp.retrans {
		i := e.snd.q.tail - 1
		e.retransmit(now, i, e.snd.q.at(i))
	}
	e.tlp.end = e.snd.nxt
	e.rec.rtoAt = now.Add(e.rtt.rto())
	e.scheduleLoss(now)
}

// probeAcked handles ACKs while a probe is outstanding (section 7.4).
func (e *Endpoint) probeAcked(now sim.Time, w *ackWork, duplicate bool) {
	if e.snd.una < e.tlp.end {
		return
	}
	switch {
	case !e.tlp.retrans: // new data: nothing was repaired by it
		e.tlp.end = 0
	case e.tlp.dsacked: // both copies arrived: no loss
		e.tlp.end = 0
	case e.snd.una > e.tlp.end: // no sign of the second copy: the probe repaired a loss
		e.tlp.end = 0
		if e.rec.state == caOpen {
			e.enterReduction(now, caCWR)
			e.rec.point = e.snd.una
		}
	case duplicate && w.sacked == 0: // the second copy was acknowledged, too: no loss
		e.tlp.end = 0
	}
}
