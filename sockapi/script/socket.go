package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"mpsim/model/wire"
	"mpsim/sockapi"
)

// Socket is a stream socket of a script.
type Socket struct {
	s        *sockapi.Socket
	run      *Run
	id       int // from 1, in the run
	closed   bool
	reads    turn   // of recv, one task at a time
	writes   turn   // of send
	received int64  // octets that recv has returned or discarded
	stream   uint32 // of the peer's contents, once discard has seen some
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

// Attr gives methods, and numbers: octets sent (given to send), acked, unsent, received and readable; id.
func (s *Socket) Attr(name string) (starlark.Value, error) {
	switch name {
	case "id":
		return starlark.MakeInt(s.id), nil
	case "sent":
		return starlark.MakeInt64(s.sent()), nil
	case "acked":
		return starlark.MakeInt64(s.sent() - s.s.Outstanding()), nil
	case "unsent":
		return starlark.MakeInt64(s.s.Unsent()), nil
	case "received":
		return starlark.MakeInt64(s.received), nil
	case "readable":
		return starlark.MakeInt64(s.s.Readable()), nil
	}
	return method(socketMethods, s, name)
}

func (s *Socket) sent() int64 {
	if c := s.s.Conn(); c != nil {
		return c.Sent()
	}
	return 0
}

// AttrNames lists the attributes.
func (s *Socket) AttrNames() []string { return slices.Clone(socketNames) }

var socketMethods = newMethods(socketEntries()...)

var socketNames = namesOf(append(socketEntries(), entry{name: "id"}, entry{name: "sent"}, entry{name: "acked"},
	entry{name: "unsent"}, entry{name: "received"}, entry{name: "readable"}))

func socketEntries() []entry {
	return []entry{
		{bindParams.name, socketBind}, {listenParams.name, socketListen}, {acceptParams.name, socketAccept},
		{connectParams.name, socketConnect}, {sendParams.name, socketSend}, {recvParams.name, socketRecv},
		{shutdownParams.name, socketShutdown}, {closeParams.name, socketClose}, {abortParams.name, socketAbort},
		{infoParams.name, socketInfo},

		{subIDsParams.name, socketSubIDs}, {subTupleParams.name, socketSubTuple},
		{openSubParams.name, socketOpenSub}, {closeSubParams.name, socketCloseSub},
		{subPrioParams.name, socketSubPrio}, {subGetParams.name, socketSubGet}, {subSetParams.name, socketSubSet},
		{subInfoParams.name, socketSubInfo},

		{"subscribe", socketSubscribe}, {eventParams.name, socketEvent}, {eventsParams.name, socketEvents},
		{"getsockopt", socketGetsockopt}, {"setsockopt", socketSetsockopt},
	}
}

// socketCall is the receiver and the arguments of a method.
func socketCall(b *starlark.Builtin, s *signature, args starlark.Tuple, kwargs []starlark.Tuple) (*Socket, given,
	error) {
	g, err := s.bind(args, kwargs)
	return b.Receiver().(*Socket), g, err
}

// done is the end of a method that returns nothing.
func done(call string, err error) (starlark.Value, error) {
	if err != nil {
		return nil, failed(call, err)
	}
	return starlark.None, nil
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

func socketBind(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, bindParams, args, kwargs)
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
	return done("bind", s.orClosed(s.s.Bind(addr, uint16(port))))
}

var listenParams = params("listen", 0, "backlog")

func socketListen(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, listenParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	backlog, err := g.number(0, 0, 1<<31-1, 128)
	if err != nil {
		return nil, err
	}
	return done("listen", s.orClosed(s.s.Listen(int(backlog))))
}

var shutdownParams = params("shutdown", 0, "how")

// socketShutdown ends sending ("wr"), receiving ("rd") or both ("rdwr").
func socketShutdown(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, g, err := socketCall(b, shutdownParams, args, kwargs)
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

var closeParams = params("close", 0)

func socketClose(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, err := socketCall(b, closeParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	s.forget()
	return done("close", s.s.Close())
}

var abortParams = params("abort", 0)

// socketAbort closes with a reset.
func socketAbort(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, err := socketCall(b, abortParams, args, kwargs)
	if err != nil {
		return nil, err
	}
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

var infoParams = params("info", 0)

// socketInfo describes the connection as a whole.
func socketInfo(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	s, _, err := socketCall(b, infoParams, args, kwargs)
	if err != nil {
		return nil, err
	}
	transport, subflows, fallback := "tcp", 0, false
	var local, remote wire.Addr
	var lport, rport uint16
	if c := s.s.Conn(); c != nil && c.MPTCP() != nil {
		m := c.MPTCP()
		transport, fallback = "mptcp", m.Fallback()
		if all, err := s.s.SubIDs(); err == nil {
			subflows = len(all)
		}
		if i, ok := m.Subflow(0); ok { // getsockname and getpeername tell the first one's
			local, remote, lport, rport = i.Local, i.Remote, i.LocalPort, i.RemotePort
		}
	} else if c == nil {
		transport = s.s.Network().String()
	} else if c.TCP().Endpoint() != nil {
		local, lport = c.TCP().Endpoint().Local()
		remote, rport = c.TCP().Endpoint().Remote()
	}
	return &structValue{kind: "info", names: infoNames, values: []starlark.Value{
		starlark.String(transport), starlark.Bool(fallback), starlark.MakeInt(subflows),
		Address(local), starlark.MakeInt(int(lport)), Address(remote), starlark.MakeInt(int(rport)),
		starlark.MakeInt64(s.sent()), starlark.MakeInt64(s.sent() - s.s.Outstanding()),
		starlark.MakeInt64(s.s.Unsent()), starlark.MakeInt64(s.received),
	}}, nil
}

var infoNames = []string{"transport", "fallback", "subflows", "local", "local_port", "remote", "remote_port", "sent",
	"acked", "unsent", "received"}
