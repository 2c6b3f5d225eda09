package record

import (
	"bytes"
	"encoding/json"
)

// Format is the version of the directory's layout. It grows when a reader of the old layout would
// misread the new one.
const Format = 1

// The names inside a run's directory.
const (
	manifestFile = "manifest.json"
	summaryFile  = "summary.json"
	timingFile   = "timing.json"
	seriesDir    = "series"
	captureDir   = "capture"
	// FiguresDir is where figures of the run go.
	FiguresDir = "figures"
)

// Manifest says what was run. It holds nothing that differs between two runs of the same thing.
type Manifest struct {
	Format int `json:"format"`
	// Scenario and Point name the run: handover/full, base.
	Scenario string `json:"scenario"`
	Point    string `json:"point"`
	Seed     uint64 `json:"seed"`
	// Version is that of the simulator.
	Version string `json:"version"`
	// Digest is the world's digest after the run: 32 hexadecimal digits.
	Digest string `json:"digest"`
	// ScenarioSHA256 is the hash of EffectiveScenario.
	ScenarioSHA256 string `json:"scenario_sha256"`
	// SimulatedNs is the virtual time at the end of the run.
	SimulatedNs int64 `json:"simulated_ns"`
	// Warnings are remarks to read before the result is trusted.
	Warnings []string `json:"warnings"`
	// EffectiveScenario is the scenario with every default filled in, as YAML.
	EffectiveScenario string `json:"effective_scenario"`
	// Inputs lists the files that the scenario names: traces. Their paths are as written there.
	Inputs []FileInfo `json:"inputs"`
	// Files lists the other files, except timing.json.
	Files []FileInfo `json:"files"`
}

func (m *Manifest) encode() ([]byte, error) {
	if m.Inputs == nil {
		m.Inputs = []FileInfo{}
	}
	if m.Warnings == nil {
		m.Warnings = []string{}
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return buf.Bytes(), err
}
