package abi

// Levels of options (include/linux/socket.h, include/uapi/linux/in.h).
const (
	SOL_SOCKET   = 1
	IPPROTO_IP   = 0
	IPPROTO_TCP  = 6
	IPPROTO_IPV6 = 41
	SOL_MPTCP    = 284

	SOL_IP   = IPPROTO_IP
	SOL_TCP  = IPPROTO_TCP
	SOL_IPV6 = IPPROTO_IPV6
)

// Options of level SOL_SOCKET (include/uapi/asm-generic/socket.h).
const (
	SO_REUSEADDR = 2
	SO_ERROR     = 4
	SO_SNDBUF    = 7
	SO_RCVBUF    = 8
	SO_KEEPALIVE = 9
	SO_LINGER    = 13
	SO_RCVTIMEO  = 20
	SO_SNDTIMEO  = 21
	SO_ZEROCOPY  = 60
)

// Options of level IPPROTO_TCP (include/uapi/linux/tcp.h).
const (
	TCP_NODELAY          = 1
	TCP_MAXSEG           = 2
	TCP_CORK             = 3
	TCP_KEEPIDLE         = 4
	TCP_KEEPINTVL        = 5
	TCP_KEEPCNT          = 6
	TCP_SYNCNT           = 7
	TCP_LINGER2          = 8
	TCP_DEFER_ACCEPT     = 9
	TCP_INFO             = 11
	TCP_QUICKACK         = 12
	TCP_CONGESTION       = 13
	TCP_USER_TIMEOUT     = 18
	TCP_FASTOPEN         = 23
	TCP_NOTSENT_LOWAT    = 25
	TCP_FASTOPEN_CONNECT = 30
	TCP_FASTOPEN_KEY     = 33
)

// Options of the enhanced socket API, level IPPROTO_TCP. All but the last two are for getsockopt, commands as
// well: a structure goes both ways. MPTCP_GET_SUB_INFO has a number and no definition; MPTCP_SUB_PRIO is of
// this simulator.
const (
	MPTCP_GET_SUB_IDS    = 66
	MPTCP_CLOSE_SUB_ID   = 67
	MPTCP_GET_SUB_TUPLE  = 68
	MPTCP_OPEN_SUB_TUPLE = 69
	MPTCP_GET_SUB_INFO   = 70
	MPTCP_SUB_GETSOCKOPT = 71
	MPTCP_SUB_SETSOCKOPT = 72
	MPTCP_SUB_PRIO       = 73
)

// Options of levels IPPROTO_IP and IPPROTO_IPV6 (include/uapi/linux/in.h, in6.h).
const (
	IP_TOS            = 1
	IP_TTL            = 2
	IPV6_UNICAST_HOPS = 16
	IPV6_TCLASS       = 67
)

// Address families.
const (
	AF_UNSPEC = 0
	AF_INET   = 2
	AF_INET6  = 10
)

// Values of how of MPTCP_CLOSE_SUB_ID. The drafts name a constant RST and give it no value.
const (
	SHUT_RD   = 0
	SHUT_WR   = 1
	SHUT_RDWR = 2
	SUB_RST   = 4
)

// Constant is a constant of C with its name.
type Constant struct {
	Name  string
	Value int
}

// Constants lists the levels, options and other numbers of this package by their names in C.
func Constants() []Constant {
	return append(neighbourConstants(), []Constant{
		{"SOL_SOCKET", SOL_SOCKET}, {"IPPROTO_IP", IPPROTO_IP}, {"IPPROTO_TCP", IPPROTO_TCP},
		{"IPPROTO_IPV6", IPPROTO_IPV6}, {"SOL_MPTCP", SOL_MPTCP}, {"SOL_IP", SOL_IP}, {"SOL_TCP", SOL_TCP},
		{"SOL_IPV6", SOL_IPV6},
		{"SO_REUSEADDR", SO_REUSEADDR}, {"SO_ERROR", SO_ERROR}, {"SO_SNDBUF", SO_SNDBUF}, {"SO_RCVBUF", SO_RCVBUF},
		{"SO_KEEPALIVE", SO_KEEPALIVE}, {"SO_LINGER", SO_LINGER}, {"SO_RCVTIMEO", SO_RCVTIMEO}, {"SO_SNDTIMEO", SO_SNDTIMEO},
		{"SO_ZEROCOPY", SO_ZEROCOPY},
		{"TCP_NODELAY", TCP_NODELAY}, {"TCP_MAXSEG", TCP_MAXSEG}, {"TCP_CORK", TCP_CORK},
		{"TCP_KEEPIDLE", TCP_KEEPIDLE}, {"TCP_KEEPINTVL", TCP_KEEPINTVL}, {"TCP_KEEPCNT", TCP_KEEPCNT},
		{"TCP_SYNCNT", TCP_SYNCNT}, {"TCP_LINGER2", TCP_LINGER2}, {"TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT},
		{"TCP_INFO", TCP_INFO}, {"TCP_QUICKACK", TCP_QUICKACK}, {"TCP_CONGESTION", TCP_CONGESTION},
		{"TCP_USER_TIMEOUT", TCP_USER_TIMEOUT}, {"TCP_FASTOPEN", TCP_FASTOPEN},
		{"TCP_NOTSENT_LOWAT", TCP_NOTSENT_LOWAT}, {"TCP_FASTOPEN_CONNECT", TCP_FASTOPEN_CONNECT},
		{"TCP_FASTOPEN_KEY", TCP_FASTOPEN_KEY},
		{"MPTCP_GET_SUB_IDS", MPTCP_GET_SUB_IDS}, {"MPTCP_CLOSE_SUB_ID", MPTCP_CLOSE_SUB_ID},
		{"MPTCP_GET_SUB_TUPLE", MPTCP_GET_SUB_TUPLE}, {"MPTCP_OPEN_SUB_TUPLE", MPTCP_OPEN_SUB_TUPLE},
		{"MPTCP_GET_SUB_INFO", MPTCP_GET_SUB_INFO}, {"MPTCP_SUB_GETSOCKOPT", MPTCP_SUB_GETSOCKOPT},
		{"MPTCP_SUB_SETSOCKOPT", MPTCP_SUB_SETSOCKOPT}, {"MPTCP_SUB_PRIO", MPTCP_SUB_PRIO},
		{"IP_TOS", IP_TOS}, {"IP_TTL", IP_TTL}, {"IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS}, {"IPV6_TCLASS", IPV6_TCLASS},
		{"AF_UNSPEC", AF_UNSPEC}, {"AF_INET", AF_INET}, {"AF_INET6", AF_INET6},
		{"SHUT_RD", SHUT_RD}, {"SHUT_WR", SHUT_WR}, {"SHUT_RDWR", SHUT_RDWR}, {"SUB_RST", SUB_RST},
	}...)
}
