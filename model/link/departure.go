package link

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Departure returns when the packet that id took last leaves its transmitter, and the rate, which is 0 for an
// infinitely fast link and for one that a trace drives. Later packets change neither. On a link whose queue acts
// at departure it is the packet in service.
func (n *Net) Departure(id ID) (sim.Time, unit.Bitrate) {
	l := &n.links[id]
	return l.freeAt, unit.Bitrate(l.rate)
}
