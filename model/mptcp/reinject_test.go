package mptcp

import (
	"testing"

	"pgregory.net/rapid"
)

// TestReinjectionQueue compares the queue with an array of octets: each waits once, in order, until it is
// trimmed.
func TestReinjectionQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 200
		var q reinjections
		var from [size]int // carrier + 1, 0: does not wait
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if rapid.IntRange(0, 4).Draw(t, "trim") == 0 {
				pos := rapid.Uint64Range(0, size).Draw(t, "position")
				q.trim(pos)
				clear(from[:pos])
			} else {
				start := rapid.Uint64Range(0, size-1).Draw(t, "start")
				end := min(size, start+rapid.Uint64Range(1, 30).Draw(t, "octets"))
				carrier := rapid.SampledFrom([]int{0, 1, 2, noSubflowID}).Draw(t, "carrier")
				q.add(reinjection{start, end, uint32(carrier)})
				for i := start; i < end; i++ {
					if from[i] == 0 || carrier == noSubflowID { // nobody's octets may go out on any subflow
						from[i] = carrier + 1
					}
				}
			}
			at := uint64(0)
			for i, r := range q.list {
				if r.start >= r.end || r.start < at {
					t.Fatalf("entry %d of %+v", i, q.list)
				}
				for ; at < r.start; at++ {
					if from[at] != 0 {
						t.Fatalf("octet %d is missing in %+v", at, q.list)
					}
				}
				for ; at < r.end; at++ {
					if from[at] != int(r.from)+1 {
						t.Fatalf("octet %d is from %d in %+v", at, from[at]-1, q.list)
					}
				}
			}
			for ; at < size; at++ {
				if from[at] != 0 {
					t.Fatalf("octet %d is missing in %+v", at, q.list)
				}
			}
		}
	})
}
