package abi

import "encoding/binary"

// Options of RFC 6897 section 5.3.1. The RFC gives neither level nor numbers nor structures; no kernel
// has them. The level is IPPROTO_TCP as for all options of TCP; of the numbers, 10003 and 10006 are those
// of a prototype's test programs, and the other three are the ones beside them in the order of the RFC.
// Lists are packed socket addresses, each of its family's size, as sctp_bindx takes them (RFC 6458
// section 9.1).
const (
	TCP_MULTIPATH_ENABLE   = 10002 // get, set: int
	TCP_MULTIPATH_ADD      = 10003 // set: list of local addresses, port 0 where the stack is to choose
	TCP_MULTIPATH_REMOVE   = 10004 // set: the same
	TCP_MULTIPATH_SUBFLOWS = 10005 // get: list of pairs, local and remote
	TCP_MULTIPATH_CONNID   = 10006 // get: u32
)

// AppendSockaddr appends a sockaddr_in or sockaddr_in6, by the family.
func AppendSockaddr(b []byte, s Sockaddr) []byte {
	if s.Family == AF_INET6 {
		return AppendSockaddrIn6(b, s)
	}
	return AppendSockaddrIn(b, s)
}

// ParseSockaddrs reads a packed list of socket addresses; ok is false for another family than AF_INET and
// AF_INET6, or where the last one is cut.
func ParseSockaddrs(b []byte) (list []Sockaddr, ok bool) {
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, false
		}
		var s Sockaddr
		size := 0
		switch binary.LittleEndian.Uint16(b) {
		case AF_INET:
			size = SockaddrInSize
			s, ok = ParseSockaddrIn(b)
		case AF_INET6:
			size = SockaddrIn6Size
			s, ok = ParseSockaddrIn6(b)
			s.Addr = orWildcard(s.Addr)
		default:
			return nil, false
		}
		if !ok {
			return nil, false
		}
		list, b = append(list, s), b[size:]
	}
	return list, true
}

// neighbourConstants lists the constants of the interfaces beside the enhanced socket API. MPTCP_INFO is
// that of level SOL_MPTCP.
func neighbourConstants() []Constant {
	return []Constant{
		{"MPTCP_INFO", MPTCP_INFO}, {"MPTCP_TCPINFO", MPTCP_TCPINFO}, {"MPTCP_SUBFLOW_ADDRS", MPTCP_SUBFLOW_ADDRS},
		{"MPTCP_FULL_INFO", MPTCP_FULL_INFO}, {"TCP_IS_MPTCP", TCP_IS_MPTCP},
		{"MPTCP_ENABLED", MPTCP_ENABLED}, {"MPTCP_SCHEDULER", MPTCP_SCHEDULER},
		{"MPTCP_PATH_MANAGER", MPTCP_PATH_MANAGER}, {"OOT_MPTCP_INFO", OOT_MPTCP_INFO},
		{"MPTCP_INFO_FLAG_SAVE_MASTER", MPTCP_INFO_FLAG_SAVE_MASTER},
		{"TCP_MULTIPATH_ENABLE", TCP_MULTIPATH_ENABLE}, {"TCP_MULTIPATH_ADD", TCP_MULTIPATH_ADD},
		{"TCP_MULTIPATH_REMOVE", TCP_MULTIPATH_REMOVE}, {"TCP_MULTIPATH_SUBFLOWS", TCP_MULTIPATH_SUBFLOWS},
		{"TCP_MULTIPATH_CONNID", TCP_MULTIPATH_CONNID},
	}
}
