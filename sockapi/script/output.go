package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/sim"
)

// Field is a named value of a record or a result: Value is nil, a bool, int64, float64, string or
// unit.Duration.
type Field struct {
	Name  string
	Value any
}

// Record is one row that the script has written with record.
type Record struct {
	Table  string
	At     sim.Time
	Task   string
	Fields []Field // in the order of the call
}

// maxLine is the longest line of log, octets; the rest is cut off.
const maxLine = 2000

// logLine writes a line: log(*args), the arguments parted by blanks.
func logLine(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no keyword arguments: use record for columns")
	}
	c := contextOf(t)
	line, err := c.joinText(t, args)
	if err != nil {
		return nil, err
	}
	return starlark.None, c.writeLine(t, line)
}

// printLine is the print of Starlark: the same as log.
func printLine(t *starlark.Thread, msg string) {
	_ = contextOf(t).writeLine(t, msg) // the limit stops the thread
}

func (c *context) writeLine(t *starlark.Thread, text string) error {
	if err := c.charge(t, int64(len(text))+64); err != nil {
		return err
	}
	if c.lines++; c.lines > c.limits.LogLines {
		return c.stop(&limitError{limit: "LogLines", text: fmt.Sprintf(
			"more than %d lines of log (limit LogLines)", c.limits.LogLines)})
	}
	l := Line{Text: text, Task: t.Name}
	if c.now != nil {
		l.At = c.now()
	}
	if c.run == nil {
		if c.print != nil {
			c.print(l)
		}
		return nil
	}
	c.run.mix(hashLog)
	c.run.mixText(text)
	c.run.lines = append(c.run.lines, l)
	if c.run.config.OnLog != nil {
		c.run.config.OnLog(l)
	}
	return nil
}

// record writes a row of a table: record(table, **columns). The time is added.
func record(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, err := inRun(t)
	if err != nil {
		return nil, err
	}
	if len(args) != 1 {
		return nil, fmt.Errorf("takes the name of a table, and columns as keyword arguments")
	}
	name, ok := args[0].(starlark.String)
	if !ok || !isName(string(name)) {
		return nil, fmt.Errorf("table: want a name of letters, digits and _, got %s", kindOf(args[0]))
	}
	fields, err := c.fields(t, kwargs)
	if err != nil {
		return nil, err
	}
	if c.rows++; c.rows > c.limits.Rows {
		return nil, c.stop(&limitError{limit: "Rows", text: fmt.Sprintf(
			"more than %d rows of record (limit Rows)", c.limits.Rows)})
	}
	if err := c.addRow(t, string(name), fields); err != nil {
		return nil, err
	}
	r := Record{Table: string(name), At: c.now(), Task: c.taskName(), Fields: fields}
	c.run.mix(hashRecord)
	c.run.mixText(r.Table)
	c.run.mixFields(fields)
	c.run.records = append(c.run.records, r)
	if c.run.config.OnRecord != nil {
		c.run.config.OnRecord(r)
	}
	return starlark.None, nil
}

// result sets values of the application's own summary: result(**values). A later one replaces an earlier.
func result(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, err := inRun(t)
	if err != nil {
		return nil, err
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("takes keyword arguments only, such as result(switch=now())")
	}
	fields, err := c.fields(t, kwargs)
	if err != nil {
		return nil, err
	}
	r := c.run
	r.mix(hashResult)
	r.mixFields(fields)
	for _, f := range fields {
		if err := c.setResult(t, f); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}

// isName tells whether a text can name a table or a column.
func isName(s string) bool {
	for i := range len(s) {
		c := lower(s[i])
		if !('a' <= c && c <= 'z' || c == '_' || i > 0 && '0' <= c && c <= '9') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// fields converts keyword arguments.
func (c *context) fields(t *starlark.Thread, kwargs []starlark.Tuple) ([]Field, error) {
	all := make([]Field, 0, len(kwargs))
	for _, kv := range kwargs {
		f := Field{Name: string(kv[0].(starlark.String))}
		if !isName(f.Name) {
			return nil, fmt.Errorf("%q: want a name of letters, digits and _", f.Name)
		}
		var err error
		if f.Value, err = c.plain(t, kv[1]); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		octets := int64(len(f.Name))
		if s, ok := f.Value.(string); ok {
			octets += int64(len(s))
		}
		if err := c.charge(t, octets); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, c.charge(t, 64+48*int64(len(all)))
}

// plain is a value of a script as one of Go. What has no counterpart becomes text.
func (c *context) plain(t *starlark.Thread, v starlark.Value) (any, error) {
	switch v := v.(type) {
	case starlark.NoneType:
		return nil, nil
	case starlark.Bool:
		return bool(v), nil
	case starlark.Int:
		if n, ok := v.Int64(); ok {
			return n, nil
		}
		return nil, fmt.Errorf("the int does not fit into 64 bits")
	case starlark.Float:
		return float64(v), nil
	case starlark.String:
		return string(v), nil
	case Duration:
		return spanValue(v), nil
	case *starlark.List, starlark.Tuple, *starlark.Dict, *starlark.Set:
		return nil, fmt.Errorf("want a number, a duration, a string or a bool, got %s", v.Type())
	}
	return c.text(t, v)
}
