package wire

import (
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slowSum is RFC 1071 as it stands: 16-bit words, end-around carry.
func slowSum(b []byte) uint32 {
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		word := uint32(b[i]) << 8
		if i+1 < len(b) {
			word |= uint32(b[i+1])
		}
		sum += word
		sum = sum>>16 + sum&0xffff
	}
	return sum
}

// sameSum compares one's-complement sums, in which 0 and 0xffff are one number.
func sameSum(a, b uint32) bool { return a%0xffff == b%0xffff }

func TestPayloadSum(t *testing.T) {
	// The example of RFC 1071 section 3.
	if got := PayloadSum([]byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}); got != 0xddf2 {
		t.Errorf("example of RFC 1071: %04x, want ddf2", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "b")
		if rapid.Bool().Draw(t, "all ones") {
			for i := range b {
				b[i] = 0xff // many carries
			}
		}
		got := PayloadSum(b)
		if got > 0xffff || !sameSum(got, slowSum(b)) {
			t.Fatalf("%04x, want %04x", got, slowSum(b))
		}
		if got == 0 && strings.Trim(string(b), "\x00") != "" {
			t.Fatal("only zeros sum to 0: a sum of other octets is 0xffff")
		}
		cut := rapid.IntRange(0, len(b)).Draw(t, "cut")
		if joined := JoinSums(PayloadSum(b[:cut]), cut, PayloadSum(b[cut:])); !sameSum(joined, got) {
			t.Fatalf("cut at %d: %04x, want %04x", cut, joined, got)
		}
	})
}

func TestVerifyChecksums(t *testing.T) {
	for _, g := range goldens {
		good := unhex(g.hex)
		if err := VerifyChecksums(good); err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
		for i := range good {
			bad := append([]byte{}, good...)
			bad[i] ^= 0x10
			if VerifyChecksums(bad) == nil && !(good[0]>>4 == 6 && outsideSum6(i)) {
				t.Errorf("%s: octet %d changed unnoticed", g.name, i)
			}
		}
	}
}

// outsideSum6 says that no checksum covers the octet of an IPv6 header: class, label, hop limit.
func outsideSum6(i int) bool { return i < 4 || i == 7 }

func TestVerifyChecksumsSaysWhatIsRight(t *testing.T) {
	b := unhex(goldens[0].hex)
	right := hex.EncodeToString(b[36:38])
	b[36], b[37] = 0x12, 0x34
	err := VerifyChecksums(b)
	if err == nil || !strings.Contains(err.Error(), "TCP checksum at octet 36: is 0x1234, must be 0x"+right) {
		t.Errorf("%v; right was %s", err, right)
	}
	b[10] ^= 1
	if err := VerifyChecksums(b); err == nil || !strings.Contains(err.Error(), "IPv4 header checksum") {
		t.Errorf("%v", err)
	}
}
