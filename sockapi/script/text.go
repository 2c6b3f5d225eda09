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
	if err := c.printable(t, v); err != nil {
		return "", err
	}
	return v.String(), nil
}

func (c *context) printable(t *starlark.Thread, v starlark.Value) error { return nil }

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
