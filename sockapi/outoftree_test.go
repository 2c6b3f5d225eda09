package sockapi_test

import (
	"bytes"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

var ootSets = []subCall{
	{"SetMPTCPEnabled", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return s.SetMPTCPEnabled(true) }},
	{"SetMPTCPScheduler", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return s.SetMPTCPScheduler("roundrobin")
	}},
	{"SetMPTCPPathManager", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return s.SetMPTCPPathManager("fullmesh")
	}},
	{"set 42", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_ENABLED, nil, abi.AppendInt(nil, 1))
	}},
	{"set 43", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_SCHEDULER, nil, []byte("default"))
	}},
	{"set 44", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_PATH_MANAGER, nil, []byte("ndiffports\x00junk"))
	}},
}

var ootAnytime = []subCall{
	{"MPTCPEnabled", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.MPTCPEnabled()) }},
	{"MPTCPScheduler", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.MPTCPScheduler()) }},
	{"MPTCPPathManager", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return errOf(s.MPTCPPathManager())
	}},
	{"SaveFirstSubflow", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return s.SaveFirstSubflow(true)
	}},
	{"get 42", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, 42, nil, make([]byte,
			4))
	}},
	{"get 43", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, 43, nil, make([]byte,
			16))
	}},
	{"get 44", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, 44, nil, make([]byte,
			16))
	}},
	{"set 45", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return s.SetSockOpt(abi.IPPROTO_TCP, abi.OOT_MPTCP_INFO, nil, abi.AppendInt(nil, 1))
	}},
}

var ootInfos = []subCall{
	{"OutOfTreeInfo", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.OutOfTreeInfo()) }},
	{"FirstSubflowInfo", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return errOf(s.FirstSubflowInfo())
	}},
	{"get 45", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return getRaw(s, abi.OOT_MPTCP_INFO, nil, make([]byte, abi.OOTMPTCPInfoLen))
	}},
}

// TestOutOfTreeContract: setting after CLOSE is EPERM, MPTCP_INFO without Multipath TCP is EINVAL,
// upstream has none of it.
func TestOutOfTreeContract(t *testing.T) {
	sets := map[string]sockapi.Errno{"closed": sockapi.EBADF}
	for _, x := range neighbourStates[2:9] {
		sets[x.name] = sockapi.EPERM
	}
	infos := map[string]sockapi.Errno{"closed": sockapi.EBADF}
	for _, x := range neighbourStates[:8] {
		infos[x.name] = sockapi.EINVAL
	}
	delete(infos, "connected")
	for _, api := range []sockapi.API{sockapi.APIDraft, sockapi.APILinuxFork} {
		try(t, apiOptions{api: api}, ootSets, sets)
		try(t, apiOptions{api: api}, ootAnytime, map[string]sockapi.Errno{"closed": sockapi.EBADF})
		try(t, apiOptions{api: api}, ootInfos[:1], infos)
		try(t, apiOptions{api: api}, ootInfos[2:], infos)
	}
	w := newAPIWorld(apiOptions{api: sockapi.APIUpstream})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		for _, c := range append(append(ootSets, ootInfos[:2]...), ootAnytime[:4]...) {
			if got := errno(t, c.do(w, s, 1)); got != sockapi.ENOPROTOOPT {
				t.Errorf("upstream, %s: %s", c.name, name(got))
			}
		}
		for _, number := range []int{42, 44, 45} {
			if err := getRaw(s, number, nil, make([]byte, 16)); err != sockapi.EOPNOTSUPP {
				t.Errorf("upstream, get %d: %v", number, err)
			}
		}
	})
	w = newAPIWorld(apiOptions{plainServer: true})
	s := w.server.Socket(sockapi.MPTCP)
	for _, c := range append(ootSets, ootAnytime[3], ootAnytime[7]) {
		if got := errno(t, c.do(w, s, 0)); got != sockapi.EPERM {
			t.Errorf("host without, %s: %s", c.name, name(got))
		}
	}
	w.Close()
}

