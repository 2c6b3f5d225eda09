package sockapi

import (
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
)

// TCPInfo is TCP_INFO of the socket: of a Multipath TCP socket, that of its oldest subflow (Linux 6.18,
// net/mptcp/sockopt.c, looks at the first one only). A socket without a connection is in CLOSE or LISTEN, and
// the rest is 0. Errors: EBADF.
func (s *Socket) TCPInfo() (tcp.TCPInfo, error) {
	const closed, listen = 7, 10 // include/net/tcp_states.h
	switch {
	case s.state == socketClosed:
		return tcp.TCPInfo{}, EBADF
	case s.state == socketListening:
		return tcp.TCPInfo{State: listen}, nil
	case s.conn == nil:
		return tcp.TCPInfo{State: closed}, nil
	}
	if t := s.conn.TCP(); t != nil {
		return t.TCPInfo(s.now()), nil
	}
	var oldest *tcp.Endpoint
	m := s.conn.MPTCP()
	m.EachAttached(func(i mptcp.SubflowInfo) bool {
		oldest = m.Endpoint(i.ID)
		return true
	})
	if oldest == nil {
		return tcp.TCPInfo{State: closed}, nil
	}
	return oldest.TCPInfo(s.now()), nil
}
