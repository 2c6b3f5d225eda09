package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpsim/scenarios/spec"
)

// TestBad loads each wrong scenario of testdata/bad and compares all that is said about it with the .txt file
// beside it. Lines at the top of the form "# --set path=value" are overrides.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d wrong scenarios: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sets []string
		for line := range strings.Lines(string(data)) {
			set, ok := strings.CutPrefix(line, "# --set ")
			if !ok {
				break
			}
			sets = append(sets, strings.TrimSuffix(set, "\n"))
		}
		s, problems := spec.Load(filepath.Base(file), data, sets)
		if problems.Err() == nil || s != nil {
			t.Errorf("%s has no problem", file)
			continue
		}
		got := problems.Error() + "\n"
		golden := strings.TrimSuffix(file, ".yaml") + ".txt"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
