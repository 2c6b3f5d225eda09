package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// sender holds the send sequence space (RFC 9293 section 3.3.1), in offsets.
type sender struct {
	una  uint64 // SND.UNA
	nxt  uint64 // SND.NXT
	edge uint64 // highest SND.UNA + SND.WND seen
	mss  int64  // payload octets of a full segment
	out  int64  // payload octets in the queue
	q    sendQueue

	wnd     int64  // SND.WND, octets
	wl1     uint64 // SND.WL1
	wl2     uint64 // SND.WL2
	maxWnd  int64  // largest window seen
	lastAt  sim.Time
	limited uint64 // the congestion window limited what was sent before this offset
	maxOut  int64  // most octets in flight in the present round
	roundAt uint64 // end of that round

	shift     uint8 // the peer's window scale
	scaling   bool  // window scaling agreed
	finQueued bool
	probe     bool // the owner has data that the peer's window forbids
}

// Send transmits n octets from position pos of content stream stream as one mapping, cut into
// segments of at most MSS. n must be at most Room (rounded up to a segment).
func (e *Endpoint) Send(now sim.Time, stream uint32, pos uint64, n int64, o SendOptions) {
	mss := e.MSS()
	if n <= 0 || !e.Established() || e.snd.finQueued || n > e.CC.Cwnd-e.pipe()+mss && n > mss {
		e.s.w.Fail("tcp %s: Send of %d octets with room for %d in %v", e.s.name, n, e.Room(), e.state)
	}
	q := &e.snd.q
	if q.empty() {
		e.rec.rtoAt = now.Add(e.rtt.rto())
		if e.snd.lastAt > 0 {
			e.CC.StartedAt, e.CC.Pause = now, now.Sub(e.snd.lastAt)
		}
	}
	for back := int64(0); back < n; {
		k := min(n-back, mss)
		r := q.push(&e.s.a.rings)
		r.Seq, r.Pos, r.sentAt = e.snd.nxt, pos+uint64(back), now
		r.Len, r.MapBack, r.MapLen = uint32(k), uint32(back), uint32(n)
		r.Stream, r.xmits, r.flags = stream, 1, 0
		back += k
		if back == n {
			if o.Push {
				r.flags |= sentPush
			}
			if o.Fin {
				r.flags |= sentFin
			}
		}
		e.snd.nxt = r.End()
		e.snd.out += k
		e.prr.out += k
		if e.s.par.pacing {
			e.paced(now, k)
		}
		if r.flags == 0 {
			e.transmit(now, wire.ACK, r.Seq, r)
		} else {
			e.sendRecord(now, r)
		}
	}
	if o.Fin {
		e.finSent()
	}
	e.noteLimited()
	e.snd.lastAt = now
	e.tlp.allow, e.tlp.at = false, 0
	e.scheduleLoss(now)
	if e.userLimit > 0 && !e.tm.pending(timerUser) {
		e.setTimer(timerUser, now.Add(e.userLimit))
	}
}

// pipe estimates the octets in the network (RFC 6675 section 4): sent, less what has arrived or is
// thought lost, plus what was sent again.
func (e *Endpoint) pipe() int64 {
	return e.snd.out - e.rec.sacked - e.rec.lost + e.rec.retrans
}

// cwndRoom returns the octets of new data that the congestion window admits. While something lost waits
// for its retransmission that goes first. Limited transmit (RFC 3042) needs no rule of its own:
// each duplicate ACK takes its octets out of the pipe.
func (e *Endpoint) cwndRoom() int64 {
	if e.rec.lostPending > 0 {
		return 0
	}
	pipe, mss := e.pipe(), e.snd.mss
	room := e.CC.Cwnd - pipe
	switch {
	case room >= 2*mss:
		room = min(room, 1<<31) // more than any window; and 32-bit division is faster
		return room - int64(uint32(room)%uint32(mss))
	case room >= mss || pipe == 0 || e.tlp.allow:
		return mss
	}
	return 0
}

// cwndOpen tells whether cwndRoom gives anything.
func (e *Endpoint) cwndOpen() bool {
	pipe := e.pipe()
	return e.rec.lostPending == 0 && (e.CC.Cwnd-pipe >= e.snd.mss || pipe == 0 || e.tlp.allow)
}

// mayReady tells cheaply whether the owner may be able to send.
func (e *Endpoint) mayReady() bool {
	if !e.Established() || e.snd.finQueued || e.rec.lostPending > 0 || !e.shared && e.snd.edge <= e.snd.nxt {
		return false
	}
	pipe := e.pipe()
	return (e.CC.Cwnd-pipe >= e.snd.mss || pipe == 0) && (!e.s.par.pacing || e.Room() > 0)
}

// noteLimited remembers whether the congestion window stopped the flow: a controller may only grow
// a window that is used (RFC 9438 section 5.8, RFC 7661).
func (e *Endpoint) noteLimited() {
	out := e.snd.out
	if e.snd.nxt >= e.snd.roundAt && e.snd.una >= e.snd.roundAt {
		e.snd.roundAt, e.snd.maxOut = e.snd.nxt, 0
	}
	e.snd.maxOut = max(e.snd.maxOut, out)
	if e.CC.Cwnd-e.pipe() < e.snd.mss {
		e.snd.limited = e.snd.nxt
	}
}

