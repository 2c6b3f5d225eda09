package spec

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// codec reads, prints and describes one type of value.
type codec[V any] struct {
	// decode reads n into *v. It reports what is wrong and returns false, and leaves *v usable.
	decode func(d *decoder, n *yaml.Node, path string, v *V) bool
	encode func(v *V) *tree
	schema func() object
}

// object is a JSON object: a part of a JSON Schema.
type object = map[string]any

// field is one key of a mapping that describes a T. Tables of fields drive decoding, schema and explanation.
type field[T any] struct {
	name, doc string
	required  bool
	def       string // the default, as in a file; empty: none, or it depends on other fields
	// defBy returns the default where it depends on the fields before this one; "": none.
	defBy func(t *T) string
	// unless tells that a required field may be left out after all.
	unless func(t *T) bool
	aka    []string // what others call it: for hints only
	// when returns why the field has no place in t, or "": "belongs to kind bulk".
	when func(t *T) string
	// then runs when the field has its value, given or default: fields after it may depend on it.
	then func(d *decoder, path string, t *T)

	decode func(d *decoder, n *yaml.Node, path string, t *T) bool
	encode func(t *T) *tree // nil: nothing to show
	schema func() object
}

// key makes a field from the codec of its value and the place of the value in a T.
func key[T, V any](name string, c codec[V], at func(*T) *V, doc string, options ...func(*field[T])) field[T] {
	f := field[T]{
		name: name, doc: doc, schema: c.schema,
		decode: func(d *decoder, n *yaml.Node, path string, t *T) bool { return c.decode(d, n, path, at(t)) },
		encode: func(t *T) *tree { return c.encode(at(t)) },
	}
	for _, o := range options {
		o(&f)
	}
	return f
}

// Options of a field.
func required[T any](f *field[T]) { f.required = true }

func def[T any](text string) func(*field[T]) { return func(f *field[T]) { f.def = text } }

// defBy is def where the default depends on the fields before.
func defBy[T any](text func(*T) string) func(*field[T]) { return func(f *field[T]) { f.defBy = text } }

// requiredUnless is required, except where the fields before make it needless.
func requiredUnless[T any](not func(*T) bool) func(*field[T]) {
	return func(f *field[T]) { f.required, f.unless = true, not }
}

func aka[T any](words ...string) func(*field[T]) { return func(f *field[T]) { f.aka = words } }

func when[T any](why func(*T) string) func(*field[T]) { return func(f *field[T]) { f.when = why } }

func then[T any](run func(d *decoder, path string, t *T)) func(*field[T]) {
	return func(f *field[T]) { f.then = run }
}

// table describes one type of mapping.
type table[T any] struct {
	what   string // for messages: "link"
	fields []field[T]
	// check holds the rules between fields; called only if each field is right by itself.
	check func(d *decoder, path string, t *T)
	// hints are for keys that do not exist, where no key is meant.
	hints map[string]string
	// override: the T holds values already, which fields that are not given keep.
	override bool
}

// lift makes the fields of a part of T into fields of T.
func lift[T, P any](fields []field[P], at func(*T) *P) []field[T] {
	var lifted []field[T]
	for _, f := range fields {
		l := field[T]{
			name: f.name, doc: f.doc, required: f.required, def: f.def, aka: f.aka, schema: f.schema,
			decode: func(d *decoder, n *yaml.Node, path string, t *T) bool { return f.decode(d, n, path, at(t)) },
			encode: func(t *T) *tree { return f.encode(at(t)) },
		}
		if f.defBy != nil {
			l.defBy = func(t *T) string { return f.defBy(at(t)) }
		}
		if f.unless != nil {
			l.unless = func(t *T) bool { return f.unless(at(t)) }
		}
		if f.when != nil {
			l.when = func(t *T) string { return f.when(at(t)) }
		}
		if f.then != nil {
			l.then = func(d *decoder, path string, t *T) { f.then(d, path, at(t)) }
		}
		lifted = append(lifted, l)
	}
	return lifted
}

