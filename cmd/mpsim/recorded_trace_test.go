package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// recordedTrace finds the recorded LTE traces: in the folder that MPSIM_TRACES names, or in
// shared/traces beside the checkout. They are not part of this repository.
func recordedTrace(t *testing.T) (down, up string) {
	t.Helper()
	dir := os.Getenv("MPSIM_TRACES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "traces")
	}
	down = filepath.Join(dir, "ATT-LTE-driving-2016.down")
	up = filepath.Join(dir, "ATT-LTE-driving-2016.up")
	if _, err := os.Stat(down); err != nil {
		t.Skipf("the recorded trace is not here (%v): set MPSIM_TRACES to its folder", err)
	}
	return down, up
}

// lteReceived returns the payload octets that arrived in order over the phone's LTE path.
func lteReceived(t *testing.T, dir string) int64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Subflows []struct {
			Host          string `json:"host"`
			Label         string `json:"label"`
			BytesReceived int64  `json:"bytes_received"`
		} `json:"subflows"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	var octets int64
	for _, f := range s.Subflows {
		if f.Host == "phone" && f.Label == "phone.lte" {
			octets += f.BytesReceived
		}
	}
	return octets
}

// TestRecordedTrace runs handover/trace on a recorded LTE trace: the LTE path carries within 5% of
// what one TCP flow with a large buffer gets out of the same trace in the same time.
func TestRecordedTrace(t *testing.T) {
	down, up := recordedTrace(t)
	flags := []string{
		"--figures=false", "--series=false",
		"--set", "links.lte.backward.trace.file=" + down, "--set", "links.lte.forward.trace.file=" + up,
	}
	handover := lteReceived(t, runScenario(t, "handover/trace", flags...))
	alone := lteReceived(t, runScenario(t, "handover/trace", append(flags,
		"--set", "applications.download.transport=tcp", "--set", "applications.download.local-interface=lte",
		"--set", "links.trunk.queue=unlimited",
		"--set", "hosts.phone.tcp.receive-buffer=256 MB", "--set", "hosts.server.tcp.send-buffer=256 MB")...))
	ratio := float64(handover) / float64(alone)
	t.Logf("LTE path: %d octets in handover/trace, %d by one TCP flow with a large buffer: ratio %.3f",
		handover, alone, ratio)
	if ratio < 0.95 || ratio > 1.05 {
		t.Errorf("ratio %.3f is outside 0.95..1.05", ratio)
	}
}
