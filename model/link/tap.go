package link

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// Tap sees the packets of one interface as a capture on that host does: outgoing ones before the
// queue, incoming ones after the last link. Drops show in counters only. It must not keep s.
type Tap interface {
	Packet(now sim.Time, s *wire.Segment, inbound bool)
}
