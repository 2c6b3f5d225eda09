package sockapi_test

import (
	"bytes"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// solRaw is getsockopt at level SOL_MPTCP with a buffer as long as it is said to be.
func solRaw(s *sockapi.Socket, name int, mem *abi.Memory, b []byte) error {
	n := len(b)
	return s.GetSockOpt(abi.SOL_MPTCP, name, mem, b, &n)
}

var solCalls = []subCall{
	{"MPTCPInfo", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.MPTCPInfo()) }},
	{"MPTCPTCPInfo", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.MPTCPTCPInfo()) }},
	{"MPTCPSubflowAddrs", func(_ *apiWorld, s *sockapi.Socket,
		_ uint8) error {
		return errOf(s.MPTCPSubflowAddrs())
	}},
	{"MPTCPSubflows", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error { return errOf(s.MPTCPSubflows()) }},
	{"MPTCPFullInfo", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		_, _, err := s.MPTCPFullInfo()
		return err
	}},
	{"MPTCP_INFO", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return solRaw(s, abi.MPTCP_INFO, nil, make([]byte, abi.MPTCPInfoSize))
	}},
	{"MPTCP_INFO of nothing", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return solRaw(s, abi.MPTCP_INFO, nil, nil)
	}},
	{"MPTCP_TCPINFO", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return solRaw(s, abi.MPTCP_TCPINFO, nil, abi.AppendSubflowData(nil, abi.SubflowData{Size: 16}))
	}},
	{"MPTCP_SUBFLOW_ADDRS", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return solRaw(s, abi.MPTCP_SUBFLOW_ADDRS, nil, abi.AppendSubflowData(nil, abi.SubflowData{Size: 16}))
	}},
	{"MPTCP_FULL_INFO", func(_ *apiWorld, s *sockapi.Socket, _ uint8) error {
		return solRaw(s, abi.MPTCP_FULL_INFO, nil, make([]byte, abi.FullInfoSize))
	}},
}

// neighbourState is a state of a socket in which calls are tried.
type neighbourState struct {
	name  string
	plain bool // the server has no MPTCP
	make  func(w *apiWorld, p *sim.Proc) *sockapi.Socket
}

var neighbourStates = []neighbourState{
	{"fresh", false, func(w *apiWorld, _ *sim.Proc) *sockapi.Socket { return w.client.Socket(sockapi.MPTCP) }},
	{"fresh TCP", false, func(w *apiWorld, _ *sim.Proc) *sockapi.Socket { return w.client.Socket(sockapi.TCP) }},
	{"listening", false, func(w *apiWorld, _ *sim.Proc) *sockapi.Socket {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Bind(w.wifi, 2000))
		must(0, s.Listen(1))
		return s
	}},
	{"connecting", false, func(w *apiWorld, p *sim.Proc) *sockapi.Socket {
		s := w.client.Socket(sockapi.MPTCP)
		_ = s.Connect(p, w.wifi, w.remote, port, false)
		return s
	}},
	{"connected", false, func(w *apiWorld, p *sim.Proc) *sockapi.Socket { return w.connect(p) }},
	{"connected TCP", false, func(w *apiWorld, p *sim.Proc) *sockapi.Socket {
		s := w.client.Socket(sockapi.TCP)
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		return s
	}},
	{"fallen back", true, func(w *apiWorld, p *sim.Proc) *sockapi.Socket { return w.connect(p) }},
	{"fallen back IPv6", true, func(w *apiWorld, p *sim.Proc) *sockapi.Socket {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi6, w.remote6, port, true))
		return s
	}},
	{"both closed", false, func(w *apiWorld, p *sim.Proc) *sockapi.Socket {
		s := w.connect(p)
		must(0, s.Shutdown(false, true))
		pause(p, unit.Second)
		return s
	}},
	{"closed", false, func(w *apiWorld, p *sim.Proc) *sockapi.Socket {
		s := w.connect(p)
		must(0, s.Close())
		return s
	}},
}

// try tries calls in each neighbourState; want has the errors, success where a neighbourState is not
// named.
func try(t *testing.T, o apiOptions, calls []subCall, want map[string]sockapi.Errno) {
	t.Helper()
	for _, x := range neighbourStates {
		for _, c := range calls {
			o := o
			o.plainServer = x.plain
			w := newAPIWorld(o)
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s := x.make(w, p)
				if got := errno(t, c.do(w, s, 1)); got != want[x.name] {
					t.Errorf("%s, %s: %s, want %s", x.name, c.name, name(got), name(want[x.name]))
				}
			})
		}
	}
}

