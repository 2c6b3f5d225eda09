package sockapi_test

import (
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// The contract of the enhanced socket API: each call in each situation, in both profiles.

// subCall is one call, typed or as octets. id is the subflow that it is about.
type subCall struct {
	name string
	do   func(w *apiWorld, s *sockapi.Socket, id uint8) error
}

// errOf drops a result.
func errOf[T any](_ T, err error) error { return err }

// getRaw is getsockopt at level IPPROTO_TCP with a buffer as long as it is said to be.
func getRaw(s *sockapi.Socket, name int, mem *abi.Memory, b []byte) error {
	n := len(b)
	return s.GetSockOpt(abi.IPPROTO_TCP, name, mem, b, &n)
}

// rawTuple is mptcp_sub_tuple for a subflow over cell.
func rawTuple(w *apiWorld) []byte {
	return abi.AppendSubTuple4(nil, abi.SubTuple{Local: abi.SockaddrOf(w.cell, 0, abi.AF_INET),
		Remote: abi.SockaddrOf(w.remote, 0, abi.AF_INET)})
}

// innerGet is mptcp_sub_getsockopt with memory behind it.
func innerGet(id uint8, level, name, size int) (b []byte, mem *abi.Memory, value, length []byte) {
	mem = &abi.Memory{}
	value, length = make([]byte, size), abi.AppendInt(nil, size)
	return abi.AppendSubGetsockopt(nil, abi.SubGetsockopt{ID: id, Level: level, Optname: name,
		Optval: mem.Map(value), Optlen: mem.Map(length)}), mem, value, length
}

// innerSet is mptcp_sub_setsockopt with memory behind it.
func innerSet(id uint8, level, name int, value []byte) ([]byte, *abi.Memory) {
	mem := &abi.Memory{}
	return abi.AppendSubSetsockopt(nil, abi.SubSetsockopt{ID: id, Level: level, Optname: name,
		Optval: mem.Map(value), Optlen: uint32(len(value))}), mem
}

var listCalls = []subCall{
	{"SubIDs", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.SubIDs()) }},
	{"GET_SUB_IDS", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.MPTCP_GET_SUB_IDS, nil, make([]byte, 64))
	}},
}

var openCalls = []subCall{
	{"OpenSub", func(w *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.OpenSub(over(w.cell))) }},
	{"OPEN_SUB_TUPLE", func(w *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.MPTCP_OPEN_SUB_TUPLE, nil, rawTuple(w))
	}},
}

var idCalls = []subCall{
	{"SubTuple", func(_ *apiWorld, s *sockapi.Socket, id uint8) error { return errOf(s.SubTuple(id)) }},
	{"GET_SUB_TUPLE", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return getRaw(s, abi.MPTCP_GET_SUB_TUPLE, nil, append([]byte{id}, make([]byte, 56)...))
	}},
	{"CloseSub", func(_ *apiWorld, s *sockapi.Socket, id uint8) error { return s.CloseSub(id, sockapi.Reset) }},
	{"CLOSE_SUB_ID", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return getRaw(s, abi.MPTCP_CLOSE_SUB_ID, nil, []byte{id})
	}},
	{"SubOption", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return errOf(s.SubOption(id, sockapi.TTL))
	}},
	{"SetSubOption", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return s.SetSubOption(id, sockapi.TTL, 9)
	}},
	{"SubInfo", func(_ *apiWorld, s *sockapi.Socket, id uint8) error { return errOf(s.SubInfo(id)) }},
	{"SubCongestion", func(_ *apiWorld, s *sockapi.Socket, id uint8) error { return errOf(s.SubCongestion(id)) }},
	{"SetSubCongestion", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return s.SetSubCongestion(id, "cubic")
	}},
	{"SUB_GETSOCKOPT", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		b, mem, _, _ := innerGet(id, abi.IPPROTO_TCP, abi.TCP_INFO, 300)
		return getRaw(s, abi.MPTCP_SUB_GETSOCKOPT, mem, b)
	}},
	{"SUB_SETSOCKOPT", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		b, mem := innerSet(id, abi.IPPROTO_IP, abi.IP_TTL, abi.AppendInt(nil, 9))
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_SETSOCKOPT, mem, b)
	}},
}

