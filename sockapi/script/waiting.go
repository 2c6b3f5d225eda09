package script

import (
	"go.starlark.net/starlark"

	"mpsim/sim"
)

// Waiting is a blocking call in which a task of a script is.
type Waiting struct {
	Task  string   // its name: main, or that of a task which spawn has started
	Call  string   // the function or method: recv, accept, sleep
	On    string   // the value whose method it is, such as <socket 1>, or empty
	Pos   Position // of the call
	Since sim.Time // when the task last went on
}

// String says what waits where, and since when: main: in recv of <socket 1> at a.star:3:9, since 0.08s.
func (x Waiting) String() string {
	call := x.Call
	if x.On != "" {
		call += " of " + x.On
	}
	return x.Task + ": in " + call + " at " + x.Pos.String() + ", since " + instant(x.Since)
}

// Waiting lists the blocking calls in which the tasks are that have not ended, in the order in which the tasks
// began. It says nothing after the world is closed, since that ends all tasks. Where the world has no event left, or
// none before its end, these calls are what the script hangs in.
func (r *Run) Waiting() []Waiting {
	var all []Waiting
	for _, k := range r.living {
		if !k.ended && k.thread.CallStackDepth() > 0 {
			all = append(all, k.waiting())
		}
	}
	return all
}

func (k *Task) waiting() Waiting {
	x := Waiting{Task: k.name, Call: operation(k.thread), Since: k.ctx.at}
	if b, ok := k.thread.DebugFrame(0).Callable().(*starlark.Builtin); ok && b.Receiver() != nil {
		x.On = b.Receiver().String()
	}
	for i := range k.thread.CallStackDepth() {
		if f := k.thread.CallFrame(i); f.Pos.Filename() != builtinFile {
			x.Pos = positionOf(f.Pos)
			x.Pos.Col += k.run.prog.indent
			return x
		}
	}
	if k.from.Pos.IsValid() { // spawn(s.recv, 1): the task is the call
		x.Pos = positionOf(k.from.Pos)
		x.Pos.Col += k.run.prog.indent
	}
	return x
}

// lives notes a task, and forgets those that have ended.
func (r *Run) lives(k *Task) {
	if n := len(r.living); n >= 64 && n >= 2*r.alive {
		kept := r.living[:0]
		for _, old := range r.living {
			if !old.ended {
				kept = append(kept, old)
			}
		}
		clear(r.living[len(kept):])
		r.living = kept
	}
	r.living = append(r.living, k)
}
