package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Incoming mappings (RFC 8684 section 3.3.1). They arrive with segments in any order, span segments, come
// again on each, and are applied when TCP delivers the subflow's octets in order.

// mapping ties subflow offsets [ssn, end) to stream positions from pos on. Offsets count as SSNs do, but
// have 64 bits.
type mapping struct {
	ssn, end, pos uint64
	dll           uint16 // Data-Level Length as sent
	sum           uint16 // checksum as sent
	hasSum        bool
	fin           bool // with checksum: the DATA_FIN is behind it
}

// held is payload that waits: for its mapping, or for the rest of its mapping to be checked.
type held struct {
	ssn uint64
	p   wire.Payload
}

// mapQueue has one subflow's mappings that are not used up, in ascending order.
type mapQueue struct {
	list      []mapping
	head      int
	unmapped  []held // delivered by TCP, no mapping yet
	octets    int64  // in unmapped
	checking  []held // of the first mapping, whose checksum covers more
	recycled  []held
	delivered uint64 // offset up to which everything has left the queue
}

func (q *mapQueue) init() { *q = mapQueue{delivered: 1} }

func (q *mapQueue) len() int          { return len(q.list) - q.head }
func (q *mapQueue) at(i int) *mapping { return &q.list[q.head+i] }

// floor is the offset from which on a mapping may still be of use.
func (q *mapQueue) floor() uint64 {
	if len(q.unmapped) > 0 {
		return min(q.delivered, q.unmapped[0].ssn)
	}
	return q.delivered
}

func (q *mapQueue) pop() {
	q.head++
	if q.head == len(q.list) {
		q.list, q.head = q.list[:0], 0
	} else if q.head >= 64 && 2*q.head >= len(q.list) {
		n := copy(q.list, q.list[q.head:])
		q.list, q.head = q.list[:n], 0
	}
}

// insert puts a mapping in its place. It returns false if it contradicts one that is held: bytes are never
// bound anew.
func (q *mapQueue) insert(m mapping) bool {
	i := q.len()
	for i > 0 && q.at(i-1).ssn > m.ssn {
		i--
	}
	if i > 0 {
		if p := q.at(i - 1); p.end > m.ssn {
			if p.pos-p.ssn != m.pos-m.ssn {
				return false
			}
			if m.end <= p.end {
				return true // known
			}
			if p.hasSum || m.hasSum {
				return false
			}
			m.ssn, m.pos = p.end, m.pos+(p.end-m.ssn)
		}
	}
	for ; i < q.len() && m.end > q.at(i).ssn; i++ { // what lies before, between and behind those held
		n := *q.at(i)
		if n.pos-n.ssn != m.pos-m.ssn || m.hasSum {
			return false
		}
		if m.ssn < n.ssn {
			before := m
			before.end = n.ssn
			q.place(i, before)
			i++
		}
		if m.end <= n.end {
			return true
		}
		m.ssn, m.pos = n.end, m.pos+(n.end-m.ssn)
	}
	q.place(i, m)
	return true
}

// place makes m the i-th mapping held.
func (q *mapQueue) place(i int, m mapping) {
	q.list = append(q.list, mapping{})
	copy(q.list[q.head+i+1:], q.list[q.head+i:])
	q.list[q.head+i] = m
}

