package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Selective acknowledgement: sender's scoreboard (RFC 2018 section 5, RFC 6675), DSACK received
// (RFC 2883), and the receiver's blocks.

// offsetBlock is a SACK block [left, right) in offsets.
type offsetBlock struct{ left, right uint64 }

// takeBlocks marks what an ACK's blocks cover. ack is its cumulative acknowledgement.
func (e *Endpoint) takeBlocks(now sim.Time, w *ackWork, ack uint64) {
	var list [4]offsetBlock
	n := 0
	e.tlp.dsacked = false
	for i := range int(min(w.seg.SACKN, 4)) {
		b, ok := e.toOffsets(w.seg.SACK[i])
		if !ok {
			continue
		}
		if i == 0 && e.duplicateBlock(w, b, ack) {
			continue
		}
		if b.right <= e.snd.una || b.right <= ack || b.right > e.snd.nxt {
			continue
		}
		list[n] = b
		n++
	}
	sortBlocks(list[:n])
	for _, b := range list[:n] {
		e.markNew(now, w, b)
	}
	e.rec.cache, e.rec.cacheN = list, uint8(n)
}

// toOffsets converts a block; ok is false if it is no block of our sequence space.
func (e *Endpoint) toOffsets(b wire.Block) (o offsetBlock, ok bool) {
	base := int64(e.snd.una)
	left := base + int64(int32(b.Left-(e.iss+uint32(e.snd.una))))
	right := base + int64(int32(b.Right-(e.iss+uint32(e.snd.una))))
	if left < 0 || right <= left {
		return o, false
	}
	return offsetBlock{uint64(left), uint64(right)}, true
}

// duplicateBlock recognises a DSACK: the first block lies below the cumulative ACK or within the
// second block (RFC 2883 section 4).
func (e *Endpoint) duplicateBlock(w *ackWork, b offsetBlock, ack uint64) bool {
	if b.right > ack {
		if w.seg.SACKN < 2 {
			return false
		}
		second, ok := e.toOffsets(w.seg.SACK[1])
		if !ok || b.left < second.left || b.right > second.right {
			return false
		}
	}
	w.dsack = true
	e.stats.DSACKs++
	e.rec.undo.duplicate(b.right)
	if e.tlp.end != 0 && e.tlp.retrans && b.right == e.tlp.end {
		e.tlp.dsacked = true
	}
	return true
}

// sortBlocks sorts at most four blocks by their left edges.
func sortBlocks(b []offsetBlock) {
	for i := 1; i < len(b); i++ {
		for j := i; j > 0 && b[j].left < b[j-1].left; j-- {
			b[j], b[j-1] = b[j-1], b[j]
		}
	}
}

// markNew marks the parts of a block that the last ACK with blocks did not cover: each octet is looked at
// about once, however often its block is repeated.
func (e *Endpoint) markNew(now sim.Time, w *ackWork, b offsetBlock) {
	from := b.left
	for _, c := range e.rec.cache[:e.rec.cacheN] {
		if c.right <= from || c.left >= b.right {
			continue
		}
		if from < c.left {
			e.markSacked(now, w, from, c.left)
		}
		from = max(from, c.right)
	}
	if from < b.right {
		e.markSacked(now, w, from, b.right)
	}
}

// markSacked marks the records that lie within [from, to).
func (e *Endpoint) markSacked(now sim.Time, w *ackWork, from, to uint64) {
	q := &e.snd.q
	for i := q.find(from); i != q.tail; i++ {
		r := q.at(i)
		if r.End() > to {
			break
		}
		if r.flags&sentSacked != 0 {
			continue
		}
		e.unmark(r)
		r.flags = r.flags&^(sentLost|sentRetrans) | sentSacked
		e.remark(r)
		n := int64(r.Len)
		w.sacked += n
		w.delivered += n
		w.newData = true
		if r.xmits == 1 {
			w.lastSack = max(w.lastSack, r.sentAt)
		}
		e.rec.highSacked = max(e.rec.highSacked, r.End())
		e.rackDelivered(now, w, r)
	}
}

