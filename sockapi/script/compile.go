package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Program is a script that has been read and checked. It never changes, and may run many times.
type Program struct {
	name     string
	code     *starlark.Program
	uses     []string            // predeclared names that occur, in order of appearance
	defines  []string            // functions of the module body
	assigned map[string]Position // names of the module body that are assigned
	table    *table              // the predeclared names
	line     int                 // its first line in the file that it comes from
	indent   int                 // columns that stand before each line of the text, in the file that it comes from
}

// maxSource is the longest script, octets.
const maxSource = 1 << 20

// Compile reads a script. name is the file name of messages. Errors: CompileError, every problem with its place.
func Compile(name string, src []byte) (*Program, error) { return CompileAt(name, src, 1, 0) }

// CompileAt is Compile of a text that is part of a file: it begins on the given line (from 1), and each of its
// lines stands behind indent columns.
func CompileAt(name string, src []byte, line, indent int) (*Program, error) {
	p := &Program{name: name, line: line, indent: indent, assigned: map[string]Position{}, table: symbols}
	if len(src) > maxSource {
		return nil, CompileError{{Pos: Position{File: name, Line: line, Col: 1},
			Msg: fmt.Sprintf("the script has %d octets: at most %d", len(src), maxSource)}}
	}
	o := syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true}
	f, err := o.Parse(name, syntax.FilePortion{Content: src, FirstLine: int32(line), FirstCol: 1}, 0)
	if err != nil {
		return nil, p.misread(err, src)
	}
	if err := rewriteFile(f); err != nil {
		return nil, p.problems(err)
	}
	for _, s := range f.Stmts {
		switch s := s.(type) {
		case *syntax.DefStmt:
			p.defines = append(p.defines, s.Name.Name)
		case *syntax.AssignStmt:
			if id, ok := s.LHS.(*syntax.Ident); ok {
				p.assigned[id.Name] = positionOf(id.NamePos)
			}
		}
	}
	seen := map[string]bool{}
	known := func(name string) bool {
		if symbols.values[name] == nil {
			return false
		}
		if !seen[name] {
			seen[name] = true
			p.uses = append(p.uses, name)
		}
		return true
	}
	if p.code, err = starlark.FileProgram(f, known); err != nil {
		return nil, p.problems(err)
	}
	return p, nil
}

// Name returns the file name given to Compile.
func (p *Program) Name() string { return p.name }

// Defines tells whether the script defines a function of that name: main, or those of a plug-in.
func (p *Program) Defines(function string) bool {
	for _, d := range p.defines {
		if d == function {
			return true
		}
	}
	return false
}

// misread are the problems of the parser, with what to write instead.
func (p *Program) misread(err error, src []byte) error {
	all := compileErrors(p.name, err)
	for _, e := range all {
		if hint := syntaxHint(e.Msg, lineOf(src, e.Pos.Line-p.line+1)); hint != "" {
			e.Msg += " (" + hint + ")"
		}
		e.Pos.Col += p.indent
	}
	return CompileError(all)
}

// begin is where the text begins.
func (p *Program) begin() Position {
	return Position{File: p.name, Line: max(p.line, 1), Col: 1 + p.indent}
}

// Needs returns an error, with its place, unless the script defines a function of that name.
func (p *Program) Needs(function string) error {
	if p.Defines(function) {
		return nil
	}
	e := &Error{Pos: p.begin(), Msg: "the script defines no function " + function + "()" +
		didYouMean(function, p.defines)}
	if at, ok := p.assigned[function]; ok {
		at.Col += p.indent
		e.Pos, e.Msg = at, function+" is not a function: write def "+function+"():"
	}
	return e
}

func (p *Program) problems(err error) error {
	all := compileErrors(p.name, err)
	for _, e := range all {
		e.Pos.Col += p.indent
		if name, ok := strings.CutPrefix(e.Msg, "undefined: "); ok && !strings.Contains(name, " ") {
			e.Msg += undefinedHint(name, p.table.names)
		}
	}
	return CompileError(all)
}

// load runs the module body on thread t and freezes what it defines. env has the values of names that differ
// from run to run; the others are those of every script.
func (p *Program) load(t *starlark.Thread, env starlark.StringDict) (starlark.StringDict, error) {
	names := make(starlark.StringDict, len(p.uses))
	for _, name := range p.uses {
		if v, ok := env[name]; ok {
			names[name] = v
		} else {
			names[name] = p.table.values[name]
		}
	}
	globals, err := p.code.Init(t, names)
	if err != nil {
		return nil, err
	}
	c := contextOf(t)
	for _, name := range globals.Keys() {
		if err := c.freezable(t, globals[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	globals.Freeze()
	return globals, nil
}
