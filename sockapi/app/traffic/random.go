package traffic

import (
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// exponential draws from the exponential distribution of a mean, rounded down to a nanosecond: -ln(U) mean.
// It computes with integers, so that every architecture draws the same.
func exponential(draw *sim.Stream, mean unit.Duration) unit.Duration {
	whole, part := negLog2(draw.Uint64())
	// ln(2) times (whole + part/2^64) times the mean; ln(2) as a fraction of 2^64.
	const ln2 = 0xb17217f7d1cf79ab
	scaled, low := bits.Mul64(uint64(mean), ln2) // mean ln(2)
	if low>>63 != 0 {
		scaled++
	}
	fraction, _ := bits.Mul64(uint64(mean), part)
	fraction, _ = bits.Mul64(fraction, ln2)
	return unit.Duration(whole*scaled + fraction)
}

// negLog2 returns -log2((x+1)/2^64) as a whole part, 0..64, and 64 bits of fraction, of which the first 52
// are good: the mantissa is squared again and again, and each time that it reaches 2 the next bit of its
// logarithm is 1.
func negLog2(x uint64) (whole, fraction uint64) {
	x++
	if x == 0 { // 2^64 itself
		return 0, 0
	}
	zeros := uint64(bits.LeadingZeros64(x))
	m := x << zeros // the mantissa, 1 <= m < 2, as m/2^63
	for bit := uint64(1) << 63; bit != 1<<11; bit >>= 1 {
		hi, lo := bits.Mul64(m, m) // m^2/2^126
		if hi>>63 != 0 {           // 2 or more
			fraction |= bit
			m = hi
		} else {
			m = hi<<1 | lo>>63
		}
	}
	// log2 of x/2^64 is -(zeros+1) + fraction.
	if fraction == 0 {
		return zeros + 1, 0
	}
	return zeros, -fraction
}
