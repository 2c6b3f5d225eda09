package sockapi_test

import (
	"bytes"
	"slices"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

var multipathReads = []subCall{
	{"MultipathSubflows", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return errOf(s.MultipathSubflows())
	}},
	{"MultipathConnID", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return errOf(s.MultipathConnID())
	}},
	{"SUBFLOWS", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.TCP_MULTIPATH_SUBFLOWS, nil, make([]byte, 100))
	}},
	{"CONNID", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.TCP_MULTIPATH_CONNID, nil, make([]byte, 4))
	}},
}

var enableReads = []subCall{
	{"MultipathEnable", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return errOf(s.MultipathEnable())
	}},
	{"ENABLE", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.TCP_MULTIPATH_ENABLE, nil, make([]byte, 4))
	}},
}

var enableSets = []subCall{
	{"SetMultipathEnable", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return s.SetMultipathEnable(true)
	}},
	{"set ENABLE", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_ENABLE, nil, abi.AppendInt(nil, 0))
	}},
}

// cellList is the list of one address, cell's.
func cellList(w *apiWorld) []byte { return abi.AppendSockaddr(nil, abi.SockaddrOf(w.cell, 0, 0)) }

var multipathChanges = []subCall{
	{"MultipathAdd", func(w *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell})
	}},
	{"MultipathRemove", func(w *apiWorld, s *sockapi.Socket, _ uint8) error {
		_ = s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell}, sockapi.MultipathAddr{Addr: w.wifi})
		return s.MultipathRemove(sockapi.MultipathAddr{Addr: w.cell})
	}},
	{"ADD", func(w *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_ADD, nil, cellList(w))
	}},
	{"REMOVE", func(w *apiWorld, s *sockapi.Socket, _ uint8) error {
		_ = s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell}, sockapi.MultipathAddr{Addr: w.wifi})
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_REMOVE, nil, cellList(w))
	}},
}

// TestMultipathContract: what may be set before, what may be read after, and what plain TCP says.
func TestMultipathContract(t *testing.T) {
	try(t, apiOptions{}, multipathReads, map[string]sockapi.Errno{"fresh": sockapi.ENOTCONN,
		"fresh TCP": sockapi.ENOTCONN, "listening": sockapi.ENOTCONN, "connecting": sockapi.ENOTCONN,
		"connected TCP": sockapi.EOPNOTSUPP, "fallen back": sockapi.EOPNOTSUPP,
		"fallen back IPv6": sockapi.EOPNOTSUPP,
		"closed":           sockapi.EBADF})
	try(t, apiOptions{}, enableReads, map[string]sockapi.Errno{"fresh": sockapi.ENOTCONN,
		"fresh TCP": sockapi.ENOTCONN, "listening": sockapi.ENOTCONN, "connecting": sockapi.ENOTCONN,
		"closed": sockapi.EBADF})
	sets := map[string]sockapi.Errno{"closed": sockapi.EBADF}
	for _, x := range neighbourStates[2:9] {
		sets[x.name] = sockapi.EPERM
	}
	try(t, apiOptions{}, enableSets, sets)
	try(t, apiOptions{}, multipathChanges, map[string]sockapi.Errno{"fresh TCP": sockapi.EOPNOTSUPP,
		"connected TCP": sockapi.EOPNOTSUPP, "fallen back": sockapi.EOPNOTSUPP,
		"fallen back IPv6": sockapi.EOPNOTSUPP, "both closed": sockapi.ENOTCONN, "closed": sockapi.EBADF})
	for _, api := range []sockapi.API{sockapi.APILinuxFork, sockapi.APIUpstream} {
		w := newAPIWorld(apiOptions{api: api})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			calls := slices.Concat(multipathReads, enableReads, enableSets, multipathChanges)
			for _, c := range calls {
				want := sockapi.ENOPROTOOPT
				raw := c.name[0] < 'a' && c.name[1] < 'a'
				if raw && api == sockapi.APIUpstream && (c.name == "SUBFLOWS" || c.name == "CONNID" ||
					c.name == "ENABLE") {
					want = sockapi.EOPNOTSUPP // so the kernel answers every number of getsockopt that it does not know
				}
				if got := errno(t, c.do(w, s, 1)); got != want {
					t.Errorf("%v, %s: %s", api, c.name, name(got))
				}
			}
		})
	}
}

