package topo

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// What stands on a link (package middlebox) sends packets from there, and may own addresses.

// Beyond resolves the way to dst of a packet that has crossed id: what link.Net.Resume takes.
func (g *Graph) Beyond(id link.ID, dst wire.Addr) (link.Route, error) { return g.from(id, dst, nil) }

// Through resolves the way to dst that begins with id: what link.Net.Enter takes.
func (g *Graph) Through(id link.ID, dst wire.Addr) (link.Route, error) {
	return g.from(id, dst, []link.ID{id})
}

// from resolves the way to dst from the far end of id and puts it behind the given links.
func (g *Graph) from(id link.ID, dst wire.Addr, before []link.ID) (link.Route, error) {
	links, receiver, err := g.onward(g.ends[id].head, dst)
	if err != nil {
		return 0, fmt.Errorf("behind link %s, to %v: %w", g.net.Name(id), dst.Netip(), err)
	}
	return g.net.AddTail(append(before, links...), receiver), nil
}

// onward returns the links from a node to the interface that has dst, and its receiver.
func (g *Graph) onward(at Port, dst wire.Addr) ([]link.ID, int32, error) {
	if f := g.ifaceAt(at); f != nil { // whatever comes to a host ends there
		return nil, f.receiver, nil
	}
	if gate, ok := g.gates[dst]; ok {
		links, err := g.toGate(at.node, gate)
		return links, g.sink(), err
	}
	to := g.owners[dst]
	switch {
	case to == nil:
		return nil, 0, fmt.Errorf("no host has this address")
	case !to.connected:
		return nil, 0, fmt.Errorf("interface %s of %s is not connected", to.name, to.host.name)
	case g.nodes[to.peer.node].host != nil:
		return nil, 0, fmt.Errorf("a host lies between, and hosts do not forward")
	}
	links, ok := g.treeFrom(at.node).to(to.peer.node)
	if !ok {
		return nil, 0, fmt.Errorf("no path of links leads there")
	}
	return append(links, to.in), to.receiver, nil
}

// AddGate makes packets to addr go to the entrance of link id, where something must stand that takes or
// redirects them: a NAT with a public address. What passes unchanged is counted as Lost and dropped.
func (g *Graph) AddGate(addr wire.Addr, id link.ID) error {
	if !addr.IsValid() || g.owners[addr] != nil {
		return fmt.Errorf("address %v is a host's, or none: a gate needs its own", addr.Netip())
	}
	if other, taken := g.gates[addr]; taken && other != id {
		return fmt.Errorf("address %v belongs to link %s already", addr.Netip(), g.net.Name(other))
	}
	g.gates[addr] = id
	return nil
}

// toGate returns the links from a router to the one where the gate id begins, and id.
func (g *Graph) toGate(router int32, id link.ID) ([]link.ID, error) {
	tail := g.ends[id].tail.node
	if g.nodes[tail].host != nil {
		return nil, fmt.Errorf("the address belongs to link %s, which begins at a host", g.net.Name(id))
	}
	links, ok := g.treeFrom(router).to(tail)
	if !ok {
		return nil, fmt.Errorf("no path of links leads there")
	}
	return append(links, id), nil
}

// lost counts what reaches the end of a route to a gate.
type lost struct {
	g     *Graph
	count link.Count
}

// Receive implements link.Receiver.
func (l *lost) Receive(_ sim.Time, p link.PacketID) {
	l.count.Packets++
	l.count.Octets += int64(l.g.net.Size(p))
	l.g.net.Free(p)
}

// sink returns the receiver at the end of routes to gates.
func (g *Graph) sink() int32 {
	if g.sinkReceiver < 0 {
		g.sinkReceiver = g.net.AddReceiver(&g.lost)
	}
	return g.sinkReceiver
}

// Lost returns what was sent to an address of a gate and taken by nobody.
func (g *Graph) Lost() link.Count { return g.lost.count }
