package cc

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

func TestCbrt(t *testing.T) {
	for _, x := range []float64{1, 8, 27, 0.001, 75, 1e-12, 1e12, math.Pi, 0.4, 1e-300, 1e300} {
		within(t, "cube root", cbrt(x), math.Cbrt(x), 4e-16)
	}
	if cbrt(0) != 0 || cbrt(-3) != 0 {
		t.Error("cube root of zero or less must be zero")
	}
	rapid.Check(t, func(rt *rapid.T) {
		x := rapid.Float64Range(1e-9, 1e9).Draw(rt, "x")
		if y := cbrt(x); math.Abs(y-math.Cbrt(x)) > 4e-16*y {
			rt.Errorf("cbrt(%v) = %v, want %v", x, y, math.Cbrt(x))
		}
	})
}

// TestCubicConstants: RFC 9438 sections 4.2 and 4.3.
func TestCubicConstants(t *testing.T) {
	within(t, "alpha", cubicAlpha, 0.529412, 1e-6)
	e := cubicEpoch{wMax: 100}
	e.begin(0, 70)
	within(t, "K for W_max 100", e.k, 4.2172, 1e-5)
	within(t, "W(0)", e.window(0), 70, 1e-12)
	within(t, "W(K)", e.window(e.k), 100, 1e-12)
	within(t, "W(2K)", e.window(2*e.k), 130, 1e-12)
	within(t, "W(1 s)", e.window(1), 100+0.4*math.Pow(1-e.k, 3), 1e-12)
}

// lossAt100 is a path that has just lost a segment at a window of 100.
func lossAt100(rtt unit.Duration) (*path, *cubic) {
	p := newPath("cubic", rtt, 100)
	c := p.ctrl.(*cubic)
	f := &p.flow
	f.FlightSize = f.Cwnd
	f.Ssthresh = c.OnLoss(0, f)
	f.Cwnd = f.Ssthresh
	c.OnRecovered(0, f)
	return p, c
}

// TestCubicCurve: the window follows W(t) through the concave and the convex region.
func TestCubicCurve(t *testing.T) {
	p, c := lossAt100(400 * unit.Millisecond) // long enough to be outside the Reno-friendly region
	if p.flow.Cwnd != 70*mss {
		t.Fatalf("window after the loss: %d octets", p.flow.Cwnd)
	}
	for now := unit.Second; now <= 10*unit.Second; now += unit.Second {
		p.run(now)
		want := c.epoch.window(seconds(p.now.Sub(c.epoch.start)))
		within(t, "window along the curve", float64(p.flow.Cwnd)/mss, want, 0.02)
	}
}

// TestCubicFastConvergence: RFC 9438 section 4.7.
func TestCubicFastConvergence(t *testing.T) {
	for _, off := range []bool{false, true} {
		c := NewCubic(CubicConfig{NoFastConvergence: off}).(*cubic)
		f := Flow{Cwnd: 100 * mss, FlightSize: 100 * mss, MSS: mss}
		if got := c.OnLoss(0, &f); got != 70*mss || c.epoch.wMax != 100 {
			t.Errorf("first loss: ssthresh %d, W_max %v", got, c.epoch.wMax)
		}
		f.Cwnd = 80 * mss
		want := 68.0 // 80 (1 + 0.7) / 2
		if off {
			want = 80
		}
		if c.OnLoss(0, &f); c.epoch.wMax != want || c.epoch.cwndPrior != 80 {
			t.Errorf("second loss below W_max: W_max %v, want %v", c.epoch.wMax, want)
		}
	}
}

// TestCubicMeanWindow: RFC 9438 section 5.1 (figure 4) outside, and Reno's mean inside the Reno-friendly
// region.
func TestCubicMeanWindow(t *testing.T) {
	tests := []struct {
		rtt  unit.Duration
		n    int64
		want float64
	}{
		{100 * unit.Millisecond, 10_000, 1.054 * math.Pow(0.1*10_000, 0.75)},
		{200 * unit.Millisecond, 50_000, 1.054 * math.Pow(0.2*50_000, 0.75)},
		{10 * unit.Millisecond, 1000, math.Sqrt(1.5 * 1000)},
		{20 * unit.Millisecond, 200, math.Sqrt(1.5 * 200)},
	}
	for _, test := range tests {
		// Near its plateau the curve forgets a wrong W_max very slowly, hence the start with a loss at the
		// window that the formula gives for that moment.
		p := newPath("cubic", test.rtt, int64(test.want/0.925))
		p.ctrl = NewCubic(CubicConfig{NoFastConvergence: true})
		p.flow.Ssthresh = p.ctrl.OnLoss(0, &p.flow)
		p.flow.Cwnd = p.flow.Ssthresh
		p.lose = every(test.n)
		p.run(100 * unit.Second)
		p.resetMeans()
		p.run(2000 * unit.Second)
		within(t, "mean window", p.meanSegments(), test.want, 0.02)
	}
}

