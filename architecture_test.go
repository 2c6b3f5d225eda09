// Package mpsim_test holds the tests that keep the house as ARCHITECTURE.md draws it.
package mpsim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "mpsim"

// layers lists, for each package (or folder ending in /...), the packages of this module that it may
// import. The first matching row counts. Everything not listed is forbidden: arrows point downwards only.
var layers = []struct {
	pkg     string
	imports []string
}{
	{"sim/unit", nil},
	{"sim/trace", []string{"sim/unit"}},
	{"sim", []string{"sim/trace", "sim/unit"}},
	{"sim/parallel", []string{"sim", "sim/unit"}},
	{"model/wire", []string{"sim/..."}},
	{"model/link", []string{"sim/...", "model/wire"}},
	{"model/topo", []string{"sim/...", "model/wire", "model/link"}},
	{"model/middlebox", []string{"sim/...", "model/wire", "model/link"}},
	{"model/energy", []string{"sim/..."}},
	{"model/cc", []string{"sim/..."}},
	{"model/udp", []string{"sim/...", "model/wire", "model/link"}},
	{"model/tcp", []string{"sim/...", "model/wire", "model/link", "model/cc"}},
	{"model/mptcp/sched", []string{"sim/..."}},
	{"model/mptcp/pm", []string{"sim/...", "model/wire"}},
	{"model/audit", []string{"sim/...", "model/wire"}},
	{"model/mptcp", []string{"sim/...", "model/wire", "model/link", "model/cc", "model/tcp", "model/mptcp/..."}},
	{"sockapi/...", []string{"sim/...", "model/...", "sockapi/..."}},
	{"results/record", []string{"sim/unit", "sim/trace", "results/stats"}},
	{"results/...", []string{"sim/unit", "sim/trace", "results/..."}},
	{"scenarios/spec", []string{"sim/unit"}},
	{"scenarios/sweep", []string{"sim/unit", "scenarios/spec"}},
	{"scenarios/build", []string{"sim/...", "model/...", "sockapi/...", "scenarios/spec", "scenarios"}},
	{"scenarios/torture", []string{"sim/...", "model/...", "sockapi/...", "scenarios/..."}},
	{"scenarios/...", nil},
	{"cmd/...", []string{"sim/...", "model/audit", "sockapi/...", "results/...", "scenarios/...", "scenarios",
		"cmd/..."}},
}

func matches(pattern, pkg string) bool {
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == dir || strings.HasPrefix(pkg, dir+"/")
	}
	return pattern == pkg
}

// listed is what the go command tells of one package.
type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	Imports    []string
	Module     *struct{ Path string }
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	// With a profile each package is listed twice.
	const fields = "-json=ImportPath,Dir,Export,GoFiles,Imports,Module"
	cmd := exec.Command("go", append([]string{"list", "-pgo=off", fields}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// TestLayers reads the import graph and fails when an arrow turns.
func TestLayers(t *testing.T) {
	for _, p := range list(t, "./...") {
		pkg, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if !ok {
			continue
		}
		row := -1
		for i, l := range layers {
			if matches(l.pkg, pkg) {
				row = i
				break
			}
		}
		if row < 0 {
			t.Errorf("%s has no row in the layer table: add it and ARCHITECTURE.md", pkg)
			continue
		}
		for _, imp := range p.Imports {
			dep, ok := strings.CutPrefix(imp, module+"/")
			if !ok {
				continue
			}
			allowed := false
			for _, pattern := range layers[row].imports {
				allowed = allowed || matches(pattern, dep)
			}
			if !allowed {
				t.Errorf("%s imports %s: not one of %v", pkg, dep, layers[row].imports)
			}
		}
	}
}

// TestMapNamesEveryPackage keeps the package map of ARCHITECTURE.md complete.
func TestMapNamesEveryPackage(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list(t, "./...") {
		pkg, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if ok && !strings.Contains(string(text), fmt.Sprintf("`%s`", pkg)) {
			t.Errorf("ARCHITECTURE.md does not name `%s`", pkg)
		}
		if ok && len(p.GoFiles) > 0 {
			if _, err := os.Stat(path.Join(p.Dir, "doc.go")); err != nil && !strings.HasPrefix(pkg, "cmd/") {
				t.Errorf("%s has no doc.go: purpose, sources, limits, validation", pkg)
			}
		}
	}
}
