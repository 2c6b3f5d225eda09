package torture

import (
	"mpsim/model/link"
	"mpsim/model/topo"
	"mpsim/sockapi"
)

// checkPackets holds every link and the whole network to conservation.
func (w *world) checkPackets() {
	net := w.build.Net()
	total := ledger{}
	for id := range link.ID(net.NumLinks()) {
		c, on := net.Counters(id), net.OnLink(id)
		if on.Packets < 0 || on.Octets < 0 || (on.Packets == 0) != (on.Octets == 0) {
			w.violate(Packets, "link %s: accepted %v, delivered %v, lost %v, flushed %v: %v are on it", net.Name(id),
				c.Accepted, c.Delivered, c.DroppedLoss, c.Flushed, on)
		}
		q := net.Queued(id)
		if q.Packets < 0 || q.Packets > on.Packets || q.Octets > on.Octets {
			w.violate(Packets, "link %s: %v queued of %v on it", net.Name(id), q, on)
		}
		total.on += on.Packets
		total.lost += c.DroppedQueue.Packets + c.DroppedMTU.Packets + c.DroppedLoss.Packets + c.DroppedDown.Packets
	}
	w.build.EachHost(func(h *topo.Host, _ *sockapi.Host) {
		for i := range h.NumInterfaces() {
			f := h.Interface(i)
			total.sent += f.Sent.Packets
			total.received += f.Received.Packets
			if f.Connected {
				w.checkEntrance(h, &f)
				arrived := net.Counters(f.In).Delivered.Packets
				total.late += arrived - f.Received.Packets
				if arrived < f.Received.Packets {
					w.violate(Packets, "host %s: interface %s received %d packets, its link delivered %d",
						h.Name(), f.Name, f.Received.Packets, arrived)
				}
			}
		}
	})
	if in := int64(net.InUse()); in != total.on {
		w.violate(Packets, "%d packets exist, %d are on links", in, total.on)
	}
	if total.sent != total.received+total.late+total.lost+total.on {
		w.violate(Packets, "%d packets sent; %d received, %d arrived at interfaces that were down, %d lost, %d on their way",
			total.sent, total.received, total.late, total.lost, total.on)
	}
}

// ledger sums up a network, packets.
type ledger struct{ sent, received, late, lost, on int64 }

// checkEntrance holds what an interface sent against what its link was offered.
func (w *world) checkEntrance(h *topo.Host, f *topo.Interface) {
	c := w.build.Net().Counters(f.Out)
	offered := c.Accepted.Packets + c.DroppedQueue.Packets + c.DroppedMTU.Packets +
		c.DroppedDown.Packets - c.Flushed.Packets
	if offered != f.Sent.Packets {
		w.violate(Packets, "host %s: interface %s sent %d packets, its link was offered %d",
			h.Name(), f.Name, f.Sent.Packets, offered)
	}
}
