package figure

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/sim/trace"
)

const (
	// distributionSteps bounds the vertices of one drawn distribution.
	distributionSteps = 500
	// shadesMax is the number of curves up to which the ranges of runs can be told apart.
	shadesMax = 4
	// shadeValues is the least number of values of a run that make a distribution of their own.
	shadeValues = 20
)

// shaded tells that a curve gets the range of its runs.
func (p pooled) shaded(curves int) bool {
	return len(p.runs) > 1 && p.largest() >= shadeValues && curves <= shadesMax
}

// pooled is one curve of a distribution: the values of each run of a point, in rising order.
type pooled struct {
	curveOf
	runs  [][]float64
	all   []float64
	never int // records without a value, if the figure counts them
}

// share is the part of a curve's records that its first n values are.
func (p *pooled) share(n int) float64 { return float64(n) / float64(len(p.all)+p.never) }

// pools reads the values of every curve's runs.
func (s *sweep) pools() ([]pooled, error) {
	var list []pooled
	var missing error
	for _, c := range s.curves() {
		p := pooled{curveOf: c}
		for _, pt := range s.points {
			if !c.match(pt) {
				continue
			}
			for _, run := range pt.runs {
				values, err := s.recordValues(run)
				var absent *absentError
				switch {
				case errors.As(err, &absent): // a script may have had nothing to record
					missing = err
				case err != nil:
					return nil, err
				}
				if s.fig.Never && err == nil {
					p.never += s.without(run)
				}
				if len(values) > 0 {
					slices.Sort(values)
					p.runs, p.all = append(p.runs, values), append(p.all, values...)
				}
			}
		}
		if len(p.all)+p.never > 0 { // a curve at 0 where no record has got the value
			slices.Sort(p.all)
			list = append(list, p)
		}
	}
	if !slices.ContainsFunc(list, func(p pooled) bool { return len(p.all) > 0 }) {
		list = nil
	}
	if len(list) == 0 && missing != nil {
		return nil, missing
	}
	if len(list) == 0 {
		return nil, &EmptyError{s.fig.Name, "no run has records of " + s.fig.Records + " with " + s.fig.Field}
	}
	return list, nil
}

// without counts the records of a run that meet the figure's conditions and have no value.
func (s *sweep) without(run int) (n int) {
	sum, err := s.Summary(run)
	if err != nil {
		return 0 // told by recordValues
	}
	g := sum.Group(s.fig.Records)
next:
	for i := range g.Records {
		for _, w := range s.fig.Where {
			if v, ok := g.Records[i].Get(w.Field); !ok || fieldWord(v) != w.Value {
				continue next
			}
		}
		if v, _ := g.Records[i].Get(s.fig.Field); !isNumber(v) {
			n++
		}
	}
	return n
}

func isNumber(f trace.Field) bool {
	_, ok := fieldNumber(f)
	return ok
}

// recordValues reads one field of the records of one run that meet the figure's conditions.
func (s *sweep) recordValues(run int) ([]float64, error) {
	sum, err := s.Summary(run)
	if err != nil {
		return nil, err
	}
	return RecordValues(sum, s.fig)
}

// absentError is a group or a field that one run's summary lacks.
type absentError struct{ msg string }

func (e *absentError) Error() string { return e.msg }

// RecordValues returns the values that a cdf or ranked figure takes from one run. A group, or a field that no
// record of it has, is an error: it is misspelt.
func RecordValues(sum *trace.Summary, f SweepFigure) ([]float64, error) {
	group := sum.Group(f.Records)
	if group == nil {
		var names []string
		for _, g := range sum.Groups {
			names = append(names, g.Name)
		}
		return nil, &absentError{fmt.Sprintf("a run's summary has no list %q (it has %s)", f.Records,
			strings.Join(names, ", "))}
	}
	var values []float64
	known := len(group.Records) == 0
next:
	for i := range group.Records {
		r := &group.Records[i]
		for _, w := range f.Where {
			if v, ok := r.Get(w.Field); !ok || fieldWord(v) != w.Value {
				continue next
			}
		}
		v, ok := r.Get(f.Field)
		known = known || ok
		if n, isNumber := fieldNumber(v); ok && isNumber {
			values = append(values, n)
		}
	}
	if !known && len(f.Where) == 0 {
		return nil, &absentError{fmt.Sprintf("the records of %s have no field %q", f.Records, f.Field)}
	}
	return values, nil
}