// locals lists the names of the interfaces that have established subflows.
func (w *apiWorld) locals(s *sockapi.Socket) string {
	names := map[wire.Addr]string{w.wifi: "wifi", w.cell: "cell", w.wifi6: "wifi6", w.cell6: "cell6"}
	var list []string
	for _, x := range must(s.MultipathSubflows()) {
		list = append(list, names[x.Local])
	}
	slices.Sort(list)
	return join(list)
}

func join(list []string) string {
	var b bytes.Buffer
	for i, s := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

// TestMultipathBind: a full mesh takes all addresses, but only the one that a socket is bound to, and
// those that are named besides; the kernels do not have the rule.
func TestMultipathBind(t *testing.T) {
	for _, x := range []struct {
		name  string
		api   sockapi.API
		setup func(w *apiWorld, s *sockapi.Socket)
		want  string
	}{
		{"not bound", sockapi.APIDraft, func(*apiWorld, *sockapi.Socket) {}, "cell wifi"},
		{"bound", sockapi.APIDraft, func(w *apiWorld, s *sockapi.Socket) { must(0, s.Bind(w.cell, 0)) }, "cell"},
		{"bound upstream", sockapi.APIUpstream, func(w *apiWorld, s *sockapi.Socket) {
			must(0, s.Bind(w.cell,
				0))
		}, "both"},
		{"bound fork", sockapi.APILinuxFork, func(w *apiWorld, s *sockapi.Socket) { must(0, s.Bind(w.cell, 0)) },
			"both"},
		{"bound and added", sockapi.APIDraft, func(w *apiWorld, s *sockapi.Socket) {
			must(0, s.Bind(w.cell, 0))
			must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.wifi}))
		}, "cell wifi"},
		{"one added", sockapi.APIDraft, func(w *apiWorld, s *sockapi.Socket) {
			must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell}))
		}, "cell"},
		{"one removed", sockapi.APIDraft, func(w *apiWorld, s *sockapi.Socket) {
			must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.wifi}))
		}, "cell"},
		{"added and removed", sockapi.APIDraft, func(w *apiWorld, s *sockapi.Socket) {
			must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.wifi}, sockapi.MultipathAddr{Addr: w.cell}))
			must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.cell}))
		}, "wifi"},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newAPIWorld(apiOptions{api: x.api, manager: "fullmesh"})
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s := w.client.Socket(sockapi.MPTCP)
				x.setup(w, s)
				must(0, s.Connect(p, w.wifi, w.remote, port, true))
				w.talk(p, s)
				pause(p, unit.Second)
				if x.want == "both" { // the list is of APIDraft
					if n := s.Conn().MPTCP().Attached(); n != 2 {
						t.Errorf("%d subflows", n)
					}
				} else if got := w.locals(s); got != x.want {
					t.Errorf("subflows at %s, want %s", got, x.want)
				}
			})
		})
	}
}

// TestMultipathBindOpen: the application itself may open from where its socket is not bound to.
func TestMultipathBindOpen(t *testing.T) {
	w := newAPIWorld(apiOptions{manager: "fullmesh"})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Bind(w.cell, 0))
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		must(s.OpenSub(over(w.wifi)))
		pause(p, unit.Second)
		if got := w.locals(s); got != "cell wifi" {
			t.Errorf("subflows at %s", got)
		}
	})
}

// TestMultipathListen: joins to an address that the listener is not bound to are refused.
func TestMultipathListen(t *testing.T) {
	for _, bound := range []bool{false, true} {
		w := newAPIWorld(apiOptions{})
		w.Go(w.Component("server"), "server", func(p *sim.Proc) {
			l := w.server.Socket(sockapi.MPTCP)
			if bound {
				must(0, l.Bind(w.remote, port))
			} else {
				must(0, l.Bind(wire.Addr{}, port))
			}
			must(0, l.Listen(1))
			s := must(l.Accept(p, true))
			must(s.Recv(p, make([]byte, 10), 0, true))
			must(s.Send(p, []byte("hi"), 0, true))
		})
		w.run(t, func(p *sim.Proc) {
			s := w.connect(p)
			r := over(w.wifi6)
			r.Remote = w.remote6
			must(s.OpenSub(r))
			pause(p, unit.Second)
			if n := len(must(s.MultipathSubflows())); n != 2 && !bound || n != 1 && bound {
				t.Errorf("bound %v: %d subflows", bound, n)
			}
		})
	}
}

