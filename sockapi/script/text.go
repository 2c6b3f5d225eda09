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
		switch v := f.Value.(type) {
		case bool:
			if v {
				r.hash.Mix(1)
			}
		case int64:
			r.hash.Mix(uint64(v))
		case float64:
			r.hash.Mix(math.Float64bits(v))
		case unit.Duration:
			r.hash.Mix(uint64(v))
		case string:
			r.mixText(v)
		}
	}
}
