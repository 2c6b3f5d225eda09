package sockapi

import (
	"errors"
	"fmt"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Socket is a stream socket from socket(2) to close(2), whatever state it is in. Its calls are those of
// socket(7) and tcp(7), with the errors that Linux gives. A call with block false never blocks: it fails with
// EAGAIN or EINPROGRESS. Conn and Listener are the plainer interface for applications that need no more.
type Socket struct {
	host    *Host
	network Network
	state   socketState
	local   wire.Addr // zero: not bound, or all
	lport   uint16
	conn    *Conn     // connecting or connected
	lst     *Listener // listening
	opt     settings
	told    bool  // the connection's error was returned
	noRead  bool  // shutdown(SHUT_RD)
	read    int64 // octets returned by Recv

	deferred bool // connect with TCP_FASTOPEN_CONNECT: the SYN waits for the first write
	remote   wire.Addr
	rport    uint16
	zero     zeroCopy

	recvTimeout, sendTimeout unit.Duration // SO_RCVTIMEO, SO_SNDTIMEO; 0: none
	events                   *eventFeed    // nil: nobody has ever subscribed
	subscribed               sim.Signal    // events.own was made
}

type socketState uint8

const (
	socketFresh socketState = iota
	socketListening
	socketConnecting
	socketConnected
	socketClosed
)

// Flags of Send and Recv.
type Flags uint16

// Flags (send(2), recv(2)).
const (
	MsgMore     Flags = 1 << iota // more data follows: no small segment yet
	MsgEOR                        // a record ends here
	MsgFastOpen                   // connect and send on the SYN (RFC 7413)
	MsgDontWait                   // do not block
	MsgTrunc                      // Recv: throw the octets away
	MsgPeek                       // Recv: leave the octets in the buffer
	MsgWaitAll                    // Recv: wait until all that was asked for has come
	MsgZeroCopy                   // Send: tell in the error queue when the octets are acknowledged
)

// Socket makes a socket. MPTCP on a host without it gives plain TCP.
func (h *Host) Socket(n Network) *Socket {
	if h.mptcp == nil {
		n = TCP
	}
	s := &Socket{host: h, network: n}
	s.opt.init()
	return s
}

// Conn returns the connection below a socket that is connecting or connected, else nil.
func (s *Socket) Conn() *Conn { return s.conn }

// Listening tells whether the socket listens.
func (s *Socket) Listening() bool { return s.state == socketListening }

// Local returns what Bind was given.
func (s *Socket) Local() (wire.Addr, uint16) { return s.local, s.lport }

// Network returns the transport that the socket was made for.
func (s *Socket) Network() Network { return s.network }

func (s *Socket) now() sim.Time { return s.host.world.Now() }

// SetTimeouts sets how long a blocking call waits: Accept and Recv (SO_RCVTIMEO), Connect and Send (SO_SNDTIMEO);
// 0: without end. A call whose time is over returns what it has done so far, or else EAGAIN, or EINPROGRESS of
// Connect. Accepted sockets inherit both. Calls that block already keep what they began with. Errors: EBADF,
// EINVAL.
func (s *Socket) SetTimeouts(receive, send unit.Duration) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case receive < 0 || send < 0:
		return EINVAL
	}
	s.recvTimeout, s.sendTimeout = receive, send
	return nil
}

// Timeouts returns what SetTimeouts has set.
func (s *Socket) Timeouts() (receive, send unit.Duration) { return s.recvTimeout, s.sendTimeout }

// deadline returns when a call that begins now has to be over.
func deadline(p *sim.Proc, timeout unit.Duration) sim.Time {
	if timeout == 0 {
		return sim.Never
	}
	return p.Now().Add(timeout)
}

// Bind gives the socket a local address (zero: all) and port (0: an ephemeral one when it connects). Errors:
// EINVAL.
func (s *Socket) Bind(addr wire.Addr, port uint16) error {
	if s.state != socketFresh || s.lport != 0 {
		return because(EINVAL, "bind: the socket has a port already, listens or is connected")
	}
	s.local, s.lport = addr, port
	return nil
}

