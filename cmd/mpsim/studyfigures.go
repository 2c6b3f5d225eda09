package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/spec"
)

// sweepPlot chooses what is drawn of a sweep.
type sweepPlot struct {
	names []string // of figures; nil: all
	style figure.Style
}

// openSweep reads a sweep's folder, and the scenario that it was made from.
func openSweep(dir string) (*record.SweepResult, *spec.Scenario, error) {
	res, err := record.OpenSweep(dir)
	if err != nil {
		return nil, nil, badInput(err)
	}
	s, problems := spec.Load("sweep.json", []byte(res.EffectiveScenario), nil)
	if len(problems) > 0 {
		return nil, nil, badInput(fmt.Errorf("the sweep's scenario is not one of this version: %w", problems))
	}
	return res, s, nil
}

// plotSweep draws the figures of a sweep from its folder.
func plotSweep(cmd *cobra.Command, dir string, o sweepPlot) error {
	res, s, err := openSweep(dir)
	if err != nil {
		return err
	}
	var all []figure.SweepFigure
	var names []string
	if s.Sweep != nil {
		for _, f := range s.Sweep.Figures {
			names = append(names, f.Name)
			if o.names == nil || slices.Contains(o.names, f.Name) {
				all = append(all, sweepFigure(f))
			}
		}
	}
	for _, n := range o.names {
		if !slices.Contains(names, n) {
			return badInput(fmt.Errorf("the sweep has no figure %q (its scenario asks for: %s)", n,
				strings.Join(names, ", ")))
		}
	}
	drawn, err := figure.WriteSweep(res, o.style, all)
	printDrawn(cmd, drawn)
	return err
}

func onlyCases(list []spec.AxisCases) []figure.Only {
	var out []figure.Only
	for _, o := range list {
		out = append(out, figure.Only{Axis: o.Axis, Cases: o.Cases})
	}
	return out
}

// plotTables writes the tables of a sweep from its folder, if its scenario asks for any.
func plotTables(cmd *cobra.Command, dir string) error {
	_, s, err := openSweep(dir)
	if err != nil {
		return err
	}
	return reportSweep(cmd, dir, quantitiesOf(s))
}

// sweepFigure is a scenario's figure as the drawing package takes it.
func sweepFigure(f spec.SweepFigure) figure.SweepFigure {
	out := figure.SweepFigure{Kind: f.Kind, Name: f.Name, Title: f.Title, Label: f.Label, XLabel: f.XLabel,
		Only: onlyCases(f.Only), Never: f.Never, Median: f.Statistic == spec.SweepMedian,
		X: f.X, Y: f.Y, XMetric: f.XMetric, Records: f.Records, Field: f.Field, Of: float64(f.Of), Log: f.Log}
	for _, m := range f.Metric {
		out.Metrics = append(out.Metrics, figure.Metric{Name: m.Name, Column: m.Column})
	}
	for _, w := range f.Where {
		out.Where = append(out.Where, figure.Condition{Field: w.Path, Value: w.Value})
	}
	return out
}

// checkFigures compares what the study's figures and tables name with what one of its runs has. What a script
// may write in another run is not missed.
func checkFigures(st *study, r *outcome) error {
	if st.base.Sweep == nil {
		return nil
	}
	var columns []string
	for _, c := range runColumns(r) {
		columns = append(columns, c.name)
	}
	for _, w := range st.wanted() {
		if w.metric != "" && !slices.Contains(columns, w.metric) && !st.names.scripted(w.metric) {
			return fmt.Errorf("%s: the runs have no number %q (they have %s)", w.who, w.metric,
				strings.Join(columns, ", "))
		}
		if w.field == "" || len(st.names.scripts) > 0 && !standardGroup(w.records) {
			continue
		}
		if _, err := figure.RecordValues(r.summary,
			figure.SweepFigure{Records: w.records, Field: w.field}); err != nil {
			return fmt.Errorf("%s: %w", w.who, err)
		}
	}
	return nil
}
