package figure

import (
	"strconv"

	"gonum.org/v1/plot"
)

// unit is a unit that an axis shows: base units are divided by scale.
type unit struct {
	name  string
	scale float64
}

// unitFor returns the largest unit of the ladder in which max is at least one, the smallest if
// there is none.
func unitFor(max int64, ladder ...unit) unit {
	best := ladder[0]
	for _, u := range ladder[1:] {
		if float64(max) >= u.scale {
			best = u
		}
	}
	return best
}

func byteUnit(maxBytes int64) unit {
	return unitFor(maxBytes, unit{"B", 1}, unit{"kB", 1e3}, unit{"MB", 1e6}, unit{"GB", 1e9}, unit{"TB", 1e12})
}

func rateUnit(maxBps int64) unit {
	return unitFor(maxBps, unit{"bit/s", 1}, unit{"kbit/s", 1e3}, unit{"Mbit/s", 1e6}, unit{"Gbit/s", 1e9})
}

// timeUnit keeps to milliseconds up to ten seconds, as round-trip times are read.
func timeUnit(maxNs int64) unit {
	u := unitFor(maxNs, unit{"us", 1e3}, unit{"ms", 1e6})
	if maxNs >= 10_000_000_000 {
		return unit{"s", 1e9}
	}
	return u
}

// clockUnit is the unit of the time axis.
func clockUnit(endNs int64) unit {
	return unitFor(endNs, unit{"us", 1e3}, unit{"ms", 1e6}, unit{"s", 1e9})
}

// axisTicks places ticks at multiples of 1, 2 or 5 times a power of ten from 0 to at most max,
// count of them besides zero or fewer, and returns their distance. It uses no logarithm, whose last
// digit differs between processors.
func axisTicks(max float64, count int) (ticks plot.ConstantTicks, step float64) {
	decimals := 0
	for e := -12; e <= 18 && step == 0; e++ {
		for _, m := range []float64{1, 2, 5} {
			// A negative power is divided by, which keeps 0.1, 0.01 ... as exact as they can be.
			candidate := m * pow10(e)
			if e < 0 {
				candidate = m / pow10(-e)
			}
			if max/candidate <= float64(count) {
				step, decimals = candidate, digits(e)
				break
			}
		}
	}
	for i := 0; float64(i)*step <= max*(1+1e-9); i++ {
		v := float64(float64(i) * step)
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', decimals, 64)})
	}
	return ticks, step
}

// axisTop is the end of an axis that shows values up to max: the next tick, so that the highest
// value is not drawn on the frame.
func axisTop(max float64, count int) (top float64, ticks plot.ConstantTicks) {
	_, step := axisTicks(max*1.03, count)
	top = step
	for i := 1; top < max*1.03; i++ {
		top = float64(float64(i) * step)
	}
	ticks, _ = axisTicks(top, count+1)
	return top, ticks
}

func pow10(e int) float64 {
	v := 1.0
	for ; e > 0; e-- {
		v *= 10 // exact up to 1e22
	}
	return v
}

// digits is the number of decimals that a step of 10^e needs.
func digits(e int) int {
	if e < 0 {
		return -e
	}
	return 0
}
