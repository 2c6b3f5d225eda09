package pkt

import (
	"reflect"
	"strings"
	"testing"
)

// parse reads a script that has to be right.
func parse(t *testing.T, text string) *Script {
	t.Helper()
	s, err := Parse("s", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTimes(t *testing.T) {
	const ms = 1_000_000
	for _, x := range []struct {
		text string
		want Time
	}{
		{"0", Time{}},
		{"1.5", Time{Start: 1500 * ms}},
		{"+.01", Time{Kind: Relative, Start: 10 * ms}},
		{"*", Time{Kind: Any}},
		{"1~2", Time{Start: 1000 * ms, End: 2000 * ms, Range: true}},
		{"+.1~+.2", Time{Kind: Relative, Start: 100 * ms, End: 200 * ms, Range: true}},
		{"0.0000004", Time{}}, // packetdrill counts microseconds
	} {
		s := parse(t, x.text+" > . 1:1(0) ack 1")
		if got := s.Events[0].Time; got != x.want {
			t.Errorf("%s: %+v, want %+v", x.text, got, x.want)
		}
	}
	s := parse(t, "+0.1...0.3 read(3, ..., 10) = 10")
	if c := s.Events[0].Call; !c.Blocks || c.End != 300*ms {
		t.Errorf("blocking call: %+v", c)
	}
}

func TestPackets(t *testing.T) {
	for _, x := range []struct {
		text string
		want Packet
	}{
		{"< S 0:0(0) win 100", Packet{In: true, Flags: "S", Window: 100}},
		{"> S. 0:0(0) ack 1", Packet{Flags: "S.", HasAck: true, Ack: 1}},
		{"> - 5:7(2)", Packet{Seq: 5, End: 7, Len: 2}},
		{"> FP. 1:2(1) ack 3 <...>", Packet{Flags: "FP.", Seq: 1, End: 2, Len: 1, HasAck: true, Ack: 3, AnyOption: true}},
		{"> [ect0] . 1:1(0) ack 1", Packet{Flags: ".", Seq: 1, End: 1, HasAck: true, Ack: 1, TOS: TOSECN, TOSValue: 2}},
		{"> (tos 0x12) . 1:1(0)", Packet{Flags: ".", Seq: 1, End: 1, TOS: TOSByte, TOSValue: 0x12}},
		{"> SA.5 0:0(0)", Packet{Flags: "SA.EA"}},
		{"< U. 1:2(1) ack 1 win 9 urg 1", Packet{In: true, Flags: "U.", Seq: 1, End: 2, Len: 1, HasAck: true, Ack: 1,
			Window: 9, Urgent: 1}},
		{"> addr[a] > addr[b] . 1:1(0)", Packet{Flags: ".", Seq: 1, End: 1, Tuple: true,
			Src: Endpoint{Given: true, Var: "a"}, Dst: Endpoint{Given: true, Var: "b"}}},
		{"> > addr[b] . 1:1(0)", Packet{Flags: ".", Seq: 1, End: 1, Tuple: true, Dst: Endpoint{Given: true, Var: "b"}}},
		{"< addr[a] > . 1:1(0)", Packet{In: true, Flags: ".", Seq: 1, End: 1, Tuple: true,
			Src: Endpoint{Given: true, Var: "a"}}},
		{"< 80 > 90 . 1:1(0)", Packet{In: true, Flags: ".", Seq: 1, End: 1, Tuple: true,
			Src: Endpoint{Given: true, Port: 80}, Dst: Endpoint{Given: true, Port: 90}}},
	} {
		got := *parse(t, "0 "+x.text).Events[0].Packet
		got.Pos, got.Src.Pos, got.Dst.Pos = Pos{}, Pos{}, Pos{}
		x.want.FlowLabel = -1
		if !strings.Contains(x.text, "win") {
			x.want.Window = -1
		}
		if !strings.Contains(x.text, "urg") {
			x.want.Urgent = -1
		}
		if !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s:\n%+v, want\n%+v", x.text, got, x.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, x := range []struct {
		text string
		want TCPOption
	}{
		{"mss 1460", TCPOption{Kind: OptMSS, Num: 1460}},
		{"wscale 7", TCPOption{Kind: OptWScale, Num: 7}},
		{"sackOK", TCPOption{Kind: OptSACKOK}},
		{"nop", TCPOption{Kind: OptNOP}},
		{"eol", TCPOption{Kind: OptEOL}},
		{"TS val 5 ecr 6", TCPOption{Kind: OptTimestamp, Num: 5, Num2: 6}},
		{"sack 1:2 3:4", TCPOption{Kind: OptSACK, Blocks: [][2]uint32{{1, 2}, {3, 4}}}},
		{"FO", TCPOption{Kind: OptFastOpen}},
		{"FOEXP 0123abcd", TCPOption{Kind: OptFastOpen, Cookie: "0123abcd", Exp: true}},
		{"FO 1234abcd5678dcba", TCPOption{Kind: OptFastOpen, Cookie: "1234abcd5678dcba"}},
		{"mp_prio backup=1", TCPOption{Kind: OptPrio, Backup: true}},
		{"mp_prio backup=0 address_id=3", TCPOption{Kind: OptPrio, HasID: true, ID: 3}},
		{"mp_fail dsn8=7", TCPOption{Kind: OptFail, Value: &Number{Num: 7}}},
		{"mp_fastclose", TCPOption{Kind: OptFastClose}},
		{"mp_fastclose a + 1", TCPOption{Kind: OptFastClose, Value: &Number{Func: "key", Arg: "a", Num: 1}}},
		{"mp_reset 2 flags[flag_t]", TCPOption{Kind: OptReset, Num: 2, Transient: true}},
		{"remove_address address_id=[1,2]", TCPOption{Kind: OptRemoveAddr, IDs: []uint8{1, 2}}},
		{"dss dack8=3 dsn4=1 ssn=2 dll=4 nocs fin", TCPOption{Kind: OptDSS, DSS: &DSS{Ack: &Number{Num: 3}, Ack8: true,
			DSN: &Number{Num: 1}, HasSSN: true, SSN: 2, HasLen: true, Len: 4, Sum: SumNone, Fin: true}}},
		{"dss dack4 cksum=9", TCPOption{Kind: OptDSS, DSS: &DSS{Ack: &Number{Auto: true}, Sum: SumNum, SumText: 9}}},
		{"dss dsn8=trunc_r64_hmac(k)+4", TCPOption{Kind: OptDSS, DSS: &DSS{DSN: &Number{Func: "trunc_r64_hmac", Arg: "k",
			Num: 4}, DSN8: true}}},
		{"mpcapable v0 flags[flag_a,flag_h] nokey", TCPOption{Kind: OptCapable, Capable: &Capable{Flags: 0x81,
			DataLen: -1}}},
		{"mp_join_ack sender_hmac=auto", TCPOption{Kind: OptJoin, Join: &Join{Form: 2, Rand: -1, Token: Hash{Auto: true},
			HMAC: Hash{Auto: true}}}},
		{"mp_join_syn backup=1 address_id=4 token=sha256_32(k) rand=5", TCPOption{Kind: OptJoin, Join: &Join{Backup: true,
			HasID: true, ID: 4, Rand: 5, Token: Hash{Func: "sha256_32", Args: []string{"k"}}, HMAC: Hash{Auto: true}}}},
		{`add_address address_id=1 addr[a=inet_addr("1.2.3.4")] port=5 hmac=auto`, TCPOption{Kind: OptAddAddr,
			AddAddr: &AddAddr{HasID: true, ID: 1, Var: "a", IP: "1.2.3.4", HasPort: true, Port: 5, HMAC: Hash{Auto: true}}}},
		{"add_address addr[a] addr_echo", TCPOption{Kind: OptAddAddr, AddAddr: &AddAddr{Var: "a", Echo: true}}},
	} {
		got := parse(t, "0 > . 1:1(0) <"+x.text+">").Events[0].Packet.Options
		if len(got) != 1 {
			t.Fatalf("%s: %d options", x.text, len(got))
		}
		got[0].Pos = Pos{}
		if !reflect.DeepEqual(got[0], x.want) {
			t.Errorf("%s:\n%+v, want\n%+v", x.text, got[0], x.want)
		}
	}
}

func TestKeys(t *testing.T) {
	c := parse(t, "0 > . 1:1(0) <mpcapable v1 flags[flag_h] key[a=2,b] mpcdatalen 10 cksum=3>").
		Events[0].Packet.Options[0].Capable
	if c.Version != 1 || c.DataLen != 10 || *c.Checksum != 3 || len(c.Keys) != 2 || c.Keys[0].Value != 2 ||
		!c.Keys[0].Bound || c.Keys[1].Name != "b" || c.Keys[1].Bound {
		t.Errorf("%+v", c)
	}
}

func TestCalls(t *testing.T) {
	c := parse(t, `0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {"ab" "c"..., 0x20}],
		msg_flags=MSG_TRUNC|MSG_DONTWAIT}, 0) = -1 EAGAIN (Resource temporarily unavailable)`).Events[0].Call
	if c.Name != "recvmsg" || len(c.Args) != 3 || c.Errno != "EAGAIN" || c.Result.Int != -1 {
		t.Fatalf("%+v", c)
	}
	m := c.Args[1]
	if m.Kind != Struct || len(m.Args) != 3 || m.Args[1].Kind != Assign || m.Args[1].Name != "msg_iov" {
		t.Fatalf("%+v", m)
	}
	iov := m.Args[1].Args[0]
	if s := iov.Args[1].Args[0]; s.Kind != String || s.Str != "abc" || !s.Open || iov.Args[1].Args[1].Int != 32 {
		t.Errorf("%+v", s)
	}
	if f := m.Args[2].Args[0]; f.Kind != Or || f.Args[0].Name != "MSG_TRUNC" {
		t.Errorf("%+v", f)
	}
}

func TestParts(t *testing.T) {
	s := parse(t, `// a comment
--tolerance_usecs=10 --local_ip=fd::1
`+"`init one\nline two`"+`
0 %{ x = 1 }% /* in
between */ +1 `+"`command`"+`
`+"`cleanup`")
	if len(s.Options) != 2 || s.Options[1].Value != "fd::1" || s.Init == nil || s.Cleanup == nil || len(s.Events) != 2 {
		t.Fatalf("%+v", s)
	}
	if s.Events[0].Code.Text != " x = 1 " || s.Events[1].Command.Text != "command" || s.Events[1].Pos != (Pos{6, 12}) {
		t.Errorf("%+v %+v", s.Events[0], s.Events[1])
	}
}

func TestMistakes(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"", "s:1:1: the script ends where an event is expected"},
		{"0", "s:1:2: the script ends where a packet (< or >), a system call, a `command` or %{ code }% is expected"},
		{"0 > S 0:5(0)", "s:1:9: 0:5(0) does not fit: 0 and 0 octets end at 0"},
		{"0 > Q 0:0(0)", `s:1:5: "Q" is no set of TCP flags: letters of FSRPUEWA, then . for ACK`},
		{"0 > S 0:0(0) <mss 70000>", "s:1:19: the mss is 70000: must be 0..65535"},
		{"0 > S 0:0(0) <foo>", `s:1:15: "foo" is no TCP option that scripts know`},
		{"0 < S 0:0(0) <...>", "s:1:14: <...> is for outgoing packets: name the options to inject"},
		{"0 > S 0:0(0) <md5 aa>", "s:1:15: the TCP option md5 is not modelled"},
		{"0 < udp (100)", "s:1:5: udp packets are not modelled: only TCP segments directly in IP"},
		{"0 > icmp unreachable", "s:1:5: the host sends no ICMP packets: they can be injected (<) only"},
		{"0 < icmp unreachable CODE", "s:1:22: CODE is no code of the ICMP type unreachable, which has net_unreachable, " +
			"host_unreachable, protocol_unreachable, port_unreachable, frag_needed, source_route_failed, " +
			"net_unreachable_for_tos, host_unreachable_for_tos, host_prohibited, net_prohibited, packet_filtered, " +
			"precedence_violation, precedence_cutoff, communication_prohibited, not_neighbour, address_unreachable, " +
			"none; a name in capitals is given its value with --define CODE=..."},
		{"--define=A\n0 < . 0:0(0)", "s:1:1: --define A: NAME=VALUE is needed"},
		{"0\n\n  read(3, ..., 5 = 5", `s:3:18: "=" stands where "," or ")" is expected`},
		{"0 close(3)", `s:1:11: the script ends where "=" is expected`},
		{"1~2 close(3) = 0", "s:1:1: only an outgoing packet can have a time of * or a range a~b"},
		{"2~1 > . 0:0(0)", "s:1:3: the range of time ends before it begins"},
		{"1...0.5 close(3) = 0", "s:1:5: the call ends before it begins"},
		{"0 write(3, \"abc", `s:1:12: string without end: close it with "`},
		{"0 `abc", "s:1:3: command without end: close it with `"},
		{"0 %{ abc", "s:1:3: code without end: close it with }%"},
		{"/* abc", "s:1:1: comment without end: close it with */"},
		{"0 > . 0:0(0) \x01", `s:1:14: character '\x01' has no place in a script`},
		{"`a`\n`b`\n0 > . 0:0(0)", "s:3:1: \"0\" stands where the end of the script (a command without a time can only be first or last) is expected"},
		{"0 > . 0:0(0) <mpcapable v1 flags[flag_x] nokey>", `s:1:34: "flag_x" is no flag: flag_a to flag_h, flag_t, no_flags`},
		{"0 > . 0:0(0) <mpcapable v1 key[a,b,c]>", "s:1:37: MP_CAPABLE has two keys at most"},
		{"0 > . 0:0(0) <sack 1:2 3:4 5:6 7:8 9:10>", "s:1:36: a SACK option has room for four blocks"},
		{"0 f(" + strings.Repeat("[", 60) + ") = 0", "s:1:55: the expression is nested deeper than 50 levels"},
	} {
		_, err := Parse("s", x.text)
		if err == nil || err.Error() != x.want {
			t.Errorf("%q: %v\nwant %s", x.text, err, x.want)
		}
	}
}

// TestDefine checks that a word defined stands for its value, in the script or by the caller.
func TestDefine(t *testing.T) {
	for _, text := range []string{"--define=CODE=host_unreachable\n0 < icmp unreachable CODE [5:6(1)]",
		"0 < icmp unreachable KIND [5:6(1)]"} {
		s, err := Parse("s", text, "KIND=host_unreachable")
		if err != nil {
			t.Error(err)
			continue
		}
		if m := s.Events[0].Packet.ICMP; m == nil || m.Code != "host_unreachable" || m.Seq != 5 {
			t.Errorf("%q: %+v", text, m)
		}
	}
}
