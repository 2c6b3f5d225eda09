package link

import "mpsim/sim"

// A FIFO link of fixed rate knows a packet's departure when it takes the packet: there is no event at
// the end of service. Packets hang in one list per link in order of departure, and only the first to
// arrive has an armed event. What is still queued is found by moving the mark past the packets whose
// departure is due.
//
// Work is counted in nano-bits, bits x 1e9: a link of R bit/s does R of it each nanosecond. Departures
// are whole nanoseconds rounded down; the work left over is carried to the next packet, so that the
// rate is exact over any busy period.

// workPerOctet is 8 bits in nano-bits. 65535 octets and any remainder fit in 64 bits.
const workPerOctet = 8_000_000_000

// neverUsed is freeAt of a link that has not carried anything: before any idle time.
const neverUsed = -sim.Time(1) << 62

// serve takes size octets into service at from or when the transmitter is free, and returns their
// departure.
func (l *link) serve(from sim.Time, size int64) sim.Time {
	if l.freeAt < from {
		l.freeAt = from
		l.rem = 0
	}
	if l.rate != 0 {
		work := uint64(size)*workPerOctet + l.rem
		ns := work / l.rate
		l.rem = work - ns*l.rate
		l.freeAt += sim.Time(ns)
	}
	return l.freeAt
}

// settle moves the mark past the packets that have departed by now.
func (n *Net) settle(l *link, now sim.Time) {
	m := l.mark
	for m != 0 {
		k := &n.packets[m]
		if k.depart > now {
			break
		}
		l.queuedOctets -= int64(k.size)
		l.queuedPackets--
		m = k.next
	}
	l.mark = m
}

// enqueue offers p to link id at now.
func (n *Net) enqueue(now sim.Time, p PacketID, id int32) {
	l := &n.links[id]
	if l.mark != 0 {
		n.settle(l, now)
	}
	k := &n.packets[p]
	size := int64(k.size)
	octets := l.queuedOctets + size
	if octets > l.limitOctets || l.queuedPackets >= l.limitPackets || k.size > l.mtu {
		n.refuse(ID(id), p)
		return
	}
	if l.mode&modePlanned == 0 {
		k.depart = l.serve(now, size)
		k.arrival = k.depart.Add(l.delay)
	} else {
		n.plan(now, ID(id), k)
	}
	if k.arrival < now {
		n.w.Fail("link %s: the clock has overflowed: queue of %d packets at %d bit/s",
			n.extras[id].name, l.queuedPackets, l.rate)
	}
	l.accepted.add(size)
	l.hash.Mix(uint64(k.arrival) ^ uint64(size)<<48)
	l.queuedOctets = octets
	l.queuedPackets++
	l.peakOctets = max(l.peakOctets, octets)
	l.peakPackets = max(l.peakPackets, l.queuedPackets)
	if l.mark == 0 {
		l.mark = p
	}
	k.next = 0
	if l.mode&modeReorder != 0 {
		n.launch(ID(id), p)
		return
	}
	if l.head != 0 {
		n.packets[l.tail].next = p
	} else {
		l.head = p
		n.w.Arm(l.event, k.arrival)
	}
	l.tail = p
}

// arrive handles the event of a link: its head reaches the far end.
func (n *Net) arrive(now sim.Time, index uint32) {
	l := &n.links[index]
	p := l.head
	if l.mode&modeReorder != 0 {
		n.settle(l, now) // p must leave the list of the queued before it can be freed
		n.land(ID(index))
	} else {
		n.pop(now, l)
	}
	k := &n.packets[p]
	if l.mode&modeLoss != 0 && n.extras[index].loss.draw() {
		n.drop(ID(index), p, causeLoss)
		return
	}
	l.delivered.add(int64(k.size))
	hop := n.routes[k.route]
	k.route++
	if hop >= 0 {
		n.enqueue(now, p, hop)
		return
	}
	k.state = stateHeld
	n.receivers[^hop].Receive(now, p)
}

// pop takes the head off the list and arms its successor. A link that keeps order holds a packet back
// until those before it have arrived: a planned arrival that lies before now is due now.
func (n *Net) pop(now sim.Time, l *link) {
	k := &n.packets[l.head]
	if l.mark == l.head { // arrived, hence departed
		l.mark = k.next
		l.queuedOctets -= int64(k.size)
		l.queuedPackets--
	}
	l.head = k.next
	if l.head != 0 {
		n.w.Arm(l.event, max(now, n.packets[l.head].arrival))
	}
}
