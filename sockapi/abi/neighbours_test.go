package abi

import (
	"bytes"
	"reflect"
	"testing"

	"mpsim/model/wire"

	"pgregory.net/rapid"
)

// TestMPTCPInfoOfLinux: what a 6.18.44 kernel wrote for a client that had sent 100000 octets over
// loopback and had closed nothing.
func TestMPTCPInfoOfLinux(t *testing.T) {
	b := octets(t, `
		00 00 00 02 00 00 00 00 02 00 00 00 ed d2 48 7d
		c0 15 5e 96 23 d7 29 d9 c0 15 5e 96 23 d7 29 d9
		7b 5a 42 b2 ee 6a b4 49 00 00 00 00 00 00 00 00
		00 00 00 00 00 00 00 00 a0 86 01 00 00 00 00 00
		00 00 00 00 00 00 00 00 a0 86 01 00 00 00 00 00
		01 00 00 00 2c 01 00 00 2c 01 00 00 60 00 00 00`)
	want := MPTCPInfo{SubflowsMax: 2, Flags: InfoFlagRemoteKeyReceived, Token: 0x7d48d2ed,
		WriteSeq: 0xd929d723965e15c0,
		SndUna:   0xd929d723965e15c0, RcvNxt: 0x49b46aeeb2425a7b, BytesSent: 100000, BytesAcked: 100000,
		SubflowsTotal: 1,
		LastDataSent:  300, LastDataRecv: 300, LastAckRecv: 96}
	if got := ParseMPTCPInfo(b); got != want {
		t.Errorf("read\n%+v, want\n%+v", got, want)
	}
	if got := AppendMPTCPInfo(nil, &want); !bytes.Equal(got, b) {
		t.Errorf("wrote\n% x, want\n% x", got, b)
	}
}

// TestMPTCPInfoPlaces: each field where include/uapi/linux/mptcp.h puts it (offsets by GCC).
func TestMPTCPInfoPlaces(t *testing.T) {
	for _, x := range []struct {
		name     string
		set      func(i *MPTCPInfo)
		at, size int
	}{
		{"subflows", func(i *MPTCPInfo) { i.Subflows = 0xff }, 0, 1},
		{"add_addr_signal", func(i *MPTCPInfo) { i.AddAddrSignal = 0xff }, 1, 1},
		{"add_addr_accepted", func(i *MPTCPInfo) { i.AddAddrAccepted = 0xff }, 2, 1},
		{"subflows_max", func(i *MPTCPInfo) { i.SubflowsMax = 0xff }, 3, 1},
		{"add_addr_signal_max", func(i *MPTCPInfo) { i.AddAddrSignalMax = 0xff }, 4, 1},
		{"add_addr_accepted_max", func(i *MPTCPInfo) { i.AddAddrAcceptedMax = 0xff }, 5, 1},
		{"flags", func(i *MPTCPInfo) { i.Flags = 1<<32 - 1 }, 8, 4},
		{"token", func(i *MPTCPInfo) { i.Token = 1<<32 - 1 }, 12, 4},
		{"write_seq", func(i *MPTCPInfo) { i.WriteSeq = 1<<64 - 1 }, 16, 8},
		{"snd_una", func(i *MPTCPInfo) { i.SndUna = 1<<64 - 1 }, 24, 8},
		{"rcv_nxt", func(i *MPTCPInfo) { i.RcvNxt = 1<<64 - 1 }, 32, 8},
		{"local_addr_used", func(i *MPTCPInfo) { i.LocalAddrUsed = 0xff }, 40, 1},
		{"local_addr_max", func(i *MPTCPInfo) { i.LocalAddrMax = 0xff }, 41, 1},
		{"csum_enabled", func(i *MPTCPInfo) { i.CsumEnabled = 0xff }, 42, 1},
		{"retransmits", func(i *MPTCPInfo) { i.Retransmits = 1<<32 - 1 }, 44, 4},
		{"bytes_retrans", func(i *MPTCPInfo) { i.BytesRetrans = 1<<64 - 1 }, 48, 8},
		{"bytes_sent", func(i *MPTCPInfo) { i.BytesSent = 1<<64 - 1 }, 56, 8},
		{"bytes_received", func(i *MPTCPInfo) { i.BytesReceived = 1<<64 - 1 }, 64, 8},
		{"bytes_acked", func(i *MPTCPInfo) { i.BytesAcked = 1<<64 - 1 }, 72, 8},
		{"subflows_total", func(i *MPTCPInfo) { i.SubflowsTotal = 0xff }, 80, 1},
		{"endp_laminar_max", func(i *MPTCPInfo) { i.EndpLaminarMax = 0xff }, 81, 1},
		{"last_data_sent", func(i *MPTCPInfo) { i.LastDataSent = 1<<32 - 1 }, 84, 4},
		{"last_data_recv", func(i *MPTCPInfo) { i.LastDataRecv = 1<<32 - 1 }, 88, 4},
		{"last_ack_recv", func(i *MPTCPInfo) { i.LastAckRecv = 1<<32 - 1 }, 92, 4},
	} {
		var i MPTCPInfo
		x.set(&i)
		b := AppendMPTCPInfo(nil, &i)
		want := make([]byte, MPTCPInfoSize)
		for k := range x.size {
			want[x.at+k] = 0xff
		}
		if !bytes.Equal(b, want) {
			t.Errorf("%s: % x", x.name, b)
		}
		if got := ParseMPTCPInfo(b); got != i {
			t.Errorf("%s reads as %+v", x.name, got)
		}
		if got := ParseMPTCPInfo(b[:x.at]); got != (MPTCPInfo{}) {
			t.Errorf("%s: an older kernel's %d octets read as %+v", x.name, x.at, got)
		}
	}
}

