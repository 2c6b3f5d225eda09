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

// axisStep returns the distance of ticks, 1, 2 or 5 times a power of ten, that reaches max in at most
// count steps, and the decimals of its multiples. It uses no logarithm, whose last digit differs
// between processors.
func axisStep(max float64, count int) (step float64, decimals int) {
	for e := -12; ; e++ {
		for _, m := range []float64{1, 2, 5} {
			// A negative power is divided by, which keeps 0.1, 0.01 ... as exact as they can be.
			step, decimals = m*pow10(e), 0
			if e < 0 {
				step, decimals = m/pow10(-e), -e
			}
			if max/step <= float64(count) {
				return step, decimals
			}
		}
	}
}

// axisTicks places ticks from 0 to top.
func axisTicks(top, step float64, decimals int) (ticks plot.ConstantTicks) {
	for i := 0; float64(i)*step <= top*(1+1e-9); i++ {
		v := float64(float64(i) * step)
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', decimals, 64)})
	}
	return ticks
}

// axisTop is the end of an axis that shows values up to max: on a tick or half way between two, so
// that the highest value is not drawn on the frame.
func axisTop(max float64, count int) (top float64, ticks plot.ConstantTicks) {
	step, decimals := axisStep(max*1.03, count)
	for i := 1; top < max*1.03; i++ {
		top = float64(float64(i) * step / 2)
	}
	return top, axisTicks(top, step, decimals)
}

func pow10(e int) float64 {
	v := 1.0
	for ; e > 0; e-- {
		v *= 10 // exact up to 1e22
	}
	return v
}
