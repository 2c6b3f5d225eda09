package middlebox

import (
	"errors"
	"math/bits"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Options acts on TCP options that it does not like: those of RFC 8684 are new to most boxes (Honda et al.,
// "Is it still possible to extend TCP?", IMC 2011, sections 4.1 and 5.1). Modified counts segments.
type Options struct {
	Set wire.Options // which options
	On  Segments     // on which segments
	How Removal
	// Every n-th segment that has such an option is affected, the n-th first; 0 and 1: each.
	Every int
}

// Segments says which segments a box acts on.
type Segments uint8

// Kinds of segments.
const (
	AllSegments  Segments = iota
	SYNSegments           // with SYN
	DataSegments          // without SYN
)

func (k Segments) has(s *wire.Segment) bool {
	return k == AllSegments || (k == SYNSegments) == s.Flags.Has(wire.SYN)
}

// Removal says what happens to an option.
type Removal uint8

// Ways to get rid of an option.
const (
	Remove      Removal = iota // cut out; the header becomes shorter
	Overwrite                  // replaced by NOPs
	EndOfList                  // replaced by EOL: options behind it are lost too
	DropSegment                // the segment is dropped
)

// Unknown is the set of options that a box from before RFC 6824 and RFC 7413 does not know.
const Unknown = wire.OptMPTCP | wire.OptFastOpen | wire.OptOther

func (o Options) build(b *Box) (mechanism, error) {
	if o.Set == 0 {
		return nil, errors.New("no option is named")
	}
	return &optionBox{Options: o, b: b}, nil
}

type optionBox struct {
	Options
	b    *Box
	seen []int32 // by connection: segments with such an option
}

func (o *optionBox) open(slot int32) { o.seen = slotsFor(o.seen, slot) }

func (o *optionBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	if s.Opts&o.Set == 0 || !o.On.has(s) || !o.turn(f) {
		o.b.pass(p, d)
		return
	}
	switch o.How {
	case DropSegment:
		o.b.drop(now, p, CauseBlocked)
		return
	case EndOfList:
		s.Opts &^= behind(s.Opts, o.Set)
	case Remove, Overwrite: // a NOP is padding to the codec, which pads as it needs
		s.Opts &^= o.Set
	}
	o.b.modified(p, d)
}

// turn counts segments and tells that this one is affected.
func (o *optionBox) turn(f *flow) bool {
	o.seen[f.slot]++
	return o.Every <= 1 || int(o.seen[f.slot])%o.Every == 0
}

// behind returns the first of the options that are in set, and those that stand behind it. The codec writes
// TCP's own options first, then Fast Open, then those that it does not know, then MPTCP's in the order of
// their bits.
func behind(present, set wire.Options) wire.Options {
	own := present &^ Unknown
	if own&set != 0 { // in the order MSS, SACK-permitted, timestamps, window scale, SACK
		order := [...]wire.Options{wire.OptMSS, wire.OptSACKPermitted, wire.OptTimestamps, wire.OptWindowScale,
			wire.OptSACK}
		lost := present &^ own
		for i := len(order) - 1; i >= 0; i-- {
			lost |= present & order[i]
			if rest := own & set; rest&order[i] != 0 && rest&^lost == 0 {
				break
			}
		}
		return lost
	}
	if set&present&wire.OptFastOpen != 0 {
		return present &^ own
	}
	if set&present&wire.OptOther != 0 {
		return present &^ own &^ wire.OptFastOpen
	}
	mptcp := present & wire.OptMPTCP
	first := bits.TrailingZeros32(uint32(mptcp & set))
	return mptcp &^ (1<<first - 1)
}
