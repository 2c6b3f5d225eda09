package middlebox

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// ISN replaces the initial sequence numbers of both ends by random ones, as firewalls do that do not trust
// the hosts' (Honda et al., IMC 2011, section 4.2), and shifts all later numbers. The numbers of MPTCP's
// mappings are relative to the subflow's first one for its sake (RFC 8684 section 3.3.1). Connections whose
// SYN was not seen are left alone. Modified counts segments.
type ISN struct {
	KeepSACK bool // SACK blocks are not shifted, an old fault of such boxes
}

func (i ISN) build(b *Box) (mechanism, error) {
	return &isnBox{ISN: i, b: b, numbers: b.stream("numbers")}, nil
}

type isnBox struct {
	ISN
	b       *Box
	numbers *sim.Stream
	states  []isnState
}

// isnState has what is added to the sequence numbers of each direction; zero: nothing.
type isnState struct{ shift [2]uint32 }

func (x *isnBox) open(slot int32) { x.states = slotsFor(x.states, slot) }

func (x *isnBox) packet(_ sim.Time, p link.PacketID, s *wire.Segment, f *flow, d Direction) {
	shift := &x.states[f.slot].shift
	if s.Flags.Has(wire.SYN) && shift[d] == 0 {
		shift[d] = x.numbers.Uint32() | 1
	}
	back := shift[d.Reverse()]
	if shift[d] == 0 && back == 0 {
		x.b.pass(p, d)
		return
	}
	s.Seq += shift[d]
	if s.Flags.Has(wire.ACK) {
		s.Ack -= back
		if s.Has(wire.OptSACK) && !x.KeepSACK {
			for k := range s.SACK[:s.SACKN] {
				s.SACK[k].Left -= back
				s.SACK[k].Right -= back
			}
		}
	}
	x.b.modified(p, d)
}
