package tcp

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// receiver holds the receive sequence space (RFC 9293 section 3.3.1), in offsets.
type receiver struct {
	nxt        uint64 // RCV.NXT
	edge       uint64 // furthest right edge advertised: RCV.NXT + RCV.WND
	wup        uint64 // RCV.NXT of the last ACK sent: Last.ACK.sent of RFC 7323
	mss        int64  // estimate of the peer's full segment, octets
	lastWindow int64  // as sent
	maxWindow  int64
	quick      int // ACKs still to be sent without delay
	lastAt     sim.Time
	shift      uint8 // our window scale
	ackNow     bool  // an ACK has to leave with this segment
	ackOwed    bool  // something waits for its ACK
	finSeen    bool
	quickAll   bool // TCP_QUICKACK: no ACK is delayed
	refuse     bool // new data resets the connection: nobody reads
	mute       bool // the owner is about to reset: no ACK
	blockN     uint8

	clamp             int64         // octets: bound of the window that grows with what arrives, 0: none
	rttEcho           uint32        // TSecr of the last sample of rtt
	rtt               unit.Duration // receiver's estimate of the round trip
	ooo               extents
	dupLeft, dupRight uint64 // to report by DSACK; dupRight 0: nothing

	// What data in order does not touch.
	finAt  uint64         // offset of the peer's FIN
	blocks [4]offsetBlock // out-of-order data, the most recent first
	rttSeq uint64         // without timestamps: a window after rttAt
	rttAt  sim.Time
}

// input takes a segment that the demultiplexer found to be the endpoint's, and the packet's ownership.
func (e *Endpoint) input(now sim.Time, p link.PacketID, seg *wire.Segment) {
	e.begin()
	e.stats.SegmentsReceived++
	e.heardAt = now
	switch {
	case e.state == StateSynSent:
		e.inputSynSent(now, seg)
		e.s.net.Free(p)
		e.settle(now)
		return
	case !e.predicted(now, seg):
		e.inputSynchronized(now, seg)
	}
	e.s.net.Free(p)
	e.settle(now)
}

// predicted handles the two usual segments of an established connection, if this is one: data in order or a
// pure ACK in sequence, with no option but timestamps and those of the owner (Van Jacobson's header
// prediction). What it does is what inputSynchronized would do.
func (e *Endpoint) predicted(now sim.Time, seg *wire.Segment) bool {
	const special = wire.FIN | wire.SYN | wire.RST | wire.URG | wire.ECE | wire.CWR
	if e.s.par.unpredicted || e.state != StateEstablished || seg.Flags&(special|wire.ACK) != wire.ACK ||
		seg.Seq != e.irs+uint32(e.rcv.nxt) || seg.Opts&wire.OptSACK != 0 || seg.TOS&ecnMask == ecnCE {
		return false
	}
	if e.tsOK {
		if seg.Opts&wire.OptTimestamps == 0 || int32(seg.TSVal-e.ts.recent) < 0 {
			return false
		}
		if e.rcv.nxt == e.rcv.wup {
			e.ts.recent, e.ts.recentAt = seg.TSVal, now
		}
	}
	n := uint64(seg.Payload.Len)
	if n > 0 && (!e.rcv.ooo.empty() || e.rcv.finSeen || e.rcv.refuse || e.rcv.nxt+n > e.rcv.edge) {
		return false
	}
	seq := e.rcv.nxt
	if !e.simple && !e.incoming(now, seg) {
		return true
	}
	ack := int64(e.snd.una) + int64(int32(seg.Ack-(e.iss+uint32(e.snd.una))))
	if n > 0 && ack == int64(e.snd.una) && e.rec.state == caOpen && e.snd.q.empty() {
		e.updateWindow(seg, ack, seq)
	} else if !e.processACK(now, seg, ack, seq, n > 0) || e.state == StateClosed {
		return true
	}
	if !e.simple {
		e.owner.PeerWindow(now, e, uint64(max(ack, 0)), e.windowOf(seg))
	}
	if n > 0 && e.rcv.nxt == seq && e.state.receiving() {
		e.receiveInOrder(now, seg)
	}
	return true
}

// receiveInOrder takes data at RCV.NXT with nothing beyond it.
func (e *Endpoint) receiveInOrder(now sim.Time, seg *wire.Segment) {
	e.beforeData(now, seg)
	r := &e.rcv
	seq := r.nxt
	r.nxt += uint64(seg.Payload.Len)
	e.stats.BytesReceived += int64(seg.Payload.Len)
	e.owner.Deliver(now, e, seq, seg.Payload)
	e.decideACK()
}

