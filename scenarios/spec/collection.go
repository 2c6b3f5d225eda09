package spec

import (
	"strconv"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// named is a mapping from names, which are free, to elements; the order of the file is kept. what is one
// element ("link").
func named[T any](what string, c codec[T], name func(*T) *string) codec[[]T] {
	return codec[[]T]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]T) bool {
			list, ok := d.entries(n, path, path[lastDot(path):],
				"one "+what+" a line: its name, a colon, and below it what it is")
			for _, e := range list {
				at := join(path, e.key.Value)
				d.note(at, e.key, e.value)
				if msg := wrongName(e.key.Value); msg != "" {
					d.bad(e.key, at, what+" name "+quote(e.key.Value)+" "+msg, nameHint)
					ok = false
					continue
				}
				var t T
				*name(&t) = e.key.Value
				ok = c.decode(d, e.value, at, &t) && ok
				*v = append(*v, t)
			}
			return ok
		},
		encode: func(v *[]T) *tree {
			out := &tree{kind: mappingTree}
			for i := range *v {
				out.add(*name(&(*v)[i]), "", c.encode(&(*v)[i]))
			}
			return out
		},
		schema: func() object {
			return object{
				"type": "object", "additionalProperties": false,
				"patternProperties": object{namePattern: c.schema(), "^x-": object{}},
			}
		},
	}
}

func lastDot(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return i + 1
		}
	}
	return 0
}

const (
	// Names may not begin with "x-", which marks keys that are ignored, so an x needs something else after it.
	namePattern = `^([A-Za-wyz]|[Xx]([A-Za-z0-9_]|$))[A-Za-z0-9_-]*$`
	nameHint    = "a letter, then letters, digits, - and _"
)

// wrongName returns what is wrong with a name of a host, link, application ..., or "".
func wrongName(s string) string {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return "has " + quote(string([]rune(s[i:])[:1])) + " in it"
		}
	}
	switch {
	case s == "":
		return "is empty"
	case len(s) > 40:
		return "is longer than 40 characters"
	}
	return ""
}

// list is a sequence of elements. name, if not nil, returns an element's own name, by which paths call it;
// names must differ.
func list[T any](what string, c codec[T], name func(*T) string) codec[[]T] {
	return codec[[]T]{
		decode: func(d *decoder, n *yaml.Node, path string, v *[]T) bool {
			if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
				*v = nil
				return true
			}
			if n.Kind != yaml.SequenceNode {
				d.bad(n, path, path[lastDot(path):]+" is "+kindOf(n)+", not a list",
					"one "+what+" a line, each after a dash")
				return false
			}
			ok := d.plain(n, path)
			*v = nil
			for i, item := range n.Content {
				at := join(path, strconv.Itoa(i))
				if own := nameOf(item); own != "" && name != nil {
					at = join(path, own)
					if first, twice := d.at[at]; twice {
						d.bad(item, at, "a second "+what+" is named "+quote(own), "the first is at "+first.String())
						ok = false
					}
				}
				d.note(at, nil, item)
				var t T
				ok = c.decode(d, item, at, &t) && ok
				*v = append(*v, t)
			}
			return ok
		},
		encode: func(v *[]T) *tree {
			out := &tree{kind: listTree}
			for i := range *v {
				out.items = append(out.items, c.encode(&(*v)[i]))
			}
			return out
		},
		schema: func() object { return object{"type": []string{"array", "null"}, "items": c.schema()} },
	}
}

// none is the word for an optional value that is absent.
const none = "none"

func isNone(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == none && n.Tag == "!!str"
}

// orNone is a value or the word none.
func orNone[T any](c codec[T]) codec[*T] {
	return codec[*T]{
		decode: func(d *decoder, n *yaml.Node, path string, v **T) bool {
			if isNone(n) {
				*v = nil
				return true
			}
			t := new(T)
			*v = t
			return c.decode(d, n, path, t)
		},
		encode: func(v **T) *tree {
			if *v == nil {
				return &tree{text: none}
			}
			return c.encode(*v)
		},
		schema: func() object { return anyOf(object{"const": none}, c.schema()) },
	}
}

// maybe is a value that may be left out, for which nothing is shown then.
func maybe[T any](c codec[T]) codec[*T] {
	return codec[*T]{
		decode: func(d *decoder, n *yaml.Node, path string, v **T) bool {
			*v = new(T)
			return c.decode(d, n, path, *v)
		},
		encode: func(v **T) *tree {
			if *v == nil {
				return nil
			}
			return c.encode(*v)
		},
		schema: c.schema,
	}
}

// zeroIs is a value whose zero is written as a word, such as none or unlimited.
func zeroIs[T comparable](word string, c codec[T]) codec[T] {
	var zero T
	return codec[T]{
		decode: func(d *decoder, n *yaml.Node, path string, v *T) bool {
			if n.Kind == yaml.ScalarNode && n.Value == word && n.Tag == "!!str" {
				*v = zero
				return true
			}
			return c.decode(d, n, path, v)
		},
		encode: func(v *T) *tree {
			if *v == zero {
				return &tree{text: word}
			}
			return c.encode(v)
		},
		schema: func() object { return anyOf(object{"const": word}, c.schema()) },
	}
}

// wordOr is a duration of zero or more, or a word that stands for what follows from elsewhere, kept as -1.
func wordOr(word string, c codec[unit.Duration]) codec[unit.Duration] {
	return codec[unit.Duration]{
		decode: func(d *decoder, n *yaml.Node, path string, v *unit.Duration) bool {
			if n.Kind == yaml.ScalarNode && n.Value == word {
				*v = -1
				return true
			}
			return c.decode(d, n, path, v)
		},
		encode: func(v *unit.Duration) *tree {
			if *v < 0 {
				return &tree{text: word}
			}
			return c.encode(v)
		},
		schema: func() object { return anyOf(object{"const": word}, c.schema()) },
	}
}

func anyOf(a, b object) object { return object{"anyOf": []any{a, b}} }
