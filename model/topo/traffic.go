package topo

import (
	"mpsim/model/link"
	"mpsim/sim"
)

// SetHandler registers who takes the packets that arrive at the host. It owns each and frees it.
// Without a handler they are counted and dropped.
func (h *Host) SetHandler(f func(now sim.Time, p link.PacketID, iface int32)) { h.handler = f }

// Handler returns what SetHandler has registered, for one who puts itself before it.
func (h *Host) Handler() func(now sim.Time, p link.PacketID, iface int32) { return h.handler }

// SetTap registers the one capture of interface i; nil removes it.
func (h *Host) SetTap(i int, t link.Tap) { h.at(i).tap = t }

// OnInterface registers f to be called after each change of an interface's state.
func (h *Host) OnInterface(f func(now sim.Time, iface int, up bool)) {
	h.listeners = append(h.listeners, f)
}

// Send puts p, an IP packet of size octets, onto path. It owns p from then on. A packet that the interface
// cannot send, because it is down or the packet exceeds its MTU, is counted and dropped.
func (h *Host) Send(now sim.Time, p link.PacketID, path link.Path, size int) {
	if path.Route&link.Sprayed != 0 {
		path = h.spread(path)
	}
	f := h.ifaces[path.Iface]
	if !f.up || size > int(f.mtu) {
		f.refuse(p, size)
		return
	}
	f.sent.Packets++
	f.sent.Octets += int64(size)
	if f.tap != nil {
		f.tap.Packet(now, h.net.Segment(p), false)
	}
	h.net.Send(now, p, path.Route, size)
}

func (f *iface) refuse(p link.PacketID, size int) {
	c := &f.droppedMTU
	if !f.up {
		c = &f.droppedDown
	}
	f.drop(c, p, size)
}

// drop counts p at c and frees it.
func (f *iface) drop(c *link.Count, p link.PacketID, size int) {
	c.Packets++
	c.Octets += int64(size)
	f.host.hash.Mix(1<<63 | uint64(f.index)<<48 | uint64(size))
	f.host.net.Free(p)
}

// Receive implements link.Receiver.
func (f *iface) Receive(now sim.Time, p link.PacketID) {
	h := f.host
	size := h.net.Size(p)
	if !f.up {
		f.arrivedDown.Packets++
		f.arrivedDown.Octets += int64(size)
		f.drop(&f.droppedDown, p, size)
		return
	}
	f.received.Packets++
	f.received.Octets += int64(size)
	if f.tap != nil {
		f.tap.Packet(now, h.net.Segment(p), true)
	}
	if h.handler == nil {
		f.drop(&h.unhandled, p, size)
		return
	}
	h.handler(now, p, f.index)
}

// Unhandled returns what has arrived while no handler was registered.
func (h *Host) Unhandled() link.Count { return h.unhandled }

// SetInterface takes interface i up or down, now being the current time. Going down loses what its
// outgoing link has queued. Listeners are called when the state has changed.
func (h *Host) SetInterface(now sim.Time, i int, up bool) {
	f := h.at(i)
	if f.up == up {
		return
	}
	if f.up {
		f.upTime += now.Sub(f.lastChange)
	}
	f.up, f.lastChange = up, now
	f.changes++
	state := uint64(0)
	if up {
		state = 1
	}
	h.hash.Mix(uint64(now))
	h.hash.Mix(uint64(i)<<1 | state)
	if !up && f.connected {
		h.net.Flush(f.out)
	}
	for _, l := range h.listeners {
		l(now, i, up)
	}
}

// FollowCarrier makes interface i go down when either of its links goes down, and up when both are
// up: a host that sees its carrier. Others notice a dead link by silence only. i must be connected.
func (h *Host) FollowCarrier(i int) {
	f := h.at(i)
	if !f.connected {
		h.net.World().Fail("host %s: interface %s has no link to follow: connect it first", h.name, f.name)
	}
	follow := func(now sim.Time, _ link.ID, _ bool) {
		h.SetInterface(now, i, !h.net.Down(f.out) && !h.net.Down(f.in))
	}
	h.net.OnState(f.out, follow)
	h.net.OnState(f.in, follow)
}

// digest returns the running hash with the interfaces' counters.
func (h *Host) digest() uint64 {
	d := h.hash
	for _, f := range h.ifaces {
		for _, c := range [...]link.Count{f.sent, f.received} {
			d.Mix(uint64(c.Packets))
			d.Mix(uint64(c.Octets))
		}
	}
	return uint64(d)
}
