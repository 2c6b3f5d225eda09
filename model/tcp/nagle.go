package tcp

// Nagle's rule (RFC 9293 section 3.7.4), cork, and the sender's part of silly window avoidance
// (section 3.8.6.2.1).

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// corkLimit is the longest time that a corked stream holds back less than a segment (tcp(7); RFC 9293
// section 3.8.6.2.1 has 0.1 s to 1 s). Linux takes its probe timer for it, which is never shorter than this.
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
	case s.writeClosed || e.Override() || s.flush:
		return true
	case s.cork || s.hold:
		s.corked(now)
		return false
	case s.noDelay || !e.s.par.nagle:
		return true
	case e.s.par.minshall: // only a small segment in flight holds the next one back
		return s.small <= e.snd.una
	}
	return e.snd.una == e.snd.nxt && n < e.MSS()
}

// corked starts the time after which a small segment goes nevertheless. While something is in flight its ACK
// is waited for (Linux, tcp_check_probe_timer).
func (s *Stream) corked(now sim.Time) {
	e := s.e
	switch {
	case e.tm.pending(timerCork):
	case !e.s.par.linux:
		e.setTimer(timerCork, now.Add(corkLimit))
	case e.snd.una == e.snd.nxt:
		e.setTimer(timerCork, now.Add(max(e.rtt.rto(), corkLimit)))
	}
}

// SetNoDelay turns Nagle's rule off (TCP_NODELAY), which sends what waits, be it corked.
func (s *Stream) SetNoDelay(now sim.Time, on bool) {
	s.noDelay = on
	s.flush = on
	s.push(now)
	s.flush = false
}

// SetMore tells whether the writes that follow announce more data (MSG_MORE): they send no small segment. An
// ACK that arrives may.
func (s *Stream) SetMore(on bool) { s.more = on }

// EndRecord ends a record at what is queued (MSG_EOR): no segment will hold octets from both sides of it.
func (s *Stream) EndRecord() {
	if n := len(s.records); n == 0 || s.records[n-1] != s.snd.end {
		s.records = append(s.records, s.snd.end)
	}
}

// pushRecords sends what the rules let go, record by record, and returns what remains of the unsent octets.
// A small segment at the end of a record gets no more data: it does not wait (Linux, tcp_nagle_test).
func (s *Stream) pushRecords(now sim.Time, unsent int64) int64 {
	for unsent > 0 && s.e != nil {
		for len(s.records) > 0 && s.records[0] <= s.snd.nxt {
			s.records = s.records[1:]
		}
		part := unsent
		if len(s.records) > 0 && s.records[0] < s.snd.end {
			part = int64(s.records[0] - s.snd.nxt)
		}
		room := s.e.Room()
		if room <= 0 {
			break
		}
		flush := s.flush
		s.flush = flush || part < unsent
		n := s.transmit(now, part, room)
		s.flush = flush
		unsent -= n
		if n < part {
			break
		}
	}
	return unsent
}

// SetCork holds back segments that are not full (TCP_CORK); taking it off sends what waits.
func (s *Stream) SetCork(now sim.Time, on bool) {
	s.cork = on
	if !on && s.e != nil {
		s.e.clearTimer(timerCork)
	}
	s.push(now)
}
