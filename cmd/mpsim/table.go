package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"mpsim/sim/trace"
)

// fieldText prints a value of a summary as it stands in a table of numbers.
func fieldText(f trace.Field) string {
	switch f.Kind {
	case trace.IntValue:
		return strconv.FormatInt(f.Int, 10)
	case trace.BoolValue:
		return strconv.FormatBool(f.Int != 0)
	case trace.NullValue:
		return ""
	}
	return f.Text
}

// percent prints a ratio that is written as a decimal fraction.
func percent(fraction string) string {
	x, err := strconv.ParseFloat(fraction, 64)
	if err != nil {
		return fraction
	}
	return fmt.Sprintf("%.1f%%", 100*x)
}

// cell reads one value of a record for people; a dash where there is none.
func cell(r *trace.Record, key string, show func(int64) string) string {
	f, ok := r.Get(key)
	if !ok || f.Kind == trace.NullValue {
		return "-"
	}
	if strings.HasSuffix(key, "_ratio") {
		return percent(fieldText(f))
	}
	if x, err := strconv.ParseFloat(f.Text, 64); f.Kind == trace.DecimalValue && err == nil {
		return fmt.Sprintf("%.3f", x)
	}
	if f.Kind != trace.IntValue || show == nil {
		return fieldText(f)
	}
	return show(f.Int)
}

// scaled prints n with three significant digits and an SI prefix.
func scaled(n int64, unit string) string {
	x, prefix := float64(n), ""
	for _, p := range []string{"k", "M", "G", "T"} {
		if math.Abs(x) < 999.5 {
			break
		}
		x, prefix = x/1000, p
	}
	digits := 0
	if prefix != "" {
		digits = max(0, 2-int(math.Floor(math.Log10(math.Max(math.Abs(x), 1)))))
	}
	return fmt.Sprintf("%.*f %s%s", digits, x, prefix, unit)
}

func octets(n int64) string { return scaled(n, "B") }
func rate(n int64) string   { return scaled(n, "bit/s") }
func count(n int64) string  { return strconv.FormatInt(n, 10) }

// span prints nanoseconds in the unit that people would choose.
func span(ns int64) string {
	switch {
	case ns >= 10e9:
		return fmt.Sprintf("%.1f s", float64(ns)/1e9)
	case ns >= 1e9:
		return fmt.Sprintf("%.2f s", float64(ns)/1e9)
	case ns >= 100e6:
		return fmt.Sprintf("%.0f ms", float64(ns)/1e6)
	case ns >= 1e6:
		return fmt.Sprintf("%.1f ms", float64(ns)/1e6)
	case ns >= 1e3:
		return fmt.Sprintf("%.1f us", float64(ns)/1e3)
	}
	return fmt.Sprintf("%d ns", ns)
}

// column is one column of a printed table.
type column struct {
	title string
	key   string
	show  func(int64) string
}

// mostRows is how many records a printed table shows.
const mostRows = 40

// printTable prints records one a line, mostRows of them at most; nothing if there is none.
func printTable(w io.Writer, title string, records []trace.Record, columns []column) {
	if len(records) == 0 {
		return
	}
	fmt.Fprintln(w, title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cell func(c column) string) {
		var b strings.Builder
		for _, c := range columns {
			b.WriteString(cell(c))
			b.WriteByte('\t')
		}
		fmt.Fprintln(tw, b.String())
	}
	line(func(c column) string { return c.title })
	for i := range min(len(records), mostRows) {
		line(func(c column) string { return cell(&records[i], c.key, c.show) })
	}
	tw.Flush()
	if more := len(records) - mostRows; more > 0 {
		fmt.Fprintf(w, "... and %d more: all are in summary.json\n", more)
	}
	fmt.Fprintln(w)
}

