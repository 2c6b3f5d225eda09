package sockapi

import (
	"io"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// socket is what a Conn needs of the transport below: *tcp.Stream and *mptcp.Conn have it.
type socket interface {
	SetNotify(f func(now sim.Time, r tcp.Ready))
	SendSpace() int64
	Queue(now sim.Time, octets int64)
	Write(now sim.Time, b []byte) int
	Readable() int64
	Read(now sim.Time, octets int64) wire.Payload
	Peek(skip, octets int64) wire.Payload
	TellAgain()
	PeerClosed() bool
	EOF() bool
	CloseWrite(now sim.Time)
	Close(now sim.Time)
	Abort(now sim.Time)
	Err() error
	ReadyBits() tcp.Ready
}

var (
	_ socket = (*tcp.Stream)(nil)
	_ socket = (*mptcp.Conn)(nil)
)

// Conn is a connected stream socket. Its blocking calls take the calling process.
type Conn struct {
	world    *sim.World
	contents *wire.Contents
	sock     socket

	changed       sim.Signal // anything that a blocked call may wait for
	seen          tcp.Ready  // of the bits that are set once and for ever
	writeClosed   bool
	closed        bool
	readDeadline  sim.Time
	writeDeadline sim.Time
	sent          int64 // octets put into the send buffer

	writable uint64 // times that room in the send buffer was told of

	source *source // a Transmit in progress
	sink   *sink   // a Consume in progress
	turns  *turns  // those who wait for the end of it; nil: nobody ever did

	took   func(now sim.Time, x wire.Payload) // see SetWatcher
	ended  bool                               // io.EOF was returned
	paused bool                               // see PauseReading
	limit  int64                              // of the receive buffer, octets
}

func newConn(w *sim.World, contents *wire.Contents, s socket, connected bool) *Conn {
	c := &Conn{
		world: w, contents: contents, sock: s, readDeadline: sim.Never, writeDeadline: sim.Never,
	}
	if connected {
		c.seen = tcp.ConnectDone
	}
	s.SetNotify(c.notify)
	return c
}

// notify runs inside the transport's processing: it feeds a Transmit or Consume directly and wakes a
// blocked process only when that has something to do.
func (c *Conn) notify(now sim.Time, r tcp.Ready) {
	once := r & (tcp.ConnectDone | tcp.Hangup)
	wake := once&^c.seen != 0
	c.seen |= once
	if r&tcp.Writable != 0 {
		c.writable++
		if c.source != nil && now < min(c.writeDeadline, c.source.deadline) {
			c.source.fill(now, c)
		}
		wake = wake || c.source == nil || c.source.left == 0
	}
	if r&tcp.Readable != 0 && !c.paused {
		if c.sink != nil && now < min(c.readDeadline, c.sink.deadline) {
			c.sink.drain(now, c)
		}
		wake = wake || c.sink == nil || c.sink.done(c)
	}
	if wake {
		c.changed.Notify(c.world)
	}
}

func (c *Conn) connected() bool { return c.seen&tcp.ConnectDone != 0 }

// block waits until something changes or the deadline passes.
func (c *Conn) block(p *sim.Proc, deadline sim.Time) error {
	if p.Now() >= deadline {
		return EAGAIN
	}
	switch ok, err := p.WaitUntil(deadline, &c.changed); {
	case err != nil:
		return err
	case !ok:
		return EAGAIN
	}
	return nil
}

// SetDeadline sets both deadlines; SetReadDeadline and SetWriteDeadline one. A blocked or later
// call fails with EAGAIN once the instant is reached, even if it could go on; sim.Never takes the
// deadline away.
func (c *Conn) SetDeadline(at sim.Time) {
	c.SetReadDeadline(at)
	c.SetWriteDeadline(at)
}

// SetReadDeadline sets the deadline of Read, Consume.
func (c *Conn) SetReadDeadline(at sim.Time) {
	c.readDeadline = at
	c.changed.Notify(c.world)
}

// SetWriteDeadline sets the deadline of Write, Transmit.
func (c *Conn) SetWriteDeadline(at sim.Time) {
	c.writeDeadline = at
	c.changed.Notify(c.world)
}

// Read fills b with at least one octet of what arrived, blocking until there is some. It returns
// io.EOF after the peer's end of stream. What arrived before the connection failed is read before
// the error is returned.
func (c *Conn) Read(p *sim.Proc, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := c.waitReadable(p); err != nil {
		return 0, err
	}
	total := 0
	for total < len(b) && c.sock.Readable() > 0 {
		x := c.sock.Read(p.Now(), int64(len(b)-total))
		c.note(p.Now(), x)
		c.contents.ReadAt(x.Stream, x.Pos, b[total:total+int(x.Len)])
		total += int(x.Len)
	}
	return total, nil
}

// ReadFull fills the whole of b; io.ErrUnexpectedEOF tells that the stream ended inside it.
func (c *Conn) ReadFull(p *sim.Proc, b []byte) (int, error) {
	total := 0
	for total < len(b) {
		n, err := c.Read(p, b[total:])
		total += n
		if err != nil {
			if err == io.EOF && total > 0 {
				err = io.ErrUnexpectedEOF
			}
			return total, err
		}
	}
	return total, nil
}

func (c *Conn) waitReadable(p *sim.Proc) error {
	for {
		if ready, err := c.readState(p.Now()); ready || err != nil {
			return err
		}
		if err := c.block(p, c.readDeadline); err != nil {
			return err
		}
	}
}

// readState tells whether there is something to read, or why there will be nothing; neither: wait.
func (c *Conn) readState(now sim.Time) (ready bool, err error) {
	switch {
	case c.closed:
		return false, EBADF
	case now >= c.readDeadline:
		return false, EAGAIN
	case c.sock.Readable() > 0:
		return !c.paused, nil
	case c.sock.EOF():
		c.ended = true
		return false, io.EOF
	case c.sock.Err() != nil:
		return false, errnoOf(c.sock.Err())
	}
	return false, nil
}

// Write sends the octets of b, blocking until all are in the send buffer.
func (c *Conn) Write(p *sim.Proc, b []byte) (int, error) {
	total := 0
	for total < len(b) {
		if err := c.waitWritable(p); err != nil {
			return total, err
		}
		n := c.sock.Write(p.Now(), b[total:])
		c.sent += int64(n)
		total += n
	}
	return total, nil
}

func (c *Conn) waitWritable(p *sim.Proc) error {
	for {
		if ready, err := c.writeState(p.Now()); ready || err != nil {
			return err
		}
		if err := c.block(p, c.writeDeadline); err != nil {
			return err
		}
	}
}

// writeState tells whether there is room in the send buffer, or why there will be none; neither: wait.
func (c *Conn) writeState(now sim.Time) (ready bool, err error) {
	switch {
	case c.closed:
		return false, EBADF
	case c.writeClosed:
		return false, EPIPE
	case now >= c.writeDeadline:
		return false, EAGAIN
	case c.sock.Err() != nil:
		return false, errnoOf(c.sock.Err())
	}
	return c.sock.SendSpace() > 0, nil
}

// CloseWrite ends the sending direction after what is in the buffer (shutdown(SHUT_WR)). A blocked
// Write or Transmit of another process returns EPIPE.
func (c *Conn) CloseWrite(*sim.Proc) error {
	if c.closed {
		return EBADF
	}
	if !c.writeClosed {
		c.writeClosed = true
		c.sock.CloseWrite(c.world.Now())
		c.changed.Notify(c.world)
	}
	return nil
}

// Close gives the socket back; what is in the send buffer still goes out. A blocked call of another
// process returns EBADF.
func (c *Conn) Close() error {
	if c.closed {
		return EBADF
	}
	c.closed, c.writeClosed = true, true
	c.sock.Close(c.world.Now())
	c.changed.Notify(c.world)
	return nil
}

// Abort resets the connection (close with SO_LINGER 0).
func (c *Conn) Abort() error {
	if c.closed {
		return EBADF
	}
	c.closed, c.writeClosed = true, true
	c.sock.Abort(c.world.Now())
	c.changed.Notify(c.world)
	return nil
}

// Err returns why the connection failed, or nil.
func (c *Conn) Err() error {
	if err := c.sock.Err(); err != nil {
		return errnoOf(err)
	}
	return nil
}

// Sent returns the octets put into the send buffer so far, also by a Transmit in progress.
func (c *Conn) Sent() int64 { return c.sent }

// SendStream returns the number of the content stream that this side sends: what the peer's Checker
// expects.
func (c *Conn) SendStream() uint32 {
	switch s := c.sock.(type) {
	case *mptcp.Conn:
		return s.SendStream()
	case *tcp.Stream:
		return s.SendBuffer().Stream()
	}
	return 0
}
