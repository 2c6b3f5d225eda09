package traffic_test

import (
	"slices"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi/app/traffic"

	"pgregory.net/rapid"
)

// drawn makes the pairs of a matrix over n hosts, two behind each edge switch, four in each pod.
func drawn(t rapid.TB, m traffic.Matrix, n int, seed uint64) []traffic.Pair {
	t.Helper()
	places := make([]traffic.Place, n)
	for i := range places {
		places[i] = traffic.Place{Edge: int32(i / 2), Pod: int32(i / 4)}
		if i > 0 {
			places[i].Near = append(places[i].Near, int32(i-1))
		}
		if i < n-1 {
			places[i].Near = append(places[i].Near, int32(i+1))
		}
	}
	pairs, err := m.Pairs(places, sim.NewWorld(seed).Stream("matrix"))
	if err != nil {
		t.Fatalf("%+v over %d hosts: %v", m, n, err)
	}
	return pairs
}

// degrees counts how often each host sends and receives.
func degrees(pairs []traffic.Pair, n int) (out, in []int) {
	out, in = make([]int, n), make([]int, n)
	for _, p := range pairs {
		out[p.From]++
		in[p.To]++
	}
	return out, in
}

func all(list []int, ok func(x int) bool) bool {
	return !slices.ContainsFunc(list, func(x int) bool { return !ok(x) })
}

func is(want int) func(int) bool { return func(x int) bool { return x == want } }

func total(list []int, ok func(x int) bool) int {
	n := 0
	for _, x := range list {
		if ok(x) {
			n++
		}
	}
	return n
}

// matrixCase is a matrix with parameters that fit n hosts, and what must hold of it.
type matrixCase struct {
	draw func(t *rapid.T, n int) traffic.Matrix
	hold func(m traffic.Matrix, n int, out, in []int, pairs []traffic.Pair) bool
}

func number(t *rapid.T, low, high int) int { return rapid.IntRange(low, high).Draw(t, "number") }

func plain(k traffic.MatrixKind) func(*rapid.T, int) traffic.Matrix {
	return func(*rapid.T, int) traffic.Matrix { return traffic.Matrix{Kind: k} }
}

func counted(k traffic.MatrixKind, low, less int) func(*rapid.T, int) traffic.Matrix {
	return func(t *rapid.T, n int) traffic.Matrix {
		return traffic.Matrix{Kind: k, N: number(t, low, n-less)}
	}
}

