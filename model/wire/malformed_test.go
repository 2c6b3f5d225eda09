package wire

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// Every prefix of a packet is an error, and so is every prefix whose IP length was made to agree and
// that ends within the headers.
func TestEveryPrefixIsRefused(t *testing.T) {
	for _, g := range goldens {
		b := unhex(g.hex)
		for n := range b {
			var s Segment
			_, err := s.Decode(b[:n], 1)
			var refused *DecodeError
			if !errors.As(err, &refused) {
				t.Errorf("%s: %d of %d octets give %v", g.name, n, len(b), err)
			}
			if VerifyChecksums(b[:n]) == nil {
				t.Errorf("%s: %d of %d octets have right checksums", g.name, n, len(b))
			}
		}
		ip := g.segment.ipHeaderLen()
		for n := ip; n < ip+g.segment.HeaderLen(); n++ {
			cut := append([]byte{}, b[:n]...)
			setIPLength(cut)
			var s Segment
			if _, err := s.Decode(cut, 1); err == nil {
				t.Errorf("%s: a packet of %d octets, shorter than its headers, was accepted", g.name, n)
			}
		}
	}
}

// setIPLength makes the IP header's length that of b.
func setIPLength(b []byte) {
	if b[0]>>4 == 4 {
		b[2], b[3] = byte(len(b)>>8), byte(len(b))
	} else {
		b[4], b[5] = byte((len(b)-40)>>8), byte(len(b)-40)
	}
}

