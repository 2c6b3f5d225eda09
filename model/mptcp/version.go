package mptcp

import (
	"math/bits"
	"strings"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
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

// answer returns the version with which an acceptor that knows the set answers a SYN: the highest that is not
// above the SYN's (section 3.1). Version 0 is answered only to its own SYN, which has the opener's key.
func (v Versions) answer(m *wire.Capable) (version int, ok bool) {
	offered := int(m.Version)
	if offered > V1.highest() {
		offered = V1.highest() // of its content we know nothing but that it lets us answer lower
	}
	return offered, v.Has(offered)
}

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

// retryOlder gives the attempt up for a new one in an older version of those that the host speaks, if its
// policy is to do so and not to go on as TCP: the peer's SYN/ACK had no MP_CAPABLE, and an acceptor that
// knows version 0 only takes no notice of a SYN without key (section 3.1).
func (c *Conn) retryOlder(now sim.Time, sf *subflow) bool {
	older := c.s.cfg.Versions.below(c.version)
	if c.s.cfg.RetryOlder != tcp.On || older == 0 {
		return false
	}
	c.dropToken()
	c.version = older.highest()
	c.makeKey()
	c.retrying, c.offered = true, false
	sf.reason = "tried again with an older version"
	c.kill(now, sf, killClose)
	return true
}

// redial opens the connection anew once the attempt that retryOlder gave up is gone. It returns false if the
// connection is not being retried.
func (c *Conn) redial(now sim.Time) bool {
	if !c.retrying || c.state != SynSent {
		return false
	}
	c.retrying = false
	for _, sf := range c.live {
		c.gone(now, sf)
	}
	c.subs, c.live, c.indices = c.subs[:0], c.live[:0], pathIndices{} // as if it had not been
	if err := c.prepareFirst(now, 0); err != nil {
		c.fail(now, err)
	} else {
		c.Connect(now)
	}
	return true
}
