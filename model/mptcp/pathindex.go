package mptcp

import (
	"math/bits"

	"mpsim/model/tcp"
)

// Path indices: the small numbers by which applications name subflows. They are those of the out-of-tree
// kernel v0.9x (mptcp_set_new_pathindex): 1..31, 0 being the connection itself; a cursor moves on from the
// index given last and wraps, passing over what is in use, so that the number of a closed subflow comes
// again only when the others had their turn. SubflowInfo.ID is never used twice.

// maxPathIndex is the highest index: one bit each in 32.
const maxPathIndex = 31

// pathIndices tells which indices are in use, and where the search for the next one begins.
type pathIndices struct {
	used uint32 // bit i: index i
	next uint8
}

// take returns a free index, 0 if there is none: such a subflow works like others and cannot be named.
func (p *pathIndices) take() uint8 {
	free := ^p.used &^ 1
	if free == 0 {
		return 0
	}
	ahead := free &^ (1<<p.next - 1)
	if ahead == 0 { // wrap
		ahead = free
	}
	i := uint8(bits.TrailingZeros32(ahead))
	p.used |= 1 << i
	p.next = (i + 1) & maxPathIndex
	return i
}

// give makes an index free; 0 stands for none.
func (p *pathIndices) give(i uint8) { p.used &^= 1 << i &^ 1 }

// full tells that 31 subflows have an index.
func (p *pathIndices) full() bool { return p.used|1 == 1<<32-1 }

// detach ends a subflow for those who look at the connection: it is closed, or in TIME-WAIT at most.
func (c *Conn) detach(sf *subflow) {
	c.indices.give(sf.index)
	sf.attached = false
}

// SubflowAt returns the number (SubflowInfo.ID) of the attached subflow that has a path index, 1..31.
func (c *Conn) SubflowAt(index uint8) (id uint32, ok bool) {
	for _, sf := range c.live {
		if sf.attached && sf.index == index && index != 0 {
			return sf.id, true
		}
	}
	return 0, false
}

// EachAttached calls f for the subflows that are neither closed nor in TIME-WAIT, those being opened
// included, until f returns false: the newest first, as the out-of-tree kernel lists them.
func (c *Conn) EachAttached(f func(i SubflowInfo) bool) {
	for i := len(c.live) - 1; i >= 0; i-- {
		if sf := c.live[i]; sf.attached && !f(sf.info(c.sawDSS)) {
			return
		}
	}
}

// Attached returns how many subflows EachAttached lists.
func (c *Conn) Attached() int {
	n := 0
	for _, sf := range c.live {
		if sf.attached {
			n++
		}
	}
	return n
}

// Endpoint returns a subflow's TCP endpoint, nil if the subflow is not attached. It is good until the
// subflow closes: not to be kept.
func (c *Conn) Endpoint(id uint32) *tcp.Endpoint {
	if sf := c.subflowByID(id); sf != nil && sf.attached {
		return sf.e
	}
	return nil
}
