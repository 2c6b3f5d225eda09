package link

import "fmt"

// The random-early band: a packet that would lie in the last places of a drop-tail queue is dropped with a
// probability of 1/10. It breaks the phase effects (Floyd and Jacobson 1992) that a deterministic simulator
// shows where flows of equal round trips meet; the queues of htsim (class RandomQueue), which the studies of
// MPTCP in datacenters ran on, have one of two packets.

// bandDrop is one packet in ten, of 2^64.
const bandDrop = 1<<64/10 + 1

func (d *Discipline) checkBand(c *Config) error {
	if d.Band < 0 || d.Band > 0 && d.Band >= c.Queue.Packets {
		return fmt.Errorf("link %s: a random-early band of %d packets needs a queue limit of more packets, "+
			"and it is %d (0: no limit)", c.Name, d.Band, c.Queue.Packets)
	}
	return nil
}

// inBand draws for a packet that would lie in the band. A full queue refuses it without a draw.
func (a *aqm) inBand(l *link, x *extra) bool {
	place := l.queuedPackets + 1
	return place <= x.limitPackets && place > x.limitPackets-int32(a.Band) && a.stream.Chance(bandDrop)
}