// takeDSS takes a DSS option. It returns false if the segment is to be dropped.
func (c *Conn) takeDSS(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	d := &seg.DSS
	c.tookDSS, c.mpFail.heard, sf.bare = true, true, false
	if !c.sawDSS {
		c.sawFirstDSS(now)
	}
	if c.plainAsked {
		c.notPlain(now, sf)
	}
	if d.Flags&wire.DSSAck != 0 {
		c.takeDataAck(now, d)
	}
	if d.Flags&wire.DSSMap == 0 {
		return true
	}
	if d.Len == 0 {
		if seg.Payload.Len == 0 && seg.Flags&wire.FIN == 0 && c.mpFail.on != sf {
			return true // maps nothing of its segment; only to MP_FAIL it is an answer
		}
		return c.takeInfinite(now, sf, d)
	}
	if c.mpFail.on == sf && c.mpFail.asked { // it still maps: its data-level retransmissions will bring what is held
		c.mpFail = failState{origin: true}
		c.clearDeadline(deadlineFail)
	}
	if c.mpFail.on == sf {
		return true // until the peer has answered MP_FAIL nothing of it counts
	}
	if hasSum := d.Flags&wire.DSSSum != 0; hasSum != c.sum && !(hasSum && c.v0()) {
		// Section 3.3: checksum present though not negotiated, which RFC 6824 ignores, or the other way round.
		sf.reason = "DSS checksum presence"
		c.kill(now, sf, killMPTCP)
		return false
	}
	if d.SSN == 0 && seg.Payload.Len > 0 && (d.Len > 1 || d.Flags&wire.DSSFin == 0) && c.startsWrong(sf) {
		c.s.count.DSSNotMatching++
		c.fallBack(now, "the first data is mapped from the SYN on")
		return true
	}
	pos := c.positionOf(d)
	if long := d.Flags&wire.DSSMap8 != 0; long != c.ack8 {
		c.mappedAs(long, seg)
	}
	data := uint64(d.Len)
	fin := d.Flags&wire.DSSFin != 0
	if fin {
		data--
		if c.sum && data == 0 && wire.DSSChecksum(c.remoteIDSN+1+pos, d.SSN, d.Len, 0) != d.Checksum {
			c.checksumFailed(now, sf, &mapping{pos: pos})
			return false
		}
		if !c.sum || data == 0 { // with data and checksum it counts when that is known to be right
			c.takeDataFin(now, sf, pos+data, seg.Payload.Len == 0)
		}
	}
	if data == 0 || seg.Payload.Len == 0 {
		return true
	}
	ssn := unwrap32(sf.maps.delivered, c.offsetOf(sf, d.SSN))
	q := &sf.maps
	if ssn == q.delivered && !c.sum && len(q.unmapped) == 0 && sf.e.RcvNxt() == ssn && seg.Seq-sf.e.IRS() == uint32(ssn) &&
		len(q.list)-q.head == 1 && q.list[q.head].end <= ssn && c.inWindow(pos) && int64(pos) >= 0 {
		// The usual one: it begins with the octet that is next, and nothing else is held. Being next it is sane, too.
		sf.mapped = true
		*q.at(0) = mapping{ssn: ssn, end: ssn + data, pos: pos, dll: d.Len}
		return true
	}
	m := mapping{ssn: ssn, end: ssn + data, pos: pos, dll: d.Len, sum: d.Checksum, hasSum: c.sum,
		fin: fin && c.sum}
	sf.mapped = true
	return c.addMapping(now, sf, &m, seg)
}

// mappedAs takes the length of the peer's DSNs, which is not that of our DATA_ACKs: 64-bit DSNs are acknowledged
// with 64 bits (section 3.3.2).
func (c *Conn) mappedAs(long bool, seg *wire.Segment) {
	asMapped := c.s.cfg.Data.AckAsMapped == tcp.On
	switch {
	case !long:
		if asMapped && seg.Payload.Len > 0 {
			c.ack8 = false
		}
	case seg.Payload.Len > 0 || !asMapped:
		c.ack8 = true
		for _, other := range c.live {
			c.setReserve(other)
		}
	}
}

// addMapping enters a mapping that came with seg; it may change m.
func (c *Conn) addMapping(now sim.Time, sf *subflow, m *mapping, seg *wire.Segment) bool {
	q := &sf.maps
	floor := q.floor()
	if m.end <= floor {
		return true // used up: sent again
	}
	first := unwrap32(sf.e.RcvNxt(), seg.Seq-sf.e.IRS())
	if m.ssn >= first+uint64(seg.Payload.Len) || m.end <= first {
		c.s.count.DSSNotMatching++ // section 3.3.1: a mapping applies to part of its own segment
		return true
	}
	if at := m.pos + (first - m.ssn); int64(m.pos) < 0 || !c.inWindow(at) || !c.sane(sf, first, at, seg.Payload.Len) {
		c.stats.outOfWindow += int64(seg.Payload.Len)
		return false
	}
	if m.ssn < floor && !m.hasSum {
		m.ssn, m.pos = floor, m.pos+(floor-m.ssn)
	}
	switch n := q.len(); {
	case n == 1 && q.at(0).end <= q.delivered && !m.hasSum: // used up: m begins at delivered or later
		*q.at(0) = *m
	case n == 0 || q.at(n-1).end <= m.ssn:
		q.list = append(q.list, *m)
	case !q.insert(*m):
		c.s.count.DSSNotMatching++
		sf.reason = "mapping contradicts an earlier one"
		c.kill(now, sf, killMPTCP)
		return false
	}
	if len(q.unmapped) > 0 {
		c.mapHeld(now, sf)
	}
	return true
}

