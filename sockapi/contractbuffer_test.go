package sockapi_test

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// The contract of buffers: lengths, pointers, and what is in them.

// established runs a body on a socket with two subflows, 1 over wifi and 2 over cell.
func established(t *testing.T, o apiOptions, body func(p *sim.Proc, w *apiWorld, s *sockapi.Socket)) {
	t.Helper()
	w := newAPIWorld(o)
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		body(p, w, s)
		_ = s.Close()
	})
}

func TestContractLengths(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		draft := api == sockapi.APIDraft
		pick := func(inDraft, inFork sockapi.Errno) sockapi.Errno {
			if draft {
				return inDraft
			}
			return inFork
		}
		const all = 100 // octets of a buffer that is large enough
		established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			inner, mem, _, _ := innerGet(1, abi.IPPROTO_TCP, abi.TCP_NODELAY, 4)
			for _, c := range []struct {
				option  int
				what    string
				b       []byte
				optlen  int // as the caller gives it
				want    sockapi.Errno
				lengthT int // on return, 0: not looked at
			}{
				{abi.MPTCP_GET_SUB_IDS, "two subflows", make([]byte, 6), 6, ok, 6},
				{abi.MPTCP_GET_SUB_IDS, "the drafts' buffer", make([]byte, 42), 42, ok, 6},
				{abi.MPTCP_GET_SUB_IDS, "the man page's buffer", make([]byte, 64), 64, ok, 6},
				{abi.MPTCP_GET_SUB_IDS, "an octet too few", make([]byte, 5), 5, sockapi.EINVAL, 5},
				{abi.MPTCP_GET_SUB_IDS, "no octet", nil, 0, sockapi.EINVAL, 0},
				{abi.MPTCP_GET_SUB_IDS, "negative", make([]byte, all), -1, sockapi.EINVAL, -1},
				{abi.MPTCP_GET_SUB_IDS, "null pointer", nil, 64, sockapi.EFAULT, 64},
				{abi.MPTCP_GET_SUB_IDS, "pointer near the end", make([]byte, 5), 64, sockapi.EFAULT, 64},
				{abi.MPTCP_GET_SUB_TUPLE, "33", append([]byte{2}, make([]byte, 32)...), 33, ok, 33},
				{abi.MPTCP_GET_SUB_TUPLE, "room for IPv6", append([]byte{2}, make([]byte, 56)...), 57, ok, 33},
				{abi.MPTCP_GET_SUB_TUPLE, "32", append([]byte{2}, make([]byte, 31)...), 32, sockapi.EINVAL, 32},
				{abi.MPTCP_GET_SUB_TUPLE, "no octet", []byte{2}, 0, sockapi.EINVAL, 0},
				{abi.MPTCP_GET_SUB_TUPLE, "null pointer", nil, 33, sockapi.EFAULT, 33},
				{abi.MPTCP_GET_SUB_TUPLE, "pointer near the end", []byte{2, 0, 0}, 33, sockapi.EFAULT, 33},
				{abi.MPTCP_OPEN_SUB_TUPLE, "33", rawTuple(w), 33, ok, 33},
				{abi.MPTCP_OPEN_SUB_TUPLE, "32", rawTuple(w), 32, sockapi.EINVAL, 32},
				{abi.MPTCP_OPEN_SUB_TUPLE, "35", make([]byte, 35), 35, sockapi.EINVAL, 35},
				{abi.MPTCP_OPEN_SUB_TUPLE, "56", make([]byte, 56), 56, sockapi.EINVAL, 56},
				{abi.MPTCP_OPEN_SUB_TUPLE, "wildcards of IPv6, over IPv4", rawWildcards(), 57, sockapi.EAFNOSUPPORT, 57},
				{abi.MPTCP_OPEN_SUB_TUPLE, "no octet", nil, 0, sockapi.EINVAL, 0},
				{abi.MPTCP_OPEN_SUB_TUPLE, "null pointer", nil, 33, sockapi.EFAULT, 33},
				{abi.MPTCP_OPEN_SUB_TUPLE, "pointer near the end", rawTuple(w)[:20], 33, sockapi.EFAULT, 33},
				{abi.MPTCP_SUB_GETSOCKOPT, "32", inner, 32, ok, 32},
				{abi.MPTCP_SUB_GETSOCKOPT, "31", inner, 31, sockapi.EINVAL, 31},
				{abi.MPTCP_SUB_GETSOCKOPT, "33", append(inner[:32:32], 0), 33, sockapi.EINVAL, 33},
				{abi.MPTCP_SUB_GETSOCKOPT, "null pointer", nil, 32, sockapi.EFAULT, 32},
				{abi.MPTCP_CLOSE_SUB_ID, "no octet", []byte{2}, 0, sockapi.EINVAL, 0},
				{abi.MPTCP_CLOSE_SUB_ID, "null pointer", nil, 1, sockapi.EFAULT, 1},
				{abi.MPTCP_CLOSE_SUB_ID, "pointer near the end", []byte{2}, 8, sockapi.EFAULT, 8},
				{abi.MPTCP_CLOSE_SUB_ID, "a bad how", abi.AppendCloseSubHow(nil, abi.CloseSub{ID: 2, How: 3}), 8,
					pick(sockapi.EINVAL, ok), 8},
				{abi.MPTCP_CLOSE_SUB_ID, "2 octets, in no draft", []byte{7, 4}, 2, sockapi.EINVAL, 2},
				{abi.MPTCP_CLOSE_SUB_ID, "5 octets: packed", []byte{3, 1, 0, 0, 0}, 5, pick(sockapi.EINVAL, ok), 5},
				{abi.MPTCP_CLOSE_SUB_ID, "7 octets", []byte{2, 0, 0, 0, 1, 0, 0}, 7, sockapi.EINVAL, 7},
				{abi.MPTCP_CLOSE_SUB_ID, "one octet", []byte{1}, 1, ok, 1},
			} {
				n := c.optlen
				err := s.GetSockOpt(abi.IPPROTO_TCP, c.option, mem, c.b, &n)
				if got := errno(t, err); got != c.want || n != c.lengthT {
					t.Errorf("%d, %s: %s and length %d, want %s and %d", c.option, c.what, name(got), n, name(c.want),
						c.lengthT)
				}
			}
			err := s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_GET_SUB_IDS, nil, make([]byte, 64), nil)
			if err != sockapi.EFAULT {
				t.Errorf("no length: %v", err)
			}
		})
	})
}

