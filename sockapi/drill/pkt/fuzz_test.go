package pkt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse reads anything: no panic, and a mistake has a place inside the text.
func FuzzParse(f *testing.F) {
	err := filepath.WalkDir("../testdata", func(path string, _ fs.DirEntry, err error) error {
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
		s, err := Parse("s", text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("the error is no *Error: %v", err)
			}
			lines := strings.Split(text, "\n")
			if e.Line < 1 || e.Line > len(lines) || e.Col < 1 || e.Col > len(lines[e.Line-1])+1 {
				t.Fatalf("%v lies outside the text", e)
			}
			return
		}
		if len(s.Events) == 0 {
			t.Fatal("a script without events")
		}
	})
}
