package cc

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// CUBIC with the arithmetic of Linux (tcp_cubic.c, 6.18): whole segments, a clock of milliseconds,
// fixed-point factors. It differs from RFC 9438 where Linux does: a loss reduces the congestion window, not
// the flight (section 4.6 allows it); the curve is recomputed at most once a millisecond, and with an
// unchanged window once in 31; without a known W_max the window grows by at least 5 % a round trip; a
// timeout forgets everything; an undo restores the window only.

// Factors of Linux.
const (
	linuxBeta      = 717 // of 1024
	linuxUnit      = 1024
	linuxRTTScale  = 410 // C = 0.4, scaled by 1024
	linuxBetaScale = 15  // 8 (1024 + beta) / 3 (1024 - beta): segments for one of Reno, in eighths of the window
	linuxTimeShift = 10  // the curve's time unit is 1/1024 s
	linuxCubeShift = 10 + 3*linuxTimeShift
	linuxFirstCnt  = 20 // without W_max: segments acknowledged for one more, at most
	linuxHZ        = 1000
)

// cubicLinux is the controller. Counts are segments; times are jiffies of 1 ms.
type cubicLinux struct {
	hystart  hystartLinux
	lastMax  int64 // W_max before the last reduction, 0: none
	lastCwnd int64 // window and time of the last computation
	lastTime int64
	origin   int64 // plateau of the curve
	k        int64 // time from the epoch's start to the plateau, 1/1024 s
	start    int64 // of the epoch, 0: none
	ackCnt   int64 // acknowledged towards Reno's window
	renoCwnd int64 // window that Reno would have
	cnt      int64 // acknowledged segments for one more
	cwndCnt  int64 // acknowledged so far
	part     int64 // octets acknowledged that are no whole segment yet
	started  sim.Time

	// Results of the last divisions, which each ACK would do anew else.
	jiffy, jiffyEnd sim.Time // the present jiffy's start and end
	jiffyNo         int64
	octets, segment int64 // a window and the MSS that it was divided by
	segments        int64
}

// NewCubicLinux returns CUBIC as Linux computes it.
func NewCubicLinux() Controller { return &cubicLinux{} }

// Name implements Controller.
func (*cubicLinux) Name() string { return "cubic" }

// jiffies returns the number of the present jiffy, from 1 on: 0 means never.
func (c *cubicLinux) jiffies(now sim.Time) int64 {
	if now < c.jiffy || now >= c.jiffyEnd {
		n := int64(now) / int64(unit.Millisecond)
		c.jiffyNo, c.jiffy = n+1, sim.Time(n*int64(unit.Millisecond))
		c.jiffyEnd = c.jiffy.Add(unit.Millisecond)
	}
	return c.jiffyNo
}

// window returns the window in whole segments.
func (c *cubicLinux) window(f *Flow) int64 {
	if f.Cwnd != c.octets || f.MSS != c.segment {
		c.octets, c.segment, c.segments = f.Cwnd, f.MSS, f.Cwnd/f.MSS
	}
	return c.segments
}

// OnAck implements Controller.
func (c *cubicLinux) OnAck(now sim.Time, f *Flow, acked int64) {
	f.check(acked)
	if f.StartedAt != c.started {
		c.started = f.StartedAt
		c.pause(now, f.Pause)
	}
	h := &c.hystart
	h.delivered += acked
	if slowStart := f.Cwnd < f.Ssthresh; f.LastRTT > 0 && (slowStart && !h.found || h.shorter(f.LastRTT)) {
		if c.start == 0 || c.jiffies(now)-c.start >= linuxHZ { // not just after a recovery
			h.onSample(now, f, acked, slowStart)
		}
	}
	if !f.CwndLimited || f.InRecovery {
		return
	}
	c.part += acked
	segments := int64(0)
	if c.part < 4*f.MSS {
		for c.part >= f.MSS {
			c.part -= f.MSS
			segments++
		}
	} else {
		segments = c.part / f.MSS
		c.part -= segments * f.MSS
	}
	if f.Cwnd < f.Ssthresh {
		left := f.Ssthresh - f.Cwnd
		if segments*f.MSS <= left {
			f.Cwnd += segments * f.MSS
			return
		}
		f.Cwnd = f.Ssthresh
		segments -= (left + f.MSS - 1) / f.MSS
	}
	if segments <= 0 {
		return
	}
	c.update(c.jiffies(now), c.window(f), segments)
	if n := c.avoid(segments); n > 0 {
		f.Cwnd += n * f.MSS
	}
}

// pause keeps time without anything in flight out of the curve (cubictcp_cwnd_event).
func (c *cubicLinux) pause(now sim.Time, d unit.Duration) {
	if c.start != 0 && d > 0 {
		c.start = min(c.start+int64(d/unit.Millisecond), c.jiffies(now))
	}
}

