package sockapi_test

import (
	"bytes"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi"
	"mpsim/sockapi/abi"
)

// TestFullInfo: sizes, counts and errors as a 6.18.44 kernel answered to the same calls, here with two
// subflows.
func TestFullInfo(t *testing.T) {
	const big = 1 << 31
	for _, x := range []struct {
		name         string
		in           abi.FullInfo
		optlen       int
		infos, tcps  int // octets behind the pointers; -1: null
		want         sockapi.Errno
		length       int
		sfUser, user uint32
		wroteInfos   int
		wroteTCPs    int
	}{
		{name: "everything", in: abi.FullInfo{SizeTCPInfoUser: 400, SizeSFInfoUser: 300, SizeArraysUser: 2},
			optlen: 136,
			infos:  600, tcps: 600, length: 136, sfUser: 264, user: 280, wroteInfos: 528, wroteTCPs: 560},
		{name: "head alone", optlen: 40, infos: -1, tcps: -1, length: 40},
		{name: "part of mptcp_info", optlen: 57, infos: -1, tcps: -1, length: 57},
		{name: "more than there is", optlen: 1000, infos: -1, tcps: -1, length: 136},
		{name: "room for one", in: abi.FullInfo{SizeTCPInfoUser: 280, SizeSFInfoUser: 264, SizeArraysUser: 1},
			optlen: 136,
			infos:  264, tcps: 280, length: 136, sfUser: 264, user: 280, wroteInfos: 264, wroteTCPs: 280},
		{name: "numbers alone", in: abi.FullInfo{SizeSFInfoUser: 4, SizeArraysUser: 9}, optlen: 136, infos: 8,
			tcps:   -1,
			length: 136, sfUser: 4, wroteInfos: 8},
		{name: "arrays of nothing", in: abi.FullInfo{SizeArraysUser: big}, optlen: 136, infos: -1, tcps: -1,
			length: 136},
		{name: "short of the head", optlen: 39, infos: -1, tcps: -1, want: sockapi.EINVAL},
		{name: "num_subflows given", in: abi.FullInfo{NumSubflows: 1}, optlen: 136, infos: -1, tcps: -1,
			want: sockapi.EINVAL},
		{name: "size_tcpinfo_kernel given", in: abi.FullInfo{SizeTCPInfoKernel: 1}, optlen: 136, infos: -1,
			tcps: -1,
			want: sockapi.EINVAL},
		{name: "size_sfinfo_kernel given", in: abi.FullInfo{SizeSFInfoKernel: 1}, optlen: 136, infos: -1, tcps: -1,
			want: sockapi.EINVAL},
		{name: "huge mptcp_subflow_info", in: abi.FullInfo{SizeSFInfoUser: big}, optlen: 136, infos: -1, tcps: -1,
			want: sockapi.EINVAL},
		{name: "huge tcp_info", in: abi.FullInfo{SizeTCPInfoUser: big}, optlen: 136, infos: -1, tcps: -1,
			want: sockapi.EINVAL},
		{name: "null pointer", in: abi.FullInfo{SizeSFInfoUser: 4, SizeArraysUser: 1}, optlen: 136, infos: -1,
			tcps: -1,
			want: sockapi.EFAULT},
		{name: "array too short", in: abi.FullInfo{SizeTCPInfoUser: 280, SizeArraysUser: 2}, optlen: 136,
			infos: -1, tcps: 559,
			want: sockapi.EFAULT},
	} {
		t.Run(x.name, func(t *testing.T) {
			w := newAPIWorld(apiOptions{})
			w.serve()
			w.run(t, func(p *sim.Proc) {
				s, _ := w.opened(p)
				var mem abi.Memory
				place := func(n int) (b []byte, at abi.Pointer) {
					if n < 0 {
						return nil, 0
					}
					b = make([]byte, n)
					return b, mem.Map(b)
				}
				in := x.in
				var infos, tcps []byte
				infos, in.SubflowInfo = place(x.infos)
				tcps, in.TCPInfo = place(x.tcps)
				b := append(abi.AppendFullInfo(nil, &in)[:40], bytes.Repeat([]byte{0xaa}, 1000)...)
				n := x.optlen
				if got := errno(t, s.GetSockOpt(abi.SOL_MPTCP, abi.MPTCP_FULL_INFO, &mem, b, &n)); got != x.want {
					t.Fatalf("%s, want %s", name(got), name(x.want))
				} else if got != 0 {
					return
				}
				if n != x.length || b[n] != 0xaa {
					t.Errorf("%d octets, want %d", n, x.length)
				}
				out, _ := abi.ParseFullInfo(b)
				want := in
				want.SizeTCPInfoKernel, want.SizeTCPInfoUser, want.SizeSFInfoKernel, want.SizeSFInfoUser = 280, x.user,
					264, x.sfUser
				want.NumSubflows, want.Info = 2, out.Info
				if out != want {
					t.Errorf("%+v, want %+v", out, want)
				}
				i, list, _ := s.MPTCPFullInfo()
				if whole := abi.AppendMPTCPInfo(nil, &i); !bytes.Equal(b[40:n], whole[:n-40]) {
					t.Errorf("% x, want % x", b[40:n], whole)
				}
				var wantInfos, wantTCPs []byte
				for k := range list {
					f := &list[k]
					wantInfos = append(wantInfos, abi.AppendSubflowInfo(nil, abi.SubflowInfo{ID: f.ID,
						Addrs: abi.SubflowAddrs{
							Local:  abi.SockaddrOf(f.Local, f.LocalPort, 0),
							Remote: abi.SockaddrOf(f.Remote, f.RemotePort, 0)}})[:x.sfUser]...)
					wantTCPs = append(wantTCPs, abi.AppendTCPInfo(nil, &f.TCP)[:x.user]...)
				}
				wrote(t, "mptcp_subflow_info", infos, wantInfos, x.wroteInfos)
				wrote(t, "tcp_info", tcps, wantTCPs, x.wroteTCPs)
			})
		})
	}
}

