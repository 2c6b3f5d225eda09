package build

import (
	"testing"

	"mpsim/scenarios/spec"
	"mpsim/sim"
)

// Touching ahead, down to the connections of the receivers, changes no result.
func TestTouchingChangesNothing(t *testing.T) {
	const text = `title: t
description: d
duration: 20ms
topology: {kind: fat-tree, k: 4, delay: 1us, queue: 20 packets, host: {tcp: {initial-rto: 10ms, min-rto: 10ms}}}
traffic:
  - {name: long, matrix: permutation, subflows: 4, congestion: lia, jitter: 1ms}
  - {name: short, matrix: permutation, kind: short, transport: tcp, size: 20 kB, interval: 2ms}
`
	var digests [2]string
	for i, mode := range []sim.Touching{sim.TouchNever, sim.TouchAlways} {
		s, problems := spec.Load("touch.yaml", []byte(text), nil)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		w, err := New(s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		w.Sim().SetTouching(mode)
		w.Run(sim.Time(s.Duration))
		digests[i] = w.Sim().Digest()
		if on := w.Stats().Queue.Touched > 0; on != (mode == sim.TouchAlways) {
			t.Errorf("mode %d: %d batches touched", mode, w.Stats().Queue.Touched)
		}
		w.Close()
	}
	if digests[0] != digests[1] {
		t.Errorf("digest %s, with touching ahead %s", digests[0], digests[1])
	}
}
