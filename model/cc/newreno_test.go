package cc

import (
	"math"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

func within(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s: got %.9g, want %.9g within %g", what, got, want, relative)
	}
}

func TestNewRenoAddsOneSegmentARoundTrip(t *testing.T) {
	p := newPath("newreno", 100*unit.Millisecond, 10)
	p.flow.Ssthresh = 10 * mss
	for want := int64(11); want <= 40; want++ {
		for range p.flow.Cwnd / mss {
			p.ack()
		}
		if p.flow.Cwnd != want*mss {
			t.Fatalf("after %d round trips: %d octets, want %d", want-10, p.flow.Cwnd, want*mss)
		}
	}
}

// TestSlowStart: RFC 3465: ACKs of two segments count in full, larger ones for two; after a timeout for one.
func TestSlowStart(t *testing.T) {
	tests := []struct {
		name             string
		cwnd, ssthresh   int64
		acked            int64
		afterRTO         bool
		wantCwnd, spared int64
	}{
		{"one segment", 10 * mss, InfiniteSsthresh, mss, false, 11 * mss, 0},
		{"delayed ACK", 10 * mss, InfiniteSsthresh, 2 * mss, false, 12 * mss, 0},
		{"stretch ACK", 10 * mss, InfiniteSsthresh, 9 * mss, false, 12 * mss, 0},
		{"part of a segment", 10 * mss, InfiniteSsthresh, 10, false, 10*mss + 10, 0},
		{"after a timeout", 2 * mss, 20 * mss, 2 * mss, true, 3 * mss, 0},
		{"crosses ssthresh", 10 * mss, 10*mss + 300, mss, false, 10*mss + 300, 700},
		{"in avoidance", 10 * mss, 10 * mss, mss, false, 10 * mss, mss},
	}
	for _, test := range tests {
		s := slowStart{afterRTO: test.afterRTO}
		f := Flow{Cwnd: test.cwnd, Ssthresh: test.ssthresh, MSS: mss}
		if left := s.grow(&f, test.acked); f.Cwnd != test.wantCwnd || left != test.spared {
			t.Errorf("%s: window %d, left %d; want %d, %d", test.name, f.Cwnd, left, test.wantCwnd, test.spared)
		}
	}
	s := slowStart{afterRTO: true}
	f := Flow{Cwnd: 3 * mss, Ssthresh: 4 * mss, MSS: mss}
	if s.grow(&f, mss); s.afterRTO {
		t.Error("L = 1 outlives the slow start after the timeout")
	}
}

// TestLossWindow: what a loss reduces (RFC 5681 equation 4).
func TestLossWindow(t *testing.T) {
	tests := []struct {
		name string
		flow Flow
		want int64 // half
	}{
		{"flight size", Flow{Cwnd: 40 * mss, FlightSize: 20 * mss, MSS: mss, CwndLimited: true}, 10 * mss},
		{"limited transmit does not count", Flow{Cwnd: 20 * mss, FlightSize: 22 * mss, MSS: mss}, 10 * mss},
		{"window-limited", Flow{Cwnd: 20 * mss, InFlight: 5 * mss, MSS: mss, CwndLimited: true}, 10 * mss},
		{"application-limited", Flow{Cwnd: 20 * mss, InFlight: 8 * mss, MSS: mss}, 4 * mss},
		{"floor", Flow{Cwnd: 3 * mss, FlightSize: 3 * mss, MSS: mss}, 2 * mss},
	}
	for _, test := range tests {
		for _, name := range []string{"newreno", "lia"} {
			c, _ := New(name)
			if got := c.OnLoss(0, &test.flow); got != test.want {
				t.Errorf("%s: %s: ssthresh %d, want %d", name, test.name, got, test.want)
			}
			if got := c.OnRTO(0, &test.flow); got != test.want {
				t.Errorf("%s: %s: ssthresh %d after a timeout, want %d", name, test.name, got, test.want)
			}
		}
	}
}

