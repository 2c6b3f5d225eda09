package spec

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// origin remembers where the values of a scenario were written.
type origin struct {
	file  string
	lines []string
	sets  []string           // overrides as given: path=value
	from  map[*yaml.Node]int // nodes that come from an override: its index
	at    map[string]Position
}

// position returns where n was written.
func (o *origin) position(n *yaml.Node) Position {
	if i, ok := o.from[n]; ok {
		return Position{File: "--set " + o.sets[i], Col: n.Column}
	}
	return Position{File: o.file, Line: n.Line, Col: n.Column}
}

// source returns the text of a position's line.
func (o *origin) source(p Position) string {
	if p.Line == 0 {
		first, _, _ := strings.Cut(strings.TrimPrefix(p.File, "--set "), "\n")
		return first
	}
	if p.Line <= len(o.lines) {
		return o.lines[p.Line-1]
	}
	return ""
}

// find returns the position of a path, or of the nearest object around it that was written.
func (o *origin) find(path string) Position {
	for path != "" {
		if p, ok := o.at[path]; ok {
			return p
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return Position{File: o.file, Line: 1, Col: 1}
}

func (o *origin) problem(at Position, path, msg, hint string) Problem {
	return Problem{Position: at, Path: path, Msg: msg, Hint: hint, Source: o.source(at)}
}

// At returns where the value of a path such as "links.wifi.rate" or "applications.download.port" was
// written; for a default, where the nearest object around it was. List elements are named by their name, or
// by their index if they have none.
func (s *Scenario) At(path string) Position { return s.origin.find(path) }

// Problem returns a problem at a path, with position and source line, for checks that need more than the
// file. It prints like the problems of Load.
func (s *Scenario) Problem(path, msg, hint string) Problem {
	return s.origin.problem(s.At(path), path, msg, hint)
}
