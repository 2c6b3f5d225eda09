package topo

import "mpsim/model/link"

// Source routes in a BCube (Guo et al., SIGCOMM 2009, section 3): between two hosts there are as many
// parallel paths as levels, one that begins at each. Where the digits of the level differ, the path corrects
// them first, and then those of the levels below, around (DCRouting); these are the shortest ones. Elsewhere
// it first goes to some neighbour of the source at this level and corrects that digit last (AltDCRouting).
//
// A path's number is its first level plus detour times the number of levels: the detour, 0 for the shortest,
// is what is added to the source's digit to get the neighbour's.

// cubeHop is a step to the host whose address has another digit at a level.
type cubeHop struct{ level, digit int }

// hops returns the steps of a path from host a to host b.
func (c Cube) hops(a, b int, number uint64) []cubeHop {
	first, detour := int(number)%c.Levels, int(number)/c.Levels
	var hops []cubeHop
	step := func(level, digit int) {
		if c.digit(a, level) != digit {
			hops = append(hops, cubeHop{level, digit})
			a = c.with(a, level, digit)
		}
	}
	if detour > 0 {
		step(first, (c.digit(a, first)+detour)%c.N)
		first--
	}
	for i := range c.Levels {
		level := (first - i + c.Levels + c.Levels) % c.Levels
		step(level, c.digit(b, level))
	}
	return hops
}

// cubeWay returns the way of that number to another host of the cube.
func (h *Host) cubeWay(to *Host, number uint64) way {
	b, at := h.cube, h
	var w way
	for i, hop := range b.Plan.Cube.hops(h.address, to.address, number) {
		next := b.Hosts[b.Plan.Cube.with(at.address, hop.level, hop.digit)]
		in := next.ifaces[hop.level]
		w.links = append(w.links, at.ifaces[hop.level].out, in.in)
		w.receiver = in.receiver
		if i == 0 {
			w.iface = int32(hop.level)
		}
		at = next
	}
	return w
}

// cubeLevels returns the levels at which two hosts' addresses differ, and the others.
func (h *Host) cubeLevels(to *Host) (differ, same []uint64) {
	c := h.cube.Plan.Cube
	for level := range c.Levels {
		if c.digit(h.address, level) != c.digit(to.address, level) {
			differ = append(differ, uint64(level))
		} else {
			same = append(same, uint64(level))
		}
	}
	return differ, same
}

// whole keeps the numbers of those paths that cross no link that routing avoids.
func (h *Host) whole(to *Host, numbers []uint64) []uint64 {
	kept := numbers[:0]
	for _, n := range numbers {
		if !h.g.avoids(h.cubeWay(to, n).links) {
			kept = append(kept, n)
		}
	}
	return kept
}

// wholeOrSpare is whole; where it keeps none, the paths over neighbours that can be used are as good as any.
func (h *Host) wholeOrSpare(to *Host, numbers []uint64) []uint64 {
	if kept := h.whole(to, numbers); len(kept) > 0 {
		return kept
	}
	return h.spare(to)
}

// spare returns the paths over a neighbour, at any level, that can be used.
func (h *Host) spare(to *Host) []uint64 {
	c := h.cube.Plan.Cube
	var numbers []uint64
	for n := c.Levels; n < c.Levels*c.N; n++ {
		numbers = append(numbers, uint64(n))
	}
	return h.whole(to, numbers)
}

// detour returns a path that begins at a level where the addresses agree, over a random neighbour of those
// that can be used.
func (h *Host) detour(to *Host, level uint64) (number uint64, ok bool) {
	c := h.cube.Plan.Cube
	neighbours := uint64(c.N - 1)
	first := h.draws().Below(neighbours)
	for i := range neighbours {
		n := level + (1+(first+i)%neighbours)*uint64(c.Levels)
		if !h.g.avoids(h.cubeWay(to, n).links) {
			return n, true
		}
	}
	return 0, false
}

// avoids tells that one of the links has failed.
func (g *Graph) avoids(links []link.ID) bool {
	for _, id := range links {
		if g.isFailed(id) {
			return true
		}
	}
	return false
}

// cubeDistinct returns the path of the next flow to a host: first the shortest in random order, then those
// over neighbours, then anew. Paths that do not work are passed over.
func (h *Host) cubeDistinct(to *Host) (uint64, error) {
	differ, same := h.cubeLevels(to)
	near := ifacePair{h.ifaces[0], to.ifaces[0], false}
	far := ifacePair{h.ifaces[0], to.ifaces[0], true}
	h.draws()
	for range 2*len(h.ifaces) + 1 {
		switch {
		case len(h.choices.taken[near]) < len(differ):
			n := differ[h.pickDistinct(near, uint64(len(differ)))]
			if !h.g.avoids(h.cubeWay(to, n).links) {
				return n, nil
			}
		case len(h.choices.taken[far]) < len(same):
			if n, ok := h.detour(to, same[h.pickDistinct(far, uint64(len(same)))]); ok {
				return n, nil
			}
		default:
			h.choices.taken[near], h.choices.taken[far] = nil, nil
		}
	}
	if spare := h.spare(to); len(spare) > 0 {
		return spare[h.draws().Below(uint64(len(spare)))], nil
	}
	return 0, errNoPath
}

// cubeShortest returns the way that corrects the highest digit first, of those that can be used, as resolve
// does.
func (h *Host) cubeShortest(to *Host) (links []link.ID, from *iface, receiver int32, err error) {
	differ, _ := h.cubeLevels(to)
	numbers := h.wholeOrSpare(to, differ)
	if len(numbers) == 0 {
		return nil, nil, 0, errNoPath
	}
	w := h.cubeWay(to, numbers[len(numbers)-1])
	return w.links, h.ifaces[w.iface], w.receiver, nil
}

// cubeAround returns a way that begins at a level, directly or over a neighbour.
func (h *Host) cubeAround(to *Host, level uint64) (way, bool) {
	c := h.cube.Plan.Cube
	if c.digit(h.address, int(level)) != c.digit(to.address, int(level)) {
		if w := h.cubeWay(to, level); !h.g.avoids(w.links) {
			return w, true
		}
	}
	number, ok := h.detour(to, level)
	if !ok {
		return way{}, false
	}
	return h.cubeWay(to, number), true
}

// sameCube tells that the way to another host is a source route in a cube.
func (h *Host) sameCube(to *Host) bool { return h.cube != nil && h.cube == to.cube }
