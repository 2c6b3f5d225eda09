package mptcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Keepalive is each subflow's own (RFC 9293 section 3.8.4): one that does not answer fails alone, and the
// connection goes on over others or waits for a join.

// keepaliveSetting is what an application has asked for.
type keepaliveSetting struct {
	set, on        bool
	idle, interval unit.Duration
	probes         int
}

// SetKeepalive turns keepalive on or off for all subflows, those opened later included; zero values keep the
// host's.
func (c *Conn) SetKeepalive(now sim.Time, on bool, idle, interval unit.Duration, probes int) {
	c.keepalive = keepaliveSetting{set: true, on: on, idle: idle, interval: interval, probes: probes}
	for _, sf := range c.live {
		c.keepAlive(now, sf)
	}
}

// keepAlive applies the setting to a subflow.
func (c *Conn) keepAlive(now sim.Time, sf *subflow) {
	if k := &c.keepalive; k.set && sf.e != nil {
		sf.e.SetKeepalive(now, k.on, k.idle, k.interval, k.probes)
	}
}