// prioCalls are of this simulator: APILinuxFork does not know them.
var prioCalls = []subCall{
	{"SubPrio", func(_ *apiWorld, s *sockapi.Socket, id uint8) error { return s.SubPrio(id, true) }},
	{"SUB_PRIO", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SUB_PRIO, nil, []byte{id, 1})
	}},
}

// situation is a socket in some state.
type situation struct {
	name    string
	options apiOptions
	enter   func(p *sim.Proc, w *apiWorld) (s *sockapi.Socket, id uint8)

	// What the calls answer; fork is what APILinuxFork answers where that differs (0: the same).
	list, open, byID sockapi.Errno
	fork             sockapi.Errno // to all calls
}

const (
	ok         = sockapi.Errno(0)
	unknownSub = 17 // no subflow has this number
)

func aSocket(w *apiWorld, n sockapi.Network) *sockapi.Socket { return w.client.Socket(n) }

var situations = []situation{
	{"not connected", apiOptions{}, func(_ *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return aSocket(w, sockapi.MPTCP), 1
	}, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.EOPNOTSUPP},
	{"listening", apiOptions{}, func(_ *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := aSocket(w, sockapi.MPTCP)
		must(0, s.Bind(w.wifi, 81))
		must(0, s.Listen(1))
		return s, 1
	}, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.EOPNOTSUPP},
	{"not MPTCP", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := aSocket(w, sockapi.TCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		return s, 1
	}, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP},
	{"not MPTCP, not connected", apiOptions{}, func(_ *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return aSocket(w, sockapi.TCP), 1
	}, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP},
	{"fallen back", apiOptions{plainServer: true}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return w.connect(p), 1
	}, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP},
	{"fallen back at the first data", apiOptions{dataBox: true},
		func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
			s := w.client.Socket(sockapi.MPTCP)
			must(0, s.Connect(p, w.wifi, w.remote, port, true))
			if _, err := s.SubIDs(); err != nil {
				panic(err)
			}
			w.talk(p, s)
			return s, 1
		}, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP, sockapi.EOPNOTSUPP},
	{"before establishment", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := aSocket(w, sockapi.MPTCP)
		if err := s.Connect(p, w.wifi, w.remote, port, false); err != sockapi.EINPROGRESS {
			panic(err)
		}
		pause(p, 5*ms)
		return s, 1
	}, ok, sockapi.EAGAIN, ok, sockapi.EOPNOTSUPP},
	{"before full establishment", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := aSocket(w, sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		return s, 1
	}, ok, sockapi.EAGAIN, ok, 0},
	{"established", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return w.connect(p), 1
	}, ok, ok, ok, 0},
	{"of the second subflow", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		return s, 2
	}, ok, ok, ok, 0},
	{"of a subflow whose SYN is under way", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(s.OpenSub(over(w.cell)))
		return s, 2
	}, ok, ok, ok, 0},
	{"unknown number", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return w.connect(p), unknownSub
	}, ok, ok, sockapi.EINVAL, 0},
	{"number 0, the connection", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return w.connect(p), 0
	}, ok, ok, sockapi.EINVAL, 0},
	{"closed subflow", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		must(0, s.CloseSub(2, sockapi.Reset))
		pause(p, 100*ms)
		return s, 2
	}, ok, ok, sockapi.EINVAL, 0},
	{"all subflows closed", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(0, s.CloseSub(1, sockapi.Reset))
		return s, 1
	}, ok, ok, sockapi.EINVAL, 0},
	{"after the end of both streams", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(0, s.Shutdown(false, true))
		pause(p, 5000*ms)
		return s, 1
	}, ok, sockapi.ENOTCONN, sockapi.EINVAL, 0},
	{"after a reset", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		must(s.Send(p, []byte("abort"), 0, true))
		pause(p, 100*ms)
		return s, 1
	}, ok, sockapi.ENOTCONN, sockapi.EINVAL, 0},
	{"after a refused connect", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.client.Socket(sockapi.MPTCP)
		if err := s.Connect(p, w.wifi, w.remote, 82, true); err != sockapi.ECONNREFUSED {
			panic(err)
		}
		return s, 1
	}, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.ENOTCONN, sockapi.EOPNOTSUPP},
	{"after close", apiOptions{}, func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		s := w.connect(p)
		must(0, s.Close())
		return s, 1
	}, sockapi.EBADF, sockapi.EBADF, sockapi.EBADF, 0},
}

