package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed basics/*.yaml handover/*.yaml middlebox/*.yaml attack/*.yaml datacenter/*.yaml
//go:embed api
var files embed.FS

//go:embed traces/*.down traces/*.up
var traces embed.FS

// Entry is one shipped scenario.
type Entry struct {
	Name  string // as in "handover/full"
	Title string // one line
}

// List returns the shipped scenarios in alphabetical order of their names.
func List() []Entry {
	var list []Entry
	names, err := fs.Glob(files, "*/*.yaml")
	if err != nil {
		panic("scenarios: " + err.Error()) // only a malformed pattern is an error
	}
	slices.Sort(names)
	for _, file := range names {
		data, err := files.ReadFile(file)
		if err != nil {
			panic("scenarios: " + err.Error()) // it was listed
		}
		list = append(list, Entry{Name: strings.TrimSuffix(file, ".yaml"), Title: title(string(data))})
	}
	return list
}

// title returns the value of the top-level key title, which is on one line by this folder's convention.
func title(text string) string {
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(line, "title: "); ok {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return ""
}

// Get returns a shipped scenario's text. The error names the scenarios that there are.
func Get(name string) ([]byte, error) {
	data, err := files.ReadFile(strings.TrimSuffix(name, ".yaml") + ".yaml")
	if err != nil {
		var names []string
		for _, e := range List() {
			names = append(names, e.Name)
		}
		return nil, fmt.Errorf("no scenario %q comes with mpsim (there are %s)", name, strings.Join(names, ", "))
	}
	return data, nil
}

// Trace returns a shipped trace in mahimahi's format, named as after "shipped:" in a scenario. The error
// names the traces that there are.
func Trace(name string) ([]byte, error) {
	data, err := traces.ReadFile("traces/" + name)
	if err != nil {
		return nil, fmt.Errorf("no trace %q comes with mpsim (there are %s)", name, strings.Join(Traces(), ", "))
	}
	return data, nil
}

// Traces returns the names of the shipped traces in alphabetical order.
func Traces() []string {
	names, err := fs.Glob(traces, "traces/*")
	if err != nil {
		panic("scenarios: " + err.Error()) // only a malformed pattern is an error
	}
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "traces/")
	}
	slices.Sort(names)
	return names
}

// Script returns the text of a script that comes with mpsim, named as after "shipped:" in a scenario
// (api/refresh.star). The error names the scripts that there are.
func Script(name string) ([]byte, error) {
	data, err := files.ReadFile(name)
	if err == nil && strings.HasSuffix(name, ".star") {
		return data, nil
	}
	names, err := fs.Glob(files, "*/*.star")
	if err != nil {
		panic("scenarios: " + err.Error()) // only a malformed pattern is an error
	}
	known := strings.Join(names, ", ")
	if known == "" {
		known = "none"
	}
	return nil, fmt.Errorf("no script %q comes with mpsim (there are: %s)", name, known)
}
