package wire

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// datagram draws a UDP datagram with a payload.
func (draw source) datagram(c *Contents) Segment {
	four := draw.bool()
	s := Segment{
		Opts: Datagram, Src: draw.addr(four), Dst: draw.addr(four), SrcPort: draw.u16(), DstPort: draw.u16(),
		TTL: draw.u8(), TOS: draw.u8(), IPID: draw.u16(), FlowLabel: uint32(draw(flowLabelMax)),
	}
	if n := uint32(draw(1500)); n > 0 {
		s.Payload = Payload{Stream: c.New(), Pos: draw(1 << 40), Len: n}
	}
	return s.Canonical()
}

// Decoding undoes encoding; the length is what WireLen says; any octet changed makes the packet another or
// wrong.
func TestDatagrams(t *testing.T) {
	c := NewContents()
	rapid.Check(t, func(t *rapid.T) {
		draw := source(func(m uint64) uint64 { return rapid.Uint64Max(m).Draw(t, "n") })
		s := draw.datagram(c)
		b, err := s.Append(nil, c)
		if err != nil || len(b) != s.WireLen() || s.HeaderLen() != 8 || !s.IsDatagram() {
			t.Fatalf("%d octets, WireLen %d: %v", len(b), s.WireLen(), err)
		}
		var back Segment
		payload, err := back.DecodeDatagram(b)
		if err != nil || !c.Equal(s.Payload.Stream, s.Payload.Pos, payload) && len(payload) > 0 {
			t.Fatal(err)
		}
		back.Payload.Stream, back.Payload.Pos = s.Payload.Stream, s.Payload.Pos
		if back.Canonical() != s {
			t.Fatalf("%v became %v", &s, &back)
		}
		if _, err := back.Decode(b, 1); err == nil || !strings.Contains(err.Error(), "is not TCP") {
			t.Fatalf("as TCP: %v", err)
		}
		var copied Segment
		if copied.CopyUsed(&s); copied.Canonical() != s {
			t.Fatalf("copy: %v", &copied)
		}
		at := len(b) - 1 - int(draw(uint64(7+s.Payload.Len)))
		b[at] ^= 1 << draw(7)
		if _, err := back.DecodeDatagram(b); err == nil {
			t.Fatalf("octet %d of %d was changed, and nobody noticed", at, len(b))
		}
	})
}

// A packet from the RFCs' figures: 192.0.2.1 port 9 to 198.51.100.2 port 53, two octets.
func TestGoldenDatagram(t *testing.T) {
	c := NewContents()
	stream := c.New()
	c.AppendBytes(stream, 0, []byte{0xca, 0xfe})
	s := Segment{
		Opts: Datagram, SrcPort: 9, DstPort: 53, TTL: 64, IPID: 0x1234, Payload: Payload{Stream: stream, Len: 2},
		Src: Addr{Lo: mappedPrefix<<32 | 0xc0000201}, Dst: Addr{Lo: mappedPrefix<<32 | 0xc6336402},
	}
	b, err := s.Append(nil, c)
	want := "4500001e1234400040113c64c0000201c633640200090035000a4866cafe" // by an independent program
	if err != nil || hex.EncodeToString(b) != want {
		t.Fatalf("%x: %v", b, err)
	}
}

// Wrong lengths and a missing checksum in IPv6 are refused; so is every prefix.
func TestDecodeDatagramRefuses(t *testing.T) {
	c := NewContents()
	four := Segment{Opts: Datagram, Src: Addr{Lo: mappedPrefix<<32 | 1}, Dst: Addr{Lo: mappedPrefix<<32 | 2},
		Payload: Payload{Stream: c.New(), Len: 5}}
	six := four
	six.Src, six.Dst = Addr{Hi: 1, Lo: 1}, Addr{Hi: 1, Lo: 2}
	for _, s := range []Segment{four, six} {
		b, _ := s.Append(nil, c)
		var back Segment
		for n := range b {
			if _, err := back.DecodeDatagram(b[:n]); err == nil {
				t.Errorf("%d of %d octets are taken", n, len(b))
			}
		}
		ip := s.ipHeaderLen()
		for _, x := range []struct {
			at     int
			octets []byte
		}{{ip + 4, []byte{0, 7}}, {ip + 4, []byte{0, 14}}, {ip + 6, []byte{1, 1}}} {
			wrong := append([]byte(nil), b...)
			copy(wrong[x.at:], x.octets)
			if _, err := back.DecodeDatagram(wrong); err == nil {
				t.Errorf("octet %d is %x, and that is taken", x.at, x.octets)
			}
		}
		none := append([]byte(nil), b...)
		none[ip+6], none[ip+7] = 0, 0
		if _, err := back.DecodeDatagram(none); (err == nil) != s.is4() {
			t.Errorf("no checksum: %v", err)
		}
	}
}

// FuzzDatagram: what decodes encodes to the same octets, but for what IPv4 leaves open.
func FuzzDatagram(f *testing.F) {
	c := NewContents()
	s := Segment{Opts: Datagram, Src: Addr{Hi: 1, Lo: 1}, Dst: Addr{Hi: 1, Lo: 2}}
	s.Payload = Payload{Stream: c.New(), Len: 5}
	b, _ := s.Append(nil, c)
	f.Add(b)
	s.Src, s.Dst = Addr{Lo: mappedPrefix<<32 | 1}, Addr{Lo: mappedPrefix<<32 | 2}
	b, _ = s.Append(nil, c)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Segment
		payload, err := s.DecodeDatagram(b)
		if err != nil {
			return
		}
		c := NewContents()
		if len(payload) > 0 {
			s.Payload.Stream = c.New()
			c.AppendBytes(s.Payload.Stream, 0, payload)
		}
		again, err := s.Append(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		var back Segment
		second, err := back.DecodeDatagram(again)
		if err != nil || !bytes.Equal(second, payload) {
			t.Fatalf("%x became %x: %v", b, again, err)
		}
		back.Payload = s.Payload
		if back.Canonical() != s.Canonical() {
			t.Fatalf("%v became %v", &s, &back)
		}
	})
}
