package drill

import (
	"net/netip"
	"strconv"
	"strings"

	"mpsim/model/wire"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

func decimal(v int64) string { return strconv.FormatInt(v, 10) }

// constants are the numbers of Linux that scripts use by name, where the runner looks at them as numbers.
var constants = map[string]int64{
	"O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2, "O_NONBLOCK": 0o4000, "O_CREAT": 0o100,
	"F_GETFL": 3, "F_SETFL": 4, "SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2,
	"SOCK_STREAM": 1, "SOCK_NONBLOCK": 0o4000, "SOCK_CLOEXEC": 0o2000000,
	"IPPROTO_IP": 0, "IPPROTO_TCP": 6, "IPPROTO_IPV6": 41, "IPPROTO_MPTCP": 262, "IPPROTO_UDP": 17,
	"AF_INET": 2, "AF_INET6": 10, "NULL": 0,
	"SOL_IP": 0, "SOL_SOCKET": 1, "SOL_TCP": 6, "SOL_IPV6": 41, "SOL_MPTCP": 284,
	"MSG_PEEK": 0x2, "MSG_TRUNC": 0x20, "MSG_DONTWAIT": 0x40, "MSG_EOR": 0x80, "MSG_WAITALL": 0x100,
	"MSG_NOSIGNAL": 0x4000, "MSG_MORE": 0x8000, "MSG_ERRQUEUE": 0x2000, "MSG_ZEROCOPY": 0x4000000,
	"MSG_FASTOPEN": 0x20000000, "MSG_OOB": 1, "MSG_CTRUNC": 8,
	"POLLIN": 1, "POLLPRI": 2, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 0x10, "POLLNVAL": 0x20,
	"POLLRDNORM": 0x40, "POLLRDBAND": 0x80, "POLLWRNORM": 0x100, "POLLWRBAND": 0x200, "POLLRDHUP": 0x2000,
	"EPOLLIN": 1, "EPOLLPRI": 2, "EPOLLOUT": 4, "EPOLLERR": 8, "EPOLLHUP": 0x10, "EPOLLRDNORM": 0x40,
	"EPOLLWRNORM": 0x100, "EPOLLRDHUP": 0x2000, "EPOLLONESHOT": 1 << 30, "EPOLLET": 1 << 31, "EPOLLEXCLUSIVE": 1 << 28,
	"EPOLL_CTL_ADD": 1, "EPOLL_CTL_DEL": 2, "EPOLL_CTL_MOD": 3,
	"SIOCINQ": 0x541b, "FIONREAD": 0x541b, "SIOCOUTQ": 0x5411, "SIOCOUTQNSD": 0x894b, "FIONBIO": 0x5421,
	"SPLICE_F_NONBLOCK": 2, "SPLICE_F_MOVE": 1, "SPLICE_F_MORE": 4,
	"TCP_CM_INQ": 36, "CMSG_LEVEL_IP": 0, "CMSG_TYPE_RECVERR": 11, "IP_RECVERR": 11, "IPV6_RECVERR": 25,
	"SO_EE_ORIGIN_ZEROCOPY": 5, "SO_EE_CODE_ZEROCOPY_COPIED": 1, "IP_PMTUDISC_DONT": 0, "IP_PMTUDISC_WANT": 1, "IP_PMTUDISC_DO": 2,
}

// number works out a numeric argument.
func (r *runner) number(e *pkt.Expr) int64 {
	switch e.Kind {
	case pkt.Integer:
		return e.Int
	case pkt.Word:
		if v, ok := constants[e.Name]; ok {
			return v
		}
		if v, ok := errnoNumber(e.Name); ok {
			return v
		}
		r.bad(e.Pos, "%s is no constant that this runner knows", e.Name)
	case pkt.Or:
		return r.number(e.Args[0]) | r.number(e.Args[1])
	case pkt.Apply:
		if e.Name == "htons" && len(e.Args) == 1 {
			return r.number(e.Args[0])
		}
	default:
	}
	r.bad(e.Pos, "a number is needed here")
	return 0
}

// errnoNumber returns the API's number of an errno constant.
func errnoNumber(name string) (int64, bool) {
	for e := sockapi.ECONNREFUSED; e <= sockapi.EMFILE; e++ {
		if e.Name() == name {
			return int64(e), true
		}
	}
	return 0, false
}

// arg returns argument i; there have to be so many.
func (r *runner) arg(c *pkt.Call, i int) *pkt.Expr {
	if i >= len(c.Args) {
		r.bad(c.Pos, "%s needs at least %d arguments", c.Name, i+1)
	}
	return c.Args[i]
}

func (r *runner) intArg(c *pkt.Call, i int) int64 { return r.number(r.arg(c, i)) }

// fd returns the file of argument i, nil if it is not open.
func (r *runner) fd(c *pkt.Call, i int) *file {
	n := r.intArg(c, i)
	if n < 0 || n >= int64(len(r.fds)) {
		return nil
	}
	return r.fds[n]
}

// listNumber reads [N] or N.
func (r *runner) listNumber(e *pkt.Expr) int64 {
	if e.Kind == pkt.List && len(e.Args) == 1 {
		return r.number(e.Args[0])
	}
	return r.number(e)
}

// field returns the value of a field of a structure, nil if it is not there.
func field(e *pkt.Expr, name string) *pkt.Expr {
	for _, a := range e.Args {
		if a.Kind == pkt.Assign && a.Name == name {
			return a.Args[0]
		}
	}
	return nil
}

// parseAddr reads a literal address.
func (r *runner) parseAddr(text string, at pkt.Pos) wire.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		r.bad(at, "%q is no IP address", text)
	}
	return wire.AddrFrom(a)
}

