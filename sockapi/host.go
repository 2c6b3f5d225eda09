package sockapi

import (
	"fmt"

	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/udp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Network names the transport of a socket.
type Network uint8

// Transports.
const (
	MPTCP Network = iota // Multipath TCP, falling back to TCP where the peer or the path demands it
	TCP                  // plain TCP
)

// String returns the name used in scenarios.
func (n Network) String() string {
	if n == TCP {
		return "tcp"
	}
	return "mptcp"
}

// Host is one machine as its applications see it.
type Host struct {
	name  string
	world *sim.World
	tcp   *tcp.Stack
	mptcp *mptcp.Stack
	plain []PlainConn
	udp   *udp.Stack // nil: see UDP
	api   API        // see SetAPI
}

// PlainConn is a plain TCP connection that the host has opened or accepted, for those who watch it.
type PlainConn struct {
	*tcp.Stream
	Client                bool
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	Opened                sim.Time
}

// PlainConns lists the host's plain TCP connections, closed ones included, in order of opening. The
// slice belongs to the host.
func (h *Host) PlainConns() []PlainConn { return h.plain }

// track remembers a plain connection whose endpoint lives.
func (h *Host) track(s *tcp.Stream, client bool) {
	p := PlainConn{Stream: s, Client: client, Opened: h.world.Now()}
	p.Local, p.LocalPort = s.Endpoint().Local()
	p.Remote, p.RemotePort = s.Endpoint().Remote()
	h.plain = append(h.plain, p)
}

// NewHost gives applications access to a machine's stacks; m may be nil on a host without MPTCP.
func NewHost(name string, w *sim.World, t *tcp.Stack, m *mptcp.Stack) *Host {
	return &Host{name: name, world: w, tcp: t, mptcp: m}
}

// Name returns the host's name.
func (h *Host) Name() string { return h.name }

// HasMPTCP tells whether sockets of network MPTCP speak it; without, they are plain TCP.
func (h *Host) HasMPTCP() bool { return h.mptcp != nil }

// TCP and MPTCP return the stacks, for those who watch them; MPTCP is nil on a host without it.
func (h *Host) TCP() *tcp.Stack { return h.tcp }

// MPTCP returns the host's MPTCP stack, or nil.
func (h *Host) MPTCP() *mptcp.Stack { return h.mptcp }

// Dial opens a connection and blocks until it is established. local is the address of the first
// subflow. Errors: ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EADDRINUSE.
func (h *Host) Dial(p *sim.Proc, n Network, local, remote wire.Addr, port uint16) (*Conn, error) {
	if port == 0 || !remote.IsValid() || !local.IsValid() {
		return nil, EINVAL
	}
	var s socket
	if n == MPTCP && h.mptcp != nil {
		c, err := h.mptcp.Dial(p.Now(), local, remote, port)
		if err != nil {
			return nil, dialError(err)
		}
		s = c
	} else {
		c, err := h.tcp.DialStream(p.Now(), local, remote, port)
		if err != nil {
			return nil, dialError(err)
		}
		h.track(c, true)
		s = c
	}
	c := newConn(h.world, h.tcp.Net().Contents(), s, false)
	c.limit = h.tcp.Config().ReceiveBufferMax
	for !c.connected() {
		if err := s.Err(); err != nil {
			return nil, errnoOf(err)
		}
		if err := c.block(p, sim.Never); err != nil {
			s.Abort(p.Now())
			return nil, err
		}
	}
	return c, nil
}

// Listener is a listening socket.
type Listener struct {
	host    *Host
	network Network
	addr    wire.Addr
	port    uint16
	queue   []*Conn
	arrived sim.Signal
	closed  bool
}

// Listen binds a port: on one address, or on all of the host's with the zero Addr. Errors: EADDRINUSE,
// EINVAL. Connections that are established wait in the listener's queue, which has no bound.
func (h *Host) Listen(n Network, addr wire.Addr, port uint16) (*Listener, error) {
	if port == 0 {
		return nil, EINVAL
	}
	l := &Listener{host: h, network: n, addr: addr, port: port}
	var err error
	if n == MPTCP && h.mptcp != nil {
		err = h.mptcp.Listen(addr, port, func(_ sim.Time, c *mptcp.Conn) { l.add(c) })
	} else {
		err = h.tcp.ListenStream(addr, port, func(_ sim.Time, s *tcp.Stream) {
			h.track(s, false)
			l.add(s)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", EADDRINUSE, err)
	}
	return l, nil
}

// add takes an established connection from the stack.
func (l *Listener) add(s socket) {
	c := newConn(l.host.world, l.host.tcp.Net().Contents(), s, true)
	c.limit = l.host.tcp.Config().ReceiveBufferMax
	if l.closed {
		s.Abort(l.host.world.Now())
		return
	}
	l.queue = append(l.queue, c)
	l.arrived.Notify(l.host.world)
}

// Accept blocks until a connection is established and returns it. After Close it fails with EBADF.
func (l *Listener) Accept(p *sim.Proc) (*Conn, error) {
	for len(l.queue) == 0 {
		if l.closed {
			return nil, EBADF
		}
		if err := p.Wait(&l.arrived); err != nil {
			return nil, err
		}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	return c, nil
}

// Close gives the port back and resets what waits in the queue.
func (l *Listener) Close() error {
	if l.closed {
		return EBADF
	}
	l.closed = true
	if l.network == MPTCP && l.host.mptcp != nil {
		l.host.mptcp.Unlisten(l.addr, l.port)
	} else {
		l.host.tcp.Unlisten(l.addr, l.port)
	}
	for _, c := range l.queue {
		if err := c.Abort(); err != nil {
			return err
		}
	}
	l.queue = nil
	l.arrived.Notify(l.host.world)
	return nil
}
