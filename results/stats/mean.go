package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is an estimate with a confidence interval. Without enough values there is none: Low and High
// are the estimate then and Known is false.
type Interval struct {
	Estimate, Low, High float64
	N                   int
	Known               bool
}

// Mean returns the arithmetic mean, NaN of nothing.
func Mean(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// StdDev returns the sample standard deviation (n-1), 0 of fewer than two values.
func StdDev(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	m, squares := Mean(values), 0.0
	for _, v := range values {
		squares += float64((v - m) * (v - m)) // converted: no fused rounding
	}
	return math.Sqrt(squares / float64(len(values)-1))
}

// MeanCI returns the mean of independent replications with its interval by Student's t. confidence is
// between 0 and 1, such as 0.95.
func MeanCI(values []float64, confidence float64) Interval {
	mustShare(confidence)
	m := Mean(values)
	n := len(values)
	if n < 2 {
		return Interval{Estimate: m, Low: m, High: m, N: n}
	}
	half := float64(studentT(n-1, confidence)*StdDev(values)) / math.Sqrt(float64(n))
	return Interval{Estimate: m, Low: m - half, High: m + half, N: n, Known: true}
}

// PairedCI returns the mean of a[i]-b[i] with its interval: two systems under the same seeds.
func PairedCI(a, b []float64, confidence float64) Interval {
	if len(a) != len(b) {
		panic("stats: paired values of different number")
	}
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	return MeanCI(diff, confidence)
}

// studentT returns the two-sided quantile of Student's t. Its last digits come from functions that
// processors compute differently: eight digits are kept.
func studentT(degrees int, confidence float64) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(degrees)}.Quantile(1 - (1-confidence)/2)
	return math.Round(t*1e8) / 1e8
}

// Jain returns Jain's fairness index, 1/n..1; 1 of nothing and of zeros.
func Jain(values []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v
		squares += float64(v * v)
	}
	if squares == 0 {
		return 1
	}
	return float64(sum*sum) / float64(float64(len(values))*squares)
}

func mustShare(p float64) {
	if !(p > 0 && p < 1) {
		panic("stats: a confidence or a quantile lies between 0 and 1")
	}
}