// rawWildcards is mptcp_sub_tuple with two in6addr_any, which name no family but by their structure.
func rawWildcards() []byte {
	return abi.AppendSubTuple6(nil, abi.SubTuple{Local: abi.SockaddrOf(wire.Addr{}, 0, abi.AF_INET6),
		Remote: abi.SockaddrOf(wire.Addr{}, 0, abi.AF_INET6)})
}

func TestContractInnerPointers(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			var mem abi.Memory
			value, four := mem.Map(make([]byte, 4)), mem.Map(abi.AppendInt(nil, 4))
			negative, zero, large := mem.Map(abi.AppendInt(nil, -1)), mem.Map(abi.AppendInt(nil, 0)),
				mem.Map(abi.AppendInt(nil, 1000))
			half := mem.Map([]byte{4, 0})
			empty, text := mem.Map(nil), mem.Map([]byte("cubic"))
			get := func(level, name int, optval, optlen abi.Pointer) error {
				return getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, &mem, abi.AppendSubGetsockopt(nil, abi.SubGetsockopt{ID: 1,
					Level: level, Optname: name, Optval: optval, Optlen: optlen}))
			}
			set := func(level, name int, optval abi.Pointer, n uint32) error {
				return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, &mem, abi.AppendSubSetsockopt(nil,
					abi.SubSetsockopt{ID: 1, Level: level, Optname: name, Optval: optval, Optlen: n}))
			}
			const tcp, ip = abi.IPPROTO_TCP, abi.IPPROTO_IP
			for _, c := range []struct {
				what string
				got  error
				want sockapi.Errno
			}{
				{"get", get(tcp, abi.TCP_NODELAY, value, four), ok},
				{"get, larger length", get(tcp, abi.TCP_NODELAY, value, large), ok},
				{"get nothing", get(tcp, abi.TCP_NODELAY, 0, zero), ok},
				{"get, null length", get(tcp, abi.TCP_NODELAY, value, 0), sockapi.EFAULT},
				{"get, length at the end", get(tcp, abi.TCP_NODELAY, value, half), sockapi.EFAULT},
				{"get, negative length", get(tcp, abi.TCP_NODELAY, value, negative), sockapi.EINVAL},
				{"get, null value", get(tcp, abi.TCP_NODELAY, 0, four), sockapi.EFAULT},
				{"get, short value", get(tcp, abi.TCP_INFO, value, mem.Map(abi.AppendInt(nil, 104))), sockapi.EFAULT},
				{"get an unknown option", get(tcp, 99, value, mem.Map(abi.AppendInt(nil, 4))), sockapi.ENOPROTOOPT},
				{"get an option of the connection", get(tcp, abi.TCP_CORK, value, four), sockapi.ENOPROTOOPT},
				{"get subflows of a subflow", get(tcp, abi.MPTCP_GET_SUB_IDS, value, four), sockapi.ENOPROTOOPT},
				{"get an option of sockets", get(abi.SOL_SOCKET, abi.SO_SNDBUF, value, four), sockapi.EOPNOTSUPP},
				{"get an option of IPv6", get(abi.IPPROTO_IPV6, abi.IPV6_TCLASS, value, four), sockapi.EOPNOTSUPP},
				{"set", set(tcp, abi.TCP_NODELAY, value, 4), ok},
				{"set an octet of level IP", set(ip, abi.IP_TOS, value, 1), ok},
				{"set an octet of level TCP", set(tcp, abi.TCP_NODELAY, value, 1), sockapi.EINVAL},
				{"set nothing", set(tcp, abi.TCP_NODELAY, value, 0), sockapi.EINVAL},
				{"set, null value", set(tcp, abi.TCP_NODELAY, 0, 4), sockapi.EFAULT},
				{"set, empty value", set(tcp, abi.TCP_NODELAY, empty, 4), sockapi.EFAULT},
				{"set, value at the end", set(tcp, abi.TCP_NODELAY, half, 4), sockapi.EFAULT},
				{"set an unknown option", set(tcp, 99, value, 4), sockapi.ENOPROTOOPT},
				{"set TCP_INFO", set(tcp, abi.TCP_INFO, value, 4), sockapi.ENOPROTOOPT},
				{"set an option of sockets", set(abi.SOL_SOCKET, abi.SO_SNDBUF, value, 4), sockapi.ENOPROTOOPT},
				{"set a controller", set(tcp, abi.TCP_CONGESTION, text, 5), ok},
				{"set an unknown controller", set(tcp, abi.TCP_CONGESTION, text, 3), sockapi.ENOENT},
				{"set no controller", set(tcp, abi.TCP_CONGESTION, text, 0), sockapi.EINVAL},
				{"set a controller, null", set(tcp, abi.TCP_CONGESTION, 0, 5), sockapi.EFAULT},
				{"set 31", s.SetSockOpt(tcp, abi.MPTCP_SUB_SETSOCKOPT, &mem, make([]byte, 31)), sockapi.EINVAL},
				{"set from nowhere", s.SetSockOpt(tcp, abi.MPTCP_SUB_SETSOCKOPT, &mem, nil), sockapi.EFAULT},
			} {
				if got := errno(t, c.got); got != c.want {
					t.Errorf("%s: %s, want %s", c.what, name(got), name(c.want))
				}
			}
			keep := sockapi.ENOPROTOOPT
			if api == sockapi.APIDraft {
				keep = ok
			}
			if got := errno(t, set(abi.SOL_SOCKET, abi.SO_KEEPALIVE, value, 4)); got != keep {
				t.Errorf("SO_KEEPALIVE: %s, want %s", name(got), name(keep))
			}
		})
	})
}

