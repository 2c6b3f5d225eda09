package sockapi

import (
	"slices"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// The basic API of RFC 6897 section 5.3, which hosts with APIDraft have: use Multipath TCP or not, from
// which local addresses, and what has come of it. The RFC names neither errors nor octets; those are
// decisions of this package.
//
// Section 5.2 wants an application that binds to one address to get no subflows from others. So a socket
// that is bound to a specific address, or that listens at one, uses that alone: path managers do not see
// the others, and joins of the peer to them are refused. MultipathAdd names more. None of this binds
// OpenSub, by which the application itself says where from. The kernels do not have the rule: with
// APILinuxFork and APIUpstream Bind concerns the first subflow only.

// MultipathAddr is a local address and, if not 0, the port that subflows from it are to have.
type MultipathAddr struct {
	Addr wire.Addr
	Port uint16
}

// wishes are what options of the neighbouring interfaces have set for the connection to come; accepted
// sockets inherit them. They are replaced, not changed, since sockets share them.
type wishes struct {
	addrs              []MultipathAddr // RFC 6897: the only ones to use, if restricted
	restricted         bool
	scheduler, manager string // out-of-tree kernel; empty: the host's
	keepFirst          bool
}

// wish changes what is wished for.
func (s *Socket) wish(change func(w *wishes)) {
	w := wishes{}
	if s.opt.wishes != nil {
		w = *s.opt.wishes
		w.addrs = slices.Clone(w.addrs)
	}
	change(&w)
	s.opt.wishes = &w
}

// SetMultipathEnable is TCP_MULTIPATH_ENABLE: whether the connection to come is to be Multipath TCP.
// Errors: EBADF, EPERM once the socket listens or connects, EOPNOTSUPP to turn it on on a host that does
// not have it, ENOPROTOOPT.
func (s *Socket) SetMultipathEnable(on bool) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.host.api != APIDraft:
		return ENOPROTOOPT
	case s.state != socketFresh:
		return EPERM
	case on && s.host.mptcp == nil:
		return EOPNOTSUPP
	}
	s.choose(on)
	return nil
}

// choose sets the transport of a socket that has no connection.
func (s *Socket) choose(multipath bool) {
	s.network = TCP
	if multipath {
		s.network = MPTCP
	}
}

// MultipathEnable reads TCP_MULTIPATH_ENABLE: whether the connection is Multipath TCP, which a fallback
// ends. Errors: EBADF, ENOTCONN before it is established, ENOPROTOOPT.
func (s *Socket) MultipathEnable() (bool, error) {
	if err := s.established(); err != nil {
		return false, err
	}
	m := s.conn.MPTCP()
	return m != nil && !m.Fallback(), nil
}

// established tells why what can be read of an established connection cannot be read.
func (s *Socket) established() error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.host.api != APIDraft:
		return ENOPROTOOPT
	case s.conn == nil || s.state != socketConnected && s.state != socketConnecting || !s.conn.connected():
		return ENOTCONN
	}
	return nil
}

// MultipathAdd is TCP_MULTIPATH_ADD. Before the connection is there it names local addresses that it may
// use, and no others then; the first one of the peer's family is the first subflow's, unless Connect or
// Bind has chosen another of them. During the connection it names further ones, which the path manager
// may use and the peer be told of; if there was no restriction they were there already. A port is a hint:
// it is used where it is free. Errors: EBADF, EINVAL for an empty list, EADDRNOTAVAIL for an address that
// the host has not, EOPNOTSUPP for plain TCP, also by fallback, ENOTCONN once the connection is over,
// ENOPROTOOPT; nothing is done then.
func (s *Socket) MultipathAdd(list ...MultipathAddr) error {
	m, err := s.changeable(list)
	if err != nil {
		return err
	}
	if m == nil {
		s.wish(func(w *wishes) {
			if !w.restricted && s.local.IsValid() {
				w.addrs = append(w.addrs, MultipathAddr{s.local, s.lport})
			}
			w.restricted = true
			for _, a := range list {
				w.addrs = append(slices.DeleteFunc(w.addrs, func(o MultipathAddr) bool { return o.Addr == a.Addr }), a)
			}
		})
		return nil
	}
	for _, a := range list {
		if a.Port != 0 {
			m.SetLocalPort(a.Addr, a.Port)
		}
		if err := m.AddLocal(s.now(), a.Addr); err != nil {
			return subError(err)
		}
	}
	return nil
}

