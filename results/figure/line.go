package figure

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/results/stats"
)

// estimate is a mean with its interval over one case of the horizontal axis, in the axis's unit.
type estimate struct {
	k int // which case
	stats.Interval
}

// family is one curve or one row of bars.
type family struct {
	curveOf
	values []estimate
}

// families computes what line and bars show, and the largest end of an interval.
func (s *sweep) families() (x int, list []family, counts []int, most float64, err error) {
	if x, err = s.axis(s.fig.X); err != nil {
		return
	}
	for _, c := range s.curves(x) {
		column, err := s.column(s.fig.Metrics[c.metric].Column)
		if err != nil {
			return 0, nil, nil, 0, err
		}
		points, means := s.estimates(c, column)
		if bounded(s.fig.Metrics[c.metric].Column) {
			for i := range means {
				means[i].High = min(means[i].High, max(1, means[i].Estimate))
			}
		}
		f := family{curveOf: c}
		for i, p := range points {
			f.values = append(f.values, estimate{p.cases[x], means[i]})
			counts = append(counts, means[i].N)
			most = max(most, means[i].High)
		}
		if len(f.values) > 0 {
			slices.SortStableFunc(f.values, func(a, b estimate) int { return a.k - b.k })
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return 0, nil, nil, 0, &EmptyError{s.fig.Name, "no run has a value"}
	}
	return x, list, counts, most, nil
}

// bounded tells that a metric is at most 1, and so is what its interval holds.
func bounded(column string) bool {
	return strings.HasSuffix(column, "_ratio") || strings.HasSuffix(column, "_index")
}

// dodge is how far neighbouring curves are moved apart, so that their intervals do not lie on each other.
const dodge = 1.8

// drawLine draws means with their intervals over an axis.
func drawLine(s *sweep) (*chart, error) {
	x, list, counts, most, err := s.families()
	if err != nil {
		return nil, err
	}
	q := s.metricQuantity(most)
	xs, at := places(s.axisLabel(x), s.Axes[x].Cases, s.fig.Log)
	ch := &chart{x: xs, y: fromZero(q.label, q.unit, most/q.unit.scale, 5)}
	for n, f := range list {
		aside := vg.Length(dodge * (float64(n) - float64(len(list)-1)/2))
		if f.label != "" {
			ch.legend = append(ch.legend, entry{text: f.label, look: f.look, swatch: markerSwatch})
		}
		ch.layers = append(ch.layers, func(c *draw.Canvas, st Style, x, y func(float64) vg.Length) {
			whisker := draw.LineStyle{Color: f.look.color, Width: st.AxisWidth}
			var points []vg.Point
			for _, v := range f.values {
				px := x(at[v.k]) + aside
				points = append(points, vg.Point{X: px, Y: y(v.Estimate / q.unit.scale)})
				if v.Known {
					strokeWhisker(c, whisker, px, y(max(0, v.Low)/q.unit.scale), y(v.High/q.unit.scale))
				}
			}
			c.StrokeLines(st.line(f.look), points)
			fillMarkers(c, f.look, points)
		})
	}
	ch.legend = append(ch.legend, replications(counts, s.statistic()))
	ch.csv = s.familiesCSV(x, list)
	return ch, nil
}

// statistic names what the markers and their intervals are.
func (s *sweep) statistic() string {
	if s.fig.Median {
		return "median, quartiles"
	}
	return "mean, 95% CI"
}

// familiesCSV renders what families computed, in base units.
func (s *sweep) familiesCSV(x int, list []family) []byte {
	var b strings.Builder
	columns := "mean,ci95_low,ci95_high"
	if s.fig.Median {
		columns = "median,quartile_low,quartile_high"
	}
	fmt.Fprintf(&b, "%s,curve,metric,%s,n\n", quote(s.Axes[x].Name), columns)
	for _, f := range list {
		for _, v := range f.values {
			low, high := "", ""
			if v.Known {
				low, high = number(v.Low), number(v.High)
			}
			fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%d\n", quote(s.Axes[x].Cases[v.k]), quote(f.label),
				quote(s.fig.Metrics[f.metric].Column), number(v.Estimate), low, high, v.N)
		}
	}
	return []byte(b.String())
}

// drawBars draws the same as bars, side by side in groups.
func drawBars(s *sweep) (*chart, error) {
	x, list, counts, most, err := s.families()
	if err != nil {
		return nil, err
	}
	q := s.metricQuantity(most)
	ch := &chart{x: rowOf(s.axisLabel(x), s.Axes[x].Cases), y: fromZero(q.label, q.unit, most/q.unit.scale, 5)}
	width, cases := 0.8/float64(len(list)), s.Axes[x].Cases
	for n, f := range list {
		if f.label != "" {
			ch.legend = append(ch.legend, entry{text: f.label, look: f.look, swatch: boxSwatch})
		}
		ch.layers = append(ch.layers, func(c *draw.Canvas, st Style, x, y func(float64) vg.Length) {
			for k := range cases {
				if !slices.ContainsFunc(f.values, func(e estimate) bool { return e.k == k }) {
					left := float64(k) - 0.4 + float64(float64(n)*width)
					fillNone(c, st, x(left+0.5*width), y(0))
				}
			}
			for _, v := range f.values {
				left := float64(v.k) - 0.4 + float64(float64(n)*width)
				x0, x1 := x(left+float64(0.06*width)), x(left+float64(0.94*width))
				fillBar(c, st, f.look, x0, y(0), x1, y(v.Estimate/q.unit.scale))
				if v.Known {
					strokeWhisker(c, draw.LineStyle{Color: st.Ink, Width: st.AxisWidth}, (x0+x1)/2,
						y(max(0, v.Low)/q.unit.scale), y(v.High/q.unit.scale))
				}
			}
		})
	}
	ch.legend = append(ch.legend, replications(counts, s.statistic()))
	ch.csv = s.familiesCSV(x, list)
	return ch, nil
}

// fillNone stands where no run has a value: an empty place would be read as zero.
func fillNone(c *draw.Canvas, st Style, x, y vg.Length) {
	sty := st.text(st.TickSize, st.Mark)
	c.FillText(sty, vg.Point{X: x, Y: y + 2}, "none")
}
