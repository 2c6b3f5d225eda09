package build

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi/script"
)

// What scripts write becomes tables of the run: each table of record one of its own, the lines of log one
// together. Durations get the ending _ns, so that the column says its unit.

// reserved are the names that tables and groups of the simulator have.
var reserved = []string{
	"subflow", "connection", "link", "arrival", "event", "log", "run", "applications", "connections", "subflows",
	"interfaces", "links", "radios", "traffic", "flows", "layers", "sharing", groupMiddleboxes,
}

// tableName is the name of a table that a script has chosen, as the files have it.
func tableName(name string) string {
	name = strings.ToLower(name)
	if slices.Contains(reserved, name) {
		return "script_" + name
	}
	return name
}

// columnName is the name of a value that a script has chosen, as the files have it.
func columnName(f *script.Field) string {
	name := strings.ToLower(f.Name)
	if _, ok := f.Value.(unit.Duration); ok && !strings.HasSuffix(name, "_ns") {
		name += "_ns"
	}
	switch name {
	case "time_ns", "application":
		return "own_" + name
	}
	return name
}

// scriptTable gathers the rows of one table of all scripts.
type scriptTable struct {
	name    string
	columns []trace.Column // those that scripts have chosen
	known   []bool         // of each, that some row has said its kind
	rows    []scriptRow    // in the order of applications, then time
}

type scriptRow struct {
	application string
	record      *script.Record
}

// scriptTables lists the tables that scripts have written, in the order of their first rows.
func (w *World) scriptTables() []*scriptTable {
	var all []*scriptTable
	for _, x := range w.scripts {
		records := x.run.Records()
		for i := range records {
			name := tableName(records[i].Table)
			k := slices.IndexFunc(all, func(t *scriptTable) bool { return t.name == name })
			if k < 0 {
				k = len(all)
				all = append(all, &scriptTable{name: name})
			}
			all[k].add(x.spec.Name, &records[i])
		}
	}
	for _, t := range all {
		slices.SortStableFunc(t.rows, func(a, b scriptRow) int {
			return int(min(max(a.record.At-b.record.At, -1), 1))
		})
	}
	return all
}

func (t *scriptTable) add(application string, r *script.Record) {
	t.rows = append(t.rows, scriptRow{application, r})
	for i := range r.Fields {
		f := &r.Fields[i]
		name, kind, ok := columnName(f), trace.Int, true
		switch f.Value.(type) {
		case int64, unit.Duration:
		case float64:
			kind = trace.Float
		case bool:
			kind = trace.Bool
		case string:
			kind = trace.Dict
		default:
			ok = false // nothing: it says no kind
		}
		k := slices.IndexFunc(t.columns, func(c trace.Column) bool { return c.Name == name })
		switch {
		case k < 0:
			t.columns = append(t.columns, trace.Column{Name: name, Kind: kind, Optional: true,
				Doc: "as the script wrote it"})
			t.known = append(t.known, ok)
		case !ok:
		case !t.known[k]:
			t.columns[k].Kind, t.known[k] = kind, true
		case t.columns[k].Kind == kind:
		case kind != trace.Dict && kind != trace.Bool && t.columns[k].Kind != trace.Dict &&
			t.columns[k].Kind != trace.Bool:
			t.columns[k].Kind = trace.Float // whole numbers and others
		default:
			t.columns[k].Kind = trace.Dict // of several kinds: texts
		}
	}
}

// table makes the table with all its rows.
func (t *scriptTable) table() *trace.Table {
	columns := append([]trace.Column{
		{Name: "time_ns", Kind: trace.Time, Doc: "when the script wrote the row"},
		{Name: "application", Kind: trace.Dict, Doc: "whose script"},
	}, t.columns...)
	out := trace.NewTable(t.name, "rows that scripts have written with record", columns...)
	cells := make([]int64, len(columns))
	for _, row := range t.rows {
		cells[0], cells[1] = int64(row.record.At), out.Intern(1, row.application)
		for i := 2; i < len(columns); i++ {
			cells[i] = trace.None
		}
		for i := range row.record.Fields {
			f := &row.record.Fields[i]
			k := out.Index(columnName(f))
			cells[k] = cellOf(out, k, f.Value)
		}
		out.Append(cells...)
	}
	return out
}

// cellOf is a value as a cell of a column.
func cellOf(t *trace.Table, col int, v any) int64 {
	if v == nil {
		return trace.None
	}
	switch t.Columns()[col].Kind {
	case trace.Dict:
		return t.Intern(col, wordOf(v))
	case trace.Bool:
		return trace.Truth(v.(bool))
	case trace.Float:
		switch v := v.(type) {
		case float64:
			return trace.Real(v)
		case int64:
			return trace.Real(float64(v))
		case unit.Duration:
			return trace.Real(float64(v))
		}
	case trace.Int, trace.Time:
	}
	if d, ok := v.(unit.Duration); ok {
		return int64(d)
	}
	return v.(int64)
}

