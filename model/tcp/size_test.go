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
	var e Endpoint
	t.Log(unsafe.Sizeof(e), "CC", unsafe.Offsetof(e.CC), "rcv", unsafe.Offsetof(e.rcv), "snd", unsafe.Offsetof(e.snd), "tm",
		unsafe.Offsetof(e.tm), "ts", unsafe.Offsetof(e.ts), "rec", unsafe.Offsetof(e.rec), "rtt", unsafe.Offsetof(e.rtt), "rk", unsafe.Offsetof(e.rk), "open", unsafe.Offsetof(e.open), "stats", unsafe.Offsetof(e.stats))
}
