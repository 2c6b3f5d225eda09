package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"mpsim/sim/unit"
)

// Stream is one named random stream (PCG seeded from SHA-256 of seed and name). Names are paths such
// as "link/wifi.down/loss". Draws from one stream never disturb another, so two runs under one seed
// that differ in one component meet the same chances everywhere else (common random numbers).
type Stream struct{ pcg rand.PCG }

// Stream opens the named random stream; the same (seed, name) gives the same numbers, from the first
// one each time it is opened. The state is the first 16 bytes of SHA-256(seed, big endian; 0; name).
func (w *World) Stream(name string) *Stream {
	text := binary.BigEndian.AppendUint64(make([]byte, 0, 64), w.seed)
	text = append(text, 0)
	text = append(text, name...)
	sum := sha256.Sum256(text)
	s := &Stream{}
	s.pcg.Seed(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))
	return s
}

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 { return s.pcg.Uint64() }

// Uint32 returns 32 random bits; it uses up one draw of 64.
func (s *Stream) Uint32() uint32 { return uint32(s.pcg.Uint64() >> 32) }

// Below returns a number that is uniform in [0, n), without bias (Lemire, "Fast Random Integer
// Generation in an Interval", 2019). It panics if n is 0.
func (s *Stream) Below(n uint64) uint64 {
	if n == 0 {
		panic("sim: Stream.Below(0): no number lies below 0")
	}
	hi, lo := bits.Mul64(s.pcg.Uint64(), n)
	if lo < n {
		for floor := -n % n; lo < floor; {
			hi, lo = bits.Mul64(s.pcg.Uint64(), n)
		}
	}
	return hi
}

// Chance is true with probability threshold/2^64. It always uses up one draw.
func (s *Stream) Chance(threshold uint64) bool { return s.pcg.Uint64() < threshold }

// Bernoulli is true with probability r, rounded down to a multiple of 2^-64; a ratio of 1 or more is
// always true. It always uses up one draw. It panics if r has a zero denominator under another
// numerator than 0.
func (s *Stream) Bernoulli(r unit.Ratio) bool {
	x := s.pcg.Uint64()
	if r.Num == 0 {
		return false
	}
	if r.Den == 0 {
		panic("sim: Stream.Bernoulli: ratio with denominator 0")
	}
	return r.Num >= r.Den || x < Threshold(r)
}

// Threshold returns the argument of Chance for a ratio below 1, to divide once instead of at each
// draw. It panics unless 0 <= r < 1.
func Threshold(r unit.Ratio) uint64 {
	if r.Num == 0 {
		return 0
	}
	if r.Num >= r.Den {
		panic("sim: Threshold of a ratio that is not below 1")
	}
	quo, _ := bits.Div64(r.Num, 0, r.Den)
	return quo
}
