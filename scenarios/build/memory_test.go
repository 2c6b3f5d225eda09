package build_test

import (
	"runtime"
	"testing"

	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
	"mpsim/sim"
)

// live returns the octets of the heap that are in use.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory: what the parts of a world take adds up to what the heap says, when it is built and when it is busy.
func TestMemory(t *testing.T) {
	text := "duration: 1s\ntopology: {kind: fat-tree, k: 8}\ntraffic: [{name: p, matrix: permutation, jitter: 10ms}]\n"
	s, problems := spec.Load("m.yaml", []byte(text), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	before := live()
	w, err := build.New(s, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, until := range []sim.Time{0, 20e6} {
		w.Run(until)
		heap := live() - before
		m := w.Memory()
		sum := int64(0)
		for _, p := range m.Parts {
			t.Logf("%-24s %9d octets of %d", p.Name, p.Octets, p.Count)
			sum += p.Octets
		}
		t.Logf("at %v: %d octets found, the heap has %d", until, m.Sum, heap)
		if sum != m.Sum {
			t.Errorf("the parts add up to %d, not %d", sum, m.Sum)
		}
		if m.Sum < heap*85/100 || m.Sum > heap*110/100 {
			t.Errorf("at %v: %d octets found, but the heap has %d", until, m.Sum, heap)
		}
	}
	runtime.KeepAlive(w)
}

// TestIdle: idle connections have a size, and a subflow is less than a connection.
func TestIdle(t *testing.T) {
	s, problems := spec.Load("m.yaml", []byte("duration: 1s\ntopology: fat-tree\napplications: []\n"), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	c, err := build.Idle(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", c)
	if c.TCP < 1000 || c.Subflow < 1000 || c.MPTCP <= c.Subflow || c.MPTCP > 100_000 {
		t.Errorf("idle connections take %+v octets", c)
	}
}
