package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// list is the reference of the pending events: an unsorted list searched for the least.
type list struct{ pending []listed }

type listed struct {
	at   Time
	rank uint64
	id   int
}

func (l *list) arm(id int, rank uint64, at Time) {
	l.disarm(id)
	if at != Never {
		l.pending = append(l.pending, listed{at, rank, id})
	}
}

func (l *list) disarm(id int) {
	l.pending = slices.DeleteFunc(l.pending, func(p listed) bool { return p.id == id })
}

func (l *list) at(id int) Time {
	for _, p := range l.pending {
		if p.id == id {
			return p.at
		}
	}
	return Never
}

func (l *list) pop() (listed, bool) {
	if len(l.pending) == 0 {
		return listed{}, false
	}
	least := slices.MinFunc(l.pending, func(a, b listed) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		if a.rank < b.rank {
			return -1
		}
		return 1
	})
	l.disarm(least.id)
	return least, true
}

// twin runs the same operations on a World and on the list, and compares each event handled.
type twin struct {
	t      *rapid.T
	rng    *rand.Rand
	w      *World
	kind   Kind
	comps  []Component
	made   []uint64 // events made, by component
	events []EventID
	ranks  []uint64
	ref    list
	near   int64 // typical distance of an event, ns
	left   int   // events that handlers may still arm
	shifts map[uint]bool
	widths bool // change the slot width at random
}

func newTwin(t *rapid.T) *twin {
	w := NewWorld(rapid.Uint64().Draw(t, "seed"))
	x := &twin{t: t, w: w, near: 1 << rapid.IntRange(0, 24).Draw(t, "near"), shifts: map[uint]bool{}}
	x.rng = rand.New(rand.NewPCG(w.Seed(), 1))
	x.widths = rapid.Bool().Draw(t, "widths")
	if rapid.Bool().Draw(t, "shake") {
		w.ShakeTies(rapid.Uint64().Draw(t, "key"))
	}
	x.kind = w.NewKind("twin", x.handle)
	if rapid.Bool().Draw(t, "touch") {
		w.SetToucher(x.kind, x.touch)
		w.SetTouching(TouchAlways)
	}
	for i := range 3 {
		x.comps = append(x.comps, w.Component(fmt.Sprint(i)))
	}
	x.made = make([]uint64, len(x.comps))
	for range rapid.IntRange(1, 200).Draw(t, "events") {
		x.events = append(x.events, 0)
		x.ranks = append(x.ranks, 0)
		x.make(len(x.events) - 1)
	}
	return x
}

func (x *twin) make(id int) {
	c := x.rng.IntN(len(x.comps))
	x.events[id] = x.w.NewEvent(x.kind, uint32(id), x.comps[c])
	x.ranks[id] = x.w.order(uint64(x.comps[c])<<32 | x.made[c])
	x.made[c]++
}

// distance draws how far ahead an event is armed: ties, the open slot, the wheel, the heap.
func (x *twin) distance() int64 {
	switch x.rng.IntN(10) {
	case 0, 1:
		return 0
	case 2:
		return x.near
	case 3, 4:
		return x.rng.Int64N(x.near * 1000)
	case 5:
		return x.near * 1000 * (1 + x.rng.Int64N(3))
	case 6:
		return x.rng.Int64N(1 << (20 + x.rng.IntN(30)))
	default:
		return x.rng.Int64N(4*x.near + 1)
	}
}

// step does one operation on both.
func (x *twin) step() {
	id := x.rng.IntN(len(x.events))
	e := x.events[id]
	switch x.rng.IntN(12) {
	case 0:
		x.w.Disarm(e)
		x.ref.disarm(id)
	case 1:
		x.w.FreeEvent(e)
		x.ref.disarm(id)
		x.make(id)
	case 2:
		x.w.Arm(e, Never)
		x.ref.disarm(id)
	case 3: // earlier, or the same
		if old := x.w.ArmedAt(e); old != Never {
			at := x.w.Now() + Time(x.rng.Int64N(int64(old-x.w.Now())+1))
			x.w.Arm(e, at)
			x.ref.arm(id, x.ranks[id], at)
		}
	case 4:
		if x.widths && x.rng.IntN(2) == 0 {
			x.w.adapt()
		} else if x.widths {
			x.w.setShift(uint(x.rng.IntN(maxShift + 1)))
		}
	default:
		at := x.w.Now() + Time(x.distance())
		x.w.Arm(e, at)
		x.ref.arm(id, x.ranks[id], at)
	}
	if got, want := x.w.ArmedAt(x.events[id]), x.ref.at(id); got != want {
		x.t.Fatalf("event %d is armed at %v, want %v", id, got, want)
	}
	x.shifts[x.w.shift] = true
}

