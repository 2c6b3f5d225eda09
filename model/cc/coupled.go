package cc

import "mpsim/sim"

// What the controllers for several paths have in common, and the two of them that need little more: EWTCP and
// COUPLED of Wischik, Raiciu, Greenhalgh and Handley, "Design, implementation and evaluation of congestion
// control for multipath TCP", NSDI 2011, section 2.

// multipath is one TCP's slow start and halving, and a window that grows by fractions of an octet.
type multipath struct {
	ss     slowStart
	credit float64 // fraction of an octet not yet added to the window
}

// avoid does what slow start does of an ACK and returns the octets left for congestion avoidance.
func (m *multipath) avoid(f *Flow, acked int64) int64 {
	f.check(acked)
	if !f.CwndLimited || f.InRecovery {
		return 0
	}
	return m.ss.grow(f, acked)
}

// add changes the window by octets, which may be negative; one segment always stays.
func (m *multipath) add(f *Flow, octets float64) {
	m.credit += float64(octets) // rounded: it may be a product
	whole := int64(m.credit)
	m.credit -= float64(whole)
	f.Cwnd = max(f.Cwnd+whole, f.MSS)
}

// one is the increase of one TCP for acked octets, in octets.
func (f *Flow) one(acked int64) float64 {
	return float64(acked) * float64(f.MSS) / float64(f.Cwnd)
}

// coupledTo tells that the flow is one of several that take part in the coupling, or at least measured.
func (f *Flow) coupledTo() bool { return f.Group != nil && f.coupledWindow() != 0 }

// OnLoss implements Controller.
func (m *multipath) OnLoss(_ sim.Time, f *Flow) int64 {
	m.credit = 0
	return f.reduced(1, 2)
}

// OnRTO implements Controller.
func (m *multipath) OnRTO(_ sim.Time, f *Flow) int64 {
	m.credit = 0
	m.ss.afterRTO = true
	return f.reduced(1, 2)
}

// OnRecovered implements Controller.
func (m *multipath) OnRecovered(sim.Time, *Flow) {}

// OnUndo implements Controller.
func (m *multipath) OnUndo(sim.Time, *Flow) { m.ss.afterRTO = false }

// OnIdle implements Controller.
func (m *multipath) OnIdle(_ sim.Time, f *Flow) {
	m.credit = 0
	f.restart()
}

// ewtcp runs one TCP on each path, each with 1/n of a TCP's share: the window grows by a/w for each ACK. The
// paper's text has a = 1/sqrt(n); its results, like htsim, need 1/n^2, since a TCP's share goes with the root
// of a.
type ewtcp struct{ multipath }

// Name implements Controller.
func (*ewtcp) Name() string { return "ewtcp" }

// OnAck implements Controller.
func (e *ewtcp) OnAck(_ sim.Time, f *Flow, acked int64) {
	if left := e.avoid(f, acked); left > 0 {
		n := f.paths()
		e.add(f, f.one(left)/float64(n*n))
	}
}

// paths counts the subflows that may carry data, at least one.
func (f *Flow) paths() int64 {
	if f.Group == nil {
		return 1
	}
	n := int64(0)
	for _, s := range f.Group.Flows {
		if s.Established {
			n++
		}
	}
	return max(n, 1)
}

// coupled moves all traffic to the least congested paths: the window grows by 1/w_total for each ACK and
// shrinks by w_total/2 at a loss. The endpoint keeps two segments.
type coupled struct{ multipath }

// Name implements Controller.
func (*coupled) Name() string { return "coupled" }

// OnAck implements Controller.
func (c *coupled) OnAck(_ sim.Time, f *Flow, acked int64) {
	left := c.avoid(f, acked)
	switch {
	case left == 0:
	case f.coupledTo():
		c.add(f, float64(left)*float64(f.MSS)/float64(f.Group.totalFor(f)))
	default:
		c.add(f, f.one(left))
	}
}

// OnLoss implements Controller.
func (c *coupled) OnLoss(now sim.Time, f *Flow) int64 {
	half := c.multipath.OnLoss(now, f)
	if !f.coupledTo() {
		return half
	}
	others := f.Group.totalFor(f) - f.coupledWindow()
	return max(half-others/2, minSsthreshSegments*f.MSS)
}

// OnRTO implements Controller.
func (c *coupled) OnRTO(now sim.Time, f *Flow) int64 {
	c.ss.afterRTO = true
	return c.OnLoss(now, f)
}
