package tcp

// Nagle's rule (RFC 9293 section 3.7.4), cork, and the sender's part of silly window avoidance
// (section 3.8.6.2.1).

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// corkLimit is the longest time that a corked stream holds back less than a segment (Linux, tcp(7)).
const corkLimit = 200 * unit.Millisecond

// sendable returns how many of the unsent octets may go now, with room for that many: whole segments,
// and the rest behind them if the rules let a small segment go, which small tells.
func (s *Stream) sendable(now sim.Time, unsent, room int64) (n int64, small bool) {
	mss := s.e.MSS()
	n = min(room, unsent)
	if n == mss {
		return n, false
	}
	rest := n % mss
	if rest == 0 {
		return n, false
	}
	if n == unsent {
		small = s.tailMayGo(now, n)
	} else { // the peer's window cuts the segment
		small = n == rest && (2*n >= s.e.snd.maxWnd || s.e.Override())
	}
	if small {
		return n, true
	}
	return n - rest, false
}

// tailMayGo decides about the last, small segment of what is queued, when n octets are about to go.
func (s *Stream) tailMayGo(now sim.Time, n int64) bool {
	e := s.e
	switch {
	case s.writeClosed || e.Override():
		return true
	case s.cork:
		if !e.tm.pending(timerCork) {
			e.setTimer(timerCork, now.Add(corkLimit))
		}
		return false
	case s.noDelay || !e.s.par.nagle:
		return true
	case e.s.par.minshall: // only a small segment in flight holds the next one back
		return s.small <= e.snd.una
	}
	return e.snd.una == e.snd.nxt && n < e.MSS()
}

// SetNoDelay turns Nagle's rule off (TCP_NODELAY).
func (s *Stream) SetNoDelay(now sim.Time, on bool) {
	s.noDelay = on
	s.push(now)
}

// SetCork holds back segments that are not full (TCP_CORK); taking it off sends what waits.
func (s *Stream) SetCork(now sim.Time, on bool) {
	s.cork = on
	if !on && s.e != nil {
		s.e.clearTimer(timerCork)
	}
	s.push(now)
}
