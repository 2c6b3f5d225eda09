package abi

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"

	"mpsim/model/tcp"

	"pgregory.net/rapid"
)

func TestMemory(t *testing.T) {
	var m Memory
	a, b := make([]byte, 10), []byte{1, 2, 3}
	pa, pb := m.Map(a), m.Map(b)
	if pa == 0 || pb <= pa+10 {
		t.Fatalf("addresses %#x and %#x", pa, pb)
	}
	for _, c := range []struct {
		at Pointer
		n  int
		ok bool
	}{{pa, 10, true}, {pa, 11, false}, {pa + 9, 1, true}, {pa + 10, 0, false}, {pa - 1, 1, false}, {0, 1, false},
		{pb, 3, true}, {pb + 2, 2, false}, {^Pointer(0), 1, false}, {pa, -1, false}} {
		if _, ok := m.Bytes(c.at, c.n); ok != c.ok {
			t.Errorf("%d octets at %#x: %t", c.n, c.at, ok)
		}
	}
	at, _ := m.Bytes(pa+4, 2)
	copy(at, "xy")
	if string(a[4:6]) != "xy" {
		t.Errorf("what was written is not in the slice: %q", a)
	}
	if _, ok := (*Memory)(nil).Bytes(pa, 1); ok {
		t.Error("no memory has octets")
	}
}

func TestValues(t *testing.T) {
	if v, ok := Int([]byte{0xfe, 0xff, 0xff, 0xff}); !ok || v != -2 {
		t.Errorf("int is %d, %t", v, ok)
	}
	if _, ok := Int([]byte{1, 2, 3}); ok {
		t.Error("three octets are an int")
	}
	b := make([]byte, 2)
	if n := PutInt(b, 0x01020304); n != 2 || b[0] != 4 || b[1] != 3 {
		t.Errorf("%d octets %x", n, b)
	}
	l := Linger{On: 1, Seconds: 30}
	if got, ok := ParseLinger(AppendLinger(nil, l)); !ok || got != l {
		t.Errorf("linger %+v, %t", got, ok)
	}
	if Text([]byte("cubic\x00junk")) != "cubic" || Text([]byte("lia")) != "lia" {
		t.Error("text does not end at the zero octet")
	}
}

func TestConstants(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Constants() {
		if seen[c.Name] || c.Name == "" {
			t.Errorf("%q is there twice", c.Name)
		}
		seen[c.Name] = true
	}
	for _, c := range []struct {
		name string
		want int
	}{{"MPTCP_GET_SUB_IDS", 66}, {"MPTCP_CLOSE_SUB_ID", 67}, {"MPTCP_GET_SUB_TUPLE", 68},
		{"MPTCP_OPEN_SUB_TUPLE", 69}, {"MPTCP_GET_SUB_INFO", 70}, {"MPTCP_SUB_GETSOCKOPT", 71},
		{"MPTCP_SUB_SETSOCKOPT", 72}, {"TCP_INFO", 11}, {"TCP_USER_TIMEOUT", 18}, {"IPPROTO_TCP", 6}, {"IP_TOS", 1}} {
		found := false
		for _, k := range Constants() {
			found = found || k.Name == c.name && k.Value == c.want
		}
		if !found {
			t.Errorf("%s is not %d", c.name, c.want)
		}
	}
}

