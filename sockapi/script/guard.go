package script

import (
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Guards are the functions that the compiler puts in the place of operators, displays and methods (rewrite.go). Each
// counts what its operation will allocate and how long it will take, and then does what Starlark does.

// guardEntries are the guards, by the names that rewrite.go gives them.
func guardEntries() []entry {
	all := []entry{
		{".list", guardList}, {".tuple", guardTuple}, {".made", guardMade}, {".func", guardFunc}, {".rest", guardRest},
		{".star", guardStar}, {".sliced", guardSliced}, {".stepped", guardStepped},
		{".element", guardElement}, {".key", guardKey}, {".newkey", guardNewKey},
		{".setindex", guardSetIndex}, {".method", guardMethod},
	}
	for op := syntax.PLUS; op <= syntax.GTGT; op++ {
		all = append(all, entry{"." + op.String(), binaryGuard(op)})
	}
	for op := syntax.PLUS; op <= syntax.GTGT; op++ {
		all = append(all, entry{"." + op.String() + "=", inPlaceGuard(op)})
	}
	for _, op := range []syntax.Token{syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE} {
		all = append(all, entry{"." + op.String() + "?", compareGuard(op)})
	}
	all = append(all, entry{".in", binaryGuard(syntax.IN)}, entry{".not in", binaryGuard(syntax.NOT_IN)})
	for _, name := range guardedMethods {
		all = append(all, entry{".m" + name, methodGuard(name)})
	}
	return all
}

type builtinFunc = func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)

func binaryGuard(op syntax.Token) builtinFunc {
	return func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
		starlark.Value, error) {
		if err := contextOf(t).binary(t, op, args[0], args[1]); err != nil {
			return nil, err
		}
		return starlark.Binary(op, args[0], args[1])
	}
}

func compareGuard(op syntax.Token) builtinFunc {
	return func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
		starlark.Value, error) {
		if err := contextOf(t).comparable(t, args[0], args[1]); err != nil {
			return nil, err
		}
		ok, err := starlark.Compare(op, args[0], args[1])
		return starlark.Bool(ok), err
	}
}

// inPlaceGuard is x += y and its like: a list and a dict grow in their places.
func inPlaceGuard(op syntax.Token) builtinFunc {
	return func(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
		starlark.Value, error) {
		c, x, y := contextOf(t), args[0], args[1]
		if list, ok := x.(*starlark.List); ok && op == syntax.PLUS {
			if _, ok := y.(starlark.Iterable); ok {
				return list, c.method(t, list, "extend", starlark.Tuple{y})
			}
		}
		if dict, ok := x.(*starlark.Dict); ok && op == syntax.PIPE {
			if _, ok := y.(*starlark.Dict); ok {
				return dict, c.method(t, dict, "update", starlark.Tuple{y})
			}
		}
		if err := c.binary(t, op, x, y); err != nil {
			return nil, err
		}
		return starlark.Binary(op, x, y)
	}
}

// method calls a method of a value for its effect.
func (c *context) method(t *starlark.Thread, x starlark.Value, name string, args starlark.Tuple) error {
	_, err := c.callMethod(t, x, name, args, nil)
	return err
}

// Octets that parts of values take, with what is in reserve.
const (
	elementOctets = 32 // of a list or tuple
	entryOctets   = 96 // of a dict or set
)

// binary charges for x op y.
func (c *context) binary(t *starlark.Thread, op syntax.Token, x, y starlark.Value) error {
	switch op {
	case syntax.PLUS, syntax.MINUS, syntax.PIPE, syntax.AMP, syntax.CIRCUMFLEX:
		return c.sum(t, x, y)
	case syntax.STAR:
		return c.times(t, x, y)
	case syntax.PERCENT:
		if s, ok := x.(starlark.String); ok {
			return c.interpolation(t, string(s), y)
		}
	case syntax.LTLT:
		if n, ok := x.(starlark.Int); ok {
			by, err := starlark.AsInt32(y)
			if err == nil && by > 0 {
				return c.intBits(t, bitsOf(n)+by)
			}
		}
	case syntax.IN, syntax.NOT_IN:
		return c.search(t, x, y)
	}
	return nil
}

