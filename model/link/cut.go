package link

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/parallel"
	"mpsim/sim/unit"
)

// Cut says how the parts of a world share a net.
type Cut struct {
	Worlds    []*sim.World // the parts, the net's own world first
	Links     []int32      // by link: the part that serves it, from entry to departure
	Receivers []int32      // by receiver: its part
	// Arrivals tells, by link, in which parts its packets may arrive: bit i for part i. They arrive where
	// what follows the link is served, a link or a receiver.
	Arrivals []uint64
	// Routes is how many entries of routes each part may add, those that end a route included; 0: as many
	// as the net is large, see routeRoom.
	Routes int
}

// maxParts is as many as fit in Cut.Arrivals.
const maxParts = 64

// routeRoom is the room for entries of routes of each part of a net of so many links, enough for routes
// between all pairs of 128 hosts over all paths of a FatTree. What is not used costs no memory, only
// addresses.
func routeRoom(links int) int { return min(max(2048*links, 1<<20), 1<<24) }

// leastPacket is the smallest packet that crosses, octets: an IPv4 header (RFC 791 section 3.1).
const leastPacket = 20

// division is what the nets of one world have in common. It is not changed in the run.
type division struct {
	nets      []*Net
	links     []int32
	receivers []int32
	look      [][]sim.Time // from part, to part
}

// partOf returns where an entry of a route is served.
func (c *division) partOf(hop int32) int {
	if hop >= 0 {
		return int(c.links[hop])
	}
	return int(c.receivers[^hop])
}

// Cut divides the net, which must be complete but for routes, and without packets, among the parts of its
// world, and has them driven side by side. It returns the net of each part, the first being n. A link is
// known under its number to all of them; any of them tells its counters and changes it. The error says why
// the net cannot be cut so.
func (n *Net) Cut(c Cut) ([]*Net, error) {
	if parts := len(c.Worlds); parts < 2 || parts > maxParts || c.Worlds[0] != n.w {
		return nil, fmt.Errorf("net: %d parts of a world for it; 2 to %d are possible", parts, maxParts)
	}
	if err := n.CheckCut(c); err != nil {
		return nil, err
	}
	d := &division{links: c.Links, receivers: c.Receivers}
	d.look = n.lookaheads(&c)
	n.divide(d, &c)
	n.moveEvents(&c)
	var mail []parallel.Mailbox
	for _, part := range d.nets {
		mail = append(mail, part)
	}
	_, err := parallel.New(n.w, mail, func(i, j int) unit.Duration { return unit.Duration(d.look[i][j]) })
	return d.nets, err
}

// crosses tells whether id may end in another part than the one that serves it.
func (c *Cut) crosses(id ID) bool { return c.Arrivals[id]&^(1<<uint(c.Links[id])) != 0 }

// CheckCut says why the net cannot be cut so, whatever the worlds are.
func (n *Net) CheckCut(c Cut) error {
	switch {
	case n.cut != nil:
		return fmt.Errorf("net: has been cut already")
	case len(c.Links) != len(n.links) || len(c.Arrivals) != len(n.links),
		len(c.Receivers) != len(n.receivers):
		return fmt.Errorf("net: cut of %d links and %d receivers, it has %d and %d",
			len(c.Links), len(c.Receivers), len(n.links), len(n.receivers))
	case n.InUse() != 0:
		return fmt.Errorf("net: carries packets already")
	}
	for id := range n.links {
		if err := n.checkCut(ID(id), &c); err != nil {
			return err
		}
	}
	return nil
}

// checkCut says why the cut is not possible because of id, if it is.
func (n *Net) checkCut(id ID, c *Cut) error {
	l, x := &n.links[id], &n.extras[id]
	same := func(other ID, why string) error {
		if c.Links[other] != c.Links[id] {
			return fmt.Errorf("links %s and %s %s, and lie in different parts of the world",
				x.name, n.extras[other].name, why)
		}
		return nil
	}
	if x.pool != 0 {
		if err := same(n.pools[x.pool-1].links[0], "share a buffer"); err != nil {
			return err
		}
	}
	if x.radio >= 0 {
		if err := same(n.radios[x.radio].links[0], "share a radio"); err != nil {
			return err
		}
	}
	if !c.crosses(id) {
		return nil
	}
	switch {
	case l.mode&(modeEntry|modeExit) != 0:
		return fmt.Errorf("link %s has a middlebox, and ends in several parts of the world", x.name)
	case l.mode&(modeTrace|modeWake) != 0:
		return fmt.Errorf("link %s follows a trace or sleeps, and ends in several parts of the world", x.name)
	case l.mode&modeReorder != 0:
		return fmt.Errorf("link %s reorders, and ends in several parts of the world", x.name)
	case n.lookahead(id) <= 0:
		return fmt.Errorf("link %s takes no time and ends in several parts of the world: give it a delay", x.name)
	}
	return nil
}