// TestTCPInfoOffsets compares the struct with the offsets of include/uapi/linux/tcp.h.
func TestTCPInfoOffsets(t *testing.T) {
	i := tcp.TCPInfo{State: 1, CAState: 3, Retransmits: 2, Probes: 4, Backoff: 5, Options: 7, SndWscale: 9,
		RcvWscale: 10,
		RTO:       204_000, ATO: 40_000, SndMSS: 1448, RcvMSS: 536, Unacked: 11, Sacked: 12, Lost: 13, Retrans: 14,
		LastDataSent: 15, LastDataRecv: 16, LastAckRecv: 17, PMTU: 1500, RcvSsthresh: 64088,
		RTT: 20_000, RTTVar: 5_000,
		SndSsthresh: 18, SndCwnd: 19, Advmss: 1460, Reordering: 3, RcvRTT: 21_000, RcvSpace: 14480, TotalRetrans: 22,
		PacingRate: 1 << 40, BytesAcked: 1 << 33, BytesReceived: 1<<33 + 1, SegsOut: 23, SegsIn: 24, NotsentBytes: 25,
		MinRTT: 19_000, DataSegsOut: 26, BusyTime: 27, RwndLimited: 28, SndbufLimited: 29, Delivered: 30,
		BytesSent: 31, BytesRetrans: 32, DSACKDups: 33, ReordSeen: 34, RcvOooPack: 35, SndWnd: 36, RcvWnd: 37}
	b := AppendTCPInfo(nil, &i)
	if len(b) != TCPInfoSize || b[6] != 0xa9 || !bytes.Equal(b[:6], []byte{1, 3, 2, 4, 5, 7}) {
		t.Fatalf("%d octets %x", len(b), b[:8])
	}
	for _, c := range []struct {
		name string
		at   int
		want uint32
	}{
		{"rto", 8, 204_000}, {"ato", 12, 40_000}, {"snd_mss", 16, 1448}, {"rcv_mss", 20, 536}, {"unacked", 24, 11},
		{"sacked", 28, 12}, {"lost", 32, 13}, {"retrans", 36, 14}, {"fackets", 40, 0}, {"last_data_sent", 44, 15},
		{"last_ack_sent", 48, 0}, {"last_data_recv", 52, 16}, {"last_ack_recv", 56, 17}, {"pmtu", 60, 1500},
		{"rcv_ssthresh", 64, 64088}, {"rtt", 68, 20_000}, {"rttvar", 72, 5_000}, {"snd_ssthresh", 76, 18},
		{"snd_cwnd", 80, 19}, {"advmss", 84, 1460}, {"reordering", 88, 3}, {"rcv_rtt", 92, 21_000},
		{"rcv_space", 96, 14480}, {"total_retrans", 100, 22}, {"segs_out", 136, 23}, {"segs_in", 140, 24},
		{"notsent_bytes", 144, 25}, {"min_rtt", 148, 19_000}, {"data_segs_in", 152, 0}, {"data_segs_out", 156, 26},
		{"delivered", 192, 30}, {"delivered_ce", 196, 0}, {"dsack_dups", 216, 33}, {"reord_seen", 220, 34},
		{"rcv_ooopack", 224, 35}, {"snd_wnd", 228, 36}, {"rcv_wnd", 232, 37}, {"rehash", 236, 0},
		{"total_rto", 240, 0},
		{"total_rto_time", 244, 0}, {"received_ce", 248, 0},
	} {
		if got := binary.LittleEndian.Uint32(b[c.at:]); got != c.want {
			t.Errorf("%s at %d is %d, want %d", c.name, c.at, got, c.want)
		}
	}
	for _, c := range []struct {
		name string
		at   int
		want uint64
	}{
		{"pacing_rate", 104, 1 << 40}, {"max_pacing_rate", 112, 1<<64 - 1}, {"bytes_acked", 120, 1 << 33},
		{"bytes_received", 128, 1<<33 + 1}, {"delivery_rate", 160, 0}, {"busy_time", 168, 27},
		{"rwnd_limited", 176, 28}, {"sndbuf_limited", 184, 29}, {"bytes_sent", 200, 31}, {"bytes_retrans", 208, 32},
	} {
		if got := binary.LittleEndian.Uint64(b[c.at:]); got != c.want {
			t.Errorf("%s at %d is %d, want %d", c.name, c.at, got, c.want)
		}
	}
	short, ok := ParseTCPInfo(b[:TCPInfoForkSize])
	if !ok || short.SndbufLimited != 29 || short.Delivered != 0 || short.RTO != 204_000 {
		t.Errorf("of the fork: %+v, %t", short, ok)
	}
	if _, ok := ParseTCPInfo(b[:TCPInfoClassicSize-1]); ok {
		t.Error("less than every version has was read")
	}
}

