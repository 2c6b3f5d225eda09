package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Keepalive (RFC 9293 section 3.8.4), off unless asked for. The timer is a soft deadline: hearing from
// the peer costs a store only.
type keepalive struct {
	override     bool
	probes, sent int32

	persists, unanswered int32 // zero-window probes in a row; of them not answered
	probedAt             sim.Time
	idle, interval       unit.Duration
}

// open returns how many probes, of either kind, the peer has left without an answer.
func (k *keepalive) open(heardAt sim.Time) uint8 {
	n := k.sent
	if heardAt < k.probedAt {
		n += k.unanswered
	}
	return uint8(min(n, 255))
}

func (k *keepalive) init(p *params) {
	k.idle, k.interval, k.probes = p.KeepaliveIdle, p.KeepaliveInterval, int32(p.KeepaliveProbes)
}

// SetKeepalive turns keepalive on or off; zero values keep the host's.
func (e *Endpoint) SetKeepalive(now sim.Time, on bool, idle, interval unit.Duration, probes int) {
	k := &e.keep
	e.keepOn = on
	pick2 := func(d *unit.Duration, v unit.Duration) {
		if v > 0 {
			*d = v
		}
	}
	pick2(&k.idle, idle)
	pick2(&k.interval, interval)
	if probes > 0 {
		k.probes = int32(min(probes, 1<<30))
	}
	e.clearTimer(timerKeep)
	if on && e.state.synchronized() {
		k.restart(e, now)
	}
}

// restart begins the idle time, if it is not running.
func (k *keepalive) restart(e *Endpoint, now sim.Time) {
	if e.keepOn && !e.tm.pending(timerKeep) {
		e.setTimer(timerKeep, now.Add(k.idle))
	}
}

// keepTimeout probes an idle peer, or gives it up after so many probes without answer.
func (e *Endpoint) keepTimeout(now sim.Time) {
	k := &e.keep
	if !e.keepOn || !e.state.synchronized() || e.state == StateTimeWait {
		return
	}
	if due := e.heardAt.Add(k.idle); due > now || !e.snd.q.empty() { // heard since, or the RTO watches
		k.sent = 0
		if due <= now {
			due = now.Add(k.idle)
		}
		e.setTimer(timerKeep, due)
		return
	}
	if k.exhausted(now, e) {
		e.abort(now, TimedOut)
		return
	}
	k.sent++
	e.stats.KeepaliveProbes++
	e.transmit(now, wire.ACK, e.snd.una-1, nil)
	e.setTimer(timerKeep, now.Add(k.interval))
}

// exhausted tells that the peer is given up. A user timeout goes before the number of probes (RFC 5482 section 4.2;
// Linux, tcp_keepalive_timer).
func (k *keepalive) exhausted(now sim.Time, e *Endpoint) bool {
	if e.userLimit > 0 {
		return k.sent > 0 && now.Sub(e.heardAt) >= e.userLimit
	}
	return k.sent >= k.probes
}

// Probe sends one keepalive probe now, which a living peer answers at once; no timer follows it.
func (e *Endpoint) Probe(now sim.Time) {
	if e.state.synchronized() && e.state != StateTimeWait {
		e.stats.KeepaliveProbes++
		e.transmit(now, wire.ACK, e.snd.una-1, nil)
	}
}

// HeardAt returns when the peer's last segment came.
func (e *Endpoint) HeardAt() sim.Time { return e.heardAt }

// Unreachable fails the connection as a host that takes an ICMP error for final does (RFC 9293 section
// 3.9.2.2 leaves that to the user above): nothing is sent, and the owner is told TimedOut.
func (e *Endpoint) Unreachable(now sim.Time) { e.fail(now, TimedOut) }
