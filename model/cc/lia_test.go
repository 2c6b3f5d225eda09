package cc

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim/unit"
)

func member(cwnd int64, rtt unit.Duration) *Flow {
	return &Flow{Cwnd: cwnd * mss, Ssthresh: mss, MSS: mss, SRTT: rtt, CwndLimited: true, Established: true}
}

// siblings makes a group of flows.
func siblings(flows ...*Flow) *Group {
	g := &Group{Flows: flows}
	for i, f := range flows {
		f.Group, f.Index = g, i
	}
	return g
}

func alphaOf(flows ...*Flow) float64 {
	g := &Group{Flows: flows}
	alpha := g.coupling()
	return alpha
}

// TestAlpha: RFC 6356 section 3.
func TestAlpha(t *testing.T) {
	const ms = unit.Millisecond
	within(t, "one path", alphaOf(member(10, 20*ms)), 1, 1e-12)
	within(t, "two equal paths", alphaOf(member(10, 20*ms), member(10, 20*ms)), 0.5, 1e-12)
	equal := member(7, 30*ms)
	within(t, "four equal paths", alphaOf(equal, equal, equal, equal), 0.25, 1e-12)
	within(t, "10 at 20 ms, 20 at 100 ms", alphaOf(member(10, 20*ms), member(20, 100*ms)), 1.530612, 1e-6)
	within(t, "8 at 10 ms, 2 at 100 ms", alphaOf(member(8, 10*ms), member(2, 100*ms)), 1.189768, 1e-6)

	recovering := member(99, 100*ms)
	recovering.InRecovery, recovering.Ssthresh = true, 20*mss
	within(t, "ssthresh in recovery", alphaOf(member(10, 20*ms), recovering), 1.530612, 1e-6)

	closed, unmeasured := member(50, 20*ms), member(50, 0)
	closed.Established = false
	within(t, "closed and unmeasured do not count", alphaOf(member(10, 20*ms), closed, unmeasured), 1, 1e-12)
	if alphaOf() != 0 || alphaOf(unmeasured) != 0 {
		t.Error("alpha of nothing must be 0")
	}
}

// TestAlphaIsKept: not recomputed on each ACK, but when the window enters another segment, after a window of
// ACKs, and after a sibling's events.
func TestAlphaIsKept(t *testing.T) {
	fresh := func() (*lia, *lia, *Flow, *Flow, *Group) {
		f, s := member(100, 20*unit.Millisecond), member(100, 20*unit.Millisecond)
		g := siblings(f, s)
		l := &lia{}
		l.OnAck(0, f, mss)
		within(t, "first alpha", g.Alpha(), 0.5, 1e-3)
		s.SRTT = 200 * unit.Millisecond // from here on alpha would be 1.65
		return l, &lia{}, f, s, g
	}
	l, _, f, _, g := fresh()
	for range 98 {
		l.OnAck(0, f, mss)
	}
	within(t, "alpha within the round trip", g.Alpha(), 0.5, 1e-3)
	for range 3 {
		l.OnAck(0, f, mss)
	}
	if g.Alpha() < 1.5 {
		t.Errorf("alpha %v after a window of ACKs", g.Alpha())
	}
	l, _, f, _, g = fresh()
	f.Cwnd += mss
	if l.OnAck(0, f, mss); g.Alpha() < 1.5 {
		t.Errorf("alpha %v after the window grew by a segment", g.Alpha())
	}
	for i, event := range []func(*lia, *Flow){
		func(l *lia, f *Flow) { l.OnLoss(0, f) }, func(l *lia, f *Flow) { l.OnRTO(0, f) },
		func(l *lia, f *Flow) { l.OnRecovered(0, f) }, func(l *lia, f *Flow) { l.OnUndo(0, f) },
		func(l *lia, f *Flow) { l.OnIdle(0, f) },
	} {
		l, sibling, f, s, g := fresh()
		event(sibling, s)
		if l.OnAck(0, f, mss); g.Alpha() < 1.05 {
			t.Errorf("event %d of a sibling: alpha still %v", i, g.Alpha())
		}
	}
}

// TestCoupledIsNoMoreThanUncoupled: the cap of section 3.
func TestCoupledIsNoMoreThanUncoupled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := &Group{}
		for range rapid.IntRange(1, 6).Draw(rt, "subflows") {
			rtt := unit.Duration(rapid.Int64Range(0, 1e9).Draw(rt, "rtt"))
			f := member(rapid.Int64Range(2, 2000).Draw(rt, "window"), rtt)
			f.Established = rapid.IntRange(0, 4).Draw(rt, "established") > 0
			f.InRecovery = rapid.IntRange(0, 4).Draw(rt, "recovery") == 0
			f.Ssthresh = max(2*mss, f.Cwnd/2)
			f.Group, f.Index = g, len(g.Flows)
			g.Flows = append(g.Flows, f)
		}
		acked := rapid.Int64Range(1, 4*mss).Draw(rt, "acked")
		g.alpha = g.coupling()
		for _, f := range g.Flows {
			own := float64(acked) * float64(mss) / float64(f.Cwnd)
			got := f.coupledIncrease(acked)
			if got < 0 || got > own || math.IsNaN(got) {
				rt.Fatalf("increase %v, uncoupled %v for %+v", got, own, *f)
			}
		}
	})
}

