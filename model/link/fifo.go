package link

import (
	"math/bits"

	"mpsim/sim"
)

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
	free, work := l.freeAt, l.rem
	if free < from {
		work = 0
	}
	free = max(free, from)
	if l.rate != 0 {
		work += uint64(size) * workPerOctet
		// work divided by rate: the product with the inverse is the quotient or one less.
		ns, _ := bits.Mul64(work, l.inverse)
		work -= ns * l.rate
		if work >= l.rate {
			work -= l.rate
			ns++
		}
		free += sim.Time(ns)
	}
	l.freeAt, l.rem = free, work
	return free
}

// settle moves the mark past the packets that have departed by now.
func (n *Net) settle(l *link, now sim.Time) {
	if l.leaving != 0 {
		n.settleLeaving(l, now)
		return
	}
	if l.freeAt <= now {
		l.mark, l.queuedOctets, l.queuedPackets = 0, 0, 0
		return
	}
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

// admit tells whether id can take size octets more, and notes the peak. Called only for what is
// not plain from the link's hot part: the mark may lag, so that queuedOctets is an upper bound, and as
// long as the bound stays below the peak, neither limit nor peak can be passed.
func (n *Net) admit(now sim.Time, id ID, size int64) bool {
	l, x := &n.links[id], &n.extras[id]
	n.settle(l, now)
	octets, packets := l.queuedOctets+size, l.queuedPackets+1
	if octets > x.limitOctets || packets > x.limitPackets || size > int64(l.mtu) {
		return false
	}
	x.peakOctets = max(x.peakOctets, octets)
	x.peakPackets = max(x.peakPackets, packets)
	l.setRoom(x)
	return true
}

// hasRoom tells that size octets can be taken without asking admit.
func (l *link) hasRoom(size int64) bool {
	return l.queuedOctets+size <= l.roomOctets && l.queuedPackets < l.roomPackets && size <= int64(l.mtu)
}

// take counts packet p, whose times are set, as accepted and queued.
func (n *Net) take(l *link, p PacketID, k *packet, size int64) {
	k.next = 0
	k.hop = n.routes[k.route]
	l.accepted.add(size)
	l.hash.Mix(uint64(k.arrival) ^ uint64(size)<<48)
	l.queuedOctets += size
	l.queuedPackets++
	if l.mark == 0 {
		l.mark = p
	}
}

// enqueue offers p to link id at now. This and the function that arrivals returns are the two halves of a
// packet-hop.
func (n *Net) enqueue(now sim.Time, p PacketID, id int32) {
	l := &n.links[id]
	k := &n.packets[p]
	size := int64(k.size)
	if l.mode&modeUnusual != 0 {
		if l.mode&modeEntry != 0 {
			n.intercept(now, ID(id), p, k.route-1, false)
			return
		}
		n.enqueueUnusual(now, p, ID(id))
		return
	}
	if !l.hasRoom(size) && !n.admit(now, ID(id), size) {
		n.refuse(ID(id), p)
		return
	}
	k.depart = l.serve(now, size)
	k.arrival = k.depart.Add(l.delay)
	if k.arrival < now {
		panic(n.overflow(ID(id)))
	}
	n.take(l, p, k, size)
	tail := l.tail
	l.tail = p
	if l.head != 0 {
		n.packets[tail].next = p
		return
	}
	l.head = p
	n.w.Arm(l.event, k.arrival)
}

// enqueueUnusual is enqueue on a link that is more than a fixed rate.
func (n *Net) enqueueUnusual(now sim.Time, p PacketID, id ID) {
	l := &n.links[id]
	if l.mode&modeServed != 0 {
		n.enqueueServed(now, p, id)
		return
	}
	k := &n.packets[p]
	size := int64(k.size)
	verdict := verdictPass
	if l.mode&modeEarly != 0 {
		if verdict = n.early(now, id, p); verdict == verdictDrop {
			n.drop(id, p, causeEarly)
			return
		}
	}
	if l.mode&modePool != 0 {
		n.settle(l, now)
		if !n.poolAdmits(now, id, size) {
			n.refuse(id, p)
			return
		}
	}
	if !l.hasRoom(size) && !n.admit(now, id, size) {
		n.refuse(id, p)
		return
	}
	n.plan(now, id, k)
	if k.arrival < now {
		panic(n.overflow(id))
	}
	n.take(l, p, k, size)
	if verdict == verdictMark {
		n.mark(id, p)
	}
	if l.mode&modeReorder != 0 {
		n.launch(id, p)
		return
	}
	if l.mode&modeCrossing != 0 && n.cross(id, p) {
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

// arrivals returns the handler of the event of a link: its head reaches the far end. A link that keeps order
// holds a packet back until those before it have arrived: a planned arrival that lies before now is due now.
//
// It is a closure because a method value would cost one more call per event; copied into its caller, it would
// lose the calls that are inlined here.
//
//go:noinline
func (n *Net) arrivals() sim.Handler {
	return func(now sim.Time, index uint32) {
		l := &n.links[index]
		if l.mode&modeAtTheEnd != 0 {
			n.arriveUnusual(now, ID(index))
			return
		}
		p := l.head
		k := &n.packets[p]
		next := k.next
		l.pop(p, k)
		l.delivered.add(int64(k.size))
		hop := k.hop
		k.route++
		if next != 0 {
			n.w.Arm(l.event, max(now, n.packets[next].arrival))
		}
		if hop >= 0 {
			n.enqueue(now, p, hop)
			return
		}
		n.hand(now, p, ^hop)
	}
}

// pop takes the head, p, off the list. It has arrived, hence departed.
func (l *link) pop(p PacketID, k *packet) {
	l.head = k.next
	if l.mark == p {
		l.mark = k.next
		l.queuedOctets -= int64(k.size)
		l.queuedPackets--
	}
}

// arriveUnusual is an arrival on a link that loses packets, breaks their order or ends in a middlebox.
func (n *Net) arriveUnusual(now sim.Time, id ID) {
	l := &n.links[id]
	p := l.head
	k := &n.packets[p]
	if l.mode&modeReorder != 0 {
		if l.mode&modeServed == 0 {
			n.settle(l, now) // p must leave the list of the queued before it can be freed
		}
		n.land(id)
	} else {
		l.pop(p, k)
		if l.head != 0 {
			n.w.Arm(l.event, max(now, n.packets[l.head].arrival))
		}
	}
	if l.mode&modeLoss != 0 && n.extras[id].loss.draw() {
		n.drop(id, p, causeLoss)
		return
	}
	l.delivered.add(int64(k.size))
	if k.state == stateShadow {
		n.vanish(p)
		return
	}
	if l.mode&modeExit != 0 {
		n.intercept(now, id, p, k.route, true)
		return
	}
	hop := k.hop
	k.route++
	if hop >= 0 {
		n.enqueue(now, p, hop)
		return
	}
	n.hand(now, p, ^hop)
}

// hand gives p to the receiver at the end of its route.
func (n *Net) hand(now sim.Time, p PacketID, receiver int32) {
	if uint(receiver) >= uint(len(n.receivers)) {
		n.turn(now, p, ^receiver)
		return
	}
	n.packets[p].state = stateHeld
	n.receivers[receiver].Receive(now, p)
}

// overflow ends the run: a queue so long, or a rate so low, that times run out.
func (n *Net) overflow(id ID) error {
	l, x := &n.links[id], &n.extras[id]
	n.w.Fail("link %s: the clock has overflowed, with %d packets queued at %d bit/s",
		x.name, l.queuedPackets, l.rate)
	return nil
}
