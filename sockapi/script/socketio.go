package script

import (
	"errors"
	"io"

	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// The blocking calls of sockets. timeout bounds one call: 0 only looks, None waits for ever. At its end a call
// fails with EAGAIN (connect with EINPROGRESS: the handshake goes on).

// turn lets one task at a time read, or write: the others wait for the end of its call, as Linux has it (lock_sock).
type turn struct {
	taken bool
	free  sim.Signal
}

// take waits for the turn.
func (x *turn) take(p *sim.Proc, until sim.Time) error {
	for x.taken {
		if p.Now() >= until {
			return errAgain
		}
		if _, err := p.First(until, &x.free); err != nil {
			return err
		}
	}
	x.taken = true
	return nil
}

// give ends the turn; it is deferred, since a task may be killed in a call.
func (x *turn) give(w *sim.World) {
	x.taken = false
	x.free.Notify(w)
}

// await blocks until the socket is as want says, or fails with EAGAIN at the deadline.
func (s *Socket) await(p *sim.Proc, want sockapi.Events, until sim.Time) error {
	items := [1]sockapi.PollItem{{Socket: s.s, Want: want}}
	n, err := sockapi.PollAll(p, items[:], until)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errAgain
	}
	return nil
}

var acceptParams = params("accept", 0, "timeout")

// socketAccept returns the next connection.
func socketAccept(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, acceptParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 0)
	if err != nil {
		return nil, err
	}
	if until != sim.Never && s.s.Listening() {
		err := s.await(p, sockapi.PollIn, until)
		c.woken(t)
		if err != nil {
			return nil, failed("accept", err)
		}
	}
	a, err := s.s.Accept(p, until == sim.Never)
	c.woken(t)
	if err != nil {
		return nil, failed("accept", s.orClosed(err))
	}
	return s.run.addSocket(t, c, a)
}

var connectParams = params("connect", 2, "to", "port", "local", "timeout", "block")

// socketConnect opens a connection from an address of the host, chosen by routing where none is given.
func socketConnect(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) == 1 {
		if _, ok := args[0].(starlark.Tuple); ok {
			return nil, errors.New(`host and port are two arguments: connect("server", 80)`)
		}
	}
	s, g, err := socketCall(b, connectParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	to, err := s.run.address(&g, 0)
	if err != nil {
		return nil, err
	}
	port, err := g.number(1, 1, 65535, 0)
	if err != nil {
		return nil, err
	}
	local, err := s.run.address(&g, 2)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 3)
	if err != nil {
		return nil, err
	}
	block, err := g.flag(4, true)
	if err != nil {
		return nil, err
	}
	if bound, _ := s.s.Local(); bound.IsValid() {
		local = bound
	} else if !local.IsValid() {
		if local, err = s.run.source(to); err != nil {
			return nil, failed("connect", err)
		}
	}
	err = s.connect(p, local, to, uint16(port), block, until)
	c.woken(t)
	return done("connect", s.orClosed(err))
}

// orClosed is EBADF in the place of the error of a call on a socket that is closed, perhaps meanwhile.
func (s *Socket) orClosed(err error) error {
	if err != nil && s.closed {
		return sockapi.EBADF
	}
	return err
}

func (s *Socket) connect(p *sim.Proc, local, to wire.Addr, port uint16, block bool, until sim.Time) error {
	if until == sim.Never || !block {
		return s.s.Connect(p, local, to, port, block)
	}
	err := s.s.Connect(p, local, to, port, false)
	if err != sockapi.EINPROGRESS && err != sockapi.EALREADY {
		return err
	}
	if err := s.await(p, sockapi.PollOut, until); err == errAgain {
		return sockapi.EINPROGRESS
	} else if err != nil {
		return err
	}
	return s.s.Connect(p, local, to, port, false)
}

var sendParams = params("send", 1, "data", "timeout")

// socketSend puts a string, bytes, or so many octets of generated content into the send buffer, all of them unless
// the timeout ends it, and returns how many.
func socketSend(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, sendParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 1)
	if err != nil {
		return nil, err
	}
	if err := s.writes.take(p, until); err != nil {
		return nil, failed("send", err)
	}
	defer s.writes.give(s.run.world)
	var n int64
	switch v := g.v[0].(type) {
	case starlark.Int:
		octets, wrong := g.number(0, 0, 1<<62, 0)
		if wrong != nil {
			return nil, wrong
		}
		n, err = s.generate(p, octets, until)
	case starlark.String:
		n, err = s.write(t, c, p, []byte(v), until)
	case starlark.Bytes:
		n, err = s.write(t, c, p, []byte(v), until)
	default:
		return nil, g.wrong(0, "bytes, a string, or a number of octets")
	}
	c.woken(t)
	if err != nil && (n == 0 || err != errAgain) {
		return nil, failed("send", err)
	}
	return starlark.MakeInt64(n), nil
}

