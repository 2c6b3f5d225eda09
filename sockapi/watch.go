package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// SetWatcher registers who is told each extent that the application of this end reads, in the order in which
// it reads them: for checkers, which must not change anything. Nil: nobody.
func (c *Conn) SetWatcher(took func(now sim.Time, x wire.Payload)) { c.took = took }

// Ended tells that a call of this end has returned io.EOF: the application knows that the peer's stream ended.
func (c *Conn) Ended() bool { return c.ended }

// Closed tells that the application of this end has closed or aborted the socket.
func (c *Conn) Closed() bool { return c.closed }

// WriteClosed tells that the application of this end has ended its own stream, or closed the socket.
func (c *Conn) WriteClosed() bool { return c.writeClosed }

// MPTCP returns the connection below, nil for a socket of plain TCP. TCP returns the stream of a socket of
// plain TCP, else nil.
func (c *Conn) MPTCP() *mptcp.Conn {
	m, _ := c.sock.(*mptcp.Conn)
	return m
}

// TCP is described with MPTCP.
func (c *Conn) TCP() *tcp.Stream {
	s, _ := c.sock.(*tcp.Stream)
	return s
}

// PauseReading makes Read and Consume block although there is something to read, until it is called again
// with false: an application that is busy elsewhere, while its receive buffer fills.
func (c *Conn) PauseReading(pause bool) {
	c.paused = pause
	if !pause {
		c.changed.Notify(c.world)
	}
}

// note tells the watcher of an extent that the application has read.
func (c *Conn) note(now sim.Time, x wire.Payload) {
	if c.took != nil && x.Len > 0 {
		c.took(now, x)
	}
}

// SetReceiveBuffer fixes the size of the receive buffer (SO_RCVBUF), octets; the host's limit bounds it.
func (c *Conn) SetReceiveBuffer(octets int64) {
	switch s := c.sock.(type) {
	case *mptcp.Conn:
		s.SetReceiveBuffer(c.world.Now(), octets)
	case *tcp.Stream:
		s.RecvBuffer().SetSize(min(octets, c.limit))
	}
}