// Listen makes a bound socket accept connections. Errors: EINVAL, EADDRINUSE.
func (s *Socket) Listen(backlog int) error {
	switch {
	case s.state == socketListening:
		return nil
	case s.state != socketFresh || s.lport == 0:
		return because(EINVAL, "listen: the socket has no port (bind it first), is connected or closed")
	}
	l := &Listener{host: s.host, network: s.network, addr: s.local, port: s.lport}
	var err error
	if s.network == MPTCP {
		prepare := func(now sim.Time, c *mptcp.Conn) {
			s.opt.prepareMPTCP(c)
			s.prepareWishes(now, c)
			s.prepareEvents(c)
		}
		err = s.host.mptcp.ListenWith(s.local, s.lport, prepare, func(_ sim.Time, c *mptcp.Conn) { l.add(c) })
	} else {
		prepare := func(now sim.Time, t *tcp.Stream) { s.opt.applyTCP(now, t) }
		err = s.host.tcp.ListenStreamWith(s.local, s.lport, prepare, func(_ sim.Time, t *tcp.Stream) {
			s.host.track(t, false)
			l.add(t)
		})
	}
	if err != nil {
		return fmt.Errorf("%w: %w", EADDRINUSE, err)
	}
	s.state, s.lst = socketListening, l
	return s.fastOpenQueue(backlog)
}

// fastOpenQueue gives the listener the queue that TCP_FASTOPEN or the host's setting asks for.
func (s *Socket) fastOpenQueue(backlog int) error {
	t := s.host.tcp
	const all = tcp.FastOpenServer | tcp.FastOpenAllListeners
	if s.opt.set.has(FastOpenQueue) {
		backlog = int(s.opt.value[FastOpenQueue])
	} else if t.Config().FastOpen&all != all {
		return nil
	}
	if s.opt.hasKey {
		if err := t.SetFastOpenKey(s.local, s.lport, s.opt.key); err != nil {
			return err
		}
	}
	return t.SetFastOpenQueue(s.local, s.lport, backlog)
}

// Accept returns a connected socket with the listener's options. Errors: EINVAL, EAGAIN, EBADF.
func (s *Socket) Accept(p *sim.Proc, block bool) (*Socket, error) {
	if s.state != socketListening {
		return nil, because(EINVAL, "accept: the socket does not listen")
	}
	if len(s.lst.queue) == 0 {
		if !block {
			return nil, EAGAIN
		}
		if err := s.awaitAccept(p); err != nil {
			return nil, err
		}
	}
	c, err := s.lst.Accept(p)
	if err != nil {
		return nil, err
	}
	a := &Socket{host: s.host, network: s.network, state: socketConnected, conn: c, opt: s.opt}
	a.local, a.lport = s.local, s.lport
	a.recvTimeout, a.sendTimeout = s.recvTimeout, s.sendTimeout
	if m := c.MPTCP(); m != nil {
		a.events = s.acceptEvents(m)
		a.opt.applyMPTCP(a.now(), a)
	}
	return a, nil
}

// awaitAccept waits for a connection.
func (s *Socket) awaitAccept(p *sim.Proc) error {
	l, until := s.lst, deadline(p, s.recvTimeout)
	for len(l.queue) == 0 {
		if l.closed {
			return EBADF
		}
		if ok, err := p.WaitUntil(until, &l.arrived); err != nil {
			return err
		} else if !ok {
			return EAGAIN
		}
	}
	return nil
}

// Connect opens a connection. local is used where the socket is not bound. Errors: EINPROGRESS, EALREADY,
// EISCONN, ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EADDRINUSE, EINVAL.
func (s *Socket) Connect(p *sim.Proc, local, remote wire.Addr, port uint16, block bool) error {
	switch s.state {
	case socketConnected:
		return EISCONN
	case socketConnecting:
		return s.connectAgain(p, block)
	case socketListening, socketClosed:
		return EINVAL
	case socketFresh:
	}
	if port == 0 || !remote.IsValid() || !local.IsValid() {
		return EINVAL
	}
	if s.opt.on(FastOpenConnect) {
		if done, err := s.deferConnect(local, remote, port); done || err != nil {
			return err
		}
	} else if err := s.start(local, remote, port, false); err != nil {
		return err
	}
	s.sendSYN(p.Now())
	return s.awaitConnect(p, block, EINPROGRESS)
}

// settle notes that the handshake has ended meanwhile.
func (s *Socket) settle() {
	if s.state == socketConnecting && s.conn.connected() {
		s.state = socketConnected
	}
}

func (s *Socket) connectAgain(p *sim.Proc, block bool) error {
	if s.deferred {
		return EISCONN
	}
	if s.conn.Err() != nil {
		s.state = socketFresh
		if err := s.takeError(); err != nil {
			return err
		}
		return ECONNABORTED
	}
	if s.conn.connected() {
		s.state = socketConnected
		return nil
	}
	return s.awaitConnect(p, block, EALREADY)
}

