package spec

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// maxReplications bounds the seeds of one point.
const maxReplications = 1000

func sweepTable() *table[Sweep] {
	return &table[Sweep]{
		what: "sweep",
		fields: []field[Sweep]{
			key("set", settings(), func(s *Sweep) *[]Setting { return &s.Set },
				"path: value, at every point", aka[Sweep]("with", "fixed", "base")),
			key("axes", freeNamed("axis", axisTable().codec(), func(a *SweepAxis) *string { return &a.Name }),
				func(s *Sweep) *[]SweepAxis { return &s.Axes }, "what varies, by name", required,
				aka[Sweep]("axis", "points", "parameters", "vary")),
			key("replications", integer(1, maxReplications), func(s *Sweep) *int { return &s.Replications },
				"seeds at each point, from the scenario's on", def[Sweep]("1"),
				aka[Sweep]("seeds", "repetitions", "runs")),
			key("figures", list("figure", sweepFigureTable().codec(), func(f *SweepFigure) string { return f.Name }),
				func(s *Sweep) *[]SweepFigure { return &s.Figures }, "drawn over all runs",
				aka[Sweep]("plots", "plot", "graphs", "figure")),
			key("table", list("quantity", quantityTable().codec(), nil),
				func(s *Sweep) *[]SweepQuantity { return &s.Table },
				"median, 95th percentile and number of each point's values, printed at the end; by default of what figures show",
				aka[Sweep]("tables", "quantities")),
		},
		check: checkSweep,
	}
}

func axisTable() *table[SweepAxis] {
	return &table[SweepAxis]{
		what: "axis",
		fields: []field[SweepAxis]{
			key("label", text(60, false), func(a *SweepAxis) *string { return &a.Label }, "on figures",
				aka[SweepAxis]("title", "name")),
			key("set", paths(), func(a *SweepAxis) *[]string { return &a.Paths },
				"path or paths that take each of the values", aka[SweepAxis]("path", "paths", "key")),
			key("values", list("value", inline(), nil), func(a *SweepAxis) *[]string { return &a.Values },
				"one after the other", aka[SweepAxis]("value")),
			key("cases", freeNamed("case", caseCodec(), func(c *SweepCase) *string { return &c.Name }),
				func(a *SweepAxis) *[]SweepCase { return &a.Cases },
				"instead of set and values: what is set, by a name for it", aka[SweepAxis]("variants", "points")),
		},
		check: func(d *decoder, path string, a *SweepAxis) {
			switch plain := len(a.Paths) > 0 && len(a.Values) > 0; {
			case plain && len(a.Cases) > 0:
				d.wrong(join(path, "cases"), "an axis has values or cases, not both", "")
			case !plain && len(a.Cases) == 0:
				d.wrong(path, "the axis has no values", "set: PATH and values: [...], or cases: {NAME: {PATH: VALUE}}")
			case len(a.Cases) > 0 && (len(a.Paths) > 0 || len(a.Values) > 0):
				d.wrong(path, "an axis with cases has no set and no values", "write the paths into each case")
			}
			for i, v := range a.Values {
				if slices.Contains(a.Values[:i], v) {
					d.wrong(join(join(path, "values"), strconv.Itoa(i)), "the value "+quote(v)+" is there twice", "")
				}
			}
		},
	}
}

