package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// guardedMethods are the methods of strings, bytes, lists, dicts and sets that can grow values or take long.
var guardedMethods = []string{
	"append", "extend", "insert", "remove", "index", "pop",
	"get", "setdefault", "update", "keys", "values", "items",
	"add", "discard", "union", "difference", "intersection", "symmetric_difference", "issubset", "issuperset",
	"difference_update", "intersection_update", "symmetric_difference_update",
	"format", "join", "replace", "split", "rsplit", "splitlines", "partition", "rpartition", "count", "find", "rfind",
	"rindex", "startswith", "endswith", "upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip",
	"removeprefix", "removesuffix", "isalnum", "isalpha", "isdigit", "islower", "isspace", "istitle", "isupper",
}

var guardedMethodSet = func() map[string]bool {
	m := make(map[string]bool, len(guardedMethods))
	for _, name := range guardedMethods {
		m[name] = true
	}
	return m
}()

func guardedMethod(name string) bool { return guardedMethodSet[name] }

// methodGuard is the call of a method: (value, arguments ...).
func methodGuard(name string) builtinFunc {
	return func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
		starlark.Value, error) {
		return contextOf(t).callMethod(t, args[0], name, args[1:], kwargs)
	}
}

// guardMethod is a method that is not called at once: (value, name).
func guardMethod(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	return attribute(args[0], string(args[1].(starlark.String)))
}

// attribute is value.name, with the guard of a method bound to it.
func attribute(x starlark.Value, name string) (starlark.Value, error) {
	v, err := attr(x, name)
	if err != nil || !guardedMethod(name) || !guardedType(x) {
		return v, err
	}
	return starlark.NewBuiltin(name, boundMethod).BindReceiver(x), nil
}

func boundMethod(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	starlark.Value, error) {
	return contextOf(t).callMethod(t, b.Receiver(), b.Name(), args, kwargs)
}

// guardedType tells the types of Starlark that have guarded methods.
func guardedType(x starlark.Value) bool {
	switch x.(type) {
	case starlark.String, starlark.Bytes:
		return true
	}
	return isContainer(x)
}

// attr is the attribute of a value, or the error of the interpreter.
func attr(x starlark.Value, name string) (starlark.Value, error) {
	h, ok := x.(starlark.HasAttrs)
	if !ok {
		return nil, fmt.Errorf("%s has no .%s field or method", x.Type(), name)
	}
	v, err := h.Attr(name)
	if v == nil && err == nil {
		err = fmt.Errorf("%s has no .%s field or method%s", x.Type(), name, didYouMean(name, h.AttrNames()))
	}
	return v, err
}

func (c *context) callMethod(t *starlark.Thread, x starlark.Value, name string, args starlark.Tuple,
	kwargs []starlark.Tuple) (starlark.Value, error) {
	m, err := attr(x, name)
	if err != nil {
		return nil, err
	}
	before := 0
	switch x := x.(type) {
	case starlark.String:
		err = c.stringMethod(t, string(x), name, args, kwargs)
	case *starlark.List:
		err = c.listMethod(t, x, name, args)
	case *starlark.Dict:
		before = x.Len()
		err = c.dictMethod(t, x, name, args, kwargs)
	case *starlark.Set:
		before = x.Len()
		err = c.setMethod(t, x, name, args)
	default:
		return starlark.Call(t, m, args, kwargs)
	}
	if err != nil {
		return nil, err
	}
	b, ok := m.(*starlark.Builtin)
	if !ok {
		return starlark.Call(t, m, args, kwargs)
	}
	v, err := starlarkCall(t, b, args, kwargs)
	if err != nil {
		return nil, err
	}
	switch x.(type) {
	case *starlark.Dict, *starlark.Set:
		if n := starlark.Len(x); n > before && (name == "setdefault" || name == "add") {
			err = c.grown(t, before, entryOctets)
		}
	}
	return v, err
}

// starlarkCall calls a function of Starlark that calls nothing back. A fault in it (set().difference() of 2026-09 has one) is
// an error of the script, not of the world.
func starlarkCall(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (
	v starlark.Value, err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case interface{ RuntimeError() }:
			v, err = nil, fmt.Errorf("%s cannot be called with these arguments", b.Name())
		default:
			panic(cause)
		}
	}()
	return b.CallInternal(t, args, kwargs)
}

// elements counts what is iterated over.
func (c *context) elements(t *starlark.Thread, x starlark.Value) (int64, error) {
	if n := starlark.Len(x); n >= 0 {
		return int64(n), nil
	}
	it := starlark.Iterate(x)
	if it == nil {
		return 0, nil // the call says what is wrong
	}
	defer it.Done()
	n := int64(0)
	for v := starlark.Value(nil); it.Next(&v); n++ {
		if n > int64(c.limits.Value)/elementOctets {
			return 0, c.charge(t, -1)
		}
	}
	return n, c.work(t, int(n))
}