// TestCubicEpochShift: time in which the window is not used, and idle time, do not count (section 5.8).
func TestCubicEpochShift(t *testing.T) {
	const gap = 30 * unit.Second
	straight, _ := lossAt100(100 * unit.Millisecond)
	straight.run(3 * unit.Second)
	straight.run(6 * unit.Second)

	limited, _ := lossAt100(100 * unit.Millisecond)
	limited.run(3 * unit.Second)
	limited.flow.CwndLimited = false
	limited.run(3*unit.Second + gap)
	limited.flow.CwndLimited = true
	limited.run(6*unit.Second + gap)
	within(t, "window after a pause", float64(limited.flow.Cwnd), float64(straight.flow.Cwnd), 0.003)

	idle, c := lossAt100(100 * unit.Millisecond)
	idle.run(3 * unit.Second)
	before := idle.now.Sub(c.epoch.start)
	idle.now = idle.now.Add(gap)
	c.OnIdle(idle.now, &idle.flow)
	if got := idle.now.Sub(c.epoch.start); got != before {
		t.Errorf("t jumped from %v to %v ns over an idle period", before, got)
	}
	if idle.flow.Cwnd >= idle.flow.Ssthresh {
		t.Error("no restart after idle")
	}
	largest := 0.0
	for last := idle.flow.Cwnd; idle.now < sim.Time(6*unit.Second+gap); last = idle.flow.Cwnd {
		idle.ack()
		largest = max(largest, float64(idle.flow.Cwnd-last)/mss)
	}
	if largest > 1 {
		t.Errorf("one ACK added %v segments after the restart", largest)
	}
}

// TestCubicUndo: a spurious loss leaves no trace but the time it took (section 4.9).
func TestCubicUndo(t *testing.T) {
	for _, rto := range []bool{false, true} {
		p, c := lossAt100(100 * unit.Millisecond)
		p.run(2 * unit.Second)
		q, d := lossAt100(100 * unit.Millisecond)
		q.run(2 * unit.Second)
		cwnd, ssthresh := q.flow.Cwnd, q.flow.Ssthresh
		if rto {
			d.OnRTO(q.now, &q.flow)
		} else {
			d.OnLoss(q.now, &q.flow)
		}
		q.now = q.now.Add(unit.Second)
		d.OnUndo(q.now, &q.flow)
		q.flow.Cwnd, q.flow.Ssthresh = cwnd, ssthresh
		p.run(5 * unit.Second)
		q.run(6 * unit.Second)
		if p.flow.Cwnd != q.flow.Cwnd || c.epoch.wMax != d.epoch.wMax {
			t.Errorf("rto %v: window %d with a spurious loss, %d without", rto, q.flow.Cwnd, p.flow.Cwnd)
		}
	}
}

// TestCubicAfterTimeout: the first avoidance stage starts flat at the window it meets (section 4.8).
func TestCubicAfterTimeout(t *testing.T) {
	p := newPath("cubic", 100*unit.Millisecond, 100)
	c := p.ctrl.(*cubic)
	p.flow.FlightSize = p.flow.Cwnd
	p.flow.Ssthresh = c.OnRTO(0, &p.flow)
	if p.flow.Ssthresh != 70*mss {
		t.Fatalf("ssthresh %d", p.flow.Ssthresh)
	}
	p.flow.Cwnd = mss
	for p.flow.Cwnd < p.flow.Ssthresh {
		p.ack()
	}
	p.ack()
	if !c.epoch.running || c.epoch.k != 0 || math.Abs(c.epoch.wMax-70) > 1 {
		t.Errorf("epoch after slow start: %+v", c.epoch)
	}
}

