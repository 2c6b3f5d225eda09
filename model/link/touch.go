package link

import "mpsim/sim"

// Toucher is what a Receiver may implement to read ahead what Receive will need for p: the way from the
// receiver to the state of p's connection, and that state. Several packets are on their way to
// different receivers, and every step waits for the one before, so the steps of all are taken together:
// stage counts up from 0, and each call goes one load further. Nothing may be changed.
type Toucher interface {
	Touch(p PacketID, stage int) uint64
}

// touchStages is how many steps a Toucher is asked for.
const touchStages = 5

const touchBatch = 64

// touching is what the loops of touch hand on to each other, and what they have read, so that they do read it.
type touching struct {
	heads, nexts, tails, ended [touchBatch]PacketID
	hops, ends                 [touchBatch]int32
	at                         [touchBatch]Toucher
	sum                        uint64
}

// touch reads what the arrivals of these links will need, see sim.Toucher.
func (n *Net) touch(indices []uint32) {
	x := &n.ahead
	links, packets := n.links, n.packets
	sum := uint64(0)
	for i, id := range indices {
		x.heads[i%touchBatch] = links[id].head
	}
	onward, over := 0, 0
	for i := range indices {
		p := x.heads[i%touchBatch]
		k := &packets[p]
		x.nexts[i%touchBatch] = k.next
		x.hops[onward%touchBatch] = k.hop
		x.ends[over%touchBatch], x.ended[over%touchBatch] = k.hop, p
		last := int(uint32(k.hop) >> 31)
		onward += 1 - last
		over += last
	}
	for i := range indices {
		sum += uint64(packets[x.nexts[i%touchBatch]].arrival)
	}
	for i, hop := range x.hops[:onward] {
		l := &links[hop]
		x.tails[i%touchBatch] = l.tail
		sum += l.rate
	}
	for _, p := range x.tails[:onward] {
		sum += uint64(packets[p].arrival)
	}
	x.sum = sum
	if over > 0 {
		n.touchReceivers(x.ends[:over], x.ended[:over])
	}
}

// touchReceivers does the same for the packets p that will be handed to the ends.
func (n *Net) touchReceivers(ends []int32, p []PacketID) {
	at, m := &n.ahead.at, 0
	for i, end := range ends {
		if receiver := ^end; int(receiver) < len(n.receivers) {
			if t, ok := n.receivers[receiver].(Toucher); ok {
				at[m%touchBatch], p[m] = t, p[i]
				m++
			}
		}
	}
	sum := uint64(0)
	for stage := range touchStages {
		for i, t := range at[:m] {
			sum += t.Touch(p[i], stage)
		}
	}
	n.ahead.sum += sum
}

var _ sim.Toucher = (*Net)(nil).touch
