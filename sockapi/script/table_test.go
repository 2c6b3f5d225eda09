package script_test

import (
	"strings"
	"testing"
)

// A column has one type, and names that are written already are refused, at the place of the call.
func TestRecordedNames(t *testing.T) {
	for _, x := range []struct{ body, want string }{
		{"record('t', a=1)\nrecord('t', a='x')",
			"x.star:4:9: record: a of table t: a text, but a number in the row written at x.star:3:9: a column has one type"},
		{"record('t', a=None)\nrecord('t', a=True)\nrecord('t', a=1)", "x.star:5:9: record: a of table t: a number, but a bool"},
		{"record('t', a=ms(1))\nrecord('t', a=1)", "a number, but a duration"},
		{"record('t', a=1)\nrecord('t', a=1.5)\nrecord('t', a=None)\nrecord('u', a='x')", ""},
		{"record('t', time=now())", "time: each row has time_ns of its own already"},
		{"record('t', application='x')", "each row has application of its own already"},
		{"record('t', time=1)\nresult(started_at=1)", ""},
		{"result(status='x')", "x.star:3:9: result: status: the application's record has status of its own already"},
		{"result(Kind='x')", "has kind of its own already"},
		{"result(finished_at=now())", "has finished_at_ns of its own already"},
	} {
		e, _ := endOf(t, x.body)
		switch {
		case x.want == "" && e == nil:
		case x.want == "" || e == nil || !strings.Contains(e.Error(), x.want):
			t.Errorf("%s: got %v, want %s", x.body, e, x.want)
		}
	}
}
