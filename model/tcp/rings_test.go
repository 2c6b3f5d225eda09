package tcp

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRings: records keep their numbers and contents while rings grow, shrink and serve several queues in turn.
func TestRings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var pool rings
		var queues [3]sendQueue
		var next [3]uint64
		for range rapid.IntRange(1, 400).Draw(rt, "steps") {
			k := rapid.IntRange(0, 2).Draw(rt, "queue")
			q := &queues[k]
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				for range rapid.IntRange(1, 40).Draw(rt, "pushed") {
					*q.push(&pool) = Sent{Seq: next[k], Stream: uint32(k)}
					next[k]++
				}
			case 2:
				q.head += uint32(rapid.IntRange(0, q.len()).Draw(rt, "taken"))
				if q.spare() {
					q.resize(&pool, len(q.recs)/4)
				}
			default:
				q.clear(&pool)
			}
			for k := range queues {
				q := &queues[k]
				for i := q.head; i != q.tail; i++ {
					if r := q.at(i); r.Stream != uint32(k) || r.Seq != next[k]-uint64(q.tail-i) {
						rt.Fatalf("queue %d record %d of %d..%d is %+v", k, i, q.head, q.tail, *r)
					}
				}
			}
		}
	})
}

// TestRingsShrink: a ring that was needed once does not stay.
func TestRingsShrink(t *testing.T) {
	var pool rings
	var q sendQueue
	for range 1000 {
		q.push(&pool)
	}
	for q.len() > 1 {
		q.head++
		if q.spare() {
			q.resize(&pool, len(q.recs)/4)
		}
	}
	if n := len(q.recs); n > 4*firstQueue {
		t.Errorf("%d places for one record", n)
	}
}
