package mptcp

import (
	"math/bits"
	"strings"
)

// Versions of the protocol (RFC 8684 section 3.1): 0 is RFC 6824, 1 is RFC 8684. A connection has one for
// life, which its first handshake settles; joins do not carry it.

// Versions is a set of protocol versions. The zero value takes the profile's.
type Versions uint8

// The versions known.
const (
	V0 Versions = 1 << iota // RFC 6824
	V1                      // RFC 8684

	versionsKnown Versions = 1<<iota - 1
)

// Has tells whether version v, as on the wire, is in the set.
func (v Versions) Has(version int) bool {
	return version >= 0 && version < 8 && v&(1<<version) != 0
}

// highest returns the highest version of the set, as on the wire (section 3.1: what an opener announces);
// the set must not be empty.
func (v Versions) highest() int { return bits.Len8(uint8(v)) - 1 }

// below returns the set's versions that are less than the given one.
func (v Versions) below(version int) Versions { return v & (1<<version - 1) }

func (v Versions) String() string {
	names := []string{}
	for i := range 8 {
		if v.Has(i) {
			names = append(names, string(rune('0'+i)))
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "+")
}

// Version returns the protocol's version that the connection speaks, or would speak if it had not fallen
// back to TCP: 0 (RFC 6824) or 1 (RFC 8684).
func (c *Conn) Version() int { return c.version }
