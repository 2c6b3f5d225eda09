package middlebox

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/wire"
)

// say makes octets of the client's stream.
func (b *bench) say(text string) { b.net.Contents().AppendBytes(b.stream, 0, []byte(text)) }

// payload returns the octets of what has come as segment i.
func (b *bench) payload(i int) string {
	p := b.segments[i].Payload
	if p.Len == 0 {
		return ""
	}
	text := make([]byte, p.Len)
	b.net.Contents().ReadAt(p.Stream, p.Pos, text)
	return string(text)
}

func TestRewrite(t *testing.T) {
	b := newBench(t, Config{Do: Rewrite{Find: []byte("PORT 21"), Replace: []byte("PORT 40021")},
		Direction: ForwardOnly})
	b.say("xxPORT 21yyPORT 21zz")
	b.open()
	b.send(Forward, b.data(0, 11))
	b.send(Forward, b.data(11, 9))
	b.send(Forward, b.data(0, 5)) // again, cut otherwise
	b.send(Forward, b.data(5, 15))
	b.send(Backward, ack(100+14)) // all of the first segment
	b.send(Backward, ack(100+7))  // half of the text that was put in
	b.send(Backward, ack(100+26)) // all
	b.expect("> A 100:114(14) ack 500", "> A 114:126(12) ack 500", "> A 100:105(5) ack 500",
		"> A 105:126(21) ack 500",
		"< A 500:500(0) ack 111", "< A 500:500(0) ack 102", "< A 500:500(0) ack 120")
	for i, want := range []string{"xxPORT 40021yy", "PORT 40021zz", "xxPOR", "T 40021yyPORT 40021zz"} {
		if got := b.payload(i); got != want {
			t.Errorf("segment %d has %q, want %q", i, got, want)
		}
	}
	if c := b.counters(); c.Events != 2 {
		t.Errorf("%d replacements", c.Events)
	}
}

// A box that knows MPTCP mends the checksum of a mapping in one segment (RFC 8684 section 3.7).
func TestRewriteMendsChecksum(t *testing.T) {
	b := newBench(t, Config{Do: Rewrite{At: 3, Remove: 4, Replace: []byte("same"), FixChecksum: true}})
	b.say("abcdefghijk")
	b.open()
	s := b.data(0, 11)
	s.Opts = wire.OptDSS
	s.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8 | wire.DSSSum, DSN: 1 << 40, SSN: 1, Len: 11}
	s.DSS.Checksum = wire.DSSChecksum(s.DSS.DSN, 1, 11, wire.PayloadSum([]byte("abcdefghijk")))
	b.send(Forward, s)
	want := wire.DSSChecksum(s.DSS.DSN, 1, 11, wire.PayloadSum([]byte("abcsamehijk")))
	if got := b.segments[0].DSS.Checksum; got != want || b.payload(0) != "abcsamehijk" {
		t.Errorf("%q has the checksum %#x, want %#x", b.payload(0), got, want)
	}
}

// Whatever segments come in whatever cuts and order: the octets behind the box are those of one stream, the
// original with its edits, and what is acknowledged of it has been there.
func TestRewriteIsOneStream(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		remove := rapid.IntRange(0, 6).Draw(r, "remove")
		put := rapid.StringN(0, 8, 8).Draw(r, "put")
		if remove == 0 && put == "" {
			return
		}
		at := rapid.IntRange(0, 40).Draw(r, "at")
		b := newBench(t, Config{Do: Rewrite{At: uint64(at), Remove: remove, Replace: []byte(put)}})
		text := []byte("The quick brown fox jumps over the lazy dog and runs.")
		b.say(string(text))
		b.open()
		known := map[uint32]byte{}
		high := 0
		for range rapid.IntRange(1, 12).Draw(r, "segments") {
			from := rapid.IntRange(0, min(high, len(text)-1)).Draw(r, "from") // no holes: these are not searched
			to := rapid.IntRange(from+1, len(text)).Draw(r, "to")
			if high <= at && to > at && to < at+remove {
				to = min(at+remove, len(text))
			}
			high = max(high, to)
			b.send(Forward, b.data(uint32(from), uint32(to-from)))
			i := len(b.segments) - 1
			for k, c := range []byte(b.payload(i)) {
				n := b.segments[i].Seq + uint32(k)
				if old, twice := known[n]; twice && old != c {
					r.Fatalf("octet %d is %q and %q", n, old, c)
				}
				known[n] = c
			}
		}
		var got []byte
		for n := uint32(100); ; n++ {
			c, there := known[n]
			if !there {
				break
			}
			got = append(got, c)
		}
		want := text[:high]
		if at < high {
			want = append(append(bytes.Clone(text[:at]), put...), text[min(at+remove, high):high]...)
		}
		if !bytes.Equal(got, want) {
			r.Fatalf("%q behind the box, want %q", got, want)
		}
		b.send(Backward, ack(100+uint32(len(got))))
		if a := b.segments[len(b.segments)-1].Ack; a != 100+uint32(high) {
			r.Fatalf("all is acknowledged as %d, want %d", a, 100+high)
		}
	})
}
