package traffic

import (
	"fmt"
	"math/bits"

	"mpsim/sim"
)

// Sizes is a distribution of flow sizes: a cumulative one that is linear between its points.
type Sizes struct {
	name   string
	points []SizePoint
}

// SizePoint says that a share of the flows, in parts of a million, has so many octets or fewer.
type SizePoint struct {
	Octets int64
	Parts  int64 // 0..1000000
}

const million = 1000000

// Fixed is one size.
func Fixed(octets int64) (*Sizes, error) {
	return NewSizes(fmt.Sprintf("%d octets", octets), []SizePoint{{octets, million}})
}

// NewSizes makes a distribution of points whose shares and sizes rise, up to 1000000 parts. Flows below the
// first point's share have its size. Sizes start at 1 octet; what comes out as less is 1.
func NewSizes(name string, points []SizePoint) (*Sizes, error) {
	if len(points) == 0 || points[len(points)-1].Parts != million {
		return nil, fmt.Errorf("flow sizes %s: the last point's share must be %d parts of a million", name, million)
	}
	for i, p := range points {
		if p.Octets < 0 || p.Octets > 1<<40 || p.Parts < 0 || i > 0 &&
			(p.Octets < points[i-1].Octets || p.Parts < points[i-1].Parts) {
			return nil, fmt.Errorf("flow sizes %s: point %d (%d octets, %d parts): octets must be 0..2^40, and both "+
				"must rise from point to point", name, i, p.Octets, p.Parts)
		}
	}
	if points[len(points)-1].Octets < 1 {
		return nil, fmt.Errorf("flow sizes %s: the largest must be at least 1 octet", name)
	}
	return &Sizes{name, points}, nil
}

// Name returns the distribution's name.
func (s *Sizes) Name() string { return s.name }

// Points returns the points; the slice must not be changed.
func (s *Sizes) Points() []SizePoint { return s.points }

// Draw draws a size, octets, at least 1.
func (s *Sizes) Draw(draw *sim.Stream) int64 { return s.at(draw.Uint64()) }

// at is the inverse of the distribution at u/2^64.
func (s *Sizes) at(u uint64) int64 {
	parts, rest := bits.Mul64(u, million) // whole parts, and the fraction of one
	before := SizePoint{Octets: s.points[0].Octets}
	for _, p := range s.points {
		if int64(parts) < p.Parts {
			// before + (p - before) (u - before.Parts)/(p.Parts - before.Parts), the last factor as a fraction of 2^64
			share, _ := bits.Div64(parts-uint64(before.Parts), rest, uint64(p.Parts-before.Parts))
			step, _ := bits.Mul64(uint64(p.Octets-before.Octets), share)
			return max(1, before.Octets+int64(step))
		}
		before = p
	}
	return before.Octets
}

// Mean returns the mean, octets, rounded down.
func (s *Sizes) Mean() int64 {
	before := SizePoint{Octets: s.points[0].Octets}
	hi, lo := uint64(0), uint64(0) // twice the mean times a million
	for _, p := range s.points {
		h, l := bits.Mul64(uint64(p.Octets+before.Octets), uint64(p.Parts-before.Parts))
		var carry uint64
		lo, carry = bits.Add64(lo, l, 0)
		hi += h + carry
		before = p
	}
	mean, _ := bits.Div64(hi, lo, 2*million)
	return int64(mean)
}
