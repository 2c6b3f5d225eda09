package link

import (
	"slices"

	"mpsim/sim"
)

// A crossing link whose packets are settled once they are taken, because none gets lost and none is held
// back, keeps no shadows: a packet that goes elsewhere is given back at once, and only its departure is
// kept, because until then it counts as queued. What arrives in the serving part is in the link's list as
// ever, but the link's mark is not used. Deliveries are counted where they happen.

// departure is a packet that has not left the transmitter.
type departure struct {
	at   sim.Time
	size int64
}

// leaving holds those of one link, in order.
type leaving struct {
	ring  []departure // a power of two of them
	first int
	n     int
}

func (q *leaving) push(at sim.Time, size int64) {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.ring[(q.first+q.n)&(len(q.ring)-1)] = departure{at, size}
	q.n++
}

func (q *leaving) grow() {
	ring := make([]departure, max(8, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.first+i)&(len(q.ring)-1)]
	}
	q.ring, q.first = ring, 0
}

// fastest is the highest rate, bit/s, of a link without shadows: no two packets depart within a nanosecond.
const fastest = 100_000_000_000

// quiet tells that a link that crosses needs no shadows.
func (l *link) quiet() bool {
	return l.mode&(modeLoss|modeJitter|modeServed|modeReorder) == 0 && l.rate > 0 && l.rate <= fastest
}

// settleLeaving is settle of a link without shadows.
func (n *Net) settleLeaving(l *link, now sim.Time) {
	q := &n.leaving[l.leaving-1]
	if l.freeAt <= now {
		q.first, q.n = 0, 0
		l.queuedOctets, l.queuedPackets = 0, 0
		return
	}
	for q.n > 0 && q.ring[q.first].at <= now {
		l.queuedOctets -= q.ring[q.first].size
		l.queuedPackets--
		q.first = (q.first + 1) & (len(q.ring) - 1)
		q.n--
	}
}

// flushLeaving is flush of a link without shadows: what it holds lies in several parts of the world, and is
// lost in order of departure.
func (n *Net) flushLeaving(now sim.Time, id ID, all bool) {
	l := &n.links[id]
	n.settleLeaving(l, now)
	var lost []departure
	for _, part := range n.cut.nets {
		if part.links[id].event != 0 {
			lost = part.unpost(now, id, all, lost)
		}
	}
	slices.SortStableFunc(lost, func(a, b departure) int { return int(a.at - b.at) })
	for _, p := range lost {
		n.extras[id].flushed.add(p.size)
		n.countDrop(id, p.size, causeDown)
	}
	q := &n.leaving[l.leaving-1]
	q.first, q.n = 0, 0
	l.queuedOctets, l.queuedPackets, l.rem = 0, 0, 0
	l.freeAt = min(l.freeAt, now)
}

// delivered returns what has crossed id, which this net serves, in all parts of the world.
func (n *Net) delivered(id ID) Count {
	c := n.links[id].delivered
	if n.links[id].leaving != 0 {
		for _, part := range n.cut.nets {
			if part != n {
				c.Packets += part.links[id].delivered.Packets
				c.Octets += part.links[id].delivered.Octets
			}
		}
	}
	return c
}