func TestDecodeRefuses(t *testing.T) {
	four, six := goldens[0].hex, goldens[1].hex
	for _, c := range []struct {
		name, hex string
		at        int
		octets    []byte
		version   int
		want      string
	}{
		{"version 5", four, 0, []byte{0x55}, 1, "IP version at octet 0: 5 is neither 4 nor 6"},
		{"short IHL", four, 0, []byte{0x44}, 1, "IPv4 header length at octet 0: 16 octets, at least 20"},
		{"total below header", four, 2, []byte{0, 19}, 1, "IPv4 total length at octet 2: 19 is less than"},
		{"more fragments", four, 6, []byte{0x20}, 1, "IPv4 fragment at octet 6"},
		{"fragment offset", four, 7, []byte{1}, 1, "IPv4 fragment at octet 6"},
		{"UDP", four, 9, []byte{17}, 1, "IPv4 protocol at octet 9: 17 is not TCP"},
		{"hop-by-hop", six, 6, []byte{0}, 1, "IPv6 next header at octet 6: 0 is not TCP"},
		{"data offset 4", four, 32, []byte{0x40}, 1, "TCP data offset at octet 32: 16 octets in a segment of 44"},
		{"data offset beyond", four, 32, []byte{0xc0}, 1, "TCP data offset at octet 32: 48 octets in a segment"},
		{"mapped source", six, 8, make([]byte, 16), 1, "IPv6 source at octet 8: none is no address"},
		{"mapped destination", six, 24, append(make([]byte, 10), 255, 255, 1, 2, 3, 4), 1,
			"IPv6 destination at octet 24: 1.2.3.4 is no address"},
		{"MPTCP version", four, 0, nil, 2, "MPTCP version at octet 0: 2 asked for, must be 0 or 1"},
	} {
		b := unhex(c.hex)
		copy(b[c.at:], c.octets)
		var s Segment
		if _, err := s.Decode(b, c.version); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Options of a length that no form has, and lists that break off.
func TestMalformedOptionsArePassedOver(t *testing.T) {
	const behind = " 02 04 05b4" // still read
	for _, c := range []struct {
		name, hex string
		versions  []int
		want      Options
	}{
		{"MSS of 3", "02 03 05" + behind, []int{0, 1}, OptMSS},
		{"window scale of 4", "03 04 05 06" + behind, []int{0, 1}, OptMSS},
		{"SACK-permitted of 3", "04 03 00" + behind, []int{0, 1}, OptMSS},
		{"SACK without block", "05 02" + behind, []int{0, 1}, OptMSS},
		{"SACK of half a block", "05 06 00000000" + behind, []int{0, 1}, OptMSS},
		{"SACK of a block and a half", "05 0e 000000010000000200000003" + behind, []int{0, 1}, OptMSS},
		{"timestamps of 9", "08 09 00000000000000" + behind, []int{0, 1}, OptMSS},
		{"unknown kind", "fe 06 f989 1234" + behind, []int{0, 1}, OptMSS},
		{"MPTCP without subtype", "1e 02" + behind, []int{0, 1}, OptMSS},
		{"MP_EXPERIMENTAL", "1e 05 f0 00 00" + behind, []int{0, 1}, OptMSS | OptOther},
		{"subtype 9", "1e 04 90 00" + behind, []int{0, 1}, OptMSS | OptOther},
		{"MP_CAPABLE of 3", "1e 03 01" + behind, []int{0, 1}, OptMSS},
		{"MP_CAPABLE of 5", "1e 05 01 01 00" + behind, []int{0, 1}, OptMSS},
		{"MP_CAPABLE of 4 in version 0", "1e 04 00 01" + behind, []int{0, 1}, OptMSS},
		{"MP_CAPABLE of 22 in version 0", "1e 16 00 01 0102030405060708 1112131415161718 0005" + behind,
			[]int{0, 1}, OptMSS},
		{"MP_JOIN of 13", "1e 0d 10 07 ccad45ac 21222324 00" + behind, []int{0, 1}, OptMSS},
		{"DSS of 3", "1e 03 20" + behind, []int{0, 1}, OptMSS},
		{"DSS longer than its flags", "1e 0c 20 01 89abcdef 00000000" + behind, []int{0, 1}, OptMSS},
		{"DSS shorter than its flags", "1e 08 20 03 89abcdef" + behind, []int{0, 1}, OptMSS},
		{"DSS ack with checksum", "1e 0a 20 01 89abcdef 0000" + behind, []int{0, 1}, OptMSS},
		{"DSS map with one octet more", "1e 0f 20 04 d29d6f73 00000001 0005 01" + behind, []int{0, 1}, OptMSS},
		{"ADD_ADDR of 3", "1e 03 30" + behind, []int{0, 1}, OptMSS},
		{"ADD_ADDR of 9", "1e 09 31 03 c0000201 00" + behind, []int{0, 1}, OptMSS},
		{"ADD_ADDR echo with HMAC", "1e 10 31 03 c0000201 485bedf7047526e4" + behind, []int{0, 1}, OptMSS},
		{"ADD_ADDR IPv4 that says IPv6", "1e 08 36 03 c0000201" + behind, []int{0}, OptMSS},
		{"ADD_ADDR IPv6 that says IPv4", "1e 14 34 04 20010db8000000000000000000000001" + behind, []int{0}, OptMSS},
		{"ADD_ADDR of a mapped address", "1e 14 31 04 00000000000000000000ffff01020304" + behind,
			[]int{1}, OptMSS},
		{"REMOVE_ADDR of nothing", "1e 03 40" + behind, []int{0, 1}, OptMSS},
		{"MP_PRIO with Address ID in version 1", "1e 04 51 09" + behind, []int{1}, OptMSS},
		{"MP_PRIO of 5", "1e 05 51 09 00" + behind, []int{0, 1}, OptMSS},
		{"MP_FAIL of 8", "1e 08 60 00 00000000" + behind, []int{0, 1}, OptMSS},
		{"MP_FASTCLOSE of 11", "1e 0b 70 00 00000000000000" + behind, []int{0, 1}, OptMSS},
		{"MP_TCPRST of 5", "1e 05 80 00 00" + behind, []int{0, 1}, OptMSS},
		{"MP_TCPRST in version 0", "1e 04 80 01" + behind, []int{0}, OptMSS},

		{"end of list", "00" + behind, []int{0, 1}, 0},
		{"length 0", "04 02 02 00" + behind, []int{0, 1}, OptSACKPermitted},
		{"length 1", "04 02 1e 01" + behind, []int{0, 1}, OptSACKPermitted},
		{"length beyond the end", "04 02 02 05 05b4", []int{0, 1}, OptSACKPermitted},
		{"kind alone", "04 02 1e", []int{0, 1}, OptSACKPermitted},
	} {
		for _, version := range c.versions {
			var s Segment
			s.decodeOptions(unhex(c.hex), version)
			if s.Opts != c.want {
				t.Errorf("%s, version %d: read %v, want %v", c.name, version, s.Opts, c.want)
			}
		}
	}
}

func TestFirstOfRepeatedOptionsCounts(t *testing.T) {
	var s Segment
	s.decodeOptions(unhex("02 03 09 02 04 0001 02 04 0002  1e 04 51 00 1e 03 51 1e 03 50"), 1)
	if s.Opts != OptMSS|OptPrio || s.MSS != 1 || !s.Prio.Backup {
		t.Errorf("%v", &s)
	}
}

// A port of 0 is the absence of a port.
func TestAddAddrPortZero(t *testing.T) {
	var s Segment
	s.decodeOptions(unhex("1e 0a 31 03 c0000201 0000"), 1)
	if want := addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), Echo: true}); s.Canonical() != want {
		t.Errorf("%v, want %v", &s, &want)
	}
}