// cwndLimited tells whether the flight that ends before una was limited by the congestion window; in slow
// start half a window is enough (Linux, tcp_is_cwnd_limited).
func (e *Endpoint) cwndLimited(una uint64) bool {
	return una <= e.snd.limited || e.CC.Cwnd < e.CC.Ssthresh && e.CC.Cwnd < 2*e.snd.maxOut
}

// restartAfterIdle lets the congestion window fall back after a pause of more than one RTO (RFC 5681 section
// 4.1).
func (e *Endpoint) restartAfterIdle(now sim.Time) {
	if e.s.par.idleRestart && e.snd.lastAt > 0 && now.Sub(e.snd.lastAt) > e.rtt.rto() &&
		e.rec.state == caOpen {
		e.CC.Pause, e.CC.RTO = now.Sub(e.snd.lastAt), e.rtt.rto()
		e.control.OnIdle(now, &e.CC)
		e.snd.lastAt = 0 // once
	}
}

// finSent moves to the state in which our FIN is on its way.
func (e *Endpoint) finSent() {
	e.snd.finQueued = true
	switch e.state {
	case StateEstablished:
		e.setState(StateFinWait1)
	case StateCloseWait:
		e.setState(StateLastAck)
	default: // data is sent in these two states only
	}
}

// ackWork collects what one ACK did.
type ackWork struct {
	seg       *wire.Segment
	acked     int64 // octets newly acknowledged cumulatively
	delivered int64 // octets newly known to have arrived, by ACK or SACK
	sacked    int64 // octets newly SACKed
	advanced  bool  // SND.UNA moved
	newData   bool  // ... over data or FIN that was not SACKed before
	dsack     bool
	lost      bool // something was newly found lost
	firstAt   sim.Time
	lastAt    sim.Time // send times of the first and last segment acknowledged that was sent once
	lastSack  sim.Time // send time of the newest one SACKed; zero: none
	sampled   bool
	again     bool // something not SACKed was acknowledged that had been sent more than once
	hasTS     bool
	ended     bool     // the ACK ended a recovery
	fack      uint64   // RACK.fack before this ACK
	rackAt    sim.Time // when the segment that gave RACK.rtt was sent
}

// signals are the MPTCP options that may need an ACK of their own: one that repeats the acknowledgement
// number because of them is no sign of congestion (RFC 8684 sections 3 and 3.4.1).
const signals = wire.OptAddAddr | wire.OptRemoveAddr | wire.OptPrio | wire.OptFail | wire.OptFastClose |
	wire.OptJoin | wire.OptCapable

// processACK handles the acknowledgement of a segment (RFC 9293 section 3.10.7.4, fifth step). payload
// tells whether the segment carries data, which excludes it from duplicate ACKs. It returns false if
// the rest of the segment is to be dropped.
func (e *Endpoint) processACK(now sim.Time, seg *wire.Segment, ack int64, seq uint64, payload bool) bool {
	una := int64(e.snd.una)
	if ack > int64(e.snd.nxt) { // acknowledges what was never sent
		if !e.s.par.linux { // RFC 9293 section 3.10.7.4 answers; Linux's tcp_ack drops the segment
			e.limitedACK(now)
		}
		return false
	}
	if ack < una-e.snd.maxWnd-1 { // too old to be honest (RFC 5961 section 5.2)
		e.challenge(now)
		return false
	}
	updated := e.updateWindow(seg, ack, seq)
	w := ackWork{seg: seg, fack: e.rk.fack, hasTS: e.tsOK && seg.Opts&wire.OptTimestamps != 0}
	e.rtt.inRowNow = e.rtt.inRow
	e.CC.InFlight = e.pipe()
	if e.sackOK && seg.Opts&wire.OptSACK != 0 {
		e.takeBlocks(now, &w, uint64(max(ack, 0)))
		if e.rk.lowest != 0 {
			e.rk.noteReordering(e.rk.fack, e.snd.mss)
		}
	}
	if ack > una {
		e.advance(now, &w, uint64(ack))
		if e.rk.lowest != 0 {
			e.rk.noteReordering(w.fack, e.snd.mss)
		}
	} else if w.delivered == 0 && !w.dsack && e.snd.q.empty() {
		return true // nothing is outstanding: only the window can be news
	}
	if e.ecnOK && (seg.Flags&wire.ECE != 0 || e.ecn.exact) {
		e.echoes(now, &w, seg.Flags&wire.ECE != 0)
	}
	e.measure(now, &w)
	if !e.calm(&w) {
		e.recover(now, &w, !payload && !updated && ack == una && seg.Opts&signals == 0)
	}
	e.grow(now, &w)
	e.afterACK(now, &w)
	return true
}

// calm tells that recover would find nothing to do: no loss is known or suspected, no reduction is under way
// or could be taken back, and the ACK brings no SACK.
func (e *Endpoint) calm(w *ackWork) bool {
	c := &e.rec
	return c.state == caOpen && c.lost|int64(c.sackedSegs)|w.sacked == 0 && c.undo.sent == 0 && !w.dsack &&
		e.tlp.end == 0 && e.rk.reorderAt == 0 && e.sackOK && !e.CC.InRecovery
}