func (c *context) listMethod(t *starlark.Thread, x *starlark.List, name string, args starlark.Tuple) error {
	switch name {
	case "append":
		return c.grown(t, x.Len(), elementOctets)
	case "insert":
		if err := c.work(t, x.Len()/16); err != nil {
			return err
		}
		return c.grown(t, x.Len(), elementOctets)
	case "extend":
		if len(args) == 1 {
			n, err := c.elements(t, args[0])
			if err != nil {
				return err
			}
			if n+int64(x.Len()) > int64(c.limits.Value)/elementOctets {
				return c.charge(t, -1)
			}
			return c.charge(t, elementOctets*n)
		}
	case "remove", "index":
		if len(args) > 0 {
			return c.scan(t, args[0], x.Len())
		}
	case "pop":
		if len(args) > 0 {
			return c.work(t, x.Len()/16)
		}
	}
	return nil
}

func (c *context) dictMethod(t *starlark.Thread, x *starlark.Dict, name string, args starlark.Tuple,
	kwargs []starlark.Tuple) error {
	switch name {
	case "get", "setdefault", "pop":
		if len(args) > 0 {
			return c.hashable(t, args[0])
		}
	case "update":
		n := int64(len(kwargs))
		if len(args) == 1 {
			more, err := c.elements(t, args[0])
			if err != nil {
				return err
			}
			n += more
		}
		return c.charge(t, entryOctets*n)
	case "keys", "values":
		return c.charge(t, elementOctets*int64(x.Len()))
	case "items":
		return c.charge(t, 3*elementOctets*int64(x.Len()))
	}
	return nil
}

func (c *context) setMethod(t *starlark.Thread, x *starlark.Set, name string, args starlark.Tuple) error {
	switch name {
	case "add", "discard", "remove":
		if len(args) > 0 {
			return c.hashable(t, args[0])
		}
		return nil
	case "pop":
		return nil
	}
	n := int64(x.Len())
	for _, a := range args {
		more, err := c.elements(t, a)
		if err != nil {
			return err
		}
		n += more
	}
	return c.charge(t, entryOctets*n)
}

// stringMethod charges for a method of strings, with the most that it can make.
func (c *context) stringMethod(t *starlark.Thread, s, name string, args starlark.Tuple,
	kwargs []starlark.Tuple) error {
	switch name {
	case "format":
		return c.formatted(t, s, strings.Count(s, "{"), args, kwargs)
	case "join":
		if len(args) == 1 {
			return c.joined(t, s, args[0])
		}
	case "replace":
		if len(args) >= 2 {
			from, _ := args[0].(starlark.String)
			to, _ := args[1].(starlark.String)
			times := int64(len(s)) + 1
			if len(from) > 0 {
				times = int64(strings.Count(s, string(from)))
			}
			return c.charge(t, int64(len(s))+times*int64(len(to)))
		}
	case "split", "rsplit", "splitlines":
		parts := int64(len(s))/2 + 1
		if name != "splitlines" && len(args) > 0 {
			if sep, ok := args[0].(starlark.String); ok && len(sep) > 0 {
				parts = int64(strings.Count(s, string(sep))) + 1
			}
		}
		return c.charge(t, int64(len(s))/16+elementOctets*parts)
	case "upper", "lower", "title", "capitalize":
		return c.charge(t, 3*int64(len(s)))
	}
	return c.work(t, len(s)/16)
}

// formatted charges for a text with places in which values are put, each at most at all of them.
func (c *context) formatted(t *starlark.Thread, s string, places int, args starlark.Tuple,
	kwargs []starlark.Tuple) error {
	most := int64(0)
	for _, a := range args {
		n, err := c.printable(t, a)
		if err != nil {
			return err
		}
		most = max(most, n)
	}
	for _, kv := range kwargs {
		n, err := c.printable(t, kv[1])
		if err != nil {
			return err
		}
		most = max(most, n)
	}
	if most > 0 && int64(places) > int64(c.limits.Value)/most {
		return c.charge(t, -1)
	}
	return c.charge(t, int64(len(s))+int64(places)*most)
}

// interpolation charges for s % y.
func (c *context) interpolation(t *starlark.Thread, s string, y starlark.Value) error {
	places := strings.Count(s, "%")
	switch y := y.(type) {
	case starlark.Tuple:
		n, err := c.printable(t, y) // each at one place
		if err != nil {
			return err
		}
		return c.charge(t, int64(len(s))+n)
	case *starlark.Dict:
		return c.formatted(t, s, places, starlark.Tuple{y}, nil)
	}
	return c.formatted(t, s, min(places, 1), starlark.Tuple{y}, nil)
}

// joined charges for sep.join(list).
func (c *context) joined(t *starlark.Thread, sep string, list starlark.Value) error {
	it := starlark.Iterate(list)
	if it == nil {
		return nil // the call says so
	}
	defer it.Done()
	total := int64(0)
	for v := starlark.Value(nil); it.Next(&v); {
		s, ok := v.(starlark.String)
		if !ok {
			return nil
		}
		if total += int64(len(s) + len(sep)); total > int64(c.limits.Value) {
			return c.charge(t, -1)
		}
	}
	if err := c.work(t, max(starlark.Len(list), 0)); err != nil {
		return err
	}
	return c.charge(t, total)
}