// TestCubicRenoSlope: in the Reno-friendly region the window grows by 9/17 of a segment a round trip
// until it is back at cwnd_prior, by one after that (section 4.3).
func TestCubicRenoSlope(t *testing.T) {
	p, c := lossAt100(unit.Millisecond)
	for _, stage := range []struct{ from, slope float64 }{{71, 9.0 / 17}, {101, 1}} {
		for c.epoch.wEst < stage.from {
			p.ack()
		}
		before := p.flow.Cwnd
		p.run(unit.Duration(p.now) + 20*p.rtt)
		within(t, "segments a round trip", float64(p.flow.Cwnd-before)/mss/20, stage.slope, 0.02)
	}
}

// TestHyStartLimits: an ACK counts for at most eight segments (RFC 9406 section 4.2), and HyStart++ is for
// the first slow start only.
func TestHyStartLimits(t *testing.T) {
	c := NewCubic(CubicConfig{}).(*cubic)
	f := Flow{Cwnd: 100 * mss, Ssthresh: InfiniteSsthresh, MSS: mss, FlightSize: 100 * mss, CwndLimited: true}
	if c.OnAck(0, &f, 20*mss); f.Cwnd != 108*mss {
		t.Errorf("window %d after an ACK of 20 segments", f.Cwnd)
	}
	f.Ssthresh, f.Cwnd = c.OnRTO(0, &f), mss
	if c.OnAck(0, &f, 20*mss); f.Cwnd != 2*mss {
		t.Errorf("window %d after a timeout and an ACK of 20 segments", f.Cwnd)
	}
}

// TestHyStart runs RFC 9406 over rounds of ten ACKs with the given round-trip times.
func TestHyStart(t *testing.T) {
	const ms = unit.Millisecond
	tests := []struct {
		name   string
		rounds []unit.Duration
		css    bool
		done   bool
	}{
		{"flat", []unit.Duration{50 * ms, 50 * ms, 50 * ms, 50 * ms}, false, false},
		{"rise below the threshold", []unit.Duration{50 * ms, 56 * ms, 62 * ms, 69 * ms}, false, false},
		{"rise", []unit.Duration{50 * ms, 57 * ms}, true, false},
		{"small rise on a short path", []unit.Duration{2 * ms, 5 * ms}, false, false},
		{"4 ms on a short path", []unit.Duration{2 * ms, 6 * ms}, true, false},
		{"16 ms on a long path", []unit.Duration{400 * ms, 416 * ms}, true, false},
		{"jitter", []unit.Duration{50 * ms, 60 * ms, 59 * ms, 59 * ms}, false, false},
		{"four more rounds", []unit.Duration{50 * ms, 60 * ms, 70 * ms, 70 * ms, 70 * ms, 70 * ms}, true, false},
		{"ends", []unit.Duration{50 * ms, 60 * ms, 70 * ms, 70 * ms, 70 * ms, 70 * ms, 70 * ms}, true, true},
	}
	for _, test := range tests {
		c := NewCubic(CubicConfig{}).(*cubic)
		f := Flow{
			Cwnd: 10 * mss, Ssthresh: InfiniteSsthresh, MSS: mss, InFlight: 11 * mss, CwndLimited: true, SRTT: 50 * ms,
		}
		for _, rtt := range test.rounds {
			for range 10 {
				f.LastRTT = rtt
				c.OnAck(0, &f, mss)
			}
		}
		h := &c.hystart
		if h.css != test.css || h.done != test.done || (f.Ssthresh < InfiniteSsthresh) != test.done {
			t.Errorf("%s: conservative %v, done %v, ssthresh %d", test.name, h.css, h.done, f.Ssthresh)
		}
	}
}

// TestHyStartAvoidsOvershoot: over a link whose queue grows with the window, slow start turns careful
// after the link is full and before the queue holds much more than another link's worth, and ends by
// itself.
func TestHyStartAvoidsOvershoot(t *testing.T) {
	const base, bdp = 50 * unit.Millisecond, 200
	p := newPath("cubic", base, 10)
	c := p.ctrl.(*cubic)
	var careful int64
	for p.flow.Cwnd < p.flow.Ssthresh && p.flow.Cwnd < 20*bdp*mss {
		p.rtt = max(base, base*unit.Duration(p.flow.Cwnd)/(bdp*mss))
		p.ack()
		if careful == 0 && c.hystart.css {
			careful = p.flow.Cwnd / mss
		}
	}
	if careful < bdp || careful > 5*bdp/2 {
		t.Errorf("conservative slow start from %d segments, link holds %d", careful, bdp)
	}
	if ended := p.flow.Cwnd / mss; ended > 4*careful {
		t.Errorf("slow start ended at %d segments, was careful from %d", ended, careful)
	}
}
