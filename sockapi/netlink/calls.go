package netlink

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// The commands as a daemon's library has them: each fills in the attributes that its command needs.

// Address is a local address with the ID by which the peer knows it. IDs are the daemon's to hand out: one
// address, one ID, as long as the connection lives.
type Address struct {
	ID      uint8
	Addr    wire.Addr
	Port    uint16 // upstream: announced with the address; 0: that of the connection
	IfIndex int    // interface, from 1; 0: by routing
	Backup  bool
}

// Tuple names a subflow.
type Tuple struct {
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
}

// Tuple returns the addresses and ports of a message.
func (m Message) Tuple() Tuple {
	return Tuple{Local: m.Local, Remote: m.Remote, LocalPort: m.LocalPort, RemotePort: m.RemotePort}
}

// Announce has the kernel announce an address to the peer (ADD_ADDR). Errors: EINVAL: no such connection,
// or the address has another ID, upstream also: the ID is 0 or another address's; ENOBUFS: out of tree,
// eight addresses of the family are known.
func (s *Socket) Announce(p *sim.Proc, token uint32, a Address) error {
	m := s.local(a, AddrSignal)
	m.Has |= AttrToken
	m.Token = token
	return s.run(p, CmdAnnounce, m)
}

// Remove has the kernel take an address back (REMOVE_ADDR). Subflows that use it stay until the peer closes
// them. Errors: EINVAL: no such connection, or no address of that ID. ID 0 is the first subflow's address;
// upstream takes it while a subflow uses it.
func (s *Socket) Remove(p *sim.Proc, token uint32, id uint8) error {
	return s.run(p, CmdRemove, Message{Has: AttrToken | AttrLocalID, Token: token, LocalID: id})
}

// Subflow is a subflow that is to be created. Remote.Backup and Remote.IfIndex mean nothing.
type Subflow struct {
	Local     Address // Addr zero: the one with this ID; out of tree only
	LocalPort uint16  // 0: an ephemeral one
	Remote    Address
}

// CreateSubflow has the kernel send the SYN of a join; whether it succeeds is told by an event. Errors: no
// such connection: EINVAL, out of tree EBADR; the connection is over or falls back: ENOTCONN; not fully
// established: ENOTCONN, out of tree EAGAIN; its application has closed it: out of tree EOWNERDEAD;
// addresses of different families, an address with another ID, no address: EINVAL; else as bind and
// connect: EADDRNOTAVAIL, EADDRINUSE, ENETUNREACH, EACCES where the peer takes no joins, EPERM if there are
// too many subflows. Upstream forgets the address when the command fails.
func (s *Socket) CreateSubflow(p *sim.Proc, token uint32, f Subflow) error {
	m := s.local(f.Local, 0)
	m.Has |= AttrToken | AttrRemoteID | AttrRemoteAddr | AttrRemotePort
	m.Token, m.RemoteID, m.Remote, m.RemotePort = token, f.Remote.ID, f.Remote.Addr, f.Remote.Port
	if m.LocalPort = f.LocalPort; m.LocalPort != 0 {
		m.Has |= AttrLocalPort
	}
	if !f.Local.Addr.IsValid() {
		m.Has &^= AttrLocalAddr
		m.Family = familyOf(f.Remote.Addr)
	}
	return s.run(p, CmdSubflowCreate, m)
}

// DestroySubflow ends a subflow; what the peer has not acknowledged goes out on the others. Upstream closes
// it in good order, the out-of-tree kernel resets it. Errors: EINVAL: no such connection, a port is
// missing, the addresses do not fit; no such subflow: ESRCH, out of tree EINVAL.
func (s *Socket) DestroySubflow(p *sim.Proc, token uint32, t Tuple) error {
	m := t.message(token)
	return s.run(p, CmdSubflowDestroy, m)
}

// SetPriority makes a subflow backup or regular and tells the peer (MP_PRIO). Upstream a port 0 matches
// any. Errors: EINVAL: no such connection or subflow; ENOTCONN: out of tree, its handshake is not over.
func (s *Socket) SetPriority(p *sim.Proc, token uint32, t Tuple, backup bool) error {
	m := t.message(token)
	m.Has |= AttrBackup | AttrFlags
	m.Backup = backup
	if backup {
		m.Flags = AddrBackup
	}
	return s.run(p, CmdSetPriority, m)
}

// SetFilter has only these events sent from now on, to every socket of the host: the out-of-tree family's.
// Errors: EOPNOTSUPP upstream.
func (s *Socket) SetFilter(p *sim.Proc, events Mask) error {
	return s.run(p, CmdSetFilter, Message{Has: AttrFlags, Flags: uint32(events)})
}

// Exist asks whether there is a connection with this token: the out-of-tree family's. Errors: ENOTCONN:
// there is none; EOPNOTSUPP upstream.
func (s *Socket) Exist(p *sim.Proc, token uint32) error {
	return s.run(p, CmdExist, Message{Has: AttrToken, Token: token})
}

// local fills in what a command says of a local address.
func (s *Socket) local(a Address, flags uint32) Message {
	m := Message{Has: AttrFamily | AttrLocalID | AttrLocalAddr | AttrBackup | AttrFlags | AttrIfIndex,
		Family: familyOf(a.Addr), LocalID: a.ID, Local: a.Addr, IfIndex: a.IfIndex, Backup: a.Backup, Flags: flags}
	if a.Backup {
		m.Flags |= AddrBackup
	}
	if s.k.family == Upstream && a.Port != 0 {
		m.Has |= AttrLocalPort
		m.LocalPort = a.Port
	}
	return m
}

// message fills in a subflow's addresses and ports.
func (t Tuple) message(token uint32) Message {
	return Message{Has: AttrToken | AttrFamily | AttrLocalAddr | AttrRemoteAddr | AttrLocalPort | AttrRemotePort,
		Token: token, Family: familyOf(t.Local), Local: t.Local, Remote: t.Remote, LocalPort: t.LocalPort,
		RemotePort: t.RemotePort}
}