// forgetSACK drops the scoreboard after the peer has taken back what it reported.
func (e *Endpoint) forgetSACK() {
	q := &e.snd.q
	for i := q.head; i != q.tail; i++ {
		if r := q.at(i); r.flags&sentSacked != 0 {
			e.unmark(r)
			r.flags &^= sentSacked
			e.remark(r)
			e.markLost(i, r)
		}
	}
	e.rec.cacheN = 0
}

// sackDetect marks lost what has three SACKed segments above it (RFC 6675 section 4, IsLost, counting
// segments), for hosts without RACK.
func (e *Endpoint) sackDetect() bool {
	q := &e.snd.q
	above, lost := int32(0), false
	for i := q.tail; i != q.head && e.rec.sackedSegs > 0; {
		i--
		r := q.at(i)
		switch {
		case r.flags&sentSacked != 0:
			above++
		case above >= 3 && r.xmits == 1 && r.flags&sentLost == 0:
			e.markLost(i, r)
			lost = true
		}
	}
	return lost
}

// noteBlock records that out-of-order data arrived in [left, right): its block comes first in the next
// ACK, joined with those that it touches (RFC 2018 section 4).
func (r *receiver) noteBlock(left, right uint64) {
	b := offsetBlock{left, right}
	n := 0
	for i := range int(r.blockN) {
		c := r.blocks[i]
		if c.left <= b.right && b.left <= c.right {
			b.left, b.right = min(b.left, c.left), max(b.right, c.right)
		} else {
			r.blocks[n] = c
			n++
		}
	}
	n = min(n, len(r.blocks)-1)
	copy(r.blocks[1:n+1], r.blocks[:n])
	r.blocks[0] = b
	r.blockN = uint8(n + 1)
}

// dropBlocks forgets blocks that the cumulative ACK covers.
func (r *receiver) dropBlocks() {
	n := 0
	for i := range int(r.blockN) {
		if c := r.blocks[i]; c.right > r.nxt {
			r.blocks[n] = c
			n++
		}
	}
	r.blockN = uint8(n)
	if n == 0 && !r.ooo.empty() { // more holes than blocks
		r.noteBlock(r.ooo.front().at, r.ooo.run())
	}
}

func (r *receiver) wantsBlocks() bool { return r.blockN > 0 || r.dupRight > 0 }

// addBlocks puts the blocks into the option space that is left. A segment with data stays within the
// MTU: SACK then waits for the next ACK. It tells whether there was room.
func (e *Endpoint) addBlocks(seg *wire.Segment) bool {
	room := 40 - seg.OptionLen()
	if seg.Payload.Len > 0 {
		room = min(room, e.s.par.MTU-seg.WireLen())
	}
	n := min((room-4)/8, 4)
	if n <= 0 {
		return false
	}
	r := &e.rcv
	k := 0
	if r.dupRight > 0 {
		seg.SACK[k] = wire.Block{Left: e.irs + uint32(r.dupLeft), Right: e.irs + uint32(r.dupRight)}
		r.dupRight = 0
		k++
	}
	for i := 0; i < int(r.blockN) && k < n; i++ {
		if r.blocks[i].left <= r.nxt {
			continue // what filled the hole is being delivered: the ACK that the application has caused covers it
		}
		seg.SACK[k] = wire.Block{Left: e.irs + uint32(r.blocks[i].left), Right: e.irs + uint32(r.blocks[i].right)}
		k++
	}
	if k > 0 {
		seg.SACKN = uint8(k)
		seg.Opts |= wire.OptSACK
	}
	return true
}

// mssWithSACK returns the MSS of a segment that has to carry the SACK blocks as well.
func (e *Endpoint) mssWithSACK() int64 {
	space := 40 - int64(e.reserve)
	if e.tsOK {
		space -= 12
	}
	n := min((space-4)/8, int64(e.rcv.blockN))
	if n <= 0 {
		return e.snd.mss
	}
	return max(e.snd.mss-4-8*n, 16)
}
