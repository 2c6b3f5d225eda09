package link

import "fmt"

// Marking by the instantaneous queue: what DCTCP asks of a switch (Alizadeh et al. 2010 section 3.1; RFC 8257
// section 3.1).

func (d *Discipline) checkMark(c *Config) error {
	if (d.Mark.Octets > 0) == (d.Mark.Packets > 0) {
		return fmt.Errorf("link %s: marking above a threshold needs one, in octets or in packets", c.Name)
	}
	return d.Mark.check(c.Name, 0)
}

// above tells that an arriving packet finds more than K in the queue, the packet in service included.
func (a *aqm) above(l *link) bool {
	if a.Mark.Packets > 0 {
		return int(l.queuedPackets) > a.Mark.Packets
	}
	return l.queuedOctets > int64(a.Mark.Octets)
}
