package wire

import "fmt"

// DecodeError says why a packet was refused.
type DecodeError struct {
	Field  string // the field or header that is wrong
	Offset int    // octets from the start of the packet
	Reason string
}

// Error names the field, its place and what is wrong with it.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("wire: decode: %s at octet %d: %s", e.Field, e.Offset, e.Reason)
}

func decodeErrorf(field string, offset int, format string, args ...any) error {
	return &DecodeError{Field: field, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// EncodeError says why a segment has no encoding.
type EncodeError struct{ Reason string }

// Error names the field and what it would have to be.
func (e *EncodeError) Error() string { return "wire: encode: " + e.Reason }

func encodeErrorf(format string, args ...any) error {
	return &EncodeError{Reason: fmt.Sprintf(format, args...)}
}
