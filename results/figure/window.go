package figure

// drawCwnd draws the congestion window of each subflow at the sender.
func drawCwnd(r *run) (*panel, error) {
	curves, err := r.subflowCurves("cwnd_bytes")
	if err != nil {
		return nil, err
	}
	if len(curves) == 0 {
		return nil, &EmptyError{"window", r.orNotRecorded("no subflow was alive at a sample")}
	}
	p := r.linesPanel(curves, r.labels, r.short)
	p.yLabel, p.yUnit = "Congestion window"+r.ofConnection(), byteUnit(p.yMax)
	p.csv = curvesCSV("label", "cwnd_bytes", curves)
	return p, nil
}
