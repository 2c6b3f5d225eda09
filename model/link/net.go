package link

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// PacketID is a packet's place in the arenas of its Net. Zero is none.
type PacketID uint32

// ID numbers a link of a Net (one direction). EndpointID numbers a Receiver registered with it.
type ID int32

// Route is a position in the Net's flat table of paths: link ids one after the other, ended by the
// bitwise complement of the destination's receiver number. Zero is "no route".
type Route uint32

// Receiver takes the packets that reach the end of their route: a host. It owns p from then on
// and gives it back with Net.Free (after reading Net.Segment(p)).
type Receiver interface {
	Receive(now sim.Time, p PacketID)
}

// Net holds all links, packets and routes of a world (later: of one part of it).
type Net struct{}

// NewNet registers its event kinds with w. contents is the table of payload octets.
func NewNet(w *sim.World) *Net { panic("skeleton") }

func (n *Net) World() *sim.World        { panic("skeleton") }
func (n *Net) Contents() *wire.Contents { panic("skeleton") }

// NewPacket takes a packet from the arena; its segment is ClearForReuse'd. The pointer stays valid
// until Free. Segment returns the same pointer again.
func (n *Net) NewPacket() (PacketID, *wire.Segment) { panic("skeleton") }
func (n *Net) Segment(p PacketID) *wire.Segment     { panic("skeleton") }
func (n *Net) Free(p PacketID)                      { panic("skeleton") }

// AddReceiver registers the end of routes; AddRoute appends a path of links that ends there.
func (n *Net) AddReceiver(r Receiver) int32              { panic("skeleton") }
func (n *Net) AddRoute(links []ID, receiver int32) Route { panic("skeleton") }

// Send puts p, whose IP packet has size octets, onto the first link of route. The segment must be
// complete. Ownership passes to the network.
func (n *Net) Send(now sim.Time, p PacketID, route Route, size int) { panic("skeleton") }

// Config describes one direction of a link.
type Config struct {
	Name  string
	Rate  unit.Bitrate  // 0: infinitely fast
	Delay unit.Duration // one way
	// further fields: queue limit, loss, jitter, wake, trace ... (owner of this package)
}

// AddLink makes a link; its component is "link/"+Name.
func (n *Net) AddLink(c Config) (ID, error) { panic("skeleton") }
