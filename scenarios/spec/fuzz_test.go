package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
)

// FuzzLoad: no text and no override makes Load panic; what it accepts, Explain writes and Load reads back as
// the same scenario; what it refuses has a position inside the text.
func FuzzLoad(f *testing.F) {
	for _, e := range scenarios.List() {
		data, err := scenarios.Get(e.Name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "seed=2")
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/everything.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), "applications.0.start=1s")
	}
	f.Add("a: &a [*a]", "x=y")
	f.Add("duration: 1s\nhosts: {a: {interfaces: {x: }}, b: {interfaces: {x: }}}\n"+
		"links: {l: {between: [a.x, b.x]}}\napplications:", "links.l.rate=unlimited")
	f.Fuzz(func(t *testing.T, text, set string) {
		var sets []string
		if set != "" {
			sets = append(sets, set)
		}
		s, problems := spec.Load("f.yaml", []byte(text), sets)
		if problems != nil {
			lines := 1
			for _, br := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
				lines += strings.Count(text, br)
			}
			for _, p := range problems {
				if p.Line > lines || p.Col < 1 || p.Msg == "" || p.Error() == "" {
					t.Fatalf("problem with a position outside the text: %+v", p)
				}
			}
			if s != nil {
				t.Fatal("a scenario with problems")
			}
			return
		}
		explained := spec.Explain(s)
		again, problems := spec.Load("f.yaml", explained, nil)
		if problems != nil {
			t.Fatalf("explained scenario has problems:\n%v\n%s", problems, explained)
		}
		if diff := cmp.Diff(s, again, same, ignorePath); diff != "" {
			t.Fatalf("explaining changes the scenario:\n%s", diff)
		}
	})
}

// ignorePath: a trace file named by an override is relative to another folder.
var ignorePath = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Path" }, cmp.Ignore())
