package tcp

import (
	"encoding/binary"
	"testing"

	"mpsim/model/wire"
)

// The test vector of the SipHash paper, appendix A.
func TestSipHash(t *testing.T) {
	var key, message []byte
	for i := range 16 {
		key = append(key, byte(i))
	}
	message = key[:15]
	got := sipHash(binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:]), message)
	if got != 0xa129ca6149be45e5 {
		t.Errorf("%#x", got)
	}
}

// The cookie is that of Linux since 5.3 for the same key and addresses.
func TestFastOpenCookieOfLinux(t *testing.T) {
	key := FastOpenKey{0xa0bf63f7, 0xed803d81, 0xcd641d30, 0xcebc4a90}
	for _, c := range []struct{ client, server, cookie string }{
		{"10.248.0.2", "192.168.0.2", "00abaaabe8e954c2"},
		{"10.248.0.3", "192.168.0.2", "1313a2da994a0951"},
		{"10.248.0.3", "192.168.0.3", "76d2c1c530f51f79"},
	} {
		f := key.Cookie(addr(c.client), addr(c.server))
		if got := f.String(); got != "FO "+c.cookie {
			t.Errorf("%s to %s: %s, want %s", c.client, c.server, got, c.cookie)
		}
	}
	if f := key.Cookie(addr("2001:db8::1"), addr("2001:db8::2")); f.Len != 8 || f == (wire.FastOpen{}) {
		t.Errorf("IPv6: %v", &f)
	}
}
