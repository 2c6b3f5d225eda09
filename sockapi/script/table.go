package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim/unit"
)

// What record and result gather is kept until the run is written: names and texts count in Limits.Memory like all
// that a script allocates, and so does a cell of each row for each column of its table, whether the row fills it or
// not. The number of names is bounded here, since each becomes a file, a column or a line of the summary.

const (
	maxTables  = 100  // of record, one run
	maxColumns = 100  // of one table
	maxResults = 1000 // names given to result
)

const (
	cellOctets  = 8   // of a row, one column
	nameOctets  = 256 // of a column or result, with what finds it
	tableOctets = 4 << 10
)

// recorded is what is known of the tables of a run.
type recorded struct {
	tables  map[string]*recordTable
	results map[string]int // places in Run.results
}

// recordTable is one table: its columns and the type that each has.
type recordTable struct {
	rows    int64
	columns map[string]columnType
}

// columnType is the type of the values of a column, and where it was seen first.
type columnType struct {
	name  string
	place Position
}

// Names that the rows and the application's summary have already.
var (
	rowNames    = []string{"time_ns", "application"}
	resultNames = []string{
		"application", "kind", "host", "started_at_ns", "finished_at_ns", "waiting", "status", "error",
	}
)

// reserved fails if a value would have the name of another in what is written: durations get _ns.
func reserved(f *Field, names []string, of string) error {
	name := strings.ToLower(f.Name)
	if _, ok := f.Value.(unit.Duration); ok && !strings.HasSuffix(name, "_ns") {
		name += "_ns"
	}
	for _, taken := range names {
		if taken == name {
			return fmt.Errorf("%s: %s has %s of its own already: choose another name", f.Name, of, name)
		}
	}
	return nil
}

// typeOf names the type of a column; whole numbers and others make a column of numbers; None has any type.
func typeOf(v any) string {
	switch v.(type) {
	case bool:
		return "a bool"
	case int64, float64:
		return "a number"
	case unit.Duration:
		return "a duration"
	case string:
		return "a text"
	}
	return ""
}

// addRow counts a row of a table and checks that its values have the types of their columns.
func (c *context) addRow(t *starlark.Thread, table string, fields []Field) error {
	all := &c.run.recorded
	x := all.tables[table]
	if x == nil {
		if len(all.tables) >= maxTables {
			return c.stop(&limitError{text: fmt.Sprintf("record: more than %d tables: put what differs into a column",
				maxTables)})
		}
		if err := c.charge(t, tableOctets+int64(len(table))); err != nil {
			return err
		}
		if all.tables == nil {
			all.tables = map[string]*recordTable{}
		}
		x = &recordTable{columns: map[string]columnType{}}
		all.tables[table] = x
	}
	for i := range fields {
		f := &fields[i]
		if err := reserved(f, rowNames, "each row"); err != nil {
			return err
		}
		name, now := strings.ToLower(f.Name), typeOf(f.Value)
		was, known := x.columns[name]
		switch {
		case !known && len(x.columns) >= maxColumns:
			return c.stop(&limitError{text: fmt.Sprintf(
				"record: table %s has more than %d columns: write more rows instead", table, maxColumns)})
		case !known:
			if err := c.charge(t, nameOctets+int64(len(name))+cellOctets*x.rows); err != nil {
				return err
			}
			fallthrough
		case was.name == "":
			x.columns[name] = columnType{now, c.caller(t)}
		case now != "" && now != was.name:
			return fmt.Errorf("%s of table %s: %s, but %s in the row written at %s: a column has one type (or None)",
				f.Name, table, now, was.name, was.place)
		}
	}
	x.rows++
	return c.charge(t, cellOctets*int64(len(x.columns)))
}

// caller is the place in the script that a builtin is called from.
func (c *context) caller(t *starlark.Thread) Position {
	for i := range t.CallStackDepth() {
		if f := t.CallFrame(i); f.Pos.Filename() != builtinFile {
			p := positionOf(f.Pos)
			p.Col += c.prog.indent
			return p
		}
	}
	return Position{File: c.prog.name, Line: 1, Col: 1}
}

// setResult keeps a value of result in the place of an earlier one of its name.
func (c *context) setResult(t *starlark.Thread, f Field) error {
	r := c.run
	if err := reserved(&f, resultNames, "the application's record"); err != nil {
		return err
	}
	if i, ok := r.recorded.results[f.Name]; ok {
		r.results[i] = f
		return nil
	}
	if len(r.results) >= maxResults {
		return c.stop(&limitError{text: fmt.Sprintf("result: more than %d names: use record for what is many", maxResults)})
	}
	if err := c.charge(t, nameOctets); err != nil {
		return err
	}
	if r.recorded.results == nil {
		r.recorded.results = map[string]int{}
	}
	r.recorded.results[f.Name] = len(r.results)
	r.results = append(r.results, f)
	return nil
}
