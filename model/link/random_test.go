package link

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// lossRuns sends packets well apart and returns which were lost.
func lossRuns(t *testing.T, seed uint64, l Loss, packets int) []bool {
	t.Helper()
	c := newSeededBench(t, seed, Config{Loss: l})
	n, w, s, id := c.Net, c.w, c.sink, c.link
	for i := range packets {
		c.send(sim.Time(i), 100)
		w.Run(sim.Time(i))
	}
	lost := make([]bool, packets)
	for i := range lost {
		lost[i] = true
	}
	for _, tag := range s.tags {
		lost[tag] = false
	}
	if got := n.Counters(id).DroppedLoss.Packets; int(got) != packets-len(s.tags) {
		t.Errorf("counted %d lost of %d", got, packets-len(s.tags))
	}
	return lost
}

func countTrue(v []bool) int {
	n := 0
	for _, x := range v {
		if x {
			n++
		}
	}
	return n
}

func TestIndependentLoss(t *testing.T) {
	const packets = 200_000
	for _, r := range []unit.Ratio{{Num: 1, Den: 100}, {Num: 1, Den: 3}, {Num: 999, Den: 1000}} {
		lost := lossRuns(t, 7, Loss{Ratio: r}, packets)
		p := float64(r.Num) / float64(r.Den)
		mean, deviation := p*packets, math.Sqrt(packets*p*(1-p))
		if got := float64(countTrue(lost)); math.Abs(got-mean) > 4*deviation {
			t.Errorf("%d/%d: %v lost, want %v within %v", r.Num, r.Den, got, mean, 4*deviation)
		}
	}
	if n := countTrue(lossRuns(t, 7, Loss{Ratio: unit.Ratio{Num: 1, Den: 1}}, 1000)); n != 1000 {
		t.Errorf("probability 1 loses %d of 1000", n)
	}
	if n := countTrue(lossRuns(t, 7, Loss{Ratio: unit.Ratio{Num: 0, Den: 1}}, 1000)); n != 0 {
		t.Errorf("probability 0 loses %d of 1000", n)
	}
}

// TestGilbertElliott compares loss ratio and mean burst length with the chain's stationary values.
func TestGilbertElliott(t *testing.T) {
	const packets = 400_000
	ge := &GilbertElliott{
		GoodToBad: unit.Ratio{Num: 1, Den: 100}, BadToGood: unit.Ratio{Num: 1, Den: 5},
		LossBad: unit.Ratio{Num: 1, Den: 1},
	}
	lost := lossRuns(t, 3, Loss{Burst: ge}, packets)
	p, r := 0.01, 0.2
	bad := p / (p + r)
	// Successive losses are correlated: the variance of the mean grows by (1+c)/(1-c), c = 1-p-r.
	deviation := math.Sqrt(bad * (1 - bad) / packets * (2 - p - r) / (p + r))
	if got := float64(countTrue(lost)) / packets; math.Abs(got-bad) > 4*deviation {
		t.Errorf("loss ratio %v, want %v within %v", got, bad, 4*deviation)
	}
	bursts := 0
	for i, l := range lost {
		if l && (i == 0 || !lost[i-1]) {
			bursts++
		}
	}
	length := float64(countTrue(lost)) / float64(bursts)
	if math.Abs(length-1/r) > 4*math.Sqrt(1-r)/r/math.Sqrt(float64(bursts)) {
		t.Errorf("bursts of %v packets, want %v", length, 1/r)
	}
	both := &GilbertElliott{
		GoodToBad: ge.GoodToBad, BadToGood: ge.BadToGood,
		LossGood: unit.Ratio{Num: 1, Den: 2}, LossBad: unit.Ratio{Num: 1, Den: 2},
	}
	half := countTrue(lossRuns(t, 3, Loss{Burst: both}, packets))
	if math.Abs(float64(half)-packets/2) > 4*math.Sqrt(packets/4) {
		t.Errorf("equal loss in both states: %d of %d", half, packets)
	}
}

// Each packet meets the state after its step: here bad, good, bad ...
func TestGilbertElliottStepsFirst(t *testing.T) {
	one := unit.Ratio{Num: 1, Den: 1}
	lost := lossRuns(t, 1, Loss{Burst: &GilbertElliott{GoodToBad: one, BadToGood: one, LossBad: one}}, 4)
	if want := []bool{true, false, true, false}; !slices.Equal(lost, want) {
		t.Errorf("lost %v", lost)
	}
}

// The k-th arrival meets the same fate whatever the traffic is like: common random numbers.
func TestLossDependsOnSeedAndNameOnly(t *testing.T) {
	l := Loss{Ratio: unit.Ratio{Num: 1, Den: 10}}
	a, b := lossRuns(t, 1, l, 1000), lossRuns(t, 1, l, 2000)
	if !slices.Equal(a, b[:1000]) {
		t.Error("the same seed loses other packets")
	}
	if slices.Equal(a, lossRuns(t, 2, l, 1000)) {
		t.Error("another seed loses the same packets")
	}
}

func TestLostPacketUsesTheLink(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Loss: Loss{Ratio: unit.Ratio{Num: 1, Den: 1}}})
	b.sendAt(0, 1500, 1500)
	b.at(ms1+1, func(sim.Time) {
		noError(t, b.SetLoss(b.link, Loss{}))
		if q := b.Queued(b.link); q.Packets != 1 {
			t.Errorf("queued %+v", q)
		}
	})
	b.run(10 * ms1)
	b.wantArrivals(t, 2*ms1)
	b.wantConserved(t, 2)
}

