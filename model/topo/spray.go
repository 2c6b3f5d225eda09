package topo

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/sim"
)

// Packet spraying: the sender takes one of the paths of least cost for each packet, at random or in turn.
// What a flow is given as its route is the number of a set of routes (see link.Sprayed).

// maxSpray bounds a set: all its routes are made when it is first asked for.
const maxSpray = 1 << 12

// spray is a set of routes to one destination.
type spray struct {
	from, to *iface
	paths    []link.Path // in the order of turns
	next     int
}

// sprayed returns the set of routes to a flow's destination.
func (h *Host) sprayed(f *flow) (link.Path, error) {
	w, err := h.waysNowOrBefore(f.src, f.dst)
	if err != nil {
		return link.Path{}, err
	}
	k := routeKey{from: w.from, to: w.to}
	if p, known := h.routes[k]; known {
		h.trackSpray(f, w.to.host, p)
		return p, nil
	}
	switch n := w.count(); {
	case n == 0:
		return link.Path{}, errNoPath
	case n > maxSpray:
		return link.Path{}, fmt.Errorf("%d paths of equal cost are too many to spray over: at most %d", n, maxSpray)
	}
	s := spray{from: w.from, to: w.to}
	for i := range w.count() {
		s.paths = append(s.paths, h.add(w.way(w.nth(i))))
	}
	s.shuffle(h.sprayStream())
	if h.routes == nil {
		h.routes = map[routeKey]link.Path{}
	}
	p := link.Path{Iface: w.from.index, Route: link.Sprayed | link.Route(len(h.sprays))}
	h.sprays = append(h.sprays, s)
	h.routes[k] = p
	h.trackSpray(f, w.to.host, p)
	return p, nil
}

func (h *Host) trackSpray(f *flow, to *Host, p link.Path) {
	if _, known := h.flows[f.key()]; !known && h.g.tracking {
		h.track(f, to, p)
	}
}

// sprayStream returns the stream of choices for packets.
func (h *Host) sprayStream() *sim.Stream {
	if h.sprayDraws == nil {
		h.sprayDraws = h.net.World().Stream("host/" + h.name + "/spray")
	}
	return h.sprayDraws
}

// shuffle brings the paths into random order (Fisher-Yates).
func (s *spray) shuffle(draws *sim.Stream) {
	for i := len(s.paths) - 1; i > 0; i-- {
		j := draws.Below(uint64(i + 1))
		s.paths[i], s.paths[j] = s.paths[j], s.paths[i]
	}
}

// spread returns the path of the next packet of a sprayed one.
func (h *Host) spread(p link.Path) link.Path {
	s := &h.sprays[p.Route&^link.Sprayed]
	if !h.g.routing.InTurn {
		return s.paths[h.sprayDraws.Below(uint64(len(s.paths)))]
	}
	q := s.paths[s.next]
	if s.next++; s.next == len(s.paths) {
		s.next = 0
	}
	return q
}