func sweepFigureTable() *table[SweepFigure] {
	only := func(kinds ...string) func(*SweepFigure) string {
		return func(f *SweepFigure) string {
			if f.Kind == "" || slices.Contains(kinds, f.Kind) {
				return ""
			}
			return "does not belong to " + f.Kind
		}
	}
	return &table[SweepFigure]{
		what: "figure",
		fields: []field[SweepFigure]{
			key("kind", word(SweepFigureKinds...), func(f *SweepFigure) *string { return &f.Kind },
				"one of "+strings.Join(SweepFigureKinds, ", "), required, aka[SweepFigure]("type", "figure")),
			key("name", reference("goodput"), func(f *SweepFigure) *string { return &f.Name },
				"of its files", aka[SweepFigure]("file")),
			key("title", text(120, false), func(f *SweepFigure) *string { return &f.Title }, "above the figure"),
			key("label", text(60, false), func(f *SweepFigure) *string { return &f.Label },
				"of the value, without unit", aka[SweepFigure]("y-label", "ylabel")),
			key("label-x", text(60, false), func(f *SweepFigure) *string { return &f.XLabel },
				"of the horizontal axis", aka[SweepFigure]("xlabel", "x_label")),
			key("x", axisName(), func(f *SweepFigure) *string { return &f.X }, "axis from left to right",
				required, when(only(SweepLine, SweepBars, SweepHeat))),
			key("y", axisName(), func(f *SweepFigure) *string { return &f.Y }, "axis from bottom to top", required,
				when(only(SweepHeat))),
			key("metric", metrics(), func(f *SweepFigure) *[]Metric { return &f.Metric },
				"column of sweep.csv, or several by name", required,
				when(only(SweepLine, SweepBars, SweepHeat, SweepScatter)),
				aka[SweepFigure]("metrics", "column", "value")),
			key("against", column(), func(f *SweepFigure) *string { return &f.XMetric },
				"column of sweep.csv, from left to right",
				required, when(only(SweepScatter))),
			key("records", reference("flows"), func(f *SweepFigure) *string { return &f.Records },
				"list of summary.json", def[SweepFigure]("flows"), when(only(SweepCDF, SweepRanked)),
				aka[SweepFigure]("group", "list")),
			key("field", column(), func(f *SweepFigure) *string { return &f.Field }, "of those records", required,
				when(only(SweepCDF, SweepRanked)), aka[SweepFigure]("column", "value", "metric")),
			key("where", settings(), func(f *SweepFigure) *[]Setting { return &f.Where },
				"field: value that records must have", when(only(SweepCDF, SweepRanked)), aka[SweepFigure]("filter")),
			key("statistic", word(SweepMean, SweepMedian), func(f *SweepFigure) *string { return &f.Statistic },
				"of a point's runs; mean: with 95% confidence interval, median: with quartiles", def[SweepFigure](SweepMean),
				when(only(SweepLine, SweepBars)), aka[SweepFigure]("average", "estimate")),
			key("never", truth(), func(f *SweepFigure) *bool { return &f.Never },
				"records without a value count as ones that never get it: the curve ends below 1", def[SweepFigure]("false"),
				when(only(SweepCDF)), aka[SweepFigure]("censored", "missing")),
			key("of", zeroIs(none, bitrate()), func(f *SweepFigure) *unit.Bitrate { return &f.Of },
				"the value is shown as a part of this", def[SweepFigure](none),
				aka[SweepFigure]("optimal", "relative-to")),
			key("log", truth(), func(f *SweepFigure) *bool { return &f.Log }, "logarithmic horizontal axis",
				def[SweepFigure]("false"), when(only(SweepLine, SweepCDF, SweepScatter)),
				aka[SweepFigure]("logarithmic")),
			key("only", axisCases(), func(f *SweepFigure) *[]AxisCases { return &f.Only },
				"axis: case, or a list of cases: the points that are shown", aka[SweepFigure]("cases", "points")),
		},
	}
}

