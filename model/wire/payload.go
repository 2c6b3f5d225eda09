package wire

// Payload is one extent of a content stream: Len octets of stream Stream from position Pos.
// The octets themselves are a function of (Stream, Pos), see Contents.
type Payload struct {
	Pos    uint64 // octets from the start of the content stream
	Stream uint32 // number in the world's Contents; 0 when Len is 0 and after Decode
	Len    uint32 // octets
}

// End is the position behind the last octet.
func (p Payload) End() uint64 { return p.Pos + uint64(p.Len) }

// Slice returns the octets [from, to) of the extent, counted from its start. It panics unless
// from <= to <= Len.
func (p Payload) Slice(from, to uint32) Payload {
	if from > to || to > p.Len {
		panic("wire: Payload.Slice out of range")
	}
	if from == to {
		return Payload{}
	}
	return Payload{Pos: p.Pos + uint64(from), Stream: p.Stream, Len: to - from}
}

// Adjacent says that b continues a: same stream, b starts where a ends, neither empty.
func Adjacent(a, b Payload) bool {
	return a.Len > 0 && b.Len > 0 && a.Stream == b.Stream && a.End() == b.Pos
}