// unwrap32 extends a 32-bit number to 64 bits: the value nearest to expected.
func unwrap32(expected uint64, n uint32) uint64 {
	return expected + uint64(int64(int32(n-uint32(expected))))
}

// positionOf returns the stream position of a DSN. A 32-bit one is extended around the DSN expected next.
func (c *Conn) positionOf(d *wire.DSS) uint64 {
	dsn := d.DSN
	if d.Flags&wire.DSSMap8 == 0 {
		dsn = unwrap32(c.remoteIDSN+1+c.rcv.Next(), uint32(dsn))
	}
	return dsn - c.remoteIDSN - 1
}

// Deliver implements tcp.Owner: payload in subflow order.
func (c *Conn) Deliver(now sim.Time, e *tcp.Endpoint, seq uint64, p wire.Payload) {
	sf := c.sub(e)
	if c.plain {
		c.arrive(now, sf, seq+c.inShift, p)
		return
	}
	if sf.kill != killNone { // what follows a failure on its subflow counts as lost (section 3.7)
		return
	}
	if sf.state == subflowOpening {
		c.takeSYNData(now, sf, p)
		return
	}
	if c.mpFail.on == sf {
		c.hold(now, sf, held{seq, p})
		return
	}
	c.mapOctets(now, sf, seq, p)
}

// mapOctets gives payload its position in the stream and passes it on.
func (c *Conn) mapOctets(now sim.Time, sf *subflow, seq uint64, p wire.Payload) {
	q := &sf.maps
	if q.len() > 0 { // usually the oldest mapping has them all
		if m := q.at(0); m.ssn <= seq && seq+uint64(p.Len) <= m.end && p.Len > 0 && !m.hasSum {
			q.delivered = seq + uint64(p.Len)
			c.arrive(now, sf, m.pos+(seq-m.ssn), p)
			return
		}
	}
	for p.Len > 0 {
		for q.len() > 0 && q.at(0).end <= seq {
			q.pop()
		}
		if q.len() == 0 || q.at(0).ssn > seq {
			c.hold(now, sf, held{seq, p})
			return
		}
		m := q.at(0)
		n := min(uint64(p.Len), m.end-seq)
		part := wire.Payload{Pos: p.Pos, Stream: p.Stream, Len: uint32(n)}
		if m.hasSum {
			q.checking = append(q.checking, held{seq, part})
			if seq+n == m.end && !c.verify(now, sf, m) {
				if rest := uint64(p.Len) - n; rest > 0 && sf.kill == killNone {
					c.Deliver(now, sf.e, seq+n, wire.Payload{Pos: p.Pos + n, Stream: p.Stream, Len: uint32(rest)})
				}
				return
			}
		} else {
			q.delivered = seq + n
			c.arrive(now, sf, m.pos+(seq-m.ssn), part)
		}
		seq += n
		p.Pos += n
		p.Len -= uint32(n)
	}
}

// verify checks the checksum of a mapping whose octets are all there, and passes them on.
func (c *Conn) verify(now sim.Time, sf *subflow, m *mapping) bool {
	q := &sf.maps
	sum, octets := uint32(0), 0
	for _, h := range q.checking {
		sum = wire.JoinSums(sum, octets, c.s.contents.Sum(h.p))
		octets += int(h.p.Len)
	}
	if wire.DSSChecksum(c.remoteIDSN+1+m.pos, uint32(m.ssn)-c.offsetOf(sf, 0), m.dll, sum) != m.sum {
		c.checksumFailed(now, sf, m)
		return false
	}
	q.delivered = m.end
	checked := q.checking
	q.checking = q.recycled[:0]
	start, pos, end, fin := m.ssn, m.pos, m.pos+(m.end-m.ssn), m.fin
	for _, h := range checked {
		c.arrive(now, sf, pos+(h.ssn-start), h.p)
	}
	if fin {
		c.takeDataFin(now, sf, end, false)
	}
	q.recycled = checked[:0]
	return true
}

