package topo

import (
	"slices"

	"mpsim/model/link"
	"mpsim/model/wire"
)

// reroute moves the host's flows after a change of the tables, and returns how many routes have moved. Flows
// without any way left keep the one they have.
func (h *Host) reroute() uint64 {
	clear(h.paths) // shortest paths: looked up through tracked flows
	clear(h.choices.taken)
	clear(h.choices.longer)
	moved := uint64(0)
	for i := range h.sprays {
		if h.respray(&h.sprays[i]) {
			moved++
		}
	}
	var lost []int
	for i := range h.tracked {
		t := &h.tracked[i]
		switch {
		case t.path.Route&link.Sprayed != 0:
		case !h.sameCube(t.to) && (h.g.routing.Kind == Shortest || h.g.routing.Kind == ECMP):
			if h.move(t) {
				moved++
			}
		case h.g.avoids(h.net.Links(t.path.Route)):
			lost = append(lost, i)
		default:
			h.keep(t)
		}
	}
	for _, i := range lost { // once it is known what is taken
		if h.move(&h.tracked[i]) {
			moved++
		}
	}
	return moved
}

// move gives a flow the path that it would get now. In a cube it leaves by the interface that it has left by.
func (h *Host) move(t *tracked) bool {
	var next way
	var ok bool
	if h.sameCube(t.to) {
		next, ok = h.cubeAround(t.to, uint64(t.path.Iface))
	} else {
		next, ok = h.wayNow(&t.flow)
	}
	if !ok || slices.Equal(next.links, h.net.Links(t.path.Route)) {
		return false
	}
	h.net.Redirect(t.path.Route, h.add(next).Route)
	return true
}

// wayNow returns the way that a flow gets as routing is now.
func (h *Host) wayNow(f *flow) (way, bool) {
	if h.g.routing.Kind == Shortest {
		links, from, receiver, err := h.resolve(f.src, f.dst)
		if err != nil {
			return way{}, false
		}
		return way{links, from.index, receiver}, true
	}
	w, err := h.waysTo(f.src, f.dst)
	if err != nil {
		return way{}, false
	}
	number, err := w.choose(f)
	if err != nil {
		return way{}, false
	}
	return w.way(number), true
}

// keep marks the path of a flow that need not move as taken.
func (h *Host) keep(t *tracked) {
	if h.g.routing.Kind != SourceDistinct {
		return
	}
	w, err := h.waysTo(t.flow.src, t.flow.dst)
	if err != nil || w.row == nil && w.longer == nil {
		return
	}
	links := h.net.Links(t.path.Route)
	if number, ok := w.rank(links[1 : len(links)-1]); ok {
		h.take(ifacePair{from: w.from, to: w.to}, number)
	}
}

// rank returns the number of the way that has these links between its first and last one.
func (w *ways) rank(links []link.ID) (number uint64, ok bool) {
	if w.longer != nil {
		i := slices.IndexFunc(w.longer, func(p []link.ID) bool { return slices.Equal(p, links) })
		return uint64(i), i >= 0
	}
	return w.table.rank(w.row, w.from.peer.node, links)
}

// addrs returns addresses of both ends, of one family.
func (s *spray) addrs() (src, dst wire.Addr) {
	for _, src = range s.from.addrs {
		for _, dst = range s.to.addrs {
			if src.Is4() == dst.Is4() {
				return src, dst
			}
		}
	}
	return src, dst
}

// respray brings a set of routes up to date.
func (h *Host) respray(s *spray) bool {
	w, err := h.waysTo(s.addrs())
	if err != nil || w.count() == 0 || w.count() > maxSpray {
		return false
	}
	var next []link.Path
	kept := make([]bool, len(s.paths))
	for i := range w.count() {
		x := w.way(w.nth(i))
		at := slices.IndexFunc(s.paths, func(p link.Path) bool {
			return slices.Equal(h.net.Links(p.Route), x.links)
		})
		if at >= 0 {
			kept[at] = true
			next = append(next, s.paths[at])
		} else {
			next = append(next, h.add(x))
		}
	}
	changed := len(next) != len(s.paths) || slices.Contains(kept, false)
	if changed {
		s.paths, s.next = next, 0
		s.shuffle(h.sprayStream())
	}
	return changed
}
