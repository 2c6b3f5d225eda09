package cc

import "mpsim/sim"

// Opportunistic linked increases: Khalili, Gast, Popovic, Upadhyay and Le Boudec, "MPTCP is not Pareto-optimal:
// performance issues and a possible solution", CoNEXT 2012; draft-khalili-mptcp-congestion-control-05.

// olia couples the increase as LIA does, but without compromise, and probes: paths that are best by their
// losses and have a small window gain a little, at the expense of those with the largest window.
type olia struct{ multipath }

// lossInterval is what OLIA knows of one subflow: octets acknowledged since the last loss, and between the
// last two losses.
type lossInterval struct{ since, between int64 }

// Name implements Controller.
func (*olia) Name() string { return "olia" }

// OnAck implements Controller.
func (o *olia) OnAck(_ sim.Time, f *Flow, acked int64) {
	left := o.avoid(f, acked)
	if f.Group != nil {
		f.Group.interval(f).since += acked
	}
	switch {
	case left == 0:
	case f.coupledTo():
		own := f.one(left)
		o.add(f, float64(own*f.kellyVoice())+float64(own*f.Group.probing(f)))
	default:
		o.add(f, f.one(left))
	}
}

// kellyVoice is the first term of the increase over that of one TCP: (w_i/rtt_i^2) / (sum w_p/rtt_p)^2 x w_i,
// the square of the subflow's share of the connection's rate.
func (f *Flow) kellyVoice() float64 {
	share := f.rate() / f.Group.rates()
	return share * share
}

// rate is w/rtt, octets a second; 0 for a subflow that does not take part.
func (f *Flow) rate() float64 {
	w := f.coupledWindow()
	if w == 0 {
		return 0
	}
	return float64(w) / seconds(f.SRTT)
}

// rates is the sum of the subflows' rates.
func (g *Group) rates() float64 {
	sum := 0.0
	for _, f := range g.Flows {
		sum += f.rate()
	}
	return sum
}

func (g *Group) interval(f *Flow) *lossInterval {
	if len(g.intervals) < len(g.Flows) {
		g.intervals = append(g.intervals, make([]lossInterval, len(g.Flows)-len(g.intervals))...)
	}
	return &g.intervals[f.Index]
}

// quality is l_i/rtt_i^2: the square of what a TCP would get there, up to a constant.
func (g *Group) quality(f *Flow) float64 {
	v := g.interval(f)
	rtt := seconds(f.SRTT)
	return float64(max(v.since, v.between)) / (rtt * rtt)
}

// probing is alpha_i. Windows are compared in whole segments.
func (g *Group) probing(f *Flow) float64 {
	var best float64
	var largest int64
	n := 0
	for _, s := range g.Flows {
		if w := s.coupledWindow(); w != 0 {
			n++
			largest = max(largest, w/s.MSS)
			best = max(best, g.quality(s))
		}
	}
	collected, all := 0, 0 // of the best paths those without the largest window; those with it
	for _, s := range g.Flows {
		w := s.coupledWindow()
		switch {
		case w == 0:
		case w/s.MSS == largest:
			all++
		case g.quality(s) == best:
			collected++
		}
	}
	switch {
	case collected == 0:
		return 0
	case f.coupledWindow()/f.MSS == largest:
		return -1 / float64(n*all)
	case g.quality(f) == best:
		return 1 / float64(n*collected)
	}
	return 0
}

// lost begins a new interval, unless nothing has been acknowledged since the last loss.
func (o *olia) lost(f *Flow) {
	if f.Group == nil {
		return
	}
	if v := f.Group.interval(f); v.since > 0 {
		v.since, v.between = 0, v.since
	}
}

// OnLoss implements Controller.
func (o *olia) OnLoss(now sim.Time, f *Flow) int64 {
	o.lost(f)
	return o.multipath.OnLoss(now, f)
}

// OnRTO implements Controller.
func (o *olia) OnRTO(now sim.Time, f *Flow) int64 {
	o.lost(f)
	return o.multipath.OnRTO(now, f)
}
