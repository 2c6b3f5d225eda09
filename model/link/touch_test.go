package link

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Touching ahead reads and changes nothing: the digest with it is the digest without it. The returner of
// this world is a Toucher, too.
func TestTouchingChangesNothing(t *testing.T) {
	var digests [2]string
	touched := 0
	for i, mode := range []sim.Touching{sim.TouchNever, sim.TouchAlways} {
		g := fatTree(4, 8, 4)
		g.n.receivers[0] = &touchedReturner{returner: g.r, touched: &touched}
		g.w.SetTouching(mode)
		for now := sim.Time(0); now < 5e6; now += 100_003 {
			g.w.Run(now)
		}
		digests[i] = g.w.Digest()
		if on := g.w.Stats().Touched > 0; on != (mode == sim.TouchAlways) {
			t.Errorf("mode %d: %d batches touched", mode, g.w.Stats().Touched)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("digest %s, with touching ahead %s", digests[0], digests[1])
	}
	if touched == 0 {
		t.Error("the receiver was never touched")
	}
}

type touchedReturner struct {
	*returner
	touched *int
}

func (r *touchedReturner) Touch(p PacketID, stage int) uint64 {
	if r.n.packets[p].state == stateTravelling && stage == touchStages-1 {
		*r.touched++
	}
	return 0
}

// Small worlds do not touch ahead, big ones do by themselves.
func TestTouchingFollowsSize(t *testing.T) {
	for k, want := range map[int]bool{4: false, 20: true} {
		g := fatTree(k, 1, 1)
		g.w.Run(sim.Time(100 * unit.Microsecond))
		if on := g.w.Stats().Touched > 0; on != want {
			t.Errorf("k=%d, %d links: touching ahead %v", k, len(g.n.links), on)
		}
	}
}