// TestContractOctets compares the octets with the kernel's, and with what the typed calls say.
func TestContractOctets(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		established(t, apiOptions{api: api}, func(p *sim.Proc, w *apiWorld, s *sockapi.Socket) {
			b := make([]byte, 64)
			must(0, getRaw(s, abi.MPTCP_GET_SUB_IDS, nil, b))
			const up = abi.FullyEstablished | abi.Attached
			want := []byte{2, 0, 1, up, 2, abi.SlaveSk | up}
			if api == sockapi.APILinuxFork {
				want = []byte{2, 0, 2, up, 1, up}
			}
			if string(b[:6]) != string(want) {
				t.Errorf("subflows are %x, want %x", b[:6], want)
			}
			b = append([]byte{2}, make([]byte, 32)...)
			must(0, getRaw(s, abi.MPTCP_GET_SUB_TUPLE, nil, b))
			typed, raw := must(s.SubTuple(2)), func() abi.SubTuple { x, _ := abi.ParseSubTuple(b); return x }()
			if typed.Local != w.cell || typed.Remote != w.remote || typed.RemotePort != port || typed.LocalPort < 1024 {
				t.Errorf("tuple %+v", typed)
			}
			if raw.ID != 2 || raw.Local != (abi.Sockaddr{Family: abi.AF_INET, Addr: w.cell, Port: typed.LocalPort}) ||
				raw.Remote != (abi.Sockaddr{Family: abi.AF_INET, Addr: w.remote, Port: port}) {
				t.Errorf("octets say %+v", raw)
			}
			// OPEN writes the number with APIDraft.
			b = abi.AppendSubTuple6(nil, abi.SubTuple{Local: abi.SockaddrOf(w.cell6, 0, 0),
				Remote: abi.SockaddrOf(w.remote6, 0, 0)})
			must(0, getRaw(s, abi.MPTCP_OPEN_SUB_TUPLE, nil, b))
			id := byte(3)
			if api == sockapi.APILinuxFork {
				id = 0
			}
			if b[0] != id {
				t.Errorf("OPEN wrote number %d, want %d", b[0], id)
			}
			b = append([]byte{3}, make([]byte, 56)...)
			n := len(b)
			must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_GET_SUB_TUPLE, nil, b, &n))
			six, _ := abi.ParseSubTuple(b)
			if n != 57 || six.Local.Family != abi.AF_INET6 || six.Local.Addr != w.cell6 || six.Remote.Port != port {
				t.Errorf("%d octets: %+v", n, six)
			}
			n = 56
			if err := s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_GET_SUB_TUPLE, nil, b, &n); err != sockapi.EINVAL {
				t.Errorf("56 octets for an IPv6 subflow: %v", err)
			}
			w.checkInfo(t, s)
			pause(p, unit.Second)
		})
	})
}

