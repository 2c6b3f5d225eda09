package tcp

import (
	"cmp"
	"slices"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// RACK (RFC 8985 section 6): a segment is lost if one sent later has arrived and a round trip plus a
// reordering window has passed since it was sent.
//
// Segments sent once are in the send queue in the order of their times; those sent again are listed
// separately in that order. So detection looks at the front of two lists, not at the whole flight.
type rack struct {
	sentAt    sim.Time      // RACK.xmit_ts
	order     uint64        // of that transmission, see Sent.order
	end       uint64        // RACK.end_seq
	rtt       unit.Duration // RACK.rtt
	fack      uint64        // RACK.fack: highest offset delivered
	minAt     sim.Time      // when CC.MinRTT was seen
	round     uint64        // RACK.dsack_round, 0: none
	mult      int64         // RACK.reo_wnd_mult less 1
	persist   int           // RACK.reo_wnd_persist
	reorderAt sim.Time      // when the reordering timer is due, 0: not armed
	scan      uint32        // records before this one were sent again, or are SACKed or lost
	again     []retransmission
	first     int // again[:first] is free
	reordered bool
	degree    int32  // segments: widest reordering seen, at least 3 (Linux, tp->reordering)
	seen      int32  // how often
	lowest    uint64 // by the ACK being processed: lowest offset that had been passed, 0: none
	valid     bool   // sentAt, order and end are set
}

// retransmission names a record and the time it was sent again; it is out of date when the record has
// another time.
type retransmission struct {
	at sim.Time
	i  uint32
}

// rackDelivered handles a segment newly known to have arrived (RFC 8985 section 6.2, steps 1 to 3).
func (e *Endpoint) rackDelivered(now sim.Time, w *ackWork, r *Sent) {
	k, end := &e.rk, r.End()
	k.fack = max(k.fack, end)
	if end < w.fack && r.xmits == 1 { // something sent later arrived with an earlier ACK
		k.reordered = true
		e.stats.ReorderSeen++
		if k.lowest == 0 || r.Seq < k.lowest {
			k.lowest = r.Seq
		}
	}
	rtt := now.Sub(r.sentAt)
	if r.xmits > 1 { // was it the retransmission that arrived?
		if rtt < e.CC.MinRTT {
			return
		}
		// The echo is that of the last segment in order: it tells nothing of one that is SACKed.
		if w.hasTS && r.flags&sentSacked == 0 && int32(w.seg.TSEcr-e.ts.valueAt(e.s, r.sentAt)) < 0 {
			return
		}
	}
	// RFC 8985 takes the round trip of the segment sent last among those that this ACK brings, Linux that
	// of the last one in sequence.
	if r.sentAt >= w.rackAt || e.s.par.linux {
		k.rtt, w.rackAt = rtt, r.sentAt
	}
	if k.valid && r.sentAt < k.sentAt {
		return
	}
	order := 2 * end
	if r.xmits != 1 {
		order = r.order()
	}
	if !k.valid || r.sentAt > k.sentAt || order > k.order || order == k.order && end > k.end {
		k.sentAt, k.order, k.end, k.valid = r.sentAt, order, end, true
	}
}

// noteReordering measures the reordering that one step of an ACK's processing has shown: from the lowest
// offset that had been passed up to fack, in segments (Linux, tcp_check_sack_reordering). It is for
// snapshots: RACK itself waits for a time, not for a number of segments.
func (k *rack) noteReordering(fack uint64, mss int64) {
	n := int32(min(ceilDiv(int64(fack-k.lowest), mss), maxDegree))
	k.degree, k.seen, k.lowest = max(k.degree, n), k.seen+1, 0
}

// maxDegree bounds the degree of reordering, segments (Linux, tcp_max_reordering).
const maxDegree = 300

// onDSACK widens the reordering window by one step in each round with a DSACK (section 6.2 step 4).
func (k *rack) onDSACK(e *Endpoint, w *ackWork) {
	if k.round != 0 && e.snd.una >= k.round {
		k.round = 0
	}
	if w.dsack && k.round == 0 {
		k.round = max(e.snd.nxt, 1)
		k.mult++
		k.persist = 16
	}
}

// recovered counts a recovery: after 16 of them without DSACK the window is narrow again.
func (k *rack) recovered() {
	if k.persist > 0 {
		k.persist--
		if k.persist == 0 {
			k.mult = 0
		}
	}
}

// reorderWindow returns RACK.reo_wnd.
func (e *Endpoint) reorderWindow() unit.Duration {
	k := &e.rk
	if !k.reordered && (e.rec.state >= caRecovery || e.rec.sackedSegs >= 3) {
		return 0
	}
	return min(unit.Duration(k.mult+1)*(e.CC.MinRTT/4), e.CC.SRTT)
}

// rackDetect marks what is lost and sets the time of the reordering timer (section 6.2 step 5). It
// tells whether anything was marked.
func (e *Endpoint) rackDetect(now sim.Time) bool {
	k, q := &e.rk, &e.snd.q
	k.reorderAt = 0
	if !k.valid {
		return false
	}
	patience := k.rtt + e.reorderWindow()
	lost := false
	for ; k.scan != q.tail; k.scan++ {
		r := q.at(k.scan)
		if r.xmits > 1 || r.flags&(sentSacked|sentLost) != 0 {
			continue
		}
		if !e.rackJudge(now, r, patience) {
			break
		}
		e.markLost(k.scan, r)
		lost = true
	}
	for ; k.first < len(k.again); k.first++ {
		t := k.again[k.first]
		if !before(t.i, q.head) {
			r := q.at(t.i)
			if r.sentAt == t.at && r.flags&sentSacked == 0 && !r.Lost() {
				if !e.rackJudge(now, r, patience) {
					break
				}
				e.markLost(t.i, r)
				lost = true
			}
		}
	}
	if k.first == len(k.again) {
		k.again, k.first = k.again[:0], 0
	}
	return lost
}

// before tells whether r was sent after the segment that RACK goes by, in the same instant.
func (k *rack) before(r *Sent) bool {
	order := r.order()
	return order > k.order || order == k.order && r.End() > k.end
}

// rackJudge tells whether r is lost; if its time has not come yet it notes when it will.
func (e *Endpoint) rackJudge(now sim.Time, r *Sent, patience unit.Duration) bool {
	k := &e.rk
	if r.sentAt > k.sentAt || r.sentAt == k.sentAt && (r.End() == k.end || k.before(r)) {
		return false
	}
	at := r.sentAt.Add(patience)
	if at <= now {
		return true
	}
	if k.reorderAt == 0 || at < k.reorderAt {
		k.reorderAt = at
	}
	return false
}

// retransmitted lists a record that was sent again; head is the oldest record.
func (k *rack) retransmitted(i, head uint32, now sim.Time) {
	for k.first < len(k.again) && before(k.again[k.first].i, head) {
		k.first++
	}
	if len(k.again) == cap(k.again) && k.first > 0 {
		n := copy(k.again, k.again[k.first:])
		k.again, k.first = k.again[:n], 0
	}
	k.again = append(k.again, retransmission{at: now, i: i})
}

// judgeAgain lets detection look at every record anew, after marks were taken back.
func (k *rack) judgeAgain(q *sendQueue) {
	k.scan = q.head
	k.again, k.first = k.again[:0], 0
	for i := q.head; i != q.tail; i++ {
		if r := q.at(i); r.xmits > 1 && r.flags&sentSacked == 0 {
			k.again = append(k.again, retransmission{at: r.sentAt, i: i})
		}
	}
	slices.SortStableFunc(k.again, func(a, b retransmission) int { return cmp.Compare(a.at, b.at) })
}

// reorderTimeout fires when the reordering window has passed without further ACKs (section 6.2 step 5).
func (e *Endpoint) reorderTimeout(now sim.Time) {
	var w ackWork
	e.detectLoss(now, &w)
	if w.lost && (e.rec.state == caOpen || e.rec.state == caCWR) {
		e.CC.InFlight = e.pipe()
		e.enterRecovery(now, &w)
		e.prrACK(&w)
	}
	e.retransmitLost(now)
	e.scheduleLoss(now)
}
