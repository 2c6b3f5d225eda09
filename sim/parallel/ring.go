package parallel

import (
	"sync/atomic"

	"mpsim/sim"
)

// ringPlaces is the number of messages that a ring holds, a power of two. Small rings stay in the cache.
const ringPlaces = 512

// line keeps what different threads write apart: two cache lines, because processors fetch them in pairs.
type line [128]byte

// Gate is what does not depend on the messages of a ring: how many there are, and how far the sender has got.
type Gate struct {
	_ line

	// Of the sender.
	next  uint64   // place of the next message
	limit uint64   // places before it are known to be free
	sent  uint64   // tail as published
	told  sim.Time // bound as published
	full  bool     // messages were put aside
	_     line

	// Published by the sender, in one line: whoever reads one reads the other, too.
	tail  atomic.Uint64 // places before it hold messages
	bound atomic.Int64  // the sender will handle no event before this time that it has not handled yet
	_     line

	// Of the receiver.
	taken uint64
	seen  uint64 // tail when last looked at
	_     line

	head atomic.Uint64 // places before it are free again
	_    line
}

// waiting says whether there is a message to be taken.
func (g *Gate) waiting() bool {
	if g.taken == g.seen {
		g.seen = g.tail.Load()
	}
	return g.taken != g.seen
}

// empty says that all published messages have been taken and released, at some moment of the call. Any
// thread may ask.
func (g *Gate) empty() bool {
	head := g.head.Load()
	return g.tail.Load() == head
}

// publish shows what has been posted, and then the bound, which must not pass a message that was put aside.
func (g *Gate) publish(bound sim.Time) {
	if g.sent != g.next {
		g.sent = g.next
		g.tail.Store(g.next)
	}
	if bound > g.told && !g.full {
		g.told = bound
		g.bound.Store(int64(bound))
	}
}

// restart sets the bound back before a phase.
func (g *Gate) restart(bound sim.Time) {
	g.told = bound
	g.bound.Store(int64(bound))
}

// Ring carries messages from one part to another, in order. One thread posts, one takes.
type Ring[M any] struct {
	Gate
	places []M
	more   []M // messages that found no place, in order; of the sender
	moved  int // those of more that have got one since
}

// NewRing returns an empty ring.
func NewRing[M any]() *Ring[M] {
	r := &Ring[M]{places: make([]M, ringPlaces)}
	r.limit = ringPlaces
	return r
}

// Post returns the place of the next message, with what an earlier one has left there. The caller fills it
// in before it posts another one or its event ends.
func (r *Ring[M]) Post() *M {
	if r.next == r.limit {
		return r.postFull()
	}
	m := &r.places[r.next%ringPlaces]
	r.next++
	return m
}

// postFull looks for room, and puts the message aside if there is none: the receiver may be waiting for us.
func (r *Ring[M]) postFull() *M {
	if !r.full {
		r.limit = r.head.Load() + ringPlaces
		if r.next != r.limit {
			return r.Post()
		}
	}
	var none M
	r.full = true
	r.more = append(r.more, none)
	return &r.more[len(r.more)-1]
}

// Repost gives messages that were put aside their places, as far as there is room. The sender calls it.
func (r *Ring[M]) Repost() {
	if !r.full {
		return
	}
	r.limit = r.head.Load() + ringPlaces
	for r.next != r.limit && r.moved < len(r.more) {
		r.places[r.next%ringPlaces] = r.more[r.moved]
		r.next++
		r.moved++
	}
	if r.moved == len(r.more) {
		r.more, r.moved, r.full = r.more[:0], 0, false
		return
	}
	r.limit = r.next // later ones must not overtake
}

// First returns the first message that has not been taken, nil if there is none.
func (r *Ring[M]) First() *M {
	if !r.waiting() {
		return nil
	}
	return &r.places[r.taken%ringPlaces]
}

// Take drops the first message. Its place is given back by Release.
func (r *Ring[M]) Take() { r.taken++ }

// Release gives back the places of the messages that were taken.
func (r *Ring[M]) Release() {
	if r.head.Load() != r.taken { // only the receiver stores it: the load costs nothing
		r.head.Store(r.taken)
	}
}
