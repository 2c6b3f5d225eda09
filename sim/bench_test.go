package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// increments is the size of the tables of how far ahead a handler arms its next event: drawing costs little.
const increments = 1 << 10

// increment is one distribution of the classic hold model, ns.
type increment struct {
	name string
	draw func(r *rand.Rand) int64
}

func holdIncrements() []increment {
	packet := func(r *rand.Rand) int64 {
		switch x := r.IntN(100); {
		case x < 45:
			return 1200 // serialisation
		case x < 55:
			return 120_000
		case x < 90:
			return 10_000_000 // propagation
		case x < 98:
			return 40_000_000 // delayed ACK
		default:
			return 200_000_000 + r.Int64N(600_000_000) // retransmission timer
		}
	}
	return []increment{
		{"exp", func(r *rand.Rand) int64 { return int64(r.ExpFloat64() * 1e7) }},
		{"packet", packet},
		// A 100 Mbit/s dumbbell: serialisation of data and of ACKs plus 1 to 10 ms of propagation.
		{"dumbbell", func(r *rand.Rand) int64 { return []int64{120_000, 1_120_000, 5_120, 10_005_120}[r.IntN(4)] }},
		// FatTree, 1 Gbit/s and 1 us a link, data and ACKs.
		{"fattree", func(r *rand.Rand) int64 { return []int64{13_000, 1512}[r.IntN(2)] }},
	}
}

// hold is a world of n events that each arm themselves again.
type hold struct {
	w      *World
	events []EventID
	ahead  [increments]Time
	next   uint32
	stopAt uint64
}

func newHold(n int, inc increment, phase bool) *hold {
	h := &hold{w: NewWorld(1)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range h.ahead {
		h.ahead[i] = Time(inc.draw(r))
	}
	k := h.w.NewKind("hold", h.handle)
	c := h.w.Component("hold")
	for i := range n {
		e := h.w.NewEvent(k, uint32(i), c)
		h.events = append(h.events, e)
		at := Time(0)
		if phase {
			at = Time(r.Int64N(inc.draw(r) + 1))
		}
		h.w.Arm(e, at)
	}
	return h
}

func (h *hold) handle(now Time, i uint32) {
	h.next++
	h.w.Arm(h.events[i], now+h.ahead[h.next%increments])
	if h.w.events >= h.stopAt {
		h.w.Stop()
	}
}

// run handles n more events.
func (h *hold) run(n uint64) {
	h.stopAt = h.w.events + n
	h.w.Run(Never)
}

func BenchmarkHold(b *testing.B) {
	for _, inc := range holdIncrements() {
		for _, n := range []int{10, 100, 1000, 10_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/%d", inc.name, n), func(b *testing.B) {
				h := newHold(n, inc, true)
				h.run(uint64(3*n + 300_000))
				far, open, events := h.w.width.far, h.w.width.inOpen, h.w.events
				b.ReportAllocs()
				b.ResetTimer()
				h.run(uint64(b.N))
				events = h.w.events - events
				b.ReportMetric(float64(h.w.width.far-far)/float64(events), "far/op")
				b.ReportMetric(float64(h.w.width.inOpen-open)/float64(events), "open/op")
				b.ReportMetric(float64(int64(1)<<h.w.shift), "ns/slot")
			})
		}
	}
}

func TestHoldAllocatesNothing(t *testing.T) {
	for _, inc := range holdIncrements() {
		for _, phase := range []bool{true, false} {
			h := newHold(1000, inc, phase)
			h.run(500_000)
			if n := testing.AllocsPerRun(5, func() { h.run(50_000) }); n != 0 {
				t.Errorf("%s: %v allocations in 50000 events", inc.name, n)
			}
		}
	}
}

// The width must settle where few events go through the heap and slots hold few.
func TestWidthSettles(t *testing.T) {
	for _, c := range []struct {
		inc         int
		n           int
		least, most float64 // slot width, ns
	}{{0, 100, 1 << 15, 1 << 19}, {0, 10_000, 1 << 11, 1 << 14}, {3, 1000, 4, 64}, {2, 20, 1 << 13, 1 << 20}} {
		inc := holdIncrements()[c.inc]
		h := newHold(c.n, inc, true)
		h.run(500_000)
		if w := math.Exp2(float64(h.w.shift)); w < c.least || w > c.most {
			t.Errorf("%s, %d events: slots of %v ns, want %v to %v", inc.name, c.n, w, c.least, c.most)
		}
		if far := float64(h.w.width.far) / float64(h.w.events); far > 0.2 {
			t.Errorf("%s, %d events: a share of %v goes through the heap", inc.name, c.n, far)
		}
	}
}