// decode reads the mapping n into t.
func (tb *table[T]) decode(d *decoder, n *yaml.Node, path string, t *T) bool {
	list, ok := d.entries(n, path, tb.what, "its keys are "+strings.Join(tb.names(), ", "))
	if !ok {
		return false
	}
	before := len(d.problems)
	given, meant := map[string]entry{}, map[string]bool{}
	for _, e := range list {
		d.note(join(path, e.key.Value), e.key, e.value)
		if tb.field(e.key.Value) == nil {
			hint, known := tb.suggest(e.key.Value)
			meant[known] = true
			d.bad(e.key, join(path, e.key.Value), "unknown key "+quote(e.key.Value)+tb.place(), hint)
			continue
		}
		given[e.key.Value] = e
	}
	for i := range tb.fields {
		f := &tb.fields[i]
		e, isGiven := given[f.name]
		at := join(path, f.name)
		switch {
		case isGiven && f.when != nil && f.when(t) != "":
			d.bad(e.key, at, quote(f.name)+" "+f.when(t), "")
		case isGiven:
			f.decode(d, e.value, at, t)
		case f.required && f.when != nil && (f.when(t) != "" || len(d.problems) > before):
		case f.required && f.unless != nil && f.unless(t):
		case f.required && !tb.override && !meant[f.name]: // a misspelt key is enough of a problem
			d.wrong(path, quote(f.name)+" is missing"+tb.place(), f.doc)
		case !tb.override && (f.when == nil || f.when(t) == "") && f.standard(t) != "":
			f.decode(d, textNode(f.standard(t)), at, t)
		}
		if f.then != nil {
			f.then(d, path, t)
		}
	}
	if tb.check != nil && len(d.problems) == before {
		tb.check(d, path, t)
	}
	return len(d.problems) == before
}

// standard returns the default of a field, or "".
func (f *field[T]) standard(t *T) string {
	if f.defBy != nil {
		return f.defBy(t)
	}
	return f.def
}

// textNode is a default's node.
func textNode(text string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) != 1 {
		panic("spec: default " + text + " is not YAML")
	}
	return doc.Content[0]
}

func (tb *table[T]) place() string {
	if tb.what == "scenario" {
		return ""
	}
	return " in " + tb.what
}

func (tb *table[T]) field(name string) *field[T] {
	for i := range tb.fields {
		if tb.fields[i].name == name {
			return &tb.fields[i]
		}
	}
	return nil
}

func (tb *table[T]) names() []string {
	var names []string
	for _, f := range tb.fields {
		names = append(names, f.name)
	}
	return names
}

// suggest returns the hint for an unknown key, and the key that is probably meant.
func (tb *table[T]) suggest(name string) (hint, known string) {
	if own := tb.hints[name]; own != "" {
		return own, ""
	}
	for _, f := range tb.fields {
		for _, word := range f.aka {
			if strings.EqualFold(word, name) {
				return "it is called " + quote(f.name) + " here", f.name
			}
		}
	}
	name = strings.ReplaceAll(name, "_", "-")
	return nearest(name, tb.names()), closest(name, tb.names())
}

// encode prints t with every field that has a place in it.
func (tb *table[T]) encode(t *T) *tree {
	out := &tree{kind: mappingTree}
	for i := range tb.fields {
		f := &tb.fields[i]
		if f.when != nil && f.when(t) != "" {
			continue
		}
		if v := f.encode(t); v != nil {
			out.add(f.name, f.doc, v)
		}
	}
	return out
}

func (tb *table[T]) schema() object {
	props := object{}
	var need []string
	for i := range tb.fields {
		f := &tb.fields[i]
		s := f.schema()
		s["description"] = f.doc
		if f.def != "" {
			var v any
			if textNode(f.def).Decode(&v) == nil {
				s["default"] = v
			}
		}
		props[f.name] = s
		if f.required && f.when == nil && f.unless == nil {
			need = append(need, f.name)
		}
	}
	s := object{
		"type": "object", "properties": props,
		"patternProperties": object{"^x-": object{}}, "additionalProperties": false,
	}
	if need != nil {
		s["required"] = need
	} else {
		s["type"] = []string{"object", "null"} // "eth0:" alone is an interface with defaults
	}
	return s
}

// codec of a mapping with this table.
func (tb *table[T]) codec() codec[T] {
	return codec[T]{decode: tb.decode, encode: tb.encode, schema: tb.schema}
}