// wrote checks that the first n octets of an array are what they should be, and that nothing is behind
// them.
func wrote(t *testing.T, what string, got, want []byte, n int) {
	t.Helper()
	if !bytes.Equal(got[:n], want[:n]) || bytes.ContainsFunc(got[n:], func(r rune) bool { return r != 0 }) {
		t.Errorf("%s: % x, want % x", what, got, want[:n])
	}
}

// TestSolMPTCPv6: addresses of IPv6 in their structures.
func TestSolMPTCPv6(t *testing.T) {
	w := newAPIWorld(apiOptions{})
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.client.Socket(sockapi.MPTCP)
		must(0, s.Connect(p, w.wifi6, w.remote6, port, true))
		w.talk(p, s)
		b := make([]byte, 16+256)
		copy(b, abi.AppendSubflowData(nil, abi.SubflowData{Size: 16, SizeUser: 256}))
		must(0, solRaw(s, abi.MPTCP_SUBFLOW_ADDRS, nil, b))
		a, _ := abi.ParseSubflowAddrs(b[16:])
		if a.Local.Family != abi.AF_INET6 || a.Local.Addr != w.wifi6 || a.Remote.Addr != w.remote6 ||
			a.Remote.Port != port {
			t.Errorf("%+v", a)
		}
	})
}

// TestMPTCPInfoListener: limits of the path manager alone before there is a connection, and of a listener
// nothing.
func TestMPTCPInfoListener(t *testing.T) {
	w := newAPIWorld(apiOptions{manager: "fullmesh", maxSubflows: 4})
	l := w.client.Socket(sockapi.MPTCP)
	if i := must(l.MPTCPInfo()); i != (abi.MPTCPInfo{SubflowsMax: 3}) {
		t.Errorf("fresh: %+v", i)
	}
	must(0, l.Bind(w.wifi, 2000))
	must(0, l.Listen(1))
	if i := must(l.MPTCPInfo()); i != (abi.MPTCPInfo{}) {
		t.Errorf("listening: %+v", i)
	}
	list := must(l.MPTCPSubflows())
	if len(list) != 1 || list[0].ID != 1 || list[0].Local != w.wifi || list[0].LocalPort != 2000 ||
		list[0].TCP.State != 10 {
		t.Errorf("%+v", list)
	}
	w.serve()
	w.run(t, func(p *sim.Proc) {
		s := w.connect(p)
		pause(p, 500*ms)
		if i := must(s.MPTCPInfo()); i.SubflowsMax != 3 || i.Subflows != 1 || i.SubflowsTotal != 2 ||
			i.LocalAddrUsed != 1 {
			t.Errorf("connected: %+v", i)
		}
	})
}
