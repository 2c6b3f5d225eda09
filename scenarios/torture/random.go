package torture

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// random draws what a world is made of.
type random struct{ *rand.Rand }

// newRandom returns the draws of a world: the seed's alone.
func newRandom(seed uint64) random {
	return random{rand.New(rand.NewPCG(seed, 0x6d7073696d))} // the second word keeps other uses of a seed apart
}

// chance is true in percent of a hundred cases.
func (r random) chance(percent int) bool { return r.IntN(100) < percent }

// between draws from least to most, both included.
func (r random) between(least, most int) int { return least + r.IntN(most-least+1) }

// scale draws from least to most so that each power of two is as likely as the next: small and large values
// alike.
func (r random) scale(least, most int) int {
	n := r.between(bits.Len(uint(least)), bits.Len(uint(most)))
	from, to := 0, 0
	if n > 0 {
		from, to = 1<<(n-1), 1<<n-1
	}
	return r.between(max(from, least), min(to, most))
}

// pick draws one of several.
func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

// some draws k different indices below n, in rising order.
func (r random) some(k, n int) []int {
	p := r.Perm(n)[:min(k, n)]
	slices.Sort(p)
	return p
}

// ms prints milliseconds as the scenario files do.
func ms(n int) string { return fmt.Sprintf("%dms", n) }

// octets prints a number of octets.
func octets(n int) string { return fmt.Sprintf("%d B", n) }