// touch checks that it is told the events that come next, in order.
func (x *twin) touch(indices []uint32) {
	if len(indices) == 0 || len(indices) > touchBatch {
		x.t.Fatalf("%d indices to touch", len(indices))
	}
	for i, index := range indices {
		if next := x.w.open[x.w.head+i]; x.events[index] != next.event {
			x.t.Fatalf("index %d is to be touched, the event in its place is %d", index, next.event)
		}
	}
}

func (x *twin) handle(now Time, index uint32) {
	want, ok := x.ref.pop()
	if !ok || want.id != int(index) || want.at != now {
		x.t.Fatalf("handled event %d at %v, want %d at %v", index, now, want.id, want.at)
	}
	for ; x.left > 0 && x.rng.IntN(3) != 0; x.left-- {
		x.step()
	}
}

func (x *twin) run(until Time) {
	x.w.Run(until)
	if x.w.Now() != until {
		x.t.Fatalf("Run until %v left the clock at %v", until, x.w.Now())
	}
	for _, p := range x.ref.pending {
		if p.at <= until {
			x.t.Fatalf("Run until %v left event %d of %v", until, p.id, p.at)
		}
	}
	x.w.checkQueue(x.t, len(x.ref.pending))
}

func TestQueueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newTwin(t)
		for range rapid.IntRange(1, 10).Draw(t, "pieces") {
			for range x.rng.IntN(300) {
				x.step()
			}
			x.left = x.rng.IntN(2000)
			x.run(x.w.Now() + Time(x.distance()))
		}
		x.left = 100
		x.w.Run(Never)
		if len(x.ref.pending) != 0 || x.w.Now() == Never {
			t.Fatalf("Run(Never) left %d events, clock %v", len(x.ref.pending), x.w.Now())
		}
	})
}

// checkQueue tests every invariant of the structure.
func (q *queue) checkQueue(t rapid.TB, pending int) {
	t.Helper()
	at := map[EventID]string{}
	put := func(e EventID, where string) {
		if at[e] != "" {
			t.Fatalf("event %d is in %s and in %s", e, at[e], where)
		}
		at[e] = where
	}
	for i := q.head; i < len(q.open); i++ {
		r := q.open[i]
		put(r.event, "the open slot")
		if q.nodes[r.event].time != r.time || int64(r.time)>>q.shift > q.openSlot ||
			i > q.head && !q.before(q.open[i-1], r) {
			t.Fatalf("record %v of open slot %d", r, q.openSlot)
		}
	}
	for p := range q.first {
		word := q.occupied[p>>6]
		if (q.first[p] != 0) != (word>>(p&63)&1 != 0) || (word != 0) != (q.summary>>(p>>6)&1 != 0) {
			t.Fatalf("bitmap is wrong at position %d", p)
		}
		for e := q.first[p]; e != 0; e = q.nodes[e].next {
			put(e, "the wheel")
			slot := int64(q.nodes[e].time) >> q.shift
			if slot&slotMask != int64(p) || slot <= q.openSlot || slot-q.openSlot >= slots {
				t.Fatalf("event of slot %d at position %d, open %d", slot, p, q.openSlot)
			}
		}
	}
	for _, r := range q.far {
		if q.live(r) && at[r.event] != "the heap" {
			put(r.event, "the heap")
			if int64(r.time)>>q.shift-q.openSlot < slots {
				t.Fatalf("far record %v of the wheel", r)
			}
		}
	}
	if len(at) != pending {
		t.Fatalf("%d events are pending, want %d", len(at), pending)
	}
}

// Thousands of events at one time, armed in random order, and more of them from handlers.
func TestMassiveTies(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	const n = 20000
	var got []uint32
	events := make([]EventID, n)
	k := w.NewKind("k", func(now Time, index uint32) {
		got = append(got, index)
		if now == 1000 {
			w.Arm(events[index], 1001)
		}
	})
	for i := range events {
		events[i] = w.NewEvent(k, uint32(i), c)
	}
	for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(n) {
		w.Arm(events[i], 1000)
	}
	w.Run(2000)
	if len(got) != 2*n {
		t.Fatalf("%d events handled, want %d", len(got), 2*n)
	}
	for i, index := range got {
		if int(index) != i%n {
			t.Fatalf("event %d came as number %d", index, i)
		}
	}
}

// Moving and disarming far events leaves records behind; they must not pile up.
func TestStaleRecordsAreSwept(t *testing.T) {
	w := NewWorld(1)
	e := w.NewEvent(w.NewKind("k", func(Time, uint32) {}), 0, w.Component("c"))
	for i := range 100_000 {
		w.Arm(e, Time(1e12)+Time(i%3))
	}
	if len(w.far) > 1000 {
		t.Errorf("%d records for one event", len(w.far))
	}
	// Copies of a record that counts are stale too.
	other := w.NewEvent(w.kinds[e], 1, 1)
	for range 50 {
		w.Disarm(other)
		w.Arm(other, 2e12)
	}
	w.sweepFar()
	if len(w.far) != 2 {
		t.Errorf("%d records for two events", len(w.far))
	}
	w.Run(Never)
	if w.Stats().Events != 2 {
		t.Errorf("%d events handled, want 2", w.Stats().Events)
	}
}