// TestRestart: RFC 5681 section 4.1 with the initial window of RFC 6928 or the endpoint's.
func TestRestart(t *testing.T) {
	tests := []struct{ cwnd, ssthresh, mss, initial, wantCwnd, wantSsthresh int64 }{
		{100 * 1460, 10 * 1460, 1460, 0, 14600, 75 * 1460},
		{100 * 1000, 90 * 1000, 1000, 0, 10000, 90 * 1000},
		{100 * 9000, InfiniteSsthresh, 9000, 0, 18000, InfiniteSsthresh},
		{100 * 1000, 10 * 1000, 1000, 4000, 4000, 75000},
		{3 * 1000, 2 * 1000, 1000, 0, 3000, 2250},
	}
	for _, test := range tests {
		for _, name := range Names() {
			c, _ := New(name)
			f := Flow{Cwnd: test.cwnd, Ssthresh: test.ssthresh, MSS: test.mss, InitialCwnd: test.initial}
			if c.OnIdle(0, &f); f.Cwnd != test.wantCwnd || f.Ssthresh != test.wantSsthresh {
				t.Errorf("%s %+v: window %d, ssthresh %d", name, test, f.Cwnd, f.Ssthresh)
			}
		}
	}
}

// TestSawtooth: every n-th segment lost gives windows between W/2 and W with 3/8 W^2 = n (Mathis et al.
// 1997).
func TestSawtooth(t *testing.T) {
	for _, n := range []int64{200, 1000, 5000} {
		p := newPath("newreno", 50*unit.Millisecond, 10)
		p.lose = every(n)
		p.run(20 * unit.Second)
		p.resetMeans()
		p.run(600 * unit.Second)
		within(t, "mean window with periodic loss", p.meanSegments(), math.Sqrt(1.5*float64(n)), 0.04)
	}
}

// TestRandomLoss: under independent losses the mean window is near sqrt(2/p), the balance of 1/w gained an
// ACK and w/2 lost a loss; exactly 1.31/sqrt(p) in the limit (Ott, Kemperman and Mathis 1996).
func TestRandomLoss(t *testing.T) {
	for i, loss := range []float64{0.005, 0.001, 0.0002} {
		p := newPath("newreno", 20*unit.Millisecond, 10)
		p.lose = bernoulli(uint64(i), loss)
		p.run(20 * unit.Second)
		p.resetMeans()
		p.run(2000 * unit.Second)
		within(t, "mean window against sqrt(2/p)", p.meanSegments(), math.Sqrt(2/loss), 0.10)
		within(t, "mean window against 1.31/sqrt(p)", p.meanSegments(), 1.31/math.Sqrt(loss), 0.05)
	}
}

func TestNotLimitedDoesNotGrow(t *testing.T) {
	for _, name := range Names() {
		for _, ssthresh := range []int64{5 * mss, InfiniteSsthresh} {
			p := newPath(name, 50*unit.Millisecond, 10)
			p.flow.Ssthresh, p.flow.CwndLimited = ssthresh, false
			group(p)
			p.run(unit.Second)
			if p.flow.Cwnd != 10*mss {
				t.Errorf("%s: window %d although it was not used", name, p.flow.Cwnd)
			}
		}
	}
}

func TestNew(t *testing.T) {
	for _, name := range Names() {
		c, err := New(name)
		if err != nil || c.Name() != name {
			t.Errorf("New(%q): %v, %v", name, c, err)
		}
	}
	if _, err := New("reno"); err == nil || err.Error() !=
		"congestion control \"reno\": no such controller (have "+strings.Join(Names(), ", ")+")" {
		t.Errorf("unknown name: %v", err)
	}
}

// TestNoAllocation: one ACK allocates nothing, whatever the phase.
func TestNoAllocation(t *testing.T) {
	for _, name := range Names() {
		a, b := newPath(name, 20*unit.Millisecond, 10), newPath(name, 100*unit.Millisecond, 20)
		group(a, b)
		var now sim.Time
		if n := testing.AllocsPerRun(2000, func() {
			a.ack()
			b.ack()
			if now++; now%100 == 0 {
				a.flow.Ssthresh = a.ctrl.OnLoss(a.now, &a.flow)
				a.flow.Cwnd = a.flow.Ssthresh
				a.ctrl.OnRecovered(a.now, &a.flow)
				b.ctrl.OnIdle(b.now, &b.flow)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations per ACK", name, n)
		}
	}
}

func BenchmarkOnAck(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			p, q := newPath(name, 20*unit.Millisecond, 10), newPath(name, 100*unit.Millisecond, 20)
			p.flow.Ssthresh, q.flow.Ssthresh = 5*mss, 5*mss
			group(p, q)
			b.ReportAllocs()
			for range b.N {
				p.now += 10_000
				p.ctrl.OnAck(p.now, &p.flow, mss)
			}
		})
	}
}
