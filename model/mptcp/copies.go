package mptcp

import (
	"mpsim/model/mptcp/sched"
	"mpsim/sim"
)

// Redundant sending: the same octets with the same data sequence numbers on several subflows at once, which
// RFC 8684 section 3.3.6 allows as it does retransmission elsewhere. Whatever comes second is a duplicate at
// the receiver, and counts as reinjected here.

// sendCopies sends the n octets at pos, which the i-th live subflow has just been given, on the others that
// the scheduler wants to carry them, too.
func (c *Conn) sendCopies(now sim.Time, i int, pos uint64, n int64) {
	s, ok := c.sched.(sched.Copier)
	if !ok {
		return
	}
	for _, j := range s.Copies() {
		if j == i {
			continue
		}
		for at, end := pos, pos+uint64(n); at < end && c.views[j].Room > 0; {
			sf := c.live[j]
			part := min(int64(end-at), sf.e.MSS(), sf.subflowWindow())
			if part <= 0 {
				break
			}
			c.resend(now, j, at, part)
			at += uint64(part)
		}
	}
}
