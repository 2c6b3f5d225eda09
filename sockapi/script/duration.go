package script

import (
	"fmt"
	"math"
	"math/bits"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"mpsim/sim/unit"
)

// Duration is a span of virtual time as a value of scripts, nanoseconds. Sums and differences take two spans;
// products and quotients a span and a number; the quotient of two spans is a number.
type Duration unit.Duration

var (
	_ starlark.TotallyOrdered = Duration(0)
	_ starlark.HasBinary      = Duration(0)
	_ starlark.HasUnary       = Duration(0)
	_ starlark.HasAttrs       = Duration(0)
)

// String prints as scenarios do: 2.5s.
func (d Duration) String() string { return unit.Duration(d).String() }

// Type returns the name that scripts see.
func (d Duration) Type() string { return "duration" }

// Freeze does nothing: a span never changes.
func (d Duration) Freeze() {}

// Truth tells whether the span is not 0.
func (d Duration) Truth() starlark.Bool { return d != 0 }

// Hash is a function of the span alone.
func (d Duration) Hash() (uint32, error) {
	h := uint64(d) * 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	return uint32(h >> 32), nil
}

// Cmp orders spans.
func (d Duration) Cmp(y starlark.Value, _ int) (int, error) {
	switch o := y.(Duration); {
	case d < o:
		return -1, nil
	case d > o:
		return 1, nil
	}
	return 0, nil
}

// Attr gives the span as a number: ns (an int), us, ms and seconds (floats).
func (d Duration) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ns":
		return starlark.MakeInt64(int64(d)), nil
	case "us":
		return starlark.Float(float64(d) / 1e3), nil
	case "ms":
		return starlark.Float(float64(d) / 1e6), nil
	case "seconds":
		return starlark.Float(float64(d) / 1e9), nil
	}
	return nil, nil
}

// AttrNames lists the attributes.
func (d Duration) AttrNames() []string { return []string{"ms", "ns", "seconds", "us"} }

// Unary is + and -.
func (d Duration) Unary(op syntax.Token) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		return d, nil
	case syntax.MINUS:
		if d == math.MinInt64 {
			return nil, errSpan
		}
		return -d, nil
	default:
		return nil, nil
	}
}

// errSpan says that a span does not fit.
var errSpan = fmt.Errorf("the duration is longer than 292 years")

// Binary is the arithmetic of spans.
func (d Duration) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case Duration:
		if side == starlark.Right {
			d, y = y, d
		}
		return d.withSpan(op, y)
	case starlark.Int:
		n, ok := y.Int64()
		if !ok {
			return nil, errSpan
		}
		return d.withInt(op, n, side)
	case starlark.Float:
		return d.withFloat(op, float64(y), side)
	}
	return nil, nil
}

func (d Duration) withSpan(op syntax.Token, e Duration) (starlark.Value, error) {
	switch op {
	case syntax.PLUS:
		z := d + e
		if (z > d) != (e > 0) && e != 0 {
			return nil, errSpan
		}
		return z, nil
	case syntax.MINUS:
		z := d - e
		if (z < d) != (e > 0) && e != 0 {
			return nil, errSpan
		}
		return z, nil
	case syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
		if e == 0 {
			return nil, fmt.Errorf("duration divided by 0")
		}
		if e == -1 && d == math.MinInt64 {
			return nil, errSpan
		}
		switch op {
		case syntax.SLASH:
			return starlark.Float(float64(d) / float64(e)), nil
		case syntax.SLASHSLASH:
			return starlark.MakeInt64(floorDiv(int64(d), int64(e))), nil
		}
		return d - Duration(floorDiv(int64(d), int64(e)))*e, nil
	default:
		return nil, nil
	}
}

func (d Duration) withInt(op syntax.Token, n int64, side starlark.Side) (starlark.Value, error) {
	switch {
	case op == syntax.STAR:
		return product(int64(d), n)
	case side == starlark.Right:
		return nil, nil
	case op == syntax.SLASH:
		return d.withFloat(op, float64(n), side)
	case op == syntax.SLASHSLASH && n == 0:
		return nil, fmt.Errorf("duration divided by 0")
	case op == syntax.SLASHSLASH && n == -1:
		return d.Unary(syntax.MINUS)
	case op == syntax.SLASHSLASH:
		return Duration(floorDiv(int64(d), n)), nil
	}
	return nil, nil
}

func (d Duration) withFloat(op syntax.Token, f float64, side starlark.Side) (starlark.Value, error) {
	switch {
	case op == syntax.STAR:
		return spanOf(float64(d) * f)
	case op == syntax.SLASH && side == starlark.Left:
		if f == 0 {
			return nil, fmt.Errorf("duration divided by 0")
		}
		return spanOf(float64(d) / f)
	}
	return nil, nil
}

// spanOf rounds nanoseconds to the nearest span.
func spanOf(ns float64) (starlark.Value, error) {
	ns = math.Round(ns)
	if !(ns > -(1<<63) && ns < 1<<63) {
		return nil, errSpan
	}
	return Duration(ns), nil
}

// product multiplies without going over.
func product(a, b int64) (starlark.Value, error) {
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > math.MaxInt64 {
		return nil, errSpan
	}
	if negative {
		return Duration(-int64(lo)), nil
	}
	return Duration(lo), nil
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// floorDiv divides towards minus infinity, as Starlark does.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// scaled makes a span of x times ns nanoseconds; x is an int or a float.
func scaled(x starlark.Value, ns int64) (starlark.Value, error) {
	switch x := x.(type) {
	case starlark.Int:
		n, ok := x.Int64()
		if !ok {
			return nil, errSpan
		}
		return product(n, ns)
	case starlark.Float:
		return spanOf(float64(x) * float64(ns))
	}
	return nil, fmt.Errorf("want a number, got %s", kindOf(x))
}

// shown is a value and its type, if it is short, else the type: others may print without end.
func shown(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.Float, starlark.Bool, Duration:
		return v.String() + " (" + v.Type() + ")"
	case starlark.String:
		if len(v) <= 64 {
			return v.String() + " (string)"
		}
	}
	return "a value of type " + v.Type()
}

// kindOf names the type of a value for messages, with its value where that is short.
func kindOf(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.NoneType:
		return "None"
	case starlark.Int, starlark.Float, starlark.Bool, Duration:
		if s := v.String(); len(s) <= 24 {
			return v.Type() + " " + s
		}
	case starlark.String:
		if len(v) <= 24 {
			return "string " + v.String()
		}
	}
	return v.Type()
}
