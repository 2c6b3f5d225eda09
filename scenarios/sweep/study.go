package sweep

import (
	"fmt"
	"strings"

	"mpsim/scenarios/spec"
)

// Study returns the axes of a scenario's own sweep, what it sets at every point, and its seeds.
func Study(s *spec.Scenario) (sets []string, axes []Axis, seeds []uint64) {
	for _, set := range s.Sweep.Set {
		sets = append(sets, set.Path+"="+set.Value)
	}
	for _, a := range s.Sweep.Axes {
		if len(a.Cases) == 0 {
			axes = append(axes, Values(a.Name, a.Paths, a.Values))
			continue
		}
		axis := Axis{Name: a.Name}
		for _, c := range a.Cases {
			one := Case{Name: c.Name}
			for _, set := range c.Sets {
				one.Sets = append(one.Sets, set.Path+"="+set.Value)
			}
			axis.Cases = append(axis.Cases, one)
		}
		axes = append(axes, axis)
	}
	for i := range s.Sweep.Replications {
		seeds = append(seeds, s.Seed+uint64(i))
	}
	return sets, axes, seeds
}

// Override returns a study's axes with those given on the command line. An axis on a path that the study
// varies too takes the place of the study's values there; others are further axes, the last ones
// varying fastest. An axis of one value is none: it is a setting, which comes after the study's.
func Override(sets []string, axes, given []Axis) ([]string, []Axis, error) {
next:
	for _, g := range given {
		for i, a := range axes {
			paths := a.paths()
			switch {
			case len(paths) == 1 && paths[0] == g.Name:
				axes[i] = g
				axes[i].Name = a.Name
				continue next
			case a.Name == g.Name || contains(paths, g.Name):
				return nil, nil, fmt.Errorf("%s is set by the cases of the sweep's axis %s: change them with "+
					"--set sweep.axes.%s...", g.Name, a.Name, a.Name)
			}
		}
		if len(g.Cases) == 1 {
			sets = append(sets, g.Cases[0].Sets...)
			continue
		}
		axes = append(axes, g)
	}
	return sets, axes, nil
}

func contains(paths []string, path string) bool {
	for _, p := range paths {
		if p == path || strings.HasPrefix(p, path+".") {
			return true
		}
	}
	return false
}
