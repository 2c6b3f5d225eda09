package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// The functions of Starlark that can grow values or take long, with their guards.

// universeEntries take the places of Starlark's own functions of these names.
func universeEntries() []entry {
	all := []entry{
		{"print", logLine}, {"fail", failCall}, {"str", strCall}, {"repr", reprCall}, {"getattr", getattrCall},
		{"hash", hashCall}, {"int", intCall}, {"float", floatCall},
		{sortedParams.name, sortedCall}, {"min", extremum(syntax.LT)}, {"max", extremum(syntax.GT)},
	}
	for _, s := range sequences {
		all = append(all, entry{s.name, s.call})
	}
	return all
}

// sequence is a function that goes over its arguments and makes something of their elements.
type sequence struct {
	name   string
	octets int64 // of the result, for each element
}

var sequences = []sequence{
	{"list", elementOctets}, {"tuple", elementOctets}, {"set", entryOctets}, {"dict", entryOctets},
	{"reversed", elementOctets}, {"enumerate", 3 * elementOctets}, {"zip", 2 * elementOctets}, {"bytes", 4},
	{"any", 0}, {"all", 0},
}

func (s sequence) call(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	c := contextOf(t)
	n := int64(len(kwargs))
	for _, a := range args {
		more, err := c.elements(t, a)
		if err != nil {
			return nil, err
		}
		n += more
	}
	if s.octets > 0 && n > int64(c.limits.Value)/s.octets {
		return nil, c.charge(t, -1)
	}
	if err := c.work(t, int(n)); err != nil {
		return nil, err
	}
	if err := c.charge(t, s.octets*n); err != nil {
		return nil, err
	}
	if s.name == "set" || s.name == "dict" {
		if err := c.keysOf(t, args); err != nil {
			return nil, err
		}
	}
	v, err := starlarks(t, s.name, args, kwargs)
	if tuple, ok := v.(starlark.Tuple); ok && err == nil {
		err = c.newTuple(t, tuple, nil)
	}
	return v, err
}

// keysOf charges for the keys that a set or dict gets.
func (c *context) keysOf(t *starlark.Thread, args starlark.Tuple) error {
	for _, a := range args {
		it := starlark.Iterate(a)
		if it == nil {
			continue
		}
		defer it.Done()
		for v := starlark.Value(nil); it.Next(&v); {
			if err := c.hashable(t, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// starlarks calls Starlark's own function of a name.
func starlarks(t *starlark.Thread, name string, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	return starlarkCall(t, starlark.Universe[name].(*starlark.Builtin), args, kwargs)
}

// failCall ends the task: fail(*args).
func failCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(kwargs) > 0 {
		return nil, fmt.Errorf("takes no keyword arguments")
	}
	text, err := contextOf(t).joinText(t, args)
	if err != nil {
		return nil, err
	}
	return nil, errors.New(text)
}

// joinText is the text of some values, parted by blanks.
func (c *context) joinText(t *starlark.Thread, args starlark.Tuple) (string, error) {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		s, err := c.text(t, a)
		if err != nil {
			return "", err
		}
		if b.Len()+len(s) > maxLine { // nobody sees the rest
			b.WriteString(s[:maxLine-min(b.Len(), maxLine)] + " ...")
			break
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func strCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) != 1 || len(kwargs) > 0 {
		return nil, fmt.Errorf("takes one argument")
	}
	if b, ok := args[0].(starlark.Bytes); ok {
		if err := contextOf(t).charge(t, 3*int64(len(b))); err != nil {
			return nil, err
		}
		return starlarks(t, "str", args, nil) // decodes UTF-8
	}
	s, err := contextOf(t).text(t, args[0])
	return starlark.String(s), err
}

func reprCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) != 1 || len(kwargs) > 0 {
		return nil, fmt.Errorf("takes one argument")
	}
	c := contextOf(t)
	octets, err := c.printable(t, args[0])
	if err != nil {
		return nil, err
	}
	if err := c.charge(t, octets); err != nil {
		return nil, err
	}
	return starlark.String(args[0].String()), nil
}

func getattrCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) < 2 || len(args) > 3 || len(kwargs) > 0 {
		return nil, fmt.Errorf("takes a value, a name and perhaps a default")
	}
	name, ok := args[1].(starlark.String)
	if !ok || len(name) > 256 {
		return nil, fmt.Errorf("want the name of an attribute, got %s", kindOf(args[1]))
	}
	v, err := attribute(args[0], string(name))
	if err != nil && len(args) == 3 {
		return args[2], nil
	}
	return v, err
}

func hashCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) == 1 {
		if n := starlark.Len(args[0]); n > 0 {
			if err := contextOf(t).work(t, n/4); err != nil {
				return nil, err
			}
		}
	}
	return starlarks(t, "hash", args, kwargs)
}

// intCall parses no longer number than an int may be.
func intCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) > 0 {
		if s, ok := args[0].(starlark.String); ok && len(s) > maxIntBits {
			return nil, contextOf(t).intBits(t, len(s))
		}
	}
	return starlarks(t, "int", args, kwargs)
}

func floatCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	if len(args) > 0 {
		if s, ok := args[0].(starlark.String); ok {
			if len(s) > 400 {
				return nil, fmt.Errorf("the text of a number has %d octets", len(s))
			}
		}
	}
	return starlarks(t, "float", args, kwargs)
}

var sortedParams = params("sorted", 1, "iterable", "key", "reverse")

// sortedCall returns a sorted list; equal elements keep their order.
func sortedCall(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	g, err := sortedParams.bind(args, kwargs)
	if err != nil {
		return nil, err
	}
	reverse := g.has(2) && bool(g.v[2].Truth())
	list, keys, err := contextOf(t).keyed(t, g.v[0], g.v[1])
	if err != nil {
		return nil, err
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	var wrong error
	slices.SortStableFunc(order, func(i, j int) int {
		if wrong != nil {
			return 0
		}
		if reverse {
			i, j = j, i
		}
		less, err := contextOf(t).less(t, keys[i], keys[j])
		if err != nil {
			wrong = err
			return 0
		}
		if less {
			return -1
		}
		if less, wrong = contextOf(t).less(t, keys[j], keys[i]); less {
			return 1
		}
		return 0
	})
	if wrong != nil {
		return nil, wrong
	}
	sorted := make([]starlark.Value, len(list))
	for i, k := range order {
		sorted[i] = list[k]
	}
	return starlark.NewList(sorted), nil
}

// keyed returns the elements of an iterable, and what a function makes of each.
func (c *context) keyed(t *starlark.Thread, iterable, key starlark.Value) (list, keys []starlark.Value, err error) {
	n, err := c.elements(t, iterable)
	if err != nil {
		return nil, nil, err
	}
	if n > int64(c.limits.Value)/(2*elementOctets) {
		return nil, nil, c.charge(t, -1)
	}
	if err := c.charge(t, 2*elementOctets*n); err != nil {
		return nil, nil, err
	}
	it := starlark.Iterate(iterable)
	if it == nil {
		return nil, nil, fmt.Errorf("want something to go over, got %s", kindOf(iterable))
	}
	defer it.Done()
	for v := starlark.Value(nil); it.Next(&v); {
		list = append(list, v)
	}
	if key == nil {
		return list, list, nil
	}
	keys = make([]starlark.Value, len(list))
	for i, v := range list {
		if keys[i], err = starlark.Call(t, key, starlark.Tuple{v}, nil); err != nil {
			return nil, nil, err
		}
	}
	return list, keys, nil
}

func (c *context) less(t *starlark.Thread, x, y starlark.Value) (bool, error) {
	if err := c.work(t, 1); err != nil {
		return false, err
	}
	if err := c.comparable(t, x, y); err != nil {
		return false, err
	}
	return starlark.Compare(syntax.LT, x, y)
}

// extremum is min and max: of the elements of one argument, or of several arguments; the first of equal ones.
func extremum(op syntax.Token) builtinFunc {
	return func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
		starlark.Value, error) {
		c := contextOf(t)
		var key starlark.Value
		for _, kv := range kwargs {
			if kv[0].(starlark.String) != "key" {
				return nil, fmt.Errorf("has no parameter %s (only key)", kv[0].(starlark.String))
			}
			if kv[1] != starlark.None {
				key = kv[1]
			}
		}
		var list, keys []starlark.Value
		switch {
		case len(args) == 0:
			return nil, fmt.Errorf("needs a value")
		case len(args) == 1 || key != nil:
			from := args[0]
			if len(args) > 1 {
				from = args
			}
			var err error
			if list, keys, err = c.keyed(t, from, key); err != nil {
				return nil, err
			}
		default:
			list, keys = args, args
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("nothing to choose from")
		}
		best := 0
		for i := 1; i < len(list); i++ {
			if err := c.comparable(t, keys[i], keys[best]); err != nil {
				return nil, err
			}
			better, err := starlark.Compare(op, keys[i], keys[best])
			if err != nil {
				return nil, err
			}
			if better {
				best = i
			}
		}
		return list[best], nil
	}
}
