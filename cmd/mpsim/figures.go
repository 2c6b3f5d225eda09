package main

import (
	"errors"

	"mpsim/results/figure"
	"mpsim/results/record"
	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
)

// drawFigures draws what the scenario asks for from the run's folder. It returns why some were left out.
func drawFigures(dir string, s *spec.Scenario) (skipped []*figure.EmptyError, err error) {
	if len(s.Figures) == 0 {
		return nil, nil
	}
	res, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Figures {
		drawn, err := drawFigure(res, figure.Options{}, f)
		if err != nil {
			return skipped, err
		}
		skipped = append(skipped, drawn.Skipped...)
	}
	return skipped, nil
}

// drawFigure draws one figure of the scenario, with its title and marks. A figure that the run has no data
// for is skipped: that the run went otherwise than hoped is no reason to fail.
func drawFigure(res *record.Result, opt figure.Options, f spec.Figure) (figure.Drawn, error) {
	opt.Title = f.Title
	for _, m := range f.Marks {
		opt.Marks = append(opt.Marks, figure.Mark{AtNs: int64(m.At), Text: m.Label})
	}
	drawn, err := figure.Write(res, opt, f.Kind)
	var empty *figure.EmptyError
	if errors.As(err, &empty) {
		drawn.Skipped, err = append(drawn.Skipped, empty), nil
	}
	return drawn, err
}

// remarks wires the scenario and returns what it plans for after its end.
func remarks(s *spec.Scenario) ([]string, error) {
	w, err := build.New(s, build.Options{})
	if err != nil {
		return nil, badInput(err)
	}
	defer w.Close()
	return w.Late(), nil
}
