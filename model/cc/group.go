package cc

import "math/bits"

// Group is the set of a connection's subflows, in order of creation, for coupled controllers.
type Group struct {
	Flows []*Flow

	// Touched has the bit Index modulo 64 of every flow to which something has happened since the owner of the
	// group cleared it: whoever keeps what it derived from flows looks at those again, and leaves the others'
	// memory alone.
	Touched uint64

	alpha      float64 // RFC 6356 section 3, as last computed
	alphaFresh bool    // no event has made alpha obsolete

	intervals []lossInterval // OLIA, by Flow.Index

	stale   uint64  // as Touched, for windows
	windows []int64 // coupledWindow of every flow, unless it is stale
	sum     int64   // of windows
}

// Touch notes that the flow's numbers may have changed. Its owner calls it whenever an event of the flow begins
// and has ended, and when it changes the flow at another time; controllers, which only run within events, need
// not.
func (f *Flow) Touch() {
	if g := f.Group; g != nil {
		bit := uint64(1) << (uint(f.Index) & 63)
		g.Touched |= bit
		g.stale |= bit
	}
}

// totalFor is cwnd_total (RFC 6356 section 3), octets, during an event of f: only flows touched since the last one
// are looked at.
func (g *Group) totalFor(f *Flow) int64 {
	if len(g.windows) != len(g.Flows) {
		g.windows, g.sum, g.stale = make([]int64, len(g.Flows)), 0, ^uint64(0)
	}
	for stale := g.stale; stale != 0; stale &= stale - 1 {
		for i := bits.TrailingZeros64(stale); i < len(g.Flows); i += 64 {
			w := g.Flows[i].coupledWindow()
			g.sum += w - g.windows[i]
			g.windows[i] = w
		}
	}
	g.stale = uint64(1) << (uint(f.Index) & 63) // its event goes on
	return g.sum
}
