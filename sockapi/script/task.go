package script

import (
	"fmt"

	"go.starlark.net/starlark"

	"mpsim/sim"
)

// Task is one function of a script that runs beside the others: a process with an interpreter.
type Task struct {
	run    *Run
	name   string
	proc   *sim.Proc
	thread *starlark.Thread
	ctx    context
	fn     starlark.Value
	args   starlark.Tuple
	kwargs []starlark.Tuple
	value  starlark.Value // what fn returned
	err    *Error
	ended  bool
	over   bool               // its function has returned, failed or was cancelled: not when the world ends
	from   starlark.CallFrame // the call of spawn
}

// taskOctets is what a task costs at least: its process, thread and frames.
const taskOctets = 8 << 10

// start begins a task at the current time.
func (r *Run) start(name string, fn starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple) *Task {
	k := &Task{run: r, name: name, fn: fn, args: args, kwargs: kwargs, value: starlark.None}
	k.ctx = context{meter: r.meter, prog: r.prog, task: k, run: r, now: r.world.Now, at: r.world.Now()}
	k.thread = k.ctx.newThread(name)
	r.alive++
	r.lives(k)
	k.proc = r.world.Go(r.component, r.name+"/"+name, k.body)
	return k
}

// body is the process.
func (k *Task) body(*sim.Proc) {
	defer k.finish() // killed or not
	if k.fn == nil {
		fn, err := k.run.load(k.thread)
		if err != nil {
			k.over = true
			k.fail(err)
			return
		}
		k.fn = fn
	}
	v, err := starlark.Call(k.thread, k.fn, k.args, k.kwargs)
	k.over = true
	if err != nil {
		k.fail(err)
		return
	}
	k.value = v
}

func (k *Task) fail(err error) {
	k.err = k.ctx.wrap(err)
	if len(k.err.Stack) == 0 && k.from.Pos.IsValid() { // a builtin that spawn has called
		k.err.Pos = positionOf(k.from.Pos)
		k.err.Pos.Col += k.run.prog.indent
		k.err.Stack = []Frame{{Name: k.from.Name, Pos: k.err.Pos}}
	}
	k.run.failed(k.err)
}

// finish notes the end; the last task closes what the script has left open.
func (k *Task) finish() {
	k.ended = true
	k.ctx.finish(k.thread)
	k.fn, k.args, k.kwargs = nil, nil, nil
	r := k.run
	r.mix(hashTaskEnd)
	r.endedAt = r.world.Now()
	if r.alive--; r.alive == 0 && k.over {
		r.exit()
	}
}

// waiting is what every blocking builtin begins with: the process that may block.
func waiting(t *starlark.Thread) (*context, *sim.Proc, error) {
	c := contextOf(t)
	switch {
	case c.task == nil:
		return nil, nil, fmt.Errorf("not in %s: it would block", c.place())
	case c.task.fn == nil:
		return nil, nil, fmt.Errorf("not while the script is loaded: call it from main()")
	}
	return c, c.task.proc, nil
}

// inRun is what builtins begin with that need the script's host.
func inRun(t *starlark.Thread) (*context, error) {
	c := contextOf(t)
	if c.run == nil {
		return nil, fmt.Errorf("not in %s", c.place())
	}
	return c, nil
}

func (c *context) place() string {
	if c.where != "" {
		return c.where
	}
	return "a plug-in"
}

// blockedSteps is what a blocking call costs that lets no virtual time pass.
const blockedSteps = 100

// wokenOctets is what one element costs of a list that a comprehension makes while its body blocks.
const wokenOctets = 16

// woken is what every blocking builtin ends with: if virtual time has gone on, the task has a new turn.
func (c *context) woken(t *starlark.Thread) {
	c.allocated += wokenOctets
	if now := c.now(); now > c.at {
		c.at = now
		c.begin(t)
		return
	}
	t.Steps += blockedSteps
}

// String prints the task's name.
func (k *Task) String() string { return "<task " + k.name + ">" }

// Type returns the name that scripts see.
func (k *Task) Type() string { return "task" }

// Freeze does nothing: tasks live as long as the run.
func (k *Task) Freeze() {}

// Truth is true.
func (k *Task) Truth() starlark.Bool { return true }

// Hash fails.
func (k *Task) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: task") }

// Attr gives done, failed, name and the methods join and cancel.
func (k *Task) Attr(name string) (starlark.Value, error) {
	switch name {
	case "done":
		return starlark.Bool(k.ended), nil
	case "failed":
		return starlark.Bool(k.err != nil), nil
	case "name":
		return starlark.String(k.name), nil
	}
	return method(taskMethods, k, name)
}

// AttrNames lists the attributes.
func (k *Task) AttrNames() []string { return []string{"cancel", "done", "failed", "join", "name"} }

// taskMethods are the methods of tasks.
var taskMethods = newMethods(
	entry{joinParams.name, taskJoin},
	entry{"cancel", taskCancel},
)

var joinParams = params("join", 0, "timeout")

// taskJoin waits for the end of a task and returns what its function returned.
func taskJoin(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	k := b.Receiver().(*Task)
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	g, err := joinParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 0)
	if err != nil {
		return nil, err
	}
	if c.task == k {
		return nil, fmt.Errorf("a task cannot wait for itself")
	}
	for !k.ended {
		if c.now() >= until {
			return nil, &callError{call: "join", errno: errAgain}
		}
		_, err := p.First(until, k.proc.Done())
		c.woken(t)
		if err != nil {
			return nil, err
		}
	}
	if k.err != nil && k.err.Errno != 0 {
		return nil, &callError{call: "join", errno: k.err.Errno, text: "of " + k.name}
	}
	if k.err != nil {
		return nil, fmt.Errorf("task %s has failed", k.name)
	}
	return k.value, nil
}

// taskCancel ends a task from outside, as a thread is cancelled in a blocking call; its own sockets stay open.
func taskCancel(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args)+len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no arguments")
	}
	k := b.Receiver().(*Task)
	if !k.ended {
		k.over = true
		k.proc.Kill()
	}
	return starlark.None, nil
}
