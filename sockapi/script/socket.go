package script

import (
	"fmt"
	"io"

	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// Socket is a stream socket of a script.
type Socket struct {
	s      *sockapi.Socket
	run    *Run
	id     int // from 1, in the run
	check  sockapi.Checker
	closed bool
}

// socketOctets is what a socket costs at least, with what the stacks keep of a connection.
const socketOctets = 4 << 10

func (r *Run) addSocket(t *starlark.Thread, c *context, s *sockapi.Socket) (*Socket, error) {
	if err := c.charge(t, socketOctets); err != nil {
		_ = s.Close() // the error that matters is the limit
		return nil, err
	}
	if n := len(r.sockets); n >= 64 && n >= 2*r.open {
		r.sweep()
	}
	r.socketIDs++
	r.open++
	v := &Socket{s: s, run: r, id: r.socketIDs}
	r.sockets = append(r.sockets, v)
	return v, nil
}

// sweep forgets the sockets that are closed.
func (r *Run) sweep() {
	kept := r.sockets[:0]
	for _, s := range r.sockets {
		if !s.closed {
			kept = append(kept, s)
		}
	}
	clear(r.sockets[len(kept):])
	r.sockets = kept
}

// String prints the socket's number in the run.
func (s *Socket) String() string { return fmt.Sprintf("<socket %d>", s.id) }

// Type returns the name that scripts see.
func (s *Socket) Type() string { return "socket" }

// Freeze does nothing.
func (s *Socket) Freeze() {}

// Truth is true.
func (s *Socket) Truth() starlark.Bool { return true }

// Hash is the number: sockets can be keys.
func (s *Socket) Hash() (uint32, error) { return uint32(s.id), nil }

// Attr gives methods.
func (s *Socket) Attr(name string) (starlark.Value, error) {
	return method(socketMethods, s, name)
}

// AttrNames lists the methods.
func (s *Socket) AttrNames() []string { return socketNames }

var socketMethods = newMethods(socketEntries()...)

var socketNames = namesOf(socketEntries())

func socketEntries() []entry {
	return []entry{
		{bindParams.name, socketBind}, {listenParams.name, socketListen}, {acceptParams.name, socketAccept},
		{connectParams.name, socketConnect}, {sendParams.name, socketSend}, {recvParams.name, socketRecv},
		{shutdownParams.name, socketShutdown}, {"close", socketClose}, {"abort", socketAbort},
	}
}

// socketCall is the receiver, the context and the arguments of a method.
func socketCall(t *starlark.Thread, b *starlark.Builtin, s *signature, args starlark.Tuple,
	kwargs []starlark.Tuple) (*Socket, *context, given, error) {
	g, err := s.bind(args, kwargs)
	return b.Receiver().(*Socket), contextOf(t), g, err
}

var socketParams = params("socket", 0, "transport")

// newSocket makes a socket: socket("mptcp") or socket("tcp").
func newSocket(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, err := inRun(t)
	if err != nil {
		return nil, err
	}
	g, err := socketParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	transport, err := g.text(0, "mptcp")
	if err != nil {
		return nil, err
	}
	n := sockapi.MPTCP
	switch transport {
	case "mptcp":
	case "tcp":
		n = sockapi.TCP
	default:
		return nil, g.wrong(0, `"mptcp" or "tcp"`)
	}
	return c.run.addSocket(t, c, c.run.config.Host.Socket(n))
}

var bindParams = params("bind", 0, "addr", "port")

func socketBind(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, bindParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	addr, err := s.run.address(&g, 0)
	if err != nil {
		return nil, err
	}
	port, err := g.number(1, 0, 65535, 0)
	if err != nil {
		return nil, err
	}
	return done("bind", s.s.Bind(addr, uint16(port)))
}

// done is the end of a method that returns nothing.
func done(call string, err error) (starlark.Value, error) {
	if err != nil {
		return nil, failed(call, err)
	}
	return starlark.None, nil
}

var listenParams = params("listen", 0, "backlog")

func socketListen(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, listenParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	backlog, err := g.number(0, 0, 1<<31-1, 128)
	if err != nil {
		return nil, err
	}
	return done("listen", s.s.Listen(int(backlog)))
}

var acceptParams = params("accept", 0, "timeout")

func socketAccept(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, acceptParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	if g.has(0) {
		if _, err := g.span(0, 0); err != nil {
			return nil, err
		}
	}
	a, err := s.s.Accept(p, true)
	c.woken(t)
	if err != nil {
		return nil, failed("accept", err)
	}
	return s.run.addSocket(t, c, a)
}

var connectParams = params("connect", 2, "to", "port", "local", "timeout", "block")

func socketConnect(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, connectParams, args, kwargs)
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
	block, err := g.flag(4, true)
	if err != nil {
		return nil, err
	}
	if bound, _ := s.s.Local(); !local.IsValid() && !bound.IsValid() {
		if local, err = s.run.source(to); err != nil {
			return nil, failed("connect", err)
		}
	} else if !local.IsValid() {
		local = bound
	}
	err = s.s.Connect(p, local, to, uint16(port), block)
	c.woken(t)
	return done("connect", err)
}