// Events around the horizon, seen from one slot after the other, must be where they are looked for.
func TestHorizon(t *testing.T) {
	for _, rebuild := range []bool{false, true} {
		w := NewWorld(1)
		c := w.Component("c")
		handled := 0
		k := w.NewKind("k", func(Time, uint32) { handled++ })
		w.setShift(4)
		var late []EventID
		for i := range Time(5) {
			w.Arm(w.NewEvent(k, 0, c), i<<4)
		}
		for i := range Time(8) {
			e := w.NewEvent(k, 0, c)
			w.Arm(e, (slots-4+i)<<4)
			late = append(late, e)
		}
		w.checkQueue(t, 13)
		for i := range Time(5) {
			w.Run(i << 4)
			if rebuild {
				w.setShift(4)
			}
			w.checkQueue(t, 12-int(i))
		}
		for i, e := range late {
			w.Disarm(e)
			w.checkQueue(t, 7-i)
		}
		if w.Run(Never); handled != 5 {
			t.Errorf("%d events handled, want 5", handled)
		}
	}
}

// After a quiet time the wheel must begin at the clock, or near events go through the heap.
func TestWheelFollowsClock(t *testing.T) {
	w := NewWorld(1)
	e := w.NewEvent(w.NewKind("k", func(Time, uint32) {}), 0, w.Component("c"))
	for i := range Time(100) {
		w.Run((i + 1) * 1e9)
		w.Arm(e, w.Now()+1000)
	}
	if w.Stats().Far > 0 {
		t.Errorf("%d of 100 near events went through the heap", w.Stats().Far)
	}
}

// A crowd that starts after a quiet time meets slots far too wide, and must not wait long for better ones.
func TestCrowdAfterQuiet(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	const n = 5000
	var events [n]EventID
	k := w.NewKind("k", func(now Time, i uint32) { w.Arm(events[i], now+997) })
	for i := range events {
		events[i] = w.NewEvent(k, uint32(i), c)
		w.Arm(events[i], 1e12+Time(i))
	}
	w.setShift(maxShift)
	w.width.period, w.width.due = checkEvery, checkEvery
	w.Run(1e12 + 10_000)
	if s := w.Stats(); s.SlotWidth > 1<<20 || s.Widths == 0 || s.Events > checkEvery {
		t.Errorf("%+v: the width did not follow the crowd in time", s)
	}
}

// An event that arms itself again and again inside one slot must not make the open array grow.
func TestOpenSlotStaysSmall(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	var events [3]EventID
	k := w.NewKind("k", func(now Time, i uint32) { w.Arm(events[i], now+1) })
	for i := range events {
		events[i] = w.NewEvent(k, uint32(i), c)
		w.Arm(events[i], 0)
	}
	w.setShift(maxShift)
	w.width.due = 1 << 62
	w.Run(100_000)
	if cap(w.open) > 64 {
		t.Errorf("the open array has grown to %d records for 3 events", cap(w.open))
	}
}

func TestRanksAreNeverReused(t *testing.T) {
	w := NewWorld(1)
	c := w.Component("c")
	var got []uint32
	k := w.NewKind("k", func(_ Time, index uint32) { got = append(got, index) })
	first := w.NewEvent(k, 0, c)
	second := w.NewEvent(k, 1, c)
	w.FreeEvent(first)
	third := w.NewEvent(k, 2, c)
	if third != first {
		t.Errorf("event %d was not used again", first)
	}
	w.Arm(third, 5)
	w.Arm(second, 5)
	w.Run(5)
	if !slices.Equal(got, []uint32{1, 2}) {
		t.Errorf("order %v: an old rank came back", got)
	}
}

func TestEqualRanksFail(t *testing.T) {
	w := NewWorld(42)
	c := w.Component("c")
	k := w.NewKind("k", func(Time, uint32) {})
	a, b := w.NewEvent(k, 0, c), w.NewEvent(k, 0, c)
	w.ranks[b] = w.ranks[a]
	w.Arm(a, 7)
	w.Arm(b, 7)
	if f := thrown(t, func() { w.Run(10) }); !strings.Contains(f.Error(), "seed 42") ||
		!strings.Contains(f.Error(), "same rank") {
		t.Error(f)
	}
}

// A width that has been fixed stays, whatever the load; the order is the same.
func TestFixSlotWidth(t *testing.T) {
	h := newHold(1000, holdIncrements()[3], true)
	h.w.FixSlotWidth(1000)
	h.run(300_000)
	if got := h.w.Stats(); got.SlotWidth != 512 || got.Widths != 0 {
		t.Errorf("slots of %d ns after %d changes, want 512 after none", got.SlotWidth, got.Widths)
	}
}
