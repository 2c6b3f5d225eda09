package spec_test

import (
	"strings"
	"testing"

	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
)

// oneLink loads a scenario whose link has these properties, one a line.
func oneLink(t *testing.T, properties string, sets ...string) (spec.Link, spec.Problems) {
	t.Helper()
	text := `duration: 1s
hosts:
  a: {interfaces: {x: }}
  b: {interfaces: {y: }}
links:
  l:
    between: [a.x, b.y]
    ` + strings.ReplaceAll(properties, "\n", "\n    ") + `
applications: []
`
	s, problems := spec.Load("l.yaml", []byte(text), sets)
	if problems != nil {
		return spec.Link{}, problems
	}
	return s.Links[0], nil
}

// TestQueues: every way to give a queue, and what it means.
func TestQueues(t *testing.T) {
	for _, c := range []struct {
		properties string
		forward    spec.Queue
	}{
		{"rate: 10 Mbit/s\ndelay: 10ms", spec.Queue{Bytes: 25 * unit.KB}}, // one BDP by default
		{"rate: 10 Mbit/s\ndelay: 10ms\nqueue: 2 bdp", spec.Queue{Bytes: 50 * unit.KB}},
		{"rate: 10 Mbit/s\ndelay: 10ms\nqueue: 1.5bdp", spec.Queue{Bytes: 37500}},
		{"rate: 10 Mbit/s\ndelay: 10ms\nbackward: {delay: 30ms}", spec.Queue{Bytes: 50 * unit.KB}},
		{"rate: 10 Mbit/s\ndelay: 1us", spec.Queue{Bytes: 15 * unit.KB}}, // never less than ten packets
		{"rate: 8 Mbit/s\nqueue: 80ms", spec.Queue{Bytes: 80 * unit.KB}},
		{"rate: 8 Mbit/s\nqueue: 64 KiB", spec.Queue{Bytes: 64 * unit.KiB}},
		{"rate: 8 Mbit/s\nqueue: 1 packet", spec.Queue{Packets: 1}},
		{"rate: 8 Mbit/s\nqueue: unlimited", spec.Queue{}},
		{"rate: unlimited\ndelay: 10ms", spec.Queue{}},
		{"rate: 1000 bit/s\nqueue: 1ms", spec.Queue{Bytes: 15 * unit.KB}},
		{"rate: 10000 Gbit/s\ndelay: 1 h\nqueue: 1000 bdp", spec.Queue{Bytes: 1 << 50}},
	} {
		l, problems := oneLink(t, c.properties)
		if problems != nil || l.Forward.Queue != c.forward {
			t.Errorf("%q: queue %+v, want %+v; %v", c.properties, l.Forward.Queue, c.forward, problems)
		}
	}
}

// TestDirections: what forward and backward say replaces what the link says.
func TestDirections(t *testing.T) {
	l, problems := oneLink(t, `rate: 10 Mbit/s
delay: 5ms
loss: 1%
forward: {rate: 1 Mbit/s, loss: 0}
backward:
  delay: 7ms
  timetable: [{at: 1s, down: true}]`)
	if problems != nil {
		t.Fatal(problems)
	}
	f, b := l.Forward, l.Backward
	if f.Rate != unit.MbitPerSecond || f.Delay != 5*unit.Millisecond || !f.Loss.Ratio.IsZero() ||
		len(f.Timetable) != 0 {
		t.Errorf("forward is %+v", f)
	}
	if b.Rate != 10*unit.MbitPerSecond || b.Delay != 7*unit.Millisecond ||
		b.Loss.Ratio != (unit.Ratio{Num: 1, Den: 100}) || len(b.Timetable) != 1 {
		t.Errorf("backward is %+v", b)
	}
}

// TestRateOrTrace: the one nearer to the direction counts, and one of the two must be there.
func TestRateOrTrace(t *testing.T) {
	const trace = "trace: {file: x}\nqueue: 10 packets"
	for _, c := range []struct {
		properties            string
		forward, backward     unit.Bitrate
		forwardOf, backwardOf string // trace
		problem               string
	}{
		{"rate: 1 Mbit/s", 1e6, 1e6, "", "", ""},
		{trace, 0, 0, "x", "x", ""},
		{trace + "\nforward: {rate: 2 Mbit/s}", 2e6, 0, "", "x", ""},
		{trace + "\nforward: {trace: {file: y}}", 0, 0, "y", "x", ""},
		{trace + "\nrate: unlimited", 0, 0, "x", "x", ""},
		{"rate: 1 Mbit/s\nqueue: 10 packets\nbackward: {trace: {file: y}}", 1e6, 0, "", "y", ""},
		{"forward: {rate: 1 Mbit/s}\nbackward: {rate: 2 Mbit/s}", 1e6, 2e6, "", "", ""},
		{trace + "\nrate: 1 Mbit/s", 0, 0, "", "", "exclude each other"},
		{"forward: {rate: 1 Mbit/s}", 0, 0, "", "", "missing for the direction backward"},
		{trace + "\nforward: {trace: none}", 0, 0, "", "", "missing for the direction forward"},
		{"delay: 1ms", 0, 0, "", "", `"rate" is missing in link`},
		{"trace: {file: x}", 0, 0, "", "", "needs a queue"},
		{"trace: {file: x}\nqueue: 1 bdp", 0, 0, "", "", "no rate to compute"},
		{trace + "\ntimetable: [{at: 0s, rate: 1 Mbit/s}]", 0, 0, "", "", "comes from a trace"},
	} {
		l, problems := oneLink(t, c.properties)
		if c.problem != "" {
			if len(problems) != 1 || !strings.Contains(problems.Error(), c.problem) {
				t.Errorf("%q: problems %v, want one with %q", c.properties, problems, c.problem)
			}
			continue
		}
		if problems != nil {
			t.Errorf("%q: %v", c.properties, problems)
			continue
		}
		file := func(x *spec.Trace) string {
			if x == nil {
				return ""
			}
			return x.File
		}
		if l.Forward.Rate != c.forward || l.Backward.Rate != c.backward ||
			file(l.Forward.Trace) != c.forwardOf || file(l.Backward.Trace) != c.backwardOf {
			t.Errorf("%q: forward %v %q, backward %v %q", c.properties, l.Forward.Rate, file(l.Forward.Trace),
				l.Backward.Rate, file(l.Backward.Trace))
		}
	}
}
