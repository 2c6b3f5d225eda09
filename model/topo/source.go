package topo

import "mpsim/sim"

// Paths that the sender chooses: each at random, or so that flows to one destination do not meet
// before all of its paths are in use.

// choices is what a host needs to choose; it belongs to the host, hence to one part of a world.
type choices struct {
	stream *sim.Stream
	taken  map[ifacePair][]uint64 // in this round, ascending
}

type ifacePair struct{ from, to *iface }

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

// pickDistinct returns one of n paths that no flow between the two has taken before, and begins anew when
// all have been.
func (h *Host) pickDistinct(from, to *iface, n uint64) uint64 {
	if n <= 1 {
		return 0
	}
	s, key := h.draws(), ifacePair{from, to}
	taken := h.choices.taken[key]
	if uint64(len(taken)) >= n {
		taken = taken[:0]
	}
	pick := s.Below(n - uint64(len(taken)))
	at := 0
	for at < len(taken) && taken[at] <= pick {
		pick++
		at++
	}
	taken = append(taken, 0)
	copy(taken[at+1:], taken[at:])
	taken[at] = pick
	h.choices.taken[key] = taken
	return pick
}
