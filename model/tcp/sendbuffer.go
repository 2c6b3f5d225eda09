package tcp

// SendBuffer accounts for the octets that an application has queued on a content stream: which are
// acknowledged, which were sent, which wait. Positions count from 0. It can grow with the congestion window.
type SendBuffer struct {
	stream uint32
	una    uint64 // oldest octet not acknowledged
	nxt    uint64 // next octet to send for the first time
	end    uint64 // after the last octet queued
	size   int64  // octets: bound of end-una
	limit  int64  // octets: largest size
}

// Init makes the buffer empty. Its size starts at initial octets and grows up to limit octets.
func (b *SendBuffer) Init(stream uint32, initial, limit int64) {
	*b = SendBuffer{stream: stream, size: min(initial, limit), limit: limit}
}

// Stream returns the number of the content stream.
func (b *SendBuffer) Stream() uint32 { return b.stream }

// Una returns the oldest position not acknowledged, Nxt the next one to send, End the one after the last
// octet queued.
func (b *SendBuffer) Una() uint64 { return b.una }

// Nxt returns the position of the next octet to send for the first time.
func (b *SendBuffer) Nxt() uint64 { return b.nxt }

// End returns the position after the last octet queued.
func (b *SendBuffer) End() uint64 { return b.end }

// Size returns the buffer's present size in octets.
func (b *SendBuffer) Size() int64 { return b.size }

// SetSize fixes the size (SO_SNDBUF).
func (b *SendBuffer) SetSize(octets int64) { b.size, b.limit = octets, octets }

// Space returns the octets that can be queued now.
func (b *SendBuffer) Space() int64 { return max(b.size-int64(b.end-b.una), 0) }

// Unsent returns the octets that wait for their first transmission.
func (b *SendBuffer) Unsent() int64 { return int64(b.end - b.nxt) }

// Queue adds n octets and returns the position of the first.
func (b *SendBuffer) Queue(n int64) (pos uint64) {
	pos = b.end
	b.end += uint64(n)
	return pos
}

// Advance counts n octets as sent.
func (b *SendBuffer) Advance(n int64) { b.nxt += uint64(n) }

// Rewind counts what was sent from pos on as not sent; pos must not lie before Una.
func (b *SendBuffer) Rewind(pos uint64) { b.nxt = min(b.nxt, max(pos, b.una)) }

// Ack counts everything before una as acknowledged and returns how many octets that freed.
func (b *SendBuffer) Ack(una uint64) int64 {
	if una <= b.una {
		return 0
	}
	n := una - b.una
	b.una = una
	b.nxt = max(b.nxt, una)
	return int64(n)
}

// Grow lets the size follow the congestion window (octets; of all subflows together): twice the
// window, as Linux does (tcp_sndbuf_expand), so that a round trip's worth can wait while another is in
// the network.
func (b *SendBuffer) Grow(cwnd int64) {
	if want := 2 * cwnd; want > b.size {
		b.size = min(want, b.limit)
	}
}

// Grown tells that the buffer has its largest size: Grow does nothing more.
func (b *SendBuffer) Grown() bool { return b.size >= b.limit }

// Writable tells whether a third of the buffer is free: when a blocked writer is worth waking (Linux,
// sk_stream_is_writeable).
func (b *SendBuffer) Writable() bool { return 3*b.Space() >= b.size }
