package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Duplicate sends segments twice, one behind the other: a fault of link layers and of mirrored ports. Made
// counts the second ones.
type Duplicate struct {
	Ratio unit.Ratio // of all segments
}

func (x Duplicate) build(b *Box) (mechanism, error) {
	return &duplicateBox{Duplicate: x, b: b, chance: b.stream("segments")}, nil
}

type duplicateBox struct {
	Duplicate
	b      *Box
	chance *sim.Stream
}

func (x *duplicateBox) open(int32) {}

func (x *duplicateBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, _ *flow, d Direction) {
	if !x.chance.Bernoulli(x.Ratio) {
		x.b.pass(p, d)
		return
	}
	twin, _ := x.b.clone(s)
	rest := x.b.net().Rest(p)
	x.b.pass(p, d)
	x.b.emitAlong(now, twin, rest, d)
}
