package parallel

import "sync/atomic"

// ringPlaces is the number of messages that a ring holds, a power of two. Small rings stay in the cache.
const ringPlaces = 512

// line keeps what different threads write apart: two cache lines, because processors fetch them in pairs.
type line [128]byte

// Ring carries messages from one part to another, in order. One thread posts, one takes.
type Ring[M any] struct {
	places []M
	_      line

	// Of the sender.
	next  uint64 // place of the next message
	limit uint64 // places before it are known to be free
	more  []M    // messages that found no place, in order
	moved int    // those of more that have got one since
	_     line

	tail atomic.Uint64 // places before it hold messages
	_    line

	// Of the receiver.
	taken uint64
	seen  uint64 // tail when last looked at
	_     line

	head atomic.Uint64 // places before it are free again
	_    line
}

// NewRing returns an empty ring.
func NewRing[M any]() *Ring[M] {
	return &Ring[M]{places: make([]M, ringPlaces), limit: ringPlaces}
}

// Post returns the place of the next message, with what an earlier one has left there. The caller fills it in before
// it calls Post or Publish again.
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
	if len(r.more) == 0 {
		r.limit = r.head.Load() + ringPlaces
		if r.next != r.limit {
			return r.Post()
		}
	}
	var none M
	r.more = append(r.more, none)
	return &r.more[len(r.more)-1]
}

// Publish makes the messages posted so far visible. It returns false if some have found no place yet: the
// sender must not publish its bound then, and try again later.
func (r *Ring[M]) Publish() bool {
	if len(r.more) > 0 {
		r.moveMore()
	}
	if r.tail.Load() != r.next { // only the sender stores it: the load costs nothing
		r.tail.Store(r.next)
	}
	return len(r.more) == 0
}

// moveMore gives messages that were put aside their places.
func (r *Ring[M]) moveMore() {
	r.limit = r.head.Load() + ringPlaces
	for r.next != r.limit && r.moved < len(r.more) {
		r.places[r.next%ringPlaces] = r.more[r.moved]
		r.next++
		r.moved++
	}
	if r.moved == len(r.more) {
		r.more, r.moved = r.more[:0], 0
		return
	}
	r.limit = r.next // later ones must not overtake
}

// Waiting says whether there is a message to be taken.
func (r *Ring[M]) Waiting() bool {
	if r.taken == r.seen {
		r.seen = r.tail.Load()
	}
	return r.taken != r.seen
}

// First returns the first message that has not been taken, nil if there is none.
func (r *Ring[M]) First() *M {
	if !r.Waiting() {
		return nil
	}
	return &r.places[r.taken%ringPlaces]
}

// Take drops the first message. Its place is given back by Release.
func (r *Ring[M]) Take() { r.taken++ }

// Release gives back the places of the messages that were taken.
func (r *Ring[M]) Release() {
	if r.head.Load() != r.taken {
		r.head.Store(r.taken)
	}
}

// Empty says that all published messages have been taken and released, at some moment of the call. Any thread may
// ask.
func (r *Ring[M]) Empty() bool {
	head := r.head.Load()
	return r.tail.Load() == head
}