// sockaddr reads a socket address; "..." leaves it to the runner (ok false).
func (r *runner) sockaddr(e *pkt.Expr) (addr wire.Addr, port uint16, ok bool) {
	if e.Kind == pkt.Ellipsis {
		return addr, 0, false
	}
	if e.Kind == pkt.Word && e.Name == "AF_UNSPEC" {
		return addr, 0, true
	}
	if e.Kind != pkt.Struct {
		r.bad(e.Pos, "an address {sa_family=..., sin_port=htons(...), sin_addr=inet_addr(...)} or ... is needed")
	}
	for _, name := range []string{"sin_port", "sin6_port"} {
		if p := field(e, name); p != nil {
			port = uint16(r.number(p))
		}
	}
	for _, name := range []string{"sin_addr", "sin6_addr"} {
		a := field(e, name)
		if a == nil || a.Kind != pkt.Apply || len(a.Args) == 0 {
			continue
		}
		if text := a.Args[len(a.Args)-1]; text.Kind == pkt.String {
			addr = r.parseAddr(text.Str, a.Pos)
			if addr.Netip().IsUnspecified() {
				addr = wire.Addr{}
			}
		}
	}
	return addr, port, true
}

// msgFlags translates the flags of send and recv.
func (r *runner) msgFlags(v int64) (f sockapi.Flags) {
	for _, x := range [...]struct {
		name string
		f    sockapi.Flags
	}{{"MSG_MORE", sockapi.MsgMore}, {"MSG_EOR", sockapi.MsgEOR}, {"MSG_FASTOPEN", sockapi.MsgFastOpen},
		{"MSG_DONTWAIT", sockapi.MsgDontWait}, {"MSG_TRUNC", sockapi.MsgTrunc}, {"MSG_PEEK", sockapi.MsgPeek},
		{"MSG_WAITALL", sockapi.MsgWaitAll}, {"MSG_ZEROCOPY", sockapi.MsgZeroCopy}} {
		if v&constants[x.name] != 0 {
			f |= x.f
		}
	}
	return f
}

// refuseFlags fails for flags that are not modelled.
func (r *runner) refuseFlags(e *pkt.Expr, v int64, names ...string) {
	for _, n := range names {
		if v&constants[n] != 0 {
			r.bad(e.Pos, "%s is not modelled", n)
		}
	}
}

// iov sums the lengths of an array {..., N}; nil buffers count as well.
func (r *runner) iov(e *pkt.Expr) (total int64) {
	if e.Kind != pkt.List {
		r.bad(e.Pos, "an array [{..., LENGTH}, ...] is needed here")
	}
	for _, v := range e.Args {
		if v.Kind != pkt.Struct || len(v.Args) != 2 {
			r.bad(v.Pos, "a buffer {..., LENGTH} is needed here")
		}
		total += r.number(v.Args[1])
	}
	return total
}

// isNull tells whether an argument is the null pointer.
func isNull(e *pkt.Expr) bool {
	return e.Kind == pkt.Word && e.Name == "NULL" || e.Kind == pkt.Integer && e.Int == 0
}

// bufferOctets are what a write sends: zeros, or the string given.
func (r *runner) bufferOctets(e *pkt.Expr, n int64) []byte {
	const most = 1 << 26
	if n < 0 || n > most {
		r.bad(e.Pos, "%d octets: must be 0..%d", n, most)
	}
	b := make([]byte, n)
	if e.Kind == pkt.String {
		copy(b, strings.Clone(e.Str))
	}
	return b
}
