package sockapi

import (
	"mpsim/model/tcp"
	"mpsim/sim/unit"
	"mpsim/sockapi/abi"
)

// The ordinary options by their numbers.

// optionOf returns the option of a level and number whose value is an int.
func optionOf(level, name int) (o Option, ok bool) {
	for _, n := range intOptions {
		if int(n.level) == level && int(n.name) == name {
			return n.option, true
		}
	}
	return 0, false
}

var intOptions = [...]struct {
	level, name uint8
	option      Option
}{
	{abi.SOL_SOCKET, abi.SO_REUSEADDR, ReuseAddr}, {abi.SOL_SOCKET, abi.SO_ERROR, LastError},
	{abi.SOL_SOCKET, abi.SO_SNDBUF, SendBuffer}, {abi.SOL_SOCKET, abi.SO_RCVBUF, ReceiveBuffer},
	{abi.SOL_SOCKET, abi.SO_KEEPALIVE, KeepAlive}, {abi.SOL_SOCKET, abi.SO_ZEROCOPY, ZeroCopy},
	{abi.IPPROTO_TCP, abi.TCP_NODELAY, NoDelay}, {abi.IPPROTO_TCP, abi.TCP_MAXSEG, MaxSeg},
	{abi.IPPROTO_TCP, abi.TCP_CORK, Cork}, {abi.IPPROTO_TCP, abi.TCP_KEEPIDLE, KeepIdle},
	{abi.IPPROTO_TCP, abi.TCP_KEEPINTVL, KeepInterval}, {abi.IPPROTO_TCP, abi.TCP_KEEPCNT, KeepCount},
	{abi.IPPROTO_TCP, abi.TCP_SYNCNT, SYNCount}, {abi.IPPROTO_TCP, abi.TCP_LINGER2, Linger2},
	{abi.IPPROTO_TCP, abi.TCP_DEFER_ACCEPT, DeferAccept}, {abi.IPPROTO_TCP, abi.TCP_QUICKACK, QuickACK},
	{abi.IPPROTO_TCP, abi.TCP_USER_TIMEOUT, UserTimeout}, {abi.IPPROTO_TCP, abi.TCP_FASTOPEN, FastOpenQueue},
	{abi.IPPROTO_TCP, abi.TCP_NOTSENT_LOWAT, NotSentLowat},
	{abi.IPPROTO_TCP, abi.TCP_FASTOPEN_CONNECT, FastOpenConnect},
	{abi.IPPROTO_IP, abi.IP_TOS, TOS}, {abi.IPPROTO_IP, abi.IP_TTL, TTL},
	{abi.IPPROTO_IPV6, abi.IPV6_TCLASS, TOS}, {abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS, TTL},
}

// getOrdinary reads an option of socket(7), tcp(7), ip(7) or ipv6(7).
func (s *Socket) getOrdinary(level, name int, optval []byte, optlen *int) error {
	if o, ok := optionOf(level, name); ok {
		v, err := s.Option(o)
		if err != nil {
			return err
		}
		return answerInt(v, optval, optlen)
	}
	switch {
	case level == abi.SOL_SOCKET && name == abi.SO_LINGER:
		l := abi.Linger{Seconds: int(s.opt.value[Linger])}
		if s.opt.linger {
			l.On = 1
		}
		return answer(abi.AppendLinger(nil, l), optval, optlen)
	case level == abi.SOL_SOCKET && (name == abi.SO_RCVTIMEO || name == abi.SO_SNDTIMEO):
		d, send := s.Timeouts()
		if name == abi.SO_SNDTIMEO {
			d = send
		}
		return answer(abi.AppendTimeval(nil, abi.Timeval{Seconds: int64(d / unit.Second),
			Micros: int64(d % unit.Second / unit.Microsecond)}), optval, optlen)
	case level == abi.IPPROTO_TCP && name == abi.TCP_CONGESTION:
		return answer(congestionName(s.Congestion()), optval, optlen)
	case level == abi.IPPROTO_TCP && name == abi.TCP_INFO:
		i, err := s.TCPInfo()
		if err != nil {
			return err
		}
		return answer(s.infoOctets(&i), optval, optlen)
	}
	return ENOPROTOOPT
}