// quantityTable is one quantity of the table at the end.
func quantityTable() *table[SweepQuantity] {
	type quantity = SweepQuantity
	records := func(q *quantity) string {
		if q.Metric == "" {
			return ""
		}
		return "does not belong to a metric"
	}
	return &table[quantity]{
		what: "quantity",
		fields: []field[quantity]{
			key("label", text(60, false), func(q *quantity) *string { return &q.Label }, "without unit",
				aka[quantity]("name", "title")),
			optional(key("metric", column(), func(q *quantity) *string { return &q.Metric }, "column of sweep.csv",
				aka[quantity]("column", "value"))),
			optional(key("records", reference("blocks"), func(q *quantity) *string { return &q.Records },
				"list of summary.json, such as a table that a script records", when(records), aka[quantity]("group",
					"list"))),
			optional(key("field", column(), func(q *quantity) *string { return &q.Field }, "of those records",
				when(records))),
			key("where", settings(), func(q *quantity) *[]Setting { return &q.Where },
				"field: value that records must have", when(records), aka[quantity]("filter")),
			key("of", zeroIs(none, bitrate()), func(q *quantity) *unit.Bitrate { return &q.Of },
				"the value is shown as a part of this", def[quantity](none), aka[quantity]("optimal", "relative-to")),
			key("only", axisCases(), func(q *quantity) *[]AxisCases { return &q.Only },
				"axis: case, or a list of cases: the points that are told", aka[quantity]("cases", "points")),
		},
		check: func(d *decoder, path string, q *quantity) {
			if q.Metric == "" && (q.Records == "" || q.Field == "") {
				d.wrong(path, "a quantity needs a metric, or records and a field", "metric: client.done_ns")
			}
		},
	}
}

// optional shows nothing of a field that is not given.
func optional[T any](f field[T]) field[T] {
	encode := f.encode
	f.encode = func(t *T) *tree {
		if v := encode(t); v != nil && (v.kind != scalarTree || v.text != "") {
			return v
		}
		return nil
	}
	return f
}

// checkSweep reports figures that name axes which do not exist or that share files, and paths set twice.
func checkSweep(d *decoder, path string, s *Sweep) {
	var axes []string
	for _, a := range s.Axes {
		axes = append(axes, a.Name)
	}
	var files []string
	for i := range s.Figures {
		f := &s.Figures[i]
		at := join(join(path, "figures"), strconv.Itoa(i))
		if f.Name == "" {
			f.Name = f.Kind
		} else {
			at = join(join(path, "figures"), f.Name)
		}
		if slices.Contains(files, f.Name) {
			d.wrong(at, "two figures are called "+quote(f.Name), "give each a name")
		}
		files = append(files, f.Name)
		checkOnly(d, at, s, f.Only)
		for _, axis := range []string{f.X, f.Y} {
			if axis != "" && !slices.Contains(axes, axis) {
				d.wrong(at, "the sweep has no axis "+quote(axis), nearest(axis, axes))
			}
		}
	}
	for i := range s.Table {
		checkOnly(d, join(join(path, "table"), strconv.Itoa(i)), s, s.Table[i].Only)
	}
	if len(s.Axes) == 0 {
		d.wrong(join(path, "axes"), "there are no axes", "a sweep varies something")
	}
}