// TestMultipathPorts: a port that was named is used, and one that is taken is only a hint.
func TestMultipathPorts(t *testing.T) {
	w := newAPIWorld(apiOptions{manager: "fullmesh"})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.wifi, Port: 5001},
			sockapi.MultipathAddr{Addr: w.cell, Port: 5002}))
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		pause(p, unit.Second)
		list := must(s.MultipathSubflows())
		if len(list) != 2 || list[0].LocalPort != 5001 || list[1].LocalPort != 5002 || list[1].Local != w.cell {
			t.Fatalf("%+v", list)
		}
		must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.cell, Port: 5002}))
		pause(p, 5*unit.Second)
		if got := w.locals(s); got != "wifi" {
			t.Errorf("after its port was removed: subflows at %s", got)
		}
		if got := s.Conn().MPTCP().LocalPort(w.cell); got != 0 {
			t.Errorf("port %d stays", got)
		}
		must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.cell}))
	})
}

// TestMultipathAddLater: an address that is added to a restricted connection is used at once.
func TestMultipathAddLater(t *testing.T) {
	w := newAPIWorld(apiOptions{manager: "fullmesh"})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Bind(w.wifi, 0))
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		w.talk(p, s)
		must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.cell, Port: 7777}))
		pause(p, unit.Second)
		if got := w.locals(s); got != "cell wifi" {
			t.Errorf("subflows at %s", got)
		}
		if got := must(s.MultipathSubflows())[1].LocalPort; got != 7777 {
			t.Errorf("port %d", got)
		}
	})
}

// TestMultipathRemoveLater: with nothing else to carry on, a subflow from another address is opened
// before the address is taken away; the peer is told, and all octets arrive.
func TestMultipathRemoveLater(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		must(s.Send(p, make([]byte, 50_000), 0, true))
		n := len(w.sent)
		must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.wifi}))
		pause(p, 5*unit.Second)
		if got := w.locals(s); got != "cell" {
			t.Errorf("subflows at %s", got)
		}
		syn, removal := -1, -1
		for i := n; i < len(w.sent); i++ {
			if g := &w.sent[i]; g.Flags&wire.SYN != 0 && syn < 0 {
				syn = i
			} else if g.Opts&wire.OptRemoveAddr != 0 && removal < 0 {
				removal = i
			}
		}
		if syn < 0 || removal < syn {
			t.Errorf("SYN in segment %d, REMOVE_ADDR in segment %d", syn, removal)
		}
		if i := must(s.MPTCPInfo()); i.BytesAcked != 50_005 {
			t.Errorf("%d octets", i.BytesAcked)
		}
		if err := s.MultipathRemove(sockapi.MultipathAddr{Addr: w.wifi}); err != sockapi.EADDRNOTAVAIL {
			t.Errorf("again: %v", err)
		}
		all := []sockapi.MultipathAddr{{Addr: w.cell}, {Addr: w.wifi6}, {Addr: w.cell6}}
		if err := s.MultipathRemove(all...); err != sockapi.EINVAL {
			t.Errorf("all: %v", err)
		}
		if got := w.locals(s); got != "cell" {
			t.Errorf("a call that failed has left subflows at %s", got)
		}
	})
}

// TestMultipathArguments: lists that say nothing or name what is not there.
func TestMultipathArguments(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	s := w.client.Socket(sockapi.MPTCP)
	foreign := sockapi.MultipathAddr{Addr: w.island}
	for _, x := range []struct {
		name string
		err  error
		want sockapi.Errno
	}{
		{"add nothing", s.MultipathAdd(), sockapi.EINVAL},
		{"remove nothing", s.MultipathRemove(), sockapi.EINVAL},
		{"add another's", s.MultipathAdd(sockapi.MultipathAddr{Addr: w.wifi}, foreign), sockapi.EADDRNOTAVAIL},
		{"remove another's", s.MultipathRemove(foreign), sockapi.EADDRNOTAVAIL},
		{"add no address", s.MultipathAdd(sockapi.MultipathAddr{}), sockapi.EADDRNOTAVAIL},
		{"short list", s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_ADD, nil, cellList(w)[:15]), sockapi.EINVAL},
		{"empty list", s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_ADD, nil, []byte{}), sockapi.EINVAL},
		{"other family", s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_REMOVE, nil, make([]byte, 16)),
			sockapi.EINVAL},
		{"set what is read", s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_CONNID, nil, make([]byte, 4)),
			sockapi.ENOPROTOOPT},
		{"read what is set", getRaw(s, abi.TCP_MULTIPATH_ADD, nil, make([]byte, 100)), sockapi.ENOPROTOOPT},
		{"short ENABLE", s.SetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_ENABLE, nil, []byte{1, 0, 0}),
			sockapi.EINVAL},
	} {
		if got := errno(t, x.err); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, name(got), name(x.want))
		}
	}
	must(0, s.MultipathAdd(sockapi.MultipathAddr{Addr: w.wifi6}))
	w.run(t, func(p *sim.Proc) {
		if err := s.Connect(p, w.wifi, w.remote, port, true); err != sockapi.EADDRNOTAVAIL {
			t.Errorf("no address of the peer's family: %v", err)
		}
	})
}

