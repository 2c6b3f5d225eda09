package audit

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of checks into docs/check-capture.md")

// TestDocs holds the table of docs/check-capture.md to the checks.
func TestDocs(t *testing.T) {
	var table strings.Builder
	table.WriteString("## The checks\n\n| check | severity | source | finding |\n|---|---|---|---|\n")
	for _, c := range Checks() {
		fmt.Fprintf(&table, "| `%v` | %v | %s | %s |\n", c, rules[c].severity, c.RFC(), c.Text())
	}
	path := filepath.Join("..", "..", "docs", "check-capture.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, have, ok := strings.Cut(string(text), "## The checks\n")
	if !ok {
		t.Fatal("docs/check-capture.md has no section `The checks`")
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if "## The checks\n"+have != table.String() {
		t.Error("the table of checks in docs/check-capture.md is not up to date: go test ./model/audit -update")
	}
}

// TestChecksHaveRules: each check has a name of its own, a sentence, and a test that finds it.
func TestChecksHaveRules(t *testing.T) {
	found := map[string]bool{"checksum": true, "trace-gaps": true, "paths-missing": true} // by tests of their own
	for _, c := range broken {
		for _, n := range append(c.want, c.notes...) {
			found[n] = true
		}
	}
	for _, c := range special {
		found[c] = true
	}
	seen := map[string]bool{}
	for _, c := range Checks() {
		if c.String() == "" || c.Text() == "" || seen[c.String()] {
			t.Errorf("check %d: name %q, text %q", c, c, c.Text())
		}
		seen[c.String()] = true
		if !found[c.String()] {
			t.Errorf("no test finds %v", c)
		}
	}
}