// TestSolMPTCPContract: every call in every neighbourState. Plain TCP, also by fallback, is told by
// EOPNOTSUPP over IPv4 and by ENOPROTOOPT over IPv6; the kernel of the fork does not have the level.
func TestSolMPTCPContract(t *testing.T) {
	want := map[string]sockapi.Errno{"fresh TCP": sockapi.EOPNOTSUPP, "connected TCP": sockapi.EOPNOTSUPP,
		"fallen back": sockapi.EOPNOTSUPP, "fallen back IPv6": sockapi.ENOPROTOOPT, "closed": sockapi.EBADF}
	for _, api := range []sockapi.API{sockapi.APIDraft, sockapi.APIUpstream} {
		try(t, apiOptions{api: api}, solCalls, want)
	}
	fork := map[string]sockapi.Errno{}
	for _, x := range neighbourStates {
		fork[x.name] = sockapi.ENOPROTOOPT
	}
	fork["closed"] = sockapi.EBADF
	try(t, apiOptions{api: sockapi.APILinuxFork}, solCalls, fork)
}

// octetsOnWire is what a capture of the client tells of its stream: octets that segments carried for the
// first time on their subflow, and how many positions of the stream these are.
func octetsOnWire(sent []wire.Segment) (first, positions int64) {
	type place struct {
		port uint16
		seq  uint32
	}
	seen, stream := map[place]bool{}, map[uint64]bool{}
	for i := range sent {
		g := &sent[i]
		for k := range int64(g.Payload.Len) {
			at := place{g.SrcPort, g.Seq + uint32(k)}
			if seen[at] {
				continue
			}
			seen[at] = true
			first++
			stream[uint64(g.Payload.Pos)+uint64(k)] = true
		}
	}
	return first, int64(len(stream))
}

// TestMPTCPInfoValues: the numbers are those of the connection: what the application sent, what a capture
// shows, how many subflows there were.
func TestMPTCPInfoValues(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		i := must(s.MPTCPInfo())
		if i != (abi.MPTCPInfo{}) {
			t.Errorf("before: %+v", i)
		}
		must(0, s.Connect(p, w.wifi, w.remote, port, true))
		if i = must(s.MPTCPInfo()); i.SubflowsTotal != 1 || i.Subflows != 0 || i.BytesSent != 0 ||
			i.Flags != abi.InfoFlagRemoteKeyReceived {
			t.Errorf("connected: %+v", i)
		}
		w.talk(p, s)
		must(s.OpenSub(over(w.cell)))
		pause(p, 100*ms)
		must(s.Send(p, make([]byte, 400_000), 0, true))
		pause(p, 50*ms)
		for _, id := range w.links[:2] { // wifi dies with data under way
			w.net.SetDown(id, true)
		}
		pause(p, 20*unit.Second)
		m := s.Conn().MPTCP()
		x := m.Info()
		i = must(s.MPTCPInfo())
		first, positions := octetsOnWire(w.sent)
		if i.BytesSent != 400_005 || i.BytesAcked != 400_005 || i.BytesReceived != 7 || positions != 400_005 {
			t.Errorf("sent %d, acked %d, received %d; %d on the wire", i.BytesSent, i.BytesAcked, i.BytesReceived,
				positions)
		}
		if i.BytesRetrans == 0 || int64(i.BytesRetrans) != first-positions {
			t.Errorf("%d octets were sent again, a capture has %d", i.BytesRetrans, first-positions)
		}
		if i.Token != x.LocalToken || i.WriteSeq != x.LocalIDSN+1+400_005 || i.SndUna != i.WriteSeq ||
			i.RcvNxt != x.RemoteIDSN+1+7 {
			t.Errorf("%+v, IDSNs %#x and %#x", i, x.LocalIDSN, x.RemoteIDSN)
		}
		if last := lastDataACK(w.got); last != i.SndUna&(1<<32-1) {
			t.Errorf("the peer's last DATA_ACK is %#x, snd_una %#x", last, i.SndUna)
		}
		if i.Subflows != 1 || i.SubflowsTotal != 2 || i.LocalAddrUsed != 1 {
			t.Errorf("%d and %d subflows, %d local addresses", i.Subflows, i.SubflowsTotal, i.LocalAddrUsed)
		}
		if i.LastDataSent < 20_000 || i.LastDataSent > 20_050 || i.LastDataRecv < 20_000 {
			t.Errorf("ages: %d, %d, %d ms", i.LastDataSent, i.LastDataRecv, i.LastAckRecv)
		}
		must(0, s.Shutdown(false, true))
		pause(p, unit.Second)
		if i = must(s.MPTCPInfo()); i.BytesAcked != 400_006 || i.WriteSeq != x.LocalIDSN+1+400_006 {
			t.Errorf("a DATA_FIN has a number: %+v", i)
		}
	})
}

