package wire

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCopyUsed: the copy says what the original says, whatever the place held before.
func TestCopyUsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := source(func(m uint64) uint64 { return rapid.Uint64Max(m).Draw(t, "n") })
		options := func() Options {
			o := Options(draw(uint64(optionsKnown)))
			if draw.bool() {
				o &= optsUsual
			}
			return o
		}
		from, to := draw.segment(options(), 1), draw.segment(options(), 1)
		to.CopyUsed(&from)
		if to.Canonical() != from.Canonical() {
			t.Errorf("copy of\n%+v is\n%+v", from.Canonical(), to.Canonical())
		}
	})
}

// TestDivide: tables of the parts of a world give different numbers, agree on the octets, and keep none.
func TestDivide(t *testing.T) {
	all := NewContents().Divide(3)
	seen := map[uint32]bool{}
	whole := NewContents()
	for range 5 {
		for _, c := range all {
			s := c.New()
			if seen[s] {
				t.Fatalf("stream %d twice", s)
			}
			seen[s] = true
			whole.New()
			var a, b [100]byte
			whole.ReadAt(1, 7, a[:])
			for _, other := range all {
				other.ReadAt(1, 7, b[:])
				if a != b {
					t.Fatalf("stream 1 differs")
				}
			}
		}
	}
	for s := range uint32(15) {
		if !seen[s+3] {
			t.Errorf("stream %d is missing", s+3)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("AppendBytes to a divided table")
		}
	}()
	all[1].AppendBytes(2, 0, []byte("x"))
}
