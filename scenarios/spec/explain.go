package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// tree is a value ready to be printed as YAML.
type tree struct {
	kind   treeKind
	text   string // of a scalar
	free   bool   // the scalar may need quotation marks
	keys   []branch
	items  []*tree
	quoted bool // the scalar needs them
	block  bool // lines of code
}

type treeKind uint8

const (
	scalarTree treeKind = iota
	mappingTree
	listTree
)

type branch struct {
	name, doc string
	value     *tree
}

func (t *tree) add(name, doc string, v *tree) { t.keys = append(t.keys, branch{name, doc, v}) }

// equal tells that two trees print the same.
func (t *tree) equal(u *tree) bool {
	if t.kind != u.kind || t.text != u.text || t.quoted != u.quoted || len(t.keys) != len(u.keys) ||
		len(t.items) != len(u.items) {
		return false
	}
	for i := range t.keys {
		if t.keys[i].name != u.keys[i].name || !t.keys[i].value.equal(u.keys[i].value) {
			return false
		}
	}
	for i := range t.items {
		if !t.items[i].equal(u.items[i]) {
			return false
		}
	}
	return true
}

// Explain returns the effective scenario: the same as YAML with every default shown and each key explained.
// It reads back as the same scenario.
func Explain(s *Scenario) []byte {
	p := printer{docs: true}
	p.WriteString("# " + s.Name + ": the effective scenario, every default shown.\n")
	p.mapping(scenarioTable().encode(s), 0)
	return []byte(p.String())
}

// Canonical returns the effective scenario as YAML without comments: what Hash is computed from.
func Canonical(s *Scenario) []byte {
	var p printer
	p.mapping(scenarioTable().encode(s), 0)
	return []byte(p.String())
}

// Hash names the scenario by its meaning: the SHA-256 of Canonical in hexadecimal. Comments, order of keys
// and defaults written out do not change it; the order of hosts, links and applications does.
func (s *Scenario) Hash() string {
	sum := sha256.Sum256(Canonical(s))
	return hex.EncodeToString(sum[:])
}

// printer writes a tree. Comments begin at one column where they can.
type printer struct {
	strings.Builder
	docs bool
}

const docColumn = 44

// line writes one line; indent is in spaces and already part of text.
func (p *printer) line(text, doc string) {
	text = strings.TrimRight(text, " ")
	p.WriteString(text)
	if p.docs && doc != "" {
		p.WriteString(strings.Repeat(" ", max(docColumn-utf8.RuneCountInString(text), 2)) + "# " + doc)
	}
	p.WriteByte('\n')
}

func (p *printer) mapping(t *tree, indent int) {
	for _, b := range t.keys {
		p.entry(strings.Repeat(" ", indent)+b.name+":", b.doc, b.value, indent)
	}
}

// entry writes a value after its key or dash; nested lines are indented further than indent.
func (p *printer) entry(head, doc string, v *tree, indent int) {
	switch {
	case v.kind == mappingTree && len(v.keys) == 0:
		p.line(head+" {}", doc)
	case v.kind == mappingTree:
		p.line(head, doc)
		p.mapping(v, indent+2)
	case v.kind == listTree && len(v.items) == 0:
		p.line(head+" []", doc)
	case v.kind == listTree && v.flat():
		var words []string
		for _, item := range v.items {
			words = append(words, scalarText(item))
		}
		p.line(head+" ["+strings.Join(words, ", ")+"]", doc)
	case v.kind == listTree:
		p.line(head, doc)
		for _, item := range v.items {
			p.item(item, indent+2)
		}
	case (v.block || strings.Contains(v.text, "\n")) && blockSafe(v.text):
		p.line(head+" |-", doc)
		for _, l := range strings.Split(v.text, "\n") {
			if l != "" {
				l = strings.Repeat(" ", indent+2) + l
			}
			p.WriteString(l + "\n")
		}
	default:
		p.line(head+" "+scalarText(v), doc)
	}
}

// item writes one element of a list, the dash at indent.
func (p *printer) item(item *tree, indent int) {
	dash := strings.Repeat(" ", indent) + "- "
	if item.kind != mappingTree || len(item.keys) == 0 {
		p.entry(dash[:len(dash)-1], "", item, indent)
		return
	}
	for i, b := range item.keys {
		if i > 0 {
			dash = strings.Repeat(" ", indent+2)
		}
		p.entry(dash+b.name+":", b.doc, b.value, indent+2)
	}
}

// flat tells that a list has scalars only.
func (t *tree) flat() bool {
	for _, item := range t.items {
		if item.kind != scalarTree {
			return false
		}
	}
	return true
}

// blockSafe tells that a text of several lines can stand as a literal block.
func blockSafe(s string) bool {
	if s != strings.TrimSpace(s) {
		return false // its own white space would be taken for indentation, or lost
	}
	for _, r := range s {
		if r != '\n' && special(r) {
			return false
		}
	}
	return true
}

// special tells that a character is written as an escape.
func special(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff ||
		r >= 0xd800 && r < 0xe000 || r >= 0xfffe && r <= 0xffff
}

// scalarText returns a scalar as it stands in YAML.
func scalarText(t *tree) string {
	if !t.free || !t.quoted && plainSafe(t.text) {
		return t.text
	}
	return quoted(t.text)
}

// quoted writes a text between quotation marks.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case special(r):
			hexa := strconv.FormatInt(int64(r), 16)
			b.WriteString(`\u` + strings.Repeat("0", 4-len(hexa)) + hexa)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// plainSafe tells that a free text needs no quotation marks: simple characters, and no other meaning in YAML.
func plainSafe(s string) bool {
	for i, c := range []byte(s) {
		simple := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !simple && (i == 0 || !strings.ContainsRune(" ._/-+()=?", rune(c))) {
			return false
		}
	}
	var doc yaml.Node
	if yaml.Unmarshal([]byte(s), &doc) != nil || len(doc.Content) != 1 {
		return false
	}
	n := doc.Content[0]
	return n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value == s
}