// TestMultipathOctets: the answers by number are those of the typed calls, and are not cut.
func TestMultipathOctets(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s, _ := w.opened(p)
		list := must(s.MultipathSubflows())
		var want []byte
		for _, x := range list {
			want = abi.AppendSockaddr(want, abi.SockaddrOf(x.Local, x.LocalPort, 0))
			want = abi.AppendSockaddr(want, abi.SockaddrOf(x.Remote, x.RemotePort, 0))
		}
		b, n := make([]byte, 100), 100
		must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_SUBFLOWS, nil, b, &n))
		if n != 64 || !bytes.Equal(b[:n], want) {
			t.Errorf("%d octets % x, want % x", n, b[:n], want)
		}
		if err := getRaw(s, abi.TCP_MULTIPATH_SUBFLOWS, nil, make([]byte, 63)); err != sockapi.EINVAL {
			t.Errorf("63 octets: %v", err)
		}
		n = 4
		must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.TCP_MULTIPATH_CONNID, nil, b, &n))
		id, _ := abi.U32(b)
		if n != 4 || id != must(s.MultipathConnID()) || id != s.Conn().MPTCP().LocalToken() || id == 0 {
			t.Errorf("connection %#x", id)
		}
		if err := getRaw(s, abi.TCP_MULTIPATH_CONNID, nil, make([]byte, 3)); err != sockapi.EINVAL {
			t.Errorf("3 octets: %v", err)
		}
	})
}

// TestMultipathEnable: what was asked for goes out on the SYN, and what has come of it can be read.
func TestMultipathEnable(t *testing.T) {
	for _, x := range []struct{ on, plain, want bool }{{true, false, true}, {false, false, false}, {true, true,
		false}} {
		w := newAPIWorld(apiOptions{plainServer: x.plain})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.client.Socket(sockapi.TCP)
			must(0, s.SetMultipathEnable(x.on))
			must(0, s.Connect(p, w.wifi, w.remote, port, true))
			if on := w.sent[0].Opts&wire.OptCapable != 0; on != x.on {
				t.Errorf("MP_CAPABLE on the SYN: %v, want %v", on, x.on)
			}
			w.talk(p, s)
			if got := must(s.MultipathEnable()); got != x.want {
				t.Errorf("%+v: %v", x, got)
			}
		})
	}
	w := newAPIWorld(apiOptions{plainServer: true})
	if err := w.server.Socket(sockapi.TCP).SetMultipathEnable(true); err != sockapi.EOPNOTSUPP {
		t.Errorf("on a host without: %v", err)
	}
}

// TestMultipathRemoveWhileClosing: a subflow that is being closed does not count as one that carries on.
func TestMultipathRemoveWhileClosing(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s, id := w.opened(p)
		n := len(w.sent)
		must(0, s.CloseSub(id, sockapi.ShutWr))
		must(0, s.MultipathRemove(sockapi.MultipathAddr{Addr: w.wifi}))
		syns := since(w.sent, n, func(x *wire.Segment) bool { return x.Flags&wire.SYN != 0 && x.Src == w.cell })
		if len(syns) != 1 {
			t.Errorf("%d subflows are opened over cell", len(syns))
		}
		pause(p, 5*unit.Second)
		if got := w.locals(s); got != "cell" {
			t.Errorf("subflows at %s", got)
		}
		must(0, s.Close())
	})
}
