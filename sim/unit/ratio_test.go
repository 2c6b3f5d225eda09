package unit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRatioGood(t *testing.T) {
	for _, c := range []struct {
		in      string
		want    Ratio
		printed string
	}{
		{"0", Ratio{}, "0%"},
		{"0%", Ratio{}, "0%"},
		{"0/7", Ratio{}, "0%"},
		{"0.1%", Ratio{1, 1000}, "0.1%"},
		{"1/1000", Ratio{1, 1000}, "0.1%"},
		{"100 %", Ratio{1, 1}, "100%"},
		{"1/1", Ratio{1, 1}, "100%"},
		{"2 / 6", Ratio{1, 3}, "1/3"},
		{"33.3%", Ratio{333, 1000}, "33.3%"},
		{"0.0000001%", Ratio{1, 1e9}, "0.0000001%"},
		{"1/10000000000000", Ratio{1, 1e13}, "1/10000000000000"},
		{"18446744073709551615/18446744073709551615", Ratio{1, 1}, "100%"},
	} {
		got, err := ParseRatio(c.in)
		if err != nil || got != c.want || got.String() != c.printed {
			t.Errorf("ratio %q = %v (%q), %v; want %v (%q)", c.in, got, got.String(), err, c.want, c.printed)
		}
	}
}

func TestRatioBad(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"1", `ratio "1" has no unit (write 1% if percent are meant, or a fraction such as 1/1000)`},
		{"0.01", `ratio "0.01" has no unit`},
		{"101%", `ratio "101%" is above 100% (from 0% to 100%)`},
		{"3/2", `ratio "3/2" is above 1 (from 0 to 1/1, or 0% to 100%)`},
		{"1/0", `divides by zero`},
		{"1.5/100", `is not a fraction of whole numbers (as in 1/1000)`},
		{"-1%", `is negative`},
		{"-1/10", `is not a fraction`},
		{"1e-3%", `has an exponent`},
		{"1 permille", `has an unknown unit "permille" (as in 0.1% or 1/1000)`},
		{"", `ratio "" is empty (as in 0.1% or 1/1000)`},
		{"0.000000000000000001%", `has too many digits`},
		{"99999999999999999999999%", `is above 100%`},
		{"1/99999999999999999999999", `is not a fraction`},
	} {
		got, err := ParseRatio(c.in)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ratio %q = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
}

func TestRatioRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.Uint64Range(1, 1<<64-1).Draw(t, "den")
		r := reduced(rapid.Uint64Range(0, den).Draw(t, "num"), den)
		got, err := ParseRatio(r.String())
		if err != nil || got != r {
			t.Fatalf("%d/%d prints %q, which reads %v, %v", r.Num, r.Den, r.String(), got, err)
		}
	})
}

func TestThreshold(t *testing.T) {
	for _, c := range []struct {
		r    Ratio
		want uint64
	}{
		{Ratio{}, 0},
		{Ratio{1, 2}, 1 << 63},
		{Ratio{1, 4}, 1 << 62},
		{Ratio{1, 3}, 0x5555555555555555},
		{Ratio{1, 1}, 1<<64 - 1},
	} {
		if got := c.r.Threshold(); got != c.want {
			t.Errorf("threshold of %v = %x, want %x", c.r, got, c.want)
		}
	}
}

func FuzzRatio(f *testing.F) {
	for _, s := range []string{"0", "0.1%", "1/1000", "2/6", "1", "101%", "1e-3%", "0.00000000000000001%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRatio(s)
		if err != nil {
			return
		}
		again, err := ParseRatio(r.String())
		if err != nil || again != r || r.Num > r.Den {
			t.Fatalf("%q reads %v, prints %q, which reads %v, %v", s, r, r.String(), again, err)
		}
	})
}
