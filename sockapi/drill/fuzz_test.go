package drill_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/sockapi/drill"
	"mpsim/sockapi/drill/pkt"
)

// FuzzRun runs any script that can be read: it passes, fails or is refused, and neither the runner nor the
// stacks panic. Scripts that last longer than a minute are left out, as they only take time.
func FuzzRun(f *testing.F) {
	err := filepath.WalkDir("testdata", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".pkt") {
			return err
		}
		data, err := os.ReadFile(path)
		f.Add(string(data))
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := pkt.Parse("s", text)
		if err != nil || len(s.Events) > 200 || strings.Contains(text, "sleep") {
			return
		}
		for _, e := range s.Events {
			const minute = 60e9
			if e.Time.Start > minute || e.Time.End > minute || e.Call != nil && e.Call.End > minute {
				return
			}
		}
		drill.Run("s", text, drill.Config{})
	})
}
