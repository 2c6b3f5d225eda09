package link

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/parallel"
)

// A link whose packets may arrive in another part of the world than the one that serves it crosses. What
// becomes of a packet is known when it is taken (on a served link, when its service begins), and so it is
// posted to the other part at once, with its arrival. The receiving part has a list of arrivals of its own
// for the link, under the same rank.
//
// The serving part sees occupancy, losses, counters and the running hash as in an uncut world. Where losses
// are drawn at the arrival, or packets wait for each other, it keeps each packet as a shadow until it has
// arrived elsewhere; on other links the departures are enough (leaving.go).

// crossing is what a link that keeps shadows has beside others.
type crossing struct {
	// ahead is the loss model as it will be when the packets that have been taken so far have arrived:
	// whether one gets lost is settled before it is posted, and drawn again when its shadow arrives.
	ahead lossState
	// last is the latest arrival so far: order is kept across all parts.
	last sim.Time
}

// startCrossing makes id, which this net serves, one that crosses.
func (n *Net) startCrossing(id ID) {
	l, x := &n.links[id], &n.extras[id]
	l.mode |= modeCrossing
	if l.quiet() {
		n.leaving = append(n.leaving, leaving{})
		l.leaving = int32(len(n.leaving))
		return
	}
	l.mode |= modeShadows
	x.crossing = &crossing{ahead: x.loss.fork()}
}

// parcel is a packet on its way to another part.
type parcel struct {
	arrival, depart sim.Time
	link            ID
	route           Route // position of hop
	hop             int32 // what comes behind the link
	size            uint16
	segment         wire.Segment
	_               [32]byte // to a whole number of cache lines
}

// cross posts p, which id has just taken, if it is to arrive in another part. It returns true if p has been
// given back: nothing of it is needed here.
func (n *Net) cross(id ID, p PacketID) bool {
	l, k := &n.links[id], &n.packets[p]
	arrival, lost := k.arrival, false
	if l.leaving != 0 {
		l.mark = 0
		n.leaving[l.leaving-1].push(k.depart, int64(k.size))
	} else {
		x := n.extras[id].crossing
		arrival = max(x.last, arrival)
		x.last = arrival
		lost = l.mode&modeLoss != 0 && x.ahead.draw()
	}
	route, hop := k.route, k.hop
	if hop < 0 {
		if at, jump := target(hop); jump {
			route, hop = at, n.routes[at]
		}
	}
	part := n.cut.partOf(hop)
	if part == n.part || lost { // what gets lost is dropped when its loss is drawn again
		return false
	}
	ring := n.out[part]
	if ring == nil || arrival < n.w.Now()+n.cut.look[n.part][part] {
		n.w.Fail("link %s: packet to part %d would arrive at %v, sooner than a lookahead of %d ns allows",
			n.extras[id].name, part, arrival, n.cut.look[n.part][part])
	}
	m := ring.Post()
	m.arrival, m.depart, m.link, m.route, m.hop, m.size = arrival, k.depart, id, route, hop, k.size
	m.segment.CopyUsed(n.Segment(p))
	if l.leaving != 0 {
		k.state = stateHeld
		n.Free(p)
		return true
	}
	k.state = stateShadow
	k.hop = 0 // whoever reads ahead must not look into another part
	n.shadows++
	return false
}

// vanish ends a shadow, whose packet has arrived elsewhere.
func (n *Net) vanish(p PacketID) {
	n.packets[p].state = stateHeld
	n.shadows--
	n.Free(p)
}

// Gate implements parallel.Mailbox.
func (n *Net) Gate(from int) *parallel.Gate {
	if r := n.cut.nets[from].out[n.part]; r != nil {
		return &r.Gate
	}
	return nil
}

// Collect implements parallel.Mailbox: what others have posted enters the links that it comes over.
func (n *Net) Collect() {
	for _, r := range n.in {
		for m := r.First(); m != nil; m = r.First() {
			n.receive(m)
			r.Take()
		}
		r.Release()
	}
}

// receive puts a packet at the end of its link's arrivals in this part.
func (n *Net) receive(m *parcel) {
	p := n.takeFree()
	k := &n.packets[p]
	*k = packet{
		arrival: m.arrival, depart: m.depart, route: m.route, hop: m.hop, size: m.size,
		state: stateTravelling,
	}
	n.Segment(p).CopyUsed(&m.segment)
	l := &n.links[m.link]
	if m.arrival < n.w.Now() || l.event == 0 {
		n.w.Fail("link %s: a packet comes from another part that was to arrive at %v",
			n.extras[m.link].name, m.arrival)
	}
	if l.head != 0 {
		n.packets[l.tail].next = p
	} else {
		l.head = p
		n.w.Arm(l.event, m.arrival)
	}
	l.tail = p
}

// Repost implements parallel.Mailbox.
func (n *Net) Repost() {
	for _, r := range n.out {
		if r != nil {
			r.Repost()
		}
	}
}

var _ parallel.Mailbox = (*Net)(nil)

// mustStand panics if a change of a crossing link comes while others may run.
func (n *Net) mustStand(id ID) {
	if n.links[id].mode&modeCrossing != 0 && !n.w.Standing() {
		n.w.Fail("link %s ends in several parts of the world: it can change from World.Global only",
			n.extras[id].name)
	}
}

// recross follows a flush of id, which crosses: what was lost does not arrive in other parts, and what is
// settled beforehand about those that come is settled anew.
func (n *Net) recross(now sim.Time, id ID, all bool) {
	for _, other := range n.cut.nets {
		if other != n && other.links[id].event != 0 {
			other.unpost(now, id, all, nil)
		}
	}
	x := &n.extras[id]
	x.crossing.ahead, x.crossing.last = x.loss.fork(), 0
	for p := n.links[id].head; p != 0; p = n.packets[p].next {
		x.crossing.last = max(x.crossing.last, n.packets[p].arrival)
		if n.links[id].mode&modeLoss != 0 {
			x.crossing.ahead.draw()
		}
	}
}

// unpost takes the packets that have not departed by now, or all, off the arrivals of id in this part, and
// appends them to lost.
func (n *Net) unpost(now sim.Time, id ID, all bool, lost []departure) []departure {
	l := &n.links[id]
	last := PacketID(0) // that stays
	p := l.head
	for ; p != 0 && !all && n.packets[p].depart <= now; p = n.packets[p].next {
		last = p
	}
	if last != 0 {
		n.packets[last].next = 0
	} else if l.head != 0 {
		l.head = 0
		n.w.Disarm(l.event)
	}
	l.tail = last
	for p != 0 {
		k := &n.packets[p]
		lost = append(lost, departure{k.depart, int64(k.size)})
		next := k.next
		k.state = stateHeld
		n.Free(p)
		p = next
	}
	return lost
}
