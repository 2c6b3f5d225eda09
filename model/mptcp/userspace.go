package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// What a path manager outside the connection needs to find its way: from a token to the connection, from what a
// manager is handed to the connection, and to the machine.

// Find returns the host's connection that has the local token (RFC 8684 section 3.1), or nil: the key of the netlink
// interfaces. A connection has its token from the first SYN or SYN/ACK on until it is over or falls back.
func (s *Stack) Find(token uint32) *Conn { return s.tokens.find(token) }

// Host returns the machine.
func (s *Stack) Host() Host { return s.host }

// Stack returns the host's MPTCP that the connection belongs to.
func (c *Conn) Stack() *Stack { return c.s }

// ConnOf returns the connection whose paths a manager was handed, or nil if p is not a connection's own: the calls
// of Conn must wait until the manager's callback has returned.
func ConnOf(p pm.Conn) *Conn {
	if s, ok := p.(*pathState); ok {
		return s.c
	}
	return nil
}

// LocalToken returns the token by which the peer's joins find the connection; 0 before keys are drawn.
func (c *Conn) LocalToken() uint32 { return c.localToken }

// Detached tells that the application has closed and reads no more, while the connection goes on without it.
func (c *Conn) Detached() bool { return c.detached }

// Manager returns the connection's path manager.
func (c *Conn) Manager() pm.Manager { return c.manager }

// listenHook is who is told of listening sockets.
type listenHook func(now sim.Time, addr wire.Addr, port uint16, open bool)

func (f listenHook) tell(now sim.Time, addr wire.Addr, port uint16, open bool) {
	if f != nil {
		f(now, addr, port, open)
	}
}

// OnListen registers who is told when a socket of the host that speaks MPTCP begins to listen and when it ends (nil:
// nobody). addr zero stands for all addresses.
func (s *Stack) OnListen(f func(now sim.Time, addr wire.Addr, port uint16, open bool)) { s.listens = f }

// MayOpenSubflow tells why OpenSubflow would fail now whatever is asked for: ErrPlain, ErrClosing, ErrNotReady,
// ErrNoIndex, ErrLimit, or nil.
func (c *Conn) MayOpenSubflow() error { return c.mayOpen() }

// SetPathLimits changes two of Config.Paths for connections to come: subflows beyond the first, at least 1, and
// announcements of the peer that manager linux answers, at least 0.
func (s *Stack) SetPathLimits(extra, accept int) {
	s.cfg.Paths.Limit, s.cfg.Paths.Accept = max(extra, 1), max(accept, 0)
}

// SetAddressID gives a local address an ID for the life of the connection, before it is announced or used. Errors:
// ErrAddressID: the peer may know it by another one, or another address by this.
func (c *Conn) SetAddressID(addr wire.Addr, id uint8) error {
	if err := c.pinID(addr, id); err != nil {
		return err
	}
	c.pin(addr, id)
	return nil
}
