package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
)

// Peek returns at most n of the octets in order without taking them, from skip octets behind the next one that
// Read gives: one extent of contiguous content (Len 0: there are none).
func (c *Conn) Peek(skip, n int64) wire.Payload { return c.rcv.Peek(skip, n) }

// TellAgain makes the next octets in order, or the end of the stream, tell of Readable though it holds already:
// for a reader that waits for more than there is.
func (c *Conn) TellAgain() { c.ready &^= tcp.Readable }
