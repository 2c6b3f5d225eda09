package traffic

import (
	"math"
	"math/bits"
	"slices"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Summary is what a group has achieved.
type Summary struct {
	Flows     int   // started
	Completed int   // with an end, and at it
	Failed    int   // that could not connect, or broke
	Received  int64 // octets read and checked by the receivers
	Measured  int64 // the part of them from Group.MeasureFrom to Group.Stop, or now
	Window    unit.Duration

	Goodput unit.Bitrate // of all flows together: Measured in Window
	PerFlow Spreading[unit.Bitrate]
	PerHost Spreading[unit.Bitrate] // of what each sending host has got through
	FCT     Spreading[unit.Duration]
	Rounds  Spreading[unit.Duration] // Incast: from the requests to the last octet of the last answer
	// Jain is the fairness index of the flows' goodputs (Jain, Chiu, Hawe, 1984): 1 if all are equal, 1/n if
	// one has all; 0 if there is nothing.
	Jain float64
}

// Spreading describes how values are spread: all zero if there are none.
type Spreading[T unit.Bitrate | unit.Duration] struct {
	N                                          int
	Mean, StdDev                               T // of the sample (n-1); rounded to the nearest
	Min, P1, P10, P25, P50, P75, P90, P99, Max T // interpolated between neighbours, rounded down
}

// spreading describes values in any order; it sorts them.
func spreading[T unit.Bitrate | unit.Duration](values []T) Spreading[T] {
	n := len(values)
	if n == 0 {
		return Spreading[T]{}
	}
	slices.Sort(values)
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += float64(v)
	}
	mean := sum / float64(n)
	for _, v := range values {
		d := float64(v) - mean
		squares += float64(d * d) // converted: no fused rounding
	}
	s := Spreading[T]{
		N: n, Mean: T(math.Round(mean)), Min: values[0], Max: values[n-1], P1: quantile(values, 1),
		P10: quantile(values, 10), P25: quantile(values, 25), P50: quantile(values, 50), P75: quantile(values, 75),
		P90: quantile(values, 90), P99: quantile(values, 99),
	}
	if n > 1 {
		s.StdDev = T(math.Round(math.Sqrt(squares / float64(n-1))))
	}
	return s
}

// quantile returns the value at percent of the way from the first to the last of values in rising order.
func quantile[T unit.Bitrate | unit.Duration](sorted []T, percent int) T {
	steps := (len(sorted) - 1) * percent
	i, rest := steps/100, steps%100
	if rest == 0 {
		return sorted[i]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])/100*T(rest) + (sorted[i+1]-sorted[i])%100*T(rest)/100
}

// window is how long the measuring has lasted when the run has come to now.
func (t *Traffic) window(now sim.Time) unit.Duration {
	return max(0, t.until(now).Sub(max(t.group.MeasureFrom, t.group.Start)))
}

// perSecond returns the bits a second of so many octets in a time, rounded down; 0 in no time.
func perSecond(octets int64, d unit.Duration) unit.Bitrate {
	if d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(octets), 8*uint64(unit.Second))
	if hi >= uint64(d) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(d))
	return unit.Bitrate(q)
}

// Goodputs returns the goodput of each flow in the window, in the order of Flows, at now, to which the run
// has come.
func (t *Traffic) Goodputs(now sim.Time) []unit.Bitrate {
	window := t.window(now)
	var rates []unit.Bitrate
	for _, f := range t.Flows() {
		rates = append(rates, perSecond(f.Measured, window))
	}
	return rates
}

// HostGoodputs returns what each sending host has got through in the window, in the order of the hosts.
func (t *Traffic) HostGoodputs(now sim.Time) []unit.Bitrate {
	window := t.window(now)
	octets := make([]int64, len(t.group.Hosts))
	for _, f := range t.Flows() {
		octets[f.From] += f.Measured
	}
	var rates []unit.Bitrate
	last := int32(-1)
	for _, p := range t.pairs { // senders ascend
		if p.From != last {
			last = p.From
			rates = append(rates, perSecond(octets[p.From], window))
		}
	}
	return rates
}

// Summary sums the group up at now, to which the run has come.
func (t *Traffic) Summary(now sim.Time) Summary {
	s := Summary{Window: t.window(now)}
	var times []unit.Duration
	for _, f := range t.Flows() {
		s.Flows++
		s.Received += f.Received
		s.Measured += f.Measured
		if f.Failed {
			s.Failed++
		}
		if f.Completed() {
			s.Completed++
			times = append(times, f.FCT())
		}
	}
	s.Goodput = perSecond(s.Measured, s.Window)
	rates := t.Goodputs(now)
	s.Jain = Jain(rates)
	s.PerFlow, s.PerHost, s.FCT = spreading(rates), spreading(t.HostGoodputs(now)), spreading(times)
	s.Rounds = spreading(t.roundTimes())
	return s
}

// Share returns the group's goodput as a share of what would be best, such as the sum of the hosts' rates.
func (s *Summary) Share(best unit.Bitrate) float64 {
	if best <= 0 {
		return 0
	}
	return float64(s.Goodput) / float64(best)
}

// Jain returns the fairness index of rates: the square of their sum over n times the sum of their squares.
func Jain(rates []unit.Bitrate) float64 {
	sum, squares := 0.0, 0.0
	for _, r := range rates {
		sum += float64(r)
		squares += float64(float64(r) * float64(r)) // converted: no fused rounding
	}
	if squares == 0 {
		return 0
	}
	return float64(sum*sum) / float64(float64(len(rates))*squares)
}
