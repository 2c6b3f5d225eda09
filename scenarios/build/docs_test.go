package build_test

import (
	"os"
	"strings"
	"testing"

	"mpsim/scenarios/build"
)

// TestPages runs every example of the pages about datacenters and traffic, as it stands there.
func TestPages(t *testing.T) {
	if n := runExamples(t, "../../docs/datacenter.md"); n < 8 {
		t.Errorf("only %d examples", n)
	}
	if n := runExamples(t, "../../docs/traffic.md"); n < 1 {
		t.Error("no examples")
	}
}

// runExamples returns how many examples a page has.
func runExamples(t *testing.T, file string) int {
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	n := 0
	for ; found; n++ {
		example, after, closed := strings.Cut(rest, "```")
		if !closed {
			t.Fatal(file + ": an example has no end")
		}
		ran(t, example, build.Options{})
		_, rest, found = strings.Cut(after, "```yaml\n")
	}
	return n
}