// ranks returns the value at each of n ranks: the mean over runs, and the least and largest of a run.
func (p pooled) ranks(n int) (mean, low, high []float64) {
	mean, low, high = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		sum := 0.0
		for r, values := range p.runs {
			v := values[(2*i+1)*len(values)/(2*n)]
			sum += v
			if r == 0 {
				low[i], high[i] = v, v
			}
			low[i], high[i] = min(low[i], v), max(high[i], v)
		}
		mean[i] = sum / float64(len(p.runs))
	}
	return mean, low, high
}

// largest returns the size of the largest run.
func (p pooled) largest() int {
	n := 0
	for _, r := range p.runs {
		n = max(n, len(r))
	}
	return n
}

// veil is a colour's transparent form, for bands that overlap.
func veil(c color.RGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 0x38} }

// bandLayer fills between two curves.
func bandLayer(l look, x0, y0, x1, y1 []float64) chartLayer {
	return func(c *draw.Canvas, _ Style, x, y func(float64) vg.Length) {
		var around []vg.Point
		for i := range x0 {
			around = append(around, vg.Point{X: x(x0[i]), Y: y(y0[i])})
		}
		for i := len(x1) - 1; i >= 0; i-- {
			around = append(around, vg.Point{X: x(x1[i]), Y: y(y1[i])})
		}
		c.FillPolygon(veil(l.color), around)
	}
}

// pathLayer strokes a curve.
func pathLayer(l look, xs, ys []float64) chartLayer {
	return func(c *draw.Canvas, st Style, x, y func(float64) vg.Length) {
		points := make([]vg.Point, len(xs))
		for i := range xs {
			points[i] = vg.Point{X: x(xs[i]), Y: y(ys[i])}
		}
		c.StrokeLines(st.line(l), points)
	}
}

// scaled divides values.
func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v / by
	}
	return out
}

// note says what the curves are of; of is how the runs of a point make one curve.
func (s *sweep) note(list []pooled, of string) entry {
	runs, values := []int{}, []int{}
	for _, p := range list {
		runs, values = append(runs, len(p.runs)), append(values, len(p.all)+p.never)
	}
	text := fmt.Sprintf("(n = %d", slices.Min(values))
	if a, b := slices.Min(values), slices.Max(values); a != b {
		text += fmt.Sprintf("-%d", b)
	}
	if n := slices.Max(runs); n > 1 {
		text += fmt.Sprintf("%s %d runs", of, n)
		if list[0].shaded(len(list)) {
			text += ", whose range is shaded"
		}
	}
	return entry{text: text + ")", swatch: noSwatch}
}

