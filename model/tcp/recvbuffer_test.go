package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
)

// TestRecvBufferModel compares the receive buffer with an array of octets for arbitrary arrivals and reads.
func TestRecvBufferModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b RecvBuffer
		b.Init(0, 1000, 1000)
		var have [520]bool
		read, next := uint64(0), uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "arrivals") {
			pos := rapid.Uint64Range(0, 480).Draw(t, "position")
			n := uint32(rapid.IntRange(1, 20).Draw(t, "octets"))
			fresh := int64(0)
			for i := pos; i < pos+uint64(n); i++ {
				if !have[i] {
					fresh++
					have[i] = true
				}
			}
			for have[next] {
				next++
			}
			if got := b.Insert(pos, wire.Payload{Pos: pos, Stream: 1, Len: n}); got != fresh || b.Next() != next {
				t.Fatalf("[%d,%d): %d new, next %d; want %d, %d", pos, pos+uint64(n), got, b.Next(), fresh, next)
			}
			for k := rapid.Int64Range(0, 30).Draw(t, "read"); k > 0; {
				p := b.Read(k)
				if p.Len == 0 {
					break
				}
				if p.Pos != read {
					t.Fatalf("read octet %d, want %d", p.Pos, read)
				}
				read += uint64(p.Len)
				k -= int64(p.Len)
			}
		}
	})
}
