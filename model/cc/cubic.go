package cc

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// CUBIC: RFC 9438. Windows in the formulas are segments, as in the RFC; times are seconds.

// Constants of RFC 9438 section 4.1 and, for alpha, section 4.3: 3 (1 - beta) / (1 + beta).
const (
	cubicC           = 0.4 // segments per second cubed
	cubicBetaNum     = 7   // beta = 0.7
	cubicBetaDen     = 10
	cubicConvergeN   = 17 // (1 + beta) / 2 = 17/20, section 4.7
	cubicConvergeD   = 20
	cubicAlpha       = 9.0 / 17.0
	cubicMaxIncrease = 0.5 // section 4.2: the target is at most 1.5 windows
	cubicRenoAlpha   = 1.0 // section 4.3: once W_est has reached cwnd_prior
)

// CubicConfig chooses variants. The zero value is the default.
type CubicConfig struct {
	NoHyStart         bool // plain slow start (RFC 3465, L = 2) instead of HyStart++ (RFC 9406)
	NoFastConvergence bool // RFC 9438 section 4.7 off
}

// cubicEpoch is one stage of congestion avoidance and what the last congestion event left for it.
type cubicEpoch struct {
	wMax      float64  // W_max, segments; 0: no congestion event yet
	cwndPrior float64  // cwnd_prior, segments
	wEst      float64  // W_est, segments
	k         float64  // K, seconds
	start     sim.Time // t_epoch, moved on by the time in which the window was not used
	running   bool
	fresh     bool // after a timeout: the curve starts flat at the window it meets (section 4.8)
}

// cubic is RFC 9438's controller.
type cubic struct {
	config  CubicConfig
	ss      slowStart
	hystart hystart
	epoch   cubicEpoch
	saved   cubicEpoch // before the last congestion event, for OnUndo (section 4.9)
	savedAt sim.Time
	lastAck sim.Time
	credit  float64 // fraction of an octet not yet added to the window
}

// NewCubic returns a CUBIC controller.
func NewCubic(config CubicConfig) Controller {
	c := &cubic{config: config}
	c.hystart.done = config.NoHyStart
	return c
}

// Name implements Controller.
func (*cubic) Name() string { return "cubic" }

// OnAck implements Controller.
func (c *cubic) OnAck(now sim.Time, f *Flow, acked int64) {
	f.check(acked)
	elapsed := now.Sub(c.lastAck)
	c.lastAck = now
	inSlowStart := f.Cwnd < f.Ssthresh
	if inSlowStart && !c.hystart.done {
		c.hystart.onAck(f, acked)
	}
	// RFC 9438 section 5.8: t does not run while the window is not used; nor while slow start
	// regains a window after idle.
	if !f.CwndLimited || inSlowStart {
		c.shift(elapsed)
	}
	if !f.CwndLimited || f.InRecovery {
		return
	}
	if inSlowStart {
		acked = c.slowStart(f, acked)
	}
	if acked > 0 {
		c.avoid(now, f, acked)
	}
}

// slowStart grows the window and returns the octets left for congestion avoidance.
func (c *cubic) slowStart(f *Flow, acked int64) int64 {
	if c.hystart.done {
		return c.ss.grow(f, acked)
	}
	return c.ss.growBy(f, c.hystart.grow(f, acked))
}

// avoid is one ACK in congestion avoidance (RFC 9438 sections 4.2 to 4.5).
func (c *cubic) avoid(now sim.Time, f *Flow, acked int64) {
	mss := float64(f.MSS)
	cwnd := float64(f.Cwnd) / mss
	segmentsAcked := float64(acked) / mss
	e := &c.epoch
	if !e.running {
		e.begin(now, cwnd)
	}
	alpha := cubicAlpha
	if e.wEst >= e.cwndPrior {
		alpha = cubicRenoAlpha
	}
	e.wEst += float64(alpha * segmentsAcked / cwnd)

	t := seconds(now.Sub(e.start))
	var increase float64
	if e.window(t) < e.wEst {
		increase = e.wEst - cwnd // Reno-friendly region, section 4.3
	} else {
		target := e.window(t + seconds(f.SRTT))
		increase = float64((target - cwnd) / cwnd * segmentsAcked)
	}
	// Never down, and at most 1.5 windows a round trip (section 4.2); in the Reno-friendly region the
	// same bound keeps a window that restarted below W_est from jumping there at once.
	increase = min(max(increase, 0), float64(cubicMaxIncrease*segmentsAcked))
	c.credit += float64(increase * mss)
	whole := int64(c.credit)
	c.credit -= float64(whole)
	f.Cwnd += whole
}

// begin starts a stage of congestion avoidance with a window of cwnd segments (section 4.2).
func (e *cubicEpoch) begin(now sim.Time, cwnd float64) {
	e.running = true
	e.start = now
	e.wEst = cwnd
	if e.fresh || e.wMax <= cwnd {
		// After a timeout (section 4.8), or slow start ended without a congestion event (section 4.10).
		e.fresh = false
		e.wMax = cwnd
		e.k = 0
		return
	}
	e.k = cbrt((e.wMax - cwnd) / cubicC)
}

// window is W_cubic(t) in segments, t in seconds (figure 1).
func (e *cubicEpoch) window(t float64) float64 {
	d := t - e.k
	return float64(cubicC*d*d*d) + e.wMax
}

// shift moves the epoch on, so that its t does not count d.
func (c *cubic) shift(d unit.Duration) {
	if c.epoch.running {
		c.epoch.start = c.epoch.start.Add(d)
	}
}

// congestion records W_max and cwnd_prior (sections 4.6 and 4.7) and returns the new ssthresh.
func (c *cubic) congestion(now sim.Time, f *Flow) int64 {
	f.check(0)
	c.saved, c.savedAt = c.epoch, now
	c.hystart.done = true
	cwnd := float64(f.Cwnd) / float64(f.MSS)
	e := &c.epoch
	e.running = false
	e.cwndPrior = cwnd
	if cwnd < e.wMax && !c.config.NoFastConvergence {
		e.wMax = float64(cwnd * cubicConvergeN / cubicConvergeD)
	} else {
		e.wMax = cwnd
	}
	c.credit = 0
	return f.reduced(cubicBetaNum, cubicBetaDen)
}

// OnLoss implements Controller.
func (c *cubic) OnLoss(now sim.Time, f *Flow) int64 { return c.congestion(now, f) }

// OnRTO implements Controller.
func (c *cubic) OnRTO(now sim.Time, f *Flow) int64 {
	ssthresh := c.congestion(now, f)
	c.epoch.fresh = true
	c.ss.afterRTO = true
	return ssthresh
}

// OnRecovered implements Controller.
func (c *cubic) OnRecovered(now sim.Time, _ *Flow) { c.lastAck = now }

// OnUndo implements Controller: the state before the congestion event comes back (section 4.9), and the
// time since then does not count.
func (c *cubic) OnUndo(now sim.Time, _ *Flow) {
	c.epoch = c.saved
	c.shift(now.Sub(c.savedAt))
	c.ss.afterRTO = false
	c.lastAck = now
}

// OnIdle implements Controller: the epoch is moved on by the time without ACKs (section 5.8).
func (c *cubic) OnIdle(now sim.Time, f *Flow) {
	c.shift(now.Sub(c.lastAck))
	c.lastAck = now
	f.restart()
}

// seconds converts for the formulas.
func seconds(d unit.Duration) float64 { return float64(d) / 1e9 }
