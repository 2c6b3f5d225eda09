package tcp

import "mpsim/model/wire"

// Peek returns at most n of the octets in order without taking them, from skip octets behind the next one
// that Read gives: one extent of contiguous content (Len 0: there are none).
func (b *RecvBuffer) Peek(skip, n int64) wire.Payload {
	n = min(n, b.Readable()-skip)
	if n <= 0 {
		return wire.Payload{}
	}
	at := b.read + uint64(skip)
	x := &b.data.list[b.data.search(at)]
	back := uint32(at - x.at)
	return wire.Payload{Stream: x.stream, Pos: x.pos + uint64(back), Len: uint32(min(n, int64(x.n-back)))}
}

// Peek is Read without taking, from skip octets behind (recv with MSG_PEEK).
func (s *Stream) Peek(skip, n int64) wire.Payload { return s.rcv.Peek(skip, n) }