// inline is any value, kept as YAML on one line.
func inline() codec[string] {
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
				d.bad(n, path, path[lastDot(path):]+" has no value", "")
				return false
			}
			*v = flow(n)
			return true
		},
		encode: func(v *string) *tree { return &tree{text: *v} },
		schema: func() object { return object{} },
	}
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ./%_+-]*$`)

// flow writes a node on one line.
func flow(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for k := 0; k+1 < len(n.Content); k += 2 {
			parts = append(parts, flow(n.Content[k])+": "+flow(n.Content[k+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if n.Tag == "!!null" {
		return "null"
	}
	var again yaml.Node
	if !plainWord.MatchString(n.Value) || yaml.Unmarshal([]byte(n.Value), &again) != nil ||
		again.Content[0].Tag != n.Tag {
		quoted, err := json.Marshal(n.Value)
		if err != nil {
			panic("spec: text does not encode: " + err.Error()) // it was read as UTF-8
		}
		return string(quoted)
	}
	return n.Value
}

// settings is a mapping from paths of the scenario to values.
func settings() codec[[]Setting] {
	value := inline()
	return codec[[]Setting]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]Setting) bool {
			list, ok := d.entries(n, path, path[lastDot(path):], "paths and values, such as duration: 1s")
			for _, e := range list {
				s := Setting{Path: e.key.Value}
				ok = value.decode(d, e.value, join(path, e.key.Value), &s.Value) && ok
				*v = append(*v, s)
			}
			return ok
		},
		encode: func(v *[]Setting) *tree {
			if len(*v) == 0 {
				return nil
			}
			out := &tree{kind: mappingTree}
			for i := range *v {
				out.add((*v)[i].Path, "", value.encode(&(*v)[i].Value))
			}
			return out
		},
		schema: func() object { return object{"type": []string{"object", "null"}} },
	}
}

func caseCodec() codec[SweepCase] {
	sets := settings()
	return codec[SweepCase]{
		decode: func(d *decoder, n *yaml.Node, path string, v *SweepCase) bool {
			return sets.decode(d, n, path, &v.Sets)
		},
		encode: func(v *SweepCase) *tree {
			if t := sets.encode(&v.Sets); t != nil {
				return t
			}
			return &tree{kind: mappingTree}
		},
		schema: sets.schema,
	}
}

// freeNamed is a mapping from names that stand on figures to elements.
func freeNamed[T any](what string, c codec[T], name func(*T) *string) codec[[]T] {
	label := text(40, false)
	return codec[[]T]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]T) bool {
			list, ok := d.entries(n, path, path[lastDot(path):], "one "+what+" a line: its name, a colon, what it is")
			for _, e := range list {
				at := join(path, e.key.Value)
				d.note(at, e.key, e.value)
				var t T
				key := *e.key
				key.Tag = "!!str" // a number is a name, too
				if !label.decode(d, &key, at, name(&t)) {
					ok = false
					continue
				}
				ok = c.decode(d, e.value, at, &t) && ok
				*v = append(*v, t)
			}
			return ok
		},
		encode: func(v *[]T) *tree {
			if len(*v) == 0 {
				return nil
			}
			out := &tree{kind: mappingTree}
			for i := range *v {
				out.add(scalarText(&tree{text: *name(&(*v)[i]), free: true}), "", c.encode(&(*v)[i]))
			}
			return out
		},
		schema: func() object {
			return object{"type": "object", "additionalProperties": c.schema()}
		},
	}
}

// paths is one path of the scenario or a list of them.
func paths() codec[[]string] {
	one := column()
	many := list("path", one, nil)
	return codec[[]string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]string) bool {
			if n.Kind != yaml.ScalarNode {
				return many.decode(d, n, path, v)
			}
			*v = []string{""}
			return one.decode(d, n, path, &(*v)[0])
		},
		encode: func(v *[]string) *tree {
			if len(*v) == 0 {
				return nil
			}
			return many.encode(v)
		},
		schema: func() object { return anyOf(one.schema(), many.schema()) },
	}
}

// column is a path or the name of a column: words joined by points.
func column() codec[string] {
	c := text(200, false)
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			if !c.decode(d, n, path, v) {
				return false
			}
			if *v == "" || strings.ContainsAny(*v, " =,") {
				d.bad(n, path, quote(*v)+" is no name", "words joined by points, such as topology.k")
				return false
			}
			return true
		},
		encode: c.encode, schema: c.schema,
	}
}

func axisName() codec[string] { return text(40, false) }

// metrics is one column, or columns by the name that they have on the figure.
func metrics() codec[[]Metric] {
	one := column()
	many := freeNamed("metric", codec[Metric]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Metric) bool {
			return one.decode(d, n, path, &v.Column)
		},
		encode: func(v *Metric) *tree { return one.encode(&v.Column) },
		schema: one.schema,
	}, func(m *Metric) *string { return &m.Name })
	return codec[[]Metric]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]Metric) bool {
			if n.Kind != yaml.ScalarNode {
				return many.decode(d, n, path, v)
			}
			*v = make([]Metric, 1)
			return one.decode(d, n, path, &(*v)[0].Column)
		},
		encode: func(v *[]Metric) *tree {
			if len(*v) == 1 && (*v)[0].Name == "" {
				return one.encode(&(*v)[0].Column)
			}
			return many.encode(v)
		},
		schema: func() object { return anyOf(one.schema(), many.schema()) },
	}
}