// inputSynchronized handles a segment in every state from SYN-RECEIVED on: the checks in the order of
// RFC 9293 section 3.10.7.4, then what the segment brings.
func (e *Endpoint) inputSynchronized(now sim.Time, seg *wire.Segment) {
	seq := int64(e.rcv.nxt) + int64(int32(seg.Seq-(e.irs+uint32(e.rcv.nxt))))
	if e.state == StateTimeWait && e.reopen(now, seg, seq) {
		return
	}
	if !e.paws(now, seg, seq) || !e.acceptable(now, seg, seq) {
		return
	}
	switch {
	case seg.Flags&wire.RST != 0:
		e.inputRST(now, seg, seq)
		return
	case seg.Flags&wire.SYN != 0: // in window: RFC 5961 section 4.2
		e.challenge(now)
		return
	case seg.Flags&wire.ACK == 0:
		return
	}
	ack := int64(e.snd.una) + int64(int32(seg.Ack-(e.iss+uint32(e.snd.una))))
	// A segment that acknowledges what was never sent is forged: its timestamp counts for nothing, either.
	if e.tsOK && seg.Opts&wire.OptTimestamps != 0 && seq <= int64(e.rcv.wup) && ack <= int64(e.snd.nxt) {
		e.ts.update(now, seg.TSVal)
	}
	if e.state == StateSynReceived && (ack < 1 || ack > int64(e.snd.nxt)) {
		e.s.refuse(now, seg, nil) // answers a handshake that we do not know of
		return
	}
	if !e.incoming(now, seg) {
		return
	}
	if e.state == StateSynReceived {
		e.snd.wl1, e.snd.wl2 = uint64(max(seq, 0)), 0
		e.updateWindow(seg, max(ack, 1), uint64(max(seq, 0)))
		e.established(now, seg)
		if e.state == StateClosed {
			return
		}
	}
	if !e.processACK(now, seg, ack, uint64(max(seq, 0)), seg.Payload.Len > 0) || e.state == StateClosed {
		return
	}
	e.finAcked(now)
	if ack >= int64(e.snd.una) {
		e.peerWindow(now, uint64(ack), e.windowOf(seg))
	}
	if e.state == StateClosed {
		return
	}
	if seg.Payload.Len > 0 {
		e.receiveData(now, seg, seq)
	}
	if e.state != StateClosed && seg.Flags&wire.FIN != 0 {
		e.noteFIN(uint64(seq) + uint64(seg.Payload.Len))
	}
	if e.rcv.finSeen {
		e.takeFIN(now)
	}
}

// acceptable tells whether a segment lies in the receive window (RFC 9293 section 3.4, table 6), and
// answers it with an ACK if not. A segment whose end is RCV.NXT or later and whose start is in the
// window is acceptable; a repeated SYN of the handshake gets its answer again.
func (e *Endpoint) acceptable(now sim.Time, seg *wire.Segment, seq int64) bool {
	n := int64(seg.Payload.Len)
	if seg.Flags&wire.FIN != 0 {
		n++
	}
	next := int64(e.rcv.nxt)
	if e.state == StateSynReceived && seg.Flags&(wire.SYN|wire.RST) == wire.SYN && seq == 0 {
		e.repeatedSYN(now, seg)
		return false
	}
	end := seq + n
	if end >= next && seq <= max(int64(e.rcv.edge), next) && (n == 0 || end > next) {
		return true
	}
	if seg.Flags&wire.RST != 0 {
		return false
	}
	e.stats.Unacceptable++
	switch {
	case n > 0: // old data: the ACK for it was lost, or it was repeated without need
		if end <= next {
			e.stats.DupSegments++
			e.noteDuplicate(seq, end)
		}
		e.rcv.ackNow = true
		if e.state == StateTimeWait {
			e.enterTimeWait(now) // a FIN sent again restarts 2 MSL
		}
	case seg.Flags&wire.SYN != 0:
		e.challenge(now)
	default:
		e.limitedACK(now)
	}
	return false
}

// repeatedSYN answers the SYN of a half-open connection again; in a simultaneous open the SYN/ACK
// that carries the SYN's number acknowledges ours.
func (e *Endpoint) repeatedSYN(now sim.Time, seg *wire.Segment) {
	if seg.Flags&wire.ACK == 0 {
		e.sendSYN(now)
		return
	}
	ack := uint64(seg.Ack - e.iss)
	if ack < 1 || ack > e.snd.nxt || !e.incoming(now, seg) {
		return
	}
	e.rcv.ackNow = true
	if e.sackOK { // its SYN comes for the second time (RFC 2883)
		e.rcv.dupLeft, e.rcv.dupRight = 0, 1
	}
	e.snd.setWindow(int64(seg.Window), ack) // a SYN's is not scaled (RFC 7323 section 2.2)
	e.established(now, seg)
	if e.state == StateClosed {
		return
	}
	e.synAnswered(now, seg, ack)
	e.peerWindow(now, ack, e.snd.wnd)
}

// noteDuplicate remembers a range received twice for the next ACK (RFC 2883 section 4).
func (e *Endpoint) noteDuplicate(left, right int64) {
	if !e.sackOK || right <= 0 {
		return
	}
	e.rcv.dupLeft, e.rcv.dupRight = uint64(max(left, 1)), uint64(right)
}

// extendDuplicate adds to the range to report, if it touches it; of several ranges the first is reported
// (RFC 2883 section 4).
func (e *Endpoint) extendDuplicate(left, right uint64) {
	r := &e.rcv
	switch {
	case !e.sackOK:
	case r.dupRight == 0:
		r.dupLeft, r.dupRight = left, right
	case left <= r.dupRight && right >= r.dupLeft:
		r.dupLeft, r.dupRight = min(left, r.dupLeft), max(right, r.dupRight)
	}
}

