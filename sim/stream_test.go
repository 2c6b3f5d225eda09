package sim

import (
	"math"
	"testing"

	"mpsim/sim/unit"
)

func TestStreamsAreNamed(t *testing.T) {
	first := func(seed uint64, name string) uint64 { return NewWorld(seed).Stream(name).Uint64() }
	base := first(1, "link/a/loss")
	if base != first(1, "link/a/loss") || base == first(2, "link/a/loss") || base == first(1, "link/b/loss") {
		t.Error("a stream must be a function of seed and name, and of both")
	}
	// A change of the derivation makes every stored digest void, so it must be seen here.
	if want := uint64(0x64db91cc88bb4324); base != want {
		t.Errorf("first number %#x, want %#x", base, want)
	}
	w := NewWorld(1)
	w.Stream("other").Uint64()
	if w.Stream("link/a/loss").Uint64() != base {
		t.Error("another stream's draws disturb this one")
	}
}

func TestBelowIsUniform(t *testing.T) {
	s := NewWorld(1).Stream("x")
	for _, n := range []uint64{1, 2, 3, 10, 1<<63 + 1, 3 << 62} {
		const draws = 60_000
		var counts, residues [3]int // thirds of the range, and numbers by their rest after division by 3
		for range draws {
			x := s.Below(n)
			if x >= n {
				t.Fatalf("%d is not below %d", x, n)
			}
			counts[int(float64(x)/float64(n)*3)%3]++
			residues[x%3]++
		}
		for i := range counts {
			off := func(c int) bool { return math.Abs(float64(c)-draws/3) > 600 } // five standard deviations
			if (n == 3 || n > 10) && (off(counts[i]) || off(residues[i])) {
				t.Errorf("below %d: thirds hold %v, residues %v", n, counts, residues)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Below(0) returned")
		}
	}()
	s.Below(0)
}

func TestChances(t *testing.T) {
	w := NewWorld(1)
	count := func(draw func(s *Stream) bool) (n int) {
		s := w.Stream("x")
		for range 100_000 {
			if draw(s) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		r    unit.Ratio
		want float64
	}{
		{unit.Ratio{}, 0}, {unit.Ratio{Den: 5}, 0},
		{unit.Ratio{Num: 5, Den: 5}, 1}, {unit.Ratio{Num: 6, Den: 5}, 1},
		{unit.Ratio{Num: 1, Den: 2}, 0.5}, {unit.Ratio{Num: 1, Den: 1000}, 0.001},
		{unit.Ratio{Num: math.MaxUint64 - 1, Den: math.MaxUint64}, 1},
	} {
		got := count(func(s *Stream) bool { return s.Bernoulli(c.r) })
		if sigma := math.Sqrt(100_000 * c.want * (1 - c.want)); math.Abs(float64(got)-100_000*c.want) > 5*sigma {
			t.Errorf("%v: %d of 100000", c.r, got)
		}
		if c.r.Num < c.r.Den {
			if n := count(func(s *Stream) bool { return s.Chance(Threshold(c.r)) }); n != got {
				t.Errorf("%v: Chance says %d, Bernoulli %d", c.r, n, got)
			}
		}
	}
	// Every draw takes one number, whatever the ratio, so that streams stay in step.
	a, b := w.Stream("x"), w.Stream("x")
	a.Bernoulli(unit.Ratio{})
	a.Bernoulli(unit.Ratio{Num: 1, Den: 1})
	b.Uint64()
	b.Uint64()
	if a.Uint64() != b.Uint64() {
		t.Error("a certain outcome does not use up a draw")
	}
	for _, bad := range []func(){
		func() { a.Bernoulli(unit.Ratio{Num: 1}) },
		func() { Threshold(unit.Ratio{Num: 1, Den: 1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a wrong ratio was taken")
				}
			}()
			bad()
		}()
	}
}
