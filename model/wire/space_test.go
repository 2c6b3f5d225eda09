package wire

import "testing"

// TestOptionSpace: the options of a segment fit into 40 octets where RFC 8684 appendix A says that they do:
// those of MPTCP's handshakes beside all of a SYN, the keys and the HMAC of the third packet and the longest
// DSS beside timestamps, and as many SACK blocks as are left beside a DATA_ACK.
func TestOptionSpace(t *testing.T) {
	const syn = OptMSS | OptWindowScale | OptSACKPermitted | OptTimestamps
	const keys = OptTimestamps | OptCapable
	dss := DSS{Flags: DSSAck | DSSAck8 | DSSMap | DSSMap8 | DSSSum}
	for _, c := range []struct {
		name string
		s    Segment
		want int // octets
		sack int // blocks that fit beside
	}{
		{"SYN alone", Segment{Opts: syn}, 20, 2},
		{"MP_CAPABLE of a SYN", Segment{Opts: syn | OptCapable, Capable: Capable{Version: 1, Form: 4}}, 24, 1},
		{"MP_CAPABLE of a SYN/ACK", Segment{Opts: syn | OptCapable, Capable: Capable{Version: 1, Form: 12}}, 32, 0},
		{"MP_JOIN of a SYN", Segment{Opts: syn | OptJoin, Join: Join{Form: JoinSYN}}, 32, 0},
		{"MP_JOIN of a SYN/ACK", Segment{Opts: syn | OptJoin, Join: Join{Form: JoinSYNACK}}, 36, 0},
		{"both keys", Segment{Opts: OptTimestamps | OptCapable, Capable: Capable{Version: 1, Form: 20}}, 32, 0},
		{"data without checksum", Segment{Opts: keys, Capable: Capable{Version: 1, Form: 22}}, 36, 0},
		{"data with checksum", Segment{Opts: keys, Capable: Capable{Version: 1, Form: 24}}, 36, 0},
		{"third MP_JOIN", Segment{Opts: OptTimestamps | OptJoin, Join: Join{Form: JoinACK}}, 36, 0},
		{"longest DSS", Segment{Opts: OptTimestamps | OptDSS, DSS: dss}, 40, 0},
		{"DATA_ACK of 8", Segment{Opts: OptTimestamps | OptDSS, DSS: DSS{Flags: DSSAck | DSSAck8}}, 24, 1},
		{"DATA_ACK of 4", Segment{Opts: OptTimestamps | OptDSS, DSS: DSS{Flags: DSSAck}}, 20, 2},
	} {
		if got, sack := c.s.OptionLen(), c.s.SACKRoom(); got != c.want || sack != c.sack || !c.s.Fits() {
			t.Errorf("%s: %d octets, room for %d SACK blocks; want %d and %d", c.name, got, sack, c.want, c.sack)
		}
	}
}
