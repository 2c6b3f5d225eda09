package netlink

import (
	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// The commands of family "mptcp" (net/mptcp/mptcp_netlink.c of the out-of-tree kernel v0.95). Each checks
// in the kernel's order, so that of two things that are wrong the same one is told.

func (k *Kernel) outOfTree(now sim.Time, c Command, m Message) error {
	switch c {
	case CmdAnnounce:
		return k.oldAnnounce(now, m)
	case CmdRemove:
		return k.oldRemove(now, m)
	case CmdSubflowCreate:
		return k.oldCreate(now, m)
	case CmdSubflowDestroy:
		return k.oldDestroy(now, m)
	case CmdSetPriority:
		return k.oldPriority(now, m)
	case CmdSetFilter:
		if !m.Has.Has(AttrFlags) {
			return sockapi.EINVAL
		}
		k.filter = Mask(m.Flags)
		return nil
	case CmdExist:
		switch {
		case !m.Has.Has(AttrToken):
			return sockapi.EINVAL
		case k.stack.Find(m.Token) == nil:
			return sockapi.ENOTCONN
		}
		return nil
	}
	return sockapi.EOPNOTSUPP
}

// hasAddr tells that an address of the family that the message names is there.
func hasAddr(m Message, which Attrs, a wire.Addr) bool {
	return m.Has.Has(which|AttrFamily) && (m.Family == Inet || m.Family == Inet6) && familyOf(a) == m.Family
}

func (k *Kernel) oldAnnounce(now sim.Time, m Message) error {
	if !m.Has.Has(AttrToken | AttrFamily | AttrLocalID) {
		return sockapi.EINVAL
	}
	s := k.session(m)
	if s == nil || !hasAddr(m, AttrLocalAddr, m.Local) {
		return sockapi.EINVAL
	}
	x := s.byAddr(m.Local, 0)
	switch {
	case x != nil && x.id != m.LocalID:
		return sockapi.EINVAL
	case x == nil && !s.room(m.Local):
		return sockapi.ENOBUFS
	case x == nil: // the ID may be another address's: that is for the daemon to see to
		s.addresses = append(s.addresses, address{id: m.LocalID, addr: m.Local})
		x = &s.addresses[len(s.addresses)-1]
	}
	x.backup, x.ifIndex = m.Backup, m.IfIndex
	return s.signal(now, *x)
}

func (k *Kernel) oldRemove(now sim.Time, m Message) error {
	if !m.Has.Has(AttrToken | AttrLocalID) {
		return sockapi.EINVAL
	}
	s := k.session(m)
	if s == nil {
		return sockapi.EINVAL
	}
	x := s.byID(m.LocalID, true)
	if x == nil {
		x = s.byID(m.LocalID, false)
	}
	if x == nil {
		return sockapi.EINVAL
	}
	s.forget(x)
	s.withdraw(now, m.LocalID)
	return nil
}

func (k *Kernel) oldCreate(now sim.Time, m Message) error {
	if !m.Has.Has(AttrToken | AttrFamily | AttrLocalID | AttrRemoteID) {
		return sockapi.EINVAL
	}
	if k.stack.Find(m.Token) == nil { // distinct, so that a daemon that is late can tell
		return sockapi.EBADR
	}
	s := k.session(m)
	switch {
	case s == nil:
		return sockapi.EINVAL
	case s.conn.Detached():
		return sockapi.EOWNERDEAD
	}
	if err := errnoOf(s.conn.MayOpenSubflow()); err != nil && err != sockapi.EPERM {
		return err // ENOTCONN, EAGAIN
	}
	if !hasAddr(m, AttrRemoteAddr, m.Remote) || !m.Has.Has(AttrRemotePort) {
		return sockapi.EINVAL
	}
	local := address{id: m.LocalID, addr: m.Local, ifIndex: m.IfIndex, backup: m.Backup}
	if !m.Has.Has(AttrLocalAddr) {
		x := s.byID(m.LocalID, m.Family == Inet)
		if x == nil {
			return sockapi.EINVAL
		}
		local = *x
	} else if !hasAddr(m, AttrLocalAddr, m.Local) {
		return sockapi.EINVAL
	}
	return s.open(now, local, m.RemoteID, m.Remote, m.LocalPort, m.RemotePort)
}

// oldLookup finds the subflow of addresses and ports, all of which must be there.
func (s *session) oldLookup(m Message) (mptcp.SubflowInfo, bool) {
	if !m.Has.Has(AttrLocalPort|AttrRemotePort) || !hasAddr(m, AttrLocalAddr, m.Local) ||
		!hasAddr(m, AttrRemoteAddr, m.Remote) {
		return mptcp.SubflowInfo{}, false
	}
	return s.attached(m)
}

func (k *Kernel) oldDestroy(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil {
		return sockapi.EINVAL
	}
	i, ok := s.oldLookup(m)
	if !ok {
		return sockapi.EINVAL
	}
	return errnoOf(s.conn.CloseSubflow(now, i.ID, mptcp.CloseReset))
}

func (k *Kernel) oldPriority(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil {
		return sockapi.EINVAL
	}
	i, ok := s.oldLookup(m)
	switch {
	case !ok:
		return sockapi.EINVAL
	case i.Established == 0: // no ACK can be sent before the handshake is over
		return sockapi.ENOTCONN
	}
	return errnoOf(s.conn.PrioritiseSubflow(now, i.ID, m.Backup))
}
