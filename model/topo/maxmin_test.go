package topo

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mpsim/model/link"
	"mpsim/sim"
)

// maxMin returns the max-min fair rates of subflows over links of the given capacities: the rates of all grow
// alike, and those that cross a link that is full stop.
func maxMin(paths [][]link.ID, capacity []float64) []float64 {
	rates := make([]float64, len(paths))
	on := make([]int, len(capacity)) // growing subflows
	left := slices.Clone(capacity)
	growing := make([]bool, len(paths))
	for i, p := range paths {
		growing[i] = true
		for _, id := range p {
			on[id]++
		}
	}
	for remaining := len(paths); remaining > 0; {
		step := math.Inf(1)
		for id, n := range on {
			if n > 0 {
				step = min(step, left[id]/float64(n))
			}
		}
		for id, n := range on {
			left[id] -= step * float64(n)
		}
		for i, p := range paths {
			if !growing[i] {
				continue
			}
			rates[i] += step
			if slices.ContainsFunc(p, func(id link.ID) bool { return left[id] < 1e-9 }) {
				growing[i] = false
				remaining--
				for _, id := range p {
					on[id]--
				}
			}
		}
	}
	return rates
}

// derangement returns a random permutation without fixed points.
func derangement(n int, draws *sim.Stream) []int {
	for {
		p := make([]int, n)
		for i := range p {
			p[i] = i
		}
		fixed := false
		for i := n - 1; i >= 0; i-- {
			j := int(draws.Below(uint64(i + 1)))
			p[i], p[j] = p[j], p[i]
			fixed = fixed || p[i] == i
		}
		if !fixed {
			return p
		}
	}
}

// share returns the mean rate of hosts that each send to one other, and Jain's index, for so many subflows.
func share(t *testing.T, p Plan, r Routing, seed uint64, subflows, homes int) (mean, jain float64) {
	t.Helper()
	r.Seed = seed
	g, b := unprepared(t, p, r)
	draws := sim.NewWorld(seed).Stream("permutation")
	var paths [][]link.ID
	for src, dst := range derangement(len(b.Hosts), draws) {
		x, y := b.Hosts[src], b.Hosts[dst]
		for s := range subflows {
			f := s % homes
			if subflows == 1 && homes > 1 {
				f = int(draws.Below(uint64(homes)))
			}
			path := must(x.Path(addr4(x, f), addr4(y, f), uint16(draws.Below(1<<16)), 80))
			paths = append(paths, g.Net().Links(path.Route))
		}
	}
	capacity := make([]float64, g.Net().NumLinks())
	for i, l := range b.Plan.Links {
		for _, id := range b.Links[i] {
			capacity[id] = float64(l.Rate)
		}
	}
	rates := maxMin(paths, capacity)
	sum, squares := 0.0, 0.0
	for i := 0; i < len(rates); i += subflows {
		host := 0.0
		for _, rate := range rates[i : i+subflows] {
			host += rate
		}
		sum += host
		squares += float64(host * host)
	}
	n := float64(len(b.Hosts))
	return sum / n, sum * sum / (n * squares)
}

// TestMaxMinPermutation compares with values computed elsewhere: 128 hosts, permutation, distinct random
// paths for each host's subflows, mean over ten seeds; within two points.
func TestMaxMinPermutation(t *testing.T) {
	tests := []struct {
		subflows    int
		share, jain float64
	}{
		{1, .488, .841}, {2, .661, .932}, {3, .755, .957}, {4, .817, .973}, {5, .861, .983}, {6, .894, .989},
		{7, .916, .992}, {8, .929, .993}, {16, 1, 1},
	}
	p := must(FatTree(8, 1, 1))
	for _, tt := range tests {
		mean, jain := 0.0, 0.0
		const seeds = 10
		for seed := range uint64(seeds) {
			m, j := share(t, p, Routing{Kind: SourceDistinct}, seed+1, tt.subflows, 1)
			mean, jain = mean+m/seeds, jain+j/seeds
		}
		t.Logf("%d subflows: %.3f (%.3f), Jain %.3f (%.3f)", tt.subflows, mean, tt.share, jain, tt.jain)
		if math.Abs(mean-tt.share) > .02 || math.Abs(jain-tt.jain) > .02 {
			t.Errorf("%d subflows: share %.3f, Jain %.3f; want %.3f, %.3f", tt.subflows, mean, jain, tt.share, tt.jain)
		}
	}
}

// TestMaxMinElsewhere: values of the same kind, computed here, that hold other topologies and ways to route.
func TestMaxMinElsewhere(t *testing.T) {
	tests := []struct {
		name            string
		plan            Plan
		kind            RoutingKind
		subflows, homes int
		low, high       float64
	}{
		{"ECMP is like random paths", must(FatTree(8, 1, 1)), ECMP, 1, 1, .46, .52},
		{"ECMP, 8 ports", must(FatTree(8, 1, 1)), ECMP, 8, 1, .85, .93},
		{"random, 8", must(FatTree(8, 1, 1)), SourceRandom, 8, 1, .85, .93},
		{"4:1, 1", must(FatTree(8, 4, 1)), SourceDistinct, 1, 1, .20, .30},
		{"VL2, 1", must(VL2(64, 16, 8, 20)), SourceDistinct, 1, 1, .75, .86},
		{"VL2, 2", must(VL2(64, 16, 8, 20)), SourceDistinct, 2, 1, .84, .92},
		{"BCube, 1", must(BCube(5, 2)), SourceDistinct, 1, 1, .45, .70},
		{"BCube, 3", must(BCube(5, 2)), SourceDistinct, 3, 1, .75, .90},
		{"two homes, 8", must(FatTree(8, 1, 2)), SourceDistinct, 8, 2, .62, .76},
	}
	for _, tt := range tests {
		mean := 0.0
		const seeds = 3
		for seed := range uint64(seeds) {
			m, _ := share(t, tt.plan, Routing{Kind: tt.kind}, seed+1, tt.subflows, tt.homes)
			mean += m / seeds
		}
		t.Logf("%s: %.3f", tt.name, mean)
		if mean < tt.low || mean > tt.high {
			t.Errorf("%s: share %.3f, want %.2f to %.2f", tt.name, mean, tt.low, tt.high)
		}
	}
}

// The solver: three subflows over two links, as on paper.
func TestMaxMinSolver(t *testing.T) {
	got := maxMin([][]link.ID{{0}, {0, 1}, {1}}, []float64{1, 3})
	if want := []float64{.5, .5, 2.5}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rates %v, want %v", got, want)
	}
}