// MultipathRemove is TCP_MULTIPATH_REMOVE: the connection may not use these local addresses any more.
// During the connection their subflows are closed, when what they have under way is with others, and the
// peer is told by REMOVE_ADDR. Where no subflow from another address is there to carry on, one is opened
// first. A port narrows an address to its subflows at that port: they are closed and the address stays,
// with a port of the stack's choice. Errors: those of MultipathAdd; EADDRNOTAVAIL also for an address
// that was taken away before, EINVAL where no address would be left.
func (s *Socket) MultipathRemove(list ...MultipathAddr) error {
	m, err := s.changeable(list)
	if err != nil {
		return err
	}
	allowed := s.allowed(m)
	for _, a := range list {
		i := slices.Index(allowed, a.Addr)
		switch {
		case i < 0:
			return EADDRNOTAVAIL
		case a.Port == 0:
			allowed = slices.Delete(allowed, i, i+1)
		}
	}
	if len(allowed) == 0 {
		return EINVAL
	}
	if m == nil {
		s.wishLess(list, allowed)
		return nil
	}
	s.keepGoing(m, allowed)
	for _, a := range list {
		if a.Port != 0 {
			s.removePort(m, a)
		} else if err := m.RemoveLocal(s.now(), a.Addr); err != nil {
			return subError(err)
		}
	}
	return nil
}

// changeable judges a list of addresses; m is nil where there is no connection yet.
func (s *Socket) changeable(list []MultipathAddr) (m *mptcp.Conn, err error) {
	m = s.multipath()
	switch {
	case s.state == socketClosed:
		return nil, EBADF
	case s.host.api != APIDraft:
		return nil, ENOPROTOOPT
	case s.host.mptcp == nil, s.network != MPTCP, m != nil && m.Fallback():
		return nil, EOPNOTSUPP
	case len(list) == 0:
		return nil, EINVAL
	}
	own := s.host.mptcp.Host().Addrs()
	for _, a := range list {
		if !slices.Contains(own, a.Addr) {
			return nil, EADDRNOTAVAIL
		}
	}
	return m, nil
}

// allowed returns the local addresses that the connection may use, or the one to come.
func (s *Socket) allowed(m *mptcp.Conn) []wire.Addr {
	var list []wire.Addr
	switch w := s.opt.wishes; {
	case m != nil:
		list = m.Locals()
	case w != nil && w.restricted:
		for _, a := range w.addrs {
			list = append(list, a.Addr)
		}
	case s.local.IsValid():
		list = []wire.Addr{s.local}
	}
	if list == nil {
		list = slices.Clone(s.host.mptcp.Host().Addrs())
	}
	return list
}

// wishLess is MultipathRemove before there is a connection; left are the addresses that stay.
func (s *Socket) wishLess(list []MultipathAddr, left []wire.Addr) {
	s.wish(func(w *wishes) {
		ports := w.addrs
		w.restricted, w.addrs = true, nil
		for _, a := range left {
			x := MultipathAddr{Addr: a}
			for _, p := range ports {
				if p.Addr == a && !slices.Contains(list, p) {
					x.Port = p.Port
				}
			}
			w.addrs = append(w.addrs, x)
		}
	})
}

// keepGoing opens a subflow from one of the addresses that will be left unless there is one (RFC 6897
// section 5.3.3: first establish, then remove). Where none can be opened the connection waits without.
func (s *Socket) keepGoing(m *mptcp.Conn, left []wire.Addr) {
	there := false
	m.EachAttached(func(i mptcp.SubflowInfo) bool {
		there = there || i.Established != 0 && !i.Closing && slices.Contains(left, i.Local)
		return !there
	})
	for _, a := range left {
		if there {
			return
		}
		_, err := m.OpenSubflow(s.now(), mptcp.SubflowRequest{Local: a, LocalPort: m.LocalPort(a), Interface: -1})
		there = err == nil
	}
}