// drawCDF draws the share of values up to each value, all runs of a point together; the shade holds the
// distribution of each single run.
func drawCDF(s *sweep) (*chart, error) {
	list, err := s.pools()
	if err != nil {
		return nil, err
	}
	least, most := math.Inf(1), 0.0
	for _, p := range list {
		if len(p.all) > 0 {
			least, most = min(least, p.all[0]), max(most, p.all[len(p.all)-1])
		}
	}
	q := s.quantityOf(s.fig.Field, s.fig.XLabel, most)
	ch := &chart{x: fromZero(q.label, q.unit, most/q.unit.scale, 6)}
	ch.y = exactlyTo("Share of "+s.fig.Records, 1, 5)
	if s.fig.Label != "" {
		ch.y.label = s.fig.Label
	}
	if s.fig.Log && least > 0 {
		ch.x = decades(withUnit(q.label, q.unit), least/q.unit.scale, most/q.unit.scale)
	}
	var csv strings.Builder
	fmt.Fprintf(&csv, "curve,share,%s\n", s.fig.Field)
	var curves []chartLayer
	for _, p := range list {
		n := min(p.largest(), distributionSteps)
		_, low, high := p.ranks(n)
		shares := make([]float64, n)
		for i := range n {
			shares[i] = (float64(i) + 0.5) / float64(n)
		}
		if p.shaded(len(list)) && p.never == 0 {
			band := bandLayer(p.look, scaled(low, q.unit.scale), shares, scaled(high, q.unit.scale), shares)
			ch.layers = append(ch.layers, band)
		}
		xs, ys := p.stairs()
		if len(xs) == 0 {
			xs, ys = []float64{least, most}, []float64{0, 0}
		}
		for i := range xs {
			fmt.Fprintf(&csv, "%s,%s,%s\n", quote(p.label), number(ys[i]), number(xs[i]))
		}
		curves = append(curves, pathLayer(p.look, scaled(xs, q.unit.scale), ys))
		if p.label != "" {
			ch.legend = append(ch.legend, entry{text: p.label, look: p.look, swatch: lineSwatch})
		}
	}
	ch.layers = append(ch.layers, curves...)
	ch.legend = append(ch.legend, s.note(list, ","))
	ch.csv = []byte(csv.String())
	return ch, nil
}

// stairs returns the vertices of an empirical distribution, thinned to what a curve can show.
func (p *pooled) stairs() (xs, ys []float64) {
	sorted := p.all
	n := len(sorted)
	steps := min(n, distributionSteps)
	last := 0.0
	for k := 1; k <= steps; k++ {
		i := k*n/steps - 1
		share := p.share(i + 1)
		xs, ys = append(xs, sorted[i], sorted[i]), append(ys, last, share)
		last = share
	}
	return xs, ys
}

// drawRanked draws the values of a run in rising order, the mean over runs at each rank.
func drawRanked(s *sweep) (*chart, error) {
	list, err := s.pools()
	if err != nil {
		return nil, err
	}
	most, ranks := 0.0, 0
	for _, p := range list {
		most, ranks = max(most, p.all[len(p.all)-1]), max(ranks, p.largest())
	}
	q := s.quantityOf(s.fig.Field, s.fig.Label, most)
	what := s.fig.XLabel
	if what == "" {
		what = "Rank of " + strings.TrimSuffix(s.fig.Records, "s")
	}
	ch := &chart{x: exactlyTo(what, float64(ranks), 8), y: fromZero(q.label, q.unit, most/q.unit.scale, 5)}
	var csv strings.Builder
	fmt.Fprintf(&csv, "curve,rank,%s,least,most\n", s.fig.Field)
	var curves []chartLayer
	for _, p := range list {
		n := min(p.largest(), 2*distributionSteps)
		mean, low, high := p.ranks(n)
		at := make([]float64, n)
		for i := range n {
			at[i] = (float64(i) + 0.5) * float64(p.largest()) / float64(n)
			fmt.Fprintf(&csv, "%s,%s,%s,%s,%s\n", quote(p.label), number(at[i]), number(mean[i]), number(low[i]),
				number(high[i]))
		}
		if p.shaded(len(list)) {
			band := bandLayer(p.look, at, scaled(low, q.unit.scale), at, scaled(high, q.unit.scale))
			ch.layers = append(ch.layers, band)
		}
		curves = append(curves, pathLayer(p.look, at, scaled(mean, q.unit.scale)))
		if p.label != "" {
			ch.legend = append(ch.legend, entry{text: p.label, look: p.look, swatch: lineSwatch})
		}
	}
	ch.layers = append(ch.layers, curves...)
	ch.legend = append(ch.legend, s.note(list, ", mean of"))
	ch.csv = []byte(csv.String())
	return ch, nil
}
