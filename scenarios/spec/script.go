package spec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Script is named code, for applications, schedulers, path managers and congestion controllers.
type Script struct {
	Name string
	Code Code
	Args []Arg // of whoever uses it, unless that says otherwise
}

// Code is the text of a script, or where it is.
type Code struct {
	Name    string // of one of the scenario's scripts; then the rest is empty
	Text    string // Starlark, without line break at its end
	File    string // as written
	Path    string // File as a path from the working directory; empty with Shipped
	Shipped string // name of a script that comes with mpsim (written shipped:NAME), or empty

	place codePlace
}

// codePlace is where the text of a script begins.
type codePlace struct {
	node  Position // of the value
	block bool     // a literal block: what follows holds
	line  int      // of the file, of the text's first line
	col   int      // columns before each line of the text
}

// scriptPrefix marks a scheduler, path manager or congestion controller that is a script.
const scriptPrefix = "script:"

// ScriptName returns the script that a scheduler, path manager or congestion controller names, if it names
// one.
func ScriptName(word string) (name string, ok bool) { return strings.CutPrefix(word, scriptPrefix) }

// starlark ends the names of files of code.
const starlark = ".star"

func scriptTable() *table[Script] {
	return &table[Script]{
		what: "script",
		fields: []field[Script]{
			key("code", code(false), func(s *Script) *Code { return &s.Code },
				"Starlark, or the name of a file that ends with .star", required,
				aka[Script]("text", "file", "source", "script")),
			key("args", args(), func(s *Script) *[]Arg { return &s.Args },
				"of whoever uses the script and says nothing else", aka[Script]("arguments", "parameters")),
		},
	}
}

// scriptCodec is a script as a mapping, or its code alone.
func scriptCodec() codec[Script] {
	whole, alone := scriptTable(), code(false)
	return codec[Script]{
		decode: func(d *decoder, n *yaml.Node, path string, v *Script) bool {
			if n.Kind == yaml.MappingNode {
				return whole.decode(d, n, path, v)
			}
			return alone.decode(d, n, path, &v.Code)
		},
		encode: func(v *Script) *tree {
			if len(v.Args) == 0 {
				return alone.encode(&v.Code)
			}
			return whole.encode(v)
		},
		schema: func() object { return anyOf(alone.schema(), whole.schema()) },
	}
}

// code is the text of a script or the name of a file; where names are allowed, also that of one of the
// scenario's scripts.
func code(named bool) codec[Code] {
	const example = "script: |, and the code below it, indented"
	return codec[Code]{
		decode: func(d *decoder, n *yaml.Node, at string, v *Code) bool {
			text, ok := d.scalar(n, at, "code", example)
			if !ok {
				return false
			}
			one := strings.TrimSpace(text)
			*v = Code{place: codePlace{node: d.position(n)}}
			switch {
			case one == "":
				d.bad(n, at, at[lastDot(at):]+" is empty", example)
				return false
			case strings.Contains(text, "\n") || n.Style&yaml.LiteralStyle != 0:
				return d.codeText(n, at, text, v)
			case strings.HasSuffix(one, starlark):
				return d.codeFile(n, at, one, v)
			case named && wrongName(one) == "":
				v.Name = one
				return true
			}
			hint := "a file whose name ends with " + starlark + ", or the code after |"
			if named {
				hint = "the name of a script, " + hint
			}
			d.bad(n, at, at[lastDot(at):]+" "+quote(one)+" is no script", hint)
			return false
		},
		encode: func(v *Code) *tree {
			switch {
			case v.Name != "":
				return &tree{text: v.Name, free: true}
			case v.File != "":
				return &tree{text: v.File, free: true}
			case v.Text == "":
				return nil
			}
			if !blockSafe(v.Text) {
				return &tree{text: v.Text + "\n", free: true, quoted: true} // a line break tells code from a name
			}
			return &tree{text: v.Text, block: true}
		},
		schema: func() object { return object{"type": "string"} },
	}
}

// codeText takes code that stands in the scenario.
func (d *decoder) codeText(n *yaml.Node, at, text string, v *Code) bool {
	if n.Style&yaml.FoldedStyle != 0 || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle) == 0 {
		d.bad(n, at, "the lines of the code are joined into one", "begin it with | in the line of its key")
		return false
	}
	v.Text = strings.TrimRight(text, " \t\n")
	v.place.line = n.Line + 1
	for strings.HasPrefix(v.Text, "\n") {
		v.Text = v.Text[1:]
		v.place.line++
	}
	if _, override := d.from[n]; override || n.Style&yaml.LiteralStyle == 0 {
		return true
	}
	v.place.block = true
	first, _, _ := strings.Cut(v.Text, "\n")
	if v.place.line <= len(d.lines) {
		v.place.col = utf8.RuneCountInString(d.lines[v.place.line-1]) - utf8.RuneCountInString(first)
		rest := strings.TrimRight(d.lines[v.place.line-1], " \t")
		if !strings.HasSuffix(rest, strings.TrimRight(first, " \t")) {
			v.place.col = 0 // not as expected: the line alone is told
		}
	}
	return true
}

