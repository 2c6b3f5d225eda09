package figure

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// arrivals are the segments of one label: when they came and where in the stream their data ends.
type arrivals struct {
	label      string
	timeNs     []int64
	endBytes   []int64
	reinjected []bool
}

// drawSequence draws where in the stream the data of each arriving segment lies, coloured by the
// subflow that brought it, at the host that received most.
func drawSequence(r *run) (*panel, error) {
	if r.arrival == nil {
		return nil, &EmptyError{"data-sequence", r.orNotRecorded("arrivals of segments were not recorded")}
	}
	var all []*arrivals
	host, label := r.arrival.Index("host"), r.arrival.Index("label")
	p := &panel{endNs: r.endNs, marks: r.marks}
	columns := []string{"time_ns", "host", "connection", "label", "data_seq_end_bytes", "reinjected"}
	err := scan(r.arrival, columns, func(v []int64) {
		if v[2] != r.connection || r.arrival.Word(host, v[1]) != r.receiver {
			return
		}
		name := r.arrival.Word(label, v[3])
		i := slices.IndexFunc(all, func(a *arrivals) bool { return a.label == name })
		if i < 0 {
			i = len(all)
			all = append(all, &arrivals{label: name})
		}
		a := all[i]
		a.timeNs, a.endBytes = append(a.timeNs, v[0]), append(a.endBytes, v[4])
		a.reinjected = append(a.reinjected, v[5] != 0)
		p.yMax = max(p.yMax, v[4])
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, &EmptyError{"data-sequence", r.orNotRecorded("no data arrived over Multipath TCP (plain TCP has no data sequence)")}
	}
	slices.SortStableFunc(all, func(a, b *arrivals) int { return r.labels.byLook(a.label, b.label) })
	p.yLabel, p.yUnit = "Data sequence"+r.ofConnection(), byteUnit(p.yMax)
	again := false
	for i, a := range all {
		a.thin(r.endNs, p.yMax)
		dot := dotSize(r.opt.Style, i, len(all))
		l := r.labels[a.label]
		p.legend = append(p.legend, entry{text: r.short(a.label), look: l, swatch: dotSwatch, dot: dot})
		p.layers = append(p.layers, a.layer(l, dot))
		again = again || slices.Contains(a.reinjected, true)
	}
	if again {
		ink := look{color: okabeIto()[reinjectedSlot]}
		p.legend = append(p.legend, entry{text: "reinjected", look: ink, swatch: ringSwatch})
		for _, a := range all {
			p.layers = append(p.layers, a.rings(ink))
		}
	}
	p.csv = sequenceCSV(all)
	return p, nil
}

// reinjectedSlot is vermillion, which the first four labels do not have.
const reinjectedSlot = 4

// thin keeps one segment for each cell of a grid of 1200 by 800, finer than print resolves, apart
// for reinjected ones.
func (a *arrivals) thin(endNs, endBytes int64) {
	type cell struct {
		x, y int64
		re   bool
	}
	seen := map[cell]bool{}
	n := 0
	for i := range a.timeNs {
		c := cell{a.timeNs[i] / (endNs/1200 + 1), a.endBytes[i] / (endBytes/800 + 1), a.reinjected[i]}
		if seen[c] {
			continue
		}
		seen[c] = true
		a.timeNs[n], a.endBytes[n], a.reinjected[n] = a.timeNs[i], a.endBytes[i], a.reinjected[i]
		n++
	}
	a.timeNs, a.endBytes, a.reinjected = a.timeNs[:n], a.endBytes[:n], a.reinjected[:n]
}

func (a *arrivals) points(x, y func(int64) vg.Length, reinjected bool) []vg.Point {
	var at []vg.Point
	for i := range a.timeNs {
		if a.reinjected[i] == reinjected {
			at = append(at, vg.Point{X: x(a.timeNs[i]), Y: y(a.endBytes[i])})
		}
	}
	return at
}

// dotSize is the size of the dots of the i-th of n labels: each smaller than the one it is drawn
// over, so that paths whose segments interleave are both seen.
func dotSize(st Style, i, n int) vg.Length {
	if n == 1 {
		return st.DotSize * 1.4
	}
	return st.DotSize * (1.9 - vg.Length(1.1*vg.Length(i))/vg.Length(n-1))
}

func (a *arrivals) layer(l look, dot vg.Length) layer {
	return func(c *draw.Canvas, st Style, x, y func(int64) vg.Length) {
		at := append(a.points(x, y, false), a.points(x, y, true)...)
		for i, p := range at { // dots stay inside the frame
			at[i].X = min(max(p.X, c.Min.X+dot/2), c.Max.X-dot/2)
			at[i].Y = min(max(p.Y, c.Min.Y+dot/2), c.Max.Y-dot/2)
		}
		fillDots(c, l.color, dot, thinDots(at, st.DotSize/3))
	}
}

func (a *arrivals) rings(l look) layer {
	return func(c *draw.Canvas, st Style, x, y func(int64) vg.Length) {
		strokeRings(c, l.color, st, thinDots(a.points(x, y, true), 2*st.DotSize))
	}
}

func sequenceCSV(all []*arrivals) []byte {
	var b strings.Builder
	b.WriteString("time_ns,label,data_seq_end_bytes,reinjected\n")
	for _, a := range all {
		for i := range a.timeNs {
			fmt.Fprintf(&b, "%d,%s,%d,%t\n", a.timeNs[i], quote(a.label), a.endBytes[i], a.reinjected[i])
		}
	}
	return []byte(b.String())
}
