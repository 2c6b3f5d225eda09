package link

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/parallel"
)

// PacketID is a packet's place in the arenas of its Net. Zero is none.
type PacketID uint32

// ID numbers a link of a Net (one direction), from 0.
type ID int32

// Route is a position in the Net's flat table of paths: link ids one after the other, ended by the
// bitwise complement of the destination's receiver number (see also redirect.go). Zero is "no route".
type Route uint32

// Receiver takes the packets that reach the end of their route: a host. It owns p from then on
// and gives it back with Net.Free (after reading Net.Segment(p)). It is called from the event of the
// last link's arrival and may send packets and change links.
type Receiver interface {
	Receive(now sim.Time, p PacketID)
}

// Net holds all links, packets and routes of a world, or of one part of it (see cut.go).
type Net struct {
	w        *sim.World
	contents *wire.Contents
	kind     sim.Kind
	service  sim.Kind // end of service on a served link

	arena
	links     []link
	extras    []extra // parallel to links: what the common path does not touch
	radios    []radio
	pools     []pool
	routes    []int32
	receivers []Receiver
	ahead     touching

	// In a world that has been cut.
	cut                 *division // nil: it has not been
	part                int
	nextRoute, endRoute int // region of routes that this part adds to
	leaving             []leaving
	out, in             []*parallel.Ring[parcel] // by part, nil where nothing goes; and from others
}

// NewNet registers its event kinds with w and makes the world's table of payload octets.
func NewNet(w *sim.World) *Net {
	n := &Net{}
	n.init(w, wire.NewContents())
	n.routes = []int32{0} // so that route 0 is none
	return n
}

func (n *Net) init(w *sim.World, contents *wire.Contents) {
	n.w, n.contents = w, contents
	n.arena.init(w)
	n.kind = w.NewKind("link", n.arrivals())
	w.SetToucher(n.kind, n.touch)
	n.service = w.NewKind("link service", n.services())
}

// InUse returns the number of packets taken and not freed, those in the network included, in all parts of the
// world.
func (n *Net) InUse() int {
	if n.cut == nil {
		return n.inUse()
	}
	sum := 0
	for _, part := range n.cut.nets {
		sum += part.inUse()
	}
	return sum
}

// World returns the world that the net was made for.
func (n *Net) World() *sim.World { return n.w }

// Contents returns the table of payload octets.
func (n *Net) Contents() *wire.Contents { return n.contents }

// AddReceiver registers the end of routes and returns its number.
func (n *Net) AddReceiver(r Receiver) int32 {
	n.receivers = append(n.receivers, r)
	return int32(len(n.receivers) - 1)
}

// AddRoute appends a path of one or more links that ends at receiver. It panics on an unknown link or
// receiver and on an empty path: what stays inside a machine does not need a network.
func (n *Net) AddRoute(links []ID, receiver int32) Route {
	if len(links) == 0 || receiver < 0 || int(receiver) >= len(n.receivers) {
		n.w.Fail("link: route of %d links to receiver %d of %d", len(links), receiver, len(n.receivers))
	}
	r := n.nextEntry()
	for _, id := range links {
		n.extraOf(id)
		n.addEntry(int32(id))
	}
	n.addEntry(^receiver)
	return r
}

// Links returns the links of a route in order, as they are since it was redirected last. For inspection: it
// allocates.
func (n *Net) Links(r Route) []ID {
	var ids []ID
	for {
		hop := n.routes[r]
		r++
		if hop >= 0 {
			ids = append(ids, ID(hop))
			continue
		}
		at, jump := target(hop)
		if !jump {
			return ids
		}
		r = at
	}
}

// Send puts p, whose IP packet has size octets (1..65535), onto the first link of route. The segment
// must be complete. Ownership passes to the network.
func (n *Net) Send(now sim.Time, p PacketID, route Route, size int) {
	k := &n.packets[p]
	if k.state != stateHeld || route == 0 || size <= 0 || size > maxPacketOctets {
		n.w.Fail("link: sending packet %d (state %d) of %d octets on route %d", p, k.state, size, route)
	}
	k.state = stateTravelling
	k.size = uint16(size)
	k.route = route + 1
	n.enqueue(now, p, n.routes[route])
}
