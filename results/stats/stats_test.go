package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// Quantiles of Student's t as tables print them (two-sided 95% and 99%).
func TestStudentT(t *testing.T) {
	for _, c := range []struct {
		degrees    int
		confidence float64
		want       float64
	}{{1, 0.95, 12.706}, {2, 0.95, 4.303}, {4, 0.95, 2.776}, {9, 0.95, 2.262},
		{29, 0.95, 2.045}, {4, 0.99, 4.604}} {
		if got := studentT(c.degrees, c.confidence); !near(got, c.want, 5e-4) {
			t.Errorf("t(%d, %v) = %v, want %v", c.degrees, c.confidence, got, c.want)
		}
	}
}

func TestMeanCI(t *testing.T) {
	got := MeanCI([]float64{1, 2, 3, 4, 5}, 0.95)
	// 3 +- 2.776 * 1.5811 / sqrt(5)
	if got.Estimate != 3 || !near(got.High-3, 1.9632, 1e-3) || !near(3-got.Low, 1.9632, 1e-3) ||
		got.N != 5 || !got.Known {
		t.Errorf("got %+v", got)
	}
	if got := MeanCI([]float64{7}, 0.95); got.Known || got.Low != 7 || got.High != 7 {
		t.Errorf("one value has no interval, got %+v", got)
	}
	if got := MeanCI(nil, 0.95); !math.IsNaN(got.Estimate) || got.N != 0 {
		t.Errorf("nothing has no mean, got %+v", got)
	}
	paired := PairedCI([]float64{11, 12, 13}, []float64{1, 2, 3}, 0.95)
	if paired.Estimate != 10 || paired.Low != 10 || paired.High != 10 {
		t.Errorf("differences that are equal have an interval: %+v", paired)
	}
}

func TestQuantiles(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct {
		values  []float64
		p, want float64
	}{{ten, 0.5, 5.5}, {ten[:3], 0.5, 2}, {ten[:2], 0.5, 1.5}, {ten[:1], 0.95, 1}, {ten, 0, 1},
		{ten, 1, 10}, {ten[:5], 0.95, 4.8}} {
		if got := Quantile(c.values, c.p); !near(got, c.want, 1e-12) {
			t.Errorf("quantile %v of %v is %v, want %v", c.p, c.values, got, c.want)
		}
	}
	// Of ten values, the 2nd and the 9th hold the median with 97.9%: P(count<=1) = 0.0107.
	got := QuantileCI(ten, 0.5, 0.95)
	if !got.Known || got.Low != 2 || got.High != 9 {
		t.Errorf("got %+v, want 2..9", got)
	}
	if got := QuantileCI(ten[:5], 0.5, 0.95); got.Known {
		t.Errorf("five values cannot hold a median with 95%%: %+v", got)
	}
	if got := QuantileCI(ten, 0.99, 0.95); got.Known {
		t.Errorf("ten values say nothing of the 99%% quantile: %+v", got)
	}
}

func TestBand(t *testing.T) {
	if got := Band(500, 0.95); !near(got, 0.0607, 1e-4) {
		t.Errorf("band of 500 values is %v", got)
	}
	if Band(0, 0.95) != 1 || Band(1, 0.95) != 1 {
		t.Error("a band is at most everything")
	}
}

func TestJain(t *testing.T) {
	if Jain([]float64{3, 3, 3}) != 1 || Jain([]float64{1, 0, 0, 0}) != 0.25 || Jain(nil) != 1 {
		t.Error("Jain's index of equal values is 1, of one in n it is 1/n")
	}
}

func TestCDF(t *testing.T) {
	got := CDF([]float64{3, 1, 3, 2})
	want := []Step{{1, 0.25}, {2, 0.5}, {3, 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 60).Draw(t, "values")
		sorted := slices.Sorted(slices.Values(values))
		last := math.Inf(-1)
		for p := 0.05; p < 1; p += 0.05 {
			q := QuantileCI(sorted, p, 0.9)
			if q.Estimate < last || q.Known && (q.Low > q.Estimate || q.High < q.Estimate) {
				t.Fatalf("quantile %v: %+v after %v", p, q, last)
			}
			last = q.Estimate
		}
		m := MeanCI(values, 0.9)
		if m.Low > m.Estimate || m.High < m.Estimate {
			t.Fatalf("mean outside its interval: %+v", m)
		}
		steps := CDF(values)
		if end := steps[len(steps)-1]; end.Share != 1 || end.Value != sorted[len(sorted)-1] {
			t.Fatalf("the distribution ends at %+v", end)
		}
		if j := Jain(values); j < 1/float64(len(values))-1e-9 && slices.Min(values) >= 0 || j > 1+1e-9 {
			t.Fatalf("Jain's index is %v", j)
		}
	})
}

func TestBootstrap(t *testing.T) {
	values := []float64{1.01, 1.13, 2.17, 2.29, 3.03, 3.11, 4.26, 19}
	a, b := Bootstrap(values, Mean, 0.95, "x"), Bootstrap(values, Mean, 0.95, "x")
	if a != b {
		t.Errorf("the same stream gives %+v and %+v", a, b)
	}
	if c := Bootstrap(values, Mean, 0.95, "y"); c == a {
		t.Error("another stream gives the same interval to the last digit")
	}
	if a.Low >= 4.5 || a.High <= 4.5 || a.Low < 1 || a.High > 20 || !near(a.Estimate, 4.5, 1e-9) {
		t.Errorf("got %+v", a)
	}
	// Skewed values have a skewed interval, unlike Student's.
	if a.High-a.Estimate < a.Estimate-a.Low {
		t.Errorf("the long tail is on the wrong side: %+v", a)
	}
}
