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
			r := drill.Run(path, string(text), drill.Config{})
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
	if n < 40 {
		t.Errorf("%d scripts found, there should be 40 and more", n)
	}
}
