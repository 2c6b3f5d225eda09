package mptcp

import "mpsim/model/wire"

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

// makeAcceptorKey gives the connection being accepted its key. It returns false if there is none that is unique
// (sections 3.1 and 3.7: the SYN/ACK then has no MP_CAPABLE).
func (c *Conn) makeAcceptorKey(syn *wire.Segment) bool {
	c.makeKey()
	return true
}

// confirmKey tells whether the key that the opener echoes is the one given to it.
func (c *Conn) confirmKey(echo uint64) bool { return echo == c.localKey }
