package audit

import (
	"bytes"
	"slices"

	"mpsim/model/wire"
)

// content is what octets were seen at which sequence numbers of one direction.
type content struct {
	spans []span // ascending, disjoint
	held  int64  // octets in data
	limit int64
	lost  int64 // numbers before this one may have been forgotten
}

// span is octets from..to as data, or as an extent of a stream when data is nil.
type span struct {
	from, to int64
	data     []byte
	stream   uint32
	pos      uint64
}

// spanMax is the octets that one span holds as data at most, so that old ones can be forgotten in parts.
const spanMax = 1 << 16

// piece is payload seen at one place: octets, or an extent of a stream.
type piece struct {
	data []byte
	pay  wire.Payload
}

func (p piece) cut(from, to int64) piece {
	if p.data != nil {
		return piece{data: p.data[from:to]}
	}
	return piece{pay: wire.Payload{Stream: p.pay.Stream, Pos: p.pay.Pos + uint64(from), Len: uint32(to - from)}}
}

// first returns the index of the first span that ends behind n.
func (c *content) first(n int64) int {
	lo, hi := 0, len(c.spans)
	for lo < hi {
		if mid := (lo + hi) / 2; c.spans[mid].to <= n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// put notes payload at from and compares what was there already. ok is false if they differ, and then
// at is the first number where a differing span begins.
func (c *content) put(from int64, p piece, length int64, contents *wire.Contents) (at int64, ok bool) {
	end := from + length
	ok = true
	start := from
	for from < end {
		i := c.first(from)
		if i == len(c.spans) || c.spans[i].from >= end {
			c.insert(i, from, end, p.cut(from-start, end-start))
			break
		}
		s := &c.spans[i]
		if s.from > from {
			gap := s.from
			c.insert(i, from, gap, p.cut(from-start, gap-start))
			from = gap
			continue
		}
		to := min(end, s.to)
		if ok && !same(s.piece(from, to), p.cut(from-start, to-start), contents) {
			at, ok = from, false
		}
		from = to
	}
	return at, ok
}

func (s *span) piece(from, to int64) piece {
	if s.data != nil {
		return piece{data: s.data[from-s.from : to-s.from]}
	}
	return piece{pay: wire.Payload{Stream: s.stream, Pos: s.pos + uint64(from-s.from), Len: uint32(to - from)}}
}

// insert puts a span, known not to overlap, at index i.
func (c *content) insert(i int, from, to int64, p piece) {
	if from < c.lost {
		return
	}
	if i > 0 {
		prev := &c.spans[i-1]
		switch {
		case prev.to != from:
		case p.data != nil && prev.data != nil && len(prev.data)+len(p.data) <= spanMax:
			prev.data = append(prev.data, p.data...)
			prev.to = to
			c.hold(int64(len(p.data)))
			return
		case p.data == nil && prev.data == nil && prev.stream == p.pay.Stream &&
			prev.pos+uint64(prev.to-prev.from) == p.pay.Pos:
			prev.to = to
			return
		}
	}
	s := span{from: from, to: to, stream: p.pay.Stream, pos: p.pay.Pos}
	if p.data != nil {
		s.data = append(make([]byte, 0, max(1024, len(p.data))), p.data...)
	}
	c.spans = slices.Insert(c.spans, i, s)
	c.hold(int64(len(p.data)))
}

// hold counts octets and forgets the oldest beyond the limit.
func (c *content) hold(n int64) {
	c.held += n
	drop := 0
	for c.held > c.limit && drop < len(c.spans)-1 {
		c.held -= int64(len(c.spans[drop].data))
		c.lost = c.spans[drop].to
		drop++
	}
	if drop > 0 {
		c.spans = slices.Delete(c.spans, 0, drop)
	}
}

// rebase moves all numbers.
func (c *content) rebase(by int64) {
	for i := range c.spans {
		c.spans[i].from += by
		c.spans[i].to += by
	}
	c.lost += by
}

// forget drops the numbers from..to.
func (c *content) forget(from, to int64) {
	for i := c.first(from); i < len(c.spans) && c.spans[i].from < to; i++ {
		s := c.spans[i]
		lo, hi := max(from, s.from), min(to, s.to)
		kept := make([]span, 0, 2)
		for _, part := range [][2]int64{{s.from, lo}, {hi, s.to}} {
			if part[0] < part[1] {
				kept = append(kept, s.part(part[0], part[1]))
			}
		}
		if s.data != nil {
			c.held -= hi - lo
		}
		c.spans = slices.Replace(c.spans, i, i+1, kept...)
		i += len(kept) - 1
	}
}

// part is a span's numbers from..to.
func (s *span) part(from, to int64) span {
	p := s.piece(from, to)
	return span{from: from, to: to, data: slices.Clip(p.data), stream: p.pay.Stream, pos: p.pay.Pos}
}

// free forgets everything; later payload is compared with nothing.
func (c *content) free() {
	c.spans, c.held = nil, 0
}

// same compares payload. Extents of different streams are compared by octets where contents are known.
func same(a, b piece, contents *wire.Contents) bool {
	switch {
	case a.data != nil && b.data != nil:
		return bytes.Equal(a.data, b.data)
	case a.data == nil && b.data == nil:
		if a.pay.Stream == b.pay.Stream && a.pay.Pos == b.pay.Pos {
			return true
		}
		return contents != nil && equalExtents(a.pay, b.pay, contents)
	}
	if contents == nil {
		return true // one of them is not known as octets
	}
	if a.data == nil {
		a, b = b, a
	}
	return contents.Equal(b.pay.Stream, b.pay.Pos, a.data)
}

func equalExtents(a, b wire.Payload, contents *wire.Contents) bool {
	var buffer [512]byte
	for n := uint32(0); n < a.Len; {
		part := buffer[:min(uint32(len(buffer)), a.Len-n)]
		contents.ReadAt(a.Stream, a.Pos+uint64(n), part)
		if !contents.Equal(b.Stream, b.Pos+uint64(n), part) {
			return false
		}
		n += uint32(len(part))
	}
	return true
}

// sum returns the one's-complement sum of [from, to); ok is false unless all of it is known.
func (c *content) sum(from, to int64, contents *wire.Contents) (total uint32, ok bool) {
	start := from
	for i := c.first(from); from < to; i++ {
		if i >= len(c.spans) || c.spans[i].from > from {
			return 0, false
		}
		end := min(to, c.spans[i].to)
		p := c.spans[i].piece(from, end)
		var part uint32
		switch {
		case p.data != nil:
			part = wire.PayloadSum(p.data)
		case contents != nil:
			part = contents.Sum(p.pay)
		default:
			return 0, false
		}
		total = wire.JoinSums(total, int(from-start), part)
		from = end
	}
	return total, true
}
