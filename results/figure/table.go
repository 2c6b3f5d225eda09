package figure

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mpsim/results/record"
	"mpsim/results/stats"
	"mpsim/sim/trace"
)

// Quantity is what a table of a sweep tells of each point: a column of sweep.csv, of which each run has one
// value, or a field of the records of a group of the runs' summaries, of which each run has many.
type Quantity struct {
	Label          string // empty: from the name
	Metric         string
	Records, Field string
	Where          []Condition
	Of             float64 // not zero: values are shown as percent of this
	Only           []Only  // the points that are told; nil: all
}

// QuantitiesOf lists what figures show, each once: for those who ask for no table of their own.
func QuantitiesOf(figures []SweepFigure) []Quantity {
	var all []Quantity
	add := func(q Quantity) {
		same := func(o Quantity) bool {
			return o.Metric == q.Metric && o.Records == q.Records && o.Field == q.Field &&
				slices.Equal(o.Where, q.Where) && o.Of == q.Of
		}
		if !slices.ContainsFunc(all, same) {
			all = append(all, q)
		}
	}
	for _, f := range figures {
		if f.Field != "" {
			add(Quantity{Label: firstOf(f.XLabel, f.Label), Records: f.Records, Field: f.Field, Where: f.Where,
				Of: f.Of})
		}
		for _, m := range f.Metrics {
			q := Quantity{Label: m.Name, Metric: m.Column, Of: f.Of}
			if len(f.Metrics) == 1 {
				q.Label = f.Label
			}
			add(q)
		}
		if f.XMetric != "" {
			add(Quantity{Label: f.XLabel, Metric: f.XMetric})
		}
	}
	return all
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Values returns the values of one run. columns has the cells of its row in sweep.csv. A run whose summary
// lacks the group has none: a script may have had nothing to record.
func (q *Quantity) Values(sum *trace.Summary, cell func(column string) (string, bool)) []float64 {
	if q.Metric != "" {
		text, _ := cell(q.Metric)
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			return []float64{v}
		}
		return nil
	}
	values, err := RecordValues(sum, q.figure())
	if err != nil {
		return nil
	}
	return values
}

func (q *Quantity) figure() SweepFigure {
	return SweepFigure{Records: q.Records, Field: q.Field, Where: q.Where, Of: q.Of}
}

// Summary is what values come to. NaN stands for what nothing has.
type Summary struct {
	N                 int
	Median, P95, Mean float64
	Least, Most       float64
}

// Summarise sorts values and sums them up.
func Summarise(values []float64) Summary {
	s := Summary{len(values), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()}
	if len(values) == 0 {
		return s
	}
	slices.Sort(values)
	s.Median, s.P95, s.Mean = stats.Quantile(values, 0.5), stats.Quantile(values, 0.95), stats.Mean(values)
	s.Least, s.Most = values[0], values[len(values)-1]
	return s
}

// Table is one quantity over the points of a sweep.
type Table struct {
	Title string   // "Completion [ms]"
	Axes  []string // that vary
	Rows  []TableRow

	name string // of the quantity, for CSV
	unit unit
}

// TableRow is one point.
type TableRow struct {
	Cases []string // of each axis
	Summary
	Runs, With int // of the point; and those that have a value
}

// Tables computes the tables of a sweep. A quantity that no run has is left out.
func Tables(res *record.SweepResult, quantities []Quantity) ([]Table, error) {
	values, err := newSweep(res, SweepFigure{}).valuesOf(quantities)
	if err != nil {
		return nil, err
	}
	var all []Table
	for k := range quantities {
		s := newSweep(res, SweepFigure{Only: quantities[k].Only})
		if t, ok := s.table(&quantities[k], values[k]); ok {
			all = append(all, t)
		}
	}
	return all, nil
}

// valuesOf returns the values of each quantity in each run.
func (s *sweep) valuesOf(quantities []Quantity) ([][][]float64, error) {
	values := make([][][]float64, len(quantities))
	for k := range values {
		values[k] = make([][]float64, len(s.Runs))
	}
	deep := slices.ContainsFunc(quantities, func(q Quantity) bool { return q.Metric == "" })
	for run := range s.Runs {
		var sum *trace.Summary
		if deep {
			var err error
			if sum, err = s.Summary(run); err != nil {
				return nil, err
			}
		}
		cell := func(column string) (string, bool) {
			i := slices.Index(s.Columns, column)
			if i < 0 {
				return "", false
			}
			return s.Rows[run][i], true
		}
		for k := range quantities {
			values[k][run] = quantities[k].Values(sum, cell)
		}
	}
	return values, nil
}

