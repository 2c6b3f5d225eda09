package sockapi

import (
	"errors"

	"mpsim/model/cc"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Option is a socket option with a number for a value.
type Option uint8

// Options. The comment has the constant of Linux, the unit and the range.
const (
	ReuseAddr       Option = iota // SO_REUSEADDR: 0 or 1; listeners never wait for TIME-WAIT here
	SendBuffer                    // SO_SNDBUF: octets; holds and reads back twice the value, as Linux
	ReceiveBuffer                 // SO_RCVBUF: octets; reads back twice the value, as Linux
	KeepAlive                     // SO_KEEPALIVE: 0 or 1
	KeepIdle                      // TCP_KEEPIDLE: seconds, 1..32767
	KeepInterval                  // TCP_KEEPINTVL: seconds, 1..32767
	KeepCount                     // TCP_KEEPCNT: probes, 1..127
	Linger                        // SO_LINGER with l_onoff 1: seconds; SetLinger turns it off
	LastError                     // SO_ERROR: number of the Errno, 0 for none; reading clears it
	NoDelay                       // TCP_NODELAY: 0 or 1
	Cork                          // TCP_CORK: 0 or 1
	MaxSeg                        // TCP_MAXSEG: octets, 88..32767
	UserTimeout                   // TCP_USER_TIMEOUT: milliseconds, 0: none
	QuickACK                      // TCP_QUICKACK: 0 or 1
	SYNCount                      // TCP_SYNCNT: retransmissions of the SYN, 1..127
	Linger2                       // TCP_LINGER2: seconds in FIN-WAIT-2
	DeferAccept                   // TCP_DEFER_ACCEPT: seconds; taken and without effect
	NotSentLowat                  // TCP_NOTSENT_LOWAT: octets, 0 or 2^32-1: none
	FastOpenQueue                 // TCP_FASTOPEN: connections
	FastOpenConnect               // TCP_FASTOPEN_CONNECT: 0 or 1
	TOS                           // IP_TOS, IPV6_TCLASS: 0..255
	TTL                           // IP_TTL, IPV6_UNICAST_HOPS: 1..255
	IsMPTCP                       // TCP_IS_MPTCP: reading only
	ZeroCopy                      // SO_ZEROCOPY: 0 or 1; MsgZeroCopy then has completions
	numOptions
)

// optionSet is a set of options.
type optionSet uint32

func (o optionSet) has(x Option) bool { return o>>x&1 != 0 }

// settings are the options of one socket; accepted sockets inherit them.
type settings struct {
	set        optionSet
	value      [numOptions]int64
	linger     bool
	congestion string // empty: the host's
	key        tcp.FastOpenKey
	hasKey     bool
	inner      []innerValue // of subflows of the connection
	wishes     *wishes      // of the neighbouring interfaces; nil: none
}

func (o *settings) init() {}

func (o *settings) on(x Option) bool { return o.set.has(x) && o.value[x] != 0 }

// bounds of the values; both 0: any number.
func bounds(o Option) (low, high int64) {
	switch o {
	case KeepIdle, KeepInterval:
		return 1, 32767
	case KeepCount, SYNCount:
		return 1, 127
	case MaxSeg:
		return 88, 32767
	case UserTimeout, DeferAccept, FastOpenQueue, SendBuffer, ReceiveBuffer:
		return 0, 1<<31 - 1
	case ZeroCopy:
		return 0, 1
	case TOS:
		return 0, 255
	case TTL:
		return 1, 255
	default:
		return 0, 0
	}
}

// inBounds tells whether a value is one that an option takes.
func inBounds(o Option, v int64) bool {
	low, high := bounds(o)
	return low == 0 && high == 0 || v >= low && v <= high
}

// SetOption sets an option. That of a Multipath TCP socket is the connection's or every subflow's, those
// included that either end opens later (subinherit.go has the list). Errors: EINVAL for a value out of range,
// ENOPROTOOPT for one that can only be read, EOPNOTSUPP where the socket's transport or host has it switched
// off.
func (s *Socket) SetOption(o Option, v int64) error {
	switch {
	case s.state == socketClosed:
		return EBADF
	case o >= numOptions || o == LastError || o == IsMPTCP:
		return ENOPROTOOPT
	case !inBounds(o, v):
		return EINVAL
	case o == FastOpenConnect && s.host.tcp.Config().FastOpen&tcp.FastOpenClient == 0:
		return EOPNOTSUPP
	case o == FastOpenConnect && (s.conn != nil || s.state == socketListening):
		return EINVAL
	case o == NotSentLowat:
		v = int64(uint32(v))
	case o == TOS:
		v &^= 3 // ECN's bits are TCP's own
	}
	s.opt.set |= 1 << o
	s.opt.value[o] = v
	s.opt.linger = s.opt.linger || o == Linger
	if o == FastOpenQueue && s.state == socketListening {
		return s.fastOpenQueue(int(v))
	}
	if s.conn == nil {
		return nil
	}
	if t := s.conn.TCP(); t != nil {
		s.opt.applyOneTCP(s.now(), t, o)
	} else {
		s.opt.applyOneMPTCP(s.now(), s, o)
	}
	return nil
}

// SetLinger is SO_LINGER as a whole.
func (s *Socket) SetLinger(on bool, seconds int64) error {
	if err := s.SetOption(Linger, seconds); err != nil {
		return err
	}
	s.opt.linger = on
	return nil
}

// SetCongestion is TCP_CONGESTION: the name of a controller of model/cc, of all subflows of a Multipath TCP
// connection, those opened later included. Errors: ENOENT for an unknown one.
func (s *Socket) SetCongestion(name string) error {
	if _, err := cc.New(name); err != nil {
		return ENOENT
	}
	s.opt.congestion = name
	if s.conn == nil {
		return nil
	}
	if t := s.conn.TCP(); t == nil {
		return s.conn.MPTCP().SetCongestion(name)
	} else if t.Endpoint() != nil {
		return t.Endpoint().SetCongestion(name)
	}
	return nil
}

// Congestion returns the name set, or the host's.
func (s *Socket) Congestion() string {
	if s.opt.congestion != "" {
		return s.opt.congestion
	}
	return s.host.tcp.Config().Congestion
}

// SetFastOpenKey is TCP_FASTOPEN_KEY for a socket that will listen.
func (s *Socket) SetFastOpenKey(key tcp.FastOpenKey) error {
	s.opt.key, s.opt.hasKey = key, true
	if s.state == socketListening {
		return s.host.tcp.SetFastOpenKey(s.local, s.lport, key)
	}
	return nil
}

// Option reads an option. Errors: ENOPROTOOPT.
func (s *Socket) Option(o Option) (int64, error) {
	if o >= numOptions {
		return 0, ENOPROTOOPT
	}
	v := s.opt.value[o]
	var t *tcp.Stream
	if s.conn != nil {
		t = s.conn.TCP()
	}
	switch o {
	case LastError:
		var err Errno
		if errors.As(s.takeError(), &err) {
			return int64(err), nil
		}
		return 0, nil
	case IsMPTCP:
		if s.network == MPTCP && (s.conn == nil || s.conn.MPTCP() != nil && !s.conn.MPTCP().Fallback()) {
			return 1, nil
		}
		return 0, nil
	case SendBuffer, ReceiveBuffer:
		return s.bufferSize(o, t), nil
	case MaxSeg:
		switch {
		case t != nil && t.Endpoint() != nil && s.conn.connected():
			return t.Endpoint().MSS(), nil
		case s.conn != nil && s.conn.connected() && s.conn.MPTCP() != nil && s.conn.MPTCP().MaxSeg() > 0:
			return s.conn.MPTCP().MaxSeg(), nil
		case s.opt.set.has(MaxSeg):
			return v, nil
		}
		return 536, nil // TCP_MSS_DEFAULT, RFC 9293 section 3.7.1
	default:
		if !s.opt.set.has(o) {
			return initialValue(o), nil
		}
		return v, nil
	}
}

// initialValue is what an option has before it is set (ip(7), tcp(7)).
func initialValue(o Option) int64 {
	switch o {
	case TTL:
		return 64 // ip_default_ttl
	case KeepIdle:
		return 7200
	case KeepInterval:
		return 75
	case KeepCount:
		return 9
	default:
		return 0
	}
}

// bufferSize is SO_SNDBUF or SO_RCVBUF as Linux tells it: twice the octets.
func (s *Socket) bufferSize(o Option, t *tcp.Stream) int64 {
	switch {
	case s.opt.set.has(o):
		return 2 * s.opt.value[o]
	case t != nil && o == SendBuffer:
		return 2 * t.SendBuffer().Size()
	case t != nil:
		return 2 * t.RecvBuffer().Size()
	case o == SendBuffer:
		return 2 * s.host.tcp.Config().SendBuffer
	}
	return 2 * s.host.tcp.Config().ReceiveBuffer
}

// applyTCP gives a stream all options that were set.
func (o *settings) applyTCP(now sim.Time, t *tcp.Stream) {
	for x := range numOptions {
		if o.set.has(x) {
			o.applyOneTCP(now, t, x)
		}
	}
	if o.congestion != "" && t.Endpoint() != nil {
		_ = t.Endpoint().SetCongestion(o.congestion) // the name was checked
	}
}

func (o *settings) applyOneTCP(now sim.Time, t *tcp.Stream, x Option) {
	v := o.value[x]
	switch x {
	case NoDelay:
		t.SetNoDelay(now, v != 0)
	case Cork:
		t.SetCork(now, v != 0)
	case SendBuffer:
		t.SetSendBuffer(now, sendBufferOf(v))
	case ReceiveBuffer:
		t.SetReceiveBuffer(receiveBufferOf(v))
	case NotSentLowat:
		if v == 1<<32-1 {
			v = 0
		}
		t.SetNotSentLowat(now, v)
	default:
		if e := t.Endpoint(); e != nil {
			o.applyEndpoint(now, e, x)
		}
	}
}

func seconds(n int64) unit.Duration { return unit.Duration(n) * unit.Second }

// sendBufferOf returns the octets of a send buffer for a value of SO_SNDBUF: Linux doubles it for its
// overhead, of which large writes have little.
func sendBufferOf(v int64) int64 { return max(2*v, 4608) } // SOCK_MIN_SNDBUF

// receiveBufferOf is sendBufferOf for SO_RCVBUF, where the overhead is left out.
func receiveBufferOf(v int64) int64 { return max(v, 1152) } // SOCK_MIN_RCVBUF, halved

// applyEndpoint sets what belongs to one endpoint.
func (o *settings) applyEndpoint(now sim.Time, e *tcp.Endpoint, x Option) {
	v := o.value[x]
	switch x {
	case MaxSeg:
		_ = e.SetMaxSeg(int(v)) // the value was checked
	case UserTimeout:
		e.SetUserTimeout(now, unit.Duration(v)*unit.Millisecond)
	case SYNCount:
		e.SetSYNRetries(int(v))
	case QuickACK:
		e.SetQuickACK(now, v != 0)
	case TOS:
		e.SetTOS(uint8(v))
	case TTL:
		e.SetTTL(uint8(v))
	case Linger2:
		e.SetFinWait(seconds(v))
	case KeepAlive, KeepIdle, KeepInterval, KeepCount:
		e.SetKeepalive(now, o.value[KeepAlive] != 0, seconds(o.value[KeepIdle]), seconds(o.value[KeepInterval]),
			int(o.value[KeepCount]))
	default: // of the socket alone
	}
}
