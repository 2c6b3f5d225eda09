package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"mpsim/sim/trace"
)

// The files of a sweep, beside the folders of its points.
const (
	sweepFile      = "sweep.json"
	sweepTableFile = "sweep.csv"
)

// Sweep says what a sweep ran. It holds nothing that differs between two sweeps of the same thing.
type Sweep struct {
	Format int `json:"format"`
	// Scenario names it, and Version is that of the simulator.
	Scenario string `json:"scenario"`
	Version  string `json:"version"`
	// EffectiveScenario is the scenario at no point of the sweep, as YAML; it says which figures to draw.
	EffectiveScenario string      `json:"effective_scenario"`
	Axes              []SweepAxis `json:"axes"`
	// Runs are those that finished, in the order of points and seeds.
	Runs []SweepRun `json:"runs"`
}

// SweepAxis is one dimension of a sweep.
type SweepAxis struct {
	Name  string   `json:"name"`
	Label string   `json:"label"`
	Cases []string `json:"cases"`
}

// SweepRun is one run of a sweep: its folder is POINT/SEED beside the sweep's files.
type SweepRun struct {
	Point string `json:"point"`
	Seed  uint64 `json:"seed"`
	// Cases gives, for each axis, which of its cases the point has.
	Cases  []int  `json:"cases"`
	Digest string `json:"digest"`
}

// SweepResult is a sweep's folder opened for reading.
type SweepResult struct {
	Dir string
	Sweep
	// Columns are the names of the table's columns, and Rows its cells, one row for each of Runs.
	Columns []string
	Rows    [][]string
}

// WriteSweep writes a sweep's two files into dir, each whole or not at all. table is CSV with one line for
// each run below a line of names.
func WriteSweep(dir string, s Sweep, table []byte) error {
	s.Format = Format
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	if err := ReplaceFile(filepath.Join(dir, sweepTableFile), table); err != nil {
		return err
	}
	return ReplaceFile(filepath.Join(dir, sweepFile), buf.Bytes())
}

// SweepTable is where the table of a sweep in dir is.
func SweepTable(dir string) string { return filepath.Join(dir, sweepTableFile) }

// IsSweep tells that dir is the folder of a sweep.
func IsSweep(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, sweepFile))
	return err == nil
}

// OpenSweep reads the two files of a sweep's folder.
func OpenSweep(dir string) (*SweepResult, error) {
	file := filepath.Join(dir, sweepFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a sweep's folder: it has no %s", dir, sweepFile)
	}
	if err != nil {
		return nil, err
	}
	r := &SweepResult{Dir: dir}
	if err := json.Unmarshal(data, &r.Sweep); err != nil {
		return nil, fmt.Errorf("%s: %w; run the sweep again", file, err)
	}
	if r.Format != Format {
		return nil, fmt.Errorf("%s has format %d, this version reads format %d; run the sweep again",
			file, r.Format, Format)
	}
	table := filepath.Join(dir, sweepTableFile)
	if data, err = os.ReadFile(table); err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w; run the sweep again", table, err)
	}
	if err := r.match(lines); err != nil {
		return nil, fmt.Errorf("%s does not belong to %s: %w; run the sweep again", table, file, err)
	}
	return r, nil
}

// match takes the table over if it has the rows of the sweep's runs.
func (r *SweepResult) match(lines [][]string) error {
	if len(lines) != len(r.Runs)+1 || len(lines[0]) < 2 {
		return fmt.Errorf("it has %d lines for %d runs", len(lines), len(r.Runs))
	}
	r.Columns, r.Rows = lines[0], lines[1:]
	for i, run := range r.Runs {
		if r.Rows[i][0] != run.Point || r.Rows[i][1] != strconv.FormatUint(run.Seed, 10) {
			return fmt.Errorf("row %d is %s under seed %s", i+1, r.Rows[i][0], r.Rows[i][1])
		}
		if len(run.Cases) != len(r.Axes) {
			return fmt.Errorf("run %d has %d values for %d axes", i+1, len(run.Cases), len(r.Axes))
		}
		for a, k := range run.Cases {
			if k < 0 || k >= len(r.Axes[a].Cases) {
				return fmt.Errorf("run %d has no case %d of axis %s", i+1, k, r.Axes[a].Name)
			}
		}
	}
	return nil
}

// Summary reads the summary of the i-th run.
func (r *SweepResult) Summary(i int) (*trace.Summary, error) {
	run := r.Runs[i]
	res, err := Open(filepath.Join(r.Dir, run.Point, strconv.FormatUint(run.Seed, 10)))
	if err != nil {
		return nil, err
	}
	if res.Manifest.Digest != run.Digest {
		return nil, fmt.Errorf("%s is another run than that of the sweep (its digest differs); run the sweep again",
			res.Dir)
	}
	return res.Summary, nil
}

// Timing reads what a run cost, from its folder.
func Timing(dir string) (*trace.Record, error) {
	data, err := os.ReadFile(filepath.Join(dir, timingFile))
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var r trace.Record
	return &r, decodeRecord(d, &r)
}