// receiveData takes the payload of an acceptable segment that begins at offset seq.
func (e *Endpoint) receiveData(now sim.Time, seg *wire.Segment, seq int64) {
	if !e.state.receiving() { // after the peer's FIN there is no more
		return
	}
	r := &e.rcv
	p := seg.Payload
	next := int64(r.nxt)
	if r.refuse && seq+int64(p.Len) > next {
		e.s.refuse(now, seg, nil)
		e.fail(now, Aborted)
		return
	}
	if seq < next { // the front is old
		e.noteDuplicate(seq, next)
		p = p.Slice(uint32(next-seq), p.Len)
		seq = next
		r.ackNow = true
	}
	if room := int64(r.edge) - seq; int64(p.Len) > room { // the back is beyond the window
		r.ackNow = true
		if room <= 0 {
			return
		}
		p = p.Slice(0, uint32(room))
	}
	e.beforeData(now, seg)
	if seq > next {
		e.holdData(uint64(seq), p)
		return
	}
	filled := !r.ooo.empty()
	r.nxt += uint64(p.Len)
	e.stats.BytesReceived += int64(p.Len)
	e.owner.Deliver(now, e, uint64(seq), p)
	if !filled {
		e.decideACK()
		return
	}
	e.drain(now)
	r.ackNow = true // RFC 5681 section 4.2: a segment that fills a hole
	r.ackOwed = true
}

// holdData keeps out-of-order data and asks for an immediate duplicate ACK (RFC 5681 section 4.2).
func (e *Endpoint) holdData(seq uint64, p wire.Payload) {
	r := &e.rcv
	end := seq + uint64(p.Len)
	r.ackNow = true
	r.quick = max(r.quick, min(e.s.par.QuickACKs, 2))
	if r.ooo.insert(seq, p) == 0 {
		e.stats.DupSegments++
		e.noteDuplicate(int64(seq), int64(end))
		return
	}
	if e.sackOK {
		r.noteBlock(seq, end)
	}
}

// drain delivers held data that has become contiguous.
func (e *Endpoint) drain(now sim.Time) {
	r := &e.rcv
	for !r.ooo.empty() && r.ooo.front().at <= r.nxt {
		at, p := r.ooo.take(1 << 32)
		if at < r.nxt { // came a second time with what filled the hole
			e.extendDuplicate(at, min(at+uint64(p.Len), r.nxt))
		}
		if at+uint64(p.Len) <= r.nxt {
			continue
		}
		if at < r.nxt {
			p = p.Slice(uint32(r.nxt-at), p.Len)
			at = r.nxt
		}
		r.nxt += uint64(p.Len)
		e.stats.BytesReceived += int64(p.Len)
		e.owner.Deliver(now, e, at, p)
		if e.state == StateClosed {
			return
		}
	}
	r.dropBlocks()
}

// beforeData notes what every data segment tells: marks, the peer's segment size, the round trip, the
// end of a pause.
func (e *Endpoint) beforeData(now sim.Time, seg *wire.Segment) {
	r := &e.rcv
	if e.ecnOK {
		e.ecn.received(now, e, seg)
	}
	r.mss = max(r.mss, min(int64(seg.Payload.Len), e.snd.mss+12))
	if r.lastAt != 0 && now.Sub(r.lastAt) > e.rtt.base { // Linux: quick ACKs again after idle
		r.quick = e.s.par.QuickACKs
	}
	r.lastAt = now
	if r.clamp > 0 && seg.Payload.Len >= growFrom {
		r.clamp += max(2*e.snd.mss, 2*int64(seg.Payload.Len))
		if r.clamp > 65535<<r.shift { // beyond what can be announced
			r.clamp = 0
		}
	}
	e.measureReceiver(now, seg)
}

// measureReceiver estimates the round trip at the receiver, for sizing its buffer: by the echo of its
// timestamps, or by the time that one window takes (Fisk and Feng).
func (e *Endpoint) measureReceiver(now sim.Time, seg *wire.Segment) {
	r := &e.rcv
	if e.tsOK && seg.Opts&wire.OptTimestamps != 0 {
		if seg.TSEcr == r.rttEcho || int64(seg.Payload.Len) < r.mss {
			return
		}
		r.rttEcho = seg.TSEcr
		rtt := e.ts.age(e.s, now, seg.TSEcr)
		if r.rtt == 0 || rtt < r.rtt {
			r.rtt = rtt
		} else {
			r.rtt += (rtt - r.rtt) / 8
		}
		return
	}
	if r.nxt < r.rttSeq {
		return
	}
	if r.rttSeq != 0 {
		if rtt := now.Sub(r.rttAt); r.rtt == 0 || rtt < r.rtt {
			r.rtt = max(rtt, 1)
		}
	}
	r.rttSeq, r.rttAt = max(r.edge, r.nxt+1), now
}
