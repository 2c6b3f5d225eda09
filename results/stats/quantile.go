package stats

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Quantile returns the p-quantile (0..1) of values in rising order, interpolated between neighbours
// (definition 7 of Hyndman and Fan, 1996, that of most programs: the median of an odd number of values is the
// middle one, of an even number the mean of the two in the middle); NaN of nothing.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	part := at - float64(i)
	return sorted[i] + float64(part*(sorted[i+1]-sorted[i])) // converted: no fused rounding
}

// QuantileCI returns the p-quantile (between 0 and 1) of values in rising order with an interval between
// two of them that holds the true one with at least the confidence, whatever the distribution. With too few
// values for that there is no interval.
func QuantileCI(sorted []float64, p, confidence float64) Interval {
	mustShare(p)
	mustShare(confidence)
	n := len(sorted)
	q := Quantile(sorted, p)
	out := Interval{Estimate: q, Low: q, High: q, N: n}
	if n == 0 {
		return out
	}
	// The number of values below the quantile is binomial(n, p).
	below := distuv.Binomial{N: float64(n), P: p}
	tail := (1 - confidence) / 2
	// The lower end is the last value with P(count <= its index) <= tail, the upper end the first one with
	// P(count > its index) <= tail.
	low := sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > tail }) - 1
	high := sort.Search(n, func(k int) bool { return 1-below.CDF(float64(k)) <= tail })
	if low < 0 || high >= n {
		return out
	}
	return Interval{Estimate: q, Low: sorted[low], High: sorted[high], N: n, Known: true}
}

// Step is one step of an empirical distribution: Share of the values are at most Value.
type Step struct{ Value, Share float64 }

// CDF returns the empirical distribution of values, one step for each that differs, in rising order.
func CDF(values []float64) []Step {
	sorted := slices.Sorted(slices.Values(values))
	var steps []Step
	for i, v := range sorted {
		if i+1 < len(sorted) && sorted[i+1] == v {
			continue
		}
		steps = append(steps, Step{v, float64(i+1) / float64(len(sorted))})
	}
	return steps
}

// Band returns half the width of the band around the distribution of n independent values that holds the
// whole true one with the confidence: sqrt(ln(2/(1-confidence))/(2n)).
func Band(n int, confidence float64) float64 {
	mustShare(confidence)
	if n < 1 {
		return 1
	}
	return min(1, math.Sqrt(math.Log(2/(1-confidence))/float64(2*n)))
}