// table is one quantity's; it tells whether any run has a value.
func (s *sweep) table(q *Quantity, values [][]float64) (Table, bool) {
	t := Table{name: firstOf(q.Metric, q.Records+"."+q.Field)}
	var dims []int
	for i, a := range s.Axes {
		if len(a.Cases) > 1 {
			dims = append(dims, i)
			t.Axes = append(t.Axes, firstOf(a.Label, a.Name))
		}
	}
	most, any := 0.0, false
	for _, p := range s.points {
		row := TableRow{Runs: len(p.runs)}
		for _, d := range dims {
			row.Cases = append(row.Cases, s.Axes[d].Cases[p.cases[d]])
		}
		var pool []float64
		for _, run := range p.runs {
			if len(values[run]) > 0 {
				row.With++
			}
			pool = append(pool, values[run]...)
		}
		row.Summary = Summarise(pool)
		if row.N > 0 {
			most, any = max(most, row.P95), true
		}
		t.Rows = append(t.Rows, row)
	}
	s.fig = q.figure()
	show := s.quantityOf(firstOf(q.Metric, q.Field), q.Label, most)
	t.unit, t.Title = show.unit, ascii(show.label)
	if show.unit.name != "" {
		t.Title += " [" + show.unit.name + "]"
	}
	return t, any
}

// single tells that no point has more than one value.
func (t *Table) single() bool {
	return !slices.ContainsFunc(t.Rows, func(r TableRow) bool { return r.N > 1 || r.Runs > 1 })
}

// Head names the columns of Line.
func (t *Table) Head() []string {
	if t.single() {
		return append(slices.Clone(t.Axes), "value")
	}
	return append(slices.Clone(t.Axes), "median", "95 %", "mean", "n", "runs")
}

// Line prints one row in the table's unit.
func (t *Table) Line(i int) []string {
	r := &t.Rows[i]
	runs := strconv.Itoa(r.Runs)
	if r.With < r.Runs {
		runs = fmt.Sprintf("%d of %d", r.With, r.Runs)
	}
	show := func(v float64) string { return readable(v / t.unit.scale) }
	if t.single() {
		return append(slices.Clone(r.Cases), show(r.Median))
	}
	return append(slices.Clone(r.Cases), show(r.Median), show(r.P95), show(r.Mean), strconv.Itoa(r.N), runs)
}

// readable prints a number with three or four digits that mean something.
func readable(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case a >= 100 || a == 0 || v == math.Trunc(v) && a < 1e6:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// TableName is the name of the files of a sweep's tables, beside the figures.
const TableName = "table"

// WriteTables writes the tables of a sweep beside its figures: for people, and as CSV in base units.
func WriteTables(res *record.SweepResult, tables []Table) (Drawn, error) {
	var drawn Drawn
	var md, csv strings.Builder
	csv.WriteString("quantity,point,n,runs,runs_with_value,median,p95,mean,least,most\n")
	for k := range tables {
		t := &tables[k]
		t.markdown(&md)
		for _, r := range t.Rows {
			fmt.Fprintf(&csv, "%s,%s,%d,%d,%d", quote(t.name), quote(strings.Join(r.Cases, ", ")), r.N, r.Runs, r.With)
			for _, v := range []float64{r.Median, r.P95, r.Mean, r.Least, r.Most} {
				csv.WriteByte(',')
				if !math.IsNaN(v) {
					csv.WriteString(number(v))
				}
			}
			csv.WriteByte('\n')
		}
	}
	err := drawn.save(filepath.Join(res.Dir, record.FiguresDir, TableName),
		[]rendered{{".md", []byte(md.String())}, {".csv", []byte(csv.String())}})
	return drawn, err
}

// markdown writes the table as people read it, the columns aligned.
func (t *Table) markdown(b *strings.Builder) {
	lines := [][]string{t.Head()}
	for i := range t.Rows {
		lines = append(lines, t.Line(i))
	}
	width := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, c := range l {
			l[i] = strings.ReplaceAll(c, "|", "/")
			width[i] = max(width[i], len([]rune(c)), 3)
		}
	}
	fmt.Fprintf(b, "## %s\n\n", t.Title)
	for n, l := range lines {
		for i, c := range l {
			pad := strings.Repeat(" ", width[i]-len([]rune(c)))
			if i < len(t.Axes) {
				c, pad = c+pad, ""
			}
			b.WriteString("| " + pad + c + " ")
		}
		b.WriteString("|\n")
		if n > 0 {
			continue
		}
		for i := range l {
			rule := strings.Repeat("-", width[i])
			if i >= len(t.Axes) {
				rule = rule[1:] + ":"
			}
			b.WriteString("| " + rule + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteByte('\n')
}
