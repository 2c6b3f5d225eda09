package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// autotune sizes a receive buffer by dynamic right-sizing (Fisk and Feng 2001), with the constants of
// Linux (tcp_rcv_space_adjust, 6.18): once a round trip it looks at what the application took; if that
// is more than ever before, the buffer becomes twice that (the sender may double its window in slow
// start) plus 16 segments, and more by twice the rate of growth.
type autotune struct {
	limit  int64    // octets, largest size
	space  int64    // octets, most taken in one round trip
	copied int64    // octets taken since began
	began  sim.Time // of the present round
}

// adjust returns the buffer's new size.
func (t *autotune) adjust(now sim.Time, rtt unit.Duration, mss, size int64) int64 {
	if size >= t.limit || rtt == 0 || now.Sub(t.began) < rtt {
		return size
	}
	copied := t.copied
	t.copied, t.began = 0, now
	if copied <= t.space {
		return size
	}
	want := 2*copied + 16*mss
	if t.space > 0 {
		want += 2 * (want * (copied - t.space) / t.space)
	}
	t.space = copied
	if want < size {
		return size
	}
	return min(want, t.limit)
}
