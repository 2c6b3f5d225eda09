package figure

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mpsim/results/record"
	"mpsim/results/stats"
	"mpsim/sim/trace"
)

// Confidence of the intervals that figures of sweeps show.
const Confidence = 0.95

// SweepFigure says what a figure of a sweep shows. Metrics are columns of its table; their last word gives
// their unit: _ns, _bps, _bytes, _ratio, _packets.
type SweepFigure struct {
	Kind          string // of SweepKinds
	Name          string // of its files
	Title         string
	Label, XLabel string // of the axes, without unit; empty: from what they show

	X, Y    string // names of axes
	Metrics []Metric
	XMetric string

	Records, Field string // a group of the runs' summaries and a field of its records
	Where          []Condition
	Of             float64 // not zero: values are shown as percent of this
	Log            bool    // horizontal axis
	Only           []Only  // the points that are shown; nil: all
	Median         bool    // line, bars: median and quartiles in place of mean and confidence interval
	Never          bool    // cdf: records without a value count as ones that never came to have it
}

// Only names the cases of an axis that are shown.
type Only struct {
	Axis  string
	Cases []string
}

// Metric is a column and its name on the figure, which may be empty if there is one only.
type Metric struct{ Name, Column string }

// Condition keeps records whose field has a value.
type Condition struct{ Field, Value string }

// SweepKind is one type of figure of a sweep.
type SweepKind struct {
	Name, Doc string
	draw      func(*sweep) (*chart, error)
}

// SweepKinds lists them.
func SweepKinds() []SweepKind {
	return []SweepKind{
		{"line", "a metric over an axis, a curve for each case of the others", drawLine},
		{"bars", "a metric as bars, grouped over an axis", drawBars},
		{"cdf", "distribution of a value of all records of a point's runs", drawCDF},
		{"ranked", "the same values in rising order over their rank", drawRanked},
		{"scatter", "one metric over another, a point for each run", drawScatter},
		{"heat", "a metric over two axes, as colour and number", drawHeat},
	}
}

// WriteSweep draws figures of a sweep into its figures directory, as Write does for a run. A figure for which
// no run has values is skipped.
func WriteSweep(res *record.SweepResult, st Style, figures []SweepFigure) (Drawn, error) {
	if st == (Style{}) {
		st = Column()
	}
	var drawn Drawn
	for _, f := range figures {
		i := slices.IndexFunc(SweepKinds(), func(k SweepKind) bool { return k.Name == f.Kind })
		if i < 0 {
			return drawn, fmt.Errorf("no figure type %q for a sweep", f.Kind)
		}
		ch, err := SweepKinds()[i].draw(newSweep(res, f))
		var empty *EmptyError
		if errors.As(err, &empty) {
			drawn.Skipped = append(drawn.Skipped, empty)
			continue
		}
		if err != nil {
			return drawn, fmt.Errorf("figure %s: %w", f.Name, err)
		}
		ch.title = ascii(f.Title)
		files, err := render(ch, ch.csv, st)
		if err != nil {
			return drawn, fmt.Errorf("figure %s: %w", f.Name, err)
		}
		if err := drawn.save(filepath.Join(res.Dir, record.FiguresDir, f.Name), files); err != nil {
			return drawn, err
		}
	}
	return drawn, nil
}

// sweep is a sweep's result as one figure sees it.
type sweep struct {
	*record.SweepResult
	fig    SweepFigure
	points []point // in the order of the sweep
}

// point is one combination of cases and its runs, as indices.
type point struct {
	cases []int
	runs  []int
}

func newSweep(res *record.SweepResult, f SweepFigure) *sweep {
	own := *res
	s := &sweep{SweepResult: &own, fig: f}
	shown := s.restrict(f.Only)
	byCases := map[string]int{}
	for i, r := range res.Runs {
		cases, ok := shown(r.Cases)
		if !ok {
			continue
		}
		key := fmt.Sprint(cases)
		k, ok := byCases[key]
		if !ok {
			k = len(s.points)
			byCases[key] = k
			s.points = append(s.points, point{cases: cases})
		}
		s.points[k].runs = append(s.points[k].runs, i)
	}
	return s
}

