package sockapi_test

import (
	"slices"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// measured is what setsockopt and getsockopt of a 6.18.44 kernel said to the numbers of a level on a
// fresh MPTCP socket, with an int of 1: numbers that setsockopt took (or refused for the value alone),
// that it answered by the error of a number on the list that nobody serves, and that getsockopt answered.
// All others below limit gave the level's error for the rest.
type measured struct {
	level, limit      int
	taken, unserved   []int
	read              []int
	restSet, restRead sockapi.Errno
	servedAs          sockapi.Errno
}

var linux618 = []measured{
	{level: abi.IPPROTO_TCP, limit: 80, taken: []int{1, 2, 3, 4, 5, 6, 9, 13, 23, 25, 30, 33, 34, 36},
		read:    []int{1, 2, 3, 4, 5, 6, 9, 11, 13, 23, 25, 26, 30, 31, 33, 34, 36, 43},
		restSet: sockapi.ENOPROTOOPT, restRead: sockapi.EOPNOTSUPP},
	{level: abi.IPPROTO_IP, limit: 60, taken: []int{1, 15, 19, 24, 51},
		unserved: []int{2, 6, 7, 8, 10, 11, 12, 13, 18, 20, 21, 23, 25, 26}, servedAs: sockapi.EOPNOTSUPP,
		read: []int{1, 15, 19, 24, 51}, restSet: sockapi.ENOPROTOOPT, restRead: sockapi.EOPNOTSUPP},
	{level: abi.IPPROTO_IPV6, limit: 90, taken: []int{26, 75, 78},
		unserved: []int{2, 3, 4, 5, 6, 8, 11, 16, 23, 24, 25, 31, 32, 33, 49, 50, 51, 53, 56, 58, 60, 62, 66, 67,
			70, 73,
			74, 77}, servedAs: sockapi.EOPNOTSUPP,
		read: []int{26, 75, 78}, restSet: sockapi.ENOPROTOOPT, restRead: sockapi.EOPNOTSUPP},
	{level: abi.SOL_SOCKET, limit: 90, taken: []int{1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 20, 21,
		25, 29, 32,
		33, 34, 35, 36, 37, 40, 41, 43, 45, 46, 49, 62, 63, 64, 65, 66, 67, 69, 70, 76},
		restSet: sockapi.EOPNOTSUPP},
}

// known are the numbers that the simulator has, too: setting or reading others ends in ENOPROTOOPT where
// the kernel would take them.
func known(level, number int) bool {
	return slices.ContainsFunc(abi.Constants(), func(c abi.Constant) bool {
		switch level {
		case abi.IPPROTO_TCP:
			return c.Value == number && len(c.Name) > 4 && c.Name[:4] == "TCP_"
		case abi.IPPROTO_IP:
			return c.Value == number && c.Name[:3] == "IP_"
		case abi.SOL_SOCKET:
			return c.Value == number && c.Name[:3] == "SO_"
		}
		return false
	})
}

// ignored are the options of sockets that Linux takes without effect.
var ignored = []int{5, 6, 11, 14, 16, 34, 40, 41, 43, 45}

// TestUpstreamPolicy: each number of each level, as the kernel answered.
func TestUpstreamPolicy(t *testing.T) {
	for _, x := range linux618 {
		for number := range x.limit {
			w := newAPIWorld(apiOptions{api: sockapi.APIUpstream})
			s := w.client.Socket(sockapi.MPTCP)
			set := errno(t, s.SetSockOpt(x.level, number, nil, abi.AppendInt(nil, 1)))
			switch {
			case slices.Contains(x.taken, number):
				missing := !known(x.level, number) && (x.level != abi.SOL_SOCKET || !slices.Contains(ignored, number))
				if missing != (set == sockapi.ENOPROTOOPT) || set == sockapi.EOPNOTSUPP {
					t.Errorf("level %d, set %d: %s", x.level, number, name(set))
				}
			case slices.Contains(x.unserved, number):
				if set != x.servedAs {
					t.Errorf("level %d, set %d: %s, want %s", x.level, number, name(set), name(x.servedAs))
				}
			case set != x.restSet:
				t.Errorf("level %d, set %d: %s, want %s", x.level, number, name(set), name(x.restSet))
			}
			n := 400
			get := errno(t, s.GetSockOpt(x.level, number, nil, make([]byte, n), &n))
			switch {
			case x.restRead == 0: // reading options of the socket follows no policy
			case slices.Contains(x.read, number):
				if get == sockapi.EOPNOTSUPP || known(x.level, number) && get != 0 && number != abi.TCP_FASTOPEN_KEY {
					t.Errorf("level %d, get %d: %s", x.level, number, name(get))
				}
			case get != x.restRead:
				t.Errorf("level %d, get %d: %s, want %s", x.level, number, name(get), name(x.restRead))
			}
			w.Close()
		}
	}
}

// TestUpstreamPolicyLater: the policy holds while connected; a fallback opens what the list admits;
// sockets of TCP and other APIs have none.
func TestUpstreamPolicyLater(t *testing.T) {
	for _, x := range []struct {
		name       string
		api        sockapi.API
		network    sockapi.Network
		plain      bool
		userTimout sockapi.Errno // TCP_USER_TIMEOUT, on the list and unserved
		repair     sockapi.Errno // TCP_REPAIR, not on the list
		readTTL    sockapi.Errno
		openSub    sockapi.Errno
	}{
		{"MPTCP", sockapi.APIUpstream, sockapi.MPTCP, false, sockapi.ENOPROTOOPT, sockapi.ENOPROTOOPT,
			sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP},
		{"fallen back", sockapi.APIUpstream, sockapi.MPTCP, true, 0, sockapi.ENOPROTOOPT, 0, sockapi.ENOPROTOOPT},
		{"TCP", sockapi.APIUpstream, sockapi.TCP, false, 0, sockapi.ENOPROTOOPT, 0, sockapi.ENOPROTOOPT},
		{"draft", sockapi.APIDraft, sockapi.MPTCP, false, 0, sockapi.ENOPROTOOPT, 0, sockapi.EINVAL},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newAPIWorld(apiOptions{api: x.api, plainServer: x.plain})
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s := w.client.Socket(x.network)
				must(0, s.Connect(p, w.wifi, w.remote, port, true))
				w.talk(p, s)
				set := func(name int) sockapi.Errno {
					return errno(t, s.SetSockOpt(abi.IPPROTO_TCP, name, nil, abi.AppendInt(nil, 1)))
				}
				if got := set(abi.TCP_USER_TIMEOUT); got != x.userTimout {
					t.Errorf("TCP_USER_TIMEOUT: %s", name(got))
				}
				if got := set(19); got != x.repair {
					t.Errorf("TCP_REPAIR: %s", name(got))
				}
				zero := errno(t, s.SetSockOpt(abi.SOL_SOCKET, abi.SO_ZEROCOPY, nil, abi.AppendInt(nil, 1)))
				if upstream := x.api == sockapi.APIUpstream && x.network == sockapi.MPTCP; upstream !=
					(zero == sockapi.EOPNOTSUPP) {
					t.Errorf("SO_ZEROCOPY: %s", name(zero)) // a fallback does not open the level of sockets
				}
				n := 4
				if got := errno(t, s.GetSockOpt(abi.IPPROTO_IP, abi.IP_TTL, nil, make([]byte, 4), &n)); got != x.readTTL {
					t.Errorf("IP_TTL: %s", name(got))
				}
				if got := errno(t, getRaw(s, abi.MPTCP_OPEN_SUB_TUPLE, nil, nil)); got != x.openSub {
					t.Errorf("MPTCP_OPEN_SUB_TUPLE: %s", name(got))
				}
			})
		})
	}
}

