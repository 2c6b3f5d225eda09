package link

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
)

// The product with the inverse is the division, for every rate, size and remainder.
func TestServeDivides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Uint64Range(1, 1<<uint(rapid.IntRange(1, 63).Draw(t, "bits"))-1).Draw(t, "rate")
		size := rapid.Int64Range(1, maxPacketOctets).Draw(t, "size")
		rem := rapid.Uint64Range(0, rate-1).Draw(t, "remainder")
		if rapid.Bool().Draw(t, "whole") { // quotients without or almost without remainder
			work := uint64(size) * workPerOctet
			rem = (rate - work%rate + rapid.Uint64Range(0, 1).Draw(t, "one")) % rate
		}
		l := link{freeAt: 5, rem: rem}
		l.setRate(rate)
		l.serve(5, size)
		work := rem + uint64(size)*workPerOctet
		if want := 5 + sim.Time(work/rate); l.freeAt != want || l.rem != work%rate {
			t.Errorf("%d + %d octets at %d bit/s: %d and %d, want %d and %d",
				rem, size, rate, l.freeAt, l.rem, want, work%rate)
		}
	})
}