// update computes cnt for a window of cwnd segments (bictcp_update).
func (c *cubicLinux) update(at, cwnd, acked int64) {
	c.ackCnt += acked
	if c.lastCwnd == cwnd && at-c.lastTime <= linuxHZ/32 {
		return
	}
	if c.start == 0 || at != c.lastTime {
		c.lastCwnd, c.lastTime = cwnd, at
		c.curve(at, cwnd, acked)
	}
	perReno := cwnd * linuxBetaScale >> 3
	for perReno > 0 && c.ackCnt > perReno {
		c.ackCnt -= perReno
		c.renoCwnd++
	}
	if c.renoCwnd > cwnd {
		c.cnt = min(c.cnt, cwnd/(c.renoCwnd-cwnd))
	}
	c.cnt = max(c.cnt, 2)
}

// curve sets cnt by the cubic function's value one round trip ahead.
func (c *cubicLinux) curve(at, cwnd, acked int64) {
	if c.start == 0 {
		c.start, c.ackCnt, c.renoCwnd = at, acked, cwnd
		c.k, c.origin = 0, cwnd
		if c.lastMax > cwnd {
			c.k, c.origin = cubeRoot((c.lastMax-cwnd)*(1<<linuxCubeShift/linuxRTTScale)), c.lastMax
		}
	}
	t := at - c.start + int64((c.hystart.minRTT+unit.Millisecond-1)/unit.Millisecond)
	t = t << linuxTimeShift / linuxHZ
	offset := t - c.k
	if offset < 0 {
		offset = -offset
	}
	offset = min(offset, 1<<17) // two minutes: the product stays within 64 bits
	delta := linuxRTTScale * offset * offset * offset >> linuxCubeShift
	target := c.origin + delta
	if t < c.k {
		target = c.origin - delta
	}
	c.cnt = 100 * cwnd
	if target > cwnd {
		c.cnt = cwnd / (target - cwnd)
	}
	if c.lastMax == 0 {
		c.cnt = min(c.cnt, linuxFirstCnt)
	}
}

// avoid counts acknowledged segments and returns by how many the window grows (tcp_cong_avoid_ai).
func (c *cubicLinux) avoid(acked int64) (more int64) {
	if c.cwndCnt >= c.cnt { // credits from a larger cnt
		c.cwndCnt = 0
		more++
	}
	c.cwndCnt += acked
	if c.cwndCnt >= c.cnt {
		n := c.cwndCnt / c.cnt
		c.cwndCnt -= n * c.cnt
		more += n
	}
	return more
}

// reduce remembers W_max and returns the new ssthresh (cubictcp_recalc_ssthresh).
func (c *cubicLinux) reduce(f *Flow) int64 {
	f.check(0)
	c.start, c.cwndCnt = 0, 0
	cwnd := f.Cwnd / f.MSS
	if cwnd < c.lastMax { // fast convergence
		c.lastMax = cwnd * (linuxUnit + linuxBeta) / (2 * linuxUnit)
	} else {
		c.lastMax = cwnd
	}
	return max(cwnd*linuxBeta/linuxUnit, minSsthreshSegments) * f.MSS
}

// OnLoss implements Controller.
func (c *cubicLinux) OnLoss(_ sim.Time, f *Flow) int64 { return c.reduce(f) }

// OnRTO implements Controller.
func (c *cubicLinux) OnRTO(_ sim.Time, f *Flow) int64 {
	ssthresh := c.reduce(f)
	h, started := c.hystart, c.started
	*c = cubicLinux{hystart: h, started: started}
	c.hystart.reset()
	return ssthresh
}

// OnRecovered implements Controller.
func (*cubicLinux) OnRecovered(sim.Time, *Flow) {}

// OnUndo implements Controller.
func (*cubicLinux) OnUndo(sim.Time, *Flow) {}

// OnIdle implements Controller: the window halves for each timeout of the pause, down to the initial one
// (tcp_cwnd_restart).
func (c *cubicLinux) OnIdle(now sim.Time, f *Flow) {
	f.check(0)
	c.pause(now, f.Pause)
	f.Ssthresh = max(f.Ssthresh, f.Cwnd/4*3)
	least := min(f.initialWindow(), f.Cwnd)
	cwnd := f.Cwnd / f.MSS
	for left := f.Pause - f.RTO; f.RTO > 0 && left > 0 && cwnd*f.MSS > least; left -= f.RTO {
		cwnd >>= 1
	}
	f.Cwnd = max(cwnd*f.MSS, least)
}

// cubeRoot returns the cube root of n rounded down, for 0 <= n < 2^62.
func cubeRoot(n int64) int64 {
	root := int64(0)
	for bit := int64(1) << 20; bit > 0; bit >>= 1 {
		if r := root + bit; r*r*r <= n {
			root = r
		}
	}
	return root
}
