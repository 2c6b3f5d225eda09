package cc

import "mpsim/sim"

// Linked Increases: RFC 6356 sections 3 and 4.

// lia couples the increase of a connection's subflows: together they take no more than one TCP would on
// the best of the paths. One controller a subflow; alpha is shared through Flow.Group.
type lia struct {
	ss       slowStart
	segments int64   // whole segments of the window when alpha was last looked at
	acked    int64   // octets acknowledged since then: a window of them is a round trip
	credit   float64 // fraction of an octet not yet added to the window
}

// Name implements Controller.
func (*lia) Name() string { return "lia" }

// OnAck implements Controller.
func (l *lia) OnAck(_ sim.Time, f *Flow, acked int64) {
	f.check(acked)
	if !f.CwndLimited || f.InRecovery {
		return
	}
	left := l.ss.grow(f, acked)
	l.refresh(f, acked)
	if left == 0 {
		return
	}
	l.credit += f.coupledIncrease(left)
	whole := int64(l.credit)
	l.credit -= float64(whole)
	f.Cwnd += whole
}

// refresh recomputes alpha when the window has entered another segment, when a window has been
// acknowledged, or when a sibling's event made it obsolete (section 4.1).
func (l *lia) refresh(f *Flow, acked int64) {
	g := f.Group
	if g == nil {
		return
	}
	l.acked += acked
	if beyond := f.Cwnd - l.segments*f.MSS; g.alphaFresh && beyond >= 0 && beyond < f.MSS && l.acked < f.Cwnd {
		return
	}
	l.segments, l.acked = f.Cwnd/f.MSS, 0
	g.alpha = g.coupling()
	g.alphaFresh = true
}

// coupledIncrease is the increase for acked octets, in octets: min(alpha acked MSS / cwnd_total,
// acked MSS / cwnd) of section 3.
func (f *Flow) coupledIncrease(acked int64) float64 {
	product := float64(acked) * float64(f.MSS)
	own := product / float64(f.Cwnd)
	g := f.Group
	if g == nil || g.alpha == 0 || f.coupledWindow() == 0 {
		return own // nothing to couple with, or no sample yet: one TCP
	}
	return min(g.alpha*product/float64(g.totalFor(f)), own)
}

// Alpha returns the aggressiveness of the coupled increase (RFC 6356 section 3) as last computed, without
// dimension; 0 before the first ACK or without any RTT sample.
func (g *Group) Alpha() float64 { return g.alpha }

// coupledWindow is the window that enters the sums, octets: ssthresh in recovery, when cwnd is a matter
// of loss recovery (section 3). 0: the subflow does not take part.
func (f *Flow) coupledWindow() int64 {
	switch {
	case !f.Established || f.SRTT <= 0:
		return 0
	case f.InRecovery:
		return f.Ssthresh
	default:
		return f.Cwnd
	}
}

// coupling computes alpha = cwnd_total max(cwnd_i / rtt_i^2) / (sum cwnd_i / rtt_i)^2; 0 if no
// subflow takes part.
func (g *Group) coupling() float64 {
	var total, best, rate float64
	for _, f := range g.Flows {
		w := float64(f.coupledWindow())
		if w == 0 {
			continue
		}
		rtt := seconds(f.SRTT)
		total += w
		rate += w / rtt
		best = max(best, w/(rtt*rtt))
	}
	if total == 0 {
		return 0
	}
	return total * best / (rate * rate)
}

// obsolete makes the next ACK on any subflow recompute alpha.
func (f *Flow) obsolete() {
	if f.Group != nil {
		f.Group.alphaFresh = false
	}
}

// OnLoss implements Controller.
func (l *lia) OnLoss(_ sim.Time, f *Flow) int64 {
	l.credit = 0
	f.obsolete()
	return f.reduced(1, 2)
}

// OnRTO implements Controller.
func (l *lia) OnRTO(_ sim.Time, f *Flow) int64 {
	l.credit = 0
	l.ss.afterRTO = true
	f.obsolete()
	return f.reduced(1, 2)
}

// OnRecovered implements Controller.
func (l *lia) OnRecovered(_ sim.Time, f *Flow) { f.obsolete() }

// OnUndo implements Controller.
func (l *lia) OnUndo(_ sim.Time, f *Flow) {
	l.ss.afterRTO = false
	f.obsolete()
}

// OnIdle implements Controller.
func (l *lia) OnIdle(_ sim.Time, f *Flow) {
	l.credit = 0
	f.restart()
	f.obsolete()
}