// TestTCPInfoRoundTrip sets every field that there is.
func TestTCPInfoRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var i tcp.TCPInfo
		v := reflect.ValueOf(&i).Elem()
		for k := range v.NumField() {
			f := v.Field(k)
			n := rapid.Uint64().Draw(t, v.Type().Field(k).Name)
			if name := v.Type().Field(k).Name; name == "SndWscale" || name == "RcvWscale" {
				n &= 15
			}
			f.SetUint(n & (1<<f.Type().Bits() - 1))
		}
		if got, ok := ParseTCPInfo(AppendTCPInfo(nil, &i)); !ok || got != i {
			t.Fatalf("got %+v\nwant %+v", got, i)
		}
	})
}

func TestStructuresRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		subs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) SubStatus {
			return SubStatus{ID: rapid.Uint8().Draw(t, "id"), Flags: rapid.Uint8().Draw(t, "flags")}
		}), 0, 255).Draw(t, "subs")
		b := AppendSubIDs(nil, subs)
		if got, ok := ParseSubIDs(b); !ok || len(got) != len(subs) || len(subs) > 0 && !reflect.DeepEqual(got, subs) {
			t.Fatalf("got %v", got)
		}
		if len(b) != SubIDsLen(len(subs)) {
			t.Fatalf("%d octets", len(b))
		}
		if _, ok := ParseSubIDs(b[:len(b)-1]); ok {
			t.Fatal("read from fewer octets than the count needs")
		}
		g := SubGetsockopt{ID: rapid.Uint8().Draw(t, "id"), Level: int(rapid.Int32().Draw(t, "level")),
			Optname: int(rapid.Int32().Draw(t, "name")), Optval: Pointer(rapid.Uint64().Draw(t, "optval")),
			Optlen: Pointer(rapid.Uint64().Draw(t, "optlen"))}
		if got, ok := ParseSubGetsockopt(AppendSubGetsockopt(nil, g)); !ok || got != g {
			t.Fatalf("got %+v", got)
		}
		s := SubSetsockopt{ID: g.ID, Level: g.Level, Optname: g.Optname, Optval: g.Optval, Optlen: uint32(g.Optlen)}
		if got, ok := ParseSubSetsockopt(AppendSubSetsockopt(nil, s)); !ok || got != s {
			t.Fatalf("got %+v", got)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{2, 0, 1, 6, 2, 4})
	f.Add(AppendSubTuple4(nil, SubTuple{ID: 1, Local: local4, Remote: remote4}))
	f.Add(AppendSubTuple6(nil, SubTuple{ID: 1, Local: local6, Remote: remote6}))
	f.Add(AppendSubTuplePrio6(nil, SubTuple{ID: 1, Prio: 1, Local: local6, Remote: remote6}))
	f.Add(AppendSubGetsockopt(nil, SubGetsockopt{ID: 1, Optval: 1 << 16, Optlen: 1 << 17}))
	f.Add(AppendTCPInfo(nil, &tcp.TCPInfo{State: 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if subs, ok := ParseSubIDs(b); ok {
			again := AppendSubIDs(nil, subs)
			if again[1] = b[1]; !bytes.Equal(again, b[:len(again)]) { // padding
				t.Errorf("mptcp_sub_ids %x becomes %x", b, again)
			}
		}
		if x, ok := ParseSubTuple(b); ok && (x.Local.Addr.Is4() || len(b) == SubTuple4Size) && x.ID != b[0] {
			t.Errorf("mptcp_sub_tuple %x has id %d", b, x.ID)
		}
		if o, ok := ParseSubGetsockopt(b); ok {
			again := AppendSubGetsockopt(nil, o)
			if got, _ := ParseSubGetsockopt(again); got != o {
				t.Errorf("mptcp_sub_getsockopt %+v becomes %+v", o, got)
			}
		}
		if i, ok := ParseTCPInfo(b); ok {
			if got, _ := ParseTCPInfo(AppendTCPInfo(nil, &i)); got != i {
				t.Errorf("tcp_info %+v becomes %+v", i, got)
			}
		}
		_, _ = ParseSubSetsockopt(b)
		_, _ = ParseSubPrio(b)
		_, _, _ = ParseCloseSub(b)
		_, _ = ParseLinger(b)
	})
}
