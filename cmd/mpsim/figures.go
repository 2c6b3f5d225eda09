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
	if _, err := figure.Write(res, figure.Options{}); err != nil {
		return err
	}
	return nil
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
