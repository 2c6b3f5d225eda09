package torture

import (
	"context"
	"slices"

	"gopkg.in/yaml.v3"

	"mpsim/scenarios/spec"
)

// Shrink makes a failing scenario file smaller while it still has a violation of the kind: it drops what it
// can from lists and mappings, whole paths and applications first, then halves numbers (delta debugging).
// tries bounds the worlds that it runs. The result is the input if nothing could be dropped.
func Shrink(ctx context.Context, name string, data []byte, o Options, kind Kind, tries int) []byte {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) != 1 {
		return data
	}
	s := &shrinker{ctx: ctx, name: name, options: o, kind: kind, left: tries, best: doc.Content[0]}
	for s.round() && s.left > 0 {
	}
	return print(s.best)
}

type shrinker struct {
	ctx     context.Context
	name    string
	kind    Kind
	options Options
	left    int
	best    *yaml.Node
}

// round tries every reduction once, large ones first, and tells whether any held.
func (s *shrinker) round() bool {
	smaller := false
	for _, pass := range []func() bool{s.dropPaths, s.dropItems, s.dropKeys, s.halve} {
		smaller = pass() || smaller
	}
	return smaller
}

// try keeps a changed copy of the best document if it still fails in the same way.
func (s *shrinker) try(change func(doc *yaml.Node) bool) bool {
	if s.left <= 0 || s.ctx.Err() != nil {
		return false
	}
	doc := clone(s.best)
	if !change(doc) {
		return false
	}
	text := print(doc)
	if loaded, problems := spec.Load(s.name, text, nil); len(problems) == 0 && endless(loaded) {
		return false // a file without end shows nothing better
	}
	o := Check(s.name, text, s.options)
	if !slices.Contains(o.Kinds(), Invalid) {
		s.left-- // what does not load costs nothing
	}
	if !slices.Contains(o.Kinds(), s.kind) {
		return false
	}
	s.best = doc
	return true
}

// dropPaths takes away a link with the interfaces at its ends, or a router between two links.
func (s *shrinker) dropPaths() bool {
	smaller := false
	for i := 0; ; {
		links := get(s.best, "links")
		if links == nil || 2*i >= len(links.Content) {
			return smaller
		}
		if s.try(func(doc *yaml.Node) bool { return dropLink(doc, i) }) {
			smaller = true
		} else {
			i++
		}
	}
}

// dropLink removes the i-th link and what hangs on it.
func dropLink(doc *yaml.Node, i int) bool {
	links := get(doc, "links")
	between := get(links.Content[2*i+1], "between")
	links.Content = slices.Delete(links.Content, 2*i, 2*i+2)
	if between == nil {
		return true
	}
	for _, end := range between.Content {
		dropEnd(doc, end.Value)
	}
	return true
}

// dropEnd removes what a link was joined to: an interface, and its host if it was the last one.
func dropEnd(doc *yaml.Node, end string) {
	hosts := get(doc, "hosts")
	for k := 0; hosts != nil && k+1 < len(hosts.Content); k += 2 {
		host := hosts.Content[k].Value
		if len(end) <= len(host)+1 || end[:len(host)+1] != host+"." {
			continue
		}
		ifaces := get(hosts.Content[k+1], "interfaces")
		remove(ifaces, end[len(host)+1:])
		if ifaces != nil && len(ifaces.Content) == 0 {
			remove(hosts, host)
		}
		return
	}
	links := get(doc, "links") // a router: its other link goes when it was one of two
	var others []int
	for i := 0; i+1 < len(links.Content); i += 2 {
		if b := get(links.Content[i+1], "between"); b != nil && (b.Content[0].Value == end ||
			b.Content[1].Value == end) {
			others = append(others, i/2)
		}
	}
	if len(others) == 1 {
		dropRouter(doc, end)
		dropLink(doc, others[0])
	}
}

func dropRouter(doc *yaml.Node, name string) {
	if list := get(doc, "routers"); list != nil {
		list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n.Value == name })
	}
}

// place is a node of the document by the way to it.
type place []int

func (p place) in(doc *yaml.Node) *yaml.Node {
	for _, i := range p {
		if i >= len(doc.Content) {
			return nil
		}
		doc = doc.Content[i]
	}
	return doc
}

// places lists the nodes of a kind, outer ones first.
func places(n *yaml.Node, kind yaml.Kind, at place, out *[]place) {
	if n.Kind == kind {
		*out = append(*out, slices.Clone(at))
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // a key
		}
		places(c, kind, append(at, i), out)
	}
}

// dropItems shortens lists: halves of them first, then one item after the other.
func (s *shrinker) dropItems() bool {
	smaller := false
	var lists []place
	places(s.best, yaml.SequenceNode, nil, &lists)
	for _, p := range lists {
		n := p.in(s.best)
		if n == nil || n.Kind != yaml.SequenceNode {
			continue
		}
		for size := (len(n.Content) + 1) / 2; size > 0; size /= 2 {
			for from := 0; ; {
				n := p.in(s.best)
				if n == nil || from+size > len(n.Content) {
					break
				}
				if s.try(func(doc *yaml.Node) bool {
					list := p.in(doc)
					list.Content = slices.Delete(list.Content, from, from+size)
					return true
				}) {
					smaller = true
				} else {
					from += size
				}
			}
		}
	}
	return smaller
}

// dropKeys gives values back to their defaults.
func (s *shrinker) dropKeys() bool {
	smaller := false
	var maps []place
	places(s.best, yaml.MappingNode, nil, &maps)
	for _, p := range maps {
		for i := 0; ; {
			n := p.in(s.best)
			if n == nil || n.Kind != yaml.MappingNode || i+1 >= len(n.Content) {
				break
			}
			if s.try(func(doc *yaml.Node) bool {
				m := p.in(doc)
				m.Content = slices.Delete(m.Content, i, i+2)
				return true
			}) {
				smaller = true
			} else {
				i += 2
			}
		}
	}
	return smaller
}

// halve makes numbers smaller: sizes, counts and times.
func (s *shrinker) halve() bool {
	smaller := false
	var scalars []place
	places(s.best, yaml.ScalarNode, nil, &scalars)
	for _, p := range scalars {
		if len(p) == 1 { // top-level values such as seed and duration decide too much
			continue
		}
		for s.try(func(doc *yaml.Node) bool {
			n := p.in(doc)
			if n == nil {
				return false
			}
			v, ok := halved(n.Value)
			n.Value = v
			return ok
		}) {
			smaller = true
		}
	}
	return smaller
}

// halved returns half of a whole number with its unit.
func halved(text string) (string, bool) {
	digits, n := 0, 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' && digits < 9 {
		n = 10*n + int(text[digits]-'0')
		digits++
	}
	switch text[digits:] {
	case "", " B", "ms", "%", " packets":
	default: // rates stay: a slow world is no smaller
		return text, false
	}
	if digits == 0 || n < 2 {
		return text, false
	}
	return scalar("%d%s", n/2, text[digits:]).Value, true
}

// Expectation returns the text of a shrunk file with what it shows written at its top.
func Expectation(data []byte, v Violation) []byte {
	head := "# " + v.String() + "\n# mpsim torture --replay THIS-FILE\n"
	return append([]byte(head), data...)
}
