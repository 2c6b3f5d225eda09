package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestDCTCPEcho marks data segments at random: whatever the receiver's delayed ACKs, each ACK echoes the
// marks of exactly what it newly acknowledges (RFC 8257 section 3.2), everything but RSTs out of nowhere is
// ECN-capable, and the sender's answer carries CWR.
func TestDCTCPEcho(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{Congestion: "dctcp", ACKEvery: rapid.IntRange(1, 4).Draw(t, "every"),
			QuickACKs: rapid.IntRange(0, 16).Draw(t, "quick")}
		wire1 := link.Config{Rate: 10_000_000, Delay: unit.Millisecond}
		n := newTestNet(t, 1, wire1, wire1, c, c)
		var ends []uint64 // of the segments, in offsets, and whether they were marked
		var ce []bool
		marks := rapid.SliceOfN(rapid.Bool(), 200, 200).Draw(t, "marks")
		segments, cwr := 0, 0
		n.a.filter = func(_ sim.Time, seg *wire.Segment) bool {
			checkECT(t, seg)
			if seg.Flags&wire.CWR != 0 && seg.Flags&wire.SYN == 0 {
				cwr++
			}
			if seg.Payload.Len == 0 {
				return true
			}
			mark := segments < len(marks) && marks[segments]
			segments++
			if mark {
				seg.TOS |= ecnCE
			}
			ends, ce = append(ends, seg.Payload.Pos+uint64(seg.Payload.Len)), append(ce, mark)
			return true
		}
		acked, echoes := 0, 0
		var iss uint32
		n.b.filter = func(_ sim.Time, seg *wire.Segment) bool {
			checkECT(t, seg)
			if seg.Flags&wire.SYN != 0 {
				iss = seg.Ack
				return true
			}
			for ; acked < len(ends) && ends[acked] <= uint64(seg.Ack-iss); acked++ {
				if ce[acked] != (seg.Flags&wire.ECE != 0) {
					t.Fatalf("the ACK up to %d has ECE %v, segment %d had the mark %v", seg.Ack-iss,
						seg.Flags&wire.ECE != 0, acked, ce[acked])
				}
			}
			if seg.Flags&wire.ECE != 0 {
				echoes++
			}
			return true
		}
		_, b := n.connect(200*1448, 0)
		n.run(5 * unit.Second)
		if b.read != 200*1448 || acked != len(ends) {
			t.Fatalf("%d octets arrived, %d of %d segments acknowledged", b.read, acked, len(ends))
		}
		if echoes > 0 && cwr == 0 {
			t.Fatalf("%d echoes and no CWR", echoes)
		}
	})
}

func checkECT(t fataler, seg *wire.Segment) {
	if seg.TOS&ecnMask != ecnECT0 {
		t.Fatalf("ECN field %d on %v", seg.TOS&ecnMask, seg)
	}
}

// TestDCTCPNeedsECN: both ends ask for ECN without being told; a peer without it makes plain Reno of it.
func TestDCTCPNeedsECN(t *testing.T) {
	for _, passive := range []Switch{On, Off} {
		wire1 := link.Config{Rate: 10_000_000, Delay: unit.Millisecond}
		plain := Config{Congestion: "newreno", ECNPassive: passive}
		n := newTestNet(t, 1, wire1, wire1, Config{Congestion: "dctcp"}, plain)
		a, b := n.connect(1<<40, 0)
		n.run(unit.Second / 2)
		if got := a.s.Endpoint().ecnOK; got != (passive == On) {
			t.Errorf("accepted %v: ECN %v", passive, got)
		}
		if b.read < 500_000 {
			t.Errorf("%d octets arrived", b.read)
		}
	}
}
