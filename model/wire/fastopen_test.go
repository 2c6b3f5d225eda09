package wire

import "testing"

// RFC 7413 section 4.1.1: a cookie has 4 to 16 octets, an even number; anything else is no option.
func TestFastOpenLengths(t *testing.T) {
	for n := range 20 {
		for _, head := range [][]byte{{kindFastOpen, byte(2 + n)}, {kindExperiment, byte(4 + n), 0xf9, 0x89}} {
			o := append(head, make([]byte, n)...)
			var s Segment
			s.decodeOptions(o, 1)
			want := n == 0 || n >= 4 && n <= 16 && n%2 == 0
			if got := s.Has(OptFastOpen); got != want || got && int(s.FastOpen.Len) != n {
				t.Errorf("kind %d, cookie of %d octets: %v with %d octets", head[0], n, got, s.FastOpen.Len)
			}
		}
		s := Segment{Opts: OptFastOpen, Src: v4A, Dst: v4B, FastOpen: FastOpen{Len: uint8(n)}}
		if _, err := s.Append(nil, nil); (err == nil) != cookieLen(n) {
			t.Errorf("encoding a cookie of %d octets: %v", n, err)
		}
	}
}

// Another experiment's identifier is not Fast Open.
func TestOtherExperimentsArePassedOver(t *testing.T) {
	var s Segment
	s.decodeOptions([]byte{kindExperiment, 6, 0x12, 0x34, 1, 2, kindExperiment, 3, 0xf9, 0}, 1)
	if s.Opts != OptOther || len(s.Other()) != 9 {
		t.Errorf("read %v", &s)
	}
}
