package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"mpsim/scenarios"
)

var update = flag.Bool("update", false, "rewrite golden files")

const goldenDigests = "testdata/digests.txt"

var digestLine = regexp.MustCompile(`(?m)^digest ([0-9a-f]{32})$`)

func digestOf(t *testing.T, out string) string {
	t.Helper()
	m := digestLine.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no digest line in:\n%s", out)
	}
	return m[1]
}

// runBinary runs a built mpsim, through the emulator for another architecture, and returns its
// standard output.
func runBinary(t *testing.T, command []string, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	all := append(append([]string(nil), command...), args...)
	cmd := exec.CommandContext(ctx, all[0], all[1:]...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(all, " "), err, out, stderr.String())
	}
	return string(out)
}

func buildFor(t *testing.T, arch string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "mpsim-"+arch)
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build for %s: %v\n%s", arch, err, out)
	}
	return bin
}

// TestDigests holds each shipped scenario to its one digest: twice, under one and two processors,
// recording or not, natively and on emulated arm64. The golden file makes a change of behaviour visible.
func TestDigests(t *testing.T) {
	if _, err := exec.LookPath("qemu-aarch64"); err != nil {
		t.Fatal("qemu-aarch64 is not installed: `make deps` installs it")
	}
	native := []string{buildFor(t, runtime.GOARCH)}
	arm64 := []string{"qemu-aarch64", buildFor(t, "arm64")}
	variants := []struct {
		name    string
		command []string
		env     []string
		flags   []string
	}{
		{"recorded", native, []string{"GOMAXPROCS=2"}, []string{"--capture", "--figures=false"}},
		{"one processor", native, []string{"GOMAXPROCS=1"}, []string{"--series=false"}},
		{"two processors", native, []string{"GOMAXPROCS=2"}, []string{"--series=false"}},
		{"arm64", arm64, nil, []string{"--series=false"}},
	}
	var golden strings.Builder
	for _, s := range scenarios.List() {
		want := ""
		for _, v := range variants {
			args := append([]string{"run", s.Name, "-o", t.TempDir()}, v.flags...)
			got := digestOf(t, runBinary(t, v.command, v.env, args...))
			if want == "" {
				want = got
				fmt.Fprintf(&golden, "%s %s\n", s.Name, got)
			}
			if got != want {
				t.Errorf("%s: digest %s with %s, %s with %s", s.Name, got, v.name, want, variants[0].name)
			}
		}
	}
	if *update {
		if err := os.WriteFile(goldenDigests, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenDigests)
	if err != nil {
		t.Fatal(err)
	}
	if golden.String() != string(want) {
		t.Errorf("digests differ from %s (a changed model? run with -update and say why in the commit):\n%s",
			goldenDigests, golden.String())
	}
}

// TestResultsAreTheSameBytes runs one scenario twice and compares every file but timing.json.
func TestResultsAreTheSameBytes(t *testing.T) {
	const name = "handover/full"
	a := runScenario(t, name, "--capture")
	b := runScenario(t, name, "--capture")
	files := 0
	err := filepath.WalkDir(a, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "timing.json" {
			return err
		}
		rel, err := filepath.Rel(a, path)
		if err != nil {
			return err
		}
		x, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		y, err := os.ReadFile(filepath.Join(b, rel))
		if err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs between two runs", rel)
		}
		files++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Errorf("only %d files compared", files)
	}
	checkPublished(t, a)
}

// checkPublished holds the figures that the README shows to what the scenario draws today.
func checkPublished(t *testing.T, dir string) {
	for _, name := range []string{"goodput", "data-sequence"} {
		for _, ext := range []string{".png", ".svg", ".csv"} {
			got, err := os.ReadFile(filepath.Join(dir, "figures", name+ext))
			if err != nil {
				t.Fatal(err)
			}
			published := filepath.Join("..", "..", "results", "published", "handover", "full", name+ext)
			if *update {
				if err := os.WriteFile(published, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(published)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what handover/full draws (run with -update and look at it)", published)
			}
		}
	}
}
