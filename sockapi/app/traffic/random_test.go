package traffic

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"

	"pgregory.net/rapid"
)

// The integer logarithm is the logarithm.
func TestNegLog2(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Uint64().Draw(t, "x")
		whole, fraction := negLog2(x)
		got := float64(whole) + float64(fraction)/(1<<64)
		want := 64 - math.Log2(float64(x)+1)
		if math.Abs(got-want) > 1e-12*(1+want) {
			t.Fatalf("negLog2(%d) = %.17g, want %.17g", x, got, want)
		}
	})
	for x, want := range map[uint64]uint64{0: 64, 1: 63, 1<<63 - 1: 1, 1<<64 - 1: 0} {
		if whole, fraction := negLog2(x); whole != want || fraction != 0 {
			t.Errorf("negLog2(%d) = %d + %d/2^64, want %d", x, whole, fraction, want)
		}
	}
}

// Gaps are exponential: mean, standard deviation and the distribution function (Kolmogorov and Smirnov).
func TestExponential(t *testing.T) {
	const n = 100000
	const mean = 200 * unit.Millisecond
	draw := sim.NewWorld(1).Stream("gaps")
	below := make([]int, 50) // counts of gaps below k/10 means
	sum, squares := 0.0, 0.0
	for range n {
		x := float64(exponential(draw, mean)) / float64(mean)
		sum += x
		squares += x * x
		for k := range below {
			if x < float64(k)/10 {
				below[k]++
			}
		}
	}
	m := sum / n
	if sd := math.Sqrt(squares/n - m*m); m < .99 || m > 1.01 || sd < .985 || sd > 1.015 {
		t.Errorf("mean %.4f, standard deviation %.4f of the mean asked for", m, sd)
	}
	for k, count := range below {
		want := 1 - math.Exp(-float64(k)/10)
		if got := float64(count) / n; math.Abs(got-want) > 1.63/math.Sqrt(n) { // the 99 % point
			t.Errorf("below %.1f means: %.4f, want %.4f", float64(k)/10, got, want)
		}
	}
}

// The published means, from the tables and from a million draws.
func TestSizesMeans(t *testing.T) {
	for _, c := range []struct {
		sizes     *Sizes
		mean      int64
		tolerance float64
	}{
		{WebSearch(), 1_711_250, .02},
		{DataMining(), 7_470_236, .05},
		{must(Fixed(70000)), 70000, 0},
	} {
		if got := c.sizes.Mean(); got != c.mean {
			t.Errorf("%s: mean %d, want %d", c.sizes.Name(), got, c.mean)
		}
		draw := sim.NewWorld(1).Stream("sizes")
		sum := int64(0)
		const n = 1000000
		for range n {
			sum += c.sizes.Draw(draw)
		}
		got, want := float64(sum)/n, float64(c.mean)
		if math.Abs(got-want) > c.tolerance*want {
			t.Errorf("%s: mean of the draws %.0f, want %.0f", c.sizes.Name(), got, want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// at is the inverse of the distribution: monotone, and the points are where they were put.
func TestSizesInverse(t *testing.T) {
	for _, name := range SizesNames() {
		s := must(SizesNamed(name))
		for i, p := range s.Points() {
			if p.Parts == million || p.Octets == 0 {
				continue
			}
			u := uint64(float64(p.Parts) / million * (1 << 63) * 2)
			if got := s.at(u); got < p.Octets-p.Octets/1000-1 || got > p.Octets+p.Octets/1000+1 {
				t.Errorf("%s: point %d: %d octets, want %d", name, i, got, p.Octets)
			}
		}
		if low, high := s.at(0), s.at(1<<64-1); low != max(1, s.points[0].Octets) ||
			high < s.points[len(s.points)-1].Octets*999/1000 {
			t.Errorf("%s: from %d to %d octets", name, low, high)
		}
		rapid.Check(t, func(t *rapid.T) {
			a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
			if x, y := s.at(min(a, b)), s.at(max(a, b)); x > y || x < 1 {
				t.Fatalf("%s: %d octets at %d, %d at %d", name, x, min(a, b), y, max(a, b))
			}
		})
	}
}

func TestSizesErrors(t *testing.T) {
	for name, points := range map[string][]SizePoint{
		"empty":        nil,
		"no end":       {{10, 500000}},
		"falling":      {{10, 500000}, {5, million}},
		"shares fall":  {{10, 500000}, {20, 400000}, {30, million}},
		"negative":     {{-1, 500000}, {20, million}},
		"nothing":      {{0, million}},
		"out of range": {{1<<40 + 1, million}},
	} {
		if s, err := NewSizes(name, points); err == nil {
			t.Errorf("%s: %v", name, s)
		}
	}
}