// TestUnmeasuredIsNotCoupled: a subflow without an RTT sample grows as one TCP, beside siblings of any size.
func TestUnmeasuredIsNotCoupled(t *testing.T) {
	f, sibling := member(10, 0), member(100, 20*unit.Millisecond)
	g := siblings(f, sibling)
	g.alpha = g.coupling()
	within(t, "unmeasured", f.coupledIncrease(mss), mss/10, 1e-12)
	f.SRTT = 20 * unit.Millisecond
	f.Touch()
	g.alpha = g.coupling()
	within(t, "measured", f.coupledIncrease(mss), alphaOf(f, sibling)*mss/110, 1e-12)
}

// fluid is one ACK with the expected loss taken off the window: w/2 with probability loss.
func (p *path) fluid(loss float64) {
	f := &p.flow
	p.now = p.now.Add(unit.Duration(int64(p.rtt) * f.MSS / f.Cwnd))
	f.Touch()
	defer f.Touch()
	p.ctrl.OnAck(p.now, f, f.MSS)
	f.Cwnd -= int64(loss * float64(f.Cwnd) / 2)
}

// TestCoupledEquilibrium: section 2: together as fast as one TCP on the best path, on no path more than
// one TCP there.
func TestCoupledEquilibrium(t *testing.T) {
	const ms = unit.Millisecond
	tests := []struct {
		rtt  [2]unit.Duration
		loss [2]float64
	}{
		{[2]unit.Duration{50 * ms, 50 * ms}, [2]float64{1e-3, 1e-3}},
		{[2]unit.Duration{20 * ms, 100 * ms}, [2]float64{1e-3, 1e-3}},
		{[2]unit.Duration{20 * ms, 100 * ms}, [2]float64{5e-3, 2e-4}},
		{[2]unit.Duration{50 * ms, 50 * ms}, [2]float64{4e-3, 1e-3}},
	}
	for _, test := range tests {
		const big = 1_000_000 // octets a segment, so that rounding to octets does not matter
		var paths [2]*path
		for i := range paths {
			paths[i] = newPath("lia", test.rtt[i], 10)
			paths[i].flow.MSS, paths[i].flow.Cwnd, paths[i].flow.Ssthresh = big, 10*big, 2*big
		}
		g := group(paths[0], paths[1])
		for range 400_000 {
			i := 0
			if paths[1].now < paths[0].now {
				i = 1
			}
			paths[i].fluid(test.loss[i])
		}
		var sum, best float64
		for i, p := range paths {
			w := float64(p.flow.Cwnd) / big
			alone := math.Sqrt(2 / test.loss[i])
			if w > 1.01*alone {
				t.Errorf("%+v: path %d: window %v, one TCP has %v", test, i, w, alone)
			}
			sum += w / seconds(p.rtt)
			best = max(best, alone/seconds(p.rtt))
		}
		within(t, "sum of rates against the best path's TCP", sum, best, 0.02)
		if g.Alpha() <= 0 {
			t.Error("no alpha")
		}
	}
}

// TestLIAAloneIsReno: without siblings the mean window is Reno's.
func TestLIAAloneIsReno(t *testing.T) {
	for _, grouped := range []bool{false, true} {
		p := newPath("lia", 50*unit.Millisecond, 10)
		if grouped {
			group(p)
		}
		p.lose = every(1000)
		p.run(20 * unit.Second)
		p.resetMeans()
		p.run(600 * unit.Second)
		within(t, "mean window", p.meanSegments(), math.Sqrt(1500), 0.04)
	}
}

// TestTwoRandomPaths: over two equal lossy paths the connection gets what one TCP gets on one, within the
// unfairness of discrete losses.
func TestTwoRandomPaths(t *testing.T) {
	a, b := newPath("lia", 20*unit.Millisecond, 10), newPath("lia", 20*unit.Millisecond, 10)
	a.lose, b.lose = bernoulli(1, 1e-3), bernoulli(2, 1e-3)
	group(a, b)
	runTogether(20*unit.Second, a, b)
	a.resetMeans()
	b.resetMeans()
	runTogether(1000*unit.Second, a, b)
	sum := a.meanSegments() + b.meanSegments()
	within(t, "sum of windows", sum, 1.31/math.Sqrt(1e-3), 0.15)
	within(t, "share", a.meanSegments()/sum, 0.5, 0.1)
}
