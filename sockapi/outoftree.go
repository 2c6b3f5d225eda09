package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sockapi/abi"
)

// The options of the out-of-tree kernel (multipath-tcp/mptcp v0.95, net/ipv4/tcp.c and
// net/mptcp/mptcp_ctrl.c), which hosts with APIDraft and APILinuxFork have: use Multipath TCP or not, its
// scheduler and path manager by name, and what it knows of itself. Their octets are in outoftreeraw.go.

// outOfTree tells why an option of that kernel cannot be used.
func (s *Socket) outOfTree() error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.host.api == APIUpstream:
		return ENOPROTOOPT
	}
	return nil
}

// outOfTreeSet tells why an option that shapes the connection to come cannot be set.
func (s *Socket) outOfTreeSet() error {
	if err := s.outOfTree(); err != nil {
		return err
	}
	if s.host.mptcp == nil || s.state != socketFresh {
		return EPERM
	}
	return nil
}

// SetMPTCPEnabled is MPTCP_ENABLED: whether the connection to come is to be Multipath TCP. Errors: EBADF,
// EPERM once the socket listens or connects and on a host without Multipath TCP, ENOPROTOOPT with
// APIUpstream.
func (s *Socket) SetMPTCPEnabled(on bool) error {
	if err := s.outOfTreeSet(); err != nil {
		return err
	}
	s.choose(on)
	return nil
}

// MPTCPEnabled reads MPTCP_ENABLED: whether the connection is Multipath TCP now, or while its SYN is on
// the way whether that was asked for; false without a connection. Errors: EBADF, ENOPROTOOPT.
func (s *Socket) MPTCPEnabled() (bool, error) {
	if err := s.outOfTree(); err != nil {
		return false, err
	}
	s.settle()
	if s.state == socketConnecting {
		return s.network == MPTCP, nil
	}
	m := s.multipath()
	return m != nil && !m.Fallback(), nil
}

// SetMPTCPScheduler is MPTCP_SCHEDULER: a name of package sched, or "default" for minrtt. Errors: EBADF,
// EPERM as SetMPTCPEnabled, ENOENT for a name that is not known, ENOPROTOOPT.
func (s *Socket) SetMPTCPScheduler(name string) error {
	if err := s.outOfTreeSet(); err != nil {
		return err
	}
	if name == "default" {
		name = "minrtt"
	}
	if _, err := sched.New(name); err != nil {
		return ENOENT
	}
	s.wish(func(w *wishes) { w.scheduler = name })
	return nil
}

// MPTCPScheduler reads MPTCP_SCHEDULER: of the connection, or that it will have. minrtt is called
// "default". Errors: EBADF, ENOPROTOOPT.
func (s *Socket) MPTCPScheduler() (string, error) {
	if err := s.outOfTree(); err != nil {
		return "", err
	}
	name := ""
	if m := s.multipath(); m != nil && !m.Fallback() {
		name = m.Info().Scheduler
	} else if w := s.opt.wishes; w != nil && w.scheduler != "" {
		name = w.scheduler
	} else if s.host.mptcp != nil {
		name = s.host.mptcp.Config().Scheduler
	}
	if name == "minrtt" {
		name = "default"
	}
	return name, nil
}

// SetMPTCPPathManager is MPTCP_PATH_MANAGER: a name of package pm, or "default" for none. Errors: as
// SetMPTCPScheduler.
func (s *Socket) SetMPTCPPathManager(name string) error {
	if err := s.outOfTreeSet(); err != nil {
		return err
	}
	if name == "default" {
		name = "none"
	}
	if _, err := pm.New(name, s.host.mptcp.Config().Paths); err != nil {
		return ENOENT
	}
	s.wish(func(w *wishes) { w.manager = name })
	return nil
}

// MPTCPPathManager reads MPTCP_PATH_MANAGER: of the connection, or that it will have. none is called
// "default". Errors: EBADF, ENOPROTOOPT.
func (s *Socket) MPTCPPathManager() (string, error) {
	if err := s.outOfTree(); err != nil {
		return "", err
	}
	name := ""
	if m := s.multipath(); m != nil && !m.Fallback() {
		name = m.Info().PathManager
	} else if w := s.opt.wishes; w != nil && w.manager != "" {
		name = w.manager
	} else if s.host.mptcp != nil {
		name = s.host.mptcp.Config().PathManager
	}
	if name == "none" {
		name = "default"
	}
	return name, nil
}

// SaveFirstSubflow is MPTCP_INFO of setsockopt with the flag MPTCP_INFO_FLAG_SAVE_MASTER: what is known
// of the first subflow stays when it closes. Errors: EBADF, EPERM on a host without Multipath TCP,
// ENOPROTOOPT.
func (s *Socket) SaveFirstSubflow(on bool) error {
	if err := s.outOfTree(); err != nil {
		return err
	}
	if s.host.mptcp == nil {
		return EPERM
	}
	s.wish(func(w *wishes) { w.keepFirst = on })
	if m := s.multipath(); m != nil {
		m.KeepFirst(on)
	}
	return nil
}

