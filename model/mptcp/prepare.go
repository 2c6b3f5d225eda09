package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// PrepareSubflows has f called with the endpoint of each subflow that is made from now on, of either end's
// opening, before its SYN or SYN/ACK leaves; nil: none. A socket layer hands on options so that are an
// endpoint's alone, as Linux does for new subflows (net/mptcp/sockopt.c, sync_socket_options). f may only
// change settings of the endpoint.
func (c *Conn) PrepareSubflows(f func(now sim.Time, e *tcp.Endpoint)) {
	if f != nil || c.own.rare != nil {
		c.rare().prepare = f
	}
}

// prepared calls what PrepareSubflows has set.
func (c *Conn) prepared(e *tcp.Endpoint) {
	if r := c.own.rare; r != nil && r.prepare != nil {
		r.prepare(c.s.w.Now(), e)
	}
}

// SetTOS sets the TOS octet of all subflows, those opened later included, and SetTTL the TTL (0: the host's,
// for later ones).
func (c *Conn) SetTOS(tos uint8) {
	c.ip.tos = tos
	for _, sf := range c.live {
		if sf.e != nil {
			sf.e.SetTOS(tos)
		}
	}
}

// SetTTL is described with SetTOS.
func (c *Conn) SetTTL(ttl uint8) {
	c.ip.ttl = ttl
	for _, sf := range c.live {
		if sf.e != nil && ttl != 0 {
			sf.e.SetTTL(ttl)
		}
	}
}