// checkInfo compares TCP_INFO of subflow 1 in octets with the typed one.
func (w *apiWorld) checkInfo(t *testing.T, s *sockapi.Socket) {
	t.Helper()
	size := abi.TCPInfoSize
	if w.client.API() == sockapi.APILinuxFork {
		size = abi.TCPInfoForkSize
	}
	b, mem, value, length := innerGet(1, abi.IPPROTO_TCP, abi.TCP_INFO, 400)
	must(0, getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b))
	if n, _ := abi.Int(length); n != size {
		t.Errorf("TCP_INFO has %d octets, want %d", n, size)
	}
	typed := must(s.SubInfo(1))
	raw, _ := abi.ParseTCPInfo(value)
	if raw.RTO != typed.RTO || raw.RTT != typed.RTT || raw.SndCwnd != typed.SndCwnd ||
		raw.BytesAcked != typed.BytesAcked || raw.PacingRate != typed.PacingRate || raw.State != 1 || raw.RTT < 20_000 || raw.RTT > 30_000 ||
		raw.SndMSS < 1400 || raw.SndMSS > 1460 {
		t.Errorf("octets say %+v\ntyped is %+v", raw, typed)
	}
	b, mem, value, length = innerGet(1, abi.IPPROTO_TCP, abi.TCP_INFO, abi.TCPInfoClassicSize)
	must(0, getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b))
	if n, _ := abi.Int(length); n != abi.TCPInfoClassicSize || value[0] != 1 {
		t.Errorf("a buffer of 104 octets has %d", n)
	}
}