// infoOctets is struct tcp_info, as long as the kernel of the API has it.
func (s *Socket) infoOctets(i *tcp.TCPInfo) []byte {
	b := abi.AppendTCPInfo(nil, i)
	if s.host.api == APILinuxFork {
		return b[:abi.TCPInfoForkSize]
	}
	return b
}

// setOrdinary sets an option of socket(7), tcp(7), ip(7) or ipv6(7).
func (s *Socket) setOrdinary(level, name int, optval []byte) error {
	if o, ok := optionOf(level, name); ok {
		v, err := intValue(level, o, optval)
		if err != nil {
			return err
		}
		return s.SetOption(o, v)
	}
	switch {
	case level == abi.SOL_SOCKET && name == abi.SO_LINGER:
		l, ok := abi.ParseLinger(optval)
		if !ok {
			return EINVAL
		}
		return s.SetLinger(l.On != 0, int64(l.Seconds))
	case level == abi.SOL_SOCKET && (name == abi.SO_RCVTIMEO || name == abi.SO_SNDTIMEO):
		return s.setTimeout(name, optval)
	case level == abi.IPPROTO_TCP && name == abi.TCP_CONGESTION:
		if len(optval) == 0 {
			return EINVAL
		}
		return s.SetCongestion(controllerName(optval))
	case level == abi.IPPROTO_TCP && name == abi.TCP_FASTOPEN_KEY:
		if len(optval) != 16 && len(optval) != 32 { // 32: with a spare key
			return EINVAL
		}
		return s.SetFastOpenKey(tcp.FastOpenKeyFrom([16]byte(optval)))
	}
	return ENOPROTOOPT
}

// setTimeout sets SO_RCVTIMEO or SO_SNDTIMEO, a struct timeval (Linux 6.18, net/core/sock.c, sock_set_timeout): zero is
// no timeout, negative seconds do not wait at all.
func (s *Socket) setTimeout(name int, optval []byte) error {
	t, ok := abi.ParseTimeval(optval)
	switch {
	case !ok:
		return EINVAL
	case t.Micros < 0 || t.Micros >= 1_000_000:
		return EDOM
	}
	d := unit.Duration(min(t.Seconds, longestTimeout))*unit.Second + unit.Duration(t.Micros)*unit.Microsecond
	if t.Seconds < 0 {
		d = 1
	}
	receive, send := s.Timeouts()
	if name == abi.SO_RCVTIMEO {
		receive = d
	} else {
		send = d
	}
	return s.SetTimeouts(receive, send)
}

// longestTimeout is as good as none, seconds: a century.
const longestTimeout = 100 * 365 * 86400

// intValue reads the value of an option: an int, or for level IP an octet, too (ip(7)).
func intValue(level int, o Option, optval []byte) (int64, error) {
	v, ok := abi.Int(optval)
	if !ok && level == abi.IPPROTO_IP && len(optval) > 0 {
		v, ok = int(optval[0]), true
	}
	if !ok {
		return 0, EINVAL
	}
	switch o {
	case NoDelay, Cork, KeepAlive, ReuseAddr, QuickACK:
		if v != 0 {
			v = 1
		}
	default:
	}
	return int64(v), nil
}

// congestionName returns a controller's name as the kernel has it: RFC 6582 with SACK is its "reno", and its
// buffer has 16 octets.
func congestionName(name string) []byte {
	if name == "newreno" {
		name = "reno"
	}
	b := make([]byte, abi.CongestionNameSize)
	copy(b[:len(b)-1], name)
	return b
}

// controllerName returns the name in model/cc of one of the kernel's.
func controllerName(optval []byte) string {
	name := abi.Text(optval[:min(len(optval), abi.CongestionNameSize-1)])
	if name == "reno" {
		return "newreno"
	}
	return name
}