// sum charges for what has about the size of both.
func (c *context) sum(t *starlark.Thread, x, y starlark.Value) error {
	switch x := x.(type) {
	case starlark.Int:
		if y, ok := y.(starlark.Int); ok {
			return c.intBits(t, max(bitsOf(x), bitsOf(y))+1)
		}
	case starlark.String:
		if y, ok := y.(starlark.String); ok {
			return c.charge(t, int64(len(x)+len(y)))
		}
	case starlark.Bytes:
		if y, ok := y.(starlark.Bytes); ok {
			return c.charge(t, int64(len(x)+len(y)))
		}
	case *starlark.List:
		if y, ok := y.(*starlark.List); ok {
			return c.charge(t, elementOctets*int64(x.Len()+y.Len()))
		}
	case starlark.Tuple:
		if y, ok := y.(starlark.Tuple); ok {
			return c.newTuple(t, x, y)
		}
	case *starlark.Dict:
		if y, ok := y.(*starlark.Dict); ok {
			return c.charge(t, entryOctets*int64(x.Len()+y.Len()))
		}
	case *starlark.Set:
		if y, ok := y.(*starlark.Set); ok {
			return c.charge(t, entryOctets*int64(x.Len()+y.Len()))
		}
	}
	return nil
}

// newTuple charges for a tuple of the parts of two, which must stay small enough to hash.
func (c *context) newTuple(t *starlark.Thread, x, y starlark.Tuple) error {
	n, err := tupleNodes(x, 0, 0)
	if err == nil {
		n, err = tupleNodes(y, n, 0)
	}
	if err != nil {
		return err
	}
	if err := c.work(t, n/8); err != nil {
		return err
	}
	return c.charge(t, elementOctets*int64(len(x)+len(y)))
}

// times charges for a product or a repetition.
func (c *context) times(t *starlark.Thread, x, y starlark.Value) error {
	n, ok := y.(starlark.Int)
	if !ok {
		if n, ok = x.(starlark.Int); !ok {
			return nil
		}
		x = y
	}
	if m, ok := x.(starlark.Int); ok {
		return c.intBits(t, bitsOf(n)+bitsOf(m))
	}
	size := int64(0)
	switch x := x.(type) {
	case starlark.String:
		size = int64(len(x))
	case starlark.Bytes:
		size = int64(len(x))
	case *starlark.List:
		size = elementOctets * int64(x.Len())
	case starlark.Tuple:
		nodes, err := tupleNodes(x, 0, 0)
		if err != nil {
			return err
		}
		if size = elementOctets * int64(max(nodes, len(x))); size > 0 {
			if by, ok := n.Int64(); !ok || by > maxNodes*elementOctets/size {
				size = elementOctets * maxNodes // the parts of all copies count
			}
		}
	default:
		return nil
	}
	by, ok := n.Int64()
	switch {
	case size == 0 || n.Sign() <= 0:
		return nil
	case !ok || by > int64(c.limits.Value)/size:
		return c.charge(t, -1)
	}
	return c.charge(t, size*by)
}

// bitsOf is the size of an int.
func bitsOf(n starlark.Int) int {
	if _, ok := n.Int64(); ok {
		return 63
	}
	return n.BigInt().BitLen()
}

// intBits refuses ints that are too large.
func (c *context) intBits(t *starlark.Thread, bits int) error {
	if bits > maxIntBits {
		return c.stop(&limitError{limit: "Value", text: fmt.Sprintf(
			"%s would make an int of more than %d bits", operation(t), maxIntBits)})
	}
	return nil
}

// search charges for x in y.
func (c *context) search(t *starlark.Thread, x, y starlark.Value) error {
	switch y := y.(type) {
	case starlark.String:
		return c.work(t, len(y)/16)
	case starlark.Bytes:
		return c.work(t, len(y)/16)
	case *starlark.List:
		return c.scan(t, x, y.Len())
	case starlark.Tuple:
		return c.scan(t, x, len(y))
	case *starlark.Dict, *starlark.Set:
		return c.hashable(t, x)
	}
	return nil
}

// scan charges for the comparison of x with n elements.
func (c *context) scan(t *starlark.Thread, x starlark.Value, n int) error {
	m := tree{depth: compareDepth, cut: true}
	if err := m.add(x, 0); err != nil {
		return err
	}
	return c.work(t, n/2*m.nodes)
}

