package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/abi"
)

// The read-only options of upstream Linux at level SOL_MPTCP: what they tell (Linux 6.18,
// net/mptcp/sockopt.c). Their octets are in solmptcpraw.go.

// MPTCPSubflow is what MPTCP_FULL_INFO tells of one subflow.
type MPTCPSubflow struct {
	ID                    uint32 // in its connection: from 1, never used again
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	TCP                   tcp.TCPInfo
}

// addrs returns the subflow's addresses as structures have them.
func (f *MPTCPSubflow) addrs() abi.SubflowAddrs {
	family := uint16(abi.AF_INET)
	if f.Local.IsValid() && !f.Local.Is4() {
		family = abi.AF_INET6
	}
	return abi.SubflowAddrs{Local: abi.SockaddrOf(f.Local, f.LocalPort, family),
		Remote: abi.SockaddrOf(f.Remote, f.RemotePort, family)}
}

// MPTCPInfo is MPTCP_INFO. A socket that has no connection has the limits alone, a listening one nothing.
// Errors: EBADF, ENOPROTOOPT where the host's API is APILinuxFork, and for a socket that is not MPTCP, or
// not any more, EOPNOTSUPP, over IPv6 ENOPROTOOPT.
func (s *Socket) MPTCPInfo() (abi.MPTCPInfo, error) {
	if err := s.solMPTCP(); err != nil {
		return abi.MPTCPInfo{}, err
	}
	return s.mptcpInfo(), nil
}

// MPTCPTCPInfo is MPTCP_TCPINFO: TCP_INFO of the subflows, in the order in which they were opened.
// Errors: those of MPTCPInfo.
func (s *Socket) MPTCPTCPInfo() ([]tcp.TCPInfo, error) {
	list, err := s.MPTCPSubflows()
	var all []tcp.TCPInfo
	for i := range list {
		all = append(all, list[i].TCP)
	}
	return all, err
}

// MPTCPSubflowAddrs is MPTCP_SUBFLOW_ADDRS: the addresses of the subflows, in the order in which they
// were opened. Errors: those of MPTCPInfo.
func (s *Socket) MPTCPSubflowAddrs() ([]SubTuple, error) {
	list, err := s.MPTCPSubflows()
	var all []SubTuple
	for i := range list {
		f := &list[i]
		all = append(all, SubTuple{Local: f.Local, Remote: f.Remote, LocalPort: f.LocalPort,
			RemotePort: f.RemotePort})
	}
	return all, err
}

// MPTCPFullInfo is MPTCP_FULL_INFO: everything at one moment. Errors: those of MPTCPInfo.
func (s *Socket) MPTCPFullInfo() (abi.MPTCPInfo, []MPTCPSubflow, error) {
	i, err := s.MPTCPInfo()
	if err != nil {
		return i, nil, err
	}
	return i, s.mptcpSubflows(), nil
}

// MPTCPSubflows lists the subflows that are not closed, in the order in which they were opened. The first
// one stays in the list when it is closed, as in Linux: its state is CLOSE (7) then. That of a listening
// socket is the listener. Errors: those of MPTCPInfo.
func (s *Socket) MPTCPSubflows() ([]MPTCPSubflow, error) {
	if err := s.solMPTCP(); err != nil {
		return nil, err
	}
	return s.mptcpSubflows(), nil
}

// solMPTCP tells why the options of level SOL_MPTCP cannot be read.
func (s *Socket) solMPTCP() error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case s.host.API() == APILinuxFork:
		return ENOPROTOOPT
	case s.speaksMPTCP():
		return nil
	case s.overIPv6():
		return ENOPROTOOPT // that is what ipv6_getsockopt says to a level that it does not know
	}
	return EOPNOTSUPP
}

// speaksMPTCP tells whether the socket is MPTCP's, or will be: not after a fallback.
func (s *Socket) speaksMPTCP() bool {
	if s.network != MPTCP {
		return false
	}
	c := s.multipath()
	return s.conn == nil || s.state == socketFresh || c != nil && !c.Fallback()
}

