package parallel

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpsim/sim"
)

// run takes a network to the end, in slices, and returns its digest.
func run(o options, parts int, end, slice sim.Time) string {
	t := build(o, parts)
	t.drive()
	for t.w.Now() < end {
		t.w.Run(min(end, t.w.Now()+slice))
	}
	return t.w.Digest()
}

// TestRandomNetworks: the digest is that of the uncut world, for any number of parts and processors.
func TestRandomNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := options{
			nodes:   rapid.IntRange(8, 40).Draw(t, "nodes"),
			degree:  rapid.IntRange(1, 4).Draw(t, "degree"),
			tokens:  rapid.IntRange(1, 200).Draw(t, "tokens"),
			least:   sim.Time(rapid.SampledFrom([]int{1, 10, 1000, 20_000}).Draw(t, "least delay")),
			spread:  rapid.SampledFrom([]uint64{0, 5, 1000}).Draw(t, "spread"),
			pause:   rapid.SampledFrom([]uint64{0, 10, 3000, 1_000_000}).Draw(t, "pause"),
			globals: rapid.SampledFrom([]int{0, 0, 1, 20}).Draw(t, "globals"),
			seed:    rapid.Uint64().Draw(t, "seed"),
		}
		end := sim.Time(rapid.SampledFrom([]int{1000, 20_000, 100_000}).Draw(t, "end"))
		slice := sim.Time(rapid.SampledFrom([]int{777, 30_000}).Draw(t, "slice"))
		slice = max(slice, end/20)
		if o.least < 10 {
			end = min(end, 20_000)
		}
		want := run(o, 1, end, slice)
		for _, parts := range []int{2, 3, 4, 8} {
			if got := run(o, parts, end, end); got != want {
				t.Fatalf("%d parts: %s, want %s", parts, got, want)
			}
			if got := run(o, parts, end, slice); got != want {
				t.Fatalf("%d parts in slices of %d ns: %s, want %s", parts, slice, got, want)
			}
		}
	})
}

// TestProcessors: the same on one and on two processors.
func TestProcessors(t *testing.T) {
	o := options{nodes: 16, degree: 3, tokens: 300, least: 1000, spread: 100, pause: 500, globals: 3, seed: 7}
	const end = 300_000
	want := run(o, 1, end, end)
	for _, procs := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			for _, parts := range []int{2, 3, 4, 8} {
				if got := run(o, parts, end, end); got != want {
					t.Errorf("%d parts: %s, want %s", parts, got, want)
				}
			}
		})
	}
}

// TestIdle: an empty hour takes no longer than a moment, though the lookahead is a microsecond.
func TestIdle(t *testing.T) {
	for _, procs := range []int{1, 2} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		o := options{nodes: 8, degree: 2, tokens: 0, least: 1000, seed: 1}
		x := build(o, 4)
		x.drive()
		c := x.w.Component("clock")
		ticks := 0
		var tick func(now sim.Time)
		tick = func(now sim.Time) {
			ticks++
			x.send(now, 0, token{ends: true})
			x.w.Call(c, now+10_000_000_000, tick)
		}
		x.w.Call(c, 5, tick)
		began := time.Now()
		x.w.Run(3_600_000_000_000)
		if took := time.Since(began); took > 2*time.Second || ticks != 360 {
			t.Errorf("%d processors: %d ticks took %v", procs, ticks, took)
		}
	}
}

// TestBurst: one event may post more than a ring holds, in both directions at once.
func TestBurst(t *testing.T) {
	burst := func(parts int) string {
		o := options{nodes: 8, degree: 2, tokens: 0, least: 1000, seed: 1}
		x := build(o, parts)
		x.drive()
		for i := range 16 {
			n := x.nodes[x.arrows[i].from]
			n.w.Call(n.comp, 50, func(now sim.Time) {
				for range 5 * ringPlaces {
					x.send(now, i, token{left: n.stream.Below(500)})
				}
			})
		}
		x.w.Run(60_000)
		return x.w.Digest()
	}
	want := burst(1)
	for _, parts := range []int{2, 4, 8} {
		if got := burst(parts); got != want {
			t.Errorf("%d parts: %s, want %s", parts, got, want)
		}
	}
}

// TestRunNever: the world comes to rest.
func TestRunNever(t *testing.T) {
	o := options{nodes: 8, degree: 2, tokens: 0, least: 1000, seed: 1}
	x := build(o, 2)
	x.drive()
	x.nodes[7].w.Call(x.nodes[7].comp, 1_000_000, func(sim.Time) {})
	x.w.Run(sim.Never)
	if x.w.Now() != 1_000_000 || x.worlds[1].Now() != x.w.Now() {
		t.Errorf("at rest at %v, %v", x.w.Now(), x.worlds[1].Now())
	}
}

// TestFailure: a broken invariant of any part ends the run with its time.
func TestFailure(t *testing.T) {
	for _, bad := range []int{0, 5} {
		o := options{nodes: 8, degree: 2, tokens: 100, least: 1000, pause: 100, seed: 1}
		x := build(o, 4)
		x.drive()
		n := x.nodes[bad]
		n.w.Call(n.comp, 12_345, func(sim.Time) { panic("broken") })
		func() {
			defer func() {
				f, ok := recover().(*sim.Failure)
				if !ok || f.Now != 12_345 || f.Cause != "broken" || !strings.Contains(f.Stack, "TestFailure") {
					t.Errorf("recovered %v", f)
				}
			}()
			x.w.Run(1_000_000)
		}()
		x.w.Close()
	}
}

// TestStop: Stop in a handler of any part ends Run.
func TestStop(t *testing.T) {
	for _, bad := range []int{0, 7} {
		o := options{nodes: 8, degree: 2, tokens: 100, least: 1000, pause: 100, seed: 1}
		x := build(o, 4)
		x.drive()
		n := x.nodes[bad]
		n.w.Call(n.comp, 12_345, func(sim.Time) { n.w.Stop() })
		x.w.Run(1_000_000)
		if n.w.Now() != 12_345 || x.w.Now() > 1_000_000/2 {
			t.Errorf("stopped at %v, world at %v", n.w.Now(), x.w.Now())
		}
	}
}
