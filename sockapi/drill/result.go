package drill

import (
	"fmt"
	"strings"

	"mpsim/sim"
	"mpsim/sockapi/drill/pkt"
)

// Result is what came of one script.
type Result struct {
	File    string
	Failure *Failure // nil: passed
	Bad     error    // the script is wrong or asks for what is not modelled: it did not run, or not to its end
}

// Passed tells that the script ran to its end and everything was as it says.
func (r *Result) Passed() bool { return r.Failure == nil && r.Bad == nil }

// Failure is the first thing that was not as the script says.
type Failure struct {
	File     string
	Pos      pkt.Pos
	Line     string // of the script
	Problem  string
	Expected string // empty: the line says it
	Actual   string // empty: nothing
	At       sim.Time
}

// Error is a few lines: where, what, expected, actual.
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s at %s", f.File, f.Pos.Line, f.Problem, stamp(f.At))
	fmt.Fprintf(&b, "\n  script:   %s", shortened(f.Line))
	if f.Expected != "" {
		fmt.Fprintf(&b, "\n  expected: %s", f.Expected)
	}
	if f.Actual != "" {
		fmt.Fprintf(&b, "\n  actual:   %s", f.Actual)
	}
	return b.String()
}

// shortened keeps a long block of code from hiding what is told behind it.
func shortened(line string) string {
	const most = 200
	if len(line) <= most {
		return line
	}
	return strings.ToValidUTF8(line[:most], "") + " ..."
}

// stamp is a time in seconds with microseconds, as scripts have it.
func stamp(t sim.Time) string {
	us := int64(t) / 1000
	return fmt.Errorf("%d.%06d s", us/1e6, us%1e6).Error()
}
