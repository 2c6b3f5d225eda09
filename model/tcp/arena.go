package tcp

import (
	"mpsim/model/link"
	"mpsim/sim"
)

// Arena holds the endpoints of all stacks of one part of a world, in chunks, so that pointers stay good
// and an event names an endpoint by its index.
type Arena struct {
	w      *sim.World
	net    *link.Net
	kind   sim.Kind
	chunks [][]Endpoint
	n      uint32
	rings  rings
}

const chunkEndpoints = 16

// NewArena registers the endpoints' event kind with w. One arena serves any number of stacks; a world
// has few event kinds, so worlds of many hosts share one.
func NewArena(w *sim.World, net *link.Net) *Arena {
	a := &Arena{w: w, net: net}
	a.kind = w.NewKind("tcp endpoint", a.handle)
	return a
}

func (a *Arena) handle(now sim.Time, index uint32) {
	e := a.at(index)
	e.s.reap()
	e.timeout(now)
}

func (a *Arena) at(index uint32) *Endpoint {
	return &a.chunks[index/chunkEndpoints][index%chunkEndpoints]
}

// grow makes one more endpoint for s.
func (a *Arena) grow(s *Stack) *Endpoint {
	if a.n%chunkEndpoints == 0 {
		a.chunks = append(a.chunks, make([]Endpoint, chunkEndpoints))
	}
	e := a.at(a.n)
	e.index, e.s = a.n, s
	e.tm.init(a.w.NewEvent(a.kind, a.n, s.host.Component()))
	a.n++
	return e
}

// take returns an endpoint that is free, with its event and its queues' memory.
func (s *Stack) take() *Endpoint {
	if n := len(s.free); n > 0 {
		e := s.a.at(s.free[n-1])
		s.free = s.free[:n-1]
		return e
	}
	return s.a.grow(s)
}

// reap makes the memory of released endpoints usable again. Called only at the start of an event: nobody
// up the call stack can hold such an endpoint then.
func (s *Stack) reap() {
	for _, i := range s.dead {
		e := s.a.at(i)
		e.inUse = false
		e.snd.q.clear(&s.a.rings)
		s.free = append(s.free, i)
	}
	s.dead = s.dead[:0]
}
