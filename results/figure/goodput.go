package figure

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// binsMax bounds the bins of the goodput figure: about two points each in a column.
const binsMax = 120

// band is one label's goodput in each bin.
type band struct {
	label string
	bytes []int64
}

// drawGoodput draws the goodput over each subflow at the receiving host as stacked steps.
func drawGoodput(r *run) (*panel, error) {
	curves, err := r.deliveredCurves()
	if err != nil {
		return nil, err
	}
	binNs := binWidth(r.endNs, curves)
	bins := int((r.endNs + binNs/2) / binNs) // the last one takes a remainder shorter than half a bin
	bins = max(bins, 1)
	edge := func(i int) int64 {
		if i == bins {
			return r.endNs
		}
		return int64(i) * binNs
	}
	var bands []*band
	for _, c := range curves {
		i := slices.IndexFunc(bands, func(b *band) bool { return b.label == c.label })
		if i < 0 {
			i = len(bands)
			bands = append(bands, &band{c.label, make([]int64, bins)})
		}
		var before int64
		for j := range bins {
			now := c.at(edge(j + 1))
			bands[i].bytes[j] += now - before
			before = now
		}
	}
	bands = slices.DeleteFunc(bands, func(b *band) bool { return slices.Max(b.bytes) == 0 })
	if len(bands) == 0 {
		return nil, &EmptyError{"goodput", r.orNotRecorded("no data was delivered")}
	}
	slices.SortFunc(bands, func(a, b *band) int { return r.labels.byLook(a.label, b.label) })
	return r.goodputPanel(bands, edge, bins), nil
}

func (r *run) goodputPanel(bands []*band, edge func(int) int64, bins int) *panel {
	p := &panel{endNs: r.endNs, marks: r.marks, yLabel: "Goodput"}
	if r.opt.Connection != 0 {
		p.yLabel += r.ofConnection()
	}
	var csv strings.Builder
	csv.WriteString("bin_start_ns,bin_end_ns,label,goodput_bps\n")
	base := make([]int64, bins)
	for _, b := range bands {
		top := make([]int64, bins)
		for j := range bins {
			bps := rate(b.bytes[j], edge(j+1)-edge(j))
			top[j] = base[j] + bps
			p.yMax = max(p.yMax, top[j])
			fmt.Fprintf(&csv, "%d,%d,%s,%d\n", edge(j), edge(j+1), quote(b.label), bps)
		}
		l, low := r.labels[b.label], base
		p.layers = append(p.layers, stepLayer(l, edge, low, top))
		p.legend = append(p.legend, entry{text: r.short(b.label), look: l, swatch: areaSwatch})
		base = top
	}
	p.yUnit = rateUnit(p.yMax)
	p.csv = []byte(csv.String())
	return p
}

// stepLayer fills between two step functions where they differ and draws the upper one.
func stepLayer(l look, edge func(int) int64, low, top []int64) layer {
	return func(c *draw.Canvas, st Style, x, y func(int64) vg.Length) {
		for j := 0; j < len(top); j++ {
			var upper, lower []vg.Point
			for ; j < len(top) && top[j] > low[j]; j++ {
				left, right := x(edge(j)), x(edge(j+1))
				upper = append(upper, vg.Point{X: left, Y: y(top[j])}, vg.Point{X: right, Y: y(top[j])})
				lower = append(lower, vg.Point{X: left, Y: y(low[j])}, vg.Point{X: right, Y: y(low[j])})
			}
			if upper == nil {
				continue
			}
			slices.Reverse(lower)
			c.FillPolygon(l.tint(), append(slices.Clone(upper), lower...))
			c.StrokeLines(st.edge(l), upper)
		}
	}
}

// deliveredCurves returns the octets delivered so far over each subflow of the receiving host, of
// one connection if that was asked for.
func (r *run) deliveredCurves() ([]*curve, error) { return r.deliveredOf(r.opt.Connection) }

// deliveredOf is deliveredCurves of one connection, of all with 0.
func (r *run) deliveredOf(connection int64) ([]*curve, error) {
	if r.subflow == nil {
		return nil, nil
	}
	type key struct{ connection, subflow, label int64 }
	byKey := map[key]*curve{}
	var curves []*curve
	host, label := r.subflow.Index("host"), r.subflow.Index("label")
	columns := []string{"time_ns", "host", "connection", "subflow", "label", "delivered_bytes"}
	err := scan(r.subflow, columns, func(v []int64) {
		if r.subflow.Word(host, v[1]) != r.receiver || connection != 0 && v[2] != connection {
			return
		}
		k := key{v[2], v[3], v[4]}
		c := byKey[k]
		if c == nil {
			c = &curve{label: r.subflow.Word(label, v[4]), subflow: v[3]}
			byKey[k] = c
			curves = append(curves, c)
		}
		c.timeNs, c.value = append(c.timeNs, v[0]), append(c.value, v[5])
	})
	return curves, err
}

// at returns the value at an instant, interpolated between samples; 0 well before the first
// sample, the last value after the last.
func (c *curve) at(ns int64) int64 {
	i, found := slices.BinarySearch(c.timeNs, ns)
	switch {
	case found:
		return c.value[i]
	case i == len(c.timeNs):
		return c.value[i-1]
	case i == 0:
		// What came before the first sample came since the sample that would have preceded it.
		start := c.timeNs[0] - c.interval()
		if ns <= start {
			return 0
		}
		return scale(c.value[0], ns-start, c.timeNs[0]-start)
	}
	return c.value[i-1] + scale(c.value[i]-c.value[i-1], ns-c.timeNs[i-1], c.timeNs[i]-c.timeNs[i-1])
}

// interval returns the shortest distance between the first samples, or the first's own time.
func (c *curve) interval() int64 {
	d := c.timeNs[0]
	for i := 1; i < min(len(c.timeNs), 8); i++ {
		if step := c.timeNs[i] - c.timeNs[i-1]; step > 0 {
			d = min(d, step)
		}
	}
	return max(d, 1)
}

// scale returns v*num/den without overflow, for v, num >= 0 and num <= den.
func scale(v, num, den int64) int64 {
	hi, lo := bits.Mul64(uint64(v), uint64(num))
	q, _ := bits.Div64(hi, lo, uint64(den))
	return int64(q)
}

// rate returns octets in a span as bit/s.
func rate(bytes, spanNs int64) int64 {
	hi, lo := bits.Mul64(uint64(bytes), 8_000_000_000)
	if hi >= uint64(spanNs) {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, uint64(spanNs))
	return int64(q)
}

// binWidth returns 1, 2 or 5 times a power of ten nanoseconds such that the run has at most binsMax
// bins, none shorter than the samples are apart.
func binWidth(endNs int64, curves []*curve) int64 {
	var apart int64
	for _, c := range curves {
		if len(c.timeNs) > 1 {
			apart = max(apart, c.interval())
		}
	}
	for unit := int64(1); ; unit *= 10 {
		for _, m := range []int64{1, 2, 5} {
			if w := m * unit; endNs/w <= binsMax && w >= apart {
				return w
			}
		}
	}
}