var sendParams = params("send", 1, "data", "timeout")

// socketSend sends a string, bytes, or so many octets of generated content.
func socketSend(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, sendParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	var n int64
	switch v := g.v[0].(type) {
	case starlark.Int:
		octets, err := g.number(0, 0, 1<<62, 0)
		if err != nil {
			return nil, err
		}
		conn := s.s.Conn()
		if conn == nil {
			return nil, failed("send", sockapi.ENOTCONN)
		}
		n, err = conn.Transmit(p, octets)
		c.woken(t)
		if err != nil {
			return nil, failed("send", err)
		}
		return starlark.MakeInt64(n), nil
	case starlark.String:
		n, err = s.write(t, c, p, []byte(v))
	case starlark.Bytes:
		n, err = s.write(t, c, p, []byte(v))
	default:
		return nil, g.wrong(0, "bytes, a string, or a number of octets")
	}
	if err != nil {
		return nil, failed("send", err)
	}
	return starlark.MakeInt64(n), nil
}

func (s *Socket) write(t *starlark.Thread, c *context, p *sim.Proc, b []byte) (int64, error) {
	if err := c.charge(t, int64(len(b))); err != nil { // kept until the world ends
		return 0, err
	}
	n, err := s.s.Send(p, b, 0, true)
	c.woken(t)
	return int64(n), err
}

var recvParams = params("recv", 1, "max", "timeout", "discard")

// socketRecv returns what has arrived, at most max octets; empty bytes at the end of the stream. With discard it
// reads max octets, or to the end of the stream, checks that they are the peer's, and returns their number.
func socketRecv(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, recvParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	discard, err := g.flag(2, false)
	if err != nil {
		return nil, err
	}
	if discard {
		most, err := g.number(0, 1, 1<<62, 0)
		if err != nil {
			return nil, err
		}
		return s.discard(t, c, p, most)
	}
	most, err := g.number(0, 1, 1<<30, 0)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, most)
	n, err := s.s.Recv(p, buf, 0, true)
	c.woken(t)
	if err == io.EOF {
		return starlark.Bytes(""), nil
	}
	if err != nil {
		return nil, failed("recv", err)
	}
	if err := c.charge(t, int64(n)); err != nil {
		return nil, err
	}
	return starlark.Bytes(buf[:n]), nil
}

func (s *Socket) discard(t *starlark.Thread, c *context, p *sim.Proc, most int64) (starlark.Value, error) {
	conn := s.s.Conn()
	if conn == nil {
		return nil, failed("recv", sockapi.ENOTCONN)
	}
	n, err := conn.Consume(p, most, func(_ sim.Time, x wire.Payload) error { return s.check.Check(x) })
	c.woken(t)
	if err != nil && err != io.EOF {
		return nil, failed("recv", err)
	}
	return starlark.MakeInt64(n), nil
}

var shutdownParams = params("shutdown", 0, "how")

func socketShutdown(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, g, err := socketCall(t, b, shutdownParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	how, err := g.text(0, "wr")
	if err != nil {
		return nil, err
	}
	switch how {
	case "rd":
		return done("shutdown", s.s.Shutdown(true, false))
	case "wr":
		return done("shutdown", s.s.Shutdown(false, true))
	case "rdwr":
		return done("shutdown", s.s.Shutdown(true, true))
	}
	return nil, g.wrong(0, `"rd", "wr" or "rdwr"`)
}

func socketClose(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args)+len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no arguments")
	}
	s := b.Receiver().(*Socket)
	s.forget()
	return done("close", s.s.Close())
}

func socketAbort(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args)+len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no arguments")
	}
	s := b.Receiver().(*Socket)
	if err := s.s.SetLinger(true, 0); err != nil {
		return nil, failed("abort", err)
	}
	s.forget()
	return done("abort", s.s.Close())
}

// forget notes that the script has given the socket back.
func (s *Socket) forget() {
	if !s.closed {
		s.closed = true
		s.run.open--
	}
}
