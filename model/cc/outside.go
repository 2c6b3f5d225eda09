package cc

// What controllers outside of this package share with those inside.

// LossWindow is the window that a loss reduces, octets: FlightSize, at most Cwnd (RFC 5681 equation 4).
func (f *Flow) LossWindow() int64 { return f.lossWindow() }

// InitialWindow is the window a flow begins with, and restarts with after a pause, octets.
func (f *Flow) InitialWindow() int64 { return f.initialWindow() }
