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

// Timeval is struct timeval.
type Timeval struct {
	Seconds, Micros int64
}

// TimevalSize is the size of struct timeval, octets.
const TimevalSize = 16

// ParseTimeval reads a struct timeval; ok is false where b is shorter.
func ParseTimeval(b []byte) (t Timeval, ok bool) {
	if len(b) < TimevalSize {
		return t, false
	}
	t.Seconds = int64(binary.LittleEndian.Uint64(b))
	t.Micros = int64(binary.LittleEndian.Uint64(b[8:]))
	return t, true
}

// AppendTimeval appends a struct timeval.
func AppendTimeval(b []byte, t Timeval) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(t.Seconds))
	return binary.LittleEndian.AppendUint64(b, uint64(t.Micros))
}

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
