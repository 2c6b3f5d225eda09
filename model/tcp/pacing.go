package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Pacing: segments leave at twice the window per round trip in slow start and at 1.2 times in
// congestion avoidance (Linux, tcp_update_pacing_rate), in bursts of at most a millisecond's worth or
// two segments.
type pacer struct {
	next sim.Time // when the next burst may leave; with small queues: when the newest segment leaves the interface
}

// rate returns the pacing rate in octets a second, 0: not limited yet.
func (e *Endpoint) pacingRate() int64 {
	if e.CC.SRTT == 0 {
		return 0
	}
	percent := int64(120)
	if e.CC.Cwnd < e.CC.Ssthresh/2 {
		percent = 200
	}
	window := max(e.CC.Cwnd, e.pipe())
	perSecond := float64(window) * float64(percent) / 100 * float64(unit.Second) / float64(e.CC.SRTT)
	return max(int64(perSecond), 1)
}

// pacingRoom returns the octets that may leave now; when it returns 0 the pacing timer is running.
func (e *Endpoint) pacingRoom(now sim.Time) int64 {
	if now < e.pac.next {
		if !e.tm.pending(timerPace) {
			e.setTimer(timerPace, e.pac.next)
		}
		return 0
	}
	burst := 2 * e.snd.mss
	if r := e.pacingRate(); r == 0 {
		return 1 << 40
	} else if r/1000 > burst {
		burst = r / 1000 / e.snd.mss * e.snd.mss
	}
	if e.pac.next+sim.Time(unit.Millisecond) < now { // no credit for a pause
		e.pac.next = now
	}
	return burst
}

// paced moves the time of the next departure.
func (e *Endpoint) paced(now sim.Time, n int64) {
	if !e.s.par.pacing {
		return
	}
	r := e.pacingRate()
	if r == 0 {
		return
	}
	gap := sim.Time(float64(n) * float64(unit.Second) / float64(r))
	e.pac.next = max(e.pac.next, now) + gap
	if !e.tm.pending(timerPace) {
		e.setTimer(timerPace, e.pac.next)
	}
}
