package tcp

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestCookieBits: a cookie tells the largest MSS of its table that is not above the peer's, SACK and the
// window scale, is bound to every part of the four-tuple and to the peer's number, and grows too old.
func TestCookieBits(t *testing.T) {
	w := sim.NewWorld(1)
	s := &Stack{w: w, name: "a"}
	seg := wire.Segment{Src: wire.Addr{Lo: 1}, Dst: wire.Addr{Lo: 2}, SrcPort: 3, DstPort: 4, Seq: 5}
	for _, mss := range []uint16{64, 216, 535, 536, 1219, 1220, 1460, 9000, 65535} {
		for scale := range uint8(15) {
			var e Endpoint
			e.open.peerMSS, e.sackOK, e.snd.scaling, e.snd.shift = mss, scale%2 == 0, scale > 0, scale
			now := sim.Time(1000 * unit.Second)
			ack := seg
			ack.Seq, ack.Ack = 6, s.cookie(now, &e, &seg)+1
			if !s.cookieValid(now, &ack) || !s.cookieValid(now.Add(59*unit.Second), &ack) {
				t.Fatal("a fresh cookie is not valid")
			}
			if s.cookieValid(now.Add(121*unit.Second), &ack) {
				t.Fatal("an old cookie is valid")
			}
			syn := s.rebuildSYN(&ack)
			if syn.MSS > max(mss, cookieMSS[0]) || mss >= 216 && 2*int(syn.MSS)+1500 < int(min(mss, 8960)) ||
				(syn.Opts&wire.OptSACKPermitted != 0) != e.sackOK || (syn.Opts&wire.OptWindowScale != 0) != (scale > 0) ||
				scale > 0 && syn.WindowScale != scale || syn.Seq != seg.Seq {
				t.Fatalf("MSS %d, scale %d: %v", mss, scale, &syn)
			}
			for i, f := range []func(a *wire.Segment){
				func(a *wire.Segment) { a.SrcPort++ }, func(a *wire.Segment) { a.DstPort++ },
				func(a *wire.Segment) { a.Src.Lo++ }, func(a *wire.Segment) { a.Dst.Lo++ },
				func(a *wire.Segment) { a.Seq++ }, func(a *wire.Segment) { a.Ack ^= 1 << 3 },
				func(a *wire.Segment) { a.Ack ^= 1 << 20 },
			} {
				other := ack
				f(&other)
				if s.cookieValid(now, &other) {
					t.Errorf("valid after change %d", i)
				}
			}
		}
	}
}