// lastDataACK returns the low half of the last DATA_ACK.
func lastDataACK(got []wire.Segment) uint64 {
	for i := len(got) - 1; i >= 0; i-- {
		if g := &got[i]; g.Opts&wire.OptDSS != 0 && g.DSS.Flags&wire.DSSAck != 0 {
			return g.DSS.DataAck & (1<<32 - 1)
		}
	}
	return 0
}

// TestMPTCPSubflows: numbers begin at 1 and are not used again, the first subflow stays in the list,
// TCP_INFO is each subflow's own.
func TestMPTCPSubflows(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s, _ := w.opened(p)
		must(s.Send(p, make([]byte, 200_000), 0, true))
		pause(p, unit.Second)
		list := must(s.MPTCPSubflows())
		if len(list) != 2 || list[0].ID != 1 || list[1].ID != 2 || list[0].Local != w.wifi ||
			list[1].Local != w.cell ||
			list[1].Remote != w.remote || list[1].RemotePort != port {
			t.Fatalf("%+v", list)
		}
		acked := uint64(0)
		for _, f := range list {
			acked += f.TCP.BytesAcked
			if f.TCP.State != 1 || f.TCP.MinRTT < 20_000 || f.TCP.MinRTT > 25_000 || f.TCP.BytesAcked < 10_000 {
				t.Errorf("%+v", f.TCP)
			}
		}
		if acked != 200_005 {
			t.Errorf("the subflows have brought %d octets", acked)
		}
		must(0, s.CloseSub(1, sockapi.Reset))
		must(0, s.CloseSub(2, sockapi.Reset))
		must(s.OpenSub(over(w.wifi)))
		pause(p, 100*ms)
		list = must(s.MPTCPSubflows())
		if len(list) != 2 || list[0].ID != 1 || list[0].TCP.State != 7 || list[1].ID != 3 ||
			list[1].TCP.State != 1 {
			t.Errorf("%+v", list)
		}
		if i := must(s.MPTCPInfo()); i.Subflows != 1 || i.SubflowsTotal != 1 {
			t.Errorf("%d and %d subflows", i.Subflows, i.SubflowsTotal)
		}
		i, all, err := s.MPTCPFullInfo()
		if err != nil || len(all) != 2 || i.Token != s.Conn().MPTCP().LocalToken() {
			t.Errorf("%+v %+v %v", i, all, err)
		}
		infos, tuples := must(s.MPTCPTCPInfo()), must(s.MPTCPSubflowAddrs())
		if len(infos) != 2 || infos[1] != list[1].TCP || len(tuples) != 2 ||
			tuples[1].LocalPort != list[1].LocalPort {
			t.Errorf("%+v %+v", infos, tuples)
		}
	})
}