// TestOutOfTreeArguments: lengths and names.
func TestOutOfTreeArguments(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	s := w.client.Socket(sockapi.MPTCP)
	set := func(number int, value []byte) sockapi.Errno {
		return errno(t, s.SetSockOpt(abi.IPPROTO_TCP, number, nil, value))
	}
	for _, x := range []struct {
		name   string
		number int
		value  []byte
		want   sockapi.Errno
	}{
		{"no name", 43, []byte{}, sockapi.EINVAL}, {"no name", 44, []byte{}, sockapi.EINVAL},
		{"unknown", 43, []byte("blest2"), sockapi.ENOENT}, {"unknown", 44, []byte("binder"), sockapi.ENOENT},
		{"short int", 42, []byte{1, 0, 0}, sockapi.EINVAL}, {"short int", 45, []byte{1}, sockapi.EINVAL},
		{"cut after 15", 43, []byte("roundrobin12345678"), sockapi.ENOENT}, {"empty text", 44, []byte{0},
			sockapi.ENOENT},
	} {
		if got := set(x.number, x.value); got != x.want {
			t.Errorf("%d, %s: %s, want %s", x.number, x.name, name(got), name(x.want))
		}
	}
	for _, room := range []int{1, 7, 16, 40} {
		b, n := bytes.Repeat([]byte{0xaa}, 40), room
		must(0, s.GetSockOpt(abi.IPPROTO_TCP, abi.MPTCP_PATH_MANAGER, nil, b, &n))
		if want := append([]byte("default"), make([]byte, 9)...); n != min(room, 16) || !bytes.Equal(b[:n],
			want[:n]) ||
			n < 40 && b[n] != 0xaa {
			t.Errorf("room for %d: %d octets %q", room, n, b)
		}
	}
	w.Close()
}

// TestOutOfTreeNames: what was set shapes the connection, at both ends, and can be read before and after.
func TestOutOfTreeNames(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.Go(w.Component("server"), "server", func(p *sim.Proc) {
		l := w.server.Socket(sockapi.MPTCP)
		must(0, l.SetMPTCPScheduler("roundrobin"))
		must(0, l.Bind(wire.Addr{}, port))
		must(0, l.Listen(1))
		s := must(l.Accept(p, true))
		if got := s.Conn().MPTCP().Info().Scheduler; got != "roundrobin" ||
			must(s.MPTCPScheduler()) != "roundrobin" {
			t.Errorf("accepted: %s", got)
		}
		must(s.Recv(p, make([]byte, 10), 0, true))
		must(s.Send(p, []byte("hi"), 0, true))
	})
	w.run(t, func(p *sim.Proc) {
		s, other := w.client.Socket(sockapi.MPTCP), w.client.Socket(sockapi.MPTCP)
		must(0, s.SetMPTCPScheduler("roundrobin"))
		must(0, s.SetMPTCPPathManager("fullmesh"))
		for range 2 { // before and after
			if a, b := must(s.MPTCPScheduler()), must(s.MPTCPPathManager()); a != "roundrobin" || b != "fullmesh" {
				t.Errorf("%s, %s", a, b)
			}
			if s.Conn() == nil {
				must(0, s.Connect(p, w.wifi, w.remote, port, true))
				w.talk(p, s)
				pause(p, unit.Second)
			}
		}
		if i := s.Conn().MPTCP().Info(); i.Scheduler != "roundrobin" || i.PathManager != "fullmesh" ||
			i.Subflows != 2 {
			t.Errorf("%+v", i)
		}
		if a, b := must(other.MPTCPScheduler()), must(other.MPTCPPathManager()); a != "default" || b != "default" {
			t.Errorf("another socket: %s, %s", a, b)
		}
	})
}

// TestMPTCPEnabled: off is TCP, while the SYN is on the way the wish is told, later what has come of it.
func TestMPTCPEnabled(t *testing.T) {
	for _, x := range []struct{ on, plain bool }{{true, false}, {true, true}, {false, false}} {
		w := newAPIWorld(apiOptions{plainServer: x.plain})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s := w.client.Socket(sockapi.MPTCP)
			must(0, s.SetMPTCPEnabled(x.on))
			before := must(s.MPTCPEnabled())
			_ = s.Connect(p, w.wifi, w.remote, port, false)
			opening := must(s.MPTCPEnabled())
			pause(p, 100*ms)
			after := must(s.MPTCPEnabled())
			if before || opening != x.on || after != (x.on && !x.plain) {
				t.Errorf("%+v: %v, %v, %v", x, before, opening, after)
			}
		})
	}
}

