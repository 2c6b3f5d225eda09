package netlink

import (
	"slices"

	"mpsim/model/wire"
)

// Daemon returns the daemon that the handle is of.
func (c *Connection) Daemon() *Daemon { return c.d }

// Token returns the connection's token.
func (c *Connection) Token() uint32 { return c.token }

// First returns the addresses and ports of the first subflow.
func (c *Connection) First() Tuple { return c.first }

// ServerSide tells that this host accepted the connection. The out-of-tree family does not say so: false.
func (c *Connection) ServerSide() bool { return c.serverSide }

// DenyJoinID0 tells that the peer takes no joins at its first address.
func (c *Connection) DenyJoinID0() bool { return c.denyID0 }

// Established tells that subflows may be opened.
func (c *Connection) Established() bool { return c.established && !c.closed }

// Closed tells that it is over, or goes on as plain TCP.
func (c *Connection) Closed() bool { return c.closed }

// Subflows lists the subflows that are established, oldest first. The slice belongs to the handle.
func (c *Connection) Subflows() []Tuple { return c.subflows }

// Remotes lists the addresses that the peer has announced. The slice belongs to the handle.
func (c *Connection) Remotes() []Address { return c.remotes }

// Uses tells that an established subflow has this local address.
func (c *Connection) Uses(local wire.Addr) bool {
	return slices.ContainsFunc(c.subflows, func(t Tuple) bool { return t.Local == local })
}

// Announce announces a local address with its ID (Daemon.ID). Errors: Socket.Announce.
func (c *Connection) Announce(local wire.Addr) error {
	return c.d.s.Announce(c.d.p, c.token, Address{ID: c.d.ID(local), Addr: local})
}

// Remove takes a local address back. Errors: Socket.Remove.
func (c *Connection) Remove(local wire.Addr) error {
	return c.d.s.Remove(c.d.p, c.token, c.id(local))
}

// id is the ID by which the peer knows a local address: 0 for the first subflow's.
func (c *Connection) id(local wire.Addr) uint8 {
	if local == c.first.Local {
		return 0
	}
	return c.d.ID(local)
}

// AddSubflow opens a subflow from a local address to one of the peer, port 0: that of the connection. Errors:
// Socket.CreateSubflow.
func (c *Connection) AddSubflow(local wire.Addr, remote Address, backup bool) error {
	if remote.Port == 0 {
		remote.Port = c.first.RemotePort
	}
	return c.d.s.CreateSubflow(c.d.p, c.token, Subflow{
		Local: Address{ID: c.id(local), Addr: local, Backup: backup}, Remote: remote})
}

// RemoveSubflow ends a subflow. Errors: Socket.DestroySubflow.
func (c *Connection) RemoveSubflow(t Tuple) error { return c.d.s.DestroySubflow(c.d.p, c.token, t) }

// SetBackup changes a subflow's priority. Errors: Socket.SetPriority.
func (c *Connection) SetBackup(t Tuple, backup bool) error {
	return c.d.s.SetPriority(c.d.p, c.token, t, backup)
}

// Peer returns the peer's first address as one to open subflows to.
func (c *Connection) Peer() Address { return Address{Addr: c.first.Remote, Port: c.first.RemotePort} }
