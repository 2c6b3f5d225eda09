package topo

import (
	"mpsim/model/link"
	"mpsim/sim"
)

// Paths that the sender chooses: each at random, or so that flows to one destination do not meet
// before all of its paths are in use.

// choices is what a host needs to choose; it belongs to the host, hence to one part of a world.
type choices struct {
	stream *sim.Stream
	taken  map[ifacePair][]uint64    // in this round, ascending
	longer map[ifacePair][][]link.ID // with Routing.Paths
}

// ifacePair names a set of paths; far: the longer ones of a cube.
type ifacePair struct {
	from, to *iface
	far      bool
}

// draws returns the stream of the host's choices.
func (h *Host) draws() *sim.Stream {
	if h.choices.stream == nil {
		h.choices.stream = h.net.World().Stream("host/" + h.name + "/paths")
		h.choices.taken = map[ifacePair][]uint64{}
	}
	return h.choices.stream
}

// pickRandom returns one of n paths.
func (h *Host) pickRandom(n uint64) uint64 {
	if n <= 1 {
		return 0
	}
	return h.draws().Below(n)
}

// pickDistinct returns one of n paths that has not been taken before, and begins anew when all have been.
func (h *Host) pickDistinct(key ifacePair, n uint64) uint64 {
	s := h.draws()
	taken := h.choices.taken[key]
	if uint64(len(taken)) >= n {
		taken = taken[:0]
	}
	pick := s.Below(n - uint64(len(taken)))
	for _, t := range taken { // the pick-th of those that are left
		if t > pick {
			break
		}
		pick++
	}
	h.choices.taken[key] = insert(taken, pick)
	return pick
}

// take marks a path as taken.
func (h *Host) take(key ifacePair, number uint64) {
	h.draws()
	h.choices.taken[key] = insert(h.choices.taken[key], number)
}

// insert adds v to an ascending list, unless it is there.
func insert(list []uint64, v uint64) []uint64 {
	at := len(list)
	for at > 0 && list[at-1] >= v {
		at--
	}
	if at < len(list) && list[at] == v {
		return list
	}
	list = append(list, 0)
	copy(list[at+1:], list[at:])
	list[at] = v
	return list
}
