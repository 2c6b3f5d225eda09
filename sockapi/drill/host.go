package drill

import (
	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
)

// host is the machine under test: each address is an interface of its own, and all of them lead to the
// script.
type host struct {
	net      *link.Net
	comp     sim.Component
	handler  func(now sim.Time, p link.PacketID, iface int32)
	addrs    []iface
	onChange []func(now sim.Time, iface int, up bool)
	sent     func(now sim.Time, seg *wire.Segment)
	mute     bool // nothing leaves: the queue has no room
}

type iface struct {
	addr       wire.Addr
	up, backup bool
}

// Name and the methods below are what the stacks want of a host.
func (h *host) Name() string             { return "host" }
func (h *host) Component() sim.Component { return h.comp }

func (h *host) Path(src, _ wire.Addr, _, _ uint16) (link.Path, error) {
	return link.Path{Iface: int32(max(h.InterfaceOf(src), 0))}, nil
}

func (h *host) SetHandler(f func(now sim.Time, p link.PacketID, iface int32)) { h.handler = f }

// Send keeps what leaves.
func (h *host) Send(now sim.Time, p link.PacketID, _ link.Path, _ int) {
	if !h.mute {
		h.sent(now, h.net.Segment(p))
	}
	h.net.Free(p)
}

func (h *host) Addrs() []wire.Addr {
	list := make([]wire.Addr, len(h.addrs))
	for i := range h.addrs {
		list[i] = h.addrs[i].addr
	}
	return list
}

func (h *host) InterfaceOf(a wire.Addr) int {
	for i := range h.addrs {
		if h.addrs[i].addr == a {
			return i
		}
	}
	return -1
}

func (h *host) InterfaceState(i int) (up, backup bool) {
	if i < 0 || i >= len(h.addrs) {
		return true, false
	}
	return h.addrs[i].up, h.addrs[i].backup
}

func (h *host) OnInterface(f func(now sim.Time, iface int, up bool)) {
	h.onChange = append(h.onChange, f)
}

// setUp brings an interface up or down and tells the stacks.
func (h *host) setUp(now sim.Time, i int, up bool) {
	h.addrs[i].up = up
	for _, f := range h.onChange {
		f(now, i, up)
	}
}

// inject gives a segment to the host.
func (h *host) inject(now sim.Time, seg *wire.Segment) {
	p, s := h.net.NewPacket()
	*s = *seg
	h.handler(now, p, int32(max(h.InterfaceOf(seg.Dst), 0)))
}
