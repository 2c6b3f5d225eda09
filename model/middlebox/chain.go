package middlebox

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Direction is a direction of the link that a chain stands on.
type Direction uint8

// Forward is from the link's first end to its second one, at which the boxes stand.
const (
	Forward Direction = iota
	Backward
)

// Reverse returns the other direction.
func (d Direction) Reverse() Direction { return d ^ 1 }

// String returns "forward" or "backward".
func (d Direction) String() string {
	if d == Forward {
		return "forward"
	}
	return "backward"
}

// Routes finds the way of packets that a box makes or redirects: *topo.Graph.
type Routes interface {
	// Beyond resolves the way to dst of a packet that has crossed id.
	Beyond(id link.ID, dst wire.Addr) (link.Route, error)
	// Through resolves the way to dst that begins with id.
	Through(id link.ID, dst wire.Addr) (link.Route, error)
}

// Layer has all middleboxes of a world: chains and boxes, and the kinds of their events.
type Layer struct {
	w      *sim.World
	net    *link.Net
	routes Routes
	timers sim.Kind
	late   sim.Kind
	chains []*Chain
	boxes  []*Box

	observer func(now sim.Time, b *Box, what string)
}

// NewLayer registers its kinds of events with the world of net.
func NewLayer(net *link.Net, routes Routes) *Layer {
	l := &Layer{w: net.World(), net: net, routes: routes}
	l.timers = l.w.NewKind("middlebox", func(now sim.Time, index uint32) { l.boxes[index].due(now) })
	l.late = l.w.NewKind("middlebox chain", func(now sim.Time, index uint32) { l.chains[index].flushLate(now) })
	return l
}

// SetObserver registers who is told, in words, what boxes do: that chance chose a connection, that one was
// reset, payload replaced, an attack succeeded ... It must not change the world.
func (l *Layer) SetObserver(f func(now sim.Time, b *Box, what string)) { l.observer = f }

// Boxes returns all boxes in the order they were made. The caller must not change the slice.
func (l *Layer) Boxes() []*Box { return l.boxes }

// Chain is the row of boxes at the second end of a link. What comes over the link passes them in order,
// what is about to go back over it in the opposite order.
type Chain struct {
	layer  *Layer
	index  uint32
	links  [2]link.ID // forward, backward
	boxes  []*Box
	queue  []item // to be handled, in order
	head   int
	busy   bool
	inSend bool // the call that began it may be the sending of the host behind the chain
	late   []item
	event  sim.EventID
	ways   [2]map[wire.Addr]link.Route
}

// item is a packet that box number box is to see next, or that leaves the chain.
type item struct {
	p   link.PacketID
	box int32
	dir Direction
}

// NewChain makes a chain without boxes at the second end of the link whose two directions are given. name
// is the link's.
func (l *Layer) NewChain(name string, forward, backward link.ID) *Chain {
	c := &Chain{layer: l, index: uint32(len(l.chains)), links: [2]link.ID{forward, backward}}
	c.event = l.w.NewEvent(l.late, c.index, l.w.Component("middlebox/"+name))
	for d := range c.ways {
		c.ways[d] = map[wire.Addr]link.Route{}
	}
	l.chains = append(l.chains, c)
	l.net.InterceptExit(forward, c)
	l.net.InterceptEntry(backward, c)
	return c
}

// Intercept implements link.Interceptor.
func (c *Chain) Intercept(now sim.Time, _ link.ID, p link.PacketID, leaving bool) {
	if leaving {
		c.queue = append(c.queue, item{p, 0, Forward})
	} else {
		c.queue = append(c.queue, item{p, int32(len(c.boxes) - 1), Backward})
	}
	c.drain(now, !leaving)
}

// drain handles the queue. A host that gets a packet may send from inside that call: what it sends waits
// here until the call has returned. And a host that sends must not be given a packet before its own call
// has returned, so that what goes to it then waits for an event of the same time.
func (c *Chain) drain(now sim.Time, inSend bool) {
	if c.busy {
		return
	}
	c.busy, c.inSend = true, inSend
	for c.head < len(c.queue) {
		i := c.queue[c.head]
		c.head++
		switch {
		case i.box >= 0 && int(i.box) < len(c.boxes):
			c.boxes[i.box].receive(now, i.p, i.dir)
		case i.dir == Forward && c.inSend:
			c.late = append(c.late, i)
			c.layer.w.Arm(c.event, now)
		default:
			c.leave(now, i)
		}
	}
	c.queue, c.head = c.queue[:0], 0
	c.busy = false
}

// flushLate handles what had to wait for the end of a host's call.
func (c *Chain) flushLate(now sim.Time) {
	c.queue = append(c.queue, c.late...)
	c.late = c.late[:0]
	c.drain(now, false)
}

// leave gives a packet back to the network.
func (c *Chain) leave(now sim.Time, i item) {
	net := c.layer.net
	s := net.Segment(i.p)
	size := s.WireLen()
	if !s.Fits() {
		c.layer.w.Fail("middlebox on link %s: %d octets of options: %s", net.Name(c.links[0]), s.OptionLen(), s)
	}
	if i.dir == Forward {
		net.Resume(now, i.p, net.Rest(i.p), size)
		return
	}
	net.Enter(now, i.p, net.Rest(i.p), size)
}

// way returns the way to dst of a packet that leaves the chain in a direction. The zero Route is none.
func (c *Chain) way(d Direction, dst wire.Addr) link.Route {
	if r, known := c.ways[d][dst]; known {
		return r
	}
	find := c.layer.routes.Beyond
	if d == Backward {
		find = c.layer.routes.Through
	}
	r, err := find(c.links[d], dst)
	if err != nil {
		r = 0 // counted by the box as CauseNoRoute
	}
	c.ways[d][dst] = r
	return r
}

// Add puts a box behind those that the chain has; its component is "middlebox/"+name.
func (c *Chain) Add(cfg Config) (*Box, error) {
	l := c.layer
	if err := cfg.check(); err != nil {
		return nil, err
	}
	b := &Box{chain: c, at: int32(len(c.boxes)), cfg: cfg}
	b.comp = l.w.Component("middlebox/" + cfg.Name)
	b.chance = l.w.Stream("middlebox/" + cfg.Name + "/applies")
	b.timer.Init(l.w, l.timers, uint32(len(l.boxes)), b.comp)
	b.flows.init()
	m, err := cfg.Do.build(b)
	if err != nil {
		return nil, fmt.Errorf("middlebox %s: %w", cfg.Name, err)
	}
	b.m = m
	b.raw, _ = m.(rawMechanism)
	b.ticks, _ = m.(timedMechanism)
	l.w.DigestOf(b.comp, b.digest)
	c.boxes = append(c.boxes, b)
	l.boxes = append(l.boxes, b)
	return b, nil
}
