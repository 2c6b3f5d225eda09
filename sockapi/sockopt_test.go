package sockapi_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// TestOrdinaryByNumber sets and reads ordinary options as octets.
func TestOrdinaryByNumber(t *testing.T) {
	const tcp, ip, sock = abi.IPPROTO_TCP, abi.IPPROTO_IP, abi.SOL_SOCKET
	word := func(v int) []byte { return abi.AppendInt(nil, v) }
	w := newAPIWorld(apiOptions{})
	defer w.Close()
	for _, n := range []sockapi.Network{sockapi.TCP, sockapi.MPTCP} {
		s := w.client.Socket(n)
		for _, c := range []struct {
			name      string
			level, no int
			value     []byte
			want      sockapi.Errno
			read      []byte
		}{
			{"TCP_NODELAY", tcp, abi.TCP_NODELAY, word(7), ok, word(1)},
			{"TCP_NODELAY off", tcp, abi.TCP_NODELAY, word(0), ok, word(0)},
			{"TCP_CORK", tcp, abi.TCP_CORK, word(1), ok, word(1)},
			{"longer than an int", tcp, abi.TCP_KEEPIDLE, append(word(30), 9, 9), ok, word(30)},
			{"shorter than an int", tcp, abi.TCP_KEEPIDLE, []byte{9, 0}, sockapi.EINVAL, word(30)},
			{"out of range", tcp, abi.TCP_KEEPCNT, word(200), sockapi.EINVAL, word(9)},
			{"TCP_USER_TIMEOUT", tcp, abi.TCP_USER_TIMEOUT, word(-1), sockapi.EINVAL, word(0)},
			{"TCP_MAXSEG", tcp, abi.TCP_MAXSEG, word(1000), ok, word(1000)},
			{"TCP_SYNCNT", tcp, abi.TCP_SYNCNT, word(3), ok, word(3)},
			{"IP_TOS", ip, abi.IP_TOS, word(0xff), ok, word(0xfc)},
			{"IP_TOS, an octet", ip, abi.IP_TOS, []byte{0x20}, ok, word(0x20)},
			{"IP_TTL", ip, abi.IP_TTL, word(0), sockapi.EINVAL, word(64)},
			{"IPV6_UNICAST_HOPS", abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS, word(5), ok, word(5)},
			{"SO_KEEPALIVE", sock, abi.SO_KEEPALIVE, word(2), ok, word(1)},
			{"SO_SNDBUF", sock, abi.SO_SNDBUF, word(30_000), ok, word(60_000)},
			{"SO_ERROR", sock, abi.SO_ERROR, word(1), sockapi.ENOPROTOOPT, word(0)},
			{"SO_LINGER", sock, abi.SO_LINGER, abi.AppendLinger(nil, abi.Linger{On: 1, Seconds: 5}), ok,
				abi.AppendLinger(nil, abi.Linger{On: 1, Seconds: 5})},
			{"SO_LINGER off", sock, abi.SO_LINGER, abi.AppendLinger(nil, abi.Linger{Seconds: 5}), ok,
				abi.AppendLinger(nil, abi.Linger{Seconds: 5})},
			{"SO_LINGER, short", sock, abi.SO_LINGER, word(1), sockapi.EINVAL,
				abi.AppendLinger(nil, abi.Linger{Seconds: 5})},
			{"SO_RCVTIMEO", sock, abi.SO_RCVTIMEO, abi.AppendTimeval(nil, abi.Timeval{Seconds: 2, Micros: 500_000}), ok,
				abi.AppendTimeval(nil, abi.Timeval{Seconds: 2, Micros: 500_000})},
			{"SO_SNDTIMEO", sock, abi.SO_SNDTIMEO, abi.AppendTimeval(nil, abi.Timeval{Micros: 7}), ok,
				abi.AppendTimeval(nil, abi.Timeval{Micros: 7})},
			{"SO_RCVTIMEO, a million", sock, abi.SO_RCVTIMEO, abi.AppendTimeval(nil, abi.Timeval{Micros: 1_000_000}),
				sockapi.EDOM, abi.AppendTimeval(nil, abi.Timeval{Seconds: 2, Micros: 500_000})},
			{"SO_RCVTIMEO, short", sock, abi.SO_RCVTIMEO, word(1), sockapi.EINVAL, nil},
			{"SO_RCVTIMEO off", sock, abi.SO_RCVTIMEO, abi.AppendTimeval(nil, abi.Timeval{}), ok,
				abi.AppendTimeval(nil, abi.Timeval{})},
			{"SO_SNDTIMEO still", sock, abi.SO_SNDTIMEO, abi.AppendTimeval(nil, abi.Timeval{Micros: -1}), sockapi.EDOM,
				abi.AppendTimeval(nil, abi.Timeval{Micros: 7})},
			{"TCP_CONGESTION", tcp, abi.TCP_CONGESTION, []byte("reno"), ok,
				[]byte("reno\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
			{"TCP_CONGESTION, unknown", tcp, abi.TCP_CONGESTION, []byte("renown"), sockapi.ENOENT,
				[]byte("reno\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
			{"TCP_CONGESTION, empty", tcp, abi.TCP_CONGESTION, []byte{}, sockapi.EINVAL, nil},
			{"TCP_FASTOPEN_KEY, short", tcp, abi.TCP_FASTOPEN_KEY, make([]byte, 15), sockapi.EINVAL, nil},
			{"TCP_FASTOPEN_KEY", tcp, abi.TCP_FASTOPEN_KEY, make([]byte, 16), ok, nil},
			{"TCP_INFO", tcp, abi.TCP_INFO, word(1), sockapi.ENOPROTOOPT, nil},
			{"an unknown option", tcp, 999, word(1), sockapi.ENOPROTOOPT, nil},
			{"an unknown level", 999, 1, word(1), sockapi.ENOPROTOOPT, nil},
			{"a null pointer", tcp, abi.TCP_NODELAY, nil, sockapi.EFAULT, nil},
		} {
			if got := errno(t, s.SetSockOpt(c.level, c.no, nil, c.value)); got != c.want {
				t.Errorf("%s: setting %s: %s, want %s", n, c.name, name(got), name(c.want))
			}
			if c.read == nil {
				continue
			}
			b, length := make([]byte, 40), 40
			err := s.GetSockOpt(c.level, c.no, nil, b, &length)
			if err != nil || string(b[:length]) != string(c.read) {
				t.Errorf("%s: reading %s: %x, %v, want %x", n, c.name, b[:length], err, c.read)
			}
			b, length = make([]byte, 2), 2 // a buffer that is too small has the first octets
			if err := s.GetSockOpt(c.level, c.no, nil, b, &length); err != nil || string(b) != string(c.read[:2]) {
				t.Errorf("%s: two octets of %s: %x, %v", n, c.name, b, err)
			}
			length = 40
			if err := s.GetSockOpt(c.level, c.no, nil, b, &length); err != sockapi.EFAULT || length != 40 {
				t.Errorf("%s: %s beyond the buffer: %v", n, c.name, err)
			}
		}
		if err := s.GetSockOpt(tcp, 999, nil, make([]byte, 4), ref(4)); err != sockapi.ENOPROTOOPT {
			t.Errorf("reading an unknown option: %v", err)
		}
		must(0, s.Close())
		if a, b := s.GetSockOpt(tcp, 1, nil, make([]byte, 4), ref(4)), s.SetSockOpt(tcp, 1, nil, word(1)); a !=
			sockapi.EBADF || b != sockapi.EBADF {
			t.Errorf("after close: %v, %v", a, b)
		}
	}
}

func ref(n int) *int { return &n }

// TestTCPInfoOfSocket: the state, the kernel's length, and the oldest subflow of a connection of several.
func TestTCPInfoOfSocket(t *testing.T) {
	for _, c := range []struct {
		api  sockapi.API
		size int
	}{{sockapi.APIDraft, 280}, {sockapi.APILinuxFork, 192}, {sockapi.APIUpstream, 280}} {
		w := newAPIWorld(apiOptions{api: c.api})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			read := func(s *sockapi.Socket) (state uint8, bytes uint64) {
				b, n := make([]byte, 400), 400
				must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.TCP_INFO, nil, b, &n))
				i, _ := abi.ParseTCPInfo(b)
				if n != c.size {
					t.Errorf("%s: TCP_INFO has %d octets, want %d", c.api, n, c.size)
				}
				return i.State, i.BytesAcked
			}
			s := w.client.Socket(sockapi.MPTCP)
			if state, _ := read(s); state != 7 {
				t.Errorf("fresh: state %d", state)
			}
			l := w.client.Socket(sockapi.MPTCP)
			must(0, l.Bind(w.wifi, 90))
			must(0, l.Listen(1))
			if state, _ := read(l); state != 10 {
				t.Errorf("listening: state %d", state)
			}
			must(0, s.Connect(p, w.wifi, w.remote, port, true))
			w.talk(p, s)
			if state, n := read(s); state != 1 || n < 5 || n > 6 {
				t.Errorf("connected: state %d, %d octets", state, n)
			}
			if c.api == sockapi.APIDraft {
				must(s.OpenSub(over(w.cell)))
				pause(p, 100*ms)
				if state, n := read(s); state != 1 || n < 5 {
					t.Errorf("of the older one: state %d, %d octets", state, n)
				}
				must(0, s.CloseSub(1, sockapi.Reset))
				pause(p, 100*ms)
				if state, n := read(s); state != 1 || n > 1 {
					t.Errorf("over the second: state %d, %d octets", state, n)
				}
				must(0, s.CloseSub(2, sockapi.Reset))
				if state, _ := read(s); state != 7 {
					t.Errorf("without subflow: state %d", state)
				}
			}
			_ = s.Close()
			if _, err := s.TCPInfo(); err != sockapi.EBADF {
				t.Errorf("after close: %v", err)
			}
			pause(p, unit.Second)
		})
	}
}
