package cc

// Window arithmetic that all controllers share: RFC 5681 equation 4 and section 4.1, RFC 6928 section 2,
// RFC 7661 section 4.4.

// minSsthreshSegments is the floor of ssthresh (RFC 5681 equation 4).
const minSsthreshSegments = 2

// check panics on what the endpoint may never pass: these are faults of the model, not of a scenario.
func (f *Flow) check(acked int64) {
	if f.MSS <= 0 {
		panic("cc: Flow.MSS must be positive")
	}
	if f.Cwnd <= 0 {
		panic("cc: Flow.Cwnd must be positive")
	}
	if acked < 0 {
		panic("cc: acknowledged octets must not be negative")
	}
}

// lossWindow is the window that a loss reduces, octets: FlightSize without what limited transmit added.
func (f *Flow) lossWindow() int64 {
	switch {
	case f.FlightSize > 0:
		return min(f.Cwnd, f.FlightSize)
	case f.CwndLimited:
		return f.Cwnd
	default:
		return min(f.Cwnd, f.InFlight)
	}
}

// reduced returns the new ssthresh, octets: num/den of the loss window, at least two segments.
func (f *Flow) reduced(num, den int64) int64 {
	f.check(0)
	return max(f.lossWindow()*num/den, minSsthreshSegments*f.MSS)
}

// initialWindow is the endpoint's initial window, octets, or that of RFC 6928 section 2.
func (f *Flow) initialWindow() int64 {
	if f.InitialCwnd > 0 {
		return f.InitialCwnd
	}
	return min(10*f.MSS, max(2*f.MSS, 14600))
}

// restart is the window after an idle period (RFC 5681 section 4.1). Ssthresh keeps 3/4 of what the path
// has carried (RFC 7661 section 4.4).
func (f *Flow) restart() {
	f.check(0)
	f.Ssthresh = max(f.Ssthresh, f.Cwnd/4*3)
	f.Cwnd = min(f.Cwnd, f.initialWindow())
}
