package trace

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// Each row type must name the columns of its table in order, and Add must put each field into the
// column of that name.
func TestRowTypesMatchColumns(t *testing.T) {
	s := NewSeries()
	for _, c := range []struct {
		table *Table
		row   any
		add   func(any)
	}{
		{s.Subflows.Table, SubflowRow{}, func(r any) { s.Subflows.Add(r.(SubflowRow)) }},
		{s.Connections.Table, ConnectionRow{}, func(r any) { s.Connections.Add(r.(ConnectionRow)) }},
		{s.Links.Table, LinkRow{}, func(r any) { s.Links.Add(r.(LinkRow)) }},
		{s.Arrivals.Table, ArrivalRow{}, func(r any) { s.Arrivals.Add(r.(ArrivalRow)) }},
		{s.Events.Table, EventRow{}, func(r any) { s.Events.Add(r.(EventRow)) }},
	} {
		row := reflect.New(reflect.TypeOf(c.row)).Elem()
		for i := range row.NumField() {
			switch f := row.Field(i); f.Kind() {
			case reflect.Int64:
				f.SetInt(int64(i + 100))
			case reflect.String:
				f.SetString(row.Type().Field(i).Name)
			case reflect.Bool:
				f.SetBool(true)
			}
		}
		c.add(row.Interface())
		if n := len(c.table.Columns()); n != row.NumField() {
			t.Fatalf("table %s has %d columns, its row type %d fields", c.table.Name(), n, row.NumField())
		}
		for chunk := range c.table.Chunks() {
			for i, col := range c.table.Columns() {
				field := row.Type().Field(i)
				if snake(field.Name) != col.Name {
					t.Errorf("field %d of %s's row is %s, the column %s", i, c.table.Name(), field.Name, col.Name)
				}
				v := chunk.Col(i)[0]
				good := v == int64(i+100)
				if col.Kind == Dict {
					good = c.table.Word(i, v) == field.Name
				} else if col.Kind == Bool {
					good = v == 1
				}
				if !good {
					t.Errorf("%s.%s holds %d", c.table.Name(), col.Name, v)
				}
				if col.Doc == "" {
					t.Errorf("%s.%s has no description", c.table.Name(), col.Name)
				}
			}
		}
	}
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func TestRatioIsExact(t *testing.T) {
	const big = 1<<64 - 1
	for _, c := range []struct {
		num, den uint64
		want     string
	}{
		{0, 7, "0.0"}, {1, 3, "0.333333333"}, {2, 3, "0.666666667"}, {1, 2, "0.5"}, {7, 7, "1.0"},
		{1, 2_000_000_000, "0.000000001"}, {1, 2_000_000_001, "0.0"}, {big, big, "1.0"},
		{big - 1, big, "1.0"}, {big, 1, "18446744073709551615.0"}, {5, 4, "1.25"},
	} {
		var r Record
		r.Ratio("x", c.num, c.den)
		if f, _ := r.Get("x"); f.Kind != DecimalValue || f.Text != c.want {
			t.Errorf("%d/%d = %q, want %q", c.num, c.den, f.Text, c.want)
		}
	}
	var r Record
	r.Ratio("x", 0, 0)
	r.Int("y", None)
	for _, f := range r.Fields() {
		if f.Kind != NullValue {
			t.Errorf("%s is %+v, want null", f.Key, f)
		}
	}
}
