package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
)

// Whole packets, written by hand from the figures of the RFCs; their checksums were computed by a
// program that has nothing from this package.

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func addr(text string) Addr { return AddrFrom(netip.MustParseAddr(text)) }

var (
	v4A, v4B = addr("10.0.0.1"), addr("10.0.0.2")
	v6A, v6B = addr("2001:db8::1"), addr("2001:db8::2")
)

type golden struct {
	name    string
	hex     string
	payload string
	segment Segment
	text    string
}

var goldens = []golden{
	{
		name: "SYN of version 1",
		hex: "45000040 12344000 40061482 0a000001 0a000002 0fa00050 01020304 00000000 b002ffff f0fd0000 " +
			"020405b4 0402080a 00000001 00000000 01030307 1e040101",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 64, IPID: 0x1234, Seq: 0x01020304,
			Flags: SYN, Window: 65535, MSS: 1460, TSVal: 1, WindowScale: 7,
			Opts:    OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale | OptCapable,
			Capable: Capable{Version: 1, Flags: CapableHMACSHA, Form: CapableSYN}},
		text: "10.0.0.1:4000 > 10.0.0.2:80 S seq 16909060 win 65535 " +
			"<mss 1460, wscale 7, sackOK, TS val 1 ecr 0, mp_capable v1 flags 0x01>",
	},
	{
		name: "SYN/ACK of version 1 over IPv6",
		hex: "600abcde 00340640 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002 " +
			"00500fa0 fffffff0 01020305 d0127080 c82d0000 " +
			"020405a0 0402080a 0000000a 00000001 01030308 1e0c0181 11121314 15161718",
		segment: Segment{Src: v6A, Dst: v6B, SrcPort: 80, DstPort: 4000, TTL: 64, FlowLabel: 0xabcde,
			Seq: 0xfffffff0, Ack: 0x01020305, Flags: SYN | ACK, Window: 28800, MSS: 1440, TSVal: 10, TSEcr: 1,
			WindowScale: 8, Opts: OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale | OptCapable,
			Capable: Capable{Version: 1, Flags: CapableChecksum | CapableHMACSHA, Form: CapableKey, SenderKey: keyB}},
		text: "[2001:db8::1]:80 > [2001:db8::2]:4000 SA seq 4294967280 ack 16909061 win 28800 " +
			"<mss 1440, wscale 8, sackOK, TS val 10 ecr 1, mp_capable v1 flags 0x81 key 1112131415161718>",
	},
	{
		name: "first data with MP_CAPABLE and checksum",
		hex: "45020051 00014000 3f0627a2 0a000001 0a000002 0fa00050 01020305 fffffff1 e0180200 a6260000 " +
			"0101080a 00000002 0000000a 1e180181 01020304 05060708 11121314 15161718 000582a1 68656c6c6f",
		payload: "hello",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 63, TOS: 2, IPID: 1,
			Seq: 0x01020305, Ack: 0xfffffff1, Flags: PSH | ACK, Window: 512, TSVal: 2, TSEcr: 10,
			Opts: OptTimestamps | OptCapable,
			Capable: Capable{Version: 1, Flags: 0x81, Form: CapableDataCsum, SenderKey: keyA, ReceiverKey: keyB,
				DataLen: 5, Checksum: 0x82a1}},
		text: "10.0.0.1:4000 > 10.0.0.2:80 PA seq 16909061 ack 4294967281 win 512 tos 0x02 " +
			"<TS val 2 ecr 10, mp_capable v1 flags 0x81 key 0102030405060708 peer 1112131415161718 " +
			"len 5 csum 0x82a1> len 5",
	},
	{
		name: "the longest DSS",
		hex: "45010052 00024000 400626a1 0a000001 0a000002 0fa00050 0102030a fffffff1 f0180200 a49b0000 " +
			"0101080a 00000003 0000000b 1e1c201f 535beea3 8e087c8f f5a101d3 d29d6f78 00000006 00031234 6162",
		payload: "ab",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 64, TOS: 1, IPID: 2,
			Seq: 0x0102030a, Ack: 0xfffffff1, Flags: PSH | ACK, Window: 512, TSVal: 3, TSEcr: 11,
			Opts: OptTimestamps | OptDSS,
			DSS: DSS{Flags: DSSAck | DSSAck8 | DSSMap | DSSMap8 | DSSFin | DSSSum, DataAck: 0x535beea38e087c8f,
				DSN: 0xf5a101d3d29d6f78, SSN: 6, Len: 3, Checksum: 0x1234}},
		text: "10.0.0.1:4000 > 10.0.0.2:80 PA seq 16909066 ack 4294967281 win 512 tos 0x01 " +
			"<TS val 3 ecr 11, dss fin ack 6006656914258689167 " +
			"dsn 17699430019826020216 ssn 6 len 3 csum 0x1234> len 2",
	},
	{
		name: "acknowledgment with SACK and 4-octet Data ACK",
		hex: "60000000 003c06ff 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002 " +
			"0fa00050 00000005 00000006 f1500007 4ac30000 0101080a 00000003 0000000b 01010512 " +
			"0000000a 00000014 0000001e 00000028 1e082001 8e087c90",
		segment: Segment{Src: v6A, Dst: v6B, SrcPort: 4000, DstPort: 80, TTL: 255, Seq: 5, Ack: 6,
			Flags: ACK | ECE | AE, Window: 7, TSVal: 3, TSEcr: 11, SACKN: 2, SACK: [4]Block{{10, 20}, {30, 40}},
			Opts: OptTimestamps | OptSACK | OptDSS, DSS: DSS{Flags: DSSAck, DataAck: 0x8e087c90}},
		text: "[2001:db8::1]:4000 > [2001:db8::2]:80 AEe seq 5 ack 6 win 7 " +
			"<sack {10:20} {30:40}, TS val 3 ecr 11, dss ack4 2382920848>",
	},
	{
		name: "SYN of a join",
		hex: "45000048 ffff4000 400626ae 0a000001 0a000002 0fa00050 55667788 00000000 d0c2ffff a0a30000 " +
			"020405b4 0402080a 00000001 00000000 01030307 1e0c1102 ccad45ac 21222324",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 64, IPID: 0xffff, Seq: 0x55667788,
			Flags: SYN | ECE | CWR, Window: 65535, MSS: 1460, TSVal: 1, WindowScale: 7,
			Opts: OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale | OptJoin,
			Join: Join{Form: JoinSYN, Backup: true, AddrID: 2, Token: 0xccad45ac, Nonce: nonceA}},
		text: "10.0.0.1:4000 > 10.0.0.2:80 SEW seq 1432778632 win 65535 <mss 1460, wscale 7, sackOK, " +
			"TS val 1 ecr 0, mp_join id 2 backup token ccad45ac nonce 21222324>",
	},
	{
		name: "RST with MP_FASTCLOSE and MP_TCPRST",
		hex: "45000038 00004000 400626be 0a000001 0a000002 0fa00050 55667788 00000009 90140000 016f0000 " +
			"1e0c7000 11121314 15161718 1e048102",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 64, Seq: 0x55667788, Ack: 9,
			Flags: RST | ACK, Opts: OptFastClose | OptReset, FastCloseKey: keyB,
			Reset: Reset{Reason: ResetResources, Transient: true}},
		text: "10.0.0.1:4000 > 10.0.0.2:80 RA seq 1432778632 ack 9 win 0 " +
			"<mp_fastclose key 1112131415161718, mp_tcprst reason 2 transient>",
	},
	{
		name: "urgent FIN without options",
		hex: "4500002b 00004000 010665cb 0a000001 0a000002 0fa00050 00000001 00000002 50310003 89b40005 " +
			"00ff01",
		payload: "\x00\xff\x01",
		segment: Segment{Src: v4A, Dst: v4B, SrcPort: 4000, DstPort: 80, TTL: 1, Seq: 1, Ack: 2,
			Flags: FIN | ACK | URG, Window: 3, UrgentPointer: 5},
		text: "10.0.0.1:4000 > 10.0.0.2:80 FAU seq 1 ack 2 win 3 urg 5 len 3",
	},
}

