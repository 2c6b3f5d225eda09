package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
)

// Keys and tokens (RFC 8684 section 3.1). A host finds the connection of an MP_JOIN by the token, the
// first 32 bits of the hash of its own key for that connection.

// tokenTable maps the tokens of a host's connections.
type tokenTable struct {
	conns map[uint32]*Conn
}

func (t *tokenTable) init() { t.conns = map[uint32]*Conn{} }

// newKey draws keys until one has a token that is not in use, and enters the connection under it.
func (t *tokenTable) newKey(draw func() uint64, version int, c *Conn) (key uint64, token uint32) {
	for {
		key = draw()
		token = wire.Token(key, version)
		if _, taken := t.conns[token]; !taken {
			t.conns[token] = c
			return key, token
		}
	}
}

// find returns the connection of a token, or nil.
func (t *tokenTable) find(token uint32) *Conn { return t.conns[token] }

func (t *tokenTable) remove(token uint32) { delete(t.conns, token) }

// dropToken gives the connection's token back, once: afterwards it may be another connection's.
func (c *Conn) dropToken() {
	if c.s.tokens.find(c.localToken) == c {
		c.s.tokens.remove(c.localToken)
	}
}

// useKey makes a key whose token is free the connection's.
func (c *Conn) useKey(key uint64) {
	c.localKey, c.localToken = key, wire.Token(key, c.version)
	c.localIDSN = wire.IDSN(key, c.version)
	c.s.tokens.conns[c.localToken] = c
}

// makeAcceptorKey gives the connection being accepted its key. It returns false if there is none that is
// unique (section 3.1: then the SYN/ACK has no MP_CAPABLE, or the third packet's is of no use).
func (c *Conn) makeAcceptorKey(syn *wire.Segment) bool {
	if c.s.cfg.Stateless == tcp.On {
		return c.takeVerifiableKey(syn)
	}
	c.makeKey()
	return true
}