func matrixCases() map[traffic.MatrixKind]matrixCase {
	type m = traffic.Matrix
	type ps = []traffic.Pair
	positive := func(x int) bool { return x > 0 }
	return map[traffic.MatrixKind]matrixCase{
		traffic.Permutation: {plain(traffic.Permutation), func(_ m, _ int, out, in []int, _ ps) bool {
			return all(out, is(1)) && all(in, is(1))
		}},
		traffic.Random: {plain(traffic.Random), func(_ m, _ int, out, _ []int, _ ps) bool {
			return all(out, is(1))
		}},
		traffic.Stride: {counted(traffic.Stride, 1, 1), func(m m, n int, out, in []int, pairs ps) bool {
			return all(out, is(1)) && all(in, is(1)) && !slices.ContainsFunc(pairs, func(p traffic.Pair) bool {
				return int(p.From+int32(m.N))%n != int(p.To)
			})
		}},
		traffic.Staggered: {func(t *rapid.T, _ int) traffic.Matrix {
			edge := number(t, 0, 100)
			return m{Kind: traffic.Staggered, Edge: edge, Pod: number(t, 0, 100-edge)}
		}, func(_ m, _ int, out, _ []int, _ ps) bool { return all(out, is(1)) }},
		traffic.OneToMany: {counted(traffic.OneToMany, 1, 1), func(m m, _ int, out, _ []int, _ ps) bool {
			return all(out, is(m.N))
		}},
		traffic.ManyToMany: {counted(traffic.ManyToMany, 2, 0), func(m m, _ int, out, in []int, _ ps) bool {
			return total(out, is(m.N-1)) == m.N && total(in, is(m.N-1)) == m.N && total(out, positive) == m.N
		}},
		traffic.HotSpot: {counted(traffic.HotSpot, 1, 1), func(m m, n int, out, in []int, _ ps) bool {
			share := (n - m.N) / m.N
			return total(out, is(1)) == n-m.N && total(out, is(0)) == m.N &&
				total(in, func(x int) bool { return x == share || x == share+1 }) >= m.N
		}},
		traffic.Sparse: {func(t *rapid.T, _ int) traffic.Matrix {
			return m{Kind: traffic.Sparse, Percent: number(t, 1, 100)}
		}, func(m m, n int, out, in []int, _ ps) bool {
			want := max(1, (n*m.Percent+50)/100)
			return total(out, is(1)) == want && total(in, is(1)) == want && total(out, positive) == want
		}},
		traffic.Fan: {counted(traffic.Fan, 0, 1), func(m m, n int, out, in []int, _ ps) bool {
			want := m.N
			if want == 0 {
				want = n - 1
			}
			return total(out, is(1)) == want && total(in, is(want)) >= 1 && total(in, positive) == 1
		}},
		traffic.VL2Fan: {plain(traffic.VL2Fan), func(_ m, n int, out, _ []int, _ ps) bool {
			return all(out, func(x int) bool { return x >= 1 && x <= min(80, n-1) })
		}},
		traffic.Neighbours: {counted(traffic.Neighbours, 0, 1), func(m m, n int, out, _ []int, pairs ps) bool {
			limit := 2
			if m.N == 1 {
				limit = 1
			}
			return all(out[1:n-1], is(limit)) && !slices.ContainsFunc(pairs, func(p traffic.Pair) bool {
				return p.From-p.To != 1 && p.To-p.From != 1
			})
		}},
		traffic.Halves: {plain(traffic.Halves), func(_ m, n int, out, in []int, pairs ps) bool {
			return all(out[:n/2], is(1)) && all(in[n/2:], is(1)) &&
				!slices.ContainsFunc(pairs, func(p traffic.Pair) bool { return int(p.To-p.From) != n/2 })
		}},
		traffic.AllToAll: {plain(traffic.AllToAll), func(_ m, n int, out, in []int, _ ps) bool {
			return all(out, is(n-1)) && all(in, is(n-1))
		}},
	}
}

// Every matrix: no host sends to itself, no pair comes twice, senders ascend, equal seeds draw alike, and
// what the matrix promises holds.
func TestMatrices(t *testing.T) {
	cases := matrixCases()
	for i, name := range traffic.MatrixNames() {
		kind := traffic.MatrixKind(i)
		if k, err := traffic.MatrixNamed(name); err != nil || k != kind {
			t.Fatalf("name %s stands for %v: %v", name, k, err)
		}
		c, ok := cases[kind]
		if !ok {
			t.Fatalf("%s has no test", name)
		}
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			n := 2 * rapid.IntRange(2, 30).Draw(t, "hosts")
			if kind != traffic.Halves {
				n -= rapid.IntRange(0, 1).Draw(t, "odd")
			}
			n = max(n, 4)
			m := c.draw(t, n)
			seed := rapid.Uint64().Draw(t, "seed")
			pairs := drawn(t, m, n, seed)
			if !slices.Equal(pairs, drawn(t, m, n, seed)) {
				t.Fatal("equal seeds drew different pairs")
			}
			seen := map[traffic.Pair]bool{}
			for i, p := range pairs {
				if p.From == p.To || p.To < 0 || int(p.To) >= n || seen[p] || i > 0 && pairs[i-1].From > p.From {
					t.Fatalf("%+v over %d hosts: pair %d is %v in %v", m, n, i, p, pairs)
				}
				seen[p] = true
			}
			out, in := degrees(pairs, n)
			if !c.hold(m, n, out, in, pairs) {
				t.Fatalf("%+v over %d hosts: sends %v, receives %v", m, n, out, in)
			}
		}))
	}
}

// Random members are uniform: over many draws each host receives as often as any other (chi-squared).
func TestMatricesAreUniform(t *testing.T) {
	const n, runs = 12, 4000
	for _, m := range []traffic.Matrix{
		{Kind: traffic.Permutation}, {Kind: traffic.Random}, {Kind: traffic.OneToMany, N: 3},
		{Kind: traffic.Sparse, Percent: 25}, {Kind: traffic.HotSpot, N: 2}, {Kind: traffic.Fan, N: 5},
	} {
		var counts [n][n]int
		sum := 0
		for seed := range uint64(runs) {
			for _, p := range drawn(t, m, n, seed) {
				counts[p.From][p.To]++
				sum++
			}
		}
		want := float64(sum) / (n * (n - 1))
		chi := 0.0
		for a := range n {
			for b := range n {
				if a != b {
					d := float64(counts[a][b]) - want
					chi += d * d / want
				}
			}
		}
		// 131 degrees of freedom at most: the 99.99 % point is 199; draws of one world depend on each other a
		// little.
		if chi > 199 {
			t.Errorf("%v: chi-squared %.0f over %d draws", m.Kind, chi, sum)
		}
	}
}

