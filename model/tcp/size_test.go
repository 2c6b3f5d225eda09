package tcp

import (
	"testing"
	"unsafe"
)

// TestSizes bounds what one connection costs: worlds have many.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(Sent{}); n > 48 {
		t.Errorf("a sent record has %d octets, want at most 48", n)
	}
	if n := unsafe.Sizeof(Endpoint{}); n > 1536 {
		t.Errorf("an endpoint has %d octets, want at most 1536", n)
	}
}
