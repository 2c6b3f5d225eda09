package tcp

// Loss detection without SACK: duplicate ACKs (RFC 5681 section 3.2) with NewReno's partial ACKs
// (RFC 6582). A duplicate ACK counts as one segment that has arrived somewhere beyond the hole, so
// that the pipe, PRR and limited transmit work as with SACK.

const dupThreshold = 3

func (e *Endpoint) renoACK(w *ackWork, duplicate bool) {
	c := &e.rec
	switch {
	case w.advanced:
		e.renoAdvance(w)
	case duplicate && !e.snd.q.empty():
		c.dupACKs++
		if n := min(e.CC.MSS, e.snd.out-c.sacked-c.lost); n > 0 {
			c.sacked += n
			c.sackedSegs++
			w.delivered += n
			w.sacked += n
		}
		// RFC 6582 section 3.2 step 2: not for data that an earlier recovery sent again.
		if c.dupACKs == dupThreshold && c.state == caOpen && (e.snd.una > c.last || c.last == 0) {
			e.markLost(e.snd.q.head, e.snd.q.at(e.snd.q.head))
			w.lost = true
		}
	}
}

// renoAdvance takes back what duplicate ACKs stood for. A partial ACK in recovery marks the next hole.
func (e *Endpoint) renoAdvance(w *ackWork) {
	c := &e.rec
	if c.sacked > 0 { // one segment filled the hole, the others had been counted
		counted := min(max(w.acked-e.CC.MSS, 0), c.sacked)
		w.delivered -= counted
		c.sacked -= counted
		c.sackedSegs = int32(c.sacked / e.CC.MSS)
		c.sacked = min(c.sacked, max(e.snd.out-c.lost, 0))
	}
	c.dupACKs = 0
	q := &e.snd.q
	if q.empty() || e.snd.una >= c.point {
		c.sacked, c.sackedSegs = 0, 0
		return
	}
	if c.state == caRecovery {
		e.markLost(q.head, q.at(q.head))
		w.lost = true
	}
}