// Staggered receivers stand where the percentages say.
func TestStaggeredShares(t *testing.T) {
	const n = 64
	m := traffic.Matrix{Kind: traffic.Staggered, Edge: 50, Pod: 30}
	edge, pod, sum := 0, 0, 0
	for seed := range uint64(200) {
		for _, p := range drawn(t, m, n, seed) {
			sum++
			switch {
			case p.From/2 == p.To/2:
				edge++
			case p.From/4 == p.To/4:
				pod++
			}
		}
	}
	if e, p := float64(edge)/float64(sum), float64(pod)/float64(sum); e < .48 || e > .52 || p < .28 || p > .32 {
		t.Errorf("%.3f behind the edge switch, %.3f elsewhere in the pod", e, p)
	}
}

// Hosts that stand nowhere have random receivers, and a place with nobody else is passed over.
func TestStaggeredWithoutPlaces(t *testing.T) {
	m := traffic.Matrix{Kind: traffic.Staggered, Edge: 60, Pod: 40}
	for name, places := range map[string][]traffic.Place{
		"nowhere": {{Edge: -1, Pod: -1}, {Edge: -1, Pod: -1}, {Edge: -1, Pod: -1}},
		"alone":   {{Edge: 0, Pod: 0}, {Edge: 1, Pod: 1}, {Edge: 2, Pod: 2}},
		"one pod": {{Edge: 0, Pod: 0}, {Edge: 0, Pod: 0}, {Edge: 2, Pod: 0}},
	} {
		for seed := range uint64(50) {
			pairs, err := m.Pairs(places, sim.NewWorld(seed).Stream("matrix"))
			if err != nil || len(pairs) != 3 {
				t.Fatalf("%s: %v, %v", name, pairs, err)
			}
			for _, p := range pairs {
				if p.From == p.To {
					t.Errorf("%s: %v", name, pairs)
				}
			}
		}
	}
}

// VL2Fan has the shares that were published.
func TestVL2FanShares(t *testing.T) {
	const n = 200
	var counts [81]int
	for seed := range uint64(100) {
		out, _ := degrees(drawn(t, traffic.Matrix{Kind: traffic.VL2Fan}, n, seed), n)
		for _, x := range out {
			counts[x]++
		}
	}
	share := func(low, high int) float64 {
		sum := 0
		for _, c := range counts[low : high+1] {
			sum += c
		}
		return float64(sum) / (n * 100)
	}
	for _, c := range []struct {
		low, high int
		want      float64
	}{{1, 1, .305}, {2, 9, .04}, {10, 10, .5066}, {11, 79, .0986}, {80, 80, .05}} {
		if got := share(c.low, c.high); got < c.want-.01 || got > c.want+.01 {
			t.Errorf("%d..%d destinations: share %.3f, want %.3f", c.low, c.high, got, c.want)
		}
	}
}

// Parameters that fit no matrix are refused with what to do.
func TestMatrixErrors(t *testing.T) {
	if pairs, err := (traffic.Matrix{Kind: traffic.Halves}).Pairs(make([]traffic.Place, 5), nil); err == nil {
		t.Errorf("halves of 5 hosts: %v", pairs)
	}
	for _, m := range []traffic.Matrix{
		{Kind: traffic.Stride}, {Kind: traffic.Stride, N: 4}, {Kind: traffic.OneToMany, N: 4},
		{Kind: traffic.ManyToMany, N: 5}, {Kind: traffic.HotSpot, N: 4}, {Kind: traffic.Sparse},
		{Kind: traffic.Sparse, Percent: 101}, {Kind: traffic.Staggered, Edge: 60, Pod: 41},
		{Kind: traffic.Fan, N: -1},
		{Kind: 99},
	} {
		if pairs, err := m.Pairs(make([]traffic.Place, 4), sim.NewWorld(1).Stream("matrix")); err == nil {
			t.Errorf("%+v over 4 hosts: %v", m, pairs)
		}
	}
}