// printSummary prints what a person wants to know first.
func printSummary(w io.Writer, r *outcome) {
	fmt.Fprintf(w, "%s, seed %d: %s simulated in %s\n\n", r.manifest.Scenario, r.manifest.Seed,
		span(r.manifest.SimulatedNs), span(int64(r.wall)))
	s := r.summary
	printTraffic(w, s)
	printTable(w, "applications", ofKind(s, false), []column{
		{"name", "application", nil}, {"received", "bytes_received", octets}, {"goodput", "goodput_bps", rate},
		{"connected after", "connect_ns", span}, {"longest read gap", "longest_gap_ns", span},
		{"at", "longest_gap_at_ns", span}, {"finished at", "finished_at_ns", span}, {"status", "status", nil},
	})
	printTable(w, "requests", asking(s.Group(trace.GroupApplications).Records), []column{
		{"name", "application", nil}, {"answered", "requests", count}, {"median latency", "latency_p50_ns", span},
		{"95 %", "latency_p95_ns", span}, {"99 %", "latency_p99_ns", span}, {"longest", "latency_max_ns", span},
	})
	scripts := ofKind(s, true)
	printTable(w, "scripts", scripts, append([]column{
		{"name", "application", nil}, {"host", "host", nil}, {"started at", "started_at_ns", span},
		{"finished at", "finished_at_ns", span}, {"status", "status", nil},
	}, waiting(scripts)...))
	printScripts(w, r)
	printTable(w, "subflows", senders(s.Group(trace.GroupSubflows).Records), []column{
		{"subflow", "subflow", count}, {"path", "label", nil}, {"sender", "host", nil},
		{"sent", "bytes_sent", octets}, {"resent", "bytes_retransmitted", octets},
		{"reinjected", "bytes_reinjected", octets}, {"timeouts", "timeouts", count}, {"srtt", "srtt_ns", span},
		{"state", "state", nil},
	})
	printFallbacks(w, s)
	links := s.Group(trace.GroupLinks).Records
	printTable(w, "links", links, append([]column{
		{"link", "link", nil}, {"from", "from", nil}, {"to", "to", nil}, {"delivered", "delivered_bytes", octets},
		{"used", "utilisation_ratio", nil}, {"peak queue", "peak_queue_bytes", octets},
		{"lost: full", "dropped_queue_packets", count},
		{"random", "dropped_loss_packets", count}, {"down", "dropped_down_packets", count},
	}, nonzero(links, []column{
		{"early", "dropped_early_packets", count}, {"marked", "marked_packets", count},
	})...))
	printMiddleboxes(w, s)
	printSharing(w, s)
}

// nonzero keeps the columns in which some record has another number than 0.
func nonzero(records []trace.Record, columns []column) []column {
	var out []column
	for _, c := range columns {
		for i := range records {
			if f, _ := records[i].Get(c.key); f.Int != 0 {
				out = append(out, c)
				break
			}
		}
	}
	return out
}

// waiting is the column that says where scripts hang, if any does.
func waiting(scripts []trace.Record) []column {
	for i := range scripts {
		if f, _ := scripts[i].Get("waiting"); f.Text != "" {
			return []column{{"waits", "waiting", nil}}
		}
	}
	return nil
}

// ofKind keeps the applications that are scripts, or the others.
func ofKind(s *trace.Summary, script bool) []trace.Record {
	var out []trace.Record
	for _, r := range s.Group(trace.GroupApplications).Records {
		if f, _ := r.Get("kind"); (f.Text == "script") == script {
			out = append(out, r)
		}
	}
	return out
}

// asking keeps the applications that send requests.
func asking(all []trace.Record) []trace.Record {
	var out []trace.Record
	for _, r := range all {
		if f, _ := r.Get("kind"); f.Text == "request-response" {
			out = append(out, r)
		}
	}
	return out
}

// senders keeps, of the two records of each subflow, the one that sent more.
func senders(all []trace.Record) []trace.Record {
	var out []trace.Record
	for _, r := range all {
		sent, _ := r.Get("bytes_sent")
		received, _ := r.Get("bytes_received")
		if sent.Int > received.Int {
			out = append(out, r)
		}
	}
	return out
}
