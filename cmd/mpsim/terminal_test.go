package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
)

func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{scaled(0, "B"), "0 B"}, {scaled(999, "B"), "999 B"}, {scaled(1000, "B"), "1.00 kB"},
		{scaled(9_650_000, "bit/s"), "9.65 Mbit/s"}, {scaled(999_999, "B"), "1.00 MB"},
		{scaled(123_456_789, "B"), "123 MB"}, {scaled(-2_500, "B"), "-2.50 kB"},
		{span(0), "0 ns"}, {span(1_500), "1.5 us"}, {span(20_100_000), "20.1 ms"}, {span(480_000_000), "480 ms"},
		{span(2_460_000_000), "2.46 s"}, {span(40_000_000_000), "40.0 s"},
		{percent("0.9579256"), "95.8%"}, {percent("1"), "100.0%"}, {percent("0"), "0.0%"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// On a terminal the status is one line drawn again and taken away at the end; elsewhere plain lines.
func TestStatus(t *testing.T) {
	for _, live := range []bool{true, false} {
		var out bytes.Buffer
		s := &status{out: &out, live: live, name: "x", end: sim.Time(40e9)}
		s.start = time.Now().Add(-20 * time.Second)
		s.update(sim.Time(10e9), 40_000_000)
		s.update(sim.Time(11e9), 41_000_000) // too soon
		s.clear()
		const line = "x: 10.0 of 40 s simulated, 2.0 M events/s, 60 s left"
		want := line + "\n"
		if live {
			want = "\r\x1b[K" + line + "\r\x1b[K"
		}
		if out.String() != want {
			t.Errorf("live %v: got %q, want %q", live, out.String(), want)
		}
	}
	var none *status // a run of a sweep
	none.update(0, 0)
	none.clear()
}

func TestUnknownCommandWithoutNearOne(t *testing.T) {
	var out, errs bytes.Buffer
	got := mainWith(&out, &errs, []string{"zzzzzz"})
	if got != exitBadInput || strings.Contains(errs.String(), "Did you") {
		t.Errorf("status %d, %q", got, errs.String())
	}
}
