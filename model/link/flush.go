package link

import "mpsim/sim"

// Flush loses what id has queued, cause down: its sender has been switched off. What is in flight
// arrives.
func (n *Net) Flush(id ID) {
	n = n.server(id)
	n.extraOf(id)
	n.mustStand(id)
	n.note(id, changeFlush, 0)
	n.flush(n.w.Now(), id, false)
}

// flush loses the packets of id that have not departed by now, or all that it holds.
func (n *Net) flush(now sim.Time, id ID, all bool) {
	switch l := &n.links[id]; {
	case l.leaving != 0:
		n.flushLeaving(now, id, all)
	case l.mode&modeServed != 0:
		n.flushServed(now, id, all)
	default:
		n.flushQueued(now, id, all)
	}
	if n.links[id].mode&modeShadows != 0 {
		n.recross(now, id, all)
	}
}

func (n *Net) flushQueued(now sim.Time, id ID, all bool) {
	l, x := &n.links[id], &n.extras[id]
	n.settle(l, now)
	if l.mode&modeReorder != 0 {
		n.flushFlight(now, id, all)
	} else {
		n.flushList(id, all)
	}
	l.mark, l.queuedOctets, l.queuedPackets = 0, 0, 0
	l.rem = 0
	if l.freeAt >= now {
		l.freeAt = now
		if l.mode&modeTrace != 0 {
			x.cursor.seek(now + 1) // what this instant offers has been used
		}
	}
}

// flushList cuts the list of a link that keeps order at the mark, or at its head.
func (n *Net) flushList(id ID, all bool) {
	l := &n.links[id]
	cut := l.mark
	if all {
		cut = l.head
	}
	if cut == 0 {
		return
	}
	if cut == l.head {
		l.head = 0
		n.w.Disarm(l.event)
	} else {
		last := l.head
		for n.packets[last].next != cut {
			last = n.packets[last].next
		}
		n.packets[last].next = 0
		l.tail = last
	}
	for p := cut; p != 0; {
		next := n.packets[p].next
		n.lose(id, p)
		p = next
	}
}

// flushFlight does the same for a link that breaks order, in order of arrival.
func (n *Net) flushFlight(now sim.Time, id ID, all bool) {
	n.extras[id].flight.keep(func(p PacketID) bool {
		if !all && n.packets[p].depart <= now {
			return true
		}
		n.lose(id, p)
		return false
	})
	n.links[id].head = 0
	n.aim(id)
}

// lose drops a packet that id had accepted.
func (n *Net) lose(id ID, p PacketID) {
	n.extras[id].flushed.add(int64(n.packets[p].size))
	n.drop(id, p, causeDown)
}
