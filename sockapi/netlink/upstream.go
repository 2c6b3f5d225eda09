package netlink

import (
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/sim"
	"mpsim/sockapi"
)

// The commands of family "mptcp_pm" on connections (net/mptcp/pm_userspace.c of Linux 6.18). The address of
// this host is an entry with flags; that of the peer is an address.

// hasEntry tells that the nested attribute of the local address is there and complete.
func hasEntry(m Message) bool { return hasAddr(m, AttrLocalAddr, m.Local) }

// append enters an address and its ID. It fails with EINVAL if one of the two is known with another partner.
func (s *session) append(a address) error {
	for i := range s.addresses {
		x := &s.addresses[i]
		sameAddr, sameID := x.addr == a.addr && x.port == a.port, x.id == a.id
		switch {
		case sameAddr && sameID:
			return nil
		case sameAddr || sameID:
			return sockapi.EINVAL
		}
	}
	s.addresses = append(s.addresses, a)
	return nil
}

func entryOf(m Message) address {
	return address{id: m.LocalID, addr: m.Local, port: m.LocalPort, ifIndex: m.IfIndex,
		backup: m.Flags&AddrBackup != 0}
}

func (k *Kernel) announce(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil || !hasEntry(m) || m.LocalID == 0 || m.Flags&AddrSignal == 0 {
		return sockapi.EINVAL
	}
	a := entryOf(m)
	if err := s.append(a); err != nil {
		return err
	}
	return s.signal(now, a)
}

func (k *Kernel) remove(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil || !m.Has.Has(AttrLocalID) {
		return sockapi.EINVAL
	}
	if m.LocalID == 0 { // the address of the first subflow, which no command has entered
		if !s.usesLocal(func(i mptcp.SubflowInfo) bool { return i.LocalID == 0 }) {
			return sockapi.EINVAL
		}
		s.withdraw(now, 0)
		return nil
	}
	x := s.byID(m.LocalID, true)
	if x == nil {
		return sockapi.EINVAL
	}
	a := *x
	s.forget(x)
	if a.announced || s.usesLocal(func(i mptcp.SubflowInfo) bool { return i.Local == a.addr }) {
		s.withdraw(now, a.id)
	}
	return nil
}

func (k *Kernel) create(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil || !hasEntry(m) || !m.Has.Has(AttrRemoteAddr) || m.Flags&AddrSignal != 0 ||
		familyOf(m.Remote) != m.Family {
		return sockapi.EINVAL
	}
	a := entryOf(m)
	if err := s.append(a); err != nil {
		return err
	}
	err := s.open(now, a, m.RemoteID, m.Remote, m.LocalPort, m.RemotePort)
	if err == sockapi.EAGAIN { // not fully established
		err = sockapi.ENOTCONN
	}
	if err != nil {
		s.forget(s.exact(a.addr, a.port))
	}
	return err
}

func (k *Kernel) destroy(now sim.Time, m Message) error {
	s := k.session(m)
	if s == nil || !hasEntry(m) || !m.Has.Has(AttrRemoteAddr) || familyOf(m.Remote) != m.Family ||
		m.LocalPort == 0 || m.RemotePort == 0 {
		return sockapi.EINVAL
	}
	i, ok := s.attached(m)
	if !ok {
		return sockapi.ESRCH
	}
	if x := s.byAddr(m.Local, 0); x != nil {
		s.forget(x)
	}
	if err := errnoOf(s.conn.CloseSubflow(now, i.ID, mptcp.CloseBoth)); err != nil {
		return err
	}
	if e := s.conn.Endpoint(i.ID); e != nil { // its FIN is on its way; the event does not wait for the peer's
		s.told = append(s.told, i.ID)
		s.tell(now, EventSubflowClosed, s.subflow(subflowOf(i)))
	}
	return nil
}

// subflowOf is a subflow as a path manager sees it.
func subflowOf(i mptcp.SubflowInfo) pm.Subflow {
	return pm.Subflow{ID: i.ID, LocalID: i.LocalID, RemoteID: i.RemoteID, Local: i.Local, Remote: i.Remote,
		LocalPort: i.LocalPort, RemotePort: i.RemotePort, Established: i.Established != 0, Backup: i.Backup,
		Incoming: !i.Opener}
}

// setFlags is SET_FLAGS: with a token it changes the priority of one subflow, without one an endpoint.
func (k *Kernel) setFlags(now sim.Time, m Message) error {
	if !m.Has.Has(AttrToken) {
		_, err := k.endpoint(CmdSetPriority, m)
		return err
	}
	s := k.session(m)
	if s == nil || !hasEntry(m) || !m.Has.Has(AttrRemoteAddr) || !m.Remote.IsValid() {
		return sockapi.EINVAL
	}
	backup := m.Flags&AddrBackup != 0
	if x := s.byAddr(m.Local, m.LocalPort); x != nil {
		x.backup = backup
	}
	if m.LocalPort == 0 {
		m.Has &^= AttrLocalPort
	}
	if m.RemotePort == 0 {
		m.Has &^= AttrRemotePort
	}
	i, ok := s.attached(m)
	if !ok {
		return sockapi.EINVAL
	}
	return errnoOf(s.conn.PrioritiseSubflow(now, i.ID, backup))
}