// generate sends content that is a function of its place in the stream.
func (s *Socket) generate(p *sim.Proc, octets int64, until sim.Time) (int64, error) {
	conn := s.s.Conn()
	switch {
	case s.closed:
		return 0, sockapi.EBADF
	case conn == nil:
		return 0, sockapi.ENOTCONN
	}
	return conn.TransmitUntil(p, octets, max(until, p.Now()+1)) // the same instant would not even look
}

// write sends the script's own octets.
func (s *Socket) write(t *starlark.Thread, c *context, p *sim.Proc, b []byte, until sim.Time) (int64, error) {
	if err := c.charge(t, int64(len(b))); err != nil { // they are kept until the world ends
		return 0, err
	}
	if until == sim.Never {
		n, err := s.s.Send(p, b, 0, true)
		return int64(n), err
	}
	total := 0
	for {
		n, err := s.s.Send(p, b[total:], 0, false)
		total += n
		if total == len(b) || err != nil && err != errAgain {
			return int64(total), err
		}
		if err := s.await(p, sockapi.PollOut, until); err != nil {
			return int64(total), err
		}
	}
}

var recvParams = params("recv", 1, "max", "timeout", "discard")

// socketRecv returns what has arrived as soon as there is something, at most max octets; empty bytes at the end of
// the stream. With discard it waits for all of max octets, checks that each is the peer's, and returns their number:
// less at the end of the stream, at the end of the timeout or before an error, which the next call tells; 0 at the
// end of the stream.
func socketRecv(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, recvParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	most, err := g.number(0, 1, 1<<62, 0)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 1)
	if err != nil {
		return nil, err
	}
	discard, err := g.flag(2, false)
	if err != nil {
		return nil, err
	}
	if err := s.reads.take(p, until); err != nil {
		return nil, failed("recv", err)
	}
	defer s.reads.give(s.run.world)
	if discard {
		n, err := s.discard(p, most, until)
		c.woken(t)
		var corrupt *sockapi.CorruptError
		if err != nil && err != io.EOF && (n == 0 || errors.As(err, &corrupt)) {
			return nil, failed("recv", err)
		}
		return starlark.MakeInt64(n), nil
	}
	data, err := s.read(t, c, p, most, until)
	if err != nil {
		return nil, failed("recv", err)
	}
	return data, nil
}

// readOctets is the most that one call of recv copies at a time.
const readOctets = 16 << 10

// read waits for the first octet and returns what is there.
func (s *Socket) read(t *starlark.Thread, c *context, p *sim.Proc, most int64, until sim.Time) (starlark.Bytes,
	error) {
	r := s.run
	if r.scratch == nil {
		r.scratch = make([]byte, readOctets)
	}
	// Other tasks may use the scratch while this one is blocked: it is filled and emptied without a pause.
	buf := r.scratch[:min(most, readOctets)]
	n, err := s.s.Recv(p, buf, 0, until == sim.Never)
	for err == errAgain && until != sim.Never {
		if err = s.await(p, sockapi.PollIn, until); err != nil {
			break
		}
		n, err = s.s.Recv(p, buf, 0, false)
	}
	c.woken(t)
	if err == io.EOF {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	s.received += int64(n)
	more := min(most-int64(n), s.s.Readable())
	if err := c.charge(t, int64(n)+max(more, 0)); err != nil {
		return "", err
	}
	if n < readOctets || more <= 0 {
		return starlark.Bytes(buf[:n]), nil
	}
	all := make([]byte, int64(n)+more)
	copy(all, buf)
	k, err := s.s.Recv(p, all[n:], 0, false)
	if err != nil {
		return "", err
	}
	s.received += int64(k)
	return starlark.Bytes(all[:n+k]), nil
}

// discard takes octets as they arrive and checks that each is where the peer's stream has it.
func (s *Socket) discard(p *sim.Proc, most int64, until sim.Time) (int64, error) {
	conn := s.s.Conn()
	switch {
	case s.closed:
		return 0, sockapi.EBADF
	case conn == nil:
		return 0, sockapi.ENOTCONN
	}
	if until <= p.Now() { // only what is there
		switch ready := s.s.Readable(); {
		case ready > 0:
			return conn.Consume(p, min(most, ready), s.check)
		case !s.s.EndSeen() && conn.Err() == nil:
			return 0, errAgain
		}
		return conn.Consume(p, most, s.check)
	}
	return conn.ConsumeUntil(p, most, until, s.check)
}

// check takes one extent of the peer's stream.
func (s *Socket) check(_ sim.Time, x wire.Payload) error {
	if s.stream == 0 { // streams are numbered from 1
		s.stream = x.Stream
	}
	if x.Stream != s.stream || x.Pos != uint64(s.received) {
		return &sockapi.CorruptError{Stream: s.stream, Want: uint64(s.received), GotStream: x.Stream, Got: x.Pos}
	}
	s.received += int64(x.Len)
	return nil
}