// TestSubflowAddrsOfLinux: the same kernel's answer to MPTCP_SUBFLOW_ADDRS with one subflow.
func TestSubflowAddrsOfLinux(t *testing.T) {
	b := octets(t, "10 00 00 00 01 00 00 00 00 01 00 00 00 01 00 00")
	b = append(b, octets(t, "02 00 e8 16 7f 00 00 01")...)
	b = append(b, make([]byte, 120)...)
	b = append(b, octets(t, "02 00 a8 e7 7f 00 00 01")...)
	b = append(b, make([]byte, 120)...)
	d := SubflowData{Size: 16, NumSubflows: 1, SizeKernel: 256, SizeUser: 256}
	a := SubflowAddrs{Local: Sockaddr{AF_INET, addr("127.0.0.1"), 0xe816}, Remote: Sockaddr{AF_INET,
		addr("127.0.0.1"), 0xa8e7}}
	if got := AppendSubflowAddrs(AppendSubflowData(nil, d), a); !bytes.Equal(got, b) {
		t.Errorf("wrote\n% x, want\n% x", got, b)
	}
	if got, ok := ParseSubflowData(b); got != d || !ok {
		t.Errorf("%+v %v", got, ok)
	}
	if got, ok := ParseSubflowAddrs(b[SubflowDataSize:]); got != a || !ok {
		t.Errorf("%+v %v", got, ok)
	}
}

// TestSubflowInfo6: the number, a hole, and two addresses of IPv6.
func TestSubflowInfo6(t *testing.T) {
	b := octets(t, "03 00 00 00 00 00 00 00 0a 00 1f 90 00 00 00 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01")
	b = append(b, make([]byte, 8+SockaddrStorage-len(b))...)
	b = append(b, octets(t, "0a 00 00 50 00 00 00 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02")...)
	b = append(b, make([]byte, SubflowInfoSize-len(b))...)
	i := SubflowInfo{ID: 3, Addrs: SubflowAddrs{Local: Sockaddr{AF_INET6, addr("2001:db8::1"), 8080},
		Remote: Sockaddr{AF_INET6, addr("2001:db8::2"), 80}}}
	if got := AppendSubflowInfo(nil, i); !bytes.Equal(got, b) {
		t.Errorf("wrote\n% x, want\n% x", got, b)
	}
	if got, ok := ParseSubflowInfo(b); got != i || !ok {
		t.Errorf("%+v %v", got, ok)
	}
}

func TestFullInfo(t *testing.T) {
	f := FullInfo{SizeTCPInfoKernel: 0x11, SizeTCPInfoUser: 0x22, SizeSFInfoKernel: 0x33, SizeSFInfoUser: 0x44,
		NumSubflows: 0x55, SizeArraysUser: 0x66, SubflowInfo: 0x0102030405060708, TCPInfo: 0x1112131415161718,
		Info: MPTCPInfo{Subflows: 9}}
	b := octets(t, `11 00 00 00 22 00 00 00 33 00 00 00 44 00 00 00 55 00 00 00 66 00 00 00
		08 07 06 05 04 03 02 01 18 17 16 15 14 13 12 11 09`)
	b = append(b, make([]byte, FullInfoSize-len(b))...)
	if got := AppendFullInfo(nil, &f); !bytes.Equal(got, b) {
		t.Errorf("wrote\n% x, want\n% x", got, b)
	}
	if got, ok := ParseFullInfo(b); got != f || !ok {
		t.Errorf("%+v %v", got, ok)
	}
	if got, ok := ParseFullInfo(b[:FullInfoHeadSize]); !ok || got.TCPInfo != f.TCPInfo ||
		got.Info.Subflows != 0 {
		t.Errorf("head alone: %+v %v", got, ok)
	}
}