// restrict leaves the axes with the cases that are shown. The function that it returns translates the cases
// of a point, and tells whether the point is shown. Axes and cases that the sweep does not have are left out.
func (s *sweep) restrict(only []Only) func(cases []int) ([]int, bool) {
	axes := slices.Clone(s.Axes)
	index := make([][]int, len(axes)) // of each case among those shown, -1: not shown
	for i, a := range axes {
		k := slices.IndexFunc(only, func(o Only) bool { return o.Axis == a.Name })
		var kept []string
		for _, c := range a.Cases {
			if k >= 0 && !slices.Contains(only[k].Cases, c) {
				index[i] = append(index[i], -1)
				continue
			}
			index[i] = append(index[i], len(kept))
			kept = append(kept, c)
		}
		axes[i].Cases = kept
	}
	s.Axes = axes
	return func(cases []int) ([]int, bool) {
		out := make([]int, len(cases))
		for i, c := range cases {
			if out[i] = index[i][c]; out[i] < 0 {
				return nil, false
			}
		}
		return out, true
	}
}

// axis returns the index of an axis.
func (s *sweep) axis(name string) (int, error) {
	var names []string
	for i, a := range s.Axes {
		if a.Name == name {
			return i, nil
		}
		names = append(names, a.Name)
	}
	return 0, fmt.Errorf("the sweep has no axis %q (its axes are %s)", name, strings.Join(names, ", "))
}

// axisLabel is what an axis is called.
func (s *sweep) axisLabel(i int) string {
	switch {
	case s.fig.XLabel != "":
		return s.fig.XLabel
	case s.Axes[i].Label != "":
		return s.Axes[i].Label
	}
	return title(s.Axes[i].Name)
}

