package spec

import (
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// axisCases is a mapping from axes of a sweep to one of their cases or a list of them, by the names that
// cases have on figures.
func axisCases() codec[[]AxisCases] {
	one := inline()
	many := list("case", one, nil)
	return codec[[]AxisCases]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]AxisCases) bool {
			entries, ok := d.entries(n, path, path[lastDot(path):], "an axis a line, a colon, and its cases")
			for _, e := range entries {
				a := AxisCases{Axis: e.key.Value}
				at := join(path, a.Axis)
				d.note(at, e.key, e.value)
				if e.value.Kind == yaml.SequenceNode {
					ok = many.decode(d, e.value, at, &a.Cases) && ok
				} else {
					a.Cases = []string{""}
					ok = one.decode(d, e.value, at, &a.Cases[0]) && ok
				}
				for i, c := range a.Cases {
					a.Cases[i] = unquoted(c)
				}
				*v = append(*v, a)
			}
			return ok
		},
		encode: func(v *[]AxisCases) *tree {
			if len(*v) == 0 {
				return nil
			}
			out := &tree{kind: mappingTree}
			for _, a := range *v {
				cases := &tree{kind: listTree}
				for _, c := range a.Cases {
					cases.items = append(cases.items, &tree{text: c, free: true})
				}
				out.add(scalarText(&tree{text: a.Axis, free: true}), "", cases)
			}
			return out
		},
		schema: func() object { return object{"type": []string{"object", "null"}} },
	}
}

// unquoted takes the quotation marks off that YAML needs around a name.
func unquoted(s string) string {
	if u, err := strconv.Unquote(s); err == nil {
		return u
	}
	return s
}

// names lists what the cases of an axis are called on figures.
func (a *SweepAxis) names() []string {
	if len(a.Cases) == 0 {
		var names []string
		for _, v := range a.Values {
			names = append(names, unquoted(v))
		}
		return names
	}
	var names []string
	for _, c := range a.Cases {
		names = append(names, c.Name)
	}
	return names
}

// checkOnly reports axes and cases that the sweep does not have.
func checkOnly(d *decoder, path string, s *Sweep, only []AxisCases) {
	for _, o := range only {
		at := join(join(path, "only"), o.Axis)
		i := slices.IndexFunc(s.Axes, func(a SweepAxis) bool { return a.Name == o.Axis })
		if i < 0 {
			var axes []string
			for _, a := range s.Axes {
				axes = append(axes, a.Name)
			}
			d.wrong(at, "the sweep has no axis "+quote(o.Axis), nearest(o.Axis, axes))
			continue
		}
		for _, c := range o.Cases {
			if names := s.Axes[i].names(); !slices.Contains(names, c) {
				d.wrong(at, "the axis "+quote(o.Axis)+" has no case "+quote(c), nearest(c, names))
			}
		}
	}
}
