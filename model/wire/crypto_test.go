package wire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"
)

func key(text string) uint64 {
	if len(text) != 8 {
		panic("a key has 8 octets")
	}
	return binary.BigEndian.Uint64([]byte(text))
}

// The vectors of the Linux kernel's MPTCP unit test. Key and message are the ASCII characters.
func TestHMACPublishedVectors(t *testing.T) {
	for _, c := range []struct{ key, message, want string }{
		{"0b0b0b0b0b0b0b0b", "48692054",
			"8385e24fb4235ac37556b6b886db106284a1da671699f46db1f235ec622dcafa"},
		{"aaaaaaaaaaaaaaaa", "dddddddd",
			"2c5e219164ff1dca1c4a92318d847bb6b9d44492984e1eb71aff9022f71046e9"},
		{"0102030405060708", "cdcdcdcd",
			"e73b9ba9969969cefb04aa0d6df18ec2fcc075b6f23b4d8c4da736a5dbbc6e7d"},
	} {
		first, second := key(c.key[:8]), key(c.key[8:])
		digest := hmacSHA256(first, second, []byte(c.message))
		if got := hex.EncodeToString(digest[:]); got != c.want {
			t.Errorf("HMAC(%q, %q) = %s, want %s", c.key, c.message, got, c.want)
		}
		nonces := []byte(c.message)
		cut := JoinHMAC(first, second, binary.BigEndian.Uint32(nonces), binary.BigEndian.Uint32(nonces[4:]), 1)
		if got := hex.EncodeToString(cut[:]); got != c.want[:40] {
			t.Errorf("JoinHMAC(%q, %q) = %s, want %s", c.key, c.message, got, c.want[:40])
		}
	}
}

func TestTokenAndIDSN(t *testing.T) {
	for _, c := range []struct {
		key     uint64
		version int
		token   uint32
		idsn    uint64
	}{
		{0x0000000000000000, 1, 0xaf5570f5, 0xe5b2328de0e83dfc},
		{0x0000000000000001, 1, 0xcd266215, 0x19ec509083d00a50},
		{0x0102030405060708, 1, 0x66840dda, 0xf5a101d3d29d6f72},
		{0x0b0b0b0b0b0b0b0b, 1, 0xc9154fa0, 0xdf25313f510cca42},
		{0x1112131415161718, 1, 0xccad45ac, 0x535beea38e087c8e},
		{0xffffffffffffffff, 1, 0x12a3ae44, 0x57fb595bbbacf0ca},
		{0x0102030405060708, 0, 0xdd5783bc, 0x3a95ed6e4ebb4ad5},
		{0x1112131415161718, 0, 0x3383d918, 0x9e1ae42f702627a9},
	} {
		if got := Token(c.key, c.version); got != c.token {
			t.Errorf("Token(%016x, v%d) = %08x, want %08x", c.key, c.version, got, c.token)
		}
		if got := IDSN(c.key, c.version); got != c.idsn {
			t.Errorf("IDSN(%016x, v%d) = %016x, want %016x", c.key, c.version, got, c.idsn)
		}
	}
}

// The two hosts of the vectors.
const (
	keyA, keyB     = 0x0102030405060708, 0x1112131415161718
	nonceA, nonceB = 0x21222324, 0x31323334
)

func TestJoinHMAC(t *testing.T) {
	for _, c := range []struct {
		version   int
		byA, byB8 string
	}{
		{1, "e19ad4ac22d51c2f064d49662431bc8f9d6b3a29", "0fce2597e55e87ef"},
		{0, "eaddd7d44fb1be97a680f0e4c2fe896b332c1a95", "254ce9cee1c7cdd7"},
	} {
		byA := JoinHMAC(keyA, keyB, nonceA, nonceB, c.version)
		if got := hex.EncodeToString(byA[:]); got != c.byA {
			t.Errorf("v%d: HMAC of A %s, want %s", c.version, got, c.byA)
		}
		byB := JoinHMAC(keyB, keyA, nonceB, nonceA, c.version)
		if got := hex.EncodeToString(byB[:8]); got != c.byB8 {
			t.Errorf("v%d: HMAC of B %s, want %s", c.version, got, c.byB8)
		}
	}
}

func TestAddAddrHMAC(t *testing.T) {
	for _, c := range []struct {
		id       uint8
		addr     string
		port     uint16
		byA, byB uint64
	}{
		{3, "192.0.2.1", 0, 0x485bedf7047526e4, 0x70e36c2ddb3c1186},
		{3, "192.0.2.1", 8080, 0xe41fc399d8097c83, 0xdee58bf561bb1573},
		{4, "2001:db8::1", 0, 0xb47a9d165b08c638, 0x0ce32bd59edcc731},
		{4, "2001:db8::1", 8080, 0x7a3c8ddf17d1c645, 0x7a636eddcefdd137},
	} {
		addr := AddrFrom(netip.MustParseAddr(c.addr))
		if got := AddAddrHMAC(keyA, keyB, c.id, addr, c.port); got != c.byA {
			t.Errorf("by A, %s port %d: %016x, want %016x", c.addr, c.port, got, c.byA)
		}
		if got := AddAddrHMAC(keyB, keyA, c.id, addr, c.port); got != c.byB {
			t.Errorf("by B, %s port %d: %016x, want %016x", c.addr, c.port, got, c.byB)
		}
	}
}

func TestDSSChecksum(t *testing.T) {
	hello := PayloadSum([]byte("hello"))
	for _, c := range []struct {
		name   string
		dsn    uint64
		ssn    uint32
		length uint16
		sum    uint32
		want   uint16
	}{
		{"data", 0xf5a101d3d29d6f73, 1, 5, hello, 0x82a1},
		{"data with DATA_FIN", 0xf5a101d3d29d6f73, 1, 6, hello, 0x82a0},
		{"DATA_FIN alone", 0xf5a101d3d29d6f78, 0, 1, 0, 0xc673},
	} {
		if got := DSSChecksum(c.dsn, c.ssn, c.length, c.sum); got != c.want {
			t.Errorf("%s: %04x, want %04x", c.name, got, c.want)
		}
	}
}

func TestCryptoAllocatesNothing(t *testing.T) {
	addr := AddrFrom(netip.MustParseAddr("2001:db8::1"))
	for version := range 2 {
		allocs := testing.AllocsPerRun(100, func() {
			Token(keyA, version)
			IDSN(keyB, version)
			JoinHMAC(keyA, keyB, nonceA, nonceB, version)
			AddAddrHMAC(keyA, keyB, 1, addr, 80)
		})
		if allocs != 0 {
			t.Errorf("v%d: %v allocations", version, allocs)
		}
	}
}

func TestUnknownVersionPanics(t *testing.T) {
	for i, f := range []func(){
		func() { Token(1, 2) }, func() { IDSN(1, -1) }, func() { JoinHMAC(1, 2, 3, 4, 2) },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
