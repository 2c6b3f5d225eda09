package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/sim/trace"
)

// TestSweepReadsBack: what was written comes back, and what does not belong together is refused.
func TestSweepReadsBack(t *testing.T) {
	dir := t.TempDir()
	if IsSweep(dir) {
		t.Error("an empty folder is a sweep's")
	}
	if _, err := OpenSweep(dir); err == nil {
		t.Error("an empty folder was opened")
	}
	sw := Sweep{
		Scenario: "x/y", Version: "1", Axes: []SweepAxis{{Name: "a", Label: "A", Cases: []string{"1", "2"}}},
		Runs: []SweepRun{{Point: "a=1", Seed: 7, Cases: []int{0}, Digest: "d"}, {Point: "a=2", Seed: 7, Cases: []int{1}}},
	}
	table := "point,seed,v\na=1,7,10\na=2,7,\n"
	write := func(s Sweep, table string) {
		if err := WriteSweep(dir, s, []byte(table)); err != nil {
			t.Fatal(err)
		}
	}
	write(sw, table)
	res, err := OpenSweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !IsSweep(dir) || len(res.Rows) != 2 || res.Rows[0][2] != "10" || res.Columns[2] != "v" || res.Runs[1].Cases[0] != 1 {
		t.Errorf("read back as %+v", res)
	}

	run, err := Create(Dir(dir, "", "a=1", 7), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Commit(Manifest{Digest: "d"}, trace.NewSummary(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := res.Summary(0); err != nil {
		t.Error(err)
	}
	res.Runs[0].Digest = "another"
	if _, err := res.Summary(0); err == nil || !strings.Contains(err.Error(), "its digest differs") {
		t.Errorf("the summary of another run: %v", err)
	}

	for _, bad := range []string{"point,seed,v\na=1,7,10\n", "point,seed,v\na=2,7,10\na=1,7,\n", "point,seed\n\"", ""} {
		write(sw, bad)
		if _, err := OpenSweep(dir); err == nil {
			t.Errorf("the table %q was taken", bad)
		}
	}
	for _, cases := range [][]int{{2}, {-1}, {}, {0, 0}} {
		other := sw
		other.Runs = []SweepRun{sw.Runs[0], {Point: "a=2", Seed: 7, Cases: cases}}
		write(other, table)
		if _, err := OpenSweep(dir); err == nil {
			t.Errorf("a run with the cases %v was taken", cases)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, sweepFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSweep(dir); err == nil {
		t.Error("half a file was taken")
	}
}
