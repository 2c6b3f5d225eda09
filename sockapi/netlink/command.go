package netlink

import (
	"errors"

	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// Do gives the kernel a command with just these attributes and returns its answer: an error, or what was
// asked for. It blocks for the socket's latency. Other methods of Socket fill the attributes in. Errors of
// all commands: EBADF after Close, EOPNOTSUPP for a command that the family does not have, EPERM without
// privilege; those of each command are documented there.
func (s *Socket) Do(p *sim.Proc, c Command, m Message) (answer Message, err error) {
	switch {
	case s.closed:
		return Message{}, sockapi.EBADF
	case c.Number(s.k.family) == 0:
		return Message{}, sockapi.EOPNOTSUPP
	case !s.admin && c != CmdGetAddr && c != CmdGetLimits:
		return Message{}, sockapi.EPERM
	}
	if s.latency > 0 {
		if err := p.Sleep(s.latency); err != nil {
			return Message{}, err
		}
		if s.closed {
			return Message{}, sockapi.EBADF
		}
	}
	s.k.commands++
	return s.k.execute(p.Now(), c, m)
}

// run is Do for commands without answer.
func (s *Socket) run(p *sim.Proc, c Command, m Message) error {
	_, err := s.Do(p, c, m)
	return err
}

func (k *Kernel) execute(now sim.Time, c Command, m Message) (Message, error) {
	if k.family == OutOfTree {
		return Message{}, k.outOfTree(now, c, m)
	}
	switch c {
	case CmdAnnounce:
		return Message{}, k.announce(now, m)
	case CmdRemove:
		return Message{}, k.remove(now, m)
	case CmdSubflowCreate:
		return Message{}, k.create(now, m)
	case CmdSubflowDestroy:
		return Message{}, k.destroy(now, m)
	case CmdSetPriority:
		return Message{}, k.setFlags(now, m)
	default:
		return k.endpoint(c, m)
	}
}

// session finds the connection of a token whose paths are left to user space.
func (k *Kernel) session(m Message) *session {
	if !m.Has.Has(AttrToken) {
		return nil
	}
	c := k.stack.Find(m.Token)
	if c == nil {
		return nil
	}
	s, ok := c.Manager().(*session)
	if !ok || s.k != k { // "userspace PM not selected"
		return nil
	}
	s.conn, s.token = c, m.Token
	return s
}

// attached finds a live subflow by addresses and ports. A port 0 that is not given matches any.
func (s *session) attached(m Message) (found mptcp.SubflowInfo, ok bool) {
	s.conn.EachAttached(func(i mptcp.SubflowInfo) bool {
		ok = i.Local == m.Local && i.Remote == m.Remote &&
			(i.LocalPort == m.LocalPort || m.LocalPort == 0 && !m.Has.Has(AttrLocalPort)) &&
			(i.RemotePort == m.RemotePort || m.RemotePort == 0 && !m.Has.Has(AttrRemotePort))
		if ok {
			found = i
		}
		return !ok
	})
	return found, ok
}

// usesLocal tells that a live subflow uses a local address, by ID or by address.
func (s *session) usesLocal(match func(i mptcp.SubflowInfo) bool) bool {
	used := false
	s.conn.EachAttached(func(i mptcp.SubflowInfo) bool {
		used = used || match(i)
		return !used
	})
	return used
}

// open starts a join with the IDs that user space has given.
func (s *session) open(now sim.Time, local address, remoteID uint8, remote wire.Addr, lport,
	rport uint16) error {
	iface := -1
	if local.ifIndex > 0 {
		iface = local.ifIndex - 1
	}
	_, err := s.conn.OpenSubflow(now, mptcp.SubflowRequest{Local: local.addr, LocalPort: lport, Remote: remote,
		RemotePort: rport, Interface: iface, Backup: local.backup, HasLocalID: true, LocalID: local.id,
		HasRemoteID: true, RemoteID: remoteID})
	return errnoOf(err)
}

// errnoOf gives an error of the connection its number, as a socket's bind and connect would.
func errnoOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mptcp.ErrClosing), errors.Is(err, mptcp.ErrPlain):
		return sockapi.ENOTCONN
	case errors.Is(err, mptcp.ErrNotReady):
		return sockapi.EAGAIN
	case errors.Is(err, mptcp.ErrNoIndex), errors.Is(err, mptcp.ErrLimit):
		return sockapi.EPERM
	case errors.Is(err, mptcp.ErrFamily):
		return sockapi.EAFNOSUPPORT
	case errors.Is(err, mptcp.ErrNoAddress):
		return sockapi.EADDRNOTAVAIL
	case errors.Is(err, mptcp.ErrInUse):
		return sockapi.EADDRINUSE
	case errors.Is(err, mptcp.ErrNoRoute):
		return sockapi.ENETUNREACH
	case errors.Is(err, mptcp.ErrForbidden):
		return sockapi.EACCES
	case errors.Is(err, mptcp.ErrNoAddressID):
		return sockapi.ENOSPC
	}
	return sockapi.EINVAL
}

// signal announces an address (ADD_ADDR), as soon as the connection is established. The out-of-tree kernel
// does not mind an ID that another address has.
func (s *session) signal(now sim.Time, a address) error {
	x := s.exact(a.addr, a.port)
	x.announced = true
	_, err := s.conn.AnnounceAddress(now, a.addr, a.id, a.port)
	switch {
	case errors.Is(err, mptcp.ErrNotReady) && !s.ready:
		x.pending = true
		return nil
	case errors.Is(err, mptcp.ErrNotReady), errors.Is(err, mptcp.ErrAddressID) && s.k.family == OutOfTree:
		// ADD_ADDR may go out before a DSS has come, other than joins.
		_ = s.conn.SetAddressID(a.addr, a.id) // that of joins to it; a contradiction stays one
		s.conn.ManagePaths(now, func(c pm.Conn) {
			c.Announce(pm.Local{ID: a.id, Addr: a.addr, Port: a.port, Up: true, Backup: a.backup})
		})
		return nil
	}
	return errnoOf(err)
}

// signalPending announces what waited for the connection to be established.
func (s *session) signalPending(now sim.Time) {
	for i := range s.addresses {
		if x := &s.addresses[i]; x.pending {
			x.pending = false
			_ = s.signal(now, *x) // the command was answered long ago
		}
	}
}

// withdraw takes an address back (REMOVE_ADDR). Subflows that use it stay: the peer closes them.
func (s *session) withdraw(now sim.Time, id uint8) {
	s.conn.ManagePaths(now, func(c pm.Conn) { c.Withdraw(id) })
}
