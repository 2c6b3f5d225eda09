package mptcp

import "mpsim/model/wire"

// Peek returns at most n of the octets in order without taking them, from skip octets behind the next one that
// Read gives: one extent of contiguous content (Len 0: there are none).
func (c *Conn) Peek(skip, n int64) wire.Payload { return c.rcv.Peek(skip, n) }
