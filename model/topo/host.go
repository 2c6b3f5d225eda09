package topo

import (
	"fmt"
	"strconv"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Host is a machine with interfaces. A protocol stack on it looks up a Path once a connection and
// sends on it; what arrives is passed to one handler.
type Host struct {
	g          *Graph
	net        *link.Net
	name       string
	index      int32 // node
	number     int32 // among hosts, from 1
	comp       sim.Component
	hash       sim.Hash
	ifaces     []*iface
	handler    func(now sim.Time, p link.PacketID, iface int32)
	toucher    func(p link.PacketID, stage int) uint64
	listeners  []func(now sim.Time, iface int, up bool)
	paths      map[pair]link.Path     // shortest paths
	routes     map[routeKey]link.Path // under multipath routing
	choices    choices
	sprays     []spray
	flows      map[flow]int32 // by key, see track
	tracked    []tracked
	hashSeed   uint64      // 0: not drawn yet
	sprayDraws *sim.Stream // nil: not needed yet
	unhandled  link.Count
	cube       *Built // that it is part of and forwards in, or nil
	address    int    // there
}

// pair names a path; what a host has looked up is kept.
type pair struct{ src, dst wire.Addr }

// InterfaceConfig describes an interface.
type InterfaceConfig struct {
	Name   string // unique in its host; "" means its number, "0", "1" ...
	Addrs  []wire.Addr
	Assign Family // addresses to take from the plan; if nothing is given either: IPv4
	MTU    int    // octets of the largest IP packet it sends, 68..65535; 0: 1500
	Backup bool   // for the path manager: to be used when the others fail
	Down   bool   // starts down
}

// Interface is a snapshot of one interface.
type Interface struct {
	Name      string
	Addrs     []wire.Addr // not to be changed
	Up        bool
	Backup    bool
	Connected bool
	MTU       int
	Out, In   link.ID // meaningful when Connected

	Sent, Received link.Count
	DroppedDown    link.Count // to be sent, or arrived, while it was down
	ArrivedDown    link.Count // the part of it that had arrived
	DroppedMTU     link.Count // to be sent and too large
	UpTime         unit.Duration
	StateChanges   int64
	LastChange     sim.Time
}

// iface is one interface. It is the Receiver at the end of the routes to its addresses.
type iface struct {
	host      *Host
	tap       link.Tap
	index     int32
	receiver  int32
	mtu       int32
	up        bool
	backup    bool
	connected bool
	out, in   link.ID
	peer      Port

	sent, received, droppedDown, arrivedDown, droppedMTU link.Count

	name       string
	addrs      []wire.Addr
	changes    int64
	lastChange sim.Time
	upTime     unit.Duration // before lastChange
}

const (
	defaultMTU = 1500
	minMTU     = 68 // RFC 791 section 3.2
	maxMTU     = 65535
)

// AddHost makes a host without interfaces; its component is "host/"+name.
func (g *Graph) AddHost(name string) (*Host, error) {
	h := &Host{g: g, net: g.net, name: name, number: int32(len(g.hosts) + 1)}
	index, err := g.addNode(name, h)
	if err != nil {
		return nil, err
	}
	h.index = index
	h.comp = g.net.World().Component("host/" + name)
	g.net.World().DigestOf(h.comp, h.digest)
	g.hosts = append(g.hosts, h)
	return h, nil
}

// AddInterface makes the host's next interface and returns its number.
func (h *Host) AddInterface(c InterfaceConfig) (int, error) {
	i := len(h.ifaces)
	f := &iface{host: h, index: int32(i), name: c.Name, mtu: int32(c.MTU), up: !c.Down, backup: c.Backup}
	if f.name == "" {
		f.name = strconv.Itoa(i)
	}
	if f.mtu == 0 {
		f.mtu = defaultMTU
	}
	if c.MTU != 0 && (c.MTU < minMTU || c.MTU > maxMTU) {
		return 0, fmt.Errorf("interface %s of %s: MTU %d is outside %d..%d octets",
			f.name, h.name, c.MTU, minMTU, maxMTU)
	}
	for _, other := range h.ifaces {
		if other.name == f.name {
			return 0, fmt.Errorf("interface %s of %s exists already: names are unique in a host", f.name, h.name)
		}
	}
	if err := f.assign(c.Addrs, c.Assign); err != nil {
		return 0, fmt.Errorf("interface %s of %s: %w", f.name, h.name, err)
	}
	f.receiver = h.net.AddReceiver(f)
	h.ifaces = append(h.ifaces, f)
	return i, nil
}

// Port returns where the connection of interface i ends.
func (h *Host) Port(i int) Port {
	h.at(i)
	return Port{node: h.index, iface: int32(i)}
}

// SetNet moves the host to the net of the part of a world that it belongs to, when a world is cut: before its
// stacks are made and before it is asked for paths. Net returns it.
func (h *Host) SetNet(n *link.Net) { h.net = n }
func (h *Host) Net() *link.Net     { return h.net }

// Name returns the host's name; Component is the source of its stacks' events.
func (h *Host) Name() string             { return h.name }
func (h *Host) Component() sim.Component { return h.comp }

// NumInterfaces returns the number of interfaces; they are numbered from 0.
func (h *Host) NumInterfaces() int { return len(h.ifaces) }

// Interface returns a snapshot of interface i.
func (h *Host) Interface(i int) Interface {
	f := h.at(i)
	v := Interface{
		Name: f.name, Addrs: f.addrs, Up: f.up, Backup: f.backup, Connected: f.connected, MTU: int(f.mtu),
		Out: f.out, In: f.in,
		Sent: f.sent, Received: f.received, DroppedDown: f.droppedDown,
		ArrivedDown: f.arrivedDown, DroppedMTU: f.droppedMTU,
		UpTime: f.upTime, StateChanges: f.changes, LastChange: f.lastChange,
	}
	if f.up {
		v.UpTime += h.net.World().Now().Sub(f.lastChange)
	}
	return v
}

// InterfaceNamed returns the number of the interface of that name, or -1.
func (h *Host) InterfaceNamed(name string) int {
	for i, f := range h.ifaces {
		if f.name == name {
			return i
		}
	}
	return -1
}

// InterfaceOf returns the number of the interface that has address a, or -1.
func (h *Host) InterfaceOf(a wire.Addr) int {
	if f := h.g.owners[a]; f != nil && f.host == h {
		return int(f.index)
	}
	return -1
}

// Addrs returns the addresses of the host, those of one interface after the other.
func (h *Host) Addrs() []wire.Addr {
	var all []wire.Addr
	for _, f := range h.ifaces {
		all = append(all, f.addrs...)
	}
	return all
}

// MTU returns the octets of the largest IP packet that interface i sends.
func (h *Host) MTU(i int32) int { return int(h.at(int(i)).mtu) }

// Uplink returns the link that interface i sends on. The interface must be connected.
func (h *Host) Uplink(i int32) link.ID { return h.ifaces[i].out }

// at returns interface i and panics if there is none.
func (h *Host) at(i int) *iface {
	if i < 0 || i >= len(h.ifaces) {
		h.net.World().Fail("host %s: there is no interface %d (of %d)", h.name, i, len(h.ifaces))
	}
	return h.ifaces[i]
}
