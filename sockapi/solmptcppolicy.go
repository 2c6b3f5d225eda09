package sockapi

import "mpsim/sockapi/abi"

// What upstream Linux lets an MPTCP socket do with the options of other levels. Where one socket has
// several subflows it is not defined what an option of one of them means, so options not on a list are
// refused (Linux 6.18, net/mptcp/sockopt.c, mptcp_supported_sockopt; each number was tried on 6.18.44).
// This holds for GetSockOpt and SetSockOpt of hosts with APIUpstream, for sockets that are made as MPTCP,
// before and after they are connected. After a fallback what the list admits goes to the one subflow, and
// everything can be read; sockets accepted as TCP are TCP's. On the other APIs an option reaches the
// living subflows and those to come as SetOption says.

// verdict is what the kernel says to the number of an option.
type verdict uint8

const (
	refused  verdict = iota // not on the list: ENOPROTOOPT
	unserved                // on it, and not implemented for several subflows: EOPNOTSUPP, at level TCP ENOPROTOOPT
	served
	ignored // taken, without effect
)

// policy tells why an option is refused, nil if it is not; done tells that setting it does nothing.
func (s *Socket) policy(set bool, level, name int) (done bool, err error) {
	if s.host.api != APIUpstream || s.network != MPTCP || s.conn != nil && s.conn.TCP() != nil {
		return false, nil
	}
	if fell := !s.speaksMPTCP(); !set {
		if fell || level == abi.SOL_SOCKET || level == abi.SOL_MPTCP || readable(level, name) {
			return false, nil
		}
		return false, EOPNOTSUPP
	} else if v := settable(level, name); fell && v == unserved {
		return false, nil
	} else {
		return v == ignored, v.error(level)
	}
}

// error returns what setsockopt says.
func (v verdict) error(level int) error {
	switch {
	case v == served, v == ignored:
		return nil
	case level == abi.SOL_SOCKET, v == unserved && level != abi.IPPROTO_TCP:
		return EOPNOTSUPP
	}
	return ENOPROTOOPT
}

// readable tells whether getsockopt of an MPTCP socket has an answer.
func readable(level, name int) bool {
	if level == abi.IPPROTO_TCP {
		switch name {
		case abi.TCP_INFO, abi.TCP_IS_MPTCP, 26, 31: // TCP_CC_INFO, TCP_ULP
			return true
		}
	}
	return settable(level, name) == served
}

// settable returns the verdict on setsockopt.
func settable(level, name int) verdict {
	switch level {
	case abi.SOL_SOCKET:
		return settableSocket(name)
	case abi.IPPROTO_TCP:
		return settableTCP(name)
	case abi.IPPROTO_IP:
		return settableIP(name)
	case abi.IPPROTO_IPV6:
		return settableIPv6(name)
	}
	return refused
}

func settableSocket(name int) verdict {
	switch name {
	case abi.SO_REUSEADDR, abi.SO_SNDBUF, abi.SO_RCVBUF, abi.SO_KEEPALIVE, abi.SO_LINGER,
		1, 12, 15, 18, // SO_DEBUG, SO_PRIORITY, SO_REUSEPORT, SO_RCVLOWAT
		20, 21, 66, 67, 25, 62, // SO_RCVTIMEO, SO_SNDTIMEO (both twice), SO_BINDTODEVICE, SO_BINDTOIFINDEX
		29, 35, 37, 63, 64, 65, // SO_TIMESTAMP and its relatives
		32, 33, 36, 49, // SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_MARK, SO_INCOMING_CPU
		46, 69, 70, 76: // SO_BUSY_POLL, SO_PREFER_BUSY_POLL, SO_BUSY_POLL_BUDGET, SO_RCVPRIORITY
		return served
	case 5, 6, 11, 14, 16, // SO_DONTROUTE, SO_BROADCAST, SO_NO_CHECK, SO_BSDCOMPAT, SO_PASSCRED
		34, 40, 41, 43, 45: // SO_PASSSEC, SO_RXQ_OVFL, SO_WIFI_STATUS, SO_NOFCS, SO_SELECT_ERR_QUEUE
		return ignored
	}
	return refused
}

func settableTCP(name int) verdict {
	switch name {
	case abi.TCP_NODELAY, abi.TCP_MAXSEG, abi.TCP_CORK, abi.TCP_KEEPIDLE, abi.TCP_KEEPINTVL, abi.TCP_KEEPCNT,
		abi.TCP_DEFER_ACCEPT, abi.TCP_CONGESTION, abi.TCP_FASTOPEN, abi.TCP_NOTSENT_LOWAT, abi.TCP_FASTOPEN_CONNECT,
		abi.TCP_FASTOPEN_KEY, 34, 36: // TCP_FASTOPEN_NO_COOKIE, TCP_INQ
		return served
	case abi.TCP_SYNCNT, abi.TCP_LINGER2, abi.TCP_QUICKACK, abi.TCP_USER_TIMEOUT,
		10, 16, 17, 24, 27, 37: // TCP_WINDOW_CLAMP, TCP_THIN_.. (two), TCP_TIMESTAMP, TCP_SAVE_SYN, TCP_TX_DELAY
		return unserved
	}
	return refused
}

func settableIP(name int) verdict {
	switch name {
	case abi.IP_TOS, 15, 19, 24, 51: // IP_FREEBIND, IP_TRANSPARENT, IP_BIND_ADDRESS_NO_PORT, IP_LOCAL_PORT_RANGE
		return served
	case abi.IP_TTL, 6, 7, 8, 10, 11, 12, 13, // IP_RECVOPTS .. IP_RECVTOS
		18, 20, 21, 23, 25, 26: // IP_PASSSEC, .._RECVORIGDSTADDR, .._MINTTL, .._CHECKSUM, .._RECVFRAGSIZE, .._RFC4884
		return unserved
	}
	return refused
}

func settableIPv6(name int) verdict {
	switch name {
	case 26, 75, 78: // IPV6_V6ONLY, IPV6_TRANSPARENT, IPV6_FREEBIND
		return served
	case abi.IPV6_UNICAST_HOPS, abi.IPV6_TCLASS,
		2, 3, 4, 5, 6, 8, 11, // the IPV6_2292 family, IPV6_FLOWINFO
		23, 24, 25, 31, 32, 33, // IPV6_MTU_DISCOVER, .._MTU, .._RECVERR, .._RFC4884, .._FLOWLABEL_MGR, .._SEND
		49, 50, 51, 53, 56, 58, 60, // IPV6_RECVPKTINFO .. IPV6_RECVPATHMTU
		62, 66, 70, 73, 74, 77: // IPV6_DONTFRAG, .._RECVTCLASS, .._AUTOFLOWLABEL and so on
		return unserved
	}
	return refused
}
