package spec

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds of a file, so that no input makes a reader run out of memory.
const (
	maxFileOctets = 1 << 20
	maxNodes      = 100_000 // after anchors are expanded
)

// syntax is a problem that keeps the text from becoming a tree.
type syntax struct {
	line, col int
	msg, hint string
}

// parse turns a file's text into the root mapping, anchors expanded, or says why not.
func parse(data []byte) (*yaml.Node, *syntax) {
	if len(data) > maxFileOctets {
		return nil, &syntax{1, 1, "the file is larger than 1 MiB", "is it a scenario?"}
	}
	if at := invalidUTF8(data); at >= 0 {
		before := data[:at]
		line := bytes.Count(before, []byte("\n"))
		col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
		return nil, &syntax{line + 1, col + 1, "the file is not UTF-8 text", "save it as UTF-8"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF), err == nil && isEmpty(&doc):
		return nil, &syntax{1, 1, "the file is empty", "a scenario needs duration, hosts, links and applications"}
	case err != nil:
		return nil, syntaxError(data, err)
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &syntax{secondDocument(data, second.Line), 1, "the file has a second document",
			"one scenario a file: remove the line ---, or put what follows into its own file"}
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(data, err)
	}
	root := doc.Content[0]
	x := expander{}
	root = x.expand(root, nil)
	if x.problem != nil {
		return nil, x.problem
	}
	if root.Kind != yaml.MappingNode {
		return nil, &syntax{root.Line, root.Column, "the file is " + kindOf(root) + ", not a mapping",
			"a scenario is keys and values, such as duration: 40s"}
	}
	return root, nil
}

func isEmpty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null"
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return i
		}
		i += n
	}
	return -1
}

// secondDocument returns the line of the separator before the document that starts at line.
func secondDocument(data []byte, line int) int {
	lines := strings.Split(string(data), "\n")
	for i := min(line, len(lines)) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "---") {
			return i + 1
		}
	}
	return line
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxError explains a text that is not YAML. The parser's own line can be that of an enclosing
// block; the first line from which on every longer beginning of the text is wrong is nearer to the cause.
func syntaxError(data []byte, err error) *syntax {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		msg = err.Error()[len(m[0]):]
	}
	lines := strings.SplitAfter(string(data), "\n")
	for i, l := range lines {
		if strings.HasPrefix(strings.TrimLeft(l, " "), "\t") && strings.TrimSpace(l) != "" {
			return &syntax{i + 1, len(l) - len(strings.TrimLeft(l, " ")) + 1, "a tab in the indentation",
				"YAML is indented with spaces"}
		}
	}
	if good := goodLines(lines); good >= 0 {
		line = good + 1
	}
	line = min(max(line, 1), len(lines))
	for line > 1 && strings.TrimSpace(lines[line-1]) == "" {
		line--
	}
	text := lines[line-1]
	col := utf8.RuneCountInString(text[:len(text)-len(strings.TrimLeft(text, " \t"))]) + 1
	return &syntax{line, col, "not YAML: " + msg, yamlHint(msg)}
}

// goodLines returns how many lines make the longest beginning of the text that is YAML, -1 if it is not
// worth finding out.
func goodLines(lines []string) int {
	const most = 1000
	if len(lines) > most {
		return -1
	}
	for n := len(lines) - 1; n >= 0; n-- {
		var node yaml.Node
		if yaml.Unmarshal([]byte(strings.Join(lines[:n], "")), &node) == nil {
			return n
		}
	}
	return -1
}

func yamlHint(msg string) string {
	switch {
	case strings.Contains(msg, "mapping values are not allowed"):
		return "a text with \": \" in it needs quotes; or the line is indented too far"
	case strings.Contains(msg, "did not find expected key"), strings.Contains(msg, "did not find expected '-'"):
		return "is the indentation the same as that of the lines before?"
	case strings.Contains(msg, "could not find expected ':'"):
		return "a key is followed by a colon and a space"
	case strings.Contains(msg, "did not find expected ',' or"):
		return "a bracket or brace is not closed, or a comma is missing"
	case strings.Contains(msg, "unexpected end of stream"):
		return "a quotation mark is not closed"
	case strings.Contains(msg, "cannot start any token"):
		return "put the text between quotation marks"
	}
	return ""
}

// expander replaces aliases by copies of what their anchors name, so that an override of one use does not
// change another.
type expander struct {
	nodes   int
	problem *syntax
}

func (x *expander) expand(n *yaml.Node, inside []*yaml.Node) *yaml.Node {
	if x.nodes++; x.nodes > maxNodes && x.problem == nil {
		x.problem = &syntax{n.Line, n.Column, "the file has too many values",
			"more than 100000 with its anchors expanded"}
	}
	if x.problem != nil {
		return n
	}
	if n.Kind == yaml.AliasNode {
		for _, a := range inside {
			if a == n.Alias {
				x.problem = &syntax{n.Line, n.Column, "the alias *" + n.Value + " stands inside its own anchor", ""}
				return n
			}
		}
		return x.expand(n.Alias, inside)
	}
	c := *n
	c.Content = nil
	if n.Anchor != "" {
		inside = append(inside[:len(inside):len(inside)], n)
	}
	for _, child := range n.Content {
		c.Content = append(c.Content, x.expand(child, inside))
	}
	return &c
}

// kindOf describes a node for a message.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "empty"
	case "!!bool":
		return "a truth value"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	return "a text"
}
