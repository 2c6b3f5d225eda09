package drill_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/sockapi/drill"
)

// TestScripts runs every script of testdata; those of failing/ have to fail as the file beside them tells.
func TestScripts(t *testing.T) {
	n := 0
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pkt") || strings.HasPrefix(path, "testdata/failing") {
			return err
		}
		n++
		t.Run(strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".pkt"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := drill.Run(path, string(text), drill.Config{Strict: true})
			if r.Bad != nil {
				t.Error(r.Bad)
			} else if r.Failure != nil {
				t.Error(r.Failure)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 80 {
		t.Errorf("%d scripts found, there should be 80 and more", n)
	}
}

// TestFailing runs scripts that must not pass; behind the line of dashes stands what has to be told.
func TestFailing(t *testing.T) {
	files, err := filepath.Glob("testdata/failing/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, want, _ := strings.Cut(string(data), "\n---\n")
			r := drill.Run("script", text, drill.Config{Strict: true})
			got := "passed"
			if r.Bad != nil {
				got = r.Bad.Error()
			} else if r.Failure != nil {
				got = r.Failure.Error()
			}
			if got != strings.TrimSpace(want) {
				t.Errorf("told:\n%s\nwanted:\n%s", got, strings.TrimSpace(want))
			}
		})
	}
}

// TestTrace checks that a run can be followed, and that two runs of one script are the same.
func TestTrace(t *testing.T) {
	text, err := os.ReadFile("testdata/mptcp/join/server.pkt")
	if err != nil {
		t.Fatal(err)
	}
	run := func() string {
		var b strings.Builder
		r := drill.Run("script", string(text), drill.Config{Strict: true, Trace: func(line string) { b.WriteString(line + "\n") }})
		if !r.Passed() {
			t.Fatal(r.Bad, r.Failure)
		}
		return b.String()
	}
	a, b := run(), run()
	if a != b {
		t.Error("two runs of one script differ")
	}
	if n := strings.Count(a, "\n"); n < 15 || !strings.Contains(a, "mp_join") {
		t.Errorf("the trace has %d lines:\n%s", n, a)
	}
}