// hold keeps payload without mapping. It is acknowledged on the subflow but not at the data level. If a
// window of it has come, the subflow is broken (section 3.3.1); Linux 6.18 does not wait for that (subflow.c,
// MAPPING_NODSS).
func (c *Conn) hold(now sim.Time, sf *subflow, h held) {
	q := &sf.maps
	if !sf.mapped && !sf.join && len(c.subs) == 1 && !c.sawDSS {
		c.countMissing()
		c.fallBack(now, "data without mapping on the first subflow")
		c.arrive(now, sf, h.ssn+c.inShift, h.p)
		return
	}
	q.unmapped = append(q.unmapped, h)
	q.octets += int64(h.p.Len)
	sf.stats.unmapped += int64(h.p.Len)
	if c.mpFail.on == nil && !c.tookDSS && len(c.subs) == 1 && h.ssn == q.delivered && c.straight(sf) {
		// Only MP_CAPABLE with data came through. The peer may have seen our DATA_ACKs, or fallen back: ask.
		c.failing(now, sf, c.remoteIDSN+1+c.rcv.Next())
		c.mpFail.unmapped = true
	}
	if c.mpFail.on == nil && c.s.cfg.HoldUnmapped == tcp.On && c.deadlines[deadlineFail] == sim.Never {
		c.mpFail.tries = 0
		c.setDeadline(deadlineFail, now.Add(holdPatience))
	}
	if c.mpFail.on == sf || c.s.cfg.HoldUnmapped == tcp.On && q.octets <= int64(c.rcvEdge-c.rcv.Next()) {
		return
	}
	if sf.kill == killNone {
		c.s.count.DSSNoMatchTCP++
		sf.reason = "data without mapping"
		c.kill(now, sf, killMiddlebox)
	}
}

// mapHeld tries again to map what is held.
func (c *Conn) mapHeld(now sim.Time, sf *subflow) {
	q := &sf.maps
	waiting := q.unmapped
	q.unmapped, q.octets = nil, 0
	for _, h := range waiting {
		c.mapOctets(now, sf, h.ssn, h.p)
	}
}

// arrive takes octets of the peer's stream at position pos.
func (c *Conn) arrive(now sim.Time, sf *subflow, pos uint64, p wire.Payload) {
	if p.Pos != pos && !c.s.contents.Forged() {
		c.s.w.Fail("mptcp %s: connection %d subflow %d delivers octet %d of the content at stream position %d",
			c.s.name, c.id, sf.id, p.Pos, pos)
	}
	end := pos + uint64(p.Len)
	limit := c.rcvEdge + c.s.granule // TCP may have rounded the window up
	switch {
	case c.plain:
		limit = 1<<64 - 1 // TCP has acknowledged it
	case c.rcvFinKnown:
		limit = min(limit, c.rcvFin) // nothing is behind the DATA_FIN
	}
	if end > limit {
		c.stats.outOfWindow += int64(end - max(pos, limit))
		if pos >= limit {
			return
		}
		p.Len = uint32(limit - pos)
		end = limit
	}
	before := c.rcv.Next()
	added := c.rcv.Insert(pos, p)
	again := pos < sf.high // new data has ever higher positions on one subflow
	sf.high = max(sf.high, end)
	sf.stats.delivered += added
	c.stats.fresh += added
	if dup := int64(p.Len) - added; dup > 0 {
		sf.stats.duplicate += dup
		c.stats.duplicates += dup
		c.s.count.DuplicateData++
	}
	c.s.hash.Mix(pos<<20 ^ uint64(p.Len)<<8 ^ uint64(sf.id) ^ uint64(c.number)<<52)
	if c.s.observer != nil {
		c.s.observer.DataArrived(now, c, sf.id, pos, end, again)
	}
	if c.rcv.Next() == before {
		if added > 0 {
			c.s.count.OFOQueue++
		}
		return
	}
	c.advanced(now)
}

// advanced follows an advance of the data in order.
func (c *Conn) advanced(now sim.Time) {
	if c.detached {
		c.discard(now)
	}
	if c.rcvFinKnown {
		c.checkFin(now)
	}
	if c.ready&tcp.Readable == 0 {
		c.update(now)
	}
}
