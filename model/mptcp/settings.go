package mptcp

import (
	"fmt"

	"mpsim/model/cc"
	"mpsim/model/mptcp/pm"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Settings that one connection has of its own, apart from its host's configuration. They are made before
// its SYN leaves (after Prepare) or before its SYN/ACK does (in the prepare function of ListenWith).

type connSettings struct {
	congestion  string        // of all subflows; empty: the host's
	maxSubflows int           // 0: the host's
	timeWait    unit.Duration // of the subflows' endpoints; 0: the host's
	retries     int           // of subflows; 0: the host's
	forget      bool
	rare        *rareSettings
}

// apply gives a subflow's endpoint what the connection has of its own.
func (s *connSettings) apply(sf *subflow) {
	if s.congestion != "" {
		_ = sf.e.SetCongestion(s.congestion) // the name was checked
	}
	if s.timeWait != 0 {
		sf.e.SetTimeWait(s.timeWait)
	}
}

// SetCongestion chooses the congestion control of all subflows, those opened later included, by a name of
// package cc, as TCP_CONGESTION does on a socket of Linux (net/mptcp/sockopt.c).
func (c *Conn) SetCongestion(name string) error {
	if _, err := cc.New(name); err != nil {
		return err
	}
	c.own.congestion = name
	for _, sf := range c.live {
		if sf.e != nil {
			c.own.apply(sf)
		}
	}
	return nil
}

// SetManager gives the connection a path manager of its own, which may have at most so many subflows at a
// time, the first included: 1..255.
func (c *Conn) SetManager(m pm.Manager, maxSubflows int) error {
	if maxSubflows < 1 || maxSubflows > 255 {
		return fmt.Errorf("mptcp: largest number of subflows is %d: must be 1..255", maxSubflows)
	}
	c.manager, c.own.maxSubflows = m, maxSubflows
	return nil
}

// SetTimeWait sets how long the subflows' endpoints stay in TIME-WAIT, as tcp.Endpoint.SetTimeWait.
func (c *Conn) SetTimeWait(d unit.Duration) {
	c.own.timeWait = d
	for _, sf := range c.live {
		if sf.e != nil {
			c.own.apply(sf)
		}
	}
}

// Forget takes the connection out of the host's list (Stack.EachConn) once it is over, and its number may
// be another connection's: nothing is left of it then. For workloads of very many connections.
func (c *Conn) Forget() { c.own.forget = true }

// maxSubflows is the most subflows that the connection may have at a time.
func (c *Conn) maxSubflows() int {
	if c.own.maxSubflows > 0 {
		return c.own.maxSubflows
	}
	return c.s.cfg.MaxSubflows
}

// enter gives the connection its place in the layer's table: one that was given back, or a new one.
func (l *Layer) enter(c *Conn) {
	if n := len(l.free); n > 0 {
		c.id = l.free[n-1]
		l.free = l.free[:n-1]
		l.conns[c.id] = c
		return
	}
	c.id = uint32(len(l.conns))
	l.conns = append(l.conns, c)
}

// leave gives the place and the timer of a connection back that asked to be forgotten.
func (l *Layer) leave(c *Conn) {
	c.timer.Free(l.w)
	l.conns[c.id] = nil
	l.free = append(l.free, c.id)
}

// SetSendBuffer fixes the size of the send buffer (SO_SNDBUF), octets.
func (c *Conn) SetSendBuffer(now sim.Time, octets int64) {
	c.snd.SetSize(octets)
	c.full = c.full && !c.writable()
	c.update(now)
}
