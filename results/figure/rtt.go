package figure

// drawRTT draws the smoothed round-trip time (RFC 6298) of each subflow at the sender.
func drawRTT(r *run) (*panel, error) {
	curves, err := r.subflowCurves("srtt_ns")
	if err != nil {
		return nil, err
	}
	if len(curves) == 0 {
		return nil, &EmptyError{"rtt", r.orNotRecorded("no subflow measured a round-trip time")}
	}
	p := r.linesPanel(curves, r.labels, r.short)
	p.yLabel, p.yUnit = "Smoothed RTT"+r.ofConnection(), timeUnit(p.yMax)
	p.csv = curvesCSV("label", "srtt_ns", curves)
	return p, nil
}
