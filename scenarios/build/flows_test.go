package build

import (
	"testing"

	"mpsim/sim/trace"
)

// TestSpread compares with values computed by hand.
func TestSpread(t *testing.T) {
	var values []int64
	for v := int64(100); v > 0; v-- {
		values = append(values, v)
	}
	var r trace.Record
	spread(&r, "x_", "_ns", values)
	for key, want := range map[string]int64{
		"mean": 51, "stdev": 29, "min": 1, "p5": 5, "p50": 50, "p95": 95, "p99": 99, "max": 100,
	} { // the mean is 50.5, the deviation 28.87
		if f, _ := r.Get("x_" + key + "_ns"); f.Int != want {
			t.Errorf("%s is %d, expected %d", key, f.Int, want)
		}
	}
	if values[0] != 100 {
		t.Error("the values were sorted in place")
	}
	var none trace.Record
	spread(&none, "x_", "_ns", nil)
	if f, ok := none.Get("x_p99_ns"); !ok || f.Kind != trace.NullValue {
		t.Errorf("without values: %+v", f)
	}
}

// TestJain: 1 when all are equal, 1/n when one has all.
func TestJain(t *testing.T) {
	for _, c := range []struct {
		values []int64
		want   string
	}{
		{[]int64{7, 7, 7}, "1.000000000"}, {[]int64{0, 9, 0, 0}, "0.250000000"}, {[]int64{1, 2, 3}, "0.857142857"},
		{[]int64{0, 0}, ""}, {nil, ""},
	} {
		var r trace.Record
		jain(&r, c.values)
		if f, _ := r.Get("jain_index"); f.Text != c.want {
			t.Errorf("%v: %q, expected %q", c.values, f.Text, c.want)
		}
	}
}
