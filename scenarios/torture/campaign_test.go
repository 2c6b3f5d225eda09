package torture

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/scenarios/spec"
)

var (
	worldsFlag = flag.Int("worlds", 300, "worlds of TestWorlds")
	except     = flag.String("except", "", "seeds that TestFirstViolation passes over")
	first      = flag.Uint64("first", 1, "first seed of TestWorlds")
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

// TestWorlds runs a row of worlds that is the same every time, and one that is new every day: its seed is
// printed.
func TestWorlds(t *testing.T) {
	today := uint64(time.Now().UTC().Unix()/86_400) * 10_000
	for _, row := range []struct {
		name  string
		first uint64
		n     int
	}{{"fixed", *first, *worldsFlag}, {fmt.Sprintf("today, from seed %d", today), today, *worldsFlag / 3}} {
		t.Run(row.name, func(t *testing.T) {
			c := Campaign{Seed: row.first, Worlds: row.n, Twice: 16, Done: report(t)}
			s := c.Run(t.Context())
			t.Logf("%d worlds, %d events, failed %v", s.Worlds, s.Events, s.Failed)
		})
	}
}

// TestGenerate holds generated worlds to be valid and the same every time.
func TestGenerate(t *testing.T) {
	for seed := range uint64(300) {
		text := Generate(seed)
		if string(text) != string(Generate(seed)) {
			t.Fatalf("seed %d: two texts", seed)
		}
		if _, problems := spec.Load(Name(seed), text, nil); len(problems) > 0 {
			t.Errorf("seed %d: %v", seed, problems)
		}
	}
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
		for _, v := range Check(f, data, Options{}).Violations {
			t.Errorf("%s: %v\n%s", f, v, v.Info)
		}
	}
}

// TestFirstViolation prints the first world with a violation; TestPlantedBugs runs it on code with a bug.
func TestFirstViolation(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("for TestPlantedBugs")
	}
	worlds := 0
	c := Campaign{Seed: *first, Worlds: *worldsFlag, Done: func(seed uint64, o *Outcome) bool {
		worlds++
		if len(o.Violations) > 0 && !slices.Contains(strings.Split(*except, ","), fmt.Sprint(seed)) {
			fmt.Printf("FIRST %d %v\n", worlds, o.Violations[0])
			return false
		}
		return true
	}}
	c.Run(t.Context())
}
