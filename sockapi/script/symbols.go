package script

import (
	"sort"

	"go.starlark.net/starlark"
)

// entry is a function that scripts can call.
type entry struct {
	name string
	call func(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)
}

// methods are the methods of one type of value.
type methods map[string]*starlark.Builtin

func newMethods(all ...entry) methods {
	m := make(methods, len(all))
	for _, e := range all {
		m[e.name] = starlark.NewBuiltin(e.name, e.call)
	}
	return m
}

// method returns a method of v, or nil.
func method(m methods, v starlark.Value, name string) (starlark.Value, error) {
	b, ok := m[name]
	if !ok {
		return nil, nil
	}
	return b.BindReceiver(v), nil
}

// table holds the predeclared names of scripts: read only once it is made.
type table struct {
	values starlark.StringDict
	names  []string // sorted
}

func newTable() *table {
	t := &table{values: starlark.StringDict{}}
	for _, e := range builtinEntries() {
		t.add(e.name, starlark.NewBuiltin(e.name, e.call))
	}
	for _, c := range constants() {
		t.add(c.name, c.value)
	}
	t.add("args", starlark.None) // of each run
	t.add("host", starlark.None)
	for _, e := range append(universeEntries(), guardEntries()...) {
		t.add(e.name, starlark.NewBuiltin(e.name, e.call))
	}
	sort.Strings(t.names)
	return t
}

func (t *table) add(name string, v starlark.Value) {
	if t.values[name] != nil {
		panic("script: the name " + name + " has two values")
	}
	t.values[name] = v
	if !isGuard(name) {
		t.names = append(t.names, name)
	}
}

// symbols are the names of every script. Only Compile refers to them: a Program has its table.
var symbols = newTable()

// constant is a predeclared value.
type constant struct {
	name  string
	value starlark.Value
}

func namesOf(all []entry) []string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.name
	}
	sort.Strings(names)
	return names
}
