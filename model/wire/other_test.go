package wire

import (
	"bytes"
	"testing"
)

// TestOther: unknown options come back as they were, also beside REMOVE_ADDR and in any order; of what does
// not fit, and of what is known, nothing is kept.
func TestOther(t *testing.T) {
	for _, c := range []struct {
		hex, other string
		opts       Options
	}{
		{"fd 04 1234 01 01 13 12 000102030405060708090a0b0c0d0e0f",
			"fd 04 1234 13 12 000102030405060708090a0b0c0d0e0f", OptOther},
		{"1e 05 41 02 03 fd 03 01", "fd 03 01", OptOther | OptRemoveAddr},
		{"fd 03 01 1e 05 41 02 03", "fd 03 01", OptOther | OptRemoveAddr},
		{"1e 04 f0 07 1e 03 90", "1e 04 f0 07 1e 03 90", OptOther},
		{"1e 02 fd 02", "fd 02", OptOther},
		{"02 03 01", "", 0}, // MSS of three octets is malformed, not unknown
	} {
		var s Segment
		s.decodeOptions(unhex(c.hex), 1)
		if s.Opts != c.opts || c.opts != 0 && !bytes.Equal(s.Other(), unhex(c.other)) {
			t.Errorf("%s: read %v: %x", c.hex, s.Opts, s.Other())
		}
		if c.opts&OptRemoveAddr != 0 && !bytes.Equal(s.RemoveAddr.List(), []byte{2, 3}) {
			t.Errorf("%s: IDs %v", c.hex, s.RemoveAddr.List())
		}
	}
	full := append([]byte{kindMPTCP, 37, 0x40}, make([]byte, 34)...) // 37 octets of REMOVE_ADDR and 3 more
	full = append(full, 0xfd, 3, 1)
	var s Segment
	s.decodeOptions(full, 1)
	if s.Opts != OptRemoveAddr || s.RemoveAddr.N != 34 {
		t.Errorf("full header: read %v", s.Opts)
	}
	s = Segment{}
	s.decodeOptions(append(full[37:], full[:37]...), 1)
	if s.Opts != OptRemoveAddr || s.RemoveAddr.N != 34 {
		t.Errorf("full header, the other way round: read %v", s.Opts)
	}
	for _, bad := range []string{"02 04 0001", "fd 01", "fd 05 01", "fd", "1e 03 50", "01"} {
		if s := (Segment{}); s.SetOther(unhex(bad)) || s.Opts != 0 {
			t.Errorf("SetOther takes %s", bad)
		}
	}
}