// wordOf prints a value where a column has texts.
func wordOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case unit.Duration:
		return v.String()
	}
	return ""
}

// ScriptTables returns what scripts have written: the tables of record, and the lines of log as table log.
func (w *World) ScriptTables() []*trace.Table {
	var all []*trace.Table
	for _, t := range w.scriptTables() {
		all = append(all, t.table())
	}
	if log := w.logTable(); log.Rows() > 0 {
		all = append(all, log)
	}
	return all
}

func (w *World) logTable() *trace.Table {
	t := trace.NewTable("log", "lines that scripts have written with log",
		trace.Column{Name: "time_ns", Kind: trace.Time, Doc: "when the line was written"},
		trace.Column{Name: "application", Kind: trace.Dict, Doc: "whose script"},
		trace.Column{Name: "task", Kind: trace.Dict, Doc: "which of its tasks"},
		trace.Column{Name: "text", Kind: trace.Dict, Doc: "the line"},
	)
	for _, l := range w.Log() {
		t.Append(int64(l.At), t.Intern(1, l.Application), t.Intern(2, l.Task), t.Intern(3, l.Text))
	}
	return t
}

// LogLine is a line that a script has written.
type LogLine struct {
	script.Line
	Application string // or the host, if it is a scheduler's, path manager's or controller's
}

// Log lists the lines that scripts have written, in order of time.
func (w *World) Log() []LogLine {
	var all []LogLine
	for _, x := range w.scripts {
		for _, l := range x.run.Log() {
			all = append(all, LogLine{l, x.spec.Name})
		}
	}
	for _, p := range w.plugged {
		for _, l := range p.lines {
			l.Task = p.role
			all = append(all, LogLine{l, p.host.name})
		}
	}
	slices.SortStableFunc(all, func(a, b LogLine) int { return int(min(max(a.At-b.At, -1), 1)) })
	return all
}

// mostRecords is how many rows of a table stand in the summary; the table itself has all.
const mostRecords = 200_000

// summariseScripts writes one record an application, with what it gave to result, and one a row of record.
func (w *World) summariseScripts(s *trace.Summary) {
	for _, x := range w.scripts {
		r := s.Add(trace.GroupApplications)
		r.Text("application", x.spec.Name)
		r.Text("kind", x.spec.Kind)
		r.Text("host", x.spec.Host)
		r.Int("started_at_ns", int64(x.spec.Start))
		instant(r, "finished_at_ns", x.run.EndedAt())
		if waits := waitText(x.hung(w.Now())); waits != "" {
			r.Text("waiting", waits)
		} else {
			r.Null("waiting")
		}
		r.Text("status", scriptStatus(x, w.Now()))
		if err := x.run.Err(); err != nil {
			r.Text("error", err.Error())
		} else {
			r.Null("error")
		}
		results := x.run.Results()
		for i := range results {
			put(r, &results[i])
		}
	}
	for _, t := range w.scriptTables() {
		for _, row := range t.rows[:min(len(t.rows), mostRecords)] {
			r := s.Add(t.name)
			r.Int("time_ns", int64(row.record.At))
			r.Text("application", row.application)
			for i := range row.record.Fields {
				put(r, &row.record.Fields[i])
			}
		}
	}
}

func scriptStatus(x *scripted, now sim.Time) string {
	switch {
	case x.run.Err() != nil:
		return "failed"
	case x.run.Ended():
		return "finished"
	case now < sim.Time(x.spec.Start):
		return "not started"
	}
	return "running"
}

// put adds a value that a script has named; one that the record has already gets another name.
func put(r *trace.Record, f *script.Field) {
	name := columnName(f)
	for _, taken := r.Get(name); taken; _, taken = r.Get(name) {
		name = "own_" + name
	}
	switch v := f.Value.(type) {
	case bool:
		r.Bool(name, v)
	case int64:
		r.Int(name, v)
	case unit.Duration:
		r.Int(name, int64(v))
	case string:
		r.Text(name, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			r.Null(name)
			return
		}
		digits := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(digits, ".e") {
			digits += ".0"
		}
		r.Decimal(name, digits)
	default:
		r.Null(name)
	}
}

// scriptWarnings tells names that had to be changed and rows that the summary leaves out.
func (w *World) scriptWarnings() []string {
	var out []string
	for _, x := range w.scripts {
		var told []string
		for _, r := range x.run.Records() {
			if tableName(r.Table) != strings.ToLower(r.Table) && !slices.Contains(told, r.Table) {
				told = append(told, r.Table)
				out = append(out, fmt.Sprintf("application %s: the table %q is one of the simulator's, its rows are in %q",
					x.spec.Name, r.Table, tableName(r.Table)))
			}
		}
	}
	for _, t := range w.scriptTables() {
		if len(t.rows) > mostRecords {
			out = append(out, fmt.Sprintf("summary.json has the first %d of %d rows of %q; series/%s.parquet has all",
				mostRecords, len(t.rows), t.name, t.name))
		}
	}
	return out
}
