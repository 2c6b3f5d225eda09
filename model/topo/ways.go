package topo

import (
	"errors"

	"mpsim/model/link"
	"mpsim/model/wire"
)

// ways are the paths that a flow may take from one interface to another, under multipath routing. Each has a
// number that names it.
type ways struct {
	h        *Host
	from, to *iface
	row      *row      // between routers; nil: one link, or a cube
	table    *nextHops // that row belongs to
	shortest []uint64  // in a cube: their numbers
	cube     bool
	longer   [][]link.ID // with Routing.Paths: they themselves, numbered in order
	past     bool        // of the network before anything failed
}

// way is one of them: the links, the interface that it leaves by, and the receiver at its end.
type way struct {
	links    []link.ID
	iface    int32
	receiver int32
}

var errManyPaths = errors.New("there are more paths of equal cost than can be counted: use shortest paths")

// waysTo finds the ways from src to dst. In a cube, which a host has one address of is all the same.
func (h *Host) waysTo(src, dst wire.Addr) (ways, error) {
	from, to, direct, err := h.ends(src, dst)
	w := ways{h: h, from: from, to: to}
	switch {
	case err != nil:
	case direct:
	case h.sameCube(to.host):
		w.from, w.to, w.cube = h.ifaces[0], to.host.ifaces[0], true
		w.shortest, _ = h.cubeLevels(to.host)
		w.shortest = h.wholeOrSpare(to.host, w.shortest)
	case h.g.routing.Paths > 0:
		w.longer = h.longer(from, to)
		if len(w.longer) == 0 {
			err = errNoPath
		}
	default:
		w.table = h.g.tables()
		w.row = w.table.row(to.peer.node)
		if w.count() >= manyPaths {
			err = errManyPaths
		}
	}
	if err == nil && w.count() == 0 {
		err = errNoPath
	}
	return w, err
}

// count returns how many there are of least cost, in a cube of those that work.
func (w *ways) count() uint64 {
	switch {
	case w.cube:
		return uint64(len(w.shortest))
	case w.longer != nil:
		return uint64(len(w.longer))
	case w.row == nil:
		return 1
	}
	return w.table.count(w.row, w.from.peer.node)
}

// nth returns the number of the i-th, below count.
func (w *ways) nth(i uint64) uint64 {
	if w.cube {
		return w.shortest[i]
	}
	return i
}

// way returns what a number stands for.
func (w *ways) way(number uint64) way {
	if w.cube {
		return w.h.cubeWay(w.to.host, number)
	}
	links := []link.ID{w.from.out}
	switch {
	case w.longer != nil:
		links = append(append(links, w.longer[number]...), w.to.in)
	case w.row != nil:
		links = append(links, w.table.nth(w.row, w.from.peer.node, number)...)
		links = append(links, w.to.in)
	}
	return way{links, w.from.index, w.to.receiver}
}

// choose returns the number of the way that a new flow takes.
func (w *ways) choose(f *flow) (uint64, error) {
	h := w.h
	switch n := w.count(); {
	case h.g.routing.Kind == SourceDistinct && w.cube && !w.past:
		return h.cubeDistinct(w.to.host)
	case n == 0:
		return 0, errNoPath
	case n == 1:
		return w.nth(0), nil
	case h.g.routing.Kind == ECMP && w.cube:
		return w.nth(uint64(hop(f.hash(h.g.routing.Hash), h.seed(), int(n)))), nil
	case h.g.routing.Kind == ECMP:
		return w.table.walk(w.row, w.from.peer.node, f.hash(h.g.routing.Hash)), nil
	case h.g.routing.Kind == SourceDistinct:
		return h.pickDistinct(ifacePair{from: w.from, to: w.to}, n), nil
	default:
		return w.nth(h.pickRandom(n)), nil
	}
}

// routeKey names a route of a host under multipath routing.
type routeKey struct {
	from, to *iface
	number   uint64
}

// shared returns the path of that number, made when first asked for: flows on the same way share it.
func (w *ways) shared(number uint64) link.Path {
	h, k := w.h, routeKey{w.from, w.to, number}
	if p, known := h.routes[k]; known {
		return p
	}
	if h.routes == nil {
		h.routes = map[routeKey]link.Path{}
	}
	p := h.add(w.way(number))
	h.routes[k] = p
	return p
}

// add makes a route of a way.
func (h *Host) add(w way) link.Path {
	return link.Path{Iface: w.iface, Route: h.net.AddRoute(w.links, w.receiver)}
}

// multipath resolves the way of a flow.
func (h *Host) multipath(f *flow) (link.Path, error) {
	if h.g.routing.Kind == Spray {
		return h.sprayed(f)
	}
	i, known := h.flows[f.key()]
	if known && h.tracked[i].flow.label == f.label {
		return h.tracked[i].path, nil
	}
	w, err := h.waysNowOrBefore(f.src, f.dst)
	if err != nil {
		return link.Path{}, err
	}
	number, err := w.choose(f)
	if err != nil {
		return link.Path{}, err
	}
	if !h.g.tracking {
		return w.shared(number), nil
	}
	p := h.add(w.way(number))
	if known {
		h.tracked[i] = tracked{*f, w.to.host, p}
	} else {
		h.track(f, w.to.host, p)
	}
	return p, nil
}
