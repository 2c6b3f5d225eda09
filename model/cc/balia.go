package cc

import "mpsim/sim"

// Balanced linked adaptation: Peng, Walid, Hwang and Low, "Multipath TCP: analysis, design, and
// implementation", IEEE/ACM Transactions on Networking 24, 2016; draft-walid-mptcp-congestion-control-04.

// balia balances friendliness against responsiveness: both the increase and the decrease depend on how far the
// subflow's rate lies below the best one's.
type balia struct{ multipath }

// Name implements Controller.
func (*balia) Name() string { return "balia" }

// lag is alpha_i = max x_k / x_i, at least 1.
func (f *Flow) lag() float64 {
	best := 0.0
	for _, s := range f.Group.Flows {
		best = max(best, s.rate())
	}
	return best / f.rate()
}

// OnAck implements Controller: x_i/rtt_i / (sum x_k)^2 x (1+alpha_i)/2 x (4+alpha_i)/5 for each ACK.
func (b *balia) OnAck(_ sim.Time, f *Flow, acked int64) {
	left := b.avoid(f, acked)
	switch {
	case left == 0:
	case f.coupledTo():
		lag := f.lag()
		b.add(f, f.one(left)*f.kellyVoice()*((1+lag)/2)*((4+lag)/5))
	default:
		b.add(f, f.one(left))
	}
}

// OnLoss implements Controller: w_i/2 x min(alpha_i, 1.5) less.
func (b *balia) OnLoss(now sim.Time, f *Flow) int64 {
	half := b.multipath.OnLoss(now, f)
	if !f.coupledTo() || f.lag() <= 1 {
		return half
	}
	w := float64(f.lossWindow())
	return max(int64(w-float64(w/2*min(f.lag(), 1.5))), minSsthreshSegments*f.MSS)
}

// OnRTO implements Controller.
func (b *balia) OnRTO(now sim.Time, f *Flow) int64 {
	b.ss.afterRTO = true
	return b.OnLoss(now, f)
}
