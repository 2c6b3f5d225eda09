package script

import (
	"fmt"

	"go.starlark.net/starlark"
)

// Sizes of values. What the interpreter goes over as a tree is measured as a tree, so that a list that holds another
// twice counts it twice.

const (
	maxNodes = 1 << 18 // of one tree
	maxDepth = 200     // of one tree that is printed
)

var (
	errNodes = fmt.Errorf("the value has more than %d parts, those that occur twice counted twice", maxNodes)
	errDepth = fmt.Errorf("the value is nested more than %d deep, or holds itself", maxDepth)
)

// isContainer tells values that hold others.
func isContainer(v starlark.Value) bool {
	switch v.(type) {
	case *starlark.List, starlark.Tuple, *starlark.Dict, *starlark.Set:
		return true
	}
	return false
}

// tree counts the parts of a value down to a depth; strings count by 64 octets.
type tree struct {
	nodes  int
	octets int64 // of the text that prints it, about
	depth  int   // the most to go down
	cut    bool  // deeper parts are left out: else they are an error
}

func (m *tree) add(v starlark.Value, depth int) error {
	m.nodes++
	if m.nodes > maxNodes {
		return errNodes
	}
	switch v := v.(type) {
	case starlark.String:
		m.nodes += len(v) / 64
		m.octets += 2 * int64(len(v)) // quotes, escapes: bounded by the limit on a value as well
	case starlark.Bytes:
		m.nodes += len(v) / 64
		m.octets += 4 * int64(len(v))
	case starlark.Tuple:
		return m.all(v, depth)
	case *starlark.List:
		return m.sequence(v, depth)
	case *starlark.Set:
		return m.sequence(v, depth)
	case *starlark.Dict:
		if err := m.sequence(v, depth); err != nil {
			return err
		}
		for _, x := range v.Entries() {
			if err := m.add(x, depth+1); err != nil {
				return err
			}
		}
	case starlark.Int:
		m.octets += maxIntBits * 3 / 10
		if _, ok := v.Int64(); ok {
			m.octets -= maxIntBits*3/10 - 20
		}
	case *structValue:
		return m.all(v.values, depth)
	case *infoValue, *eventValue:
		m.octets += 2048
	default:
		m.octets += 64
	}
	return nil
}

func (m *tree) all(list []starlark.Value, depth int) error {
	if depth >= m.depth {
		if m.cut {
			return nil
		}
		return errDepth
	}
	m.octets += 2 * int64(len(list))
	for _, x := range list {
		if err := m.add(x, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (m *tree) sequence(s starlark.Sequence, depth int) error {
	if depth >= m.depth {
		if m.cut {
			return nil
		}
		return errDepth
	}
	m.octets += 2 * int64(s.Len())
	it := s.Iterate()
	defer it.Done()
	for x := starlark.Value(nil); it.Next(&x); {
		if err := m.add(x, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// compareDepth is one more than the depth at which the interpreter gives up comparing (starlark.CompareLimit).
const compareDepth = 11

// comparable charges for the comparison of two values.
func (c *context) comparable(t *starlark.Thread, x, y starlark.Value) error {
	switch a := x.(type) {
	case starlark.String:
		if b, ok := y.(starlark.String); ok && len(a) > 64 && len(b) > 64 {
			return c.work(t, min(len(a), len(b))/64)
		}
		return nil
	case starlark.Bytes:
		if b, ok := y.(starlark.Bytes); ok && len(a) > 64 && len(b) > 64 {
			return c.work(t, min(len(a), len(b))/64)
		}
		return nil
	}
	if !isContainer(x) || !isContainer(y) {
		return nil
	}
	a, b := tree{depth: compareDepth, cut: true}, tree{depth: compareDepth, cut: true}
	if err := a.add(x, 0); err != nil {
		if b.add(y, 0) != nil {
			return err
		}
	} else if err := b.add(y, 0); err != nil {
		b.nodes = maxNodes
	}
	return c.work(t, a.nodes+b.nodes)
}

// hashable charges for the hash of a key.
func (c *context) hashable(t *starlark.Thread, k starlark.Value) error {
	switch k := k.(type) {
	case starlark.String:
		if len(k) > 64 {
			return c.work(t, len(k)/64)
		}
	case starlark.Bytes:
		if len(k) > 64 {
			return c.work(t, len(k)/64)
		}
	case starlark.Tuple:
		return c.tupleWork(t, k)
	}
	return nil
}

// tupleWork charges for going over a tuple and those that it holds.
func (c *context) tupleWork(t *starlark.Thread, x starlark.Tuple) error {
	n, err := tupleNodes(x, 0, 0)
	if err != nil {
		return err
	}
	return c.work(t, n)
}

// tupleNodes counts the parts of a tuple, not those of lists in it: what hash and freeze go over each time.
func tupleNodes(x starlark.Tuple, n, depth int) (int, error) {
	if depth >= maxDepth {
		return n, errDepth
	}
	if n += len(x); n > maxNodes {
		return n, errNodes
	}
	for _, v := range x {
		var err error
		switch v := v.(type) {
		case starlark.Tuple:
			n, err = tupleNodes(v, n, depth+1)
		case starlark.String:
			n += len(v) / 64
		case starlark.Bytes:
			n += len(v) / 64
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// printable charges for the text of a value, before there is any.
func (c *context) printable(t *starlark.Thread, v starlark.Value) (octets int64, err error) {
	m := tree{depth: maxDepth}
	if err := m.add(v, 0); err != nil {
		return 0, err
	}
	return m.octets, c.work(t, m.nodes)
}

// freezable tells whether a global can be frozen, which goes over tuples and functions each time that they occur.
func (c *context) freezable(t *starlark.Thread, v starlark.Value) error {
	f := freezer{seen: map[starlark.Value]bool{}}
	if err := f.add(v, 0); err != nil {
		return err
	}
	return c.work(t, f.nodes)
}

type freezer struct {
	seen  map[starlark.Value]bool // lists, dicts, sets: frozen once
	nodes int
}

func (f *freezer) add(v starlark.Value, depth int) error {
	if f.nodes++; f.nodes > maxNodes {
		return errNodes
	}
	if depth >= 5*maxDepth {
		return fmt.Errorf("the value is nested more than %d deep, or is a function that holds itself", 5*maxDepth)
	}
	switch v := v.(type) {
	case starlark.Tuple:
		for _, x := range v {
			if err := f.add(x, depth+1); err != nil {
				return err
			}
		}
	case *starlark.List, *starlark.Set, *starlark.Dict:
		if f.seen[v] {
			return nil
		}
		f.seen[v] = true
		return f.contents(v.(starlark.Sequence), depth)
	case *starlark.Function:
		for i := range v.NumParams() {
			if x := v.ParamDefault(i); x != nil {
				if err := f.add(x, depth+1); err != nil {
					return err
				}
			}
		}
		for i := range v.NumFreeVars() {
			if _, x := v.FreeVar(i); x != nil {
				if err := f.add(x, depth+1); err != nil {
					return err
				}
			}
		}
	case *starlark.Builtin:
		if x := v.Receiver(); x != nil {
			return f.add(x, depth+1)
		}
	}
	return nil
}

func (f *freezer) contents(s starlark.Sequence, depth int) error {
	it := s.Iterate()
	defer it.Done()
	for x := starlark.Value(nil); it.Next(&x); {
		if err := f.add(x, depth+1); err != nil {
			return err
		}
	}
	if d, ok := s.(*starlark.Dict); ok {
		for _, x := range d.Entries() {
			if err := f.add(x, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