func TestGoldenPackets(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			want := unhex(g.hex)
			contents := NewContents()
			s := g.segment
			if g.payload != "" {
				s.Payload = Payload{Stream: contents.New(), Pos: 3, Len: uint32(len(g.payload))}
				contents.AppendBytes(s.Payload.Stream, 3, []byte(g.payload))
			}
			got, err := s.Append([]byte("before"), contents)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got[6:], want) || string(got[:6]) != "before" {
				t.Errorf("encoded\n%x, want\n%x", got[6:], want)
			}
			if s.WireLen() != len(want) {
				t.Errorf("WireLen %d, want %d", s.WireLen(), len(want))
			}
			var back Segment
			payload, err := back.Decode(want, 1)
			if err != nil || string(payload) != g.payload {
				t.Fatalf("payload %q, error %v", payload, err)
			}
			s.Payload = Payload{Len: uint32(len(g.payload))}
			if back.Canonical() != s {
				t.Errorf("decoded\n%+v, want\n%+v", back.Canonical(), s)
			}
			if back.String() != g.text {
				t.Errorf("printed\n%s, want\n%s", back.String(), g.text)
			}
		})
	}
}

// Link-layer padding behind the packet is not payload, and IPv4 options are skipped.
func TestDecodeSkipsPaddingAndIPOptions(t *testing.T) {
	g := goldens[7]
	var s Segment
	payload, err := s.Decode(append(unhex(g.hex), 0, 0, 0), 1)
	if err != nil || string(payload) != g.payload {
		t.Errorf("payload %q, error %v", payload, err)
	}
	b := unhex(g.hex)
	long := append(append(append([]byte{}, b[:20]...), 7, 4, 4, 0), b[20:]...)
	long[0], long[3] = 0x46, long[3]+4
	payload, err = s.Decode(long, 1)
	if err != nil || string(payload) != g.payload || s.DstPort != 80 {
		t.Errorf("with IPv4 options: payload %q, error %v", payload, err)
	}
}