// codeFile finds a file of code: an override names it from the working directory, a scenario from its own
// folder.
func (d *decoder) codeFile(n *yaml.Node, at, name string, v *Code) bool {
	v.File = name
	if shipped, ok := strings.CutPrefix(name, shippedPrefix); ok {
		for _, part := range strings.Split(strings.TrimSuffix(shipped, starlark), "/") {
			if msg := wrongName(part); msg != "" {
				d.bad(n, at, "script name "+quote(shipped)+" "+msg, "such as shipped:api/refresh.star")
				return false
			}
		}
		v.Shipped = shipped
		return true
	}
	v.Path = d.beside(n, name)
	return true
}

// Script returns the script of that name, or nil.
func (s *Scenario) Script(name string) *Script {
	for i := range s.Scripts {
		if s.Scripts[i].Name == name {
			return &s.Scripts[i]
		}
	}
	return nil
}

// Place tells where the text of code that stands in the scenario begins: the file and line, and how many
// columns stand before each of its lines. Code between quotation marks or in an override has the place of its
// value for a file, whose lines count from 1.
func (c *Code) Place() (file string, line, indent int) {
	switch {
	case c.Shipped != "":
		return "scenarios/" + c.Shipped, 1, 0
	case c.Path != "":
		return c.Path, 1, 0
	case c.place.block:
		return c.place.node.File, c.place.line, c.place.col
	}
	return c.place.node.String(), 1, 0
}

// CodeProblem returns a problem at a place in code whose text is given, as Place counts. It prints like the
// problems of Load.
func (s *Scenario) CodeProblem(c *Code, text string, at Position, msg, hint string) Problem {
	p := Problem{Position: at, Msg: msg, Hint: hint}
	if c.place.block && c.File == "" {
		p.Source = s.origin.source(at)
		return p
	}
	if lines := strings.Split(text, "\n"); at.Line >= 1 && at.Line <= len(lines) {
		p.Source = lines[at.Line-1]
	}
	return p
}

// checkScripts checks the names of scripts that hosts and applications call.
func (s *Scenario) checkScripts(d *decoder) {
	var names []string
	for _, x := range s.Scripts {
		names = append(names, x.Name)
	}
	check := func(path, name string) {
		if s.Script(name) == nil {
			hint := nearest(name, names)
			if len(names) == 0 {
				hint = "scripts: {" + name + ": ...} at the top of the file"
			}
			d.wrong(path, "there is no script "+quote(name), hint)
		}
	}
	hosts := func(path string, h *Host) {
		for _, x := range []struct{ key, word string }{
			{"tcp.congestion", h.TCP.Congestion}, {"mptcp.scheduler", h.MPTCP.Scheduler},
			{"mptcp.path-manager", h.MPTCP.PathManager},
		} {
			if name, ok := ScriptName(x.word); ok {
				check(join(path, x.key), name)
			}
		}
	}
	for i := range s.Hosts {
		hosts(join("hosts", s.Hosts[i].Name), &s.Hosts[i])
	}
	if s.Topology != nil {
		hosts("topology.host", &s.Topology.Host)
	}
	for i := range s.Applications {
		if a := &s.Applications[i]; a.Code.Name != "" {
			path := join("applications", a.Name)
			check(join(path, "script"), a.Code.Name)
			s.checkArguments(d, a, path)
		}
	}
}

// unknownWord reports a word that is none of the known ones, nor the name of a script with its prefix; it may
// be that name alone.
func (d *decoder) unknownWord(n *yaml.Node, path string, words []string) {
	hint := ""
	known := append(slices.Clone(words), scriptPrefix+"NAME")
	switch near := closest(n.Value, words); {
	case valueOf(d.scripts, n.Value) != nil:
		hint = "did you mean " + quote(scriptPrefix+n.Value) + "?"
	case near != "":
		hint = "did you mean " + quote(near) + "?"
	default:
		hint = "known here: " + strings.Join(known, ", ")
	}
	d.bad(n, path, path[lastDot(path):]+" has no value "+quote(n.Value), hint)
}

// wordOrScript is one of a few words, or the name of a script.
func wordOrScript(words ...string) codec[string] {
	c := word(words...)
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			name, ok := ScriptName(n.Value)
			if n.Kind == yaml.ScalarNode && !ok && n.Tag != "!!null" && !slices.Contains(words, n.Value) {
				d.unknownWord(n, path, words)
				return false
			}
			if !ok || n.Kind != yaml.ScalarNode {
				return c.decode(d, n, path, v)
			}
			if msg := wrongName(name); msg != "" {
				d.bad(n, path, "script name "+quote(name)+" "+msg, nameHint)
				return false
			}
			*v = n.Value
			return true
		},
		encode: func(v *string) *tree { return &tree{text: *v, free: true} },
		schema: func() object {
			return anyOf(c.schema(), object{"type": "string", "pattern": "^" + scriptPrefix +
				`[A-Za-z][A-Za-z0-9_-]*$`})
		},
	}
}
