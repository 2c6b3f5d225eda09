package mpsim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// conformanceRows is how many requirements each section of RFC 8684 has in model/mptcp/CONFORMANCE.md. The
// ids of a section are numbered from 1 without a gap.
var conformanceRows = map[string]int{
	"R1": 5, "R2": 14, "R3.0": 9, "R3.1": 77, "R3.2": 38, "R3.3": 11, "R3.3.1": 38, "R3.3.2": 16,
	"R3.3.3": 20, "R3.3.4": 9, "R3.3.5": 5, "R3.3.6": 11, "R3.3.7": 3, "R3.3.8": 9, "R3.4": 6,
	"R3.4.1": 32, "R3.4.2": 20, "R3.5": 17, "R3.6": 19, "R3.7": 35, "R3.8": 3, "R3.9.1": 5, "R3.9.2": 6,
	"R3.9.3": 7, "R4": 11, "R5": 12, "R6": 16, "R7": 4, "RA": 8, "RB": 10, "RC": 5, "RD": 9, "RE": 5,
}

// requirement is a row of the table: id, section, level, requirement, what shows it.
var requirement = regexp.MustCompile(`^\| (R[0-9A-E][0-9.]*)-(\d\d) \| .* \| ([^|]*) \|$`)

// TestConformance reads the table of requirements: none is missing or stands twice, each names the tests that
// show it or says why it is left out, and every test named is one that runs.
func TestConformance(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("model", "mptcp", "CONFORMANCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	tests := map[string]map[string]bool{}
	for line := range strings.Lines(string(table)) {
		m := requirement.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			if strings.HasPrefix(line, "| R") {
				t.Errorf("not a row of five columns: %s", line)
			}
			continue
		}
		id := m[1] + "-" + m[2]
		if rows[id] {
			t.Errorf("%s stands twice", id)
		}
		rows[id] = true
		if reason, ok := strings.CutPrefix(m[3], "left out: "); ok {
			if len(strings.Fields(reason)) < 4 {
				t.Errorf("%s is left out without a reason: %q", id, reason)
			}
			continue
		}
		for name := range strings.SplitSeq(m[3], ", ") {
			shownBy(t, tests, id, name)
		}
	}
	total := 0
	for section, n := range conformanceRows {
		total += n
		for i := 1; i <= n; i++ {
			if id := section + "-" + string(rune('0'+i/10)) + string(rune('0'+i%10)); !rows[id] {
				t.Errorf("%s has no row", id)
			}
		}
	}
	if len(rows) != total {
		t.Errorf("%d rows, want %d", len(rows), total)
	}
}

// shownBy checks that a test exists: a packet script, which its package's tests run with all others of its
// folder, or a Go test written as package folder, dot, name.
func shownBy(t *testing.T, tests map[string]map[string]bool, id, name string) {
	t.Helper()
	if strings.HasSuffix(name, ".pkt") {
		if _, err := os.Stat(filepath.FromSlash(name)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		return
	}
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		t.Errorf("%s: %q is neither a script nor a test", id, name)
		return
	}
	dir, test := name[:i], name[i+1:]
	if tests[dir] == nil {
		tests[dir] = testFuncs(t, dir)
	}
	if !tests[dir][test] {
		t.Errorf("%s: no test %s in %s", id, test, dir)
	}
}

// testFuncs lists the test and fuzz functions of a package folder that an ordinary run includes.
func testFuncs(t *testing.T, dir string) map[string]bool {
	t.Helper()
	funcs := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if constrained(f) {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") ||
				strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				funcs[fn.Name.Name] = true
			}
		}
	}
	return funcs
}

// constrained tells that a file is built only under a condition.
func constrained(f *ast.File) bool {
	for _, c := range f.Comments {
		for _, line := range c.List {
			if c.Pos() < f.Package && strings.HasPrefix(line.Text, "//go:build") {
				return true
			}
		}
	}
	return false
}
