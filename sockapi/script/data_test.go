package script_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// TestScripts runs the scripts of testdata/run. "run" takes one script for the phone, or parts that begin with a line
// "-- HOST --", one for each host; it prints what they logged, recorded, resulted in and failed with. "compile"
// prints what is wrong with a text.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/run", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "compile":
				if _, err := script.Compile("x.star", []byte(d.Input)); err != nil {
					return err.Error() + "\n"
				}
				return "ok\n"
			case "run":
				return runParts(t, d)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func runParts(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	until := "100s"
	d.MaybeScanArgs(t, "until", &until)
	end := must(unit.ParseDuration(until))
	w := newWorld()
	var out strings.Builder
	var runs []*script.Run
	for _, part := range parts(d.Input) {
		h := w.phone
		if part.host == "server" {
			h = w.server
		}
		p, err := script.Compile(part.host+".star", []byte(part.text))
		if err != nil {
			return err.Error() + "\n"
		}
		c := w.config(h, part.host)
		c.Args = []script.Arg{{Name: "period", Value: 2500 * unit.Millisecond}, {Name: "subflows", Value: 5}}
		c.Limits = script.Limits{StepsAtOnce: 200_000, Steps: 10_000_000, Memory: 4 << 20, Value: 1 << 20, Tasks: 50,
			LogLines: 100, Rows: 10}
		c.OnLog = func(l script.Line) {
			fmt.Fprintf(&out, "%s %s: %s\n", l.At, prefixed(part.host, l.Task), l.Text)
		}
		c.OnRecord = func(r script.Record) {
			fmt.Fprintf(&out, "%s %s: record %s", r.At, prefixed(part.host, r.Task), r.Table)
			fields(&out, r.Fields)
		}
		c.OnError = func(e *script.Error) { fmt.Fprintf(&out, "%s\n", e.Backtrace()) }
		runs = append(runs, p.Start(c))
	}
	w.Run(sim.Time(end))
	for i, r := range runs {
		if len(r.Results()) > 0 {
			fmt.Fprintf(&out, "result %s", parts(d.Input)[i].host)
			fields(&out, r.Results())
		}
		if !r.Ended() {
			fmt.Fprintf(&out, "%s has not ended\n", parts(d.Input)[i].host)
		}
	}
	w.Close()
	return out.String()
}

func prefixed(host, task string) string { return host + "/" + task }

func fields(out *strings.Builder, all []script.Field) {
	for _, f := range all {
		fmt.Fprintf(out, " %s=%v", f.Name, f.Value)
	}
	out.WriteByte('\n')
}

type part struct{ host, text string }

// parts splits the text of a run.
func parts(input string) []part {
	all := []part{{host: "phone"}}
	for _, line := range strings.SplitAfter(input, "\n") {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			all = append(all, part{host: strings.TrimSuffix(name, " --")})
			continue
		}
		all[len(all)-1].text += line
	}
	if len(all) > 1 && strings.TrimSpace(all[0].text) == "" {
		return all[1:]
	}
	return all
}
