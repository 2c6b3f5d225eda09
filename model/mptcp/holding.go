package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// The send buffer (RFC 8684 sections 3.3.2, 3.3.5 and 3.3.6): octets stay in it until they are acknowledged at the
// data level and on every subflow that carries them, since a subflow goes on retransmitting its own. Linux frees them
// with the DATA_ACK, because its subflows account for their own memory.

// heldOctets returns what only subflows still have to bring. An octet that several carry counts for each.
func (c *Conn) heldOctets() int64 {
	if c.s.cfg.Data.HoldForSubflows != tcp.On || c.plain {
		return 0
	}
	una, n := c.snd.Una(), int64(0)
	for _, sf := range c.live {
		if sf.e == nil {
			continue
		}
		sf.e.EachSent(func(r *tcp.Sent) bool {
			if r.Pos < una {
				n += int64(min(uint64(r.Len), una-r.Pos))
				return true
			}
			return r.Seq < sf.resentTo // behind it positions ascend
		})
	}
	return n
}

// space returns the octets that the application can queue.
func (c *Conn) space() int64 {
	if c.s.cfg.Data.HoldForSubflows != tcp.On {
		return c.snd.Space()
	}
	return max(0, c.snd.Space()-c.heldOctets())
}

// writable tells whether a blocked writer is worth waking: as tcp.SendBuffer.Writable.
func (c *Conn) writable() bool {
	return c.snd.Writable() && (c.s.cfg.Data.HoldForSubflows != tcp.On || 3*c.space() >= c.snd.Size())
}

// released wakes a blocked writer when a subflow has brought, or lost, what was held for it.
func (c *Conn) released(now sim.Time) {
	if c.full && c.s.cfg.Data.HoldForSubflows == tcp.On && c.writable() {
		c.full = false
		c.update(now)
	}
}

// Warnings returns what of the parameters RFC 8684 advises against.
func (c Config) Warnings() []string {
	var list []string
	if r, err := c.resolve(); err == nil && r.SendBufferMax < r.ReceiveBufferMax {
		list = append(list, "mptcp: the send buffer is smaller than the receive buffer: RFC 8684 section 3.3.5 wants "+
			"it at least as large, or a peer with the same settings cannot fill it")
	}
	return list
}
