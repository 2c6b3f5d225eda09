package link

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// A served link is one whose discipline has something to do when a packet leaves its queue: CoDel, FQ-CoDel
// and PIE. It costs two events a packet, the end of service and the arrival. Packets that wait are in the
// server's queue; the one in service and those in the air are in the link's list, as on an analytic link, but
// the link's mark is not used. What is queued counts the one in service, as everywhere.

// server is what a served link has beside an aqm.
type server struct {
	event   sim.EventID // end of service
	service PacketID    // in the transmitter until freeAt; 0: none. It may have arrived and be gone by then
	size    int64       // of service
	largest int64       // octets of the largest packet that came
	queue   fifo        // of CoDel and PIE
	codel   codel       // of queue
	pie     pie
	fair    fair
}

// fifo is a list of waiting packets. Their arrival field holds when they came.
type fifo struct {
	head, tail PacketID
	octets     int64
}

func (n *Net) push(f *fifo, p PacketID) {
	k := &n.packets[p]
	k.next = 0
	if f.head != 0 {
		n.packets[f.tail].next = p
	} else {
		f.head = p
	}
	f.tail = p
	f.octets += int64(k.size)
}

// pull takes the head off f, 0 if there is none.
func (n *Net) pull(f *fifo) PacketID {
	p := f.head
	if p != 0 {
		k := &n.packets[p]
		f.head = k.next
		f.octets -= int64(k.size)
	}
	return p
}

// initServer makes a served link of l, whose number is id.
func (n *Net) initServer(l *link, x *extra, a *aqm, id ID) {
	l.mode |= modeServed
	a.server = &server{event: n.w.NewEvent(n.service, uint32(id), x.comp)}
	a.server.fair.init(a)
	a.server.pie.init(&a.PIE)
	if a.Kind == FQCoDel && x.queue == (Queue{}) {
		x.queue.Packets = fairLimit
	}
}

// services returns the handler of the end of service.
func (n *Net) services() sim.Handler {
	return func(now sim.Time, index uint32) { n.serveNext(now, ID(index)) }
}

// enqueueServed is enqueue on a served link. A departure due at this instant comes first.
func (n *Net) enqueueServed(now sim.Time, p PacketID, id ID) {
	l, x := &n.links[id], &n.extras[id]
	k := &n.packets[p]
	size := int64(k.size)
	s := x.aqm.server
	if l.mode&modeDown != 0 || size > int64(l.mtu) {
		n.refuse(id, p)
		return
	}
	if s.service != 0 {
		n.serveNext(now, id)
	}
	s.largest = max(s.largest, size)
	verdict := verdictPass
	if x.aqm.Kind == PIE {
		if verdict = n.pieArrival(now, x.aqm, p); verdict == verdictDrop {
			n.drop(id, p, causeEarly)
			return
		}
	}
	octets, packets := l.queuedOctets+size, l.queuedPackets+1
	full := octets > x.limitOctets || packets > x.limitPackets
	if full && x.aqm.Kind != FQCoDel || l.mode&modePool != 0 && !n.poolAdmits(now, id, size) {
		n.refuse(id, p)
		return
	}
	l.accepted.add(size)
	l.hash.Mix(uint64(now) ^ uint64(size)<<48)
	l.queuedOctets, l.queuedPackets = octets, packets
	k.arrival, k.hop = now, n.routes[k.route]
	if l.mode&modeWake != 0 {
		n.rouse(now, &n.radios[x.radio])
	}
	if verdict == verdictMark {
		n.mark(id, p)
	}
	if x.aqm.Kind == FQCoDel {
		n.fairPush(x.aqm, p)
		if full {
			n.fairEvict(id)
		}
	} else {
		n.push(&s.queue, p)
	}
	x.peakOctets = max(x.peakOctets, l.queuedOctets)
	x.peakPackets = max(x.peakPackets, l.queuedPackets)
	if s.service == 0 {
		n.serveNext(now, id)
	}
}

