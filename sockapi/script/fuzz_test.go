package script_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sockapi/script"
)

// FuzzScript runs any text as a script, twice: it must neither panic nor take long, and do the same each time.
func FuzzScript(f *testing.F) {
	for _, h := range hostile {
		f.Add("SHARED = []\ndef main():\n  " + strings.ReplaceAll(h.body, "\n", "\n  ") + "\n")
	}
	files, err := filepath.Glob("testdata/run/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, test := range strings.Split(string(text), "\n\n") {
			body, _, _ := strings.Cut(strings.TrimPrefix(test, "run\n"), "----")
			for _, p := range parts(body) {
				f.Add(p.text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := script.Compile("fuzz.star", []byte(text))
		if err != nil {
			var all script.CompileError
			if !errors.As(err, &all) || len(all) == 0 || all[0].Pos.File != "fuzz.star" {
				t.Fatalf("the error has no place: %v", err)
			}
			return
		}
		digest, message := fuzzed(t, p)
		again, same := fuzzed(t, p)
		if digest != again || message != same {
			t.Fatalf("%s and %s, %q and %q", digest, again, message, same)
		}
	})
}

// fuzzed runs a script on the phone for two virtual seconds and returns the digest and the first error.
func fuzzed(t *testing.T, p *script.Program) (digest, message string) {
	w := newWorld()
	c := w.config(w.phone, "fuzz")
	c.Limits = script.Limits{StepsAtOnce: 50_000, Steps: 200_000, Memory: 4 << 20, Value: 1 << 20, Tasks: 20, LogLines: 50,
		Rows: 50}
	r := p.Start(c)
	w.Run(sim.Time(2e9))
	if err := r.Err(); err != nil {
		message = err.Error()
		if e := r.Errors()[0]; e.Pos.Line < 1 {
			t.Errorf("the error has no place: %v", e)
		}
	}
	digest = w.Digest()
	w.Close()
	return digest, message
}
