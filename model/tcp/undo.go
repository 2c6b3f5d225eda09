package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// undo finds out that a reduction was not called for, and takes it back: because timestamps show that
// the segment acknowledged is the original (Eifel, RFC 3522 and RFC 4015), or because every
// retransmission was reported as a duplicate (DSACK, RFC 3708). Without timestamps a spurious timeout
// is seen by DSACK only; F-RTO (RFC 5682) is not modelled.
type undo struct {
	sent     int32  // retransmissions since the reduction began
	useful   int32  // ... less those that a DSACK showed to be duplicates
	marker   uint64 // SND.UNA when the reduction began; 0: nothing to undo
	cwnd     int64  // before
	ssthresh int64
	stamp    uint32 // TSval of the first retransmission
	stamped  bool
}

func (u *undo) begin(e *Endpoint, possible bool) {
	*u = undo{}
	if possible {
		u.marker, u.cwnd, u.ssthresh = max(e.snd.una, 1), e.CC.Cwnd, e.CC.Ssthresh
	}
}

// renew begins anew for another timeout in one recovery. What is in the network from before may be reported
// as a duplicate, too; and an ACK that echoes one of the earlier retransmissions shows no original.
func (u *undo) renew(e *Endpoint) {
	stamp, stamped := u.stamp, u.stamped
	u.begin(e, true)
	u.stamp, u.stamped = stamp, stamped
	q := &e.snd.q
	for i := q.head; i != q.tail; i++ {
		if q.at(i).flags&sentRetrans != 0 {
			u.sent++
			u.useful++
		}
	}
}

func (u *undo) retransmitted(e *Endpoint, now sim.Time) {
	if u.marker == 0 {
		return
	}
	u.sent++
	u.useful++
	if !u.stamped && e.tsOK {
		u.stamp, u.stamped = e.ts.value(e.s, now), true
	}
}

// duplicate counts a DSACK for [left, right).
func (u *undo) duplicate(right uint64) {
	if u.marker != 0 && right > u.marker {
		u.useful--
	}
}

// spurious tells whether this ACK shows that nothing was lost.
func (u *undo) spurious(e *Endpoint, w *ackWork) bool {
	if u.marker == 0 || u.sent == 0 {
		return false
	}
	if u.useful <= 0 && w.dsack {
		return true
	}
	return w.advanced && w.newData && u.stamped && w.hasTS && e.rec.state != caOpen &&
		w.seg.Opts&wire.OptTimestamps != 0 && int32(w.seg.TSEcr-u.stamp) < 0
}

// tryUndo restores the window if the last reduction was spurious.
func (e *Endpoint) tryUndo(now sim.Time, w *ackWork) bool {
	u := &e.rec.undo
	if !u.spurious(e, w) {
		return false
	}
	e.stats.SpuriousUndone++
	q := &e.snd.q
	for i := q.head; i != q.tail; i++ {
		if r := q.at(i); r.flags&sentLost != 0 && r.flags&sentSacked == 0 {
			e.unmark(r)
			r.flags &^= sentLost
			e.remark(r)
		}
	}
	e.CC.Cwnd = max(e.CC.Cwnd, u.cwnd)
	e.CC.Ssthresh = max(e.CC.Ssthresh, u.ssthresh)
	e.rk.judgeAgain(q)
	u.marker = 0
	e.rtt.backoff = 0
	if e.rec.state != caOpen {
		e.endRecovery()
	}
	e.control.OnUndo(now, &e.CC)
	return true
}
