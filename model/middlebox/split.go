package middlebox

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Split cuts the payload of large segments into pieces, as network cards do for the host (TSO) and some
// boxes for the path (Honda et al., IMC 2011, section 5.2). Modified counts segments that were cut, Made
// their further pieces.
type Split struct {
	Size int // octets of payload of the largest piece
	// FirstOnly: MPTCP's options stand on the first piece only. Otherwise each piece has them all.
	FirstOnly bool
}

func (x Split) build(b *Box) (mechanism, error) {
	if x.Size < 1 {
		return nil, errors.New("a piece has at least one octet")
	}
	return &splitBox{x, b}, nil
}

type splitBox struct {
	Split
	b *Box
}

func (x *splitBox) open(int32) {}

func (x *splitBox) packet(now sim.Time, p link.PacketID, s *wire.Segment, _ *flow, d Direction) {
	n := uint32(x.Size)
	if s.Payload.Len <= n || s.Flags.Has(wire.SYN) {
		x.b.pass(p, d)
		return
	}
	whole, rest := *s, x.b.net().Rest(p)
	const atEnd = wire.FIN | wire.PSH
	s.Payload = whole.Payload.Slice(0, n)
	s.Flags &^= atEnd
	x.b.modified(p, d)
	for from := n; from < whole.Payload.Len; from += n {
		piece, q := x.b.clone(&whole)
		q.Payload = whole.Payload.Slice(from, min(from+n, whole.Payload.Len))
		q.Seq += from
		q.IPID += uint16(from / n)
		if from+n < whole.Payload.Len {
			q.Flags &^= atEnd
		}
		if x.FirstOnly {
			q.Opts &^= wire.OptMPTCP
		}
		x.b.emitAlong(now, piece, rest, d)
	}
}
