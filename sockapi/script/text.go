package script

import (
	"math"

	"go.starlark.net/starlark"

	"mpsim/sim/unit"
)

func spanValue(d Duration) unit.Duration { return unit.Duration(d) }

// text is str(v), bounded.
func (c *context) text(t *starlark.Thread, v starlark.Value) (string, error) {
	if s, ok := v.(starlark.String); ok {
		return string(s), nil
	}
	octets, err := c.printable(t, v)
	if err != nil {
		return "", err
	}
	if octets > int64(c.limits.Value) {
		return "", c.charge(t, octets)
	}
	s := v.String()
	return s, c.charge(t, int64(len(s)))
}

// mixFields folds values in.
func (r *Run) mixFields(fields []Field) {
	for _, f := range fields {
		r.mixText(f.Name)
		kind, n := uint64(0), uint64(0)
		switch v := f.Value.(type) {
		case bool:
			kind = 1
			if v {
				n = 1
			}
		case int64:
			kind, n = 2, uint64(v)
		case float64:
			kind, n = 3, math.Float64bits(v)
		case unit.Duration:
			kind, n = 4, uint64(v)
		case string:
			kind, n = 5, uint64(len(v))
			r.mixText(v)
		}
		r.hash.Mix(kind)
		r.hash.Mix(n)
	}
}
