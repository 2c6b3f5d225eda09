package sockapi

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// source is a Transmit in progress: it refills the send buffer from inside the transport's
// processing whenever there is room.
type source struct {
	left     int64 // octets still to queue; negative: no end
	sent     int64
	deadline sim.Time // of this call, beside the connection's
}

func (s *source) fill(now sim.Time, c *Conn) {
	n := c.sock.SendSpace()
	if s.left >= 0 && n > s.left {
		n = s.left
	}
	if n > 0 {
		c.sock.Queue(now, n)
		c.sent += n
		s.sent += n
		if s.left >= 0 {
			s.left -= n
		}
	}
}

// Transmit sends octets of generated content, as sendfile(2) would of a file, and returns how many
// were queued when all are in the send buffer, or the write deadline passed (EAGAIN), or the
// connection failed. octets < 0: until the deadline. While another process transmits it waits its turn.
func (c *Conn) Transmit(p *sim.Proc, octets int64) (int64, error) {
	return c.TransmitUntil(p, octets, sim.Never)
}

// TransmitUntil is Transmit with a deadline of this call alone, beside that of SetWriteDeadline.
func (c *Conn) TransmitUntil(p *sim.Proc, octets int64, deadline sim.Time) (int64, error) {
	if err := c.awaitTurn(p, true, deadline); err != nil {
		return 0, err
	}
	s := &source{left: octets, deadline: deadline}
	c.source = s
	defer func() {
		c.source = nil
		c.passTurn()
	}()
	for s.left != 0 {
		ready, err := c.writeState(p.Now())
		switch {
		case err != nil:
			return s.sent, err
		case p.Now() >= deadline:
			return s.sent, EAGAIN
		case ready:
			if s.fill(p.Now(), c); s.left == 0 {
				return s.sent, nil
			}
		}
		// While this process sleeps, notify fills: on waking, all may have been sent.
		err = c.block(p, min(c.writeDeadline, deadline))
		if err != nil && (s.left != 0 || err != EAGAIN) {
			return s.sent, err
		}
	}
	return s.sent, nil
}

// sink is a Consume in progress.
type sink struct {
	take     func(now sim.Time, x wire.Payload) error
	limit    int64 // octets still wanted; negative: until the end of the stream
	received int64
	err      error
	deadline sim.Time // of this call, beside the connection's
}

func (s *sink) drain(now sim.Time, c *Conn) {
	for s.err == nil && s.limit != 0 {
		n := c.sock.Readable()
		if n == 0 {
			break
		}
		if s.limit > 0 && n > s.limit {
			n = s.limit
		}
		x := c.sock.Read(now, n)
		c.note(now, x)
		s.received += int64(x.Len)
		if s.limit > 0 {
			s.limit -= int64(x.Len)
		}
		s.err = s.take(now, x)
	}
}

// done tells that the process has something to do.
func (s *sink) done(c *Conn) bool { return s.err != nil || s.limit == 0 || c.sock.EOF() }

// Consume takes octets as they arrive, calling take with each extent from inside the transport's
// processing, until limit octets were taken (nil), or the stream ended (io.EOF), or the read
// deadline passed (EAGAIN), or take returned an error. limit < 0: until the stream ends. It
// returns how many octets were taken. take must not block, nor close the connection. While another process
// consumes it waits its turn.
func (c *Conn) Consume(p *sim.Proc, limit int64,
	take func(now sim.Time, x wire.Payload) error) (int64, error) {
	return c.ConsumeUntil(p, limit, sim.Never, take)
}

// ConsumeUntil is Consume with a deadline of this call alone, beside that of SetReadDeadline.
func (c *Conn) ConsumeUntil(p *sim.Proc, limit int64, deadline sim.Time,
	take func(now sim.Time, x wire.Payload) error) (int64, error) {
	if err := c.awaitTurn(p, false, deadline); err != nil {
		return 0, err
	}
	s := &sink{limit: limit, take: take, deadline: deadline}
	c.sink = s
	defer func() {
		c.sink = nil
		c.passTurn()
	}()
	for s.limit != 0 {
		ready, err := c.readState(p.Now())
		switch {
		case err != nil:
			return s.received, err
		case p.Now() >= deadline:
			return s.received, EAGAIN
		case ready:
			s.drain(p.Now(), c)
		default:
			err = c.block(p, min(c.readDeadline, deadline))
		}
		// While this process slept, notify drained: there may be nothing left to wait for.
		switch {
		case s.err != nil:
			return s.received, s.err
		case err != nil && (s.limit != 0 || err != EAGAIN):
			return s.received, err
		}
	}
	return s.received, nil
}

// Checker verifies that extents are the peer's stream, each octet once and in order: contents
// are a function of (stream, position), so an extent's coordinates say all. The zero value takes the
// first extent's stream for the peer's; Expect is stricter.
type Checker struct {
	stream uint32
	next   uint64
}

// Expect tells which stream the peer sends (its SendStream), so that octets of another connection are
// found from the first one on.
func (k *Checker) Expect(stream uint32) { k.stream = stream }

// Check returns an error that names the position where the stream is not what was sent.
func (k *Checker) Check(x wire.Payload) error {
	if k.stream == 0 { // streams are numbered from 1
		k.stream = x.Stream
	}
	if x.Stream != k.stream || x.Pos != k.next {
		return &CorruptError{Stream: k.stream, Want: k.next, GotStream: x.Stream, Got: x.Pos}
	}
	k.next += uint64(x.Len)
	return nil
}

// Received returns the octets checked so far.
func (k *Checker) Received() int64 { return int64(k.next) }
