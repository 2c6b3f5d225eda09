package tcp

import "mpsim/model/wire"

// extent is received content at a place of a 64-bit sequence space.
type extent struct {
	at     uint64 // first octet in the sequence space
	pos    uint64 // in the content stream
	stream uint32
	n      uint32 // octets
}

func (x *extent) end() uint64 { return x.at + uint64(x.n) }

// extents is a sorted list of extents that do not overlap; neighbours with contiguous content are one.
// Taking from the front moves an index, so that neither end costs a copy.
type extents struct {
	list   []extent
	first  int   // list[:first] is free
	octets int64 // held
}

func (s *extents) reset()      { s.list, s.first, s.octets = s.list[:0], 0, 0 }
func (s *extents) empty() bool { return s.first == len(s.list) }

// front returns the lowest extent; there must be one.
func (s *extents) front() *extent { return &s.list[s.first] }

// end returns the offset after the highest extent; there must be one.
func (s *extents) end() uint64 { return s.list[len(s.list)-1].end() }

// search returns the index of the first extent that ends after at.
func (s *extents) search(at uint64) int {
	low, n := s.first, len(s.list)-s.first
	if n == 0 || s.list[len(s.list)-1].end() <= at {
		return len(s.list)
	}
	for n > 0 {
		half := n / 2
		if s.list[low+half].end() <= at {
			low, n = low+half+1, n-half-1
		} else {
			n = half
		}
	}
	return low
}

// insert adds what is not yet there of p, whose first octet is at, and returns how many octets that
// was. What is there stays: the first copy of an octet counts.
func (s *extents) insert(at uint64, p wire.Payload) (added int64) {
	if s.append(at, p) {
		return int64(p.Len)
	}
	end := at + uint64(p.Len)
	i := s.search(at)
	for cur := at; cur < end; {
		if i < len(s.list) && s.list[i].at <= cur {
			cur = s.list[i].end()
			i++
			continue
		}
		to := end
		if i < len(s.list) {
			to = min(to, s.list[i].at)
		}
		i = s.add(i, extent{at: cur, pos: p.Pos + (cur - at), stream: p.Stream, n: uint32(to - cur)})
		added += int64(to - cur)
		cur = max(to, s.list[i-1].end()) // joining may have swallowed the next one
	}
	s.octets += added
	return added
}

// append adds p if nothing is held, or if it continues the highest extent in place and content: what data in
// order does. It tells whether it has.
func (s *extents) append(at uint64, p wire.Payload) bool {
	if s.empty() {
		if p.Len > 0 {
			s.list, s.first = append(s.list[:0], extent{at: at, pos: p.Pos, stream: p.Stream, n: p.Len}), 0
			s.octets = int64(p.Len)
		}
		return true
	}
	last := &s.list[len(s.list)-1]
	if last.end() != at || last.pos+uint64(last.n) != p.Pos || last.stream != p.Stream ||
		uint64(last.n)+uint64(p.Len) >= 1<<32 {
		return false
	}
	last.n += p.Len
	s.octets += int64(p.Len)
	return true
}

// joins tells whether b continues a in place and content, in one extent.
func joins(a, b *extent) bool {
	return a.end() == b.at && a.stream == b.stream && a.pos+uint64(a.n) == b.pos &&
		uint64(a.n)+uint64(b.n) < 1<<32
}

// add puts x before list[i], joining it to its neighbours, and returns the index after it.
func (s *extents) add(i int, x extent) int {
	left := i > s.first && joins(&s.list[i-1], &x)
	right := i < len(s.list) && joins(&x, &s.list[i])
	switch {
	case left && right && uint64(s.list[i-1].n)+uint64(x.n)+uint64(s.list[i].n) < 1<<32:
		s.list[i-1].n += x.n + s.list[i].n
		s.list = append(s.list[:i], s.list[i+1:]...)
		return i
	case left:
		s.list[i-1].n += x.n
		return i
	case right:
		s.list[i].at, s.list[i].pos, s.list[i].n = x.at, x.pos, s.list[i].n+x.n
		return i + 1
	case i == s.first && s.first > 0:
		s.first--
		s.list[s.first] = x
		return i
	}
	if len(s.list) == cap(s.list) && s.first > 0 { // use the room in front instead of growing
		n := copy(s.list, s.list[s.first:])
		s.list = s.list[:n]
		i -= s.first
		s.first = 0
	}
	s.list = append(s.list, extent{})
	copy(s.list[i+1:], s.list[i:])
	s.list[i] = x
	return i + 1
}

// cut drops the extents that begin at at or later.
func (s *extents) cut(at uint64) {
	for n := len(s.list); n > s.first && s.list[n-1].at >= at; n-- {
		s.octets -= int64(s.list[n-1].n)
		s.list = s.list[:n-1]
	}
	if s.first == len(s.list) {
		s.list, s.first = s.list[:0], 0
	}
}

// take removes at most n octets (n > 0) from the front, within one extent, and returns them and their
// place.
func (s *extents) take(n int64) (at uint64, p wire.Payload) {
	x := s.front()
	k := uint32(min(int64(x.n), n))
	at, p = x.at, wire.Payload{Stream: x.stream, Pos: x.pos, Len: k}
	s.octets -= int64(k)
	if k < x.n {
		x.at, x.pos, x.n = x.at+uint64(k), x.pos+uint64(k), x.n-k
		return at, p
	}
	s.first++
	if s.first == len(s.list) {
		s.list, s.first = s.list[:0], 0
	}
	return at, p
}

// run returns the end of the contiguous run of extents that begins with the lowest one.
func (s *extents) run() uint64 {
	end := s.list[s.first].end()
	for i := s.first + 1; i < len(s.list) && s.list[i].at == end; i++ {
		end = s.list[i].end()
	}
	return end
}
