package abi

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"mpsim/model/wire"
)

// octets reads hexadecimal digits; spaces and line breaks mean nothing.
func octets(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func addr(s string) wire.Addr { return wire.AddrFrom(netip.MustParseAddr(s)) }

func want(t *testing.T, what string, got []byte, golden string) {
	t.Helper()
	if g := octets(t, golden); !bytes.Equal(got, g) {
		t.Errorf("%s:\ngot  %x\nwant %x", what, got, g)
	}
}

var (
	local4  = Sockaddr{Family: AF_INET, Addr: addr("192.0.2.1"), Port: 49152}
	remote4 = Sockaddr{Family: AF_INET, Addr: addr("198.51.100.7"), Port: 80}
	local6  = Sockaddr{Family: AF_INET6, Addr: addr("2001:db8::1"), Port: 49152}
	remote6 = Sockaddr{Family: AF_INET6, Addr: addr("2001:db8::7"), Port: 80}
)

const (
	golden4 = `0200 c000 c0000201 0000000000000000
		0200 0050 c6336407 0000000000000000`
	golden6 = `0a00 c000 00000000 20010db8000000000000000000000001 00000000
		0a00 0050 00000000 20010db8000000000000000000000007 00000000`
)

// threeSubs are the octets of mptcp_sub_ids of three subflows, the newest first.
const threeSubs = `03 00
	03 04
	02 1f
	01 06`

func TestGoldenSubIDs(t *testing.T) {
	subs := []SubStatus{
		{ID: 3, Flags: Attached},
		{ID: 2, Flags: SlaveSk | FullyEstablished | Attached | LowPrio | PreEstablished},
		{ID: 1, Flags: FullyEstablished | Attached},
	}
	want(t, "mptcp_sub_ids", AppendSubIDs(nil, subs), threeSubs)
	want(t, "no subflow", AppendSubIDs(nil, nil), "00 00")
	got, ok := ParseSubIDs(octets(t, threeSubs))
	if !ok || len(got) != 3 || got[1] != subs[1] || !got[1].Has(LowPrio) || got[0].Has(FullyEstablished) {
		t.Errorf("read %v, %t", got, ok)
	}
	for i, bit := range []uint8{SlaveSk, FullyEstablished, Attached, LowPrio, PreEstablished} {
		if bit != 1<<i {
			t.Errorf("flag %d is bit %#x", i, bit)
		}
	}
}

func TestGoldenTuples(t *testing.T) {
	t4, t6 := SubTuple{ID: 2, Prio: 1, Local: local4, Remote: remote4}, SubTuple{ID: 2, Prio: 1, Local: local6,
		Remote: remote6}
	for _, c := range []struct {
		name   string
		got    []byte
		golden string
		size   int
	}{
		{"IPv4", AppendSubTuple4(nil, t4), "02" + golden4, 33},
		{"IPv6", AppendSubTuple6(nil, t6), "02" + golden6, 57},
		{"IPv4 of draft -00", AppendSubTuplePrio4(nil, t4), "02 01" + golden4, 34},
		{"IPv6 of draft -00", AppendSubTuplePrio6(nil, t6), "02 01" + golden6, 58},
	} {
		want(t, c.name, c.got, c.golden)
		if len(c.got) != c.size {
			t.Errorf("%s: %d octets", c.name, len(c.got))
		}
		want := t4
		if strings.HasPrefix(c.name, "IPv6") {
			want = t6
		}
		if len(c.got)%2 == 1 {
			want.Prio = 0
		}
		if got, ok := ParseSubTuple(c.got); !ok || got != want {
			t.Errorf("%s: read %+v, %t", c.name, got, ok)
		}
	}
	// Wildcards: nothing but the family and the port of the peer.
	open := SubTuple{Local: Sockaddr{Family: AF_INET}, Remote: Sockaddr{Family: AF_INET, Port: 80}}
	want(t, "wildcard", AppendSubTuple4(nil, open), `00 02000000 00000000 0000000000000000
		0200 0050 00000000 0000000000000000`)
	if got, ok := ParseSubTuple(AppendSubTuple4(nil, open)); !ok || got.Local.Addr.IsValid() || got != open {
		t.Errorf("wildcard is %+v, %t", got, ok)
	}
}

func TestGoldenCommands(t *testing.T) {
	want(t, "close", AppendCloseSubID(nil, 5), "05")
	want(t, "close with how", AppendCloseSubHow(nil, CloseSub{ID: 5, How: SUB_RST}), "05 000000 04000000")
	want(t, "get", AppendSubGetsockopt(nil, SubGetsockopt{ID: 1, Level: IPPROTO_TCP, Optname: TCP_INFO,
		Optval: 0x7fff12345678, Optlen: 0x7fffabcd}), `01 000000 06000000 0b000000 00000000
		78563412ff7f0000 cdabff7f00000000`)
	want(t, "set", AppendSubSetsockopt(nil, SubSetsockopt{ID: 31, Level: IPPROTO_IP, Optname: IP_TOS,
		Optval: 0x10000, Optlen: 4}), `1f 000000 00000000 01000000 00000000
		0000010000000000 04000000 00000000`)
	want(t, "prio", AppendSubPrio(nil, SubPrio{ID: 2, LowPrio: 1}), "02 01")
	if c, how, ok := ParseCloseSub([]byte{7, 9, 9, 9, 9}); !ok || how || c.ID != 7 {
		t.Errorf("the kernel's structure with more behind it: %+v, %t, %t", c, how, ok)
	}
	if c, how, ok := ParseCloseSub(AppendCloseSubHow(nil, CloseSub{ID: 7, How: SHUT_WR})); !ok || !how ||
		c != (CloseSub{ID: 7, How: SHUT_WR}) {
		t.Errorf("with how: %+v, %t, %t", c, how, ok)
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"sub_status", SubStatusSize, 2}, {"sub_ids", SubIDsSize, 2}, {"sub_tuple", SubTupleSize, 1},
		{"sub_tuple IPv4", SubTuple4Size, 33}, {"sub_tuple IPv6", SubTuple6Size, 57}, {"close", CloseSubIDSize, 1},
		{"getsockopt", len(AppendSubGetsockopt(nil, SubGetsockopt{})), 32},
		{"setsockopt", len(AppendSubSetsockopt(nil, SubSetsockopt{})), 32}, {"both", SubSockoptSize, 32},
		{"sockaddr_in", len(AppendSockaddrIn(nil, local4)), 16},
		{"sockaddr_in6", len(AppendSockaddrIn6(nil, local6)), 28},
		// The drafts' example has a buffer of 42 octets; all 31 subflows need 64.
		{"20 subflows", SubIDsLen(20), 42}, {"31 subflows", SubIDsLen(31), 64}, {"man page", 32 * SubStatusSize, 64},
	} {
		if c.got != c.want {
			t.Errorf("%s has %d octets, want %d", c.name, c.got, c.want)
		}
	}
}

