package build

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios/spec"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// scriptedWorld is a scenario of two hosts with the given applications, which begin in line 10.
func scriptedWorld(t *testing.T, applications string, sets ...string) *spec.Scenario {
	t.Helper()
	text := `duration: 1s
hosts:
  a: {interfaces: {x: , z: }}
  b: {interfaces: {y: }}
routers: [r]
links:
  l: {between: [a.x, r], rate: 10 Mbit/s, delay: 5ms}
  m: {between: [a.z, r], rate: 10 Mbit/s, delay: 5ms}
  n: {between: [b.y, r], rate: 10 Mbit/s}
` + applications
	s, problems := spec.Load("w.yaml", []byte(text), sets)
	if problems != nil {
		t.Fatal(problems)
	}
	return s
}

// tableOf returns the table of that name that scripts have written.
func tableOf(t *testing.T, w *World, name string) *trace.Table {
	t.Helper()
	all := w.ScriptTables()
	i := slices.IndexFunc(all, func(x *trace.Table) bool { return x.Name() == name })
	if i < 0 {
		t.Fatalf("there is no table %s", name)
	}
	return all[i]
}

// TestScriptTables: rows of several applications are one table in order of time; columns get the kind of
// their values and the unit of durations; names of the simulator's own tables are kept free.
func TestScriptTables(t *testing.T) {
	s := scriptedWorld(t, `applications:
  - name: one
    kind: script
    host: a
    script: |
      def main():
          record("Rows", n=1, wait=ms(2), share=0.5, word="x", yes=True, mixed=None, odd=None, other_ns=7)
          sleep(ms(20))
          record("Rows", n=2.5, wait=ms(3), mixed="text", extra=5)
          record("subflows", n=1)
          result(switch=ms(5), switch_ns=1, sort="mine", half=0.5, big=3.0)
  - name: two
    kind: script
    host: b
    start: 10ms
    script: |
      def main():
          record("rows", n=3, mixed=5)
          log("hello", 1)
`)
	w := run(t, s, Options{}, unit.Second)
	if err := w.ScriptErrors().Err(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	table := tableOf(t, w, "rows")
	for _, c := range table.Columns() {
		fmt.Fprintf(&b, "%s %s, ", c.Name, c.Kind)
	}
	want := "time_ns time, application dict, n float, wait_ns int, share float, word dict, yes bool, mixed dict, odd int, " +
		"other_ns int, extra int, "
	if b.String() != want {
		t.Errorf("columns\n%s want\n%s", b.String(), want)
	}
	var order []string
	rows(table, []string{"application", "n", "mixed", "extra"}, func(v []int64) {
		mixed := ""
		if v[2] != trace.None {
			mixed = table.Word(table.Index("mixed"), v[2])
		}
		order = append(order, fmt.Sprint(table.Word(1, v[0]), " ", trace.Number(v[1]), " ", mixed, " ",
			v[3] == trace.None))
	})
	if got := strings.Join(order, "; "); got != "one 1  true; two 3 5 true; one 2.5 text false" {
		t.Errorf("rows %s", got)
	}
	tableOf(t, w, "script_subflows")
	if log := tableOf(t, w, "log"); log.Rows() != 1 || log.Word(3, 0) != "hello 1" {
		t.Errorf("%d lines of log, the first is %q", log.Rows(), log.Word(3, 0))
	}
	if got := strings.Join(w.Warnings(), "\n"); !strings.Contains(got,
		`table "subflows" is one of the simulator's`) {
		t.Errorf("warnings: %s", got)
	}
	app := w.Summary().Group(trace.GroupApplications).Records[0]
	got := ""
	for _, f := range app.Fields()[8:] {
		got += f.Key + "=" + fmt.Sprint(f.Int) + f.Text + " "
	}
	if got != "switch_ns=5000000 own_switch_ns=1 sort=0mine half=00.5 big=03.0 " {
		t.Errorf("results: %s", got)
	}
	if group := w.Summary().Group("rows"); group == nil || len(group.Records) != 3 {
		t.Errorf("the summary has %v", group)
	}
}

// TestScriptNames: what a script calls hosts and interfaces, and what args it sees.
func TestScriptNames(t *testing.T) {
	s := scriptedWorld(t, `applications:
  - name: one
    kind: script
    host: a
    args: {none: none, list: [1s, 64 KiB, 8 Mbit/s, 25%, x], half: 1/2}
    script: |
      def main():
          log(host.name, [i.name for i in host.interfaces], host.interface("z").up, args.none, args.half)
          log(args.list, address("b"), address("b.y") == address("b"), address("a.z") != address("a"))
          v, errno = attempt(socket().connect, "c", 80)
`)
	w := run(t, s, Options{}, unit.Second)
	var lines []string
	for _, l := range w.Log() {
		lines = append(lines, l.Text)
	}
	want := []string{`a ["x", "z"] True None 0.5`, `(1s, 65536, 8000000, 0.25, "x") `}
	if len(lines) != 2 || lines[0] != want[0] || !strings.HasPrefix(lines[1], want[1]) ||
		!strings.HasSuffix(lines[1], "True True") {
		t.Errorf("the script wrote %q, want %q", lines, want)
	}
	if got := w.ScriptErrors().Error(); !strings.Contains(got, `there is no host "c"`) ||
		!strings.HasPrefix(got, "w.yaml:19:") {
		t.Errorf("the error is %s", got)
	}
}

// TestScriptProblems: all scripts are compiled before anything runs, and told with their places.
func TestScriptProblems(t *testing.T) {
	s := scriptedWorld(t, `applications:
  - name: one
    kind: script
    host: a
    script: |
      def main():
          a = unknown1
  - {name: two, kind: script, host: b, script: shipped:api/none.star}
  - name: three
    kind: script
    host: b
    script: |
      def main():
          unknown2()
          unknown3()
`)
	_, err := New(s, Options{})
	var problems spec.Problems
	if !errors.As(err, &problems) || len(problems) != 4 {
		t.Fatalf("problems: %v", err)
	}
	for i, want := range []string{"w.yaml:16:15: ", "w.yaml:17:48: no script", "w.yaml:23:11: ",
		"w.yaml:24:11: "} {
		if !strings.HasPrefix(problems[i].Error(), want) {
			t.Errorf("problem %d is %v, want %s", i, problems[i], want)
		}
	}
}

// TestLimitsAreTheSame: a scenario shows the limits that scripts have by default.
func TestLimitsAreTheSame(t *testing.T) {
	s := scriptedWorld(t, "applications: [{name: one, kind: script, host: a, script: x.star}]\n")
	l, d := s.Applications[0].Limits, script.DefaultLimits()
	got := script.Limits{
		StepsAtOnce: uint64(l.StepsAtOnce), Steps: uint64(l.Steps), Memory: l.Memory, Value: l.Value, Tasks: l.Tasks,
		LogLines: l.LogLines, Rows: l.Rows,
	}
	if got != d {
		t.Errorf("scenarios have %+v, scripts %+v", got, d)
	}
}
