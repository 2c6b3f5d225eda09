package traffic

import (
	"fmt"

	"mpsim/sim"
)

// Pair is one flow of a matrix: the numbers of two different hosts.
type Pair struct{ From, To int32 }

// Matrix says who sends to whom.
type Matrix struct {
	Kind MatrixKind
	N    int // see the constants
	// Staggered: percentages of receivers behind the same edge switch, and elsewhere in the same pod; the rest
	// is outside.
	Edge, Pod int
	Percent   int // Sparse: of the hosts that send, 1..100
}

// MatrixKind is a rule that makes the pairs.
type MatrixKind uint8

// Matrices. Raiciu et al., SIGCOMM 2011, use most of them; VL2Fan is that of Greenberg et al., SIGCOMM
// 2009, as the published simulator of the former has it; Stride and Staggered are those of Al-Fares et al.,
// NSDI 2010.
const (
	Permutation MatrixKind = iota // each host sends to one and receives from one, no host to itself
	Random                        // each host sends to one, uniformly drawn: receivers may meet
	Stride                        // host i sends to host i+N
	Staggered                     // each host sends to one, drawn behind its edge switch, in its pod, or outside
	OneToMany                     // each host sends to N others
	ManyToMany                    // the first N of a random order: each sends to each
	HotSpot                       // N random hosts receive: every other host sends to one of them, in turn
	Sparse                        // Percent of the hosts send, to different hosts
	Fan                           // N senders (0: all others) of one receiver, all drawn
	VL2Fan                        // each host sends to a random number of hosts, 1..80
	Neighbours                    // each host sends to each of its Near hosts, N of them at most (0: all)
	AllToAll                      // each host sends to each
	Halves                        // each host of the first half sends to the one at its place in the second half
)

// matrixNames in the order of the constants.
var matrixNames = [...]string{
	"permutation", "random", "stride", "staggered", "one-to-many", "many-to-many", "hot-spot", "sparse",
	"fan-in", "vl2-fan-out", "neighbours", "all-to-all", "halves",
}

// String returns the name used in scenarios.
func (k MatrixKind) String() string {
	if int(k) < len(matrixNames) {
		return matrixNames[k]
	}
	return fmt.Sprintf("MatrixKind(%d)", uint8(k))
}

// MatrixNames lists the names of the matrices.
func MatrixNames() []string { return append([]string(nil), matrixNames[:]...) }

// MatrixNamed returns the matrix of that name.
func MatrixNamed(name string) (MatrixKind, error) {
	for k, n := range matrixNames {
		if n == name {
			return MatrixKind(k), nil
		}
	}
	return 0, fmt.Errorf("traffic matrix %q: no such matrix (have %v)", name, matrixNames)
}

// Pairs draws the pairs over hosts that stand in the given places, those of one sender side by side,
// senders in ascending order. The same stream gives the same pairs.
func (m Matrix) Pairs(places []Place, draw *sim.Stream) ([]Pair, error) {
	n := len(places)
	if err := m.check(n); err != nil {
		return nil, err
	}
	switch m.Kind {
	case Permutation:
		return pairsOf(derangement(n, draw)), nil
	case Random:
		return oneEach(n, func(i int) int32 { return other(i, n, draw) }), nil
	case Stride:
		return oneEach(n, func(i int) int32 { return int32((i + m.N) % n) }), nil
	case Staggered:
		return m.staggered(places, draw), nil
	case OneToMany:
		return fanOut(n, func() int { return m.N }, draw), nil
	case VL2Fan:
		return fanOut(n, func() int { return min(vl2Fan(draw), n-1) }, draw), nil
	case ManyToMany:
		return everyToEvery(sorted(shuffled(n, draw)[:m.N])), nil
	case AllToAll:
		return everyToEvery(upTo(n)), nil
	case Halves:
		return pairsOf(upTo(n)[n/2:])[:n/2], nil
	case HotSpot:
		return hotSpot(n, m.N, draw), nil
	case Sparse:
		return m.sparse(n, draw), nil
	case Fan:
		return m.fanIn(n, draw), nil
	case Neighbours:
		return m.neighbours(places, draw), nil
	}
	return nil, fmt.Errorf("%v: no such matrix", m.Kind)
}

// check reports a parameter that does not fit n hosts.
func (m Matrix) check(n int) error {
	low, high := 0, 0
	switch m.Kind {
	case Halves:
		if n%2 != 0 {
			return fmt.Errorf("matrix halves: %d hosts have no halves: give an even number", n)
		}
		return nil
	case Stride, OneToMany:
		low, high = 1, n-1
	case ManyToMany:
		low, high = 2, n
	case HotSpot:
		low, high = 1, n-1
	case Fan, Neighbours:
		low, high = 0, n-1
	case Staggered:
		if m.Edge < 0 || m.Pod < 0 || m.Edge+m.Pod > 100 {
			return fmt.Errorf("matrix staggered: %d %% behind the edge switch and %d %% in the pod: give percentages "+
				"that add up to 100 at most", m.Edge, m.Pod)
		}
		return nil
	case Sparse:
		if m.Percent < 1 || m.Percent > 100 {
			return fmt.Errorf("matrix sparse: %d %% of the hosts send: give 1 to 100", m.Percent)
		}
		return nil
	default:
		return nil
	}
	if m.N < low || m.N > high {
		return fmt.Errorf("matrix %v: its number is %d: with %d hosts give %d to %d", m.Kind, m.N, n, low, high)
	}
	return nil
}

// oneEach makes each host a sender.
func oneEach(n int, to func(i int) int32) []Pair {
	pairs := make([]Pair, n)
	for i := range pairs {
		pairs[i] = Pair{int32(i), to(i)}
	}
	return pairs
}

func pairsOf(to []int32) []Pair { return oneEach(len(to), func(i int) int32 { return to[i] }) }

// other draws a host that is not i.
func other(i, n int, draw *sim.Stream) int32 {
	x := int32(draw.Below(uint64(n - 1)))
	if x >= int32(i) {
		x++
	}
	return x
}

func upTo(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// shuffled returns 0..n-1 in a random order (Fisher and Yates; Durstenfeld 1964).
func shuffled(n int, draw *sim.Stream) []int32 {
	list := upTo(n)
	for i := n - 1; i > 0; i-- {
		k := draw.Below(uint64(i + 1))
		list[i], list[k] = list[k], list[i]
	}
	return list
}

// derangement draws uniformly from the permutations without a fixed point: permutations until one is, 2.7
// of them on average.
func derangement(n int, draw *sim.Stream) []int32 {
next:
	for {
		list := shuffled(n, draw)
		for i, x := range list {
			if int32(i) == x {
				continue next
			}
		}
		return list
	}
}
