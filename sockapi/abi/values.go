package abi

import "encoding/binary"

// Values of ordinary options.

// IntSize is the size of an int, octets.
const IntSize = 4

// Int reads an int; ok is false where b is shorter.
func Int(b []byte) (v int, ok bool) {
	if len(b) < IntSize {
		return 0, false
	}
	return int(int32(binary.LittleEndian.Uint32(b))), true
}

// PutInt writes as much of an int as b takes and returns the octets written.
func PutInt(b []byte, v int) int {
	var x [IntSize]byte
	binary.LittleEndian.PutUint32(x[:], uint32(v))
	return copy(b, x[:])
}

// AppendInt appends an int.
func AppendInt(b []byte, v int) []byte { return binary.LittleEndian.AppendUint32(b, uint32(v)) }

// Linger is struct linger.
type Linger struct {
	On      int
	Seconds int
}

// LingerSize is the size of struct linger, octets.
const LingerSize = 8

// ParseLinger reads a struct linger; ok is false where b is shorter.
func ParseLinger(b []byte) (l Linger, ok bool) {
	if len(b) < LingerSize {
		return l, false
	}
	l.On, _ = Int(b)
	l.Seconds, _ = Int(b[IntSize:])
	return l, true
}

// AppendLinger appends a struct linger.
func AppendLinger(b []byte, l Linger) []byte { return AppendInt(AppendInt(b, l.On), l.Seconds) }

// CongestionNameSize is the size of the buffer for the name of a congestion control, octets
// (TCP_CA_NAME_MAX).
const CongestionNameSize = 16

// Text returns the text before the first zero octet.
func Text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
