package traffic

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// arrivals is the Poisson process of one sending host: what comes when, to whom, and how much.
type arrivals struct {
	gaps, sizes, peers *sim.Stream
	next               sim.Time // sim.Never: no more
	gap                unit.Duration
	size               *Sizes
	pairs              int
	left               int // arrivals; negative: no limit
	stop               sim.Time
}

func newArrivals(s *source) *arrivals {
	g := &s.t.group
	a := &arrivals{
		gaps: s.stream("arrivals"), sizes: s.stream("sizes"), peers: s.stream("receivers"),
		next: g.Start, gap: g.Gap, size: g.Sizes, pairs: len(s.pairs), left: g.Limit, stop: g.stop(),
	}
	if a.left == 0 {
		a.left = -1
	}
	a.advance()
	return a
}

// advance draws the time of the next arrival.
func (a *arrivals) advance() {
	if a.left == 0 {
		a.next = sim.Never
		return
	}
	if a.left > 0 {
		a.left--
	}
	a.next = a.next.Add(exponential(a.gaps, a.gap))
	if a.next >= a.stop {
		a.next = sim.Never
	}
}

// draw says what arrives now: the number of a pair of the source, and octets.
func (a *arrivals) draw() (pair int32, size int64) {
	pair, size = int32(a.peers.Below(uint64(a.pairs))), a.size.Draw(a.sizes)
	a.advance()
	return pair, size
}
