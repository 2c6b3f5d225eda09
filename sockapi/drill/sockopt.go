package drill

import (
	"strings"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/drill/pkt"
)

// numberOptions are the options whose value is a number.
var numberOptions = []struct {
	level, name string
	option      sockapi.Option
}{
	{"SOL_SOCKET", "SO_REUSEADDR", sockapi.ReuseAddr}, {"SOL_SOCKET", "SO_SNDBUF", sockapi.SendBuffer},
	{"SOL_SOCKET", "SO_RCVBUF", sockapi.ReceiveBuffer}, {"SOL_SOCKET", "SO_KEEPALIVE", sockapi.KeepAlive},
	{"SOL_SOCKET", "SO_ERROR", sockapi.LastError}, {"SOL_SOCKET", "SO_ZEROCOPY", sockapi.ZeroCopy},
	{"SOL_TCP", "TCP_NODELAY", sockapi.NoDelay}, {"SOL_TCP", "TCP_CORK", sockapi.Cork},
	{"SOL_TCP", "TCP_MAXSEG", sockapi.MaxSeg}, {"SOL_TCP", "TCP_USER_TIMEOUT", sockapi.UserTimeout},
	{"SOL_TCP", "TCP_QUICKACK", sockapi.QuickACK}, {"SOL_TCP", "TCP_SYNCNT", sockapi.SYNCount},
	{"SOL_TCP", "TCP_LINGER2", sockapi.Linger2}, {"SOL_TCP", "TCP_DEFER_ACCEPT", sockapi.DeferAccept},
	{"SOL_TCP", "TCP_NOTSENT_LOWAT", sockapi.NotSentLowat}, {"SOL_TCP", "TCP_FASTOPEN", sockapi.FastOpenQueue},
	{"SOL_TCP", "TCP_FASTOPEN_CONNECT", sockapi.FastOpenConnect}, {"SOL_TCP", "TCP_KEEPIDLE", sockapi.KeepIdle},
	{"SOL_TCP", "TCP_KEEPINTVL", sockapi.KeepInterval}, {"SOL_TCP", "TCP_KEEPCNT", sockapi.KeepCount},
	{"SOL_TCP", "TCP_IS_MPTCP", sockapi.IsMPTCP},
	{"SOL_IP", "IP_TOS", sockapi.TOS}, {"SOL_IP", "IP_TTL", sockapi.TTL},
	{"SOL_IPV6", "IPV6_TCLASS", sockapi.TOS}, {"SOL_IPV6", "IPV6_UNICAST_HOPS", sockapi.TTL},
}

// withoutEffect are options that say nothing about a host with one application and no routing.
const withoutEffect = " SO_REUSEPORT SO_MARK SO_PRIORITY SO_BINDTODEVICE IP_FREEBIND IP_MTU_DISCOVER" +
	" IP_TRANSPARENT IPV6_V6ONLY "

// optionName returns the level and name of an option, with the protocols' numbers as levels, too.
func (r *runner) optionName(c *pkt.Call) (level, name string) {
	l, n := r.arg(c, 1), r.arg(c, 2)
	if l.Kind != pkt.Word || n.Kind != pkt.Word {
		r.bad(l.Pos, "level and option are names here, as SOL_SOCKET, SO_ERROR")
	}
	level = l.Name
	switch level {
	case "IPPROTO_TCP":
		level = "SOL_TCP"
	case "IPPROTO_IP":
		level = "SOL_IP"
	case "IPPROTO_IPV6":
		level = "SOL_IPV6"
	}
	return level, n.Name
}

func (r *runner) callOption(c *pkt.Call) func(p *sim.Proc) answer {
	f := r.fd(c, 0)
	level, name := r.optionName(c)
	value := r.arg(c, 3)
	if f == nil || f.sock == nil {
		return result(sockapi.EBADF)
	}
	set := c.Name == "setsockopt"
	for _, o := range numberOptions {
		if o.level == level && o.name == name {
			return r.numberOption(f, o.option, value, set, name)
		}
	}
	switch name {
	case "TCP_INQ":
		v := r.listNumber(value)
		return func(*sim.Proc) answer {
			if !set {
				return answer{}
			}
			if v < 0 || v > 1 {
				return outcome(sockapi.EINVAL)
			}
			f.inq = v == 1
			return answer{}
		}
	case "SO_LINGER":
		on, seconds := field(value, "onoff"), field(value, "linger")
		if on == nil || seconds == nil {
			r.bad(value.Pos, "{onoff=N, linger=SECONDS} is needed here")
		}
		a, b := r.number(on), r.number(seconds)
		return func(*sim.Proc) answer { return outcome(f.sock.SetLinger(a != 0, b)) }
	case "TCP_INFO":
		if set {
			return result(sockapi.ENOPROTOOPT)
		}
		return func(*sim.Proc) answer { return r.infoOption(f, value) }
	case "TCP_CONGESTION":
		return r.congestionOption(f, value, set)
	case "TCP_FASTOPEN_KEY":
		return r.keyOption(f, value, r.intArg(c, 4))
	}
	if strings.Contains(withoutEffect, " "+name+" ") {
		return func(*sim.Proc) answer { return answer{} }
	}
	r.bad(c.Args[2].Pos, "the socket option %s, %s is not modelled", level, name)
	return nil
}

func (r *runner) numberOption(f *file, o sockapi.Option, value *pkt.Expr, set bool,
	name string) func(*sim.Proc) answer {
	if set {
		v := r.listNumber(value)
		return func(*sim.Proc) answer { return outcome(f.sock.SetOption(o, v)) }
	}
	return func(*sim.Proc) answer {
		v, err := f.sock.Option(o)
		if err != nil {
			return outcome(err)
		}
		return r.filled(name, value, v)
	}
}

// congestionName is the kernel's name of one of our controllers: its "reno" is RFC 6582 with SACK.
func congestionName(kernel string) string {
	if kernel == "reno" {
		return "newreno"
	}
	return kernel
}

func (r *runner) congestionOption(f *file, value *pkt.Expr, set bool) func(*sim.Proc) answer {
	if value.Kind == pkt.List && len(value.Args) == 1 {
		value = value.Args[0]
	}
	if value.Kind != pkt.String {
		r.bad(value.Pos, "a name in quotes is needed here")
	}
	if set {
		return func(*sim.Proc) answer { return outcome(f.sock.SetCongestion(congestionName(value.Str))) }
	}
	return func(*sim.Proc) answer {
		if got := f.sock.Congestion(); got != congestionName(value.Str) {
			return answer{note: "TCP_CONGESTION is " + got}
		}
		return answer{}
	}
}

// keyOption sets the Fast Open key: 16 octets, or 32 for the key and a spare one.
func (r *runner) keyOption(f *file, value *pkt.Expr, n int64) func(*sim.Proc) answer {
	if value.Kind != pkt.String {
		r.bad(value.Pos, "the key's octets in quotes are needed here")
	}
	if n != 16 && n != 32 || int64(len(value.Str)) < n {
		return result(sockapi.EINVAL)
	}
	key := tcp.FastOpenKeyFrom([16]byte([]byte(value.Str[:16])))
	return func(*sim.Proc) answer {
		r.sys.foKey = key
		return outcome(f.sock.SetFastOpenKey(key))
	}
}
