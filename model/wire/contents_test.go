package wire

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// octets reads n octets one at a time: the slow, obvious way.
func octets(c *Contents, stream uint32, pos uint64, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		c.ReadAt(stream, pos+uint64(i), b[i:i+1])
	}
	return b
}

// The generated octets are part of the model: a change of them changes every capture.
func TestGeneratedOctetsAreFixed(t *testing.T) {
	c := NewContents()
	first, second := c.New(), c.New()
	if first != 1 || second != 2 {
		t.Fatalf("streams are numbered %d, %d", first, second)
	}
	var got [16]byte
	c.ReadAt(first, 0, got[:])
	// By the definition in generate, with SplitMix64's mixing written out once more.
	mixed := func(x uint64) uint64 {
		x ^= x >> 30
		x *= 0xbf58476d1ce4e5b9
		x ^= x >> 27
		x *= 0x94d049bb133111eb
		x ^= x >> 31
		return x
	}
	const gamma = 0x9e3779b97f4a7c15
	var want [16]byte
	binary.LittleEndian.PutUint64(want[:], mixed(mixed(gamma)))
	binary.LittleEndian.PutUint64(want[8:], mixed(mixed(gamma)+gamma))
	if got != want {
		t.Errorf("stream 1 starts %x, want %x", got, want)
	}
	if bytes.Equal(octets(c, first, 0, 64), octets(c, second, 0, 64)) {
		t.Error("two streams have the same octets")
	}
}

func TestReadAtSplitsAnywhere(t *testing.T) {
	c := NewContents()
	generated, mixed := c.New(), c.New()
	text := []byte(strings.Repeat("0123456789abcdef", 200))
	c.AppendBytes(mixed, 10, text[:100])
	c.AppendBytes(mixed, 110, text[100:3000]) // runs over the first block
	c.AppendBytes(mixed, 4000, text[:50])
	rapid.Check(t, func(t *rapid.T) {
		stream := rapid.SampledFrom([]uint32{generated, mixed}).Draw(t, "stream")
		pos := rapid.Uint64Range(0, 5000).Draw(t, "pos")
		n := rapid.IntRange(0, 200).Draw(t, "n")
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		want := octets(c, stream, pos, n)
		got := make([]byte, n)
		c.ReadAt(stream, pos, got[:cut])
		c.ReadAt(stream, pos+uint64(cut), got[cut:])
		if !bytes.Equal(got, want) {
			t.Fatalf("stream %d at %d: %x, octet by octet %x", stream, pos, got, want)
		}
		if !c.Equal(stream, pos, want) {
			t.Fatal("Equal denies what ReadAt gave")
		}
		if n > 0 {
			want[cut%n]++
			if c.Equal(stream, pos, want) {
				t.Fatal("Equal does not see a wrong octet")
			}
			want[cut%n]--
		}
		if c.Sum(Payload{Stream: stream, Pos: pos, Len: uint32(n)}) != PayloadSum(want) {
			t.Fatal("Sum is not the sum of what ReadAt gives")
		}
	})
}

func TestSumOverManyParts(t *testing.T) {
	c := NewContents()
	stream := c.New()
	b := make([]byte, 5001)
	c.ReadAt(stream, 3, b)
	if got, want := c.Sum(Payload{Stream: stream, Pos: 3, Len: uint32(len(b))}), PayloadSum(b); got != want {
		t.Errorf("%04x, want %04x", got, want)
	}
}

func TestAppendedBytesStandBetweenGenerated(t *testing.T) {
	c := NewContents()
	plain, stream := c.New(), c.New()
	_ = plain
	before := octets(c, stream, 0, 30)
	c.AppendBytes(stream, 8, []byte("hello"))
	c.AppendBytes(stream, 13, []byte(", world"))
	want := append([]byte{}, before...)
	copy(want[8:], "hello, world")
	if got := octets(c, stream, 0, 30); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAppendBytesCopies(t *testing.T) {
	c := NewContents()
	stream := c.New()
	b := []byte("abc")
	c.AppendBytes(stream, 0, b)
	b[0] = 'x'
	if !c.Equal(stream, 0, []byte("abc")) {
		t.Error("the caller's buffer shows through")
	}
}

func mustPanic(t *testing.T, what, message string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		if !strings.Contains(text, message) {
			t.Errorf("%s: panic %q, want one with %q", what, text, message)
		}
	}()
	f()
}

