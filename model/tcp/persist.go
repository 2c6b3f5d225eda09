package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Zero-window probes (RFC 9293 section 3.8.6.1). Like Linux we probe with an empty segment one octet
// before SND.UNA, which is unacceptable and so answered, instead of with an octet of data: the owner's
// mappings need not care. A stream sends data into a small window when the timer fires (section
// 3.8.6.2.1, override timeout).

// SetProbe tells that data waits and the peer's window is shut (or too small): the persist timer runs
// while nothing is in flight.
func (e *Endpoint) SetProbe(on bool) {
	e.snd.probe = on
	if !on && e.rec.armed == lossPersist {
		e.clearTimer(timerLoss)
		e.rec.armed = lossRTO
	}
	if on && e.s != nil {
		e.checkPersist(e.s.w.Now())
	}
}

// checkPersist starts the persist timer if it is needed, and stops it when the window has opened.
func (e *Endpoint) checkPersist(now sim.Time) {
	if !e.Established() || e.state == StateSynReceived || !e.snd.probe || !e.snd.q.empty() {
		return
	}
	if !e.shared && int64(e.snd.edge)-int64(e.snd.nxt) >= e.snd.mss {
		if e.rec.armed == lossPersist {
			e.clearTimer(timerLoss)
			e.rec.armed = lossRTO
			e.keep.persists = 0
		}
		return
	}
	if e.rec.armed == lossPersist && e.tm.pending(timerLoss) {
		return
	}
	e.armLoss(now, lossPersist, now.Add(e.persistInterval()))
}

// persistInterval doubles from the RTO on (RFC 9293 section 3.8.6.1: exponentially).
func (e *Endpoint) persistInterval() (d unit.Duration) {
	d = e.rtt.base
	for range min(e.keep.persists, 20) {
		d *= 2
	}
	return min(d, e.rtt.max)
}

// persistTimeout probes. Probes that nobody answers count against the retry limit; a window that
// stays shut does not.
func (e *Endpoint) persistTimeout(now sim.Time) {
	if e.snd.probe && int(e.keep.unanswered) >= e.open.retryMax && now.Sub(e.heardAt) > e.rtt.base {
		e.fail(now, TimedOut)
		return
	}
	if e.heardAt >= e.keep.probedAt {
		e.keep.unanswered = 0
	}
	e.keep.persists++
	e.keep.unanswered++
	e.keep.probedAt = now
	e.stats.ZeroProbe++
	e.keep.override = true
	nxt := e.snd.nxt
	if e.Room() > 0 {
		e.owner.Ready(now, e)
	}
	e.keep.override = false
	if e.state == StateClosed || e.snd.nxt != nxt {
		return
	}
	e.transmit(now, wire.ACK, e.snd.una-1, nil)
	e.armLoss(now, lossPersist, now.Add(e.persistInterval()))
}

// Override tells an owner that small segments may go into a small window now: the persist timer has
// fired.
func (e *Endpoint) Override() bool { return e.keep.override }
