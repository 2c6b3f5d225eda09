package main

import (
	"context"
	"testing"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
	"mpsim/scenarios/sweep"
)

// TestStudies: every point of every shipped study is a scenario, and its figures name what its runs have.
func TestStudies(t *testing.T) {
	studies := 0
	for _, e := range scenarios.List() {
		data, err := scenarios.Get(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		base, problems := spec.Load(e.Name+".yaml", data, nil)
		if problems != nil {
			t.Fatal(problems)
		}
		if base.Sweep == nil {
			continue
		}
		studies++
		sets, axes, seeds := sweep.Study(base)
		runs, err := sweep.Expand(sets, axes, seeds)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		for _, r := range runs {
			if _, problems := spec.Load(e.Name+".yaml", data, r.Sets); problems != nil {
				t.Errorf("%s at %s:\n%v", e.Name, r.Point, problems)
				break
			}
		}
		res, err := execute(context.Background(), base, "base", runOptions{out: t.TempDir()}, nil)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		st := &study{base: base}
		if err := st.names.learn(base); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		if err := st.checkNames(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		if err := checkFigures(st, res); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
	if studies < 10 {
		t.Errorf("only %d shipped scenarios have a study", studies)
	}
}
