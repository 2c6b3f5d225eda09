package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// RecvBuffer is a receive buffer: it puts extents into order by a 64-bit position, hands them to the
// application, and says which window is free. Its size can follow the application's rate. Both a plain
// stream and the data level of a multipath connection use it. Position 0 is the first octet unless
// Init says otherwise. It counts payload octets only, no per-segment overhead.
type RecvBuffer struct {
	data extents
	read uint64 // position of the next octet that the application takes
	next uint64 // position of the next octet missing
	size int64  // octets: bound of next+window-read
	tune autotune
}

// Init makes the buffer empty at position next. Its size starts at initial octets and is tuned up to
// limit octets.
func (b *RecvBuffer) Init(next uint64, initial, limit int64) {
	b.data.reset()
	b.read, b.next, b.size = next, next, min(initial, limit)
	b.tune = autotune{limit: limit, space: min(b.size, 10*1460)} // an initial window (RFC 6928)
}

// Next returns the position of the next octet missing: the acknowledgement number.
func (b *RecvBuffer) Next() uint64 { return b.next }

// ReadPos returns the position of the next octet that Read gives.
func (b *RecvBuffer) ReadPos() uint64 { return b.read }

// Size returns the buffer's present size in octets.
func (b *RecvBuffer) Size() int64 { return b.size }

// SetSize fixes the size (SO_RCVBUF); tuning ends. The window never shrinks because of it: the caller
// keeps the edge that it advertised.
func (b *RecvBuffer) SetSize(octets int64) { b.size, b.tune.limit = octets, octets }

// Insert adds the payload whose first octet has position pos, and returns how many of its octets were
// new. Octets before Next are ignored.
func (b *RecvBuffer) Insert(pos uint64, p wire.Payload) (added int64) {
	end := pos + uint64(p.Len)
	if end <= b.next {
		return 0
	}
	if pos < b.next {
		p = p.Slice(uint32(b.next-pos), p.Len)
		pos = b.next
	}
	added = b.data.insert(pos, p)
	if pos != b.next {
		return added
	}
	b.next = end
	if b.data.end() > end {
		b.advance()
	}
	return added
}

// advance moves next over extents that have become contiguous.
func (b *RecvBuffer) advance() {
	for i := b.data.search(b.next); i < len(b.data.list) && b.data.list[i].at <= b.next; i++ {
		b.next = b.data.list[i].end()
	}
}

// Readable returns the octets in order that were not read.
func (b *RecvBuffer) Readable() int64 { return int64(b.next - b.read) }

// Highest returns the position behind the highest octet received.
func (b *RecvBuffer) Highest() uint64 {
	if b.data.empty() {
		return b.next
	}
	return max(b.next, b.data.end())
}

// OutOfOrder returns the octets held beyond a hole, Held all octets held.
func (b *RecvBuffer) OutOfOrder() int64 { return b.data.octets - b.Readable() }

// Held returns the octets held, in order or not.
func (b *RecvBuffer) Held() int64 { return b.data.octets }

// Forget drops what is held beyond a hole.
func (b *RecvBuffer) Forget() { b.data.cut(b.next) }

// Read takes at most n octets in order: one extent of contiguous content (Len 0: nothing to read).
func (b *RecvBuffer) Read(n int64) wire.Payload {
	n = min(n, b.Readable())
	if n <= 0 {
		return wire.Payload{}
	}
	_, p := b.data.take(n)
	b.read += uint64(p.Len)
	b.tune.copied += int64(p.Len)
	return p
}

// Window returns the octets from Next on that the buffer can take.
func (b *RecvBuffer) Window() int64 { return max(b.size-b.Readable(), 0) }

// Tune lets the size follow the rate at which the application reads: called after reads, with the
// receiver's estimate of the round trip (0: none yet) and the octets of a full segment.
func (b *RecvBuffer) Tune(now sim.Time, rtt unit.Duration, mss int64) {
	b.size = b.tune.adjust(now, rtt, mss, b.size)
}
