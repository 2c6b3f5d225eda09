package main

import (
	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
)

// drawFigures draws what the scenario asks for from the run's folder.
func drawFigures(dir string, s *spec.Scenario) error {
	if len(s.Figures) == 0 {
		return nil
	}
	res, err := record.Open(dir)
	if err != nil {
		return err
	}
	for _, f := range s.Figures {
		if _, err := drawFigure(res, figure.Options{}, f); err != nil {
			return err
		}
	}
	return nil
}

// drawFigure draws one figure of the scenario, with its title and marks.
func drawFigure(res *record.Result, opt figure.Options, f spec.Figure) (figure.Drawn, error) {
	opt.Title = f.Title
	for _, m := range f.Marks {
		opt.Marks = append(opt.Marks, figure.Mark{AtNs: int64(m.At), Text: m.Label})
	}
	return figure.Write(res, opt, f.Kind)
}

// wires checks what only the wiring finds: traces, routes, addresses.
func wires(s *spec.Scenario) error {
	w, err := build.New(s, build.Options{})
	if err != nil {
		return badInput(err)
	}
	w.Close()
	return nil
}