// start makes the connection with the options set so far; sendSYN opens it.
func (s *Socket) start(local, remote wire.Addr, port uint16, fastOpen bool) error {
	local, lport, err := s.firstLocal(local, remote)
	if err != nil {
		return err
	}
	now := s.now()
	s.remote, s.rport = remote, port
	s.told, s.noRead, s.read, s.zero = false, false, 0, zeroCopy{} // of a connection that has failed
	contents := s.host.tcp.Net().Contents()
	if s.network == MPTCP {
		c, err := s.host.mptcp.Prepare(now, local, lport, remote, port)
		if err != nil {
			return dialError(err)
		}
		s.prepareWishes(now, c)
		if fastOpen {
			c.UseFastOpen()
		}
		s.conn = newConn(s.host.world, contents, c, false)
		if s.events != nil {
			s.events.hear(c, false)
		}
		s.opt.applyMPTCP(now, s)
		s.state = socketConnecting
		return nil
	}
	t, err := s.host.tcp.PrepareStream(now, local, lport, remote, port)
	if err != nil {
		return dialError(err)
	}
	s.host.track(t, true)
	s.opt.applyTCP(now, t)
	if fastOpen {
		t.Endpoint().UseFastOpen()
	}
	s.conn = newConn(s.host.world, contents, t, false)
	s.state = socketConnecting
	return nil
}

// sendSYN opens a connection that start has made.
func (s *Socket) sendSYN(now sim.Time) {
	if t := s.conn.TCP(); t != nil {
		t.Connect(now)
		return
	}
	s.conn.MPTCP().Connect(now)
}

// earlyRoom returns the octets that the SYN of a connection may carry which start has made.
func (s *Socket) earlyRoom() int64 {
	if t := s.conn.TCP(); t != nil {
		return t.Endpoint().FastOpenRoom()
	}
	return s.conn.MPTCP().FastOpenRoom()
}

// deferConnect is connect with TCP_FASTOPEN_CONNECT: with a cookie at hand it is done at once, and the first
// write sends the SYN.
func (s *Socket) deferConnect(local, remote wire.Addr, port uint16) (done bool, err error) {
	if err := s.start(local, remote, port, true); err != nil {
		return false, err
	}
	if s.earlyRoom() > 0 {
		s.deferred = true
		return true, nil
	}
	return false, nil
}

// awaitConnect waits for the end of the handshake; late is what to return if that takes longer than the call.
func (s *Socket) awaitConnect(p *sim.Proc, block bool, late Errno) error {
	if !block {
		return late
	}
	until := deadline(p, s.sendTimeout)
	for !s.conn.connected() {
		if err := s.takeError(); err != nil {
			s.state = socketFresh
			return err
		}
		if err := s.conn.block(p, until); err == EAGAIN {
			return late
		} else if err != nil {
			return err
		}
	}
	s.state = socketConnected
	return nil
}

// lost tells that an MPTCP connection ended because it had no subflow for too long. Linux closes such a socket
// without an error: reading gives ENOTCONN each time, and SO_ERROR nothing.
func (s *Socket) lost() bool {
	return s.conn != nil && errors.Is(s.conn.sock.Err(), mptcp.ErrNoSubflow)
}

// takeError returns the connection's error the first time that it is asked for (SO_ERROR).
func (s *Socket) takeError() error {
	if s.conn == nil || s.told || s.lost() {
		return nil
	}
	if err := s.conn.Err(); err != nil {
		s.told = true
		return err
	}
	return nil
}

// Shutdown ends reading, writing or both. Errors: ENOTCONN.
func (s *Socket) Shutdown(read, write bool) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.state == socketListening && read:
		err := s.lst.Close()
		s.state, s.lst = socketFresh, nil
		return err
	case s.conn == nil || s.conn.sock.ReadyBits()&tcp.Hangup != 0:
		return ENOTCONN
	}
	s.noRead = s.noRead || read
	if write {
		if err := s.conn.CloseWrite(nil); err != nil {
			return err
		}
	}
	s.conn.changed.Notify(s.host.world)
	return nil
}

// Close gives the socket back. With SO_LINGER of 0 seconds it resets.
func (s *Socket) Close() error {
	if s.state == socketClosed {
		return EBADF
	}
	state := s.state
	s.state = socketClosed
	s.closeEvents()
	switch {
	case state == socketListening:
		return s.lst.Close()
	case s.conn == nil:
		return nil
	case s.opt.linger && s.opt.value[Linger] == 0:
		return s.conn.Abort()
	}
	return s.conn.Close()
}