// removePort closes the subflows at one port of an address.
func (s *Socket) removePort(m *mptcp.Conn, a MultipathAddr) {
	if m.LocalPort(a.Addr) == a.Port {
		m.SetLocalPort(a.Addr, 0)
	}
	var uids []uint32
	m.EachAttached(func(i mptcp.SubflowInfo) bool {
		if i.Local == a.Addr && i.LocalPort == a.Port {
			uids = append(uids, i.ID)
		}
		return true
	})
	for _, uid := range uids {
		_ = m.CloseSubflow(s.now(), uid, mptcp.CloseWrite) // it is there
	}
}

// MultipathSubflows is TCP_MULTIPATH_SUBFLOWS: the addresses and ports of the established subflows, in
// the order in which they were opened. Errors: EBADF, ENOTCONN before the connection is established,
// EOPNOTSUPP for plain TCP, also by fallback, ENOPROTOOPT.
func (s *Socket) MultipathSubflows() ([]SubTuple, error) {
	m, err := s.establishedMPTCP()
	if err != nil {
		return nil, err
	}
	list := []SubTuple{}
	m.EachSubflow(func(i mptcp.SubflowInfo) bool {
		if i.Attached && i.Established != 0 {
			list = append(list, SubTuple{Local: i.Local, Remote: i.Remote, LocalPort: i.LocalPort,
				RemotePort: i.RemotePort})
		}
		return true
	})
	return list, nil
}

// MultipathConnID is TCP_MULTIPATH_CONNID: a number of the connection that no other one of the host has
// while it lives, which is the token (RFC 6897 section 5.3.3). Errors: those of MultipathSubflows.
func (s *Socket) MultipathConnID() (uint32, error) {
	m, err := s.establishedMPTCP()
	if err != nil {
		return 0, err
	}
	return m.LocalToken(), nil
}

func (s *Socket) establishedMPTCP() (*mptcp.Conn, error) {
	if err := s.established(); err != nil {
		return nil, err
	}
	m := s.conn.MPTCP()
	if m == nil || m.Fallback() {
		return nil, EOPNOTSUPP
	}
	return m, nil
}

// firstLocal returns the address and port of the first subflow of a connection that is about to be made:
// what Bind has said, else what Connect was given, else the first one that is wished for. It is
// EADDRNOTAVAIL if none of those is of the peer's family.
func (s *Socket) firstLocal(local, remote wire.Addr) (wire.Addr, uint16, error) {
	if s.local.IsValid() {
		local = s.local
	}
	w := s.opt.wishes
	if s.network != MPTCP || w == nil || !w.restricted {
		return local, s.lport, nil
	}
	best := -1
	for i, a := range w.addrs {
		if a.Addr.Is4() == remote.Is4() && (best < 0 || a.Addr == local) {
			best = i
		}
	}
	if best < 0 {
		return local, 0, EADDRNOTAVAIL
	}
	if s.lport != 0 {
		return w.addrs[best].Addr, s.lport, nil
	}
	return w.addrs[best].Addr, w.addrs[best].Port, nil
}

// prepareWishes gives a connection what was wished for, before it is opened or its SYN/ACK leaves.
func (s *Socket) prepareWishes(now sim.Time, m *mptcp.Conn) {
	w := s.opt.wishes
	switch {
	case s.host.api != APIDraft:
	case w != nil && w.restricted:
		var list []wire.Addr
		for _, a := range w.addrs {
			list = append(list, a.Addr)
			if a.Port != 0 {
				m.SetLocalPort(a.Addr, a.Port)
			}
		}
		m.RestrictLocals(list)
	case s.local.IsValid():
		m.RestrictLocals([]wire.Addr{s.local})
	}
	if w != nil {
		s.prepareOutOfTree(now, m, w)
	}
}
