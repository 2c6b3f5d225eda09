package cc

import "mpsim/sim"

// NewReno's window: RFC 5681 sections 3.1 and 3.2 as RFC 6582 uses them, with the byte counting of RFC 3465
// section 2.1. Fast recovery itself is the endpoint's.

// newReno is an uncoupled AIMD controller: one MSS more for each window, half at a loss.
type newReno struct {
	ss         slowStart
	bytesAcked int64 // RFC 3465 section 2.1: octets acknowledged towards the next whole window
}

// Name implements Controller.
func (*newReno) Name() string { return "newreno" }

// OnAck implements Controller.
func (r *newReno) OnAck(_ sim.Time, f *Flow, acked int64) {
	f.check(acked)
	if !f.CwndLimited || f.InRecovery {
		return
	}
	if acked = r.ss.grow(f, acked); acked == 0 {
		return
	}
	r.bytesAcked += acked
	if r.bytesAcked >= f.Cwnd {
		r.bytesAcked -= f.Cwnd
		f.Cwnd += f.MSS
	}
}

// OnLoss implements Controller.
func (r *newReno) OnLoss(_ sim.Time, f *Flow) int64 {
	r.bytesAcked = 0
	return f.reduced(1, 2)
}

// OnRTO implements Controller.
func (r *newReno) OnRTO(_ sim.Time, f *Flow) int64 {
	r.bytesAcked = 0
	r.ss.afterRTO = true
	return f.reduced(1, 2)
}

// OnRecovered implements Controller.
func (r *newReno) OnRecovered(sim.Time, *Flow) { r.bytesAcked = 0 }

// OnUndo implements Controller.
func (r *newReno) OnUndo(sim.Time, *Flow) { r.ss.afterRTO = false }

// OnIdle implements Controller.
func (r *newReno) OnIdle(_ sim.Time, f *Flow) {
	r.bytesAcked = 0
	f.restart()
}