// lookahead returns how long a packet takes over id at least.
func (n *Net) lookahead(id ID) sim.Time {
	l := &n.links[id]
	look := sim.Time(l.delay)
	if l.rate != 0 {
		look += sim.Time(min(leastPacket*workPerOctet/l.rate, uint64(maxDelay)))
	}
	return look
}

// lookaheads returns, from part to part, the least of the crossing links; 0: nothing crosses.
func (n *Net) lookaheads(c *Cut) [][]sim.Time {
	look := make([][]sim.Time, len(c.Worlds))
	for i := range look {
		look[i] = make([]sim.Time, len(c.Worlds))
	}
	for id := range n.links {
		if !c.crosses(ID(id)) {
			continue
		}
		from := look[c.Links[id]]
		for to := range from {
			if c.Arrivals[id]>>uint(to)&1 == 0 || to == int(c.Links[id]) {
				continue
			}
			if one := n.lookahead(ID(id)); from[to] == 0 || one < from[to] {
				from[to] = one
			}
		}
	}
	return look
}

// divide makes the nets of the other parts. They share the cold part of links, which only the serving part
// touches, the receivers and the table of routes, of which each has a region to add to.
func (n *Net) divide(d *division, c *Cut) {
	room := c.Routes
	if room == 0 {
		room = routeRoom(len(n.links))
	}
	contents := n.contents.Divide(len(c.Worlds))
	used := len(n.routes)
	routes := make([]int32, used+room*len(c.Worlds))
	copy(routes, n.routes)
	for i, w := range c.Worlds {
		part := n
		if i > 0 {
			part = &Net{
				extras: n.extras, radios: n.radios, pools: n.pools, receivers: n.receivers,
				links: append([]link(nil), n.links...),
			}
			part.init(w, contents[i])
		}
		part.cut, part.part = d, i
		part.routes, part.nextRoute, part.endRoute = routes, used+i*room, used+(i+1)*room
		d.nets = append(d.nets, part)
	}
	for i, from := range d.nets {
		from.out = make([]*parallel.Ring[parcel], len(d.nets))
		for j, to := range d.nets {
			if d.look[i][j] != 0 {
				from.out[j] = parallel.NewRing[parcel]()
				to.in = append(to.in, from.out[j])
			}
		}
	}
}

// moveEvents gives each part the events of the links that it serves, and of the arrivals that it sees.
func (n *Net) moveEvents(c *Cut) {
	for id := range n.links {
		x := &n.extras[id]
		owner := int(c.Links[id])
		old := n.links[id].event
		for i, part := range n.cut.nets {
			l := &part.links[id]
			switch {
			case i == owner || c.Arrivals[id]>>uint(i)&1 != 0:
				l.event = part.w.TwinEvent(n.w, old, part.kind, uint32(id))
			default:
				l.event = 0
			}
			if i != owner {
				l.mode = 0
			}
		}
		if a := x.aqm; a != nil && a.server != nil {
			event := a.server.event
			a.server.event = n.cut.nets[owner].w.TwinEvent(n.w, event, n.cut.nets[owner].service, uint32(id))
			n.w.FreeEvent(event)
		}
		n.w.FreeEvent(old)
		if c.crosses(ID(id)) {
			n.cut.nets[owner].startCrossing(ID(id))
		}
	}
}

// server returns the net of the part that serves id.
func (n *Net) server(id ID) *Net {
	if n.cut == nil {
		return n
	}
	n.extraOf(id)
	return n.cut.nets[n.cut.links[id]]
}

// addEntry appends an entry to the table of routes.
func (n *Net) addEntry(entry int32) {
	if n.cut == nil {
		n.routes = append(n.routes, entry)
		return
	}
	if n.nextRoute == n.endRoute {
		n.w.Fail("link: no room for more routes in this part of the world (%d): cut it with a larger Cut.Routes",
			n.endRoute)
	}
	n.routes[n.nextRoute] = entry
	n.nextRoute++
}

// UnusedRoutes returns how many entries of the table of routes are reserved for routes to come, in all
// parts: memory that has an address and nothing else.
func (n *Net) UnusedRoutes() int {
	if n.cut == nil {
		return 0
	}
	sum := 0
	for _, part := range n.cut.nets {
		sum += part.endRoute - part.nextRoute
	}
	return sum
}

// nextEntry returns where addEntry will put the next one.
func (n *Net) nextEntry() Route {
	if n.cut == nil {
		return Route(len(n.routes))
	}
	return Route(n.nextRoute)
}
