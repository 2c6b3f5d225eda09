package topo

import (
	"errors"
	"maps"

	"mpsim/model/link"
	"mpsim/model/wire"
)

// Ways where failures have left none. A host does not know what routers know: what it sends then is lost in
// the network, and sent again. So a flow that begins while there is no way is given one of the network as it
// was before anything failed, and moved with the others when routing knows of a repair.

// before is what routing knew before it first knew of a failure.
type before struct {
	table *nextHops
	trees map[int32]*tree
}

// remember keeps the tables from the first failure on.
func (g *Graph) remember() {
	if g.before != nil {
		return
	}
	g.before = &before{g.table, maps.Clone(g.trees)}
	if t := g.table; t != nil {
		n := len(t.seeds)
		g.table = &nextHops{g: g, seeds: t.seeds, in: t.in, rows: make([]*row, n), known: make([][]int32, n)}
	}
}

// waysBefore is waysTo in the network as it was, for when that finds no way.
func (h *Host) waysBefore(src, dst wire.Addr) (ways, error) {
	from, to, _, err := h.ends(src, dst)
	w := ways{h: h, from: from, to: to, past: true}
	switch b := h.g.before; {
	case err != nil:
		return w, err
	case h.sameCube(to.host):
		w.from, w.to, w.cube = h.ifaces[0], to.host.ifaces[0], true
		w.shortest, _ = h.cubeLevels(to.host)
	case b == nil || b.table == nil || b.table.rows[h.g.nodes[to.peer.node].router] == nil:
		return w, errNoPath
	default:
		w.table = b.table
		w.row = w.table.row(to.peer.node)
	}
	if w.count() == 0 {
		return w, errNoPath
	}
	return w, nil
}

// waysNowOrBefore finds the ways that a new flow may take.
func (h *Host) waysNowOrBefore(src, dst wire.Addr) (ways, error) {
	w, err := h.waysTo(src, dst)
	if errors.Is(err, errNoPath) {
		return h.waysBefore(src, dst)
	}
	return w, err
}

// resolveBefore is resolve in the network as it was, for when that finds no way.
func (h *Host) resolveBefore(src, dst wire.Addr) (links []link.ID, from *iface, receiver int32, err error) {
	from, to, _, err := h.ends(src, dst)
	if err != nil {
		return nil, nil, 0, err
	}
	if h.sameCube(to.host) {
		differ, _ := h.cubeLevels(to.host)
		w := h.cubeWay(to.host, differ[len(differ)-1])
		return w.links, h.ifaces[w.iface], w.receiver, nil
	}
	if b := h.g.before; b != nil && b.trees[from.peer.node] != nil {
		if between, ok := b.trees[from.peer.node].to(to.peer.node); ok {
			links = append(append([]link.ID{from.out}, between...), to.in)
			return links, from, to.receiver, nil
		}
	}
	return nil, nil, 0, errNoPath
}

// Joined tells whether there is a way from src, an address of this host, to dst, or was one before anything
// failed.
func (h *Host) Joined(src, dst wire.Addr) bool {
	err := h.reach(src, dst)
	if !errors.Is(err, errNoPath) {
		return err == nil
	}
	if h.g.routing.Kind == Shortest {
		_, _, _, err = h.resolveBefore(src, dst)
	} else {
		_, err = h.waysBefore(src, dst)
	}
	return err == nil
}
