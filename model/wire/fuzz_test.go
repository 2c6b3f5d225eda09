package wire

import (
	"bytes"
	"testing"
)

// The seed corpora are in testdata/fuzz; TestSeedCorpus writes them.

// FuzzPacket: whatever Decode accepts can be encoded with right checksums and says the same again.
func FuzzPacket(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte, versionZero bool) {
		version := versionOf(versionZero)
		_ = VerifyChecksums(b)
		var s Segment
		payload, err := s.Decode(b, version)
		if err != nil {
			return
		}
		_ = s.String()
		contents := NewContents()
		s = s.Canonical()
		if s.Payload.Len > 0 {
			s.Payload.Stream = contents.New()
			contents.AppendBytes(s.Payload.Stream, 0, payload)
		}
		if s.WireLen() > ipLengthMax {
			return // the longest packets have no room for better alignment
		}
		checkRoundTrip(t, s, contents, version)
		again, err := s.Append(nil, contents)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again[len(again)-len(payload):], payload) {
			t.Fatal("payload changed")
		}
	})
}

// FuzzOptions: an option list of any octets, in the header's 40.
func FuzzOptions(f *testing.F) {
	f.Fuzz(func(t *testing.T, o []byte, versionZero bool) {
		if len(o) > MaxOptionLen {
			o = o[:MaxOptionLen]
		}
		checkOptionList(t, o, versionOf(versionZero))
	})
}

func versionOf(zero bool) int {
	if zero {
		return 0
	}
	return 1
}

// checkOptionList decodes a list, encodes what it said, and decodes that.
func checkOptionList(t *testing.T, o []byte, version int) Segment {
	t.Helper()
	var s, back Segment
	s.decodeOptions(o, version)
	s = s.Canonical()
	if err := s.checkOptions(); err != nil {
		t.Fatalf("%x decodes to what has no encoding: %v", o, err)
	}
	n := s.OptionLen()
	if n > padded(len(o)) && s.OptionRoom() < 0 || n > MaxOptionLen {
		t.Fatalf("%x grows to %d octets", o, n)
	}
	encoded := make([]byte, n)
	s.putOptions(encoded)
	back.decodeOptions(encoded, version)
	if back.Canonical() != s {
		t.Fatalf("%x says %v, encoded again %v", o, &s, &back)
	}
	return s
}

// fuzzOption fuzzes one subtype: the low half of the third octet and what follows are free. An option
// that counts must come out with the length that it had.
func fuzzOption(f *testing.F, subtype byte, option Options) {
	f.Fuzz(func(t *testing.T, body []byte, versionZero bool) {
		if len(body) == 0 || len(body) > MaxOptionLen-2 {
			return
		}
		o := append([]byte{kindMPTCP, byte(2 + len(body))}, body...)
		o[2] = subtype | o[2]&0x0f
		s := checkOptionList(t, o, versionOf(versionZero))
		if s.Opts&^option != 0 {
			t.Fatalf("%x is read as %v", o, s.Opts)
		}
		portZero := option == OptAddAddr && s.AddAddr.Port == 0
		if n := s.packedLen(s.Opts); s.Opts != 0 && n != len(o) && !(portZero && n == len(o)-2) {
			t.Fatalf("%x of %d octets becomes %v of %d", o, len(o), &s, n)
		}
	})
}

func FuzzCapable(f *testing.F)    { fuzzOption(f, subtypeCapable, OptCapable) }
func FuzzJoin(f *testing.F)       { fuzzOption(f, subtypeJoin, OptJoin) }
func FuzzDSS(f *testing.F)        { fuzzOption(f, subtypeDSS, OptDSS) }
func FuzzAddAddr(f *testing.F)    { fuzzOption(f, subtypeAddAddr, OptAddAddr) }
func FuzzRemoveAddr(f *testing.F) { fuzzOption(f, subtypeRemoveAddr, OptRemoveAddr) }
func FuzzPrio(f *testing.F)       { fuzzOption(f, subtypePrio, OptPrio) }
func FuzzFail(f *testing.F)       { fuzzOption(f, subtypeFail, OptFail) }
func FuzzFastClose(f *testing.F)  { fuzzOption(f, subtypeFastClose, OptFastClose) }
func FuzzReset(f *testing.F)      { fuzzOption(f, subtypeReset, OptReset) }

// FuzzTCPOption: one of TCP's own options of any kind and length.
func FuzzTCPOption(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if kind == kindMPTCP || len(body) > MaxOptionLen-2 {
			return
		}
		o := append([]byte{kind, byte(2 + len(body))}, body...)
		if s := checkOptionList(t, o, 1); s.Opts&OptMPTCP != 0 && kind != kindNOP {
			t.Fatalf("%x is read as %v", o, s.Opts)
		}
	})
}