// TestIsMPTCP: the number 43 is two options; which one the API and the length of the buffer say.
func TestIsMPTCP(t *testing.T) {
	for _, x := range []struct {
		api    sockapi.API
		plain  bool
		room   int
		length int
		first  byte
	}{
		{sockapi.APIUpstream, false, 4, 4, 1}, {sockapi.APIUpstream, true, 4, 4, 0}, {sockapi.APIUpstream, false,
			16, 4, 1},
		{sockapi.APIUpstream, false, 1, 1, 1}, {sockapi.APIUpstream, false, 3, 1, 1}, {sockapi.APIUpstream, false,
			0, 0, 0xaa},
		{sockapi.APIDraft, false, 4, 4, 1}, {sockapi.APIDraft, true, 4, 4, 0}, {sockapi.APIDraft, false, 16, 16,
			'd'},
		{sockapi.APILinuxFork, false, 4, 4, 'd'}, {sockapi.APILinuxFork, false, 20, 16, 'd'},
	} {
		w := newAPIWorld(apiOptions{api: x.api, plainServer: x.plain})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			b, n := make([]byte, 20), x.room
			b[0] = 0xaa
			must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.TCP_IS_MPTCP, nil, b, &n))
			if n != x.length || b[0] != x.first {
				t.Errorf("%v, fallback %v, room for %d: %d octets, %q", x.api, x.plain, x.room, n, b[:n])
			}
			if err := s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_IS_MPTCP, nil, abi.AppendInt(nil, 1)); err == nil {
				t.Errorf("%v: set", x.api)
			}
		})
	}
}
