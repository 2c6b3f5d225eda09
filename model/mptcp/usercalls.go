package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/sim"
)

// ManagePaths lets an application see and do what a path manager does, as the user-space commands of Linux's
// netlink interface do (Documentation/netlink/specs/mptcp_pm.yaml). What f asks for is done at the present
// time, after the event that is being handled; p must not be kept.
func (c *Conn) ManagePaths(now sim.Time, f func(p pm.Conn)) {
	if c.deleted || c.plain {
		return
	}
	f(&c.paths)
	c.wake(now)
}

// doActions carries out what was asked of the paths.
func (c *Conn) doActions(now sim.Time) {
	p := &c.paths
	for i := 0; i < len(p.actions); i++ {
		c.act(now, p.actions[i])
	}
	p.actions = p.actions[:0]
}

// SetIP sets the TOS octet and the TTL (0: the host's) of all subflows, those opened later included, as Linux
// copies a socket's options to new subflows (net/mptcp/sockopt.c, sync_socket_options).
func (c *Conn) SetIP(tos, ttl int) {
	c.ip = ipSetting{tos: uint8(tos), ttl: uint8(ttl)}
	for _, sf := range c.live {
		c.ip.apply(sf)
	}
}

// ipSetting is what an application has asked for.
type ipSetting struct{ tos, ttl uint8 }

func (s ipSetting) apply(sf *subflow) {
	if sf.e == nil || s == (ipSetting{}) {
		return
	}
	sf.e.SetTOS(s.tos)
	if s.ttl != 0 {
		sf.e.SetTTL(s.ttl)
	}
}

// SetReceiveBuffer fixes the size of the receive buffer (SO_RCVBUF), octets, at most the host's limit. A window
// that was announced stays.
func (c *Conn) SetReceiveBuffer(now sim.Time, octets int64) {
	c.rcv.SetSize(min(octets, c.s.cfg.ReceiveBufferMax))
	c.windowUpdate(now)
}
