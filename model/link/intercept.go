package link

import "mpsim/sim"

// Interceptor stands at one end of a link and is given every packet that passes there: a middlebox. It
// owns p from then on, may change its segment, and gives it back with Net.Resume or Net.Enter, later or
// from inside the call, or frees it. It may make packets of its own.
type Interceptor interface {
	// Intercept is called from the event of an arrival (leaving: p has crossed id and is counted as
	// delivered) or from the call that offers p to id (leaving is false: id has not counted it yet).
	Intercept(now sim.Time, id ID, p PacketID, leaving bool)
}

// interceptors of one link, nil where there is none.
type interceptors struct{ entry, exit Interceptor }

// InterceptEntry hands all packets that are offered to id from now on to x first. There is one at most.
func (n *Net) InterceptEntry(id ID, x Interceptor) {
	e := n.extraOf(id)
	if e.boxes.entry != nil {
		n.w.Fail("link %s: a second interceptor at its entry; chain them", e.name)
	}
	e.boxes.entry = x
	n.links[id].mode |= modeEntry
}

// InterceptExit hands all packets that have crossed id to x.
func (n *Net) InterceptExit(id ID, x Interceptor) {
	e := n.extraOf(id)
	if e.boxes.exit != nil {
		n.w.Fail("link %s: a second interceptor at its exit; chain them", e.name)
	}
	e.boxes.exit = x
	n.links[id].mode |= modeExit
}

// Rest returns what is left of the route of a packet that an interceptor was given. At the entry of a link
// that link comes first; at an exit it may be a receiver alone.
func (n *Net) Rest(p PacketID) Route { return n.packets[p].route }

// SetRest keeps another way onward with a packet that an interceptor holds or has made; Rest returns it.
func (n *Net) SetRest(p PacketID, rest Route) { n.packets[p].route = rest }

// Resume sends p, whose IP packet has size octets now, on along rest: what Rest or AddTail returned.
func (n *Net) Resume(now sim.Time, p PacketID, rest Route, size int) {
	hop := n.resume(p, rest, size)
	if hop >= 0 {
		n.enqueue(now, p, hop)
		return
	}
	n.hand(now, p, ^hop)
}

// Enter is Resume past the interceptor at the entry of the first link of rest: for that interceptor itself.
func (n *Net) Enter(now sim.Time, p PacketID, rest Route, size int) {
	hop := n.resume(p, rest, size)
	if hop < 0 {
		n.w.Fail("link: packet %d enters a link, but its route has ended", p)
	}
	n.enqueueUnusual(now, p, ID(hop))
}

// resume makes p a travelling packet again and returns its next hop.
func (n *Net) resume(p PacketID, rest Route, size int) int32 {
	k := &n.packets[p]
	if k.state != stateHeld || rest == 0 || size <= 0 || size > maxPacketOctets {
		n.w.Fail("link: resuming packet %d (state %d) with %d octets on route %d", p, k.state, size, rest)
	}
	k.state = stateTravelling
	k.size = uint16(size)
	hop := n.routes[rest]
	if at, jump := target(hop); jump {
		rest, hop = at, n.routes[at]
	}
	k.route = rest + 1
	return hop
}

// intercept hands p over. rest is what is left of its route.
func (n *Net) intercept(now sim.Time, id ID, p PacketID, rest Route, leaving bool) {
	k := &n.packets[p]
	k.state = stateHeld
	k.route = rest
	x := n.extras[id].boxes.entry
	if leaving {
		x = n.extras[id].boxes.exit
	}
	x.Intercept(now, id, p, leaving)
}

// AddTail appends what is left of a path: no link, or some, and then a receiver. See AddRoute.
func (n *Net) AddTail(links []ID, receiver int32) Route {
	if receiver < 0 || int(receiver) >= len(n.receivers) {
		n.w.Fail("link: route to receiver %d of %d", receiver, len(n.receivers))
	}
	r := n.nextEntry()
	for _, id := range links {
		n.extraOf(id)
		n.addEntry(int32(id))
	}
	n.addEntry(^receiver)
	return r
}
