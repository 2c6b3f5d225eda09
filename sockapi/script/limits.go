package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Limits bound what one script may use, in numbers that are the same on every machine. A field of 0 has its
// default. The error names the field.
type Limits struct {
	StepsAtOnce uint64     // of the interpreter while virtual time stands still, one task: default 10 million
	Steps       uint64     // of the interpreter, all tasks, the whole run: default 1000 million
	Memory      unit.Bytes // allocated in the whole run, whether freed meanwhile or not: default 1 GiB
	Value       unit.Bytes // one string, list, dict ...: default 64 MiB
	Tasks       int        // that live at once, or start at one instant: default 20 000
	LogLines    int        // default 100 000
	Rows        int        // of record: default 1 million
}

// withDefaults fills in the defaults.
func (l Limits) withDefaults() Limits {
	l.StepsAtOnce = or(l.StepsAtOnce, 10_000_000)
	l.Steps = or(l.Steps, 1_000_000_000)
	l.Memory = or(l.Memory, 1<<30)
	l.Value = or(l.Value, 64<<20)
	l.Tasks = or(l.Tasks, 20_000)
	l.LogLines = or(l.LogLines, 100_000)
	l.Rows = or(l.Rows, 1_000_000)
	return l
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// meter counts what all threads of one script use.
type meter struct {
	limits    Limits
	allocated unit.Bytes
	steps     uint64 // of turns that are over
	lines     int    // of log
	rows      int    // of record
}

func newMeter(l Limits) *meter { return &meter{limits: l.withDefaults()} }

// context is what builtins find by their thread.
type context struct {
	*meter
	prog   *Program
	where  string // a plug-in's kind: "a scheduler"; empty: a task
	task   *Task  // nil in plug-ins
	run    *Run   // nil in plug-ins
	now    func() sim.Time
	stream *sim.Stream  // of rand, in plug-ins; nil: none
	print  func(l Line) // takes the lines of log of plug-ins; nil: nobody
	turn   uint64       // thread.Steps when virtual time last went on
	most   uint64       // thread.Steps that ends the turn
	at     sim.Time
	limit  *limitError // what has stopped the thread
	grace  uint8       // steps beyond the limit
}

// contextKey is the local of a thread that holds its *context.
const contextKey = "c"

func contextOf(t *starlark.Thread) *context { return t.Local(contextKey).(*context) }

// newThread makes a thread of the context.
func (c *context) newThread(name string) *starlark.Thread {
	t := &starlark.Thread{Name: name, OnMaxSteps: outOfSteps, Print: printLine, Load: noLoad}
	t.SetLocal(contextKey, c)
	c.begin(t)
	return t
}

// finish counts the steps of the turn that ends.
func (c *context) finish(t *starlark.Thread) {
	c.steps += t.Steps - c.turn
	c.turn = t.Steps
}

// begin allows the thread another turn: virtual time has gone on.
func (c *context) begin(t *starlark.Thread) {
	c.finish(t)
	c.grace = 0
	left := uint64(0)
	if c.steps < c.limits.Steps {
		left = c.limits.Steps - c.steps
	}
	c.most = t.Steps + max(1, min(left, c.limits.StepsAtOnce))
	t.SetMaxExecutionSteps(c.most)
}

// outOfSteps cancels a thread that has reached its maximum.
func outOfSteps(t *starlark.Thread) {
	c := contextOf(t)
	if f, ok := t.DebugFrame(0).Callable().(*starlark.Function); ok && c.grace < maxGrace &&
		f.Position() == t.DebugFrame(0).Position() {
		c.grace++ // before the first place of the function that the interpreter knows: that comes soon
		return
	}
	t.Cancel(c.exhausted(t).Error())
}

// maxGrace is how many steps beyond the limit a thread may take until it has a place to tell.
const maxGrace = 16

// exhausted makes the end of a turn by its steps final.
func (c *context) exhausted(t *starlark.Thread) error {
	if c.limit == nil {
		if c.steps+(t.Steps-c.turn) >= c.limits.Steps {
			c.limit = &limitError{limit: "Steps", text: fmt.Sprintf(
				"the script has taken %d steps in all (limit Steps): it needs fewer, or a higher limit", c.limits.Steps)}
		} else {
			c.limit = &limitError{limit: "StepsAtOnce", text: fmt.Sprintf(
				"%d steps without virtual time going on (limit StepsAtOnce): an endless loop, or work on large values? "+
					"A loop needs a call that blocks, such as sleep", c.limits.StepsAtOnce)}
		}
	}
	return c.limit
}

// charge counts octets that the script allocates, and the time that it takes to fill them. It is called before they
// are allocated, with the most that there can be, or right after where that is bounded otherwise.
func (c *context) charge(t *starlark.Thread, octets int64) error {
	if octets < 0 || unit.Bytes(octets) > c.limits.Value {
		size := " that is too large"
		if octets >= 0 {
			size = " of " + unit.Bytes(octets).String()
		}
		return c.stop(&limitError{limit: "Value", text: fmt.Sprintf("%s would make a value%s: at most %s (limit Value)",
			operation(t), size, c.limits.Value)})
	}
	c.allocated += unit.Bytes(octets)
	if c.allocated > c.limits.Memory {
		return c.stop(&limitError{limit: "Memory", text: fmt.Sprintf(
			"the script has allocated more than %s in all (limit Memory), the last of it by %s", c.limits.Memory,
			operation(t))})
	}
	if octets >= stepOctets {
		return c.work(t, int(octets/stepOctets))
	}
	return nil
}

// grown charges for one more part of a value that has n already.
func (c *context) grown(t *starlark.Thread, n int, octets int64) error {
	if int64(n) >= int64(c.limits.Value)/octets {
		return c.charge(t, -1)
	}
	return c.charge(t, octets)
}

// stepOctets is how many octets are copied in the time of one step, about.
const stepOctets = 16

// work counts steps for what a builtin does beside the interpreter, before it does it.
func (c *context) work(t *starlark.Thread, n int) error {
	if left := c.most - min(c.most, t.Steps); uint64(n) >= left {
		t.Steps = c.most
		return c.exhausted(t)
	}
	t.Steps += uint64(n)
	return nil
}

// stop makes a limit final: attempt does not catch it, and the thread goes no further.
func (c *context) stop(e *limitError) error {
	if c.limit == nil {
		c.limit = e
	}
	return c.limit
}

// operation names what the thread does: the builtin at the top of its stack, or what a guard stands for.
func operation(t *starlark.Thread) string {
	if t.CallStackDepth() == 0 {
		return "the script"
	}
	name := t.CallFrame(0).Name
	if !isGuard(name) {
		return name
	}
	name = name[1:]
	switch name {
	case "list", "tuple":
		return "a " + name
	case "made", "element":
		return "a comprehension or a dict"
	case "func":
		return "a function"
	case "rest", "star":
		return "the arguments of a call"
	case "sliced", "stepped":
		return "a slice"
	case "key", "newkey", "setindex":
		return "an assignment to an element"
	}
	if method := name[1:]; name[0] == 'm' && guardedMethod(method) {
		return method
	}
	return "operator " + strings.TrimSuffix(name, "?")
}

// wrap makes an Error of what a thread of the context returned.
func (c *context) wrap(err error) *Error {
	e := c.prog.wrap(err)
	if c.limit != nil {
		e.Limit, e.Msg = c.limit.limit, c.limit.text
	}
	if c.now != nil {
		e.Run, e.At = true, c.now()
	}
	e.Task = c.taskName()
	return e
}

func noLoad(*starlark.Thread, string) (starlark.StringDict, error) {
	return nil, fmt.Errorf("a script loads no other file")
}

func (c *context) taskName() string {
	if c.task == nil {
		return ""
	}
	return c.task.name
}