func TestAppendRefuses(t *testing.T) {
	contents := NewContents()
	stream := contents.New()
	for _, c := range []struct {
		want   string
		change func(*Segment)
	}{
		{"both addresses must be set", func(s *Segment) { s.Dst = Addr{} }},
		{"must be of one family", func(s *Segment) { s.Dst = v6A }},
		{"more than 20 bits", func(s *Segment) { s.Src, s.Dst, s.FlowLabel = v6A, v6B, 1<<20 }},
		{"length 65536 octets", func(s *Segment) { s.Payload = Payload{Stream: stream, Len: 65536 - 40} }},
		{"length 65536 octets", func(s *Segment) {
			s.Src, s.Dst, s.Payload = v6A, v6B, Payload{Stream: stream, Len: 65536 - 20}
		}},
		{"stream 9", func(s *Segment) { s.Payload = Payload{Stream: 9, Len: 1} }},
		{"stream 0", func(s *Segment) { s.Payload = Payload{Len: 1} }},
		{"Flags has unknown bits 0x200", func(s *Segment) { s.Flags = 1 << 9 }},
		{"Opts has unknown bits", func(s *Segment) { s.Opts = 1 << 20 }},
		{"SACKN is 0", func(s *Segment) { s.Opts = OptSACK }},
		{"SACKN is 5", func(s *Segment) { s.Opts, s.SACKN = OptSACK, 5 }},
		{"MP_CAPABLE version 1 has no form of 0", func(s *Segment) { s.Opts, s.Capable.Version = OptCapable, 1 }},
		{"MP_CAPABLE version 0 has no form of 4", func(s *Segment) { s.Opts, s.Capable.Form = OptCapable, 4 }},
		{"MP_CAPABLE version 16", func(s *Segment) { s.Opts, s.Capable.Version = OptCapable, 16 }},
		{"MP_JOIN has no form of 13", func(s *Segment) { s.Opts, s.Join.Form = OptJoin, 13 }},
		{"ADD_ADDR has no address", func(s *Segment) { s.Opts = OptAddAddr }},
		{"REMOVE_ADDR has 0", func(s *Segment) { s.Opts = OptRemoveAddr }},
		{"REMOVE_ADDR has 38", func(s *Segment) { s.Opts, s.RemoveAddr.N = OptRemoveAddr, 38 }},
		{"options SACK+timestamps+DSS take 48 octets", func(s *Segment) {
			s.Opts, s.SACKN, s.DSS.Flags = OptTimestamps|OptSACK|OptDSS, 1, ack8|map8|DSSSum
		}},
	} {
		s := Segment{Src: v4A, Dst: v4B}
		c.change(&s)
		b, err := s.Append([]byte("keep"), contents)
		var refused *EncodeError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
		if string(b) != "keep" {
			t.Errorf("%s: the buffer was changed to %q", c.want, b)
		}
	}
}

func TestAddr(t *testing.T) {
	for _, c := range []struct {
		in   netip.Addr
		want string
		four bool
	}{
		{netip.MustParseAddr("10.1.2.3"), "10.1.2.3", true},
		{netip.MustParseAddr("::ffff:10.1.2.3"), "10.1.2.3", true},
		{netip.MustParseAddr("0.0.0.0"), "0.0.0.0", true},
		{netip.MustParseAddr("2001:db8::1"), "2001:db8::1", false},
		{netip.MustParseAddr("fe80::1%eth0"), "fe80::1", false},
		{netip.Addr{}, "none", false},
		{netip.IPv6Unspecified(), "none", false},
	} {
		a := AddrFrom(c.in)
		if a.String() != c.want || a.Is4() != c.four || a.IsValid() != (c.want != "none") {
			t.Errorf("%v: %v, IPv4 %v, valid %v", c.in, a, a.Is4(), a.IsValid())
		}
		if AddrFrom(a.Netip()) != a {
			t.Errorf("%v does not survive Netip", a)
		}
	}
	if v4A.Compare(v4B) != -1 || v6B.Compare(v6A) != 1 || v4A.Compare(v4A) != 0 || v4B.Compare(v6A) != -1 {
		t.Error("Compare does not order as the octets do")
	}
}
