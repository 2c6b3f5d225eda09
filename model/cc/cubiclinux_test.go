package cc

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// linuxPath is the round driver with Linux's CUBIC.
func linuxPath(rtt unit.Duration, cwnd int64) *path {
	p := newPath("cubic", rtt, cwnd)
	p.ctrl = NewCubicLinux()
	return p
}

// runFor acknowledges segments until so much time has passed.
func (p *path) runFor(d unit.Duration) {
	for end := p.now.Add(d); p.now < end; {
		p.ack()
	}
}

// After a loss the window is back at W_max after K = cbrt(W_max (1-beta) / C), and follows the curve of RFC 9438
// within one segment and the steps of its integers on the way.
func TestCubicLinuxFollowsTheCurve(t *testing.T) {
	const wMax = 1000
	p := linuxPath(100*unit.Millisecond, wMax)
	p.now = sim.Time(unit.Second)
	p.flow.Ssthresh = p.ctrl.OnLoss(p.now, &p.flow)
	if want := int64(wMax * 717 / 1024 * mss); p.flow.Ssthresh != want {
		t.Fatalf("ssthresh %d, want %d", p.flow.Ssthresh, want)
	}
	p.flow.Cwnd = p.flow.Ssthresh
	began := p.now
	k := math.Cbrt(wMax * (1 - 717.0/1024) / 0.4)
	for p.now.Sub(began) < unit.Duration(1.3*k*1e9) {
		p.runFor(500 * unit.Millisecond)
		at := float64(p.now.Sub(began)) / 1e9
		want := 0.4*math.Pow(at-k, 3) + wMax
		if got := float64(p.flow.Cwnd) / mss; math.Abs(got-want) > 0.02*wMax {
			t.Errorf("after %.1f s: window %.0f, the curve has %.0f", at, got, want)
		}
	}
}

// Where Reno would be faster the window grows as Reno's with the same average does: one segment for each
// 8/15 of a window acknowledged, rounded down by the integers.
func TestCubicLinuxRenoRegion(t *testing.T) {
	p := linuxPath(20*unit.Millisecond, 10) // for half a second the curve is flat
	p.now = sim.Time(unit.Second)
	p.flow.Ssthresh = p.ctrl.OnLoss(p.now, &p.flow)
	p.flow.Cwnd = 100 * mss
	acked := 0
	for p.flow.Cwnd < 120*mss {
		p.ack()
		acked++
	}
	if perSegment := float64(acked) / 20; perSegment < 110*15/8*0.8 || perSegment > 110*15/8*1.3 {
		t.Errorf("%.0f segments acknowledged for one more", perSegment)
	}
}

// Without a W_max the window grows by a twentieth a round trip at least; a timeout forgets W_max and starts HyStart
// anew.
func TestCubicLinuxWithoutLoss(t *testing.T) {
	p := linuxPath(200*unit.Millisecond, 100)
	p.now = sim.Time(unit.Second)
	p.flow.Ssthresh = p.ctrl.OnRTO(p.now, &p.flow)
	if p.flow.Ssthresh != 70*mss {
		t.Fatalf("ssthresh %d", p.flow.Ssthresh)
	}
	p.flow.Cwnd = p.flow.Ssthresh
	before := p.flow.Cwnd
	p.runFor(200 * unit.Millisecond)
	if grown := p.flow.Cwnd - before; grown < before/25 || grown > before/12 {
		t.Errorf("grown by %d of %d octets in a round trip", grown, before)
	}
}

// The window halves for each timeout without sending, not below the initial window.
func TestCubicLinuxIdle(t *testing.T) {
	for _, c := range []struct {
		rtos float64
		want int64
	}{{0.5, 100}, {1.5, 50}, {2.5, 25}, {3.5, 12}, {9, 10}} {
		p := linuxPath(100*unit.Millisecond, 100)
		f := &p.flow
		f.InitialCwnd, f.RTO = 10*mss, 300*unit.Millisecond
		f.Pause = unit.Duration(c.rtos * 300e6)
		p.ctrl.OnIdle(sim.Time(10*unit.Second), f)
		if f.Cwnd != c.want*mss {
			t.Errorf("%.1f timeouts: window %d segments, want %d", c.rtos, f.Cwnd/mss, c.want)
		}
	}
}

func TestCubeRoot(t *testing.T) {
	for _, n := range []int64{0, 1, 7, 8, 26, 27, 1 << 40, 1<<60 - 1, 1 << 60} {
		r := cubeRoot(n)
		if r*r*r > n || (r+1)*(r+1)*(r+1) <= n {
			t.Errorf("cube root of %d: %d", n, r)
		}
	}
}
