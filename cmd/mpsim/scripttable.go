package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"mpsim/results/stats"
	"mpsim/sim/trace"
)

// printScripts prints what scripts have come to: their results, the tables that they recorded in short, the
// last lines of their log.
func printScripts(w io.Writer, r *outcome) {
	printResults(w, r.summary)
	printRecords(w, r.summary)
	printLog(w, r)
}

// fixed are the fields of a script's record that it has not chosen.
func fixed(key string) bool {
	switch key {
	case "application", "kind", "host", "started_at_ns", "finished_at_ns", "waiting", "status", "error":
		return true
	}
	return false
}

// printResults prints the values that scripts gave to result.
func printResults(w io.Writer, s *trace.Summary) {
	lines := rightAligned{out: w}
	for i := range s.Group(trace.GroupApplications).Records {
		rec := &s.Group(trace.GroupApplications).Records[i]
		if kind, _ := rec.Get("kind"); kind.Text != "script" {
			continue
		}
		name, _ := rec.Get("application")
		for _, f := range rec.Fields() {
			if !fixed(f.Key) {
				lines.add("results", []string{"application", "name", "value"}, name.Text, shortName(f.Key), valueText(f))
			}
		}
	}
	lines.flush()
}

// printRecords prints number, median and 95th percentile of each column of numbers that scripts recorded.
func printRecords(w io.Writer, s *trace.Summary) {
	lines := rightAligned{out: w}
	for i := range s.Groups {
		g := &s.Groups[i]
		if standardGroup(g.Name) || len(g.Records) == 0 {
			continue
		}
		for _, key := range numberKeys(g.Records) {
			var values []float64
			for k := range g.Records {
				if v, ok := numberOf(&g.Records[k], key); ok {
					values = append(values, v)
				}
			}
			slices.Sort(values)
			show := func(q float64) string { return quantityText(key, stats.Quantile(values, q)) }
			lines.add("records", []string{"table", "column", "rows", "median", "95 %", "longest or most"}, g.Name,
				shortName(key), strconv.Itoa(len(values)), show(0.5), show(0.95), show(1))
		}
	}
	lines.flush()
}

// standardGroup tells the groups that are not tables of scripts.
func standardGroup(name string) bool {
	switch name {
	case trace.GroupConnections, trace.GroupSubflows, trace.GroupInterfaces, trace.GroupLinks, trace.GroupRadios,
		trace.GroupApplications, trace.GroupTraffic, trace.GroupFlows, trace.GroupLayers, trace.GroupSharing,
		"middleboxes":
		return true
	}
	return false
}

// numberKeys lists the fields of records that are numbers, time and application aside.
func numberKeys(records []trace.Record) []string {
	var keys []string
	for i := range records {
		for _, f := range records[i].Fields() {
			if (f.Kind == trace.IntValue || f.Kind == trace.DecimalValue) && f.Key != "time_ns" {
				keys = appendNew(keys, f.Key)
			}
		}
	}
	return keys
}

func numberOf(r *trace.Record, key string) (float64, bool) {
	f, ok := r.Get(key)
	switch {
	case !ok:
	case f.Kind == trace.IntValue:
		return float64(f.Int), true
	case f.Kind == trace.DecimalValue:
		v, err := strconv.ParseFloat(f.Text, 64)
		return v, err == nil
	}
	return 0, false
}

// shortName is a key without the ending that says its unit, where valueText shows that.
func shortName(key string) string {
	for _, unit := range []string{"_ns", "_bps", "_bytes"} {
		if base, ok := strings.CutSuffix(key, unit); ok && base != "" {
			return base
		}
	}
	return key
}

// valueText prints a value for people, in the unit that the end of its key tells.
func valueText(f trace.Field) string {
	if f.Kind == trace.IntValue {
		return quantityText(f.Key, float64(f.Int))
	}
	if x, err := strconv.ParseFloat(f.Text, 64); f.Kind == trace.DecimalValue && err == nil {
		return quantityText(f.Key, x)
	}
	if f.Kind == trace.NullValue {
		return "-"
	}
	return fieldText(f)
}

// quantityText prints a number in the unit that the end of its key tells.
func quantityText(key string, v float64) string {
	switch {
	case strings.HasSuffix(key, "_ns"):
		return span(int64(v))
	case strings.HasSuffix(key, "_bps"):
		return rate(int64(v))
	case strings.HasSuffix(key, "_bytes"):
		return octets(int64(v))
	case strings.HasSuffix(key, "_ratio"):
		return fmt.Sprintf("%.1f%%", 100*v)
	case v == float64(int64(v)):
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// lastLines is how many lines of the log are shown.
const lastLines = 20

// longestLine is how much of a line is shown, characters.
const longestLine = 200

// printLog prints the last lines of the log, with virtual time.
func printLog(w io.Writer, r *outcome) {
	lines := r.log
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(w, "log")
	if more := len(lines) - lastLines; more > 0 {
		fmt.Fprintf(w, "  ... %d earlier lines are in series/log.parquet\n", more)
		lines = lines[more:]
	}
	for _, l := range lines {
		who := l.Application
		if l.Task != "main" {
			who += "/" + l.Task
		}
		text := l.Text
		if runes := []rune(text); len(runes) > longestLine {
			text = string(runes[:longestLine]) + " ..."
		}
		fmt.Fprintf(w, "  %14s  %s: %s\n", l.At, who, text)
	}
	fmt.Fprintln(w)
}

// rightAligned is a table that is printed if it has lines.
type rightAligned struct {
	out io.Writer
	tw  *tabwriter.Writer
}

func (t *rightAligned) add(title string, head []string, cells ...string) {
	if t.tw == nil {
		fmt.Fprintln(t.out, title)
		t.tw = tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t.tw, strings.Join(head, "\t")+"\t")
	}
	fmt.Fprintln(t.tw, strings.Join(cells, "\t")+"\t")
}

func (t *rightAligned) flush() {
	if t.tw != nil {
		_ = t.tw.Flush()
		fmt.Fprintln(t.out)
	}
}
