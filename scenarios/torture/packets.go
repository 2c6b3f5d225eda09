package torture

import (
	"mpsim/model/link"
	"mpsim/model/middlebox"
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
				total.late += f.ArrivedDown.Packets
				arrived := net.Counters(f.In).Delivered.Packets
				if got := f.Received.Packets + f.ArrivedDown.Packets; arrived != got && !w.boxed[f.In] {
					w.violate(Packets, "host %s: interface %s received %d packets, its link delivered %d",
						h.Name(), f.Name, got, arrived)
				}
			}
		}
	})
	w.checkBoxes(&total)
	if in := int64(net.InUse()); in != total.on+total.held {
		w.violate(Packets, "%d packets exist, %d are on links, %d in boxes", in, total.on, total.held)
	}
	if total.sent+total.made != total.received+total.late+total.lost+total.on+total.held {
		w.violate(Packets, "%d packets sent, %d made by boxes; %d received, %d arrived at interfaces that "+
			"were down, "+
			"%d lost, %d on links, %d in boxes",
			total.sent, total.made, total.received, total.late, total.lost, total.on,
			total.held)
	}
}

// ledger sums up a network, packets.
type ledger struct{ sent, made, received, late, lost, on, held int64 }

// checkBoxes holds every middlebox to its balance.
func (w *world) checkBoxes(total *ledger) {
	w.build.EachBox(func(b *middlebox.Box, link, kind string) {
		c := b.Counters()
		in, out := c.In[0].Packets+c.In[1].Packets, c.Out[0].Packets+c.Out[1].Packets
		if in+c.Made.Packets != out+c.DroppedPackets()+c.Absorbed.Packets+c.Held {
			w.violate(Packets, "%s on link %s: %d in, %d made; %d out, %d dropped, %d absorbed, %d held", kind, link,
				in, c.Made.Packets, out, c.DroppedPackets(), c.Absorbed.Packets, c.Held)
		}
		total.made += c.Made.Packets
		total.lost += c.DroppedPackets() + c.Absorbed.Packets
		total.held += c.Held
	})
}

// checkEntrance holds what an interface sent against what its link was offered.
func (w *world) checkEntrance(h *topo.Host, f *topo.Interface) {
	if w.boxed[f.Out] || w.boxed[f.In] {
		return // a box stands between
	}
	c := w.build.Net().Counters(f.Out)
	offered := c.Accepted.Packets + c.DroppedQueue.Packets + c.DroppedMTU.Packets +
		c.DroppedDown.Packets - c.Flushed.Packets
	if offered != f.Sent.Packets {
		w.violate(Packets, "host %s: interface %s sent %d packets, its link was offered %d",
			h.Name(), f.Name, f.Sent.Packets, offered)
	}
}
