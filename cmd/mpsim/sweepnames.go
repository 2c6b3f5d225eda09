package main

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
)

// Names in figures and tables of a sweep are compared with what its runs will have before any runs: a world
// that has been wired has the numbers of its applications already, with no value. What scripts write is known
// from their text: a name that stands in none of them will not come.

// knownNames is what the points of a sweep have before they run.
type knownNames struct {
	complete bool     // columns are all that there will be, but for those of scripts
	columns  []string // of sweep.csv, at any point
	scripts  []string // applications that are scripts
	worlds   []func(word string) bool
}

// learn wires the scenario of a point and notes what it has.
func (k *knownNames) learn(s *spec.Scenario) error {
	w, err := build.New(s, build.Options{})
	if err != nil {
		return badInput(err)
	}
	defer w.Close()
	for _, a := range s.Applications {
		if a.Kind == spec.KindScript && !slices.Contains(k.scripts, a.Name) {
			k.scripts = append(k.scripts, a.Name)
		}
	}
	if len(s.Scripts) > 0 || len(k.scripts) > 0 {
		k.worlds = append(k.worlds, w.Mentions)
	}
	if k.complete = len(s.Traffic) == 0; !k.complete { // its numbers are of a span of the run
		return nil
	}
	for _, c := range runColumns(&outcome{summary: w.Summary()}) {
		k.columns = appendNew(k.columns, c.name)
	}
	return nil
}

// mentioned tells whether a script has the word in its text, with the end that says the unit or without it.
func (k *knownNames) mentioned(word string) bool {
	return slices.ContainsFunc(k.worlds, func(has func(string) bool) bool {
		return has(word) || has(strings.TrimPrefix(shortName(word), "own_"))
	})
}

// scripted tells that a number may come from a script.
func (k *knownNames) scripted(metric string) bool {
	app, name, _ := strings.Cut(metric, ".")
	return slices.Contains(k.scripts, app) && (fixed(name) || k.mentioned(name))
}

// wanted is a name that a figure or a table of the study has.
type wanted struct {
	who            string // "figure goodput"
	metric         string
	records, field string
}

// wanted lists the names in the study's figures and tables.
func (st *study) wanted() []wanted {
	var all []wanted
	for _, f := range st.base.Sweep.Figures {
		who := "figure " + f.Name
		for _, m := range f.Metric {
			all = append(all, wanted{who: who, metric: m.Column})
		}
		if f.XMetric != "" {
			all = append(all, wanted{who: who, metric: f.XMetric})
		}
		if f.Field != "" {
			all = append(all, wanted{who: who, records: f.Records, field: f.Field})
		}
	}
	for _, q := range st.base.Sweep.Table {
		all = append(all, wanted{"table", q.Metric, q.Records, q.Field})
	}
	return all
}

// checkNames finds names of figures and tables that no run can have.
func (st *study) checkNames() error {
	if st.base.Sweep == nil || !st.names.complete {
		return nil
	}
	k := &st.names
	for _, w := range st.wanted() {
		switch {
		case w.metric != "" && !slices.Contains(k.columns, w.metric) && !k.scripted(w.metric):
			near := ""
			if best := spec.Closest(w.metric, k.columns); best != "" {
				near = fmt.Sprintf("; did you mean %q?", best)
			}
			return fmt.Errorf("%s: the runs have no number %q%s (they have %s%s)", w.who, w.metric, near,
				strings.Join(k.columns, ", "), k.andScripts())
		case w.records != "" && !standardGroup(w.records) && !k.mentioned(w.records):
			return fmt.Errorf("%s: the runs have no list %q: no script has record(%q, ...)", w.who, w.records,
				w.records)
		case w.records != "" && !standardGroup(w.records) && !k.mentioned(w.field):
			return fmt.Errorf("%s: the records of %s have no field %q: no script mentions it", w.who, w.records,
				w.field)
		}
	}
	return nil
}

// andScripts says that scripts have further numbers.
func (k *knownNames) andScripts() string {
	if len(k.scripts) == 0 {
		return ""
	}
	return ", and what " + strings.Join(k.scripts, ", ") + " give to result"
}