// OutOfTreeInfo is what MPTCP_INFO of that kernel tells.
type OutOfTreeInfo struct {
	Meta     abi.MetaInfo   // the connection as if it were one TCP socket
	Subflows []MPTCPSubflow // the newest first
}

// OutOfTreeInfo is MPTCP_INFO of the out-of-tree kernel. Errors: EBADF, EINVAL for a connection that is
// not Multipath TCP, or not yet, or not any more, ENOPROTOOPT.
func (s *Socket) OutOfTreeInfo() (i OutOfTreeInfo, err error) {
	m, err := s.outOfTreeConn()
	if err != nil {
		return i, err
	}
	i.Meta = s.metaInfo(m)
	m.EachAttached(func(x mptcp.SubflowInfo) bool {
		i.Subflows = append(i.Subflows, MPTCPSubflow{ID: x.ID + 1, Local: x.Local, LocalPort: x.LocalPort,
			Remote:     x.Remote,
			RemotePort: x.RemotePort, TCP: m.Endpoint(x.ID).TCPInfo(s.now())})
		return true
	})
	return i, nil
}

// FirstSubflowInfo is the part of MPTCP_INFO that is about the first subflow: TCP_INFO of it, also when
// it has closed if SaveFirstSubflow had been called before. Errors: EINVAL after it has closed if that
// was not asked for, ENOMEM if it was asked for too late, and those of OutOfTreeInfo.
func (s *Socket) FirstSubflowInfo() (tcp.TCPInfo, error) {
	m, err := s.outOfTreeConn()
	if err != nil {
		return tcp.TCPInfo{}, err
	}
	if x, _ := m.Subflow(0); x.Attached {
		return m.Endpoint(0).TCPInfo(s.now()), nil
	}
	i, ok := m.KeptFirst()
	switch w := s.opt.wishes; {
	case ok:
		return i, nil
	case w != nil && w.keepFirst:
		return i, ENOMEM
	}
	return i, EINVAL
}

func (s *Socket) outOfTreeConn() (*mptcp.Conn, error) {
	if err := s.outOfTree(); err != nil {
		return nil, err
	}
	m := s.multipath()
	if m == nil || m.Fallback() || !s.conn.connected() {
		return nil, EINVAL
	}
	return m, nil
}

// kernelState is the number of include/net/tcp_states.h for a state of the connection.
func kernelState(m mptcp.State) uint8 {
	switch m {
	case mptcp.Established:
		return 1
	case mptcp.SynSent:
		return 2
	case mptcp.SynReceived:
		return 3
	case mptcp.FinWait1:
		return 4
	case mptcp.FinWait2:
		return 5
	case mptcp.TimeWait:
		return 6
	case mptcp.CloseWait:
		return 8
	case mptcp.LastAck:
		return 9
	case mptcp.Closing:
		return 11
	default:
		return 7 // CLOSE
	}
}

// metaInfo is mptcp_meta_info. The connection keeps no segments: their numbers are those of full ones.
func (s *Socket) metaInfo(m *mptcp.Conn) abi.MetaInfo {
	x, k, now := m.Info(), m.KernelInfo(), s.now()
	mss := max(m.MaxSeg(), 1)
	segments := func(octets int64) uint32 { return uint32((octets + mss - 1) / mss) }
	retransmits := octet8(k.Retransmits)
	return abi.MetaInfo{State: kernelState(x.State), Retransmits: retransmits, Backoff: retransmits,
		RTO: uint32(min(k.DataRTO/1000, 1<<32-1)), Unacked: segments(x.BytesSent - x.BytesAcked),
		LastDataSent: age(now, k.SentAt), LastDataRecv: age(now, k.ReceivedAt), LastAckRecv: age(now, k.HeardAt),
		TotalRetrans: segments(x.BytesReinjected), BytesAcked: uint64(x.BytesAcked),
		BytesReceived: uint64(x.BytesReceived)}
}

// prepareOutOfTree gives a connection its scheduler and path manager.
func (s *Socket) prepareOutOfTree(now sim.Time, m *mptcp.Conn, w *wishes) {
	if w.scheduler != "" {
		c, _ := sched.New(w.scheduler) // the names were checked
		m.SetScheduler(now, c)
	}
	if w.manager != "" {
		c := m.Stack().Config()
		p, _ := pm.New(w.manager, c.Paths)
		_ = m.SetManager(p, c.MaxSubflows) // a number that Config.Validate has passed
	}
	if w.keepFirst {
		m.KeepFirst(true)
	}
}
