package topo

import (
	"errors"
	"fmt"
	"slices"

	"mpsim/model/link"
	"mpsim/model/wire"
)

// Path resolves the way of a flow from src, an address of this host, to dst: out of the interface that has
// src and into the one that has dst. Looked up once a connection. Under Shortest the ports do not matter, and
// the same pair of addresses gives the same path.
func (h *Host) Path(src, dst wire.Addr, sport, dport uint16) (link.Path, error) {
	return h.path(&flow{src: src, dst: dst, sport: sport, dport: dport})
}

// Labels tells that routers choose by flow label.
func (h *Host) Labels() bool { return h.g.routing.Kind == ECMP && h.g.routing.Hash == FlowLabel }

// LabelPath is Path for a flow with an IPv6 flow label (20 bits). Asked again with another label, it is
// the way that the flow takes from then on.
func (h *Host) LabelPath(src, dst wire.Addr, sport, dport uint16, label uint32) (link.Path, error) {
	return h.path(&flow{src: src, dst: dst, sport: sport, dport: dport, label: label})
}

func (h *Host) path(f *flow) (link.Path, error) {
	h.g.noteUse()
	p, err := h.lookUp(f)
	if err != nil {
		return link.Path{}, fmt.Errorf("host %s: from %v to %v: %w", h.name, f.src.Netip(), f.dst.Netip(), err)
	}
	return p, nil
}

func (h *Host) lookUp(f *flow) (link.Path, error) {
	if _, isGate := h.g.gates[f.dst]; h.g.routing.Kind != Shortest && !isGate {
		return h.multipath(f)
	}
	if p, known := h.paths[pair{f.src, f.dst}]; known {
		return p, nil
	}
	if i, known := h.flows[flow{src: f.src, dst: f.dst}]; known { // it has been moved since
		return h.tracked[i].path, nil
	}
	links, from, receiver, err := h.resolve(f.src, f.dst)
	if errors.Is(err, errNoPath) {
		links, from, receiver, err = h.resolveBefore(f.src, f.dst)
	}
	if err != nil {
		return link.Path{}, err
	}
	p := link.Path{Iface: from.index, Route: h.net.AddRoute(links, receiver)}
	if h.paths == nil {
		h.paths = map[pair]link.Path{}
	}
	h.paths[pair{f.src, f.dst}] = p
	if to, _ := h.g.Owner(f.dst); h.g.tracking && to != nil {
		h.track(&flow{src: f.src, dst: f.dst}, to, p)
	}
	return p, nil
}

// Reach says why there is no way from src, an address of this host, to dst; nil if there is one.
func (h *Host) Reach(src, dst wire.Addr) error {
	if err := h.reach(src, dst); err != nil {
		return fmt.Errorf("host %s: from %v to %v: %w", h.name, src.Netip(), dst.Netip(), err)
	}
	return nil
}

// Source returns the address that a connection to dst uses when none is asked for: the first one of
// dst's family, of the first interface that is up and has a way there, not backup before backup.
func (h *Host) Source(dst wire.Addr) (wire.Addr, error) {
	works := func(a wire.Addr) bool { return h.reach(a, dst) == nil }
	worked := func(a wire.Addr) bool { return h.Joined(a, dst) }
	for _, reaches := range [...]func(wire.Addr) bool{works, worked} {
		for _, backup := range [...]bool{false, true} {
			if a, ok := h.sourceAmong(backup, reaches); ok {
				return a, nil
			}
		}
	}
	return wire.Addr{}, fmt.Errorf("host %s: no interface that is up has a way to %v", h.name, dst.Netip())
}

// sourceAmong returns the first address of an interface that is up, backup or not, that reaches says yes to.
func (h *Host) sourceAmong(backup bool, reaches func(wire.Addr) bool) (wire.Addr, bool) {
	for _, f := range h.ifaces {
		if !f.up || f.backup != backup {
			continue
		}
		if i := slices.IndexFunc(f.addrs, reaches); i >= 0 {
			return f.addrs[i], true
		}
	}
	return wire.Addr{}, false
}

func (h *Host) reach(src, dst wire.Addr) error {
	g := h.g
	g.noteUse()
	if _, isGate := g.gates[dst]; g.routing.Kind == Shortest || isGate {
		_, _, _, err := h.resolve(src, dst)
		return err
	}
	_, err := h.waysTo(src, dst)
	return err
}

// ends finds the interfaces that have src and dst; direct tells that one link joins them. Otherwise both
// are at routers.
func (h *Host) ends(src, dst wire.Addr) (from, to *iface, direct bool, err error) {
	from, to = h.g.owners[src], h.g.owners[dst]
	switch {
	case from == nil || from.host != h:
		err = fmt.Errorf("the source is not an address of this host")
	case to == nil:
		err = fmt.Errorf("no host has the destination address")
	case src.Is4() != dst.Is4():
		err = fmt.Errorf("one address is IPv4, the other IPv6")
	case !from.connected:
		err = fmt.Errorf("interface %s is not connected", from.name)
	case to.host == h:
		err = fmt.Errorf("the destination is the host itself: there is no loopback")
	case !to.connected:
		err = fmt.Errorf("interface %s of %s is not connected", to.name, to.host.name)
	case from.out == to.in:
		direct = true
	case h.g.nodes[from.peer.node].host != nil || h.g.nodes[to.peer.node].host != nil:
		err = fmt.Errorf("a host lies between, and hosts do not forward")
	}
	return from, to, direct, err
}

// resolve finds the links of the shortest path from src to dst, and the receiver at their end.
func (h *Host) resolve(src, dst wire.Addr) (links []link.ID, from *iface, receiver int32, err error) {
	g := h.g
	if gate, isGate := g.gates[dst]; isGate {
		if from, err = h.gateSource(src, dst); err == nil {
			links, err = h.resolveGate(from, gate)
		}
		return links, from, g.sink(), err
	}
	from, to, direct, err := h.ends(src, dst)
	switch {
	case err != nil:
		return nil, nil, 0, err
	case direct:
		return []link.ID{from.out}, from, to.receiver, nil
	case h.sameCube(to.host):
		return h.cubeShortest(to.host)
	}
	between, ok := g.treeFrom(from.peer.node).to(to.peer.node)
	if !ok {
		return nil, nil, 0, errNoPath
	}
	links = append(links, from.out)
	links = append(links, between...)
	return append(links, to.in), from, to.receiver, nil
}

// gateSource returns the interface that has src, for a way to the gate dst.
func (h *Host) gateSource(src, dst wire.Addr) (*iface, error) {
	from := h.g.owners[src]
	switch {
	case from == nil || from.host != h:
		return nil, fmt.Errorf("the source is not an address of this host")
	case src.Is4() != dst.Is4():
		return nil, fmt.Errorf("one address is IPv4, the other IPv6")
	case !from.connected:
		return nil, fmt.Errorf("interface %s is not connected", from.name)
	}
	return from, nil
}

// resolveGate finds the links from interface from to the gate id.
func (h *Host) resolveGate(from *iface, id link.ID) ([]link.ID, error) {
	if from.out == id {
		return []link.ID{id}, nil
	}
	if h.g.nodes[from.peer.node].host != nil {
		return nil, fmt.Errorf("a host lies between, and hosts do not forward")
	}
	rest, err := h.g.toGate(from.peer.node, id)
	return append([]link.ID{from.out}, rest...), err
}
