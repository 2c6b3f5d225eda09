package link

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestPIEUpdate compares single updates with values worked out by hand from RFC 8033 section 4.2.
func TestPIEUpdate(t *testing.T) {
	const ms = unit.Millisecond
	var c PIEConfig
	c.fill()
	for _, x := range []struct {
		prob       float64
		delay, old unit.Duration
		want       float64
	}{
		{0.5, 25 * ms, 15 * ms, 0.5 + 0.125*0.010 + 1.25*0.010},
		{0.5, 15 * ms, 15 * ms, 0.5},
		{0.5, 15 * ms, 25 * ms, 0.5 - 1.25*0.010},
		{0.05, 25 * ms, 15 * ms, 0.05 + (0.125*0.010+1.25*0.010)/2},
		{0.005, 25 * ms, 15 * ms, 0.005 + (0.125*0.010+1.25*0.010)/8},
		{0.0005, 25 * ms, 15 * ms, 0.0005 + (0.125*0.010+1.25*0.010)/32},
		{0.00005, 25 * ms, 15 * ms, 0.00005 + (0.125*0.010+1.25*0.010)/128},
		{0.000005, 25 * ms, 15 * ms, 0.000005 + (0.125*0.010+1.25*0.010)/512},
		{0, 25 * ms, 15 * ms, (0.125*0.010 + 1.25*0.010) / 2048},
		{0.5, 200 * ms, 15 * ms, 0.52}, // section 5.5
		{0.5, 0, 0, (0.5 - 0.125*0.015) * 0.98},
		{0.0001, 0, 100 * ms, 0},
		{0.999, 300 * ms, 200 * ms, 1},
	} {
		var s pie
		s.init(&c)
		s.dropProb, s.delay, s.delayOld = x.prob, x.delay, x.old
		s.update(&c)
		if math.Abs(s.dropProb-x.want) > 1e-12 || s.delayOld != x.delay {
			t.Errorf("%+v: %v", x, s.dropProb)
		}
	}
}

// TestPIEBurst: the first 150 ms of congestion pass, and the allowance comes back when it is over.
func TestPIEBurst(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: PIE}})
	var first sim.Time
	for now := sim.Time(0); now < 2000*ms1; now += ms1 / 4 {
		b.run(now)
		b.send(now, 1500)
		if first == 0 && b.Counters(b.link).DroppedEarly.Packets > 0 {
			first = now
		}
	}
	if first < 150*ms1 || first > 300*ms1 {
		t.Errorf("first drop at %v", first)
	}
	s := &b.extras[b.link].aqm.server.pie
	if s.burstAllowance != 0 {
		t.Errorf("allowance %v", s.burstAllowance)
	}
	b.run(20_000 * ms1)
	b.send(b.w.Now(), 1500)
	if s.burstAllowance != 150*unit.Millisecond || s.dropProb != 0 {
		t.Errorf("allowance %v, probability %v after a long pause", s.burstAllowance, s.dropProb)
	}
}

// TestPIEPasses: what is never dropped (RFC 8033 section 4.1 and 4.4).
func TestPIEPasses(t *testing.T) {
	for _, c := range []struct {
		what  string
		state pie
		queue int
		want  verdict
	}{
		{"congested", pie{dropProb: 1, delayOld: unit.Second}, 3, verdictDrop},
		{"burst", pie{dropProb: 1, delayOld: unit.Second, burstAllowance: 1}, 3, verdictPass},
		{"two packets", pie{dropProb: 1, delayOld: unit.Second}, 2, verdictPass},
		{"short delay, small probability", pie{dropProb: 0.1999, delayOld: 7 * unit.Millisecond}, 3, verdictPass},
		{"short delay, large probability", pie{dropProb: 1, delayOld: 7 * unit.Millisecond}, 3, verdictDrop},
		{"no probability", pie{delayOld: unit.Second}, 3, verdictPass},
	} {
		b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: PIE}})
		for range c.queue + 1 { // one is in service
			b.send(0, 1500)
		}
		a := b.extras[b.link].aqm
		a.server.pie = c.state
		a.server.pie.nextUpdate = sim.Never
		p, _ := b.NewPacket()
		for range 50 {
			if got := b.pieArrival(0, a, p); got != c.want {
				t.Errorf("%s: verdict %d", c.what, got)
				break
			}
		}
	}
}

// TestPIEDelay: the delay is that of the packet that left last, but none when it left nothing behind.
func TestPIEDelay(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: PIE}})
	s := &b.extras[b.link].aqm.server.pie
	for range 4 {
		b.send(0, 1500)
	}
	for i, want := range []unit.Duration{0, unit.Millisecond, 2 * unit.Millisecond, 0, 0} {
		b.run(sim.Time(i) * ms1)
		if s.delay != want {
			t.Errorf("after %d ms: %v, want %v", i, s.delay, want)
		}
	}
}

// TestPIECatchUp: skipping what nothing changes in is the same as doing it.
func TestPIECatchUp(t *testing.T) {
	var c PIEConfig
	c.fill()
	for _, prob := range []float64{0, 1e-6, 0.01, 0.7} {
		var skipping, patient pie
		skipping.init(&c)
		skipping.dropProb, skipping.delay, skipping.burstAllowance = prob, 0, 0
		patient = skipping
		end := sim.Time(3600 * unit.Second)
		for ; patient.nextUpdate <= end; patient.nextUpdate = patient.nextUpdate.Add(c.Update) {
			patient.update(&c)
		}
		skipping.catchUp(end, &c)
		if skipping != patient {
			t.Errorf("%+v, want %+v", skipping, patient)
		}
	}
}

// TestPIEMarks: below a probability of 0.1 what can be marked is, above it all is dropped.
func TestPIEMarks(t *testing.T) {
	for _, prob := range []float64{0.09, 0.5} {
		b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: PIE, ECN: true,
			PIE: PIEConfig{Update: 1000 * unit.Second}}}) // the probability stays
		s := &b.extras[b.link].aqm.server.pie
		const packets = 10_000
		for i := range packets {
			now := sim.Time(i) * ms1
			b.run(now)
			s.dropProb, s.burstAllowance, s.delayOld = prob, 0, unit.Second
			for b.Queued(b.link).Packets < 5 {
				s.dropProb = 0
				b.send(now, 1500)
				s.dropProb = prob
			}
			b.sendECN(now, 1500, 2)
		}
		c := b.Counters(b.link)
		marked, dropped := float64(c.Marked.Packets), float64(c.DroppedEarly.Packets)
		want := prob * packets
		if prob < 0.1 && (math.Abs(marked-want) > 0.15*want || dropped != 0) ||
			prob > 0.1 && (math.Abs(dropped-want) > 0.05*want || marked != 0) {
			t.Errorf("probability %v: %v marked, %v dropped of %d", prob, marked, dropped, packets)
		}
	}
}