// TestOutOfTreeLayouts: structures of multipath-tcp/mptcp v0.95 by the field tables, with the holes that
// GCC leaves.
func TestOutOfTreeLayouts(t *testing.T) {
	m := MetaInfo{State: 1, Retransmits: 2, Probes: 3, Backoff: 4, RTO: 0x05, Unacked: 0x06, LastDataSent: 0x07,
		LastDataRecv: 0x08, LastAckRecv: 0x09, TotalRetrans: 0x0a, BytesAcked: 0x0b, BytesReceived: 0x0c}
	b := octets(t, `01 02 03 04 05 00 00 00 06 00 00 00 07 00 00 00 08 00 00 00 09 00 00 00 0a 00 00 00 00 00 00 00
		0b 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00`)
	if got := AppendMetaInfo(nil, &m); !bytes.Equal(got, b) || len(b) != MetaInfoSize {
		t.Errorf("mptcp_meta_info: % x", got)
	}
	if got := ParseMetaInfo(b); got != m {
		t.Errorf("mptcp_meta_info: %+v", got)
	}
	i := OOTInfo{TCPInfoLen: 1, SubLen: 2, MetaLen: 3, SubInfoLen: 4, TotalSubInfoLen: 5, MetaInfo: 6,
		Initial:  7,
		Subflows: 8, SubflowInfo: 9}
	b = octets(t, `01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00 05 00 00 00 00 00 00 00
		06 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00 09 00 00 00 00 00 00 00`)
	if got := AppendOOTInfo(nil, &i); !bytes.Equal(got, b) || len(b) != OOTMPTCPInfoLen {
		t.Errorf("mptcp_info: % x", got)
	}
	if got := ParseOOTInfo(b); got != i {
		t.Errorf("mptcp_info: %+v", got)
	}
	a := SubflowAddrs{Local: Sockaddr{AF_INET, addr("10.0.0.1"), 0x1234}, Remote: Sockaddr{AF_INET,
		addr("10.0.0.2"), 80}}
	b = octets(t, `02 00 12 34 0a 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
		02 00 00 50 0a 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`)
	if got := AppendOOTSubInfo(nil, a); !bytes.Equal(got, b) || len(b) != OOTSubInfoSize {
		t.Errorf("mptcp_sub_info: % x", got)
	}
	if got, ok := ParseOOTSubInfo(b); got != a || !ok {
		t.Errorf("mptcp_sub_info: %+v %v", got, ok)
	}
	if got := MPTCPName("a-name-that-is-too-long"); string(got) != "a-name-that-is-\x00" {
		t.Errorf("%q", got)
	}
}

// TestSockaddrs: a packed list of both families.
func TestSockaddrs(t *testing.T) {
	list := []Sockaddr{{AF_INET, addr("10.0.0.1"), 80}, {AF_INET6, addr("2001:db8::1"), 0}, {AF_INET,
		wire.Addr{}, 1},
		{AF_INET6, wire.Addr{}, 2}}
	var b []byte
	for _, s := range list {
		b = AppendSockaddr(b, s)
	}
	if len(b) != 2*SockaddrInSize+2*SockaddrIn6Size {
		t.Fatalf("%d octets", len(b))
	}
	if got, ok := ParseSockaddrs(b); !ok || !reflect.DeepEqual(got, list) {
		t.Errorf("%+v %v", got, ok)
	}
	for n := range b {
		whole := n == 0 || n == 16 || n == 44 || n == 60
		if got, ok := ParseSockaddrs(b[:n]); ok != whole {
			t.Errorf("%d octets: %+v %v", n, got, ok)
		}
	}
	if _, ok := ParseSockaddrs(octets(t, "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")); ok {
		t.Error("AF_UNIX was read")
	}
}

// TestMPTCPInfoRoundTrip: what was written reads the same, and the holes are 0.
func TestMPTCPInfoRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), MPTCPInfoSize, MPTCPInfoSize).Draw(t, "octets")
		i := ParseMPTCPInfo(raw)
		b := AppendMPTCPInfo([]byte{1, 2}, &i)[2:]
		for _, hole := range []int{6, 7, 43, 82, 83} {
			raw[hole] = 0
		}
		if !bytes.Equal(b, raw) {
			t.Fatalf("% x, want % x", b, raw)
		}
	})
}

// FuzzNeighbours: no decoder of a structure fails on any octets.
func FuzzNeighbours(f *testing.F) {
	f.Add(make([]byte, FullInfoSize))
	f.Add(AppendSockaddr(nil, Sockaddr{AF_INET6, addr("2001:db8::1"), 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		ParseMPTCPInfo(b)
		ParseSubflowData(b)
		ParseSubflowAddrs(b)
		ParseSubflowInfo(b)
		ParseMetaInfo(b)
		ParseOOTInfo(b)
		ParseOOTSubInfo(b)
		if x, ok := ParseFullInfo(b); ok && !bytes.Equal(AppendFullInfo(nil, &x)[:FullInfoHeadSize],
			b[:FullInfoHeadSize]) {
			t.Errorf("% x", b)
		}
		if list, ok := ParseSockaddrs(b); ok {
			n := 0
			for _, s := range list {
				n += len(AppendSockaddr(nil, s))
			}
			if n != len(b) {
				t.Errorf("%d addresses of %d octets in %d", len(list), n, len(b))
			}
		}
	})
}