// title makes a label of a name: its last part, words apart, the first letter large.
func title(name string) string {
	name = name[strings.LastIndexByte(name, '.')+1:]
	name = strings.NewReplacer("-", " ", "_", " ").Replace(name)
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// column returns the index of a column of the table.
func (s *sweep) column(name string) (int, error) {
	if i := slices.Index(s.Columns, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("sweep.csv has no column %q (it has %s)", name, strings.Join(s.Columns, ", "))
}

// values returns a column's numbers in some runs; cells without a number are left out.
func (s *sweep) values(column int, runs []int) []float64 {
	var list []float64
	for _, r := range runs {
		if v, err := strconv.ParseFloat(s.Rows[r][column], 64); err == nil {
			list = append(list, v)
		}
	}
	return list
}

// curveOf is one curve of a figure: a combination of cases of the axes that the figure does not use
// otherwise, and a metric.
type curveOf struct {
	label  string
	look   look
	metric int
	match  func(point) bool
}

// curves lists the curves of a figure that uses the given axes otherwise. The first axis that is left gives
// the colour, what else there is gives the dashes.
func (s *sweep) curves(used ...int) []curveOf {
	var dims []int
	for i, a := range s.Axes {
		if len(a.Cases) > 1 && !slices.Contains(used, i) {
			dims = append(dims, i)
		}
	}
	metrics := max(len(s.fig.Metrics), 1)
	var list []curveOf
	combinations(s.Axes, dims, func(cases []int) {
		for m := range metrics {
			var words []string
			index := make([]int, 0, len(dims)+1)
			for k, d := range dims {
				words, index = append(words, s.Axes[d].Cases[cases[k]]), append(index, cases[k])
			}
			if metrics > 1 {
				words, index = append(words, s.fig.Metrics[m].Name), append(index, m)
			}
			chosen := slices.Clone(cases)
			list = append(list, curveOf{
				label: ascii(strings.Join(words, ", ")), look: s.lookOf(index, dims, metrics), metric: m,
				match: func(p point) bool {
					for k, d := range dims {
						if p.cases[d] != chosen[k] {
							return false
						}
					}
					return true
				},
			})
		}
	})
	return list
}

// combinations calls f with every combination of cases of some axes, the last varying fastest.
func combinations(axes []record.SweepAxis, dims []int, f func(cases []int)) {
	cases := make([]int, len(dims))
	for {
		f(cases)
		k := len(dims) - 1
		for ; k >= 0; k-- {
			if cases[k]++; cases[k] < len(axes[dims[k]].Cases) {
				break
			}
			cases[k] = 0
		}
		if k < 0 {
			return
		}
	}
}

// lookOf returns the look of a curve by its place in each dimension.
func (s *sweep) lookOf(index, dims []int, metrics int) look {
	colors, patterns := okabeIto(), dashes()
	if len(index) == 0 {
		return look{0, colors[0], nil}
	}
	slot, rest := index[0], index[0]
	if len(index) > 1 {
		rest = 0
		for k, i := range index[1:] {
			size := metrics
			if k+1 < len(dims) {
				size = len(s.Axes[dims[k+1]].Cases)
			}
			rest = rest*size + i
		}
	}
	n := len(colors)
	return look{slot, colors[slot%n], patterns[(rest+slot/n)%len(patterns)]}
}

// quantity is how values are shown: the label of their axis and the unit.
type quantity struct {
	label string
	unit  unit
}

// quantityOf chooses label and unit from the name of a column or field, the largest value, and the figure.
func (s *sweep) quantityOf(name, label string, max float64) quantity {
	base, suffix := name, ""
	if i := strings.LastIndexByte(name, '_'); i >= 0 {
		base, suffix = name[:i], name[i+1:]
	}
	whole := int64(min(max, 1<<62))
	q := quantity{label, unit{"", 1}}
	switch suffix {
	case "ns":
		q.unit = timeUnit(whole)
	case "bps":
		q.unit = rateUnit(whole)
	case "bytes":
		q.unit = byteUnit(whole)
	case "ratio":
		q.unit = unit{"%", 0.01}
	case "packets":
		q.unit = unit{"packets", 1}
	default:
		base = name
	}
	if s.fig.Of > 0 {
		q.unit = unit{"%", s.fig.Of / 100}
	}
	if q.label == "" {
		q.label = title(base)
	}
	return q
}

// metricQuantity is quantityOf the figure's metrics.
func (s *sweep) metricQuantity(max float64) quantity {
	return s.quantityOf(s.fig.Metrics[0].Column, s.fig.Label, max)
}

// replications says of how many runs the intervals are, as a note in the legend.
func replications(counts []int, what string) entry {
	least, most := slices.Min(counts), slices.Max(counts)
	n := strconv.Itoa(least)
	if least != most {
		n += "-" + strconv.Itoa(most)
	}
	switch {
	case most == 1:
		return entry{text: "(one run each)", swatch: noSwatch}
	case what == "":
		return entry{text: "(n = " + n + " runs)", swatch: noSwatch}
	}
	return entry{text: "(" + what + ", n = " + n + ")", swatch: noSwatch}
}

// estimates computes mean and interval of one curve's metric at each point that it has.
func (s *sweep) estimates(c curveOf, column int) (at []point, means []stats.Interval) {
	for _, p := range s.points {
		if !c.match(p) {
			continue
		}
		if v := s.values(column, p.runs); len(v) > 0 {
			at, means = append(at, p), append(means, s.middle(v))
		}
	}
	return at, means
}

// middle is what line and bars show of a point's values: mean and confidence interval, or median and
// quartiles.
func (s *sweep) middle(values []float64) stats.Interval {
	if !s.fig.Median {
		return stats.MeanCI(values, Confidence)
	}
	slices.Sort(values)
	q := func(p float64) float64 { return stats.Quantile(values, p) }
	return stats.Interval{Estimate: q(0.5), Low: q(0.25), High: q(0.75), N: len(values), Known: len(values) > 1}
}

// number prints a value for CSV: nine digits, which processors agree on.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 9, 64) }

// fieldNumber is a record's value as a number.
func fieldNumber(f trace.Field) (float64, bool) {
	switch f.Kind {
	case trace.IntValue:
		return float64(f.Int), true
	case trace.DecimalValue:
		v, err := strconv.ParseFloat(f.Text, 64)
		return v, err == nil
	case trace.BoolValue, trace.StringValue, trace.NullValue:
	}
	return 0, false
}

// fieldWord is a record's value as a text, for conditions.
func fieldWord(f trace.Field) string {
	switch f.Kind {
	case trace.IntValue:
		return strconv.FormatInt(f.Int, 10)
	case trace.BoolValue:
		return strconv.FormatBool(f.Int != 0)
	case trace.StringValue, trace.DecimalValue, trace.NullValue:
	}
	return f.Text
}