// serveNext ends the service that is due and begins the next one, if a packet waits.
func (n *Net) serveNext(now sim.Time, id ID) {
	l, x := &n.links[id], &n.extras[id]
	s := x.aqm.server
	for {
		if s.service != 0 {
			if l.freeAt > now {
				return
			}
			s.service = 0
			l.queuedOctets -= s.size
			l.queuedPackets--
		}
		p := n.leave(now, id)
		if p == 0 {
			return
		}
		k := &n.packets[p]
		k.next = 0
		from := now
		if l.mode&modeWake != 0 {
			from = max(now, n.radios[x.radio].awakeAt)
		}
		n.schedule(from, id, k)
		if k.arrival < now {
			panic(n.overflow(id))
		}
		s.service, s.size = p, int64(k.size)
		l.hash.Mix(uint64(k.arrival) ^ uint64(k.size)<<48)
		if l.mode&modeCrossing != 0 {
			n.cross(id, p)
		}
		n.fly(id, p)
		if l.freeAt > now {
			n.w.Arm(s.event, l.freeAt)
			return
		}
	}
}

// leave takes the packet that is served next out of the queue, 0 if none waits.
func (n *Net) leave(now sim.Time, id ID) PacketID {
	a := n.extras[id].aqm
	s := a.server
	switch a.Kind {
	case FQCoDel:
		return n.fairLeave(now, id)
	case PIE:
		p := n.pull(&s.queue)
		n.pieDeparture(now, a, p)
		return p
	}
	return n.codelLeave(now, id, &s.queue, &s.codel)
}

// fly puts p, whose times are set, behind those that are in the air.
func (n *Net) fly(id ID, p PacketID) {
	l := &n.links[id]
	arrival := n.packets[p].arrival
	switch {
	case l.mode&modeReorder != 0:
		n.extras[id].flight.insert(arrival, p)
		n.aim(id)
	case l.head != 0:
		n.packets[l.tail].next = p
	default:
		l.head = p
		n.w.Arm(l.event, arrival)
	}
	l.tail = p
}

// evict drops a packet that was accepted and has left the queue.
func (n *Net) evict(id ID, p PacketID, why cause) {
	l := &n.links[id]
	size := int64(n.packets[p].size)
	l.queuedOctets -= size
	l.queuedPackets--
	n.extras[id].evicted.add(size)
	n.drop(id, p, why)
}

// queuedServed is Queued of a served link: looking changes nothing.
func (l *link) queuedServed(now sim.Time, s *server) Count {
	c := Count{Packets: int64(l.queuedPackets), Octets: l.queuedOctets}
	if s.service != 0 && l.freeAt <= now {
		c.Packets--
		c.Octets -= s.size
	}
	return c
}

// asAnalytic lets f, which knows analytic links, treat the packet in service as the only one queued.
func (n *Net) asAnalytic(now sim.Time, id ID, f func()) {
	n.serveNext(now, id)
	l, s := &n.links[id], n.extras[id].aqm.server
	octets, packets := l.queuedOctets, l.queuedPackets
	l.mark, l.queuedOctets, l.queuedPackets = 0, 0, 0
	if s.service != 0 {
		l.mark, l.queuedOctets, l.queuedPackets = s.service, s.size, 1
	}
	f()
	l.mark, l.queuedOctets, l.queuedPackets = 0, octets, packets
}

// retimeServed is retime of a served link: what waits has no times yet.
func (n *Net) retimeServed(now sim.Time, id ID, rate uint64, delay unit.Duration) {
	n.asAnalytic(now, id, func() { n.retimeQueued(now, id, rate, delay) })
	l, s := &n.links[id], n.extras[id].aqm.server
	if s.service != 0 {
		n.w.Arm(s.event, max(now, l.freeAt))
		n.serveNext(now, id) // at an infinite rate all of it leaves now
	}
}

// flushServed is flush of a served link.
func (n *Net) flushServed(now sim.Time, id ID, all bool) {
	n.asAnalytic(now, id, func() { n.flushQueued(now, id, all) })
	l, a := &n.links[id], n.extras[id].aqm
	s := a.server
	n.loseAll(id, &s.queue)
	s.codel.leaveEmpty()
	for i := range s.fair.flows {
		n.loseAll(id, &s.fair.flows[i].fifo)
	}
	s.fair.reset()
	s.service = 0
	n.w.Disarm(s.event)
	l.queuedOctets, l.queuedPackets = 0, 0
}

func (n *Net) loseAll(id ID, f *fifo) {
	for p := n.pull(f); p != 0; p = n.pull(f) {
		n.lose(id, p)
	}
}
