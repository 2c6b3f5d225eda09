package traffic_test

import (
	"math"
	"runtime"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/app/traffic"
)

func fixed(octets int64) *traffic.Sizes { return must(traffic.Fixed(octets)) }

// short is short flows between random hosts.
func short(name string, tr traffic.Transport, gap unit.Duration) traffic.Group {
	return traffic.Group{
		Name: name, Kind: traffic.Short, Matrix: traffic.Matrix{Kind: traffic.Random}, Transport: tr,
		Sizes: fixed(70000), Gap: gap,
	}
}

// One flow of 70000 octets alone on a way of two links takes what arithmetic says, to the nanosecond. The
// handshake: SYN and SYN/ACK of 60 octets. Then 48 segments of 1448 octets (packets of 1500, 120 us each)
// and one of 496 (548 octets, 43.84 us) leave without a pause, since the first window of 10 segments lasts
// longer than the round trip. The last one waits at the switch for the one before it.
func TestFCTOfOneFlow(t *testing.T) {
	w := star(2, 1, 1)
	g := short("one", traffic.Transport{Network: sockapi.TCP, Congestion: "newreno"}, unit.Second)
	g.Matrix, g.Limit = traffic.Matrix{Kind: traffic.Fan, N: 1}, 1
	one := w.add(g)
	w.run(20 * unit.Second)
	flows := one.Flows()
	if len(flows) != 1 || one.Err() != nil {
		t.Fatalf("%d flows: %v", len(flows), one.Err())
	}
	f := flows[0]
	handshake := 2 * (2*oneWay + 2*4800*unit.Nanosecond)
	if got := f.Connected.Sub(f.Started); got != handshake {
		t.Errorf("handshake took %v, want %v", got, handshake)
	}
	want := handshake + 49*120*unit.Microsecond + 43840*unit.Nanosecond + 2*oneWay
	if got := f.FCT(); got != want {
		t.Errorf("completion time %v, want %v", got, want)
	}
}

// Arrivals at each host are a Poisson process: as many as asked for, and their number in a second varies as
// much as its mean.
func TestShortArrivals(t *testing.T) {
	const hosts, seconds = 10, 40
	w := star(hosts, 1, 3)
	g := w.add(short("short", traffic.Transport{Network: sockapi.TCP}, 50*unit.Millisecond))
	w.run(seconds * unit.Second)
	if err := g.Err(); err != nil {
		t.Fatal(err)
	}
	var counts [hosts][seconds]int
	total := 0
	for _, f := range g.Flows() {
		counts[f.From][int64(f.Started)/int64(unit.Second)]++
		total++
	}
	mean := float64(total) / hosts / seconds
	variance := 0.0
	for _, host := range counts {
		for _, c := range host {
			variance += (float64(c) - mean) * (float64(c) - mean) / (hosts*seconds - 1)
		}
	}
	// 8000 arrivals: a standard deviation of 1.1 %. The index of dispersion of a Poisson process is 1.
	if index := variance / mean; math.Abs(mean/20-1) > .035 || index < .8 || index > 1.2 {
		t.Errorf("%.2f arrivals a second, want 20; variance over mean %.2f", mean, index)
	}
	s := g.Summary(w.Now())
	if s.Completed < s.Flows*99/100 || s.Failed > 0 || s.FCT.N != s.Completed || s.FCT.Min < 6*unit.Millisecond {
		t.Errorf("%+v", s)
	}
}

// Everything of a connection is used again: many short flows need no more memory than some, but for their
// records.
func TestShortMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a long run")
	}
	each(t, func(t *testing.T, tr traffic.Transport) {
		w := star(10, 1, 4)
		g := short("short", tr, 10*unit.Millisecond)
		g.Sizes = fixed(4000)
		tf := w.add(g)
		w.run(4 * unit.Second)
		before, flows := heap(), len(tf.Flows())
		endpoints := w.Stats()
		w.run(15 * unit.Second)
		after, more := heap(), len(tf.Flows())
		if err := tf.Err(); err != nil || more-flows < 10000 {
			t.Fatalf("%d flows: %v", more, err)
		}
		grown := float64(after-before) / float64(more-flows)
		t.Logf("%d flows, then %d: %.0f octets more for each; events %v then %v", flows, more, grown, endpoints,
			w.Stats())
		if grown > 200 {
			t.Errorf("memory grew by %.0f octets for each of %d flows", grown, more-flows)
		}
	})
}

// heap returns the octets that live objects have.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Equal seeds give equal digests, others do not.
func TestDigest(t *testing.T) {
	each(t, func(t *testing.T, tr traffic.Transport) {
		digest := func(seed uint64) string {
			w := star(6, 1, seed)
			w.add(short("short", tr, 20*unit.Millisecond))
			w.add(traffic.Group{Name: "bulk", Transport: tr, Jitter: unit.Millisecond})
			w.run(unit.Second / 2)
			return w.Digest()
		}
		if a, b := digest(1), digest(1); a != b {
			t.Errorf("two runs of one seed: %s and %s", a, b)
		}
		if a, b := digest(1), digest(2); a == b {
			t.Errorf("two seeds: both %s", a)
		}
	})
}

// Another group does not change what a group draws: who sends what to whom, and when.
func TestCommonRandomNumbers(t *testing.T) {
	type flow struct {
		from, to int32
		size     int64
		started  sim.Time
	}
	plan := func(others bool) (list []flow) {
		w := star(8, 2, 5)
		if others {
			w.add(traffic.Group{Name: "before", Transport: traffic.Transport{Network: sockapi.TCP}})
		}
		g := short("short", traffic.Transport{Network: sockapi.TCP}, 20*unit.Millisecond)
		g.Sizes = traffic.WebSearch()
		mine := w.add(g)
		if others {
			w.add(short("after", traffic.Transport{Network: sockapi.TCP}, 10*unit.Millisecond))
		}
		w.run(unit.Second)
		for _, f := range mine.Flows() {
			list = append(list, flow{f.From, f.To, f.Size, f.Started})
		}
		return list
	}
	alone, among := plan(false), plan(true)
	if len(alone) != len(among) || len(alone) < 200 {
		t.Fatalf("%d flows alone, %d among others", len(alone), len(among))
	}
	for i := range alone {
		if alone[i] != among[i] {
			t.Fatalf("flow %d: %v alone, %v among others", i, alone[i], among[i])
		}
	}
}