func guardList(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	if err := contextOf(t).charge(t, 64+elementOctets/2*int64(len(args))); err != nil {
		return nil, err
	}
	return starlark.NewList(args), nil // a copy made for this call
}

func guardTuple(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	c := contextOf(t)
	for _, x := range args {
		if _, ok := x.(starlark.Tuple); ok {
			if err := c.newTuple(t, args, nil); err != nil {
				return nil, err
			}
			break
		}
	}
	return args, c.charge(t, 32+elementOctets/2*int64(len(args)))
}

// guardMade charges for a comprehension, a dict or a long list or tuple, whose making has taken its steps.
func guardMade(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	octets := 64 + elementOctets*int64(starlark.Len(args[0]))
	c := contextOf(t)
	switch x := args[0].(type) {
	case *starlark.Dict, *starlark.Set:
		octets *= entryOctets / elementOctets
	case starlark.Tuple:
		if err := c.newTuple(t, x, nil); err != nil {
			return nil, err
		}
	}
	return args[0], c.charge(t, octets)
}

// funcOctets is what a function made at run time costs.
const funcOctets = 192

func guardFunc(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	return args[0], contextOf(t).charge(t, funcOctets)
}

// guardRest charges for *args and **kwargs of a call.
func guardRest(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	c := contextOf(t)
	for _, x := range args {
		switch x := x.(type) {
		case starlark.Tuple:
			if err := c.newTuple(t, x, nil); err != nil {
				return nil, err
			}
		case *starlark.Dict:
			if err := c.charge(t, entryOctets*int64(x.Len())); err != nil {
				return nil, err
			}
		}
	}
	return starlark.True, nil
}

// guardStar charges for the arguments that *x or **x make.
func guardStar(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	n, err := contextOf(t).elements(t, args[0])
	if err != nil {
		return nil, err
	}
	return args[0], contextOf(t).charge(t, 2*elementOctets*n)
}

// guardSliced charges for a copy of what is sliced; of strings there is none.
func guardSliced(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	octets := int64(0)
	switch x := args[0].(type) {
	case *starlark.List:
		octets = elementOctets * int64(x.Len())
	case starlark.Tuple:
		octets = elementOctets * int64(len(x))
	case starlark.String:
		octets = int64(len(x)) / 64
	case starlark.Bytes:
		octets = int64(len(x)) / 64
	}
	return args[0], contextOf(t).charge(t, octets)
}

// guardStepped charges for x[::n], which copies strings as well.
func guardStepped(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	n := int64(max(starlark.Len(args[0]), 0))
	if isContainer(args[0]) {
		n *= elementOctets
	}
	return args[0], contextOf(t).charge(t, n)
}

// guardElement charges for an element of a comprehension that may block: its list can grow from turn to turn.
func guardElement(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	return args[0], contextOf(t).charge(t, elementOctets)
}

func guardKey(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	return args[0], contextOf(t).hashable(t, args[0])
}

func guardNewKey(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	c := contextOf(t)
	if err := c.hashable(t, args[0]); err != nil {
		return nil, err
	}
	return args[0], c.charge(t, entryOctets)
}

// guardSetIndex is x[i] = value: (value, x, i), in the order of evaluation.
func guardSetIndex(t *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple) (
	starlark.Value, error) {
	c, value, x, i := contextOf(t), args[0], args[1], args[2]
	switch x := x.(type) {
	case starlark.HasSetKey:
		if err := c.hashable(t, i); err != nil {
			return nil, err
		}
		before := starlark.Len(x)
		if err := x.SetKey(i, value); err != nil {
			return nil, err
		}
		if starlark.Len(x) > before {
			return starlark.None, c.grown(t, before, entryOctets)
		}
		return starlark.None, nil
	case starlark.HasSetIndex:
		n := x.Len()
		at, err := starlark.AsInt32(i)
		if err != nil {
			return nil, fmt.Errorf("%s index: %w", x.Type(), err)
		}
		if at < 0 {
			at += n
		}
		if at < 0 || at >= n {
			return nil, fmt.Errorf("%s index %s out of range [%d:%d]", x.Type(), i, -n, n-1)
		}
		return starlark.None, x.SetIndex(at, value)
	}
	return nil, fmt.Errorf("%s value does not support item assignment", x.Type())
}
