package main

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// runWorkers runs a scenario in so many parts and returns what it printed, and its remarks.
func runWorkers(t *testing.T, workers int, args ...string) (out, remarks string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append(args, "--workers", fmt.Sprint(workers), "-o", t.TempDir()))
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String()
}

// TestWorkers: the same digest on one and on two processors, a note where there is but one, or only one is
// of use.
func TestWorkers(t *testing.T) {
	tree := []string{
		"run", "datacenter/fattree-permutation", "--set", "topology.k=4", "--set", "duration=8ms",
		"--set", "traffic.permutation.jitter=1ms", "--set", "traffic.permutation.measure-from=4ms",
	}
	whole, remarks := runWorkers(t, 1, tree...)
	if strings.Contains(remarks, "part") {
		t.Errorf("remarks: %s", remarks)
	}
	for _, procs := range []int{1, 2} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		cut, remarks := runWorkers(t, 2, tree...)
		if digestOf(t, cut) != digestOf(t, whole) {
			t.Errorf("%d processors: digest %s, whole %s", procs, digestOf(t, cut), digestOf(t, whole))
		}
		if note := strings.Contains(remarks, "1 processors"); note != (procs == 1) {
			t.Errorf("%d processors: %s", procs, remarks)
		}
	}
	_, remarks = runWorkers(t, 2, "run", "basics/one-link", "--figures=false", "--set", "duration=1s")
	if !strings.Contains(remarks, "no topology to divide") {
		t.Errorf("remarks: %s", remarks)
	}
}
