package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Settings that few connections have: nothing is paid for them by others but a pointer.

type rareSettings struct {
	keep  bool // keep first
	there bool
	first tcp.TCPInfo // of the first subflow, which has closed
	ports []localPort

	prepare func(now sim.Time, e *tcp.Endpoint) // see PrepareSubflows
}

// localPort is the port of a local address.
type localPort struct {
	addr wire.Addr
	port uint16
}

func (c *Conn) rare() *rareSettings {
	if c.own.rare == nil {
		c.own.rare = &rareSettings{}
	}
	return c.own.rare
}

// KeepFirst makes the connection keep, from now on, TCP_INFO of its first subflow when that closes
// (MPTCP_INFO of the out-of-tree kernel with its flag SAVE_MASTER, net/mptcp/mptcp_ctrl.c), or not.
func (c *Conn) KeepFirst(on bool) { c.rare().keep = on }

// KeptFirst returns what KeepFirst has kept; ok is false before the first subflow has closed, or if it
// had closed before.
func (c *Conn) KeptFirst() (i tcp.TCPInfo, ok bool) {
	if r := c.own.rare; r != nil && r.keep {
		return r.first, r.there
	}
	return i, false
}

// keepFirst keeps what is known of a subflow that closes.
func (c *Conn) keepFirst(sf *subflow) {
	if r := c.own.rare; r != nil && r.keep && sf.id == 0 {
		r.first, r.there = sf.e.TCPInfo(c.s.w.Now()), true
	}
}

// SetLocalPort makes subflows that the path manager opens from a local address leave from a port, where
// that is free (RFC 6897 section 5.3.3): a hint. 0: back to the stack's choice.
func (c *Conn) SetLocalPort(addr wire.Addr, port uint16) {
	r := c.rare()
	for i := range r.ports {
		if r.ports[i].addr == addr {
			r.ports[i].port = port
			return
		}
	}
	r.ports = append(r.ports, localPort{addr, port})
}

// LocalPort returns what SetLocalPort has set, 0 for nothing.
func (c *Conn) LocalPort(addr wire.Addr) uint16 {
	if r := c.own.rare; r != nil {
		for _, p := range r.ports {
			if p.addr == addr {
				return p.port
			}
		}
	}
	return 0
}
