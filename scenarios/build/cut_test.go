package build

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// cutScenario decodes a scenario with a topology.
func cutScenario(t *testing.T, text string) *spec.Scenario {
	t.Helper()
	s, problems := spec.Load("cut.yaml", []byte(text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

// cutRun runs a scenario in so many parts, or as many as are possible.
func cutRun(t *testing.T, text string, workers int, slice unit.Duration) (*World, string) {
	t.Helper()
	w, err := New(cutScenario(t, text), Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	end := sim.Time(w.spec.Duration)
	for w.Now() < end {
		w.Run(min(end, w.Now().Add(slice)))
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	return w, w.Digest() + "\n" + fmt.Sprint(w.Summary())
}

// different names the first components whose hashes differ.
func different(a, b *World) string {
	hashes := map[string]uint64{}
	a.world.EachHash(func(name string, hash uint64) { hashes[name] = hash })
	var names []string
	b.world.EachHash(func(name string, hash uint64) {
		if hashes[name] != hash {
			names = append(names, name)
		}
		delete(hashes, name)
	})
	names = append(names, slices.Sorted(maps.Keys(hashes))...)
	return fmt.Sprintf("%d components differ: %s", len(names), strings.Join(names[:min(len(names), 10)], ", "))
}

const cutHead = `
duration: 30ms
`

// cutScenarios are worlds that can be cut.
func cutScenarios() map[string]string {
	host := "host: {tcp: {initial-rto: 10ms, min-rto: 10ms}}"
	permutation := "traffic: [{name: all, matrix: permutation, subflows: 4, congestion: lia, jitter: 2ms, measure-from: 10ms}]\n"
	return map[string]string{
		"fat tree": cutHead + "topology: {kind: fat-tree, k: 4, delay: 1us, queue: 100 packets, " + host + "}\n" + permutation,
	}
}

// TestCutWorlds: a world that is cut has the digest and the summary of the whole one.
func TestCutWorlds(t *testing.T) {
	for name, text := range cutScenarios() {
		t.Run(name, func(t *testing.T) {
			whole, want := cutRun(t, text, 1, unit.Second)
			for _, parts := range []int{2, 3, 4, 8} {
				w, got := cutRun(t, text, parts, 7*unit.Millisecond)
				if n, why := w.Workers(); n < 2 || why != nil {
					t.Errorf("%d parts asked for, %d made: %v", parts, n, why)
				}
				if got != want {
					t.Errorf("%d parts: %s", parts, different(whole, w))
				}
			}
		})
	}
}