// TestOutOfTreeInfoValues: the connection as one TCP socket, and its subflows, the newest first.
func TestOutOfTreeInfoValues(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s, _ := w.opened(p)
		must(s.Send(p, make([]byte, 100_000), 0, true))
		i := must(s.OutOfTreeInfo())
		x := s.Conn().MPTCP().Info()
		if full := x.BytesSent - x.BytesAcked; int64(i.Meta.Unacked) < full/1460 ||
			int64(i.Meta.Unacked) > full/1400+1 || full == 0 {
			t.Errorf("%d segments for %d octets", i.Meta.Unacked, full)
		}
		pause(p, 2*unit.Second)
		i = must(s.OutOfTreeInfo())
		m := s.Conn().MPTCP()
		if i.Meta.State != 1 || i.Meta.BytesAcked != 100_005 || i.Meta.BytesReceived != 7 || i.Meta.Unacked != 0 ||
			i.Meta.RTO != uint32(m.KernelInfo().DataRTO/unit.Microsecond) || i.Meta.RTO < 200_000 {
			t.Errorf("%+v", i.Meta)
		}
		if len(i.Subflows) != 2 || i.Subflows[0].Local != w.cell || i.Subflows[1].Local != w.wifi {
			t.Errorf("%+v", i.Subflows)
		}
		if f := must(s.FirstSubflowInfo()); f != i.Subflows[1].TCP {
			t.Errorf("%+v", f)
		}
	})
}

// TestSaveFirstSubflow: what is known of the first subflow when it has closed: kept, too late, never
// asked for.
func TestSaveFirstSubflow(t *testing.T) {
	for _, x := range []struct {
		name  string
		early bool
		late  bool
		want  sockapi.Errno
	}{{"kept", true, false, 0}, {"too late", false, true, sockapi.ENOMEM}, {"not asked for", false, false,
		sockapi.EINVAL}} {
		w := newAPIWorld(apiOptions{})
		w.serve()
		w.run(t, func(p *sim.Proc) {
			s, _ := w.opened(p)
			if x.early {
				must(0, s.SaveFirstSubflow(true))
			}
			want := must(s.FirstSubflowInfo())
			must(0, s.CloseSub(1, sockapi.Reset))
			if x.late {
				must(0, s.SaveFirstSubflow(true))
			}
			pause(p, unit.Second)
			i, err := s.FirstSubflowInfo()
			if got := errno(t, err); got != x.want || x.want == 0 && (i.BytesAcked != want.BytesAcked ||
				i.RTT != want.RTT) {
				t.Errorf("%s: %s, %+v, want %+v", x.name, name(got), i, want)
			}
			var mem abi.Memory
			b := abi.AppendOOTInfo(nil, &abi.OOTInfo{TCPInfoLen: abi.TCPInfoSize, Initial: mem.Map(make([]byte, 280))})
			if got := errno(t, getRaw(s, abi.OOT_MPTCP_INFO, &mem, b)); got != x.want {
				t.Errorf("%s, as octets: %s", x.name, name(got))
			}
		})
	}
}

