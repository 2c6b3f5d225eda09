package wire

import (
	"encoding/binary"
	"fmt"
)

// FastOpen is the option of TCP Fast Open (RFC 7413 section 4.1.1), on SYN and SYN/ACK only: a cookie, or
// without one the request for it.
type FastOpen struct {
	Len    uint8 // octets of the cookie: 0 (a request), or even and 4..16
	Exp    bool  // experimental kind 254 with the identifier 0xF989 (RFC 6994), as before RFC 7413
	Cookie [16]byte
}

const (
	fastOpenBase = 2
	fastOpenExp  = 4 // kind, length, identifier
	fastOpenID   = 0xf989
)

// NewFastOpen returns the option with a cookie of up to 16 octets; without one it is a request.
func NewFastOpen(cookie []byte) FastOpen {
	var f FastOpen
	f.Len = uint8(copy(f.Cookie[:], cookie))
	return f
}

// Bytes returns the cookie.
func (f *FastOpen) Bytes() []byte { return f.Cookie[:min(int(f.Len), len(f.Cookie))] }

func (f *FastOpen) base() int {
	if f.Exp {
		return fastOpenExp
	}
	return fastOpenBase
}

func (f *FastOpen) wireLen() int { return f.base() + int(f.Len) }

// cookieLen tells whether RFC 7413 section 4.1.1 admits a cookie of n octets; 0 is a request.
func cookieLen(n int) bool { return n == 0 || n >= 4 && n <= 16 && n%2 == 0 }

func (f *FastOpen) check() error {
	if !cookieLen(int(f.Len)) {
		return encodeErrorf("the Fast Open cookie has %d octets; it takes 0 or an even number of 4 to 16", f.Len)
	}
	return nil
}

func (f *FastOpen) append(w []byte) []byte {
	if f.Exp {
		w = append(w, kindExperiment, byte(f.wireLen()), fastOpenID>>8, fastOpenID&0xff)
	} else {
		w = append(w, kindFastOpen, byte(f.wireLen()))
	}
	return append(w, f.Bytes()...)
}

// decode reads the option, kind and length octet included; ok is false if it is another or malformed.
func (f *FastOpen) decode(o []byte) (ok bool) {
	g := FastOpen{Exp: o[0] == kindExperiment}
	n := len(o) - g.base()
	if !cookieLen(n) || g.Exp && binary.BigEndian.Uint16(o[2:]) != fastOpenID {
		return false
	}
	g.Len = uint8(copy(g.Cookie[:], o[g.base():]))
	*f = g
	return true
}

// canonical returns the option with the octets after the cookie zero.
func (f *FastOpen) canonical() FastOpen {
	c := NewFastOpen(f.Bytes())
	c.Exp = f.Exp
	return c
}

// String is the option as Segment.String prints it.
func (f *FastOpen) String() string {
	name := "FO"
	if f.Exp {
		name = "FOEXP"
	}
	if f.Len == 0 {
		return name + " request"
	}
	return fmt.Sprintf("%s %x", name, f.Bytes())
}
