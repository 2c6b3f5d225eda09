package audit

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestContentForget compares with an array: what is forgotten is compared no more, the rest is.
func TestContentForget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 60
		c := content{limit: 1 << 20}
		var seen [size]byte // 0: nothing
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			from := rapid.Int64Range(0, size-1).Draw(t, "from")
			to := rapid.Int64Range(from+1, size).Draw(t, "to")
			if rapid.Bool().Draw(t, "forget") {
				c.forget(from, to)
				clear(seen[from:to])
			} else {
				octets := byte(rapid.IntRange(1, 2).Draw(t, "octets"))
				differs := false
				for i := from; i < to; i++ {
					differs = differs || seen[i] != 0 && seen[i] != octets
					if seen[i] == 0 {
						seen[i] = octets
					}
				}
				_, ok := c.put(from, piece{data: bytes.Repeat([]byte{octets}, int(to-from))}, to-from, nil)
				if ok == differs {
					t.Fatalf("put of %d to %d tells %v", from, to, ok)
				}
			}
			held := int64(0)
			for _, o := range seen {
				if o != 0 {
					held++
				}
			}
			if c.held != held {
				t.Fatalf("%d octets held, want %d", c.held, held)
			}
		}
	})
}
