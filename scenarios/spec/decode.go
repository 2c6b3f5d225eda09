package spec

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder collects the problems of one file.
type decoder struct {
	*origin
	problems Problems
	scripts  *yaml.Node // the file's own, nil without
}

// lineBreaks makes all line breaks of YAML 1.1 the same, so that lines count the same everywhere.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Load reads a scenario. name is the file's name, for messages and for trace files that are named relative to
// it. sets are overrides, "path.to.key=value" each, checked like the file. If the result has problems the
// scenario is nil.
func Load(name string, data []byte, sets []string) (*Scenario, Problems) {
	data = []byte(lineBreaks.Replace(strings.TrimPrefix(string(data), "\ufeff")))
	lines := strings.Split(string(data), "\n")
	d := &decoder{origin: &origin{
		file: name, lines: lines, sets: slices.Clone(sets),
		from: map[*yaml.Node]int{}, at: map[string]Position{},
	}}
	root, bad := parse(data)
	if bad != nil {
		d.add(Position{File: name, Line: bad.line, Col: bad.col}, "", bad.msg, bad.hint)
		return nil, d.problems
	}
	for i := range d.sets {
		d.override(root, i)
	}
	d.scripts = valueOf(root, "scripts")
	s := &Scenario{origin: d.origin}
	scenarioTable().decode(d, root, "", s)
	if s.Name == "" {
		s.Name = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	s.checkReferences(d)
	if len(d.problems) > 0 {
		return nil, d.sorted()
	}
	d.from = nil // the nodes are not needed any more
	return s, nil
}

// sorted returns the problems in the order of the file, overrides last, the first MaxProblems of them.
func (d *decoder) sorted() Problems {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line - a.Line // an override has line 0
		}
		if a.Line == 0 {
			return slices.Index(d.sets, strings.TrimPrefix(a.File, "--set ")) -
				slices.Index(d.sets, strings.TrimPrefix(b.File, "--set "))
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	if more := len(d.problems) - MaxProblems; more > 0 {
		d.problems = d.problems[:MaxProblems]
		last := &d.problems[MaxProblems-1]
		last.More = more
	}
	return d.problems
}

func (d *decoder) add(at Position, path, msg, hint string) {
	for _, p := range d.problems {
		if p.Position == at && p.Msg == msg { // found in both directions of a link
			return
		}
	}
	d.problems = append(d.problems, d.problem(at, path, msg, hint))
}

// bad reports a problem at a node.
func (d *decoder) bad(n *yaml.Node, path, msg, hint string) {
	d.add(d.position(n), path, msg, hint)
}

// wrong reports a problem at a path that was decoded before.
func (d *decoder) wrong(path, msg, hint string) { d.add(d.find(path), path, msg, hint) }

// join appends a name to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// entry is one key of a mapping and its value.
type entry struct{ key, value *yaml.Node }

// entries returns the entries of a mapping, without those of "x-" keys; it reports keys that are not plain
// names, merge keys and duplicates. An empty value counts as an empty mapping. what and hint describe the
// mapping.
func (d *decoder) entries(n *yaml.Node, path, what, hint string) ([]entry, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style&yaml.TaggedStyle == 0 {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		if last := path[lastDot(path):]; last != what && wrongName(last) == "" {
			what += " " + quote(last)
		}
		d.bad(n, path, what+" is "+kindOf(n)+", not a mapping", hint)
		return nil, false
	}
	if !d.plain(n, path) {
		return nil, false
	}
	var list []entry
	seen := map[string]Position{}
	for k := 0; k+1 < len(n.Content); k += 2 {
		key := n.Content[k]
		name := key.Value
		switch {
		case key.Kind != yaml.ScalarNode:
			d.bad(key, path, "a key is "+kindOf(key), "keys are words")
			continue
		case key.Tag == "!!merge":
			d.bad(key, path, "merge keys (<<) are not read",
				"write the keys out, or use an alias (*name) as a whole value")
			continue
		case !d.plain(key, path):
			continue
		}
		if first, twice := seen[name]; twice {
			hint := "first in line " + strconv.Itoa(first.Line)
			if first.Line == 0 {
				hint = "first in column " + strconv.Itoa(first.Col)
			}
			d.bad(key, join(path, name), "the key "+quote(name)+" is given twice", hint)
			continue
		}
		seen[name] = d.position(key)
		if !strings.HasPrefix(name, "x-") {
			list = append(list, entry{key, n.Content[k+1]})
		}
	}
	return list, true
}

// plain reports explicit tags such as !!int or !custom.
func (d *decoder) plain(n *yaml.Node, path string) bool {
	if n.Style&yaml.TaggedStyle == 0 {
		return true
	}
	d.bad(n, path, "tags such as "+n.Tag+" are not read", "leave it away")
	return false
}

// note remembers where the value of a path stands: a scalar at its value, others at their key.
func (d *decoder) note(path string, key, value *yaml.Node) {
	n := value
	if key != nil && (value.Kind != yaml.ScalarNode || value.Tag == "!!null") {
		n = key
	}
	d.at[path] = d.position(n)
}
