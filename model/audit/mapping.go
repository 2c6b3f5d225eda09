package audit

import (
	"slices"

	"mpsim/model/wire"
)

// mapping is one data sequence mapping (RFC 8684 section 3.3.1).
type mapping struct {
	number int64 // of its first octet in the subflow
	dsn    int64 // relative, unwrapped
	octets int64 // without the DATA_FIN
	ssn    uint32
	length uint16 // as on the wire
	sum    uint16
	hasSum bool
	fin    bool
}

// bounds are the subflow numbers that are mapped: ascending, disjoint; dsn - number is constant in each.
type bounds []bound

type bound struct{ from, to, shift int64 }

// first returns the index of the first bound that ends behind n.
func (b bounds) first(n int64) int {
	lo, hi := 0, len(b)
	for lo < hi {
		if mid := (lo + hi) / 2; b[mid].to <= n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// add maps [from, to). Numbers that are mapped already keep their mapping; other returns the shift of one that
// contradicts, ok is false then.
func (b *bounds) add(from, to, shift int64) (other int64, ok bool) {
	ok = true
	for from < to {
		s := *b
		i := s.first(from)
		end := to
		if i < len(s) && s[i].from < to {
			if s[i].from <= from {
				if s[i].shift != shift && ok {
					other, ok = s[i].shift, false
				}
				from = s[i].to
				continue
			}
			end = s[i].from
		}
		if i > 0 && s[i-1].to == from && s[i-1].shift == shift {
			s[i-1].to = end
		} else {
			*b = slices.Insert(s, i, bound{from, end, shift})
		}
		from = end
	}
	return other, ok
}

// dss reads a DSS.
func (a *Auditor) dss() {
	s, d := a.seg, &a.seg.DSS
	me := &a.f.end[a.h]
	me.sawDSS = true
	if d.Flags&wire.DSSAck != 0 {
		a.dataAck()
	}
	if d.Flags&wire.DSSMap == 0 {
		if d.Flags&wire.DSSFin != 0 {
			a.find(DSSFinAlone, value{}, value{})
		}
		return
	}
	out := a.me()
	wide := d.Flags&wire.DSSMap8 != 0
	if !out.haveZero {
		out.zero, out.haveZero, out.guessed = d.DSN-1, true, true
		a.f.conn.unchecked |= noIDSN
	}
	m := mapping{ssn: d.SSN, length: d.Len, sum: d.Checksum, hasSum: d.Flags&wire.DSSSum != 0,
		fin: d.Flags&wire.DSSFin != 0, octets: int64(d.Len)}
	if wide {
		out.wide = true
		m.dsn = unwrap64(d.DSN, out.zero)
	} else {
		out.narrow = true
		m.dsn = unwrap(uint32(d.DSN)-uint32(out.zero), out.top)
	}
	a.checksumPresence(m.hasSum)
	if d.Len == 0 {
		a.infinite(d)
		return
	}
	if m.fin {
		m.octets--
	}
	// A DATA_FIN alone does not count: Linux answers it with a DATA_ACK of the length that data had.
	out.wideData = out.wideData || wide && m.octets > 0
	if !me.known && !me.ssnKnown {
		// Without the SYN, the first mapping tells where subflow numbers begin.
		me.ssnKnown = true
		me.ssnShift = me.rel(s.Seq) - int64(d.SSN)
	}
	m.number = unwrap(d.SSN, me.rel(s.Seq)-me.ssnShift) + me.ssnShift
	a.mapped(m)
}

// checksumPresence holds a mapping to what was negotiated (RFC 8684 section 3.3).
func (a *Auditor) checksumPresence(has bool) {
	c := a.f.conn
	switch {
	case !c.csumKnown:
		c.csumKnown, c.csum = true, has
	case c.csum && !has:
		a.find(DSSChecksumMissing, value{}, value{})
	case !c.csum && has && c.version != 0: // version 0 ignores the field
		a.find(DSSChecksumUnasked, value{}, value{})
	}
}

// infinite reads an infinite mapping: the sender goes back to TCP (RFC 8684 section 3.7).
func (a *Auditor) infinite(d *wire.DSS) {
	if d.Flags&wire.DSSSum != 0 && d.Checksum != 0 {
		a.find(InfiniteForm, hexa(0), hexa(uint64(d.Checksum)))
	}
	a.me().infinite = true
	a.goPlain(a.h)
}

// mapped holds a mapping to the segment that carries it, to the other mappings and to the DATA_FIN.
func (a *Auditor) mapped(m mapping) {
	s, me, out := a.seg, &a.f.end[a.h], a.me()
	from := me.rel(s.Seq)
	to := from + int64(s.Payload.Len)
	switch {
	case m.octets == 0: // DATA_FIN alone
		if m.ssn != 0 {
			a.find(DataFinForm, num(0), num(int64(m.ssn)))
		}
	case m.number >= to || m.number+m.octets <= from:
		severity := rules[MapForeign].severity
		if a.f.conn.version == 0 || to == from {
			severity = Warning
		}
		a.findAs(severity, MapForeign, value{kind: 1, n: from, text: ".." + num(to).String()},
			value{kind: 1, n: m.number, text: ".." + num(m.number+m.octets).String()})
	}
	if m.dsn < 1 && !out.guessed {
		a.find(MapBelow, num(1), num(m.dsn))
		return
	}
	if m.fin && !a.dataFin(m.dsn+m.octets) {
		return
	}
	if out.fin > 0 && m.dsn+m.octets > out.fin {
		a.find(MapBeyondFin, num(out.fin), num(m.dsn+m.octets))
		return
	}
	if m.hasSum && a.f.conn.csum {
		a.await(m)
	}
	if m.octets == 0 {
		return
	}
	if other, ok := me.bound.add(m.number, m.number+m.octets, m.dsn-m.number); !ok {
		a.find(MapRebound, num(m.number+other), num(m.dsn))
		return
	}
	a.bindEarlier(m)
}

// dataFin notes where the data ends (RFC 8684 section 3.3.3); false if it had ended elsewhere.
func (a *Auditor) dataFin(at int64) bool {
	out := a.me()
	switch {
	case out.fin == 0:
		if out.top > at {
			a.find(MapBeyondFin, num(at), num(out.top))
		}
		out.fin = at
	case out.fin != at:
		a.find(DataFinMoved, num(out.fin), num(at))
		return false
	}
	out.cover.add(at, at+1)
	out.top = max(out.top, at+1)
	return true
}

// bindEarlier gives octets that came before their mapping their data sequence numbers.
func (a *Auditor) bindEarlier(m mapping) {
	me := &a.f.end[a.h]
	end := m.number + m.octets
	for i := me.cover.find(m.number); i < len(me.cover) && me.cover[i].from < end; i++ {
		from, to := max(m.number, me.cover[i].from), min(end, me.cover[i].to)
		if me.fin > 0 {
			to = min(to, me.fin)
		}
		a.sentData(from+m.dsn-m.number, to+m.dsn-m.number)
	}
	if a.o.NoContent {
		return
	}
	for i := me.content.first(m.number); i < len(me.content.spans) && me.content.spans[i].from < end; i++ {
		s := &me.content.spans[i]
		from, to := max(m.number, s.from), min(end, s.to)
		a.putData(from+m.dsn-m.number, s.piece(from, to), to-from)
	}
}

// sentData notes that data sequence numbers [from, to) have been seen.
func (a *Auditor) sentData(from, to int64) {
	if from >= to {
		return
	}
	out := a.me()
	if out.edgeKnown && to > out.edge && to > out.top && a.seg.Payload.Len > 1 && !out.guessed {
		a.suspect(DataWindow, true, num(out.edge), num(to))
	}
	if to > out.top {
		a.backupUsed()
	}
	out.cover.add(from, to)
	out.top = max(out.top, to)
}

func (a *Auditor) putData(from int64, p piece, length int64) {
	if spoilt := a.f.end[a.h].spoilt; len(spoilt) > 0 && spoilt.missing(from, from+length) < length {
		return
	}
	if at, ok := a.me().content.put(from, p, length, a.o.Contents); !ok {
		a.find(DataDiffers, say("the octets sent before"), value{kind: 1, n: at, text: " and following differ"})
	}
}

// backupUsed notes new data on a subflow that the receiver wants to be a backup (RFC 8684 section 3.3.8).
func (a *Auditor) backupUsed() {
	me, peer := &a.f.end[a.h], &a.f.end[1-a.h]
	if !peer.backup || me.usedSpare {
		return
	}
	side := a.f.sideOf(a.h)
	for _, f := range a.f.conn.flows {
		h := side ^ f.swap
		ready := f != a.f && !f.dead && f.synAckSeen && f.end[0].fin == 0 && f.end[1].fin == 0
		if ready && !f.end[1-h].backup && (!f.join.used || f.join.fourth) {
			me.usedSpare = true
			a.find(BackupUsed, value{}, value{})
			return
		}
	}
}

// sumsMax is how many mappings of one direction wait for their octets.
const sumsMax = 512

// await notes a mapping whose checksum is to be verified when all its octets are there.
func (a *Auditor) await(m mapping) {
	me := &a.f.end[a.h]
	if a.o.NoContent || m == me.verified || slices.Contains(me.sums, m) {
		return
	}
	if len(me.sums) == sumsMax {
		me.sums = slices.Delete(me.sums, 0, 1)
	}
	me.sums = append(me.sums, m)
}

// verify holds the checksums of complete mappings to their octets (RFC 8684 section 3.3.1).
func (a *Auditor) verify() {
	me, out := &a.f.end[a.h], a.me()
	if len(me.sums) == 0 {
		return
	}
	keep := me.sums[:0]
	for _, m := range me.sums {
		sum, whole := me.content.sum(m.number, m.number+m.octets, a.o.Contents)
		switch {
		case !whole:
			keep = append(keep, m)
			continue
		case out.guessed && !out.wide:
			continue // the upper half of the numbers is not known
		}
		me.verified = m
		if right := wire.DSSChecksum(out.zero+uint64(m.dsn), m.ssn, m.length, sum); right != m.sum &&
			right^m.sum != 0xffff {
			a.find(DSSChecksum, hexa(uint64(right)), hexa(uint64(m.sum)))
			out.content.forget(m.dsn, m.dsn+m.octets) // other octets will come elsewhere
			me.spoilt.add(m.dsn, m.dsn+m.octets)
		} else if right != m.sum {
			continue // 0 and 0xffff are both zero
		}
	}
	me.sums = keep
}