func TestContentsMisuse(t *testing.T) {
	c := NewContents()
	stream := c.New()
	c.AppendBytes(stream, 100, []byte("0123456789"))
	mustPanic(t, "rewriting", "up to 110 are fixed", func() { c.AppendBytes(stream, 109, []byte("x")) })
	mustPanic(t, "unknown stream", "stream 7 was never opened", func() { c.ReadAt(7, 0, nil) })
	mustPanic(t, "stream 0", "stream 0 was never opened", func() { c.Release(0, 0) })
	c.Release(stream, 105)
	mustPanic(t, "released", "up to 105 were released", func() { c.ReadAt(stream, 104, make([]byte, 2)) })
	if !c.Equal(stream, 105, []byte("56789")) {
		t.Error("Release took more than it was told")
	}
	c.Release(stream, 1000)
	mustPanic(t, "released", "up to 110 were released", func() { c.ReadAt(stream, 109, make([]byte, 2)) })
	c.ReadAt(stream, 110, make([]byte, 2)) // generated, never put
}

func TestKeepReleased(t *testing.T) {
	c := NewContents()
	stream := c.New()
	c.KeepReleased()
	c.AppendBytes(stream, 0, []byte("0123456789"))
	c.Release(stream, 10)
	if !c.Equal(stream, 0, []byte("0123456789")) {
		t.Error("kept octets are gone")
	}
}

// A long transfer of application bytes lives in a few blocks that go round.
func TestReleaseRecyclesBlocks(t *testing.T) {
	c := NewContents()
	stream := c.New()
	chunk := bytes.Repeat([]byte("abcdefg"), 1000)
	pos := uint64(0)
	step := func() {
		c.AppendBytes(stream, pos, chunk)
		if !c.Equal(stream, pos, chunk) {
			t.Fatal("octets differ")
		}
		pos += uint64(len(chunk))
		c.Release(stream, pos-3)
	}
	for range 20 {
		step()
	}
	if allocs := testing.AllocsPerRun(100, step); allocs != 0 {
		t.Errorf("%v allocations for each write after warm-up", allocs)
	}
	if held := len(c.literals[stream].extents); held > 2 {
		t.Errorf("%d blocks are held for 3 octets", held)
	}
	c.Release(stream, pos)
	if held := len(c.literals[stream].extents); held != 0 {
		t.Errorf("%d blocks are held for nothing", held)
	}
}

// Against a map of octets: any order of writes, releases and reads.
func TestContentsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, pure := NewContents(), NewContents()
		stream := c.New()
		pure.New()
		model := map[uint64]byte{}
		end, released := uint64(0), uint64(0)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "write") {
				pos := end + rapid.Uint64Range(0, 40).Draw(t, "gap")*rapid.Uint64Range(0, 1).Draw(t, "has gap")
				b := make([]byte, rapid.IntRange(0, 3000).Draw(t, "len"))
				for i := range b {
					b[i] = byte(i*7 + int(pos))
					model[pos+uint64(i)] = b[i]
				}
				c.AppendBytes(stream, pos, b)
				if len(b) > 0 {
					end = pos + uint64(len(b))
				}
			} else if end > released {
				released = rapid.Uint64Range(released, end).Draw(t, "release")
				c.Release(stream, released)
			}
			from := rapid.Uint64Range(released, end+20).Draw(t, "from")
			got, want := make([]byte, 300), make([]byte, 300)
			c.ReadAt(stream, from, got)
			pure.ReadAt(1, from, want)
			for i := range want {
				if octet, ok := model[from+uint64(i)]; ok {
					want[i] = octet
				}
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("at %d: %x, want %x", from, got, want)
			}
		}
	})
}
