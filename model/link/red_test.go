package link

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// redBench is a link with RED whose queue is held at so many packets: for each departure one packet comes.
func redBench(t *testing.T, r REDConfig, ecn bool) *bench {
	return newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: RED, RED: r, ECN: ecn}})
}

func (b *bench) redAverage() float64 {
	return float64(b.extras[b.link].aqm.red.avg) / (1 << redShift)
}

// TestREDAverage compares the moving average with floating point over a rise, a plateau, and idle times.
func TestREDAverage(t *testing.T) {
	for _, weight := range []int{2, 9} {
		b := redBench(t, REDConfig{Min: Queue{Packets: 1000}, Max: Queue{Packets: 2000}, Weight: weight}, false)
		w := math.Pow(2, -float64(weight))
		avg, now := 0.0, sim.Time(0)
		for i := range 300 {
			switch {
			case i == 200: // idle for 50 packets, and the time that the queue takes
				now = b.links[b.link].freeAt + 50*ms1
				b.run(now)
				avg *= math.Pow(1-w, 50)
			case i > 200 && i%7 == 0:
				now = b.links[b.link].freeAt + 3*ms1/2
				b.run(now)
				avg *= math.Pow(1-w, 1) // the part of a packet does not count
			default:
				now += ms1 / 2
				b.run(now)
				if q := b.Queued(b.link).Packets; q > 0 {
					avg += w * (float64(q) - avg)
				}
			}
			b.send(now, 1500)
			if got := b.redAverage(); math.Abs(got-avg) > 0.01 {
				t.Fatalf("weight %d, packet %d: average %.4f, want %.4f", weight, i, got, avg)
			}
		}
	}
}

// spacing is the mean distance of two marks if the probability is p: after n packets without one the next is
// marked with p/(1 - n p), n being at least 1 by the pseudo-code of figure 2.
func spacing(p float64) float64 {
	mean, left := 0.0, 1.0 // no mark so far
	for n := 1.0; left > 0; n++ {
		mean += left
		if n*p >= 1 {
			break
		}
		left *= 1 - math.Min(p/(1-n*p), 1)
	}
	return mean
}

// TestREDProbability holds the average between the thresholds and counts marks.
func TestREDProbability(t *testing.T) {
	for _, c := range []struct {
		queue int
		sharp bool
		p     float64
	}{
		{4, false, 0}, {10, false, 0.05}, {14, false, 0.09}, {18, false, 0.1 + 0.9*0.2},
		{31, false, 1}, {16, true, 1},
	} {
		b := redBench(t, REDConfig{Min: Queue{Packets: 5}, Max: Queue{Packets: 15}, Weight: 1,
			MaxP: unit.Ratio{Num: 1, Den: 10}, Sharp: c.sharp}, true)
		red := &b.extras[b.link].aqm.red
		const packets = 20_000
		for i := range packets {
			now := sim.Time(i+1) * ms1
			b.run(now)
			for b.Queued(b.link).Packets < int64(c.queue) { // and what was dropped before
				b.links[b.link].mode &^= modeEarly
				b.send(now, 1500)
				b.links[b.link].mode |= modeEarly
			}
			red.avg = int64(c.queue) << redShift
			b.sendECN(now, 1500, 2)
		}
		k := b.Counters(b.link)
		seen := k.Marked.Packets + k.DroppedEarly.Packets
		want := 0.0
		if c.p > 0 {
			want = packets / spacing(c.p)
		}
		if math.Abs(float64(seen)-want) > 0.05*want {
			t.Errorf("queue of %d: %d of %d marked or dropped, want %.0f", c.queue, seen, packets, want)
		}
		if forced := k.DroppedEarly.Packets > 0; forced != (c.p == 1) { // RFC 3168 section 7
			t.Errorf("queue of %d: %d dropped in place of being marked", c.queue, k.DroppedEarly.Packets)
		}
	}
}