// TestSubflowArrays: who says what of sizes, and what comes of it; rows with errors and lengths as a
// 6.18.44 kernel answered to the same calls (with one subflow).
func TestSubflowArrays(t *testing.T) {
	const big = 1 << 31
	for _, x := range []struct {
		name     string
		option   int
		in       abi.SubflowData
		optlen   int
		want     sockapi.Errno
		length   int
		sizeUser uint32
	}{
		{"caller's element is larger", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16, SizeUser: 1000}, 4000, 0, 296,
			280},
		{"no elements", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16}, 4000, 0, 16, 0},
		{"no room", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16, SizeUser: 100}, 100, 0, 16, 100},
		{"caller's head is larger", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 24, SizeUser: 100}, 200, 0, 124, 100},
		{"head too small", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 15, SizeUser: 100}, 200, sockapi.EINVAL, 0, 0},
		{"head larger than all", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 300, SizeUser: 100}, 200,
			sockapi.EINVAL, 0, 0},
		{"num_subflows given", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16, NumSubflows: 1, SizeUser: 100}, 200,
			sockapi.EINVAL, 0, 0},
		{"size_kernel given", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16, SizeKernel: 1, SizeUser: 100}, 200,
			sockapi.EINVAL, 0, 0},
		{"huge element", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16, SizeUser: big}, 200, sockapi.EINVAL, 0, 0},
		{"huge head", abi.MPTCP_TCPINFO, abi.SubflowData{Size: big, SizeUser: 4}, 200, sockapi.EINVAL, 0, 0},
		{"short of a head", abi.MPTCP_TCPINFO, abi.SubflowData{Size: 16}, 15, sockapi.EINVAL, 0, 0},
		{"addresses", abi.MPTCP_SUBFLOW_ADDRS, abi.SubflowData{Size: 16, SizeUser: 256}, 4000, 0, 272, 256},
		{"short addresses", abi.MPTCP_SUBFLOW_ADDRS, abi.SubflowData{Size: 16, SizeUser: 20}, 4000, 0, 36, 20},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newAPIWorld(apiOptions{})
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s := w.connect(p)
				b := bytes.Repeat([]byte{0xaa}, 4096)
				copy(b, abi.AppendSubflowData(nil, x.in))
				n := x.optlen
				got := errno(t, s.GetSockOpt(abi.SOL_MPTCP, x.option, nil, b, &n))
				if got != x.want {
					t.Fatalf("%s, want %s", name(got), name(x.want))
				}
				if x.want != 0 {
					return
				}
				size := uint32(280)
				if x.option == abi.MPTCP_SUBFLOW_ADDRS {
					size = 256
				}
				d, _ := abi.ParseSubflowData(b)
				want := abi.SubflowData{Size: x.in.Size, NumSubflows: 1, SizeKernel: size, SizeUser: x.sizeUser}
				if d != want || n != x.length {
					t.Errorf("%+v and %d octets, want %+v and %d", d, n, want, x.length)
				}
				whole := make([]byte, 0, 300)
				if f := must(s.MPTCPSubflows())[0]; x.option == abi.MPTCP_TCPINFO {
					whole = abi.AppendTCPInfo(whole, &f.TCP)
				} else {
					whole = abi.AppendSubflowAddrs(whole, abi.SubflowAddrs{
						Local:  abi.SockaddrOf(f.Local, f.LocalPort, 0),
						Remote: abi.SockaddrOf(f.Remote, f.RemotePort, 0)})
				}
				at := int(x.in.Size)
				if filled := n - at; filled > 0 && !bytes.Equal(b[at:n], whole[:filled]) {
					t.Errorf("% x", b[at:n])
				}
				if len(b) > n && bytes.ContainsFunc(b[max(n, 16):], func(r rune) bool { return r == 0 }) {
					t.Error("more was written than the length says")
				}
			})
		})
	}
}

// TestSubflowArrayOfTwo: the count is the true one where there is room for less.
func TestSubflowArrayOfTwo(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s, _ := w.opened(p)
		for room, length := range map[int]int{0: 16, 255: 16, 256: 272, 511: 272, 512: 528, 600: 528} {
			b := make([]byte, 16+room)
			copy(b, abi.AppendSubflowData(nil, abi.SubflowData{Size: 16, SizeUser: 256}))
			n := len(b)
			must(0, s.GetSockOpt(abi.SOL_MPTCP, abi.MPTCP_SUBFLOW_ADDRS, nil, b, &n))
			if d, _ := abi.ParseSubflowData(b); d.NumSubflows != 2 || n != length {
				t.Errorf("room for %d: %d subflows, %d octets", room, d.NumSubflows, n)
			}
		}
		b := abi.AppendSubflowData(nil, abi.SubflowData{Size: 16, SizeUser: 256})
		n := 528
		if err := s.GetSockOpt(abi.SOL_MPTCP, abi.MPTCP_SUBFLOW_ADDRS, nil, b, &n); err != sockapi.EFAULT {
			t.Errorf("a length that is not there: %v", err)
		}
	})
}

// TestMPTCPInfoLength: a shorter buffer gets an older kernel's structure, a longer one no more than there
// is.
func TestMPTCPInfoLength(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		i := must(s.MPTCPInfo())
		whole := abi.AppendMPTCPInfo(nil, &i)
		for _, n := range []int{1, 33, 43, 80, 96, 150} {
			b := bytes.Repeat([]byte{0xaa}, 200)
			got := n
			must(0, s.GetSockOpt(abi.SOL_MPTCP, abi.MPTCP_INFO, nil, b, &got))
			if got != min(n, 96) || !bytes.Equal(b[:got], whole[:got]) || b[got] != 0xaa {
				t.Errorf("%d octets: got %d, % x", n, got, b[:got+1])
			}
		}
		n := 96
		if err := s.GetSockOpt(abi.SOL_MPTCP, abi.MPTCP_INFO, nil, nil, &n); err != sockapi.EFAULT {
			t.Error(err)
		}
		for _, option := range []int{0, 5, -1, 1000} {
			if err := solRaw(s, option, nil, make([]byte, 100)); err != sockapi.EOPNOTSUPP {
				t.Errorf("option %d: %v", option, err)
			}
		}
		if err := s.SetSockOpt(abi.SOL_MPTCP, abi.MPTCP_INFO, nil, make([]byte, 96)); err != sockapi.ENOPROTOOPT {
			t.Error(err)
		}
	})
}
