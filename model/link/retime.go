package link

import (
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// retime gives the packets that have not departed by now new departures and arrivals after a change
// of rate or delay. Work done so far counts exactly.
func (n *Net) retime(now sim.Time, id ID, rate uint64, delay unit.Duration) {
	if n.links[id].mode&modeServed != 0 {
		n.retimeServed(now, id, rate, delay)
		return
	}
	n.retimeQueued(now, id, rate, delay)
}

func (n *Net) retimeQueued(now sim.Time, id ID, rate uint64, delay unit.Duration) {
	l, x := &n.links[id], &n.extras[id]
	n.settle(l, now)
	oldDelay := l.delay
	l.delay = delay
	if l.mode&modeReorder != 0 {
		x.flight.keep(func(p PacketID) bool { return n.packets[p].depart <= now })
	}
	restart := rate != l.rate && l.freeAt >= now
	if restart {
		n.restart(now, l, x, rate)
	}
	l.setRate(rate)
	for p := l.mark; p != 0; p = n.packets[p].next {
		k := &n.packets[p]
		jitter := k.arrival.Sub(k.depart) - oldDelay
		if restart {
			if p != l.mark {
				l.serve(l.freeAt, int64(k.size))
			}
			k.depart = l.freeAt
		}
		k.arrival = k.depart.Add(delay + jitter)
		if l.mode&modeReorder != 0 {
			x.flight.insert(k.arrival, p)
		}
	}
	switch {
	case l.mode&modeReorder != 0:
		l.head = 0
		n.aim(id)
	case l.head != 0 && l.head == l.mark:
		n.w.Arm(l.event, max(now, n.packets[l.head].arrival))
	}
}

// restart computes the work that is left at now of the packet in service, with what a departure's
// rounding has left of the one before, and sets freeAt and rem to its end at the new rate.
func (n *Net) restart(now sim.Time, l *link, x *extra, rate uint64) {
	from := now
	if l.mark != 0 && x.radio >= 0 {
		from = max(now, n.radios[x.radio].awakeAt) // service cannot have begun before
	}
	var work uint64
	switch {
	case l.rate != 0:
		hi, lo := bits.Mul64(uint64(l.freeAt-from), l.rate)
		lo, carry := bits.Add64(lo, l.rem, 0)
		hi += carry
		if l.mark != 0 {
			behind := l.queuedOctets - int64(n.packets[l.mark].size)
			behindHi, behindLo := bits.Mul64(uint64(behind), workPerOctet)
			var borrow uint64
			lo, borrow = bits.Sub64(lo, behindLo, 0)
			hi -= behindHi + borrow
		}
		if hi != 0 {
			n.w.Fail("link %s: work left in service does not fit its packet", x.name)
		}
		work = lo
	case l.mark != 0: // infinitely fast, and waiting for the radio
		work = uint64(n.packets[l.mark].size) * workPerOctet
	}
	l.setRate(rate)
	l.freeAt, l.rem = from, 0
	if rate != 0 {
		l.freeAt = from + sim.Time(work/rate)
		l.rem = work % rate
	}
}
