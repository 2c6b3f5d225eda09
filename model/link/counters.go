package link

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Count is a number of packets and their octets (IP header and payload).
type Count struct{ Packets, Octets int64 }

func (c *Count) add(octets int64) {
	c.Packets++
	c.Octets += octets
}

// cause is why a packet was lost.
type cause uint8

const (
	causeQueue cause = iota // the queue was full
	causeLoss               // the loss model took it on the air
	causeDown               // the link was down, or went down while it held the packet
	causeMTU                // larger than the link's MTU
	causeEarly              // the discipline dropped it before the queue was full
	causes
)

// Counters is what a link has done so far. At any moment Accepted = Delivered + DroppedLoss + Flushed
// + Evicted + packets on the link, and offered = Accepted + DroppedQueue + DroppedEarly + DroppedMTU +
// DroppedDown - Flushed - Evicted.
type Counters struct {
	Accepted     Count // taken into the queue
	Delivered    Count // reached the far end
	DroppedQueue Count // refused: the queue was full
	DroppedEarly Count // by the queue's discipline before it was full
	DroppedMTU   Count // refused: larger than the MTU
	DroppedLoss  Count // accepted, and lost on the air
	DroppedDown  Count // refused or flushed because the link was, or went, down
	Flushed      Count // the part of DroppedDown that had been accepted
	Evicted      Count // the part of DroppedQueue and DroppedEarly that had been accepted
	Marked       Count // accepted, and told of congestion (ECN)
	PeakOctets   unit.Bytes
	PeakPackets  int // largest occupancy of the queue, see Queue
}

// Counters returns a snapshot of id's counters.
func (n *Net) Counters(id ID) Counters {
	x := n.extraOf(id)
	n = n.server(id)
	return Counters{
		Accepted:     n.links[id].accepted,
		Delivered:    n.delivered(id),
		DroppedQueue: x.dropped[causeQueue],
		DroppedEarly: x.dropped[causeEarly],
		DroppedMTU:   x.dropped[causeMTU],
		DroppedLoss:  x.dropped[causeLoss],
		DroppedDown:  x.dropped[causeDown],
		Flushed:      x.flushed,
		Evicted:      x.evicted,
		Marked:       x.marked,
		PeakOctets:   unit.Bytes(x.peakOctets),
		PeakPackets:  int(x.peakPackets),
	}
}

// Queued returns the packets and octets that have not departed from id by now.
func (n *Net) Queued(id ID) Count {
	n.extraOf(id)
	n = n.server(id)
	l := &n.links[id]
	if l.mode&modeServed != 0 {
		return l.queuedServed(n.w.Now(), n.extras[id].aqm.server)
	}
	n.settle(l, n.w.Now())
	return Count{Packets: int64(l.queuedPackets), Octets: l.queuedOctets}
}

// OnLink returns all packets that id holds, queued or on their way.
func (n *Net) OnLink(id ID) Count {
	x := n.extraOf(id)
	n = n.server(id)
	c := n.links[id].accepted
	for _, out := range [...]Count{n.delivered(id), x.dropped[causeLoss], x.flushed, x.evicted} {
		c.Packets -= out.Packets
		c.Octets -= out.Octets
	}
	return c
}

// NumLinks returns the number of links; their IDs are 0 to NumLinks-1.
func (n *Net) NumLinks() int { return len(n.links) }

// Name, Component, Rate, Delay and Down describe id as it is now. Rate is 0 for an infinitely fast
// link and for one driven by a trace.
func (n *Net) Name(id ID) string             { return n.extraOf(id).name }
func (n *Net) Component(id ID) sim.Component { return n.extraOf(id).comp }
func (n *Net) Rate(id ID) unit.Bitrate       { return unit.Bitrate(n.server(id).at(id).rate) }
func (n *Net) Delay(id ID) unit.Duration     { return n.server(id).at(id).delay }
func (n *Net) Down(id ID) bool               { return n.server(id).at(id).mode&modeDown != 0 }

// MTU returns the largest IP packet that id carries, octets.
func (n *Net) MTU(id ID) int { return int(n.server(id).at(id).mtu) }

// at returns the hot part of id and panics if there is no such link.
func (n *Net) at(id ID) *link {
	n.extraOf(id)
	return &n.links[id]
}

// refuse drops p at the entrance of id and finds out why.
func (n *Net) refuse(id ID, p PacketID) {
	l := &n.links[id]
	why := causeQueue
	switch {
	case l.mode&modeDown != 0:
		why = causeDown
	case n.packets[p].size > l.mtu:
		why = causeMTU
	}
	n.drop(id, p, why)
}

// drop counts p as lost on id and frees it.
func (n *Net) drop(id ID, p PacketID, why cause) {
	k := &n.packets[p]
	if k.state == stateShadow {
		n.shadows--
	}
	n.countDrop(id, int64(k.size), why)
	k.state = stateHeld
	n.Free(p)
}

// countDrop counts a packet as lost on id.
func (n *Net) countDrop(id ID, size int64, why cause) {
	n.extras[id].dropped[why].add(size)
	n.links[id].hash.Mix(1<<63 | uint64(why)<<48 | uint64(size))
}

// digest returns the running hash of id with what is counted outside it.
func (n *Net) digest(id ID) uint64 {
	h, delivered := n.links[id].hash, n.delivered(id)
	h.Mix(uint64(delivered.Packets))
	h.Mix(uint64(delivered.Octets))
	return uint64(h)
}
