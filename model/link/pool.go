package link

import (
	"fmt"
	"math/bits"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// Shared buffers of switches, with the dynamic thresholds of Choudhury and Hahne ("Dynamic queue length
// thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6, 1998).

// Pool is a buffer that several links share: the output queues of one switch.
type Pool struct {
	Name   string
	Octets unit.Bytes
	// Alpha bounds each queue by Alpha times what is free: a packet is taken if its queue holds less than
	// Alpha x (Octets - all queues) when it comes. It may be above 1. Zero: no such bound, the links' own
	// limits are all there is beside the buffer.
	Alpha unit.Ratio
}

// pool is the state of a Pool.
type pool struct {
	Pool
	links []ID
	// bound is at least what the links hold: the sum as it was last counted and what has come since.
	bound int64
}

// AddPool lets links share a buffer from now on; they must be empty and in no other pool. Their own queue
// limits stay in force. A world that is cut must have all links of a pool in one part: see Pooled.
func (n *Net) AddPool(c Pool, links []ID) error {
	switch {
	case c.Octets <= 0 || len(links) == 0:
		return fmt.Errorf("shared buffer %s: %d octets for %d links; both must be positive", c.Name, c.Octets,
			len(links))
	case c.Alpha.Num > 1<<20 || c.Alpha.Den > 1<<20 || c.Alpha.Num > 0 && c.Alpha.Den == 0 || c.Octets > 1<<40:
		return fmt.Errorf("shared buffer %s: alpha %d/%d and %d octets are out of range", c.Name, c.Alpha.Num,
			c.Alpha.Den, c.Octets)
	}
	for i, id := range links {
		x := n.extraOf(id)
		switch {
		case x.pool != 0:
			return fmt.Errorf("shared buffer %s: link %s has one already", c.Name, x.name)
		case n.OnLink(id) != (Count{}):
			return fmt.Errorf("shared buffer %s: link %s carries packets already", c.Name, x.name)
		case int64(n.links[id].mtu) > int64(c.Octets) && n.links[id].mtu != maxPacketOctets:
			return fmt.Errorf("shared buffer %s: %d octets cannot hold one packet of link %s", c.Name, c.Octets,
				x.name)
		}
		for _, other := range links[:i] {
			if other == id {
				return fmt.Errorf("shared buffer %s: link %s is named twice", c.Name, x.name)
			}
		}
	}
	n.pools = append(n.pools, pool{Pool: c, links: append([]ID(nil), links...)})
	for _, id := range links {
		n.extras[id].pool = int32(len(n.pools))
		n.links[id].mode |= modePool
	}
	return nil
}

// Pooled returns a number that all links of one shared buffer have in common, 0 for a link without.
func (n *Net) Pooled(id ID) int { return int(n.extraOf(id).pool) }

// poolAdmits tells whether the buffer that id shares has room for size octets more of it, and takes them. id
// must be settled, the others need not be: as long as the bound is low enough they are not looked at.
func (n *Net) poolAdmits(now sim.Time, id ID, size int64) bool {
	b := &n.pools[n.extras[id].pool-1]
	queue := n.links[id].queuedOctets
	if !b.fits(queue, size) {
		b.bound = 0
		for _, other := range b.links {
			l := &n.links[other]
			if l.mode&modeServed != 0 {
				b.bound += l.queuedServed(now, n.extras[other].aqm.server).Octets
				continue
			}
			n.settle(l, now)
			b.bound += l.queuedOctets
		}
		if !b.fits(queue, size) {
			return false
		}
	}
	b.bound += size
	return true
}

// fits tells whether size octets fit beside bound others, in a queue that holds so many.
func (b *pool) fits(queue, size int64) bool {
	free := int64(b.Octets) - b.bound
	if size > free {
		return false
	}
	if b.Alpha.Num == 0 {
		return true
	}
	hi, lo := bits.Mul64(uint64(free), b.Alpha.Num)
	qhi, qlo := bits.Mul64(uint64(queue), b.Alpha.Den)
	return qhi < hi || qhi == hi && qlo < lo
}
