package build

import (
	"strings"
	"testing"

	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// rows calls f with each row's cells of the named columns.
func rows(t *trace.Table, columns []string, f func(v []int64)) {
	v := make([]int64, len(columns))
	for c := range t.Chunks() {
		for r := range c.Rows() {
			for i, name := range columns {
				v[i] = c.Col(t.Index(name))[r]
			}
			f(v)
		}
	}
}

// A subflow that has closed is told once, not for the rest of the run; reinjected data is marked.
func TestSeriesOfAHandover(t *testing.T) {
	series := trace.NewSeries()
	run(t, load(t, "handover/full"), Options{Series: series}, 20*unit.Second)
	closed := map[[2]int64]int{}
	subflows := series.Subflows.Table
	rows(subflows, []string{"host", "subflow", "state", "srtt_ns"}, func(v []int64) {
		if subflows.Word(subflows.Index("state"), v[2]) == "CLOSED" {
			closed[[2]int64{v[0], v[1]}]++
			if v[3] != trace.None {
				t.Errorf("a closed subflow has a round-trip time of %d ns", v[3])
			}
		}
	})
	if len(closed) != 2 {
		t.Errorf("closed subflows %v, want the WiFi one on both hosts", closed)
	}
	for who, n := range closed {
		if n != 1 {
			t.Errorf("%d rows tell that subflow %v is closed", n, who)
		}
	}
	again := 0
	rows(series.Arrivals.Table, []string{"time_ns", "reinjected"}, func(v []int64) {
		if v[1] != 0 && v[0] > int64(10*unit.Second) && v[0] < int64(11*unit.Second) {
			again++
		}
	})
	if again < 10 {
		t.Errorf("%d reinjected arrivals in the second after WiFi fell silent", again)
	}
}

func TestWhatNeverHappensIsAWarning(t *testing.T) {
	w := run(t, load(t, "handover/full", "duration=5s"), Options{}, 5*unit.Second)
	text := strings.Join(w.Warnings(), "\n")
	for _, want := range []string{"change of link wifi.forward at 10s never happens", "change of interface phone.wifi at 13s"} {
		if !strings.Contains(text, want) {
			t.Errorf("no warning %q in:\n%s", want, text)
		}
	}
	if w := run(t, load(t, "handover/full"), Options{}, unit.Second).Warnings(); len(w) > 0 {
		t.Errorf("the scenario as shipped warns: %v", w)
	}
}
