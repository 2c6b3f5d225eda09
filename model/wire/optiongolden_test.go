package wire

import (
	"bytes"
	"testing"
)

// Option lists, written by hand from the figures of RFC 8684, RFC 6824, RFC 2018 and RFC 7323.

type optionGolden struct {
	name     string
	versions string // the connection's versions that read it
	hex      string
	segment  Segment
}

func capableOnly(c Capable) Segment { return Segment{Opts: OptCapable, Capable: c} }
func joinOnly(j Join) Segment       { return Segment{Opts: OptJoin, Join: j} }
func dssOnly(d DSS) Segment         { return Segment{Opts: OptDSS, DSS: d} }
func addOnly(a AddAddr) Segment     { return Segment{Opts: OptAddAddr, AddAddr: a} }
func removeOnly(ids ...uint8) Segment {
	s := Segment{Opts: OptRemoveAddr}
	s.RemoveAddr.N = uint8(copy(s.RemoveAddr.IDs[:], ids))
	return s
}

const (
	ack8 = DSSAck | DSSAck8
	map8 = DSSMap | DSSMap8
)

var optionGoldens = []optionGolden{
	{"MP_CAPABLE 4", "01", "1e 04 01 01", capableOnly(Capable{Version: 1, Flags: 1, Form: 4})},
	{"MP_CAPABLE 4, version 2", "01", "1e 04 02 e1", capableOnly(Capable{Version: 2, Flags: 0xe1, Form: 4})},
	{"MP_CAPABLE 12", "01", "1e 0c 01 21 1112131415161718",
		capableOnly(Capable{Version: 1, Flags: 0x21, Form: 12, SenderKey: keyB})},
	{"MP_CAPABLE 20", "01", "1e 14 01 81 0102030405060708 1112131415161718",
		capableOnly(Capable{Version: 1, Flags: 0x81, Form: 20, SenderKey: keyA, ReceiverKey: keyB})},
	{"MP_CAPABLE 22", "01", "1e 16 01 01 0102030405060708 1112131415161718 7a60 0101",
		capableOnly(Capable{Version: 1, Flags: 1, Form: 22, SenderKey: keyA, ReceiverKey: keyB, DataLen: 31328})},
	{"MP_CAPABLE 24", "01", "1e 18 01 81 0102030405060708 1112131415161718 0005 82a1",
		capableOnly(Capable{Version: 1, Flags: 0x81, Form: 24, SenderKey: keyA, ReceiverKey: keyB,
			DataLen: 5, Checksum: 0x82a1})},
	{"MP_CAPABLE 12, version 0", "01", "1e 0c 00 81 0102030405060708",
		capableOnly(Capable{Flags: 0x81, Form: 12, SenderKey: keyA})},
	{"MP_CAPABLE 20, version 0", "01", "1e 14 00 81 0102030405060708 1112131415161718",
		capableOnly(Capable{Flags: 0x81, Form: 20, SenderKey: keyA, ReceiverKey: keyB})},

	{"MP_JOIN SYN", "01", "1e 0c 10 07 ccad45ac 21222324",
		joinOnly(Join{Form: 12, AddrID: 7, Token: 0xccad45ac, Nonce: nonceA})},
	{"MP_JOIN SYN/ACK", "01", "1e 10 11 08 0fce2597e55e87ef 31323334",
		joinOnly(Join{Form: 16, Backup: true, AddrID: 8, Nonce: nonceB,
			HMAC: [20]byte(unhex("0fce2597e55e87ef000000000000000000000000"))})},
	{"MP_JOIN ACK", "01", "1e 18 10 00 e19ad4ac22d51c2f064d49662431bc8f9d6b3a29",
		joinOnly(Join{Form: 24, HMAC: [20]byte(unhex("e19ad4ac22d51c2f064d49662431bc8f9d6b3a29"))})},

	{"DSS that says nothing", "01", "1e 04 20 00", dssOnly(DSS{})},
	{"DSS ack 4", "01", "1e 08 20 01 89abcdef", dssOnly(DSS{Flags: DSSAck, DataAck: 0x89abcdef})},
	{"DSS ack 8", "01", "1e 0c 20 03 0123456789abcdef", dssOnly(DSS{Flags: ack8, DataAck: 0x0123456789abcdef})},
	{"DSS map 4", "01", "1e 0e 20 04 d29d6f73 00000001 0005 0101",
		dssOnly(DSS{Flags: DSSMap, DSN: 0xd29d6f73, SSN: 1, Len: 5})},
	{"DSS map 4, checksum", "01", "1e 10 20 04 d29d6f73 00000001 0005 82a1",
		dssOnly(DSS{Flags: DSSMap | DSSSum, DSN: 0xd29d6f73, SSN: 1, Len: 5, Checksum: 0x82a1})},
	{"DSS map 8", "01", "1e 12 20 0c f5a101d3d29d6f73 00000001 0005 0101",
		dssOnly(DSS{Flags: map8, DSN: 0xf5a101d3d29d6f73, SSN: 1, Len: 5})},
	{"DSS map 8, checksum, DATA_FIN alone", "01", "1e 14 20 1c f5a101d3d29d6f78 00000000 0001 c673",
		dssOnly(DSS{Flags: map8 | DSSFin | DSSSum, DSN: 0xf5a101d3d29d6f78, Len: 1, Checksum: 0xc673})},
	{"DSS ack 4, map 4", "01", "1e 12 20 05 89abcdef d29d6f73 00000001 0005 0101",
		dssOnly(DSS{Flags: DSSAck | DSSMap, DataAck: 0x89abcdef, DSN: 0xd29d6f73, SSN: 1, Len: 5})},
	{"DSS ack 4, map 4, checksum", "01", "1e 14 20 05 89abcdef d29d6f73 00000001 0005 82a1",
		dssOnly(DSS{Flags: DSSAck | DSSMap | DSSSum, DataAck: 0x89abcdef, DSN: 0xd29d6f73, SSN: 1, Len: 5,
			Checksum: 0x82a1})},
	{"DSS ack 4, map 8", "01", "1e 16 20 0d 89abcdef f5a101d3d29d6f73 00000001 0005 0101",
		dssOnly(DSS{Flags: DSSAck | map8, DataAck: 0x89abcdef, DSN: 0xf5a101d3d29d6f73, SSN: 1, Len: 5})},
	{"DSS ack 4, map 8, checksum", "01", "1e 18 20 0d 89abcdef f5a101d3d29d6f73 00000001 0005 82a1",
		dssOnly(DSS{Flags: DSSAck | map8 | DSSSum, DataAck: 0x89abcdef, DSN: 0xf5a101d3d29d6f73, SSN: 1, Len: 5,
			Checksum: 0x82a1})},
	{"DSS ack 8, map 4", "01", "1e 16 20 07 0123456789abcdef d29d6f73 00000001 0005 0101",
		dssOnly(DSS{Flags: ack8 | DSSMap, DataAck: 0x0123456789abcdef, DSN: 0xd29d6f73, SSN: 1, Len: 5})},
	{"DSS ack 8, map 4, checksum", "01", "1e 18 20 07 0123456789abcdef d29d6f73 00000001 0005 82a1",
		dssOnly(DSS{Flags: ack8 | DSSMap | DSSSum, DataAck: 0x0123456789abcdef, DSN: 0xd29d6f73, SSN: 1, Len: 5,
			Checksum: 0x82a1})},
	{"DSS ack 8, map 8, infinite", "01", "1e 1a 20 0f 0123456789abcdef f5a101d3d29d6f73 00000001 0000 0101",
		dssOnly(DSS{Flags: ack8 | map8, DataAck: 0x0123456789abcdef, DSN: 0xf5a101d3d29d6f73, SSN: 1})},
	{"DSS ack 8, map 8, checksum", "01", "1e 1c 20 0f 0123456789abcdef f5a101d3d29d6f73 00000001 0005 82a1",
		dssOnly(DSS{Flags: ack8 | map8 | DSSSum, DataAck: 0x0123456789abcdef, DSN: 0xf5a101d3d29d6f73, SSN: 1,
			Len: 5, Checksum: 0x82a1})},

	{"ADD_ADDR IPv4", "1", "1e 10 30 03 c0000201 485bedf7047526e4",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), HMAC: 0x485bedf7047526e4})},
	{"ADD_ADDR IPv4, port", "1", "1e 12 30 03 c0000201 1f90 e41fc399d8097c83 0101",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), Port: 8080, HMAC: 0xe41fc399d8097c83})},
	{"ADD_ADDR IPv4 echo", "1", "1e 08 31 03 c0000201",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), Echo: true})},
	{"ADD_ADDR IPv4 echo, port", "1", "1e 0a 31 03 c0000201 1f90 0101",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), Port: 8080, Echo: true})},
	{"ADD_ADDR IPv6", "1", "1e 1c 30 04 20010db8000000000000000000000001 b47a9d165b08c638",
		addOnly(AddAddr{ID: 4, Addr: v6A, HMAC: 0xb47a9d165b08c638})},
	{"ADD_ADDR IPv6, port", "1", "1e 1e 30 04 20010db8000000000000000000000001 1f90 7a3c8ddf17d1c645 0101",
		addOnly(AddAddr{ID: 4, Addr: v6A, Port: 8080, HMAC: 0x7a3c8ddf17d1c645})},
	{"ADD_ADDR IPv6 echo", "1", "1e 14 31 04 20010db8000000000000000000000001",
		addOnly(AddAddr{ID: 4, Addr: v6A, Echo: true})},
	{"ADD_ADDR IPv6 echo, port", "1", "1e 16 31 04 20010db8000000000000000000000001 1f90 0101",
		addOnly(AddAddr{ID: 4, Addr: v6A, Port: 8080, Echo: true})},
	{"ADD_ADDR IPv4, version 0", "0", "1e 08 34 03 c0000201",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), NoHMAC: true})},
	{"ADD_ADDR IPv4, port, version 0", "0", "1e 0a 34 03 c0000201 1f90 0101",
		addOnly(AddAddr{ID: 3, Addr: addr("192.0.2.1"), Port: 8080, NoHMAC: true})},
	{"ADD_ADDR IPv6, version 0", "0", "1e 14 36 04 20010db8000000000000000000000001",
		addOnly(AddAddr{ID: 4, Addr: v6A, NoHMAC: true})},
	{"ADD_ADDR IPv6, port, version 0", "0", "1e 16 36 04 20010db8000000000000000000000001 1f90 0101",
		addOnly(AddAddr{ID: 4, Addr: v6A, Port: 8080, NoHMAC: true})},

	{"REMOVE_ADDR 1", "01", "1e 04 40 05", removeOnly(5)},
	{"REMOVE_ADDR 3", "01", "1e 06 40 05 06 ff 01 01", removeOnly(5, 6, 255)},
	{"REMOVE_ADDR 37", "01", "1e 28 40 0102030405060708090a0b0c0d0e0f10" +
		"1112131415161718191a1b1c1d1e1f20 2122232425", removeOnly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37)},
	{"MP_PRIO", "01", "1e 03 51 01", Segment{Opts: OptPrio, Prio: Prio{Backup: true}}},
	{"MP_PRIO, not backup", "01", "1e 03 50 01", Segment{Opts: OptPrio}},
	{"MP_PRIO with Address ID, version 0", "0", "1e 04 51 09",
		Segment{Opts: OptPrio, Prio: Prio{Backup: true, HasID: true, AddrID: 9}}},
	{"MP_FAIL", "01", "1e 0c 60 00 f5a101d3d29d6f73", Segment{Opts: OptFail, FailDSN: 0xf5a101d3d29d6f73}},
	{"MP_FASTCLOSE", "01", "1e 0c 70 00 1112131415161718", Segment{Opts: OptFastClose, FastCloseKey: keyB}},
	{"MP_TCPRST", "1", "1e 04 80 06", Segment{Opts: OptReset, Reset: Reset{Reason: ResetInterference}}},
	{"MP_TCPRST transient, bits U and W", "1", "1e 04 8b 04",
		Segment{Opts: OptReset, Reset: Reset{Reason: ResetOutstanding, Transient: true, Flags: 0x0a}}},

	{"MSS", "01", "02 04 05b4", Segment{Opts: OptMSS, MSS: 1460}},
	{"window scale", "01", "01 03 03 0e", Segment{Opts: OptWindowScale, WindowScale: 14}},
	{"SACK-permitted", "01", "0101 04 02", Segment{Opts: OptSACKPermitted}},
	{"timestamps", "01", "0101 08 0a 01020304 05060708",
		Segment{Opts: OptTimestamps, TSVal: 0x01020304, TSEcr: 0x05060708}},
	{"Fast Open cookie request", "01", "22 02 01 01", Segment{Opts: OptFastOpen}},
	{"Fast Open cookie", "01", "22 0a 0102030405060708 01 01", Segment{Opts: OptFastOpen,
		FastOpen: FastOpen{Len: 8, Cookie: [16]byte{1, 2, 3, 4, 5, 6, 7, 8}}}},
	{"Fast Open cookie, experimental kind", "01", "fe 0c f989 0102030405060708", Segment{Opts: OptFastOpen,
		FastOpen: FastOpen{Len: 8, Exp: true, Cookie: [16]byte{1, 2, 3, 4, 5, 6, 7, 8}}}},
	{"four SACK blocks", "01",
		"0101 05 22 00000001 00000002 00000003 00000004 00000005 00000006 00000007 fffffffe",
		Segment{Opts: OptSACK, SACKN: 4, SACK: [4]Block{{1, 2}, {3, 4}, {5, 6}, {7, 0xfffffffe}}}},
	{"packed, since aligned it does not fit: timestamps, longest ADD_ADDR", "1",
		"08 0a 00000001 00000002 1e 1e 30 04 20010db8000000000000000000000001 1f90 7a3c8ddf17d1c645",
		Segment{Opts: OptTimestamps | OptAddAddr, TSVal: 1, TSEcr: 2,
			AddAddr: AddAddr{ID: 4, Addr: v6A, Port: 8080, HMAC: 0x7a3c8ddf17d1c645}}},
}

func TestGoldenOptions(t *testing.T) {
	for _, g := range optionGoldens {
		t.Run(g.name, func(t *testing.T) {
			want := unhex(g.hex)
			if n := g.segment.OptionLen(); n != len(want) {
				t.Fatalf("OptionLen %d, want %d", n, len(want))
			}
			got := make([]byte, len(want))
			g.segment.putOptions(got)
			if !bytes.Equal(got, want) {
				t.Errorf("encoded %x, want %x", got, want)
			}
			for version, name := range []string{"0", "1"} {
				var back Segment
				back.decodeOptions(want, version)
				same := back.Canonical() == g.segment
				if wantSame := bytes.Contains([]byte(g.versions), []byte(name)); same != wantSame {
					t.Errorf("version %s: decoded %v, want %v (%v)", name, &back, &g.segment, wantSame)
				}
			}
		})
	}
}
