package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/spec"
	"mpsim/sim/trace"
)

// quantitiesOf lists what the tables of a sweep tell: what the scenario asks for, or what its figures show. A
// sweep that the scenario does not have tells the goodput of each application and what scripts gave to
// result.
func quantitiesOf(s *spec.Scenario) []figure.Quantity {
	if s.Sweep == nil {
		return nil
	}
	var all []figure.Quantity
	for _, q := range s.Sweep.Table {
		out := figure.Quantity{Label: q.Label, Metric: q.Metric, Records: q.Records, Field: q.Field,
			Of:   float64(q.Of),
			Only: onlyCases(q.Only)}
		for _, w := range q.Where {
			out.Where = append(out.Where, figure.Condition{Field: w.Path, Value: w.Value})
		}
		all = append(all, out)
	}
	if all != nil {
		return all
	}
	var figures []figure.SweepFigure
	for _, f := range s.Sweep.Figures {
		figures = append(figures, sweepFigure(f))
	}
	return figure.QuantitiesOf(figures)
}

// mostUsual bounds the quantities of a sweep that asks for none.
const mostUsual = 8

// usualQuantities are those of a sweep that asks for none, from one of its runs.
func usualQuantities(s *trace.Summary) []figure.Quantity {
	var all []figure.Quantity
	for i := range s.Group(trace.GroupApplications).Records {
		r := &s.Group(trace.GroupApplications).Records[i]
		name, _ := r.Get("application")
		kind, _ := r.Get("kind")
		for _, f := range r.Fields() {
			number := f.Kind == trace.IntValue || f.Kind == trace.DecimalValue
			if number && (f.Key == "goodput_bps" || kind.Text == spec.KindScript && !fixed(f.Key)) {
				all = append(all, figure.Quantity{Label: name.Text + " " + shortName(f.Key),
					Metric: name.Text + "." + f.Key})
			}
		}
	}
	if g := s.Group(trace.GroupTraffic); g != nil {
		for i := range g.Records {
			name, _ := g.Records[i].Get("traffic")
			all = append(all, figure.Quantity{Label: name.Text + " goodput", Metric: name.Text + ".goodput_bps"})
		}
	}
	return all[:min(len(all), mostUsual)]
}

// reporter tells what each point of a sweep has come to when its last run ends, and how long the rest will
// take.
type reporter struct {
	*study
	out        io.Writer
	start      time.Time
	quantities []figure.Quantity
	left       map[string]int // runs of each point
	values     map[string][][]float64
	points     int // that are complete
	total      int
	done       int // runs that were not there before
	kept       int
}

func newReporter(st *study, out io.Writer) *reporter {
	r := &reporter{study: st, out: out, start: time.Now(), quantities: quantitiesOf(st.base),
		left: map[string]int{}, values: map[string][][]float64{}}
	for _, j := range st.jobs {
		if r.left[j.run.Point]++; r.left[j.run.Point] == 1 {
			r.total++
		}
	}
	return r
}

// add takes a run that has ended; res is nil if it left nothing.
func (r *reporter) add(j job, res *outcome, kept bool) {
	if r.done++; kept {
		r.done, r.kept = r.done-1, r.kept+1
	}
	point := j.run.Point
	if res != nil {
		r.take(point, res)
	}
	if r.left[point]--; r.left[point] > 0 {
		return
	}
	r.points++
	line := fmt.Sprintf("point %d of %d, %s: %s", r.points, r.total, r.caption(j), r.text(point))
	if left := r.remaining(); left != "" {
		line += "; " + left
	}
	fmt.Fprintln(r.out, line)
	delete(r.values, point)
}

// take notes the values of a run.
func (r *reporter) take(point string, res *outcome) {
	if r.quantities == nil {
		r.quantities = usualQuantities(res.summary)
	}
	columns := runColumns(res)
	cell := func(name string) (string, bool) {
		i := slices.IndexFunc(columns, func(c namedValue) bool { return c.name == name })
		if i < 0 {
			return "", false
		}
		return columns[i].value, true
	}
	if r.values[point] == nil {
		r.values[point] = make([][]float64, len(r.quantities))
	}
	for k := range r.quantities {
		r.values[point][k] = append(r.values[point][k], r.quantities[k].Values(res.summary, cell)...)
	}
}

// caption names a point by the cases of the axes that vary.
func (r *reporter) caption(j job) string {
	var words []string
	for i, a := range r.axes {
		if len(a.Cases) > 1 {
			words = append(words, a.Name+" "+a.Cases[j.run.Cases[i]].Name)
		}
	}
	if words == nil {
		return j.run.Point
	}
	return strings.Join(words, ", ")
}

// text tells the values of a point.
func (r *reporter) text(point string) string {
	var words []string
	for k, values := range r.values[point] {
		q := &r.quantities[k]
		key := q.Metric
		if key == "" {
			key = q.Field
		}
		label := q.Label
		if label == "" {
			label = shortName(key)
		}
		s := figure.Summarise(values)
		show := func(v float64) string {
			if q.Of > 0 {
				return fmt.Sprintf("%.1f%%", 100*v/q.Of)
			}
			return quantityText(key, v)
		}
		switch {
		case s.N == 0:
			words = append(words, label+" -")
		case s.N == 1:
			words = append(words, label+" "+show(s.Median))
		default:
			words = append(words, fmt.Sprintf("%s %s (95 %%: %s, n %d)", label, show(s.Median), show(s.P95), s.N))
		}
	}
	if words == nil {
		return "done"
	}
	return strings.Join(words, ", ")
}

// remaining tells how long the rest takes if it is like what has been.
func (r *reporter) remaining() string {
	left := len(r.jobs) - r.done - r.kept
	if left <= 0 || r.done == 0 {
		return ""
	}
	each := time.Since(r.start) / time.Duration(r.done)
	return fmt.Sprintf("about %s left", span(int64(each)*int64(left)))
}

// reportSweep writes the tables of a sweep and prints them.
func reportSweep(cmd *cobra.Command, dir string, quantities []figure.Quantity) error {
	res, err := record.OpenSweep(dir)
	if err != nil {
		return badInput(err)
	}
	tables, err := figure.Tables(res, quantities)
	if err != nil || len(tables) == 0 {
		return err
	}
	for k := range tables {
		t := &tables[k]
		lines := rightAligned{out: cmd.OutOrStdout()}
		for i := range min(len(t.Rows), mostRows) {
			lines.add(t.Title, t.Head(), t.Line(i)...)
		}
		lines.flush()
	}
	drawn, err := figure.WriteTables(res, tables)
	printDrawn(cmd, drawn)
	return err
}
