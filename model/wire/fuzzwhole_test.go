package wire

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// Fuzz targets of whole headers and of what options mean together; those of single options are in fuzz_test.go.

// FuzzIP: the IP headers alone. A packet that decodes keeps addresses, TOS and TTL through its encoding, and what the
// headers say of lengths is within the packet.
func FuzzIP(f *testing.F) {
	for _, g := range goldens {
		f.Add(unhex(g.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		start, end, err := tcpPart(b)
		if err != nil {
			var s Segment
			if _, err := s.Decode(b, 1); err == nil {
				t.Fatal("Decode takes what tcpPart refuses")
			}
			return
		}
		if start < 20 || start > end || end > len(b) {
			t.Fatalf("TCP is at %d..%d of %d", start, end, len(b))
		}
		var s, again Segment
		payload, err := s.Decode(b, 1)
		if err != nil {
			return
		}
		s = s.Canonical()
		s.Payload = Payload{}
		s.Opts = 0
		s = s.Canonical()
		encoded, err := s.Append(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifyChecksums(encoded); err != nil {
			t.Fatal(err)
		}
		if _, err := again.Decode(encoded, 1); err != nil || again.Canonical() != s {
			t.Fatalf("%v became %v (%v); %d octets of payload", &s, &again, err, len(payload))
		}
	})
}

// FuzzFixpoint: decode, encode, decode: from the second decoding on octets are equal too, in both versions, whatever the
// packet was. A version that reads ADD_ADDR otherwise must not disturb the rest.
func FuzzFixpoint(f *testing.F) {
	for _, g := range goldens {
		f.Add(unhex(g.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var seen [2]Segment
		for version := range 2 {
			var s Segment
			payload, err := s.Decode(b, version)
			if err != nil {
				return
			}
			s = s.Canonical()
			seen[version] = s
			contents := NewContents()
			if s.Payload.Len > 0 {
				s.Payload.Stream = contents.New()
				contents.AppendBytes(s.Payload.Stream, 0, payload)
			}
			if s.WireLen() > ipLengthMax {
				return
			}
			first, err := s.Append(nil, contents)
			if err != nil {
				t.Fatal(err)
			}
			var back Segment
			if _, err := back.Decode(first, version); err != nil {
				t.Fatal(err)
			}
			back = back.Canonical()
			back.Payload = s.Payload
			second, err := back.Append(nil, contents)
			if err != nil || !bytes.Equal(first, second) {
				t.Fatalf("%x encodes again as %x (%v)", first, second, err)
			}
		}
		const differs = OptAddAddr | OptPrio | OptReset
		for i := range seen {
			seen[i].Opts &^= differs
			seen[i] = seen[i].Canonical()
		}
		if seen[0] != seen[1] {
			t.Fatalf("version 0 reads %v, version 1 %v", &seen[0], &seen[1])
		}
	})
}

// FuzzDSSRelations: what a DSS says relates to its length and flags as RFC 8684 section 3.3 has it, and its checksum is
// additive: the sum of the parts is that of the whole, and one changed octet changes it.
func FuzzDSSRelations(f *testing.F) {
	f.Add([]byte("\x30\x1c\x20\x0f"+"\x00\x01\x02\x03\x04\x05\x06\x07"+"\xf5\xa1\x01\xd3\xd2\x9d\x6f\x73"+
		"\x00\x00\x00\x01"+"\x00\x05"+"\x82\xa1"), []byte("hello"), uint16(2), byte(1))
	f.Fuzz(func(t *testing.T, body, data []byte, cut uint16, flip byte) {
		if len(body) > 0 && len(body) <= MaxOptionLen-2 {
			checkDSS(t, body)
		}
		if len(data) == 0 || len(data) > 1<<16-1 {
			return
		}
		n := int(cut) % (len(data) + 1)
		whole := PayloadSum(data)
		if parts := JoinSums(PayloadSum(data[:n]), n, PayloadSum(data[n:])); parts != whole {
			t.Fatalf("parts of %x at %d sum to %#x, the whole to %#x", data, n, parts, whole)
		}
		sum := DSSChecksum(1<<40, 7, uint16(len(data)), whole)
		if flip != 0 {
			changed := bytes.Clone(data)
			changed[n%len(data)] ^= flip
			if again := DSSChecksum(1<<40, 7, uint16(len(data)), PayloadSum(changed)); again == sum && flip != 0xff {
				t.Fatalf("one octet of %x changes by %#x and the checksum stays %#x", data, flip, sum)
			}
		}
	})
}

func checkDSS(t *testing.T, body []byte) {
	o := append([]byte{kindMPTCP, byte(2 + len(body))}, body...)
	o[2] = subtypeDSS
	var d DSS
	if !d.decode(o) {
		return
	}
	want := 4
	if d.Flags&DSSAck != 0 {
		want += 4
		if d.Flags&DSSAck8 != 0 {
			want += 4
		} else if d.DataAck>>32 != 0 {
			t.Fatalf("a DATA_ACK of 4 octets is %#x", d.DataAck)
		}
	}
	if d.Flags&DSSMap != 0 {
		want += 10
		if d.Flags&DSSMap8 != 0 {
			want += 4
		} else if d.DSN>>32 != 0 {
			t.Fatalf("a DSN of 4 octets is %#x", d.DSN)
		}
		if d.Flags&DSSSum != 0 {
			want += 2
			if got := binary.BigEndian.Uint16(o[len(o)-2:]); got != d.Checksum {
				t.Fatalf("the checksum is %#x, the last octets %#x", d.Checksum, got)
			}
		}
	} else if d.Flags&(DSSMap8|DSSSum) != 0 {
		t.Fatalf("flags %#x speak of a mapping that is not there", d.Flags)
	}
	if want != len(o) {
		t.Fatalf("%x has %d octets, its flags say %d", o, len(o), want)
	}
}

// FuzzFastOpen: the option of TCP Fast Open, of either kind.
func FuzzFastOpen(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte("\x01\x02\x03\x04\x05\x06\x07\x08"), false)
	f.Add([]byte("\xf9\x89\x01\x02\x03\x04"), true)
	f.Fuzz(func(t *testing.T, body []byte, experimental bool) {
		if len(body) > MaxOptionLen-2 {
			return
		}
		kind := byte(kindFastOpen)
		if experimental {
			kind = kindExperiment
		}
		o := append([]byte{kind, byte(2 + len(body))}, body...)
		s := checkOptionList(t, o, 1)
		if s.Opts&^(OptFastOpen|OptOther) != 0 || s.Opts&OptFastOpen != 0 && s.FastOpen.wireLen() != len(o) {
			t.Fatalf("%x is read as %v", o, &s)
		}
	})
}
