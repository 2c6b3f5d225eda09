package build_test

import (
	"os"
	"strings"
	"testing"

	"mpsim/scenarios/build"
)

// TestDatacenterPage runs every example of docs/datacenter.md for some milliseconds.
func TestDatacenterPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/datacenter.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "```yaml\n")
	n := 0
	for ; found; n++ {
		example, after, closed := strings.Cut(rest, "```")
		if !closed {
			t.Fatal("an example has no end")
		}
		ran(t, "duration: 8ms\n"+example, build.Options{})
		_, rest, found = strings.Cut(after, "```yaml\n")
	}
	if n < 8 {
		t.Errorf("only %d examples", n)
	}
}
