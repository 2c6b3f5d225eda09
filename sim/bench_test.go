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
	most int // pending events that make sense
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
		{"exp", 1_000_000, func(r *rand.Rand) int64 { return int64(r.ExpFloat64() * 1e7) }},
		{"packet", 1_000_000, packet},
		// A 100 Mbit/s dumbbell: serialisation of data and of ACKs plus 1 to 10 ms of propagation.
		{"dumbbell", 100, func(r *rand.Rand) int64 {
			return []int64{120_000, 1_120_000, 5_120, 10_005_120}[r.IntN(4)]
		}},
		// FatTree, 1 Gbit/s and 1 us a link, data and ACKs.
		{"fattree", 10_000, func(r *rand.Rand) int64 { return []int64{13_000, 1512}[r.IntN(2)] }},
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
			if n > inc.most {
				continue
			}
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
	}{
		{0, 100, 1 << 15, 1 << 19}, {0, 10_000, 1 << 11, 1 << 14}, {0, 100_000, 1 << 11, 1 << 15},
		{3, 1000, 4, 64}, {2, 20, 1 << 13, 1 << 20},
	} {
		inc := holdIncrements()[c.inc]
		h := newHold(c.n, inc, true)
		h.run(500_000)
		if w := math.Exp2(float64(h.w.shift)); w < c.least || w > c.most {
			t.Errorf("%s, %d events: slots of %v ns, want %v to %v", inc.name, c.n, w, c.least, c.most)
		}
		if n := h.w.Stats().Widths; n > 8 {
			t.Errorf("%s, %d events: the width changed %d times", inc.name, c.n, n)
		}
		if far := float64(h.w.width.far) / float64(h.w.events); far > 0.2 {
			t.Errorf("%s, %d events: a share of %v goes through the heap", inc.name, c.n, far)
		}
	}
}

// timers is a world of soft timers that ACKs keep pushing out, 1 us apart.
type timers struct {
	w     *World
	timer []Timer
}

func newTimers(n int) *timers {
	t := &timers{w: NewWorld(1), timer: make([]Timer, n)}
	k := t.w.NewKind("rto", func(now Time, i uint32) {
		if t.timer[i].Due(t.w, now) {
			t.w.Fail("the deadline was to move for ever")
		}
	})
	c := t.w.Component("host")
	for i := range t.timer {
		t.timer[i].Init(t.w, k, uint32(i), c)
	}
	return t
}

func (t *timers) run(acks int) {
	for i := range acks {
		t.timer[i%len(t.timer)].Set(t.w, t.w.now+2e8)
		if i%100 == 99 {
			t.w.Run(t.w.now + 1e5)
		}
	}
}

func BenchmarkTimerSetPerAck(b *testing.B) {
	t := newTimers(1000)
	t.run(1_000_000)
	b.ReportAllocs()
	b.ResetTimer()
	t.run(b.N)
}

func TestTimerSetAllocatesNothing(t *testing.T) {
	x := newTimers(100)
	x.run(500_000)
	if n := testing.AllocsPerRun(5, func() { x.run(500_000) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Moving pending events to earlier and later times, as a scheduler with hard deadlines would.
func BenchmarkRearm(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := newHold(n, holdIncrements()[0], true)
			h.run(300_000)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				h.w.Arm(h.events[i%n], h.w.now+h.ahead[i%increments])
			}
		})
	}
}

func TestRearmAllocatesNothing(t *testing.T) {
	h := newHold(1000, holdIncrements()[1], true)
	h.run(300_000)
	move := func() {
		for i := range 100_000 {
			h.w.Arm(h.events[i%1000], h.w.now+h.ahead[i%increments])
		}
	}
	move()
	if n := testing.AllocsPerRun(5, move); n != 0 {
		t.Errorf("%v allocations in 100000 moves", n)
	}
}