// parseRuby reads mptcp_sub_ids as a binding for Ruby has it: entries of 4 octets, low_prio a number of its
// own at offset 2.
func parseRuby(b []byte) (subs []SubStatus, ok bool) {
	const entry = 4
	if len(b) < SubIDsSize || len(b) < SubIDsSize+int(b[0])*entry {
		return nil, false
	}
	for i := range int(b[0]) {
		at := SubIDsSize + i*entry
		s := SubStatus{ID: b[at]}
		if b[at+2] != 0 || b[at+3] != 0 {
			s.Flags |= LowPrio
		}
		subs = append(subs, s)
	}
	return subs, true
}

// TestWrongLayout shows that a layout of 4-octet entries cannot read the kernel's: with the exact length it
// runs out of octets, in a larger buffer it finds other subflows.
func TestWrongLayout(t *testing.T) {
	exact := octets(t, threeSubs)
	if subs, ok := parseRuby(exact); ok {
		t.Errorf("read %v from %d octets", subs, len(exact))
	}
	subs, ok := parseRuby(append(exact, make([]byte, 34)...))
	right, _ := ParseSubIDs(exact)
	if !ok || len(subs) != len(right) {
		t.Fatalf("read %v, %t", subs, ok)
	}
	same := true
	for i := range subs {
		same = same && subs[i].ID == right[i].ID
	}
	if same {
		t.Errorf("both layouts read %v", subs)
	}
}
