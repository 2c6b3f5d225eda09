package script

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"mpsim/sim/unit"
)

// maxArgs is the most parameters that a builtin has.
const maxArgs = 8

// signature are the parameters of a builtin.
type signature struct {
	name     string
	required int // the first parameters
	names    []string
}

func params(name string, required int, names ...string) *signature {
	if len(names) > maxArgs {
		panic("script: " + name + " has too many parameters")
	}
	return &signature{name: name, required: required, names: names}
}

// given are the arguments of one call, in the order of the parameters; nil where none was given, or None.
type given struct {
	s *signature
	v [maxArgs]starlark.Value
}

// String prints the call with its parameters; those that may be left out have a =.
func (s *signature) String() string {
	names := slices.Clone(s.names)
	for i := s.required; i < len(names); i++ {
		names[i] += "="
	}
	return s.name + "(" + strings.Join(names, ", ") + ")"
}

// bind sorts the arguments of a call.
func (s *signature) bind(args starlark.Tuple, kwargs []starlark.Tuple) (given, error) {
	g := given{s: s}
	if len(args) > len(s.names) {
		return g, fmt.Errorf("takes at most %d arguments, got %d: %s", len(s.names), len(args), s)
	}
	copy(g.v[:], args)
	for _, kv := range kwargs {
		name := string(kv[0].(starlark.String))
		i := 0
		for i < len(s.names) && s.names[i] != name {
			i++
		}
		switch {
		case i == len(s.names):
			return g, fmt.Errorf("has no parameter %s%s", name, didYouMean(name, s.names))
		case g.v[i] != nil:
			return g, fmt.Errorf("got two values for %s", name)
		}
		g.v[i] = kv[1]
	}
	for i := range s.names {
		if g.v[i] == starlark.None {
			g.v[i] = nil
		}
		if i < s.required && g.v[i] == nil {
			return g, fmt.Errorf("needs a value for %s: %s", s.names[i], s)
		}
	}
	return g, nil
}

// wrong is the error of an argument of the wrong type or range.
func (g *given) wrong(i int, want string) error {
	return fmt.Errorf("%s: want %s, got %s", g.s.names[i], want, kindOf(g.v[i]))
}

func (g *given) has(i int) bool { return g.v[i] != nil }

// number returns an int from low to high; otherwise where none was given.
func (g *given) number(i int, low, high, otherwise int64) (int64, error) {
	if g.v[i] == nil {
		return otherwise, nil
	}
	if n, ok := g.v[i].(starlark.Int); ok {
		if v, ok := n.Int64(); ok && low <= v && v <= high {
			return v, nil
		}
	}
	switch {
	case low == math.MinInt64 && high == math.MaxInt64:
		return 0, g.wrong(i, "an int")
	case high >= 1<<62:
		return 0, g.wrong(i, fmt.Sprintf("an int from %d up", low))
	}
	return 0, g.wrong(i, fmt.Sprintf("an int from %d to %d", low, high))
}

// span returns a duration that is not negative; otherwise where none was given.
func (g *given) span(i int, otherwise unit.Duration) (unit.Duration, error) {
	if g.v[i] == nil {
		return otherwise, nil
	}
	if n, ok := g.v[i].(starlark.Int); ok && n.Sign() == 0 {
		return 0, nil // nothing of any unit
	}
	d, ok := g.v[i].(Duration)
	if !ok || d < 0 {
		return 0, g.wrong(i, "a duration that is not negative, such as ms(20)")
	}
	return unit.Duration(d), nil
}

// flag returns a bool; otherwise where none was given.
func (g *given) flag(i int, otherwise bool) (bool, error) {
	if g.v[i] == nil {
		return otherwise, nil
	}
	b, ok := g.v[i].(starlark.Bool)
	if !ok {
		return false, g.wrong(i, "True or False")
	}
	return bool(b), nil
}

// text returns a string; otherwise where none was given.
func (g *given) text(i int, otherwise string) (string, error) {
	if g.v[i] == nil {
		return otherwise, nil
	}
	s, ok := g.v[i].(starlark.String)
	if !ok {
		return "", g.wrong(i, "a string")
	}
	return string(s), nil
}
