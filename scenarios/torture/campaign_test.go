package torture

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	worlds = flag.Int("worlds", 300, "worlds of TestWorlds")
	first  = flag.Uint64("first", 1, "first seed of TestWorlds")
)

// report fails for each world with violations.
func report(t *testing.T) func(seed uint64, o *Outcome) bool {
	return func(seed uint64, o *Outcome) bool {
		for _, v := range o.Violations {
			t.Errorf("seed %d: %v\n%s", seed, v, v.Info)
			break
		}
		return true
	}
}

func TestWorlds(t *testing.T) {
	began := time.Now()
	c := Campaign{Seed: *first, Worlds: *worlds, Twice: 16, Done: report(t)}
	s := c.Run(context.Background())
	t.Logf("%d worlds, %d events, %v, failed %v, %v", s.Worlds, s.Events, time.Since(began), s.Failed, s.Coverage)
}

// TestRegressions replays the small files of bugs that were found and mended.
func TestRegressions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range Check(f, data).Violations {
			t.Errorf("%s: %v\n%s", f, v, v.Info)
		}
	}
}
