package sim

import (
	"fmt"
	"runtime/debug"
)

// Failure is the value that a broken invariant, or any other panic inside Run, panics with: enough
// to run the same world again up to the same event.
type Failure struct {
	Seed    uint64
	Now     Time
	Process string // name of the process whose body failed; empty for a plain handler
	Cause   any    // what was thrown: a string for Fail
	Stack   string // where the body of a process was; its own stack is gone when Run's caller sees this
}

// Error says the seed, the virtual time, the process and the cause.
func (f *Failure) Error() string {
	where := ""
	if f.Process != "" {
		where = fmt.Sprintf(", process %q", f.Process)
	}
	text := fmt.Sprintf("sim: seed %d, time %v%s: %v", f.Seed, f.Now, where, f.Cause)
	if f.Stack != "" {
		text += "\n\n" + f.Stack
	}
	return text
}

// Unwrap returns the cause if it is an error.
func (f *Failure) Unwrap() error {
	err, _ := f.Cause.(error)
	return err
}

// Fail panics with the seed and the simulated time: for broken invariants only.
func (w *World) Fail(format string, args ...any) { w.fail(format, args...) }

func (q *queue) fail(format string, args ...any) {
	panic(&Failure{Seed: q.seed, Now: q.now, Cause: fmt.Sprintf(format, args...)})
}

// attribute turns what was recovered into a Failure that names seed, time and process.
func (q *queue) attribute(cause any, process string) *Failure {
	f, ok := cause.(*Failure)
	if !ok {
		f = &Failure{Seed: q.seed, Now: q.now, Cause: cause}
		if process != "" {
			f.Stack = string(debug.Stack())
		}
	}
	if f.Process == "" {
		f.Process = process
	}
	return f
}
