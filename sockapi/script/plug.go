package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Plug-ins: scripts that are a part of the stack. The stack calls a function of the script within an event
// and needs the answer at once, so a plug-in cannot block: it has no sockets and no sleep.

// PlugConfig is what the plug-ins made by one factory get from outside. A factory belongs to one host.
type PlugConfig struct {
	Name   string         // in records and errors; empty: "script:" and the script's name
	Args   []Arg          // what the script sees as args
	Limits Limits         // of all plug-ins of the factory together; StepsAtOnce is of one call
	Labels []InterfaceTag // path managers: names of the host's interfaces
	Stream *sim.Stream    // of rand and rand_int; nil: they fail
	// Error is told of the first error of each connection (of each flow, if it is a controller): where, what,
	// and when in virtual time. What the connection does after it is said with the factories. nil: nobody is
	// told.
	Error func(err *Error)
	Log   func(l Line) // what log writes; nil: nowhere
}

// The limits of a plug-in that differ from a task's: its functions are called many times, and briefly.
const (
	plugSteps  = 100_000 // of one call: a scheduler over eight subflows takes some hundred
	plugMemory = 1 << 50 // octets that all calls together allocate: what they keep is bounded otherwise
	plugTotal  = 1 << 50 // steps of all calls together
)

// keepOctets is how much the calls for one connection (or flow) allocate until their states are measured
// again.
const keepOctets = 4 << 20

// keeper is a plug-in's part for one connection (or flow), whose states live on from call to call.
type keeper interface {
	kept() *kept
	eachState(f func(s *starlark.Dict) error) error
}

// kept counts what calls for one connection have allocated since its states were measured.
type kept struct{ octets unit.Bytes }

// plug is one loaded script, which all connections (or flows) of a host share.
type plug struct {
	title  string // name of the scheduler, path manager or controller in records
	now    sim.Time
	thread *starlark.Thread
	cx     *context
	report func(err *Error)
	labels []InterfaceTag
	global starlark.StringDict
}

// newPlug loads a script as a plug-in; role is "a scheduler" or the like.
func newPlug(prog *Program, role string, c PlugConfig) (*plug, error) {
	l := c.Limits
	l.StepsAtOnce, l.Memory, l.Steps = or(l.StepsAtOnce, plugSteps), or(l.Memory, plugMemory), or(l.Steps, plugTotal)
	p := &plug{title: or(c.Name, "script:"+prog.Name()), report: c.Error, labels: c.Labels}
	p.cx = &context{meter: newMeter(l), prog: prog, where: role, stream: c.Stream, print: c.Log,
		now: func() sim.Time { return p.now }}
	p.thread = p.cx.newThread(p.title)
	args, err := argsValue(c.Args)
	if err != nil {
		return nil, err
	}
	p.global, err = prog.load(p.thread, starlark.StringDict{"args": args})
	if err != nil {
		e := p.cx.wrap(err)
		e.Run = false
		return nil, e
	}
	return p, nil
}

// function finds a function that the script defines, given its call, such as "on_ack(f, acked)".
func (p *plug) function(call string, must bool) (*starlark.Function, error) {
	name, _, _ := strings.Cut(call, "(")
	v, ok := p.global[name]
	f, isFunction := v.(*starlark.Function)
	e := &Error{Pos: p.cx.prog.begin()}
	switch {
	case !ok && !must:
		return nil, nil
	case !ok:
		e.Msg = fmt.Sprintf("%s needs \"def %s\": it is not there", p.cx.where, call)
	case !isFunction:
		e.Msg = fmt.Sprintf("%s is %s: %s needs a function of that name", name, kindOf(v), p.cx.where)
	case f.NumParams() != strings.Count(call, ",")+1 || f.HasVarargs() || f.HasKwargs():
		e.Pos = p.place(f)
		e.Msg = fmt.Sprintf("%s has %d parameters: %s needs %s", name, f.NumParams(), p.cx.where, call)
	default:
		return f, nil
	}
	return nil, e
}

// place is where a function is defined.
func (p *plug) place(f *starlark.Function) Position {
	at := positionOf(f.Position())
	at.Col += p.cx.prog.indent
	return at
}

// flag reads a boolean that the script may define.
func (p *plug) flag(name string) (bool, error) {
	v, ok := p.global[name]
	if !ok {
		return false, nil
	}
	b, ok := v.(starlark.Bool)
	if !ok {
		return false, &Error{Pos: p.cx.prog.begin(),
			Msg: fmt.Sprintf("%s is %s: want True or False", name, kindOf(v))}
	}
	return bool(b), nil
}

// call calls a function of the script for k. What it may use of steps is counted anew.
func (p *plug) call(now sim.Time, k keeper, f *starlark.Function, args starlark.Tuple) (starlark.Value, error) {
	p.now = now
	p.cx.begin(p.thread)
	before := p.cx.allocated
	v, err := starlark.Call(p.thread, f, args, nil)
	if used := p.cx.allocated - before; used > 0 && err == nil {
		count := k.kept()
		if count.octets += used; count.octets > keepOctets {
			count.octets = 0
			err = p.measure(k)
		}
	}
	return v, err
}

// measure fails if the states of one connection have grown without bound.
func (p *plug) measure(k keeper) error {
	m := tree{depth: maxDepth}
	err := k.eachState(func(s *starlark.Dict) error {
		if s == nil {
			return nil
		}
		return m.add(s, 0)
	})
	if err == nil {
		return nil
	}
	return p.cx.stop(&limitError{limit: "Value", text: fmt.Sprintf(
		"the state of one connection or flow is too large, or holds itself: at most %d parts, nested %d deep", maxNodes,
		maxDepth)})
}

// failed reports an error of a call of f, and makes the thread fit for other connections.
func (p *plug) failed(f *starlark.Function, err error) {
	if l := p.cx.limit; l != nil && l.limit == "StepsAtOnce" { // its text is about tasks, which can block
		l.text = fmt.Sprintf("one call of %s has taken %d steps (limit StepsAtOnce): an endless loop?", f.Name(),
			p.cx.limits.StepsAtOnce)
	}
	e := p.cx.wrap(err)
	var eval *starlark.EvalError
	if !errors.As(err, &eval) { // about what the function returned
		e.Pos = p.place(f)
	}
	p.cx.limit = nil
	p.thread.Uncancel()
	if p.report != nil {
		p.report(e)
	}
}
