package link

import "mpsim/sim"

// Redirection of routes. A route that has been redirected has, in place of its second entry, a jump: the
// complement of a number beyond those of receivers. Only where a route seems to end is it looked
// at more closely, so that routes that were never redirected cost nothing.

// jumpBase is where jumps begin: receivers and positions in the table of routes are below it.
const jumpBase = 1 << 30

// Sprayed marks a Route that is not a position but the number of a set of routes, from which the sending
// host takes one for each packet; only that host understands it.
const Sprayed Route = 1 << 31

// Redirect makes the packets that are put onto old from now on go where to leads; those that the first link
// has taken keep to the old way. Both begin with the same link. It may be called again for the same old
// route; to must not have been redirected itself, nor be old.
func (n *Net) Redirect(old, to Route) {
	if old == 0 || to == 0 || old == to || n.routes[old] != n.routes[to] || n.routes[old] < 0 {
		n.w.Fail("link: redirecting route %d to %d: they must be two that begin with the same link", old, to)
	}
	if int(to)+1 >= jumpBase {
		n.w.Fail("link: too many routes: %d", len(n.routes))
	}
	n.routes[old+1] = ^int32(jumpBase + int(to) + 1)
}

// target returns the position that a jump leads to; ok is false for an entry that is none.
func target(entry int32) (at Route, ok bool) {
	return Route(^entry - jumpBase), ^entry >= jumpBase
}

// turn takes p along the jump that its route holds in place of a receiver.
func (n *Net) turn(now sim.Time, p PacketID, entry int32) {
	at, ok := target(entry)
	if !ok {
		n.w.Fail("link: packet %d: there is no receiver %d (of %d)", p, ^entry, len(n.receivers))
	}
	n.packets[p].route = at + 1
	if hop := n.routes[at]; hop >= 0 {
		n.enqueue(now, p, hop)
	} else {
		n.hand(now, p, ^hop)
	}
}