// TestContract is the table of all calls in all situations.
func TestContract(t *testing.T) {
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		for i := range situations {
			x := &situations[i]
			t.Run(x.name, func(t *testing.T) {
				check := func(calls []subCall, want sockapi.Errno) {
					for _, c := range calls {
						x.check(t, api, c, want)
					}
				}
				list, open, byID, prio := x.list, x.open, x.byID, x.byID
				if api == sockapi.APILinuxFork {
					if x.fork != 0 {
						list, open, byID, prio = x.fork, x.fork, x.fork, x.fork
					}
				}
				check(listCalls, list)
				check(openCalls, open)
				check(idCalls, byID)
				if api == sockapi.APIDraft {
					check(prioCalls, prio)
				}
			})
		}
	})
}

// check makes a call in a world of its own.
func (x *situation) check(t *testing.T, api sockapi.API, c subCall, want sockapi.Errno) {
	t.Helper()
	o := x.options
	o.api = api
	w := newAPIWorld(o)
	w.serve(func(p *sim.Proc, s *sockapi.Socket) {
		if x.name == "after a reset" {
			must(s.Recv(p, make([]byte, 5), 0, true))
			must(0, s.SetLinger(true, 0))
			must(0, s.Close())
		}
	})
	w.run(t, func(p *sim.Proc) {
		s, id := x.enter(p, w)
		if got := errno(t, c.do(w, s, id)); got != want {
			t.Errorf("%s: %s, want %s", c.name, name(got), name(want))
		}
		_ = s.Close()
	})
}

// TestContractElsewhere has calls that another profile does not know.
func TestContractElsewhere(t *testing.T) {
	established := situation{name: "established", enter: func(p *sim.Proc, w *apiWorld) (*sockapi.Socket, uint8) {
		return w.connect(p), 1
	}}
	for _, c := range prioCalls {
		established.check(t, sockapi.APILinuxFork, c, sockapi.ENOPROTOOPT)
	}
	// Upstream Linux does not know any. By number the kernel's list of what an MPTCP socket may read decides.
	for _, calls := range [][]subCall{listCalls, openCalls, idCalls, prioCalls} {
		for _, c := range calls {
			want := sockapi.ENOPROTOOPT
			if strings.Contains(c.name, "_") && c.name != "SUB_SETSOCKOPT" && c.name != "SUB_PRIO" {
				want = sockapi.EOPNOTSUPP
			}
			established.check(t, sockapi.APIUpstream, c, want)
		}
	}
	// MPTCP_GET_SUB_INFO has a number only; commands are for getsockopt, and the other way round.
	bothAPIs(t, func(t *testing.T, api sockapi.API) {
		for _, c := range []subCall{
			{"GET_SUB_INFO", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
				return getRaw(s, abi.MPTCP_GET_SUB_INFO, nil, []byte{id})
			}},
			{"get SUB_SETSOCKOPT", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
				return getRaw(s, abi.MPTCP_SUB_SETSOCKOPT, nil, make([]byte, 32))
			}},
			{"set CLOSE_SUB_ID", func(_ *apiWorld, s *sockapi.Socket, id uint8) error {
				return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_CLOSE_SUB_ID, nil, []byte{id})
			}},
			{"set OPEN_SUB_TUPLE", func(w *apiWorld, s *sockapi.Socket, id uint8) error {
				return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_OPEN_SUB_TUPLE, nil, rawTuple(w))
			}},
		} {
			established.check(t, api, c, sockapi.ENOPROTOOPT)
		}
	})
}
