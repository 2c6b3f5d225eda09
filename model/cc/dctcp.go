package cc

import "mpsim/sim"

// DCTCP: RFC 8257 section 3.

// Marks is implemented by controllers that follow the part of the octets that were marked by the network. Their
// endpoint asks for ECN, echoes marks one by one (RFC 8257 section 3.2) and sets Flow.Echo when OnLoss is about
// marks.
type Marks interface {
	// OnMarks is called for each ACK in sequence, also during recovery and before OnAck or OnLoss: acked
	// octets were newly acknowledged cumulatively, with ECE or not; una and nxt are SND.UNA after the ACK
	// and SND.NXT, as offsets from the initial sequence number.
	OnMarks(f *Flow, acked int64, marked bool, una, nxt uint64)
}

const (
	dctcpOne   = 1 << 20 // alpha is a fraction of it
	dctcpShift = 4       // g = 1/16, RFC 8257 section 4.2
)

// dctcp is NewReno whose answer to marks is in proportion to their number.
type dctcp struct {
	newReno
	alpha       int64 // DCTCP.Alpha, of dctcpOne
	bytesAcked  int64 // DCTCP.BytesAcked
	bytesMarked int64 // DCTCP.BytesMarked
	windowEnd   uint64
}

func newDCTCP() *dctcp { return &dctcp{alpha: dctcpOne} } // section 3.3: initially 1

// Name implements Controller.
func (*dctcp) Name() string { return "dctcp" }

// OnMarks implements Marks: steps 1 to 8 of section 3.3.
func (d *dctcp) OnMarks(_ *Flow, acked int64, marked bool, una, nxt uint64) {
	d.bytesAcked += acked
	if marked {
		d.bytesMarked += acked
	}
	if una <= d.windowEnd || d.bytesAcked == 0 {
		return
	}
	d.alpha -= max(d.alpha>>dctcpShift, min(d.alpha, 1)) // reaches 0
	d.alpha = min(d.alpha+d.bytesMarked*(dctcpOne>>dctcpShift)/d.bytesAcked, dctcpOne)
	d.windowEnd = nxt
	d.bytesAcked, d.bytesMarked = 0, 0
}

// OnLoss implements Controller: marks take alpha/2 of the window (section 3.3), a loss half (section 3.4).
func (d *dctcp) OnLoss(now sim.Time, f *Flow) int64 {
	if !f.Echo {
		return d.newReno.OnLoss(now, f)
	}
	f.check(0)
	d.newReno.bytesAcked = 0
	return max(f.Cwnd-f.Cwnd*d.alpha/(2*dctcpOne), minSsthreshSegments*f.MSS)
}

// Alpha returns DCTCP's estimate of the part of the octets that are marked, as a fraction.
func (d *dctcp) Alpha() float64 { return float64(d.alpha) / dctcpOne }