// multipath returns the socket's MPTCP connection, connecting or connected or over, fallen back or not;
// else nil.
func (s *Socket) multipath() *mptcp.Conn {
	if s.conn == nil || s.state == socketFresh {
		return nil
	}
	return s.conn.MPTCP()
}

// overIPv6 tells whether the socket has an address of IPv6.
func (s *Socket) overIPv6() bool {
	a := s.local
	if s.conn != nil {
		if t := s.conn.TCP(); t != nil && t.Endpoint() != nil {
			a, _ = t.Endpoint().Local()
		} else if m := s.conn.MPTCP(); m != nil {
			a, _ = m.Local()
		}
	}
	return a.IsValid() && !a.Is4()
}

// octet8 cuts a count to what an octet holds.
func octet8(n int) uint8 { return uint8(min(max(n, 0), 255)) }

func (s *Socket) mptcpInfo() (i abi.MPTCPInfo) {
	if s.state == socketListening {
		return i
	}
	c := s.multipath()
	if c == nil {
		l := s.host.mptcp.ManagerLimits()
		i.SubflowsMax, i.AddAddrAcceptedMax, i.AddAddrSignalMax = octet8(l.Extra), octet8(l.Accepted),
			octet8(l.Signal)
		i.LocalAddrMax, i.EndpLaminarMax = octet8(l.Subflow), octet8(l.Laminar)
		return i
	}
	x, k, now := c.Info(), c.KernelInfo(), s.now()
	i.Subflows, i.AddAddrSignal, i.AddAddrAccepted = octet8(k.Extra), octet8(k.Announced),
		octet8(k.Counts.Accepted)
	i.SubflowsMax, i.AddAddrSignalMax = octet8(k.Limits.Extra), octet8(k.Signal)
	i.AddAddrAcceptedMax, i.LocalAddrMax, i.EndpLaminarMax = octet8(k.Limits.Accepted), octet8(k.Subflow),
		octet8(k.Laminar)
	i.LocalAddrUsed = octet8(k.Sources)
	if k.RemoteKey {
		i.Flags |= abi.InfoFlagRemoteKeyReceived
	}
	if x.Checksum {
		i.CsumEnabled = 1
	}
	i.Token, i.WriteSeq, i.SndUna, i.RcvNxt = x.LocalToken, k.WriteSeq, k.SndUna, k.RcvNxt
	i.Retransmits, i.BytesRetrans = uint32(k.Retransmits), uint64(x.BytesReinjected)
	i.BytesSent, i.BytesReceived = uint64(x.BytesSent), uint64(x.BytesReceived)
	i.BytesAcked = k.SndUna - x.LocalIDSN - 1 // with the DATA_FIN, as Linux counts
	i.SubflowsTotal = i.Subflows
	if k.FirstSubflow {
		i.SubflowsTotal++
	}
	i.LastDataSent, i.LastDataRecv, i.LastAckRecv = age(now, k.SentAt), age(now, k.ReceivedAt), age(now,
		k.HeardAt)
	return i
}

// age returns the milliseconds since a moment.
func age(now, then sim.Time) uint32 {
	return uint32(min(max(now.Sub(then)/unit.Millisecond, 0), 1<<32-1))
}

func (s *Socket) mptcpSubflows() []MPTCPSubflow {
	if s.state == socketListening {
		return []MPTCPSubflow{{ID: 1, Local: s.local, LocalPort: s.lport, TCP: abi.ListenInfo()}}
	}
	c := s.multipath()
	if c == nil {
		return nil
	}
	var list []MPTCPSubflow
	c.EachSubflow(func(i mptcp.SubflowInfo) bool {
		if !i.Attached && i.ID != 0 {
			return true
		}
		f := MPTCPSubflow{ID: i.ID + 1, Local: i.Local, LocalPort: i.LocalPort, Remote: i.Remote,
			RemotePort: i.RemotePort, TCP: tcp.TCPInfo{State: 7}} // CLOSE
		if e := c.Endpoint(i.ID); e != nil && i.Attached {
			f.TCP = e.TCPInfo(s.now())
		}
		list = append(list, f)
		return true
	})
	return list
}