func TestJitter(t *testing.T) {
	const packets, span = 20_000, 1000
	tests := []struct {
		name      string
		jitter    Jitter
		deviation float64 // of the draw, as a part of the span
	}{
		{"uniform, in order", Jitter{Span: span}, 1 / math.Sqrt(12)},
		{"uniform, out of order", Jitter{Span: span, Reorder: true}, 1 / math.Sqrt(12)},
		{"bell, in order", Jitter{Span: span, Bell: true}, 1 / math.Sqrt(48)},
		{"bell, out of order", Jitter{Span: span, Bell: true, Reorder: true}, 1 / math.Sqrt(48)},
	}
	for _, tt := range tests {
		for _, gap := range []sim.Time{100, 2 * span} {
			b := newBench(t, Config{Delay: 50, Jitter: tt.jitter})
			for i := range packets {
				now := sim.Time(i) * gap
				b.run(now)
				b.send(now, 40)
			}
			b.run(packets*gap + 10*span)
			b.wantConserved(t, packets)
			if len(b.sink.at) != packets || !slices.IsSorted(b.sink.at) {
				t.Fatalf("%s: %d arrivals, sorted %v", tt.name, len(b.sink.at), slices.IsSorted(b.sink.at))
			}
			sorted := slices.IsSorted(b.sink.tags)
			if want := !tt.jitter.Reorder || gap > span; sorted != want {
				t.Errorf("%s, gap %d: in order %v, want %v", tt.name, gap, sorted, want)
			}
			sum, squares := 0.0, 0.0
			for i, at := range b.sink.at {
				extra := at - sim.Time(b.sink.tags[i])*gap - 50
				if extra < 0 || extra > span {
					t.Fatalf("%s: packet delayed by %d", tt.name, extra)
				}
				sum += float64(extra)
				squares += float64(extra) * float64(extra)
			}
			if gap < span && !tt.jitter.Reorder {
				continue // those held back have waited longer
			}
			mean := sum / packets
			deviation := math.Sqrt(squares/packets - mean*mean)
			if math.Abs(mean-span/2) > 10 || math.Abs(deviation-span*tt.deviation) > 10 {
				t.Errorf("%s: mean %.1f, deviation %.1f", tt.name, mean, deviation)
			}
		}
	}
}

// Packets that arrive together stay in order of departure.
func TestFlightIsStable(t *testing.T) {
	var f flight
	for i, at := range []sim.Time{5, 3, 5, 3, 4} {
		f.insert(at, PacketID(i+1))
	}
	want := []airborne{{3, 2}, {3, 4}, {4, 5}, {5, 1}, {5, 3}}
	if !slices.Equal(f.packets, want) {
		t.Errorf("%v, want %v", f.packets, want)
	}
}

// TestJitterUnderChanges checks what must hold on a jittery, lossy link whatever happens to it.
func TestJitterUnderChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reorder := rapid.Bool().Draw(t, "reorder")
		b := newBench(t, Config{
			Rate: 1_000_000_000, Delay: 100, Queue: Queue{Packets: 5},
			Loss:   Loss{Ratio: unit.Ratio{Num: 1, Den: 5}},
			Jitter: Jitter{Span: 300, Reorder: reorder},
		})
		now, offered := sim.Time(0), 0
		for _, op := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 80).Draw(t, "ops") {
			now += sim.Time(rapid.SampledFrom([]int64{0, 1, 40, 300}).Draw(t, "step"))
			b.run(now)
			switch op {
			default:
				b.send(now, rapid.IntRange(1, 40).Draw(t, "size"))
				offered++
			case 6:
				r := rapid.SampledFrom([]unit.Bitrate{0, 1_000_000_000, 77_777_777}).Draw(t, "rate")
				noError(t, b.SetRate(b.link, r))
			case 7:
				noError(t, b.SetDelay(b.link, unit.Duration(rapid.IntRange(0, 500).Draw(t, "delay"))))
			case 8:
				b.SetDown(b.link, !b.Down(b.link))
			case 9:
				b.Flush(b.link)
			}
			b.wantConserved(t, offered)
			if q := b.Queued(b.link); q.Packets > 5 {
				t.Fatalf("%d packets queued, limit 5", q.Packets)
			}
		}
		b.run(1 << 40)
		b.wantConserved(t, offered)
		if b.InUse() != 0 {
			t.Fatalf("%d packets left", b.InUse())
		}
		if !reorder && !slices.IsSorted(b.sink.tags) {
			t.Fatalf("order broken: %v", b.sink.tags)
		}
	})
}

// A change of rate keeps each packet's jitter: arrival minus departure stays.
func TestRateChangeKeepsJitter(t *testing.T) {
	for _, reorder := range []bool{false, true} {
		arrivals := func(change bool) []sim.Time {
			b := newBench(t, Config{Rate: 8_000_000, Jitter: Jitter{Span: unit.Millisecond, Reorder: reorder}})
			b.sendAt(0, 4000, 4000, 4000) // 4 ms each, more than the jitter
			if change {
				b.at(0, func(sim.Time) { noError(t, b.SetRate(b.link, 16_000_000)) })
			}
			b.run(sim.Time(unit.Second))
			return b.sink.at
		}
		slow, fast := arrivals(false), arrivals(true)
		for i := range slow {
			shift := sim.Time(i+1) * 2 * ms1 // 2 ms less service for each packet so far
			if fast[i] != slow[i]-shift {
				t.Errorf("packet %d: %d ns at the new rate, %d at the old", i, fast[i], slow[i])
			}
		}
	}
}
