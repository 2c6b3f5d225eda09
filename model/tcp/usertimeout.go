package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// User timeout (RFC 9293 section 3.9.1, RFC 5482; the option of RFC 5482 is not sent): the connection
// fails when sent data stays unacknowledged for so long. With it the number of retransmissions does not
// matter.

// SetUserTimeout sets the limit; 0 leaves the connection to the number of retransmissions.
func (e *Endpoint) SetUserTimeout(now sim.Time, d unit.Duration) {
	e.userLimit = d
	e.clearTimer(timerUser)
	if d > 0 && (!e.snd.q.empty() || e.state == StateSynSent || e.state == StateSynReceived) {
		e.setTimer(timerUser, now.Add(d))
	}
}

// SetRetries changes the number of retransmissions after which the connection fails.
func (e *Endpoint) SetRetries(n int) { e.open.retryMax = n }

func (e *Endpoint) userTimeout(now sim.Time) {
	if e.snd.q.empty() && e.state.synchronized() {
		return
	}
	e.abort(now, TimedOut)
}