// grow lets the congestion control see an ACK that belongs to no recovery. An ACK that only brings SACK
// blocks may be the first sign of loss: then it grows nothing (RFC 5681 section 3.2, step 1), unless
// the path is known to reorder. The ACK that ends a recovery grows nothing either: the window is ssthresh
// then (RFC 9937 section 6.2).
func (e *Endpoint) grow(now sim.Time, w *ackWork) {
	if w.delivered == 0 || e.CC.InRecovery || w.ended || !w.advanced && !e.rk.reordered {
		return
	}
	una := e.snd.una
	if !w.advanced { // what arrived lies beyond it
		una++
	}
	e.CC.CwndLimited = e.cwndLimited(una)
	e.control.OnAck(now, &e.CC, w.delivered)
}

// afterACK restarts the timers, sends what the window admits of lost segments, and reports.
func (e *Endpoint) afterACK(now sim.Time, w *ackWork) {
	if w.advanced {
		e.rtt.inRow, e.tlp.at = 0, 0
		e.keep.restart(e, now)
		if e.snd.q.empty() {
			e.clearTimer(timerUser)
		} else {
			e.rec.rtoAt = now.Add(e.rtt.rto())
			if e.userLimit > 0 {
				e.setTimer(timerUser, now.Add(e.userLimit))
			}
		}
	}
	if e.rec.lostPending > 0 {
		e.retransmitLost(now)
	}
	e.rec.due = true // settle arms the timer, unless something is sent before
	if !w.advanced {
		return
	}
	if e.rtt.inRowNow > 0 {
		e.changed(now, Progress)
	}
	if e.state != StateClosed {
		e.owner.Acked(now, e, e.snd.una)
	}
}

// advance moves SND.UNA to ack and drops the records that are covered.
func (e *Endpoint) advance(now sim.Time, w *ackWork, ack uint64) {
	w.advanced = true
	e.snd.una = ack
	q := &e.snd.q
	for !q.empty() {
		r := q.at(q.head)
		if r.End() > ack {
			if r.Seq < ack {
				e.trimRecord(w, r, ack)
			}
			break
		}
		e.takeRecord(now, w, r)
		q.head++
	}
	if q.spare() {
		q.resize(&e.s.a.rings, len(q.recs)/4)
	}
	if before(e.rec.hint, q.head) {
		e.rec.hint = q.head
	}
	if before(e.rk.scan, q.head) {
		e.rk.scan = q.head
	}
	e.rec.highSacked = max(e.rec.highSacked, ack)
	e.stats.BytesAcked += w.acked
}

// takeRecord counts a record out of the queue.
func (e *Endpoint) takeRecord(now sim.Time, w *ackWork, r *Sent) {
	n := int64(r.Len)
	w.acked += n
	e.snd.out -= n
	if r.flags&(sentSacked|sentLost|sentRetrans) != 0 {
		e.unmark(r)
	}
	if r.flags&sentSacked != 0 {
		return
	}
	w.delivered += n
	w.newData = true
	if r.xmits == 1 {
		if !w.sampled {
			w.firstAt, w.sampled = r.sentAt, true
		}
		w.lastAt = r.sentAt
	} else {
		w.again = true
	}
	if e.sackOK {
		e.rackDelivered(now, w, r)
	}
}

// unmark takes a record out of the counts of its marks.
func (e *Endpoint) unmark(r *Sent) {
	n := int64(r.Len)
	if r.flags&sentSacked != 0 {
		e.rec.sacked -= n
		e.rec.sackedSegs--
	}
	if r.flags&sentLost != 0 {
		e.rec.lost -= n
		if r.flags&sentRetrans == 0 {
			e.rec.lostPending--
		}
	}
	if r.flags&sentRetrans != 0 {
		e.rec.retrans -= n
	}
}

// trimRecord drops the acknowledged front of a record: some device on the path cut segments.
func (e *Endpoint) trimRecord(w *ackWork, r *Sent, ack uint64) {
	n := uint32(min(ack-r.Seq, uint64(r.Len)))
	e.unmark(r)
	r.Seq, r.Pos, r.MapBack, r.Len = r.Seq+uint64(n), r.Pos+uint64(n), r.MapBack+n, r.Len-n
	e.snd.out -= int64(n)
	e.remark(r)
	w.acked += int64(n)
	if r.flags&sentSacked == 0 {
		w.delivered += int64(n)
		w.newData = true
		w.again = w.again || r.xmits > 1
	}
}

// remark puts a record back into the counts of its marks.
func (e *Endpoint) remark(r *Sent) {
	n := int64(r.Len)
	if r.flags&sentSacked != 0 {
		e.rec.sacked += n
		e.rec.sackedSegs++
	}
	if r.flags&sentLost != 0 {
		e.rec.lost += n
		if r.flags&sentRetrans == 0 {
			e.rec.lostPending++
		}
	}
	if r.flags&sentRetrans != 0 {
		e.rec.retrans += n
	}
}
