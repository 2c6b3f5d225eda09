package cc

import "math"

// cbrtSteps of Newton's iteration bring the first guess (within 6 %) to full double precision: the
// relative error is about squared in each step.
const cbrtSteps = 6

// cbrt returns the cube root of x (0 for x <= 0) with the same bits on every architecture, which math.Cbrt
// does not promise: no product is added, so nothing can be fused, and the number of steps is fixed.
func cbrt(x float64) float64 {
	if x <= 0 {
		return 0
	}
	// A third of the bit pattern is about a third of the logarithm; the constant puts the bias of the
	// exponent back (2/3 of 1023 · 2^52) less 0.033 · 2^52, which centres the error.
	const bias = 0x2a9f7893782da1ce
	y := math.Float64frombits(math.Float64bits(x)/3 + bias)
	for range cbrtSteps {
		y = (y + y + x/(y*y)) / 3
	}
	return y
}
