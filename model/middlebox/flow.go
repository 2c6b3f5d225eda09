package middlebox

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// end is one end of a connection as a box sees it.
type end struct {
	addr wire.Addr
	port uint16
}

// key names a connection: its end on the side of the link's first end, and the other one.
type key struct{ first, second end }

func keyOf(s *wire.Segment, d Direction) key {
	src, dst := end{s.Src, s.SrcPort}, end{s.Dst, s.DstPort}
	if d == Forward {
		return key{src, dst}
	}
	return key{dst, src}
}

// flow is what every kind of box knows of a connection.
type flow struct {
	key      key
	last     sim.Time
	slot     int32 // of the kind's own state
	opener   Direction
	affected bool
	opened   bool // its SYN was seen
	reset    bool
	fins     [2]bool
}

// over tells that both ends have finished, or one has reset it.
func (f *flow) over() bool { return f.reset || f.fins[0] && f.fins[1] }

// A connection is forgotten when nothing of it has come for that long: over, or not (RFC 5382 section 5).
const (
	forgetOver = 4 * unit.Minute
	forgetIdle = 2*unit.Hour + 4*unit.Minute
	reuseAfter = unit.Minute // a SYN may begin a new connection on these ports
)

func (f *flow) forgotten(now sim.Time) bool {
	limit := forgetIdle
	if f.over() {
		limit = forgetOver
	}
	return now.Sub(f.last) > limit
}

// flowTable has the connections of a box.
type flowTable struct {
	byKey map[key]int32
	flows []flow
	free  []int32
	order []int32 // of opening, oldest first, from index first on
	first int
	last  int32 // found last: packets come in rows
}

func (t *flowTable) init() { t.byKey = map[key]int32{} }

// flow finds or opens the connection of s.
func (b *Box) flow(now sim.Time, s *wire.Segment, d Direction) *flow {
	t := &b.flows
	k := keyOf(s, d)
	i, known := t.last, int(t.last) < len(t.flows) && t.flows[t.last].key == k
	if !known {
		i, known = t.byKey[k]
	}
	opens := s.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN
	switch {
	case !known:
		i = b.openFlow(now, k)
		b.beginFlow(now, i, k, s, d)
	case opens && (t.flows[i].over() || now.Sub(t.flows[i].last) > reuseAfter):
		b.beginFlow(now, i, k, s, d)
	}
	t.last = i
	f := &t.flows[i]
	f.last = now
	f.reset = f.reset || s.Flags.Has(wire.RST)
	f.fins[d] = f.fins[d] || s.Flags.Has(wire.FIN)
	return f
}

// openFlow takes a place in the table and lets go of two connections that are long over.
func (b *Box) openFlow(now sim.Time, k key) int32 {
	t := &b.flows
	for range 2 {
		if t.first == len(t.order) {
			break
		}
		old := t.order[t.first]
		t.first++
		if t.flows[old].forgotten(now) {
			delete(t.byKey, t.flows[old].key)
			t.flows[old].key = key{}
			t.free = append(t.free, old)
		} else {
			t.order = append(t.order, old)
		}
	}
	if t.first > 64 && 2*t.first > len(t.order) {
		t.order = append(t.order[:0], t.order[t.first:]...)
		t.first = 0
	}
	var i int32
	if n := len(t.free); n > 0 {
		i = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		i = int32(len(t.flows))
		t.flows = append(t.flows, flow{})
	}
	t.byKey[k] = i
	t.order = append(t.order, i)
	return i
}

// beginFlow makes the decision about a connection.
func (b *Box) beginFlow(now sim.Time, i int32, k key, s *wire.Segment, d Direction) {
	f := &b.flows.flows[i]
	*f = flow{key: k, slot: i, opener: d, last: now, opened: s.Flags.Has(wire.SYN)}
	r := b.cfg.Probability
	f.affected = b.chance.Bernoulli(r) || r.Den == 0
	b.count.Connections++
	if f.affected {
		b.count.Affected++
		if r.Num < r.Den {
			b.tell(now, "acts on a connection")
		}
		b.hash.Mix(uint64(now))
	}
	b.m.open(i)
}

// slotsFor returns states with room for slot, which it sets to its zero value.
func slotsFor[T any](states []T, slot int32) []T {
	var zero T
	for int(slot) >= len(states) {
		states = append(states, zero)
	}
	states[slot] = zero
	return states
}

// before tells that a comes before b in sequence space (RFC 9293 section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// later returns the one of two sequence numbers that comes later.
func later(a, b uint32) uint32 {
	if before(a, b) {
		return b
	}
	return a
}
