package cc

// Slow start with appropriate byte counting: RFC 5681 section 3.1, RFC 3465 sections 2.2 and 2.3.

// abcLimitSegments is L of RFC 3465 section 2.2: an ACK grows the window by at most that many segments, so
// that the ACK of a receiver that acknowledges every second segment counts in full and a larger stretch
// does not burst.
const abcLimitSegments = 2

// slowStart is the state of the exponential phase.
type slowStart struct {
	afterRTO bool // RFC 3465 section 2.3: L = 1 until the window is back at ssthresh
}

// grow adds acked octets to the window, up to Ssthresh, and returns the octets that are left for
// congestion avoidance.
func (s *slowStart) grow(f *Flow, acked int64) int64 {
	if f.Cwnd >= f.Ssthresh {
		return acked
	}
	limit := abcLimitSegments * f.MSS
	if s.afterRTO {
		limit = f.MSS
	}
	return s.growBy(f, min(acked, limit))
}

// growBy adds octets to the window, up to Ssthresh, and returns those that are left.
func (s *slowStart) growBy(f *Flow, octets int64) int64 {
	used := min(octets, f.Ssthresh-f.Cwnd)
	f.Cwnd += used
	if f.Cwnd >= f.Ssthresh {
		s.afterRTO = false
	}
	return octets - used
}
