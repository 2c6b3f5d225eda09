package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// errAgain is what calls fail with whose timeout has passed.
const errAgain = sockapi.EAGAIN

// builtinEntries are the functions of scripts.
func builtinEntries() []entry {
	all := []entry{
		{sleepParams.name, sleep}, {sleepUntilParams.name, sleepUntil}, {"now", now}, {fixedParams.name, fixed},
		{"spawn", spawn}, {"attempt", attempt},
		{"rand", random}, {randIntParams.name, randomInt},
		{"log", logLine}, {"record", record}, {"result", result},
		{"policy", newPolicy}, {netlinkParams.name, newNetlink},
		{socketParams.name, newSocket}, {pollParams.name, poll}, {addressParams.name, addressCall},
	}
	for _, u := range spanUnits {
		all = append(all, entry{u.name, u.make})
	}
	return all
}

// spanUnit is a function that makes durations: ms(20).
type spanUnit struct {
	name string
	ns   int64
}

// spanUnits are the units of time that scenarios write.
var spanUnits = []spanUnit{
	{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"seconds", 1e9}, {"minutes", 60e9}, {"hours", 3600e9},
}

func (u spanUnit) make(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) != 1 || len(kwargs) != 0 {
		return nil, fmt.Errorf("takes one number, such as %s(20)", u.name)
	}
	return scaled(args[0], u.ns)
}

// deadline is the instant of a timeout argument; Never where none was given.
func (c *context) deadline(g *given, i int) (sim.Time, error) {
	if !g.has(i) {
		return sim.Never, nil
	}
	d, err := g.span(i, 0)
	if err != nil {
		return 0, err
	}
	return later(c.now(), d), nil
}

// later is now plus d, or Never.
func later(now sim.Time, d unit.Duration) sim.Time {
	if at := now.Add(d); at >= now {
		return at
	}
	return sim.Never
}

var sleepParams = params("sleep", 1, "d")

// sleep blocks for a duration.
func sleep(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	g, err := sleepParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	until, err := c.deadline(&g, 0)
	if err != nil {
		return nil, err
	}
	_, err = p.First(until)
	c.woken(t)
	return starlark.None, err
}

var sleepUntilParams = params("sleep_until", 1, "at")

// sleepUntil blocks until an instant of now(); one that is over does not block.
func sleepUntil(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, p, err := waiting(t)
	if err != nil {
		return nil, err
	}
	g, err := sleepUntilParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	at, err := g.span(0, 0)
	if err != nil {
		return nil, err
	}
	if until := later(0, at); until > c.now() {
		_, err = p.First(until)
	}
	c.woken(t)
	return starlark.None, err
}

// now returns the time since the start of the run.
func now(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args)+len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no arguments")
	}
	c := contextOf(t)
	if c.now == nil {
		return nil, fmt.Errorf("not in %s", c.place())
	}
	return Duration(c.now()), nil
}

// spawn starts a task: spawn(f, *args, **kwargs).
func spawn(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c, _, err := waiting(t)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("needs a function to call")
	}
	fn, ok := args[0].(starlark.Callable)
	if !ok {
		return nil, fmt.Errorf("want a function, got %s", kindOf(args[0]))
	}
	r := c.run
	if r.instant != c.now() {
		r.instant, r.spawned = c.now(), 0
	}
	r.spawned++
	if most := r.limits.Tasks; r.alive >= most || r.spawned > most {
		return nil, c.stop(&limitError{limit: "Tasks", text: fmt.Sprintf(
			"more than %d tasks live at once, or start at one instant (limit Tasks)", most)})
	}
	if err := c.charge(t, taskOctets); err != nil {
		return nil, err
	}
	r.tasks++
	k := r.start(fmt.Sprintf("%s.%d", fn.Name(), r.tasks), fn, args[1:], kwargs)
	k.from = c.task.from
	for i := range t.CallStackDepth() {
		if f := t.CallFrame(i); f.Pos.Filename() != builtinFile {
			k.from = f
			break
		}
	}
	return k, nil
}

// attempt calls a function and returns (value, None), or (None, errno) where a socket call failed in it.
func attempt(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("needs a function to call")
	}
	if t.CallStackDepth() > maxAttempts {
		return nil, fmt.Errorf("calls are nested more than %d deep", maxAttempts)
	}
	v, err := starlark.Call(t, args[0], args[1:], kwargs)
	if err == nil {
		return starlark.Tuple{v, starlark.None}, nil
	}
	e, ok := caught(err)
	if !ok {
		return nil, err
	}
	return starlark.Tuple{starlark.None, Errno(e.errno)}, nil
}

// maxAttempts is how deep calls may nest: functions cannot call themselves, but attempt can.
const maxAttempts = 500

var fixedParams = params("fixed", 1, "x", "digits")

// fixed writes a number with so many digits behind the point, rounded to the nearest (to even where two are as near
// in binary): fixed(x, digits=2).
func fixed(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	g, err := fixedParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	if _, ok := g.v[0].(Duration); ok {
		return nil, g.wrong(0, "a number, such as d.ms or d.seconds")
	}
	x, ok := starlark.AsFloat(g.v[0])
	if !ok {
		return nil, g.wrong(0, "a number")
	}
	digits, err := g.number(1, 0, 20, 2)
	if err != nil {
		return nil, err
	}
	text := strconv.FormatFloat(x, 'f', int(digits), 64)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		text = strings.ToLower(strings.TrimPrefix(text, "+"))
	}
	return starlark.String(text), contextOf(t).charge(t, int64(len(text)))
}

// random returns a float from 0 up to but not including 1, with 53 random bits.
func random(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args)+len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no arguments")
	}
	s, err := contextOf(t).draws()
	if err != nil {
		return nil, err
	}
	return starlark.Float(float64(s.Uint64()>>11) / (1 << 53)), nil
}

var randIntParams = params("rand_int", 2, "low", "high")

// randomInt returns an int from low to high, both included.
func randomInt(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	g, err := randIntParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	low, err := g.number(0, -1<<62, 1<<62, 0)
	if err != nil {
		return nil, err
	}
	high, err := g.number(1, low, 1<<62, 0)
	if err != nil {
		return nil, err
	}
	s, err := contextOf(t).draws()
	if err != nil {
		return nil, err
	}
	return starlark.MakeInt64(low + int64(s.Below(uint64(high-low)+1))), nil
}

// draws returns the stream of the script.
func (c *context) draws() (*sim.Stream, error) {
	switch {
	case c.run != nil:
		return c.run.stream, nil
	case c.stream != nil:
		return c.stream, nil
	}
	return nil, fmt.Errorf("not in %s", c.place())
}