// TestOutOfTreeInfoOctets: what the caller has pointers for is written there, as much as it has room for.
func TestOutOfTreeInfoOctets(t *testing.T) {
	for _, x := range []struct {
		name                  string
		in, out               abi.OOTInfo // lengths; 1 for pointers that are given
		room                  int         // octets behind each pointer
		api                   sockapi.API
		want                  sockapi.Errno
		meta, subflows, infos int // octets expected
	}{
		{name: "nothing", room: 1000},
		{name: "everything", room: 1000,
			in: abi.OOTInfo{TCPInfoLen: 500, SubLen: 1000, MetaLen: 100, SubInfoLen: 100, TotalSubInfoLen: 1000,
				MetaInfo: 1, Initial: 1, Subflows: 1, SubflowInfo: 1},
			out:  abi.OOTInfo{TCPInfoLen: 280, SubLen: 560, MetaLen: 48, SubInfoLen: 56, TotalSubInfoLen: 112},
			meta: 48, subflows: 560, infos: 112},
		{name: "the fork's tcp_info", room: 1000, api: sockapi.APILinuxFork,
			in:  abi.OOTInfo{TCPInfoLen: 500, SubLen: 1000, Subflows: 1},
			out: abi.OOTInfo{TCPInfoLen: 192, SubLen: 384}, subflows: 384},
		{name: "room for one and a half", room: 1000,
			in: abi.OOTInfo{TCPInfoLen: 280, SubLen: 420, SubInfoLen: 56, TotalSubInfoLen: 60, Subflows: 1,
				SubflowInfo: 1},
			out: abi.OOTInfo{TCPInfoLen: 280, SubLen: 420, SubInfoLen: 56, TotalSubInfoLen: 60}, subflows: 420,
			infos: 60},
		{name: "short elements", room: 1000,
			in:  abi.OOTInfo{TCPInfoLen: 8, SubLen: 100, MetaLen: 1, MetaInfo: 1, Subflows: 1},
			out: abi.OOTInfo{TCPInfoLen: 8, SubLen: 16, MetaLen: 1}, meta: 1, subflows: 16},
		{name: "no such memory", room: 10, in: abi.OOTInfo{MetaLen: 48, MetaInfo: 1}, want: sockapi.EFAULT},
		{name: "no such array", room: 300, in: abi.OOTInfo{TCPInfoLen: 280, SubLen: 560, Subflows: 1},
			want: sockapi.EFAULT},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newAPIWorld(apiOptions{api: x.api})
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s, _ := w.openedForAll(p)
				var mem abi.Memory
				places := map[*abi.Pointer][]byte{}
				in := x.in
				for _, at := range []*abi.Pointer{&in.MetaInfo, &in.Initial, &in.Subflows, &in.SubflowInfo} {
					if *at != 0 {
						places[at] = make([]byte, x.room)
						*at = mem.Map(places[at])
					}
				}
				b := abi.AppendOOTInfo(nil, &in)
				n := len(b)
				if got := errno(t, s.GetSockOpt(abi.IPPROTO_TCP, abi.OOT_MPTCP_INFO, &mem, b, &n)); got != x.want {
					t.Fatalf("%s, want %s", name(got), name(x.want))
				} else if got != 0 {
					return
				}
				out := abi.ParseOOTInfo(b)
				want := x.out
				want.MetaInfo, want.Initial, want.Subflows, want.SubflowInfo = in.MetaInfo, in.Initial, in.Subflows,
					in.SubflowInfo
				if out != want || n != 56 {
					t.Errorf("%d octets, %+v, want %+v", n, out, want)
				}
				i := must(s.OutOfTreeInfo())
				var infos, addrs []byte
				for k := range i.Subflows {
					f := &i.Subflows[k]
					infos = append(infos, abi.AppendTCPInfo(nil, &f.TCP)[:out.TCPInfoLen]...)
					addrs = abi.AppendOOTSubInfo(addrs, abi.SubflowAddrs{Local: abi.SockaddrOf(f.Local, f.LocalPort, 0),
						Remote: abi.SockaddrOf(f.Remote, f.RemotePort, 0)})
				}
				check := func(what string, at abi.Pointer, whole []byte, filled int) {
					if at == 0 {
						return
					}
					got, _ := mem.At(at)
					if !bytes.Equal(got[:filled], whole[:filled]) || bytes.ContainsFunc(got[filled:],
						func(r rune) bool { return r != 0 }) {
						t.Errorf("%s: % x", what, got[:filled])
					}
				}
				check("mptcp_meta_info", in.MetaInfo, abi.AppendMetaInfo(nil, &i.Meta), x.meta)
				check("tcp_info", in.Subflows, infos, x.subflows)
				check("mptcp_sub_info", in.SubflowInfo, addrs, x.infos)
				if in.Initial != 0 {
					first, _ := mem.Bytes(in.Initial, abi.TCPInfoSize)
					if f, ok := abi.ParseTCPInfo(first); !ok || f != must(s.FirstSubflowInfo()) {
						t.Errorf("first subflow: %+v", f)
					}
				}
			})
		})
	}
}

// openedForAll is opened for APIs whose OpenSub gives no number.
func (w *apiWorld) openedForAll(p *sim.Proc) (s *sockapi.Socket, info tcp.TCPInfo) {
	s = w.connect(p)
	must(s.OpenSub(over(w.cell)))
	pause(p, 100*ms)
	return s, info
}
