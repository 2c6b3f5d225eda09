package tcp

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// behind runs so many Reno flows of 20 ms round trip through a 20 Mbit/s queue of a discipline and returns
// what it looked like after ten seconds: mean delay of the queue, the rate's use, and the flows' octets.
func behind(t *testing.T, d link.Discipline, flows int, c Config) (delay unit.Duration, use float64,
	per []int64, early, marked int64) {
	const rate = 20_000_000
	data := link.Config{Rate: rate, Delay: 10 * unit.Millisecond, Queue: link.Queue{Packets: 500}, Discipline: d}
	n := newTestNet(t, 1, data, link.Config{Rate: rate, Delay: 10 * unit.Millisecond}, c, c)
	per = make([]int64, flows)
	next := 0
	if err := n.sb.ListenStream(wire.Addr{}, 80, func(_ sim.Time, s *Stream) {
		i := next
		next++
		(&peer{t: t, n: n, onBytes: func(_ sim.Time, x int64) { per[i] += x }}).attach(s)
	}); err != nil {
		t.Fatal(err)
	}
	for range flows {
		s, err := n.sa.DialStream(n.w.Now(), n.a.addr, n.b.addr, 80)
		if err != nil {
			t.Fatal(err)
		}
		(&peer{t: t, n: n, toSend: 1 << 50}).attach(s)
		n.run(10 * unit.Millisecond)
	}
	n.run(10 * unit.Second)
	before := n.net.Counters(n.ab)
	for i := range per {
		per[i] = 0
	}
	var sum, samples int64
	for end := n.w.Now().Add(20 * unit.Second); n.w.Now() < end; samples++ {
		n.run(unit.Millisecond)
		sum += n.net.Queued(n.ab).Octets
	}
	after := n.net.Counters(n.ab)
	use = float64(after.Delivered.Octets-before.Delivered.Octets) * 8 / 20 / rate
	return unit.Duration(sum / samples * 8 * int64(unit.Second) / rate), use, per,
		after.DroppedEarly.Packets - before.DroppedEarly.Packets, after.Marked.Packets - before.Marked.Packets
}

// TestStandingQueue: what each discipline makes of the queue that one Reno flow fills to the brim (500
// packets are 300 ms) under drop-tail.
func TestStandingQueue(t *testing.T) {
	const ms = unit.Millisecond
	reno := Config{Congestion: "newreno"}
	marks := Config{Congestion: "newreno", ECN: On}
	for _, c := range []struct {
		name        string
		d           link.Discipline
		c           Config
		flows       int
		least, most unit.Duration
		use         float64
	}{
		{"drop-tail", link.Discipline{}, reno, 1, 180 * ms, 300 * ms, 0.999},
		// The window rises by a segment, 0.6 ms, each round trip. CoDel drops one when 5 ms have stood for 100 ms:
		// at about 7.5 ms, 46 segments of which 33 are the path's. Half of that leaves a part of the rate unused.
		{"CoDel", link.Discipline{Kind: link.CoDel}, reno, 1, 2 * ms, 5 * ms, 0.9},
		{"CoDel, marks", link.Discipline{Kind: link.CoDel, ECN: true}, marks, 1, 2 * ms, 5 * ms, 0.9},
		{"CoDel, ten flows", link.Discipline{Kind: link.CoDel}, reno, 10, 5 * ms, 18 * ms, 0.999},
		{"FQ-CoDel", link.Discipline{Kind: link.FQCoDel}, reno, 1, 2 * ms, 5 * ms, 0.9},
		{"PIE", link.Discipline{Kind: link.PIE}, reno, 1, 5 * ms, 20 * ms, 0.97},
		{"PIE, ten flows", link.Discipline{Kind: link.PIE}, reno, 10, 11 * ms, 19 * ms, 0.99},
		{"PIE, four flows, marks", link.Discipline{Kind: link.PIE, ECN: true}, marks, 4, 11 * ms, 19 * ms, 0.99},
		// 20 packets are 12 ms, 60 are 36 ms.
		{"RED, ten flows", link.Discipline{Kind: link.RED, RED: link.REDConfig{Min: link.Queue{Packets: 20},
			Max: link.Queue{Packets: 60}, MaxP: unit.Ratio{Num: 1, Den: 10}}}, reno, 10, 12 * ms, 36 * ms, 0.99},
	} {
		delay, use, _, early, marked := behind(t, c.d, c.flows, c.c)
		t.Logf("%s: %v in the queue, %.4f of the rate, %d dropped early, %d marked", c.name, delay, use,
			early, marked)
		if delay < c.least || delay > c.most || use < c.use {
			t.Errorf("%s: %v in the queue, want %v to %v; %.4f of the rate, want %.3f", c.name, delay, c.least, c.most,
				use, c.use)
		}
		if c.d.ECN && (marked == 0 || early > 0) {
			t.Errorf("%s: %d marked, %d dropped", c.name, marked, early)
		}
	}
}

// TestFairQueueShares: FQ-CoDel gives flows the same rate.
func TestFairQueueShares(t *testing.T) {
	_, use, per, _, _ := behind(t, link.Discipline{Kind: link.FQCoDel}, 4, Config{Congestion: "newreno"})
	var sum, most int64
	for _, x := range per {
		sum, most = sum+x, max(most, x)
	}
	t.Logf("%v of %d octets, %.4f of the rate", per, sum, use)
	for _, x := range per {
		if float64(x) < 0.97*float64(most) {
			t.Errorf("one flow has %d octets, another %d", x, most)
		}
	}
}
