package wire

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// failer is what a property needs of *testing.T and *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkRoundTrip encodes s and decodes the result.
func checkRoundTrip(t failer, s Segment, contents *Contents, version int) {
	t.Helper()
	b, err := s.Append(nil, contents)
	if !s.Fits() {
		if err == nil {
			t.Fatalf("%v does not fit, but was encoded", &s)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v: %v", &s, err)
	}
	if len(b) != s.WireLen() {
		t.Fatalf("%v: WireLen %d, encoded %d", &s, s.WireLen(), len(b))
	}
	if err := VerifyChecksums(b); err != nil {
		t.Fatalf("%v: %v", &s, err)
	}
	var back Segment
	back.Opts = optionsKnown // a recycled segment with everything in it
	payload, err := back.Decode(b, version)
	if err != nil {
		t.Fatalf("%v: %v", &s, err)
	}
	if s.Payload.Len > 0 && !contents.Equal(s.Payload.Stream, s.Payload.Pos, payload) {
		t.Fatalf("%v: payload differs", &s)
	}
	want := s
	want.Payload = Payload{Len: s.Payload.Len}
	if back.Canonical() != want {
		t.Fatalf("decoded %+v, want %+v", back.Canonical(), want)
	}
}

func TestDecodeUndoesAppend(t *testing.T) {
	contents := NewContents()
	stream := contents.New()
	contents.AppendBytes(stream, 500, bytes.Repeat([]byte("application"), 50))
	rapid.Check(t, func(t *rapid.T) {
		draw := source(func(max uint64) uint64 { return rapid.Uint64Range(0, max).Draw(t, "n") })
		version := int(draw(1))
		options := Options(draw(uint64(optionsKnown))) & Options(draw(uint64(optionsKnown)))
		if version == 0 {
			options &^= OptReset
		}
		s := draw.segment(options, version)
		if n := uint32(draw(3000)); n > 0 && draw.bool() {
			s.Payload = Payload{Stream: stream, Pos: draw(2000), Len: n}
		}
		checkRoundTrip(t, s, contents, version)
	})
}

// Every set of options, in several forms of each.
func TestEveryOptionSet(t *testing.T) {
	fits, packed := 0, 0
	for options := range optionsKnown + 1 {
		for round := range uint64(3) {
			draw := counted(uint64(options)<<8 | round)
			version := int(draw(1))
			if version == 0 && options&OptReset != 0 {
				version = 1
			}
			s := draw.segment(options, version)
			checkRoundTrip(t, s, nil, version)
			checkLengths(t, &s)
			if s.Fits() {
				fits++
				if s.OptionRoom() < 0 {
					packed++
				}
			}
		}
	}
	if fits < 1000 || packed < 100 {
		t.Errorf("only %d segments fit, %d of them packed: the test has lost its point", fits, packed)
	}
}

// checkLengths holds the fast paths of the lengths against their definition.
func checkLengths(t failer, s *Segment) {
	t.Helper()
	n := s.alignedLen(s.Opts)
	if n > MaxOptionLen {
		n = padded(s.packedLen(s.Opts))
	}
	if s.OptionLen() != n || n%4 != 0 {
		t.Fatalf("%v: OptionLen %d, by definition %d", s, s.OptionLen(), n)
	}
	ip := 40
	if s.Src.Is4() {
		ip = 20
	}
	if s.HeaderLen() != 20+n || s.WireLen() != ip+20+n+int(s.Payload.Len) {
		t.Fatalf("%v: HeaderLen %d, WireLen %d do not follow from OptionLen %d", s, s.HeaderLen(), s.WireLen(), n)
	}
	// SACKRoom is right if that many blocks fit aligned and one more does not.
	with := *s
	with.Opts |= OptSACK
	room := s.SACKRoom()
	with.SACKN = uint8(room)
	if room > 0 && with.alignedLen(with.Opts) > MaxOptionLen {
		t.Fatalf("%v: %d SACK blocks do not fit", s, room)
	}
	with.SACKN++
	if room < 4 && with.alignedLen(with.Opts) <= MaxOptionLen {
		t.Fatalf("%v: more than %d SACK blocks fit", s, room)
	}
}

// Every flag octet of DSS through the fast paths of OptionLen.
func TestDSSLengths(t *testing.T) {
	for flags := range 256 {
		for _, options := range []Options{OptDSS, OptTimestamps | OptDSS, OptTimestamps | OptSACK | OptDSS} {
			s := Segment{Opts: options, SACKN: 1, Src: v4A, Dst: v4B, DSS: DSS{Flags: uint8(flags)}}
			checkLengths(t, &s)
			s = s.Canonical()
			checkRoundTrip(t, s, nil, 1)
		}
	}
}

// Every flag octet of DSS with every length: what counts is what the table of section 3.3 has.
func TestDSSDecodesByFlagsAndLength(t *testing.T) {
	for flags := range 256 {
		ack, mapping := flags&1 != 0, flags&4 != 0
		want := 4
		if ack {
			want += 4 + 2*(flags&2)
		}
		if mapping {
			want += 4 + flags&8/2 + 6
		}
		for length := 3; length <= MaxOptionLen; length++ {
			o := make([]byte, length)
			for i := range o {
				o[i] = byte(100 + i)
			}
			copy(o, []byte{kindMPTCP, byte(length), subtypeDSS})
			if length > 3 {
				o[3] = byte(flags)
			}
			s := checkOptionList(t, o, 1)
			right := length == want || mapping && length == want+2
			if (s.Opts == OptDSS) != right {
				t.Errorf("flags %#02x, %d octets: read %v, right is %v", flags, length, s.Opts, right)
			}
			if hasSum := s.DSS.Flags&DSSSum != 0; hasSum != (right && length > want) {
				t.Errorf("flags %#02x, %d octets: checksum %v", flags, length, hasSum)
			}
		}
	}
}

// A recycled segment holds remains of another; they must not reach the wire.
func TestMeaninglessFieldsDoNotShow(t *testing.T) {
	for seed := range uint64(2000) {
		draw := counted(seed)
		s := draw.segment(Options(draw(uint64(optionsKnown)))&Options(draw(uint64(optionsKnown))), 1)
		if !s.Fits() {
			continue
		}
		remains := draw.segment(optionsKnown, 1)
		remains.UrgentPointer, remains.IPID = 0xdead, 0xbeef
		dirty := remains
		dirty.Seq, dirty.Ack, dirty.Opts, dirty.Flags, dirty.Window = s.Seq, s.Ack, s.Opts, s.Flags, s.Window
		dirty.Src, dirty.Dst, dirty.SrcPort, dirty.DstPort = s.Src, s.Dst, s.SrcPort, s.DstPort
		dirty.TTL, dirty.TOS, dirty.FlowLabel = s.TTL, s.TOS, s.FlowLabel
		if s.is4() {
			dirty.IPID = s.IPID
		}
		if s.Flags.Has(URG) {
			dirty.UrgentPointer = s.UrgentPointer
		}
		for rest := s.Opts; rest != 0; rest &= rest - 1 {
			s.copyCanonical(&dirty, rest&-rest)
		}
		want, err := s.Append(nil, nil)
		got, errDirty := dirty.Append(nil, nil)
		if err != nil || errDirty != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: %x (%v), with remains %x (%v)", &s, want, err, got, errDirty)
		}
		if dirty.Canonical() != s {
			t.Fatalf("%v: Canonical keeps remains: %v", &s, &dirty)
		}
	}
}

func TestSACKRoomOfCommonSegments(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Segment
		want int
	}{
		{"nothing else", Segment{}, 4},
		{"timestamps", Segment{Opts: OptTimestamps}, 3},
		{"timestamps, Data ACK 4", Segment{Opts: OptTimestamps | OptDSS, DSS: DSS{Flags: DSSAck}}, 2},
		{"timestamps, Data ACK 8", Segment{Opts: OptTimestamps | OptDSS, DSS: DSS{Flags: ack8}}, 1},
		{"timestamps, longest DSS",
			Segment{Opts: OptTimestamps | OptDSS, DSS: DSS{Flags: ack8 | map8 | DSSSum}}, 0},
		{"has SACK already", Segment{Opts: OptTimestamps | OptSACK, SACKN: 3}, 3},
		{"more than fits", Segment{Opts: OptTimestamps | OptDSS | OptJoin, Join: Join{Form: 24},
			DSS: DSS{Flags: ack8 | map8 | DSSSum}}, 0},
	} {
		if got := c.s.SACKRoom(); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
