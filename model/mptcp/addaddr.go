package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// ADD_ADDR (RFC 8684 section 3.4.1): an address of ours is announced with an HMAC, the peer echoes it, and
// without echo it is repeated. One announcement is under way at a time, as in Linux, so that no more than
// two ACKs in a row carry nothing but signals.

// announcement is an address that was or is to be announced.
type announcement struct {
	id     uint8
	addr   wire.Addr
	tries  int
	echoed bool
	over   bool // echoed, given up, or withdrawn
}

// announce starts the announcement of a local address, again if it was announced before.
func (c *Conn) announce(now sim.Time, id uint8, addr wire.Addr) {
	adds := c.signals.adds
	for i := range adds {
		if adds[i].id == id {
			adds = append(adds[:i], adds[i+1:]...)
			break
		}
	}
	c.signals.adds = append(adds, announcement{id: id, addr: addr})
	c.nextAnnouncement(now)
}

// announced tells whether the peer was told of a local address.
func (c *Conn) announced(addr wire.Addr) bool {
	for i := range c.signals.adds {
		if c.signals.adds[i].addr == addr {
			return true
		}
	}
	return false
}

// nextAnnouncement sends the first announcement that is not over, unless one is under way.
func (c *Conn) nextAnnouncement(now sim.Time) {
	if c.plain || c.deadlines[deadlineAddAddr] != sim.Never {
		return
	}
	for i := range c.signals.adds {
		if a := &c.signals.adds[i]; !a.over {
			c.sendAddAddr(now, a)
			return
		}
	}
}

func (c *Conn) sendAddAddr(now sim.Time, a *announcement) {
	a.tries++
	c.signal(now, signal{kind: signalAddAddr, add: wire.AddAddr{ID: a.id, Addr: a.addr,
		HMAC: wire.AddAddrHMAC(c.localKey, c.remoteKey, a.id, a.addr, 0)}})
	rto := unit.Duration(0)
	for _, sf := range c.live {
		if sf.e != nil && !sf.stale {
			rto = max(rto, sf.e.RTO())
		}
	}
	if rto == 0 {
		rto = unit.Second
	}
	wait := min(rto<<min(a.tries-1, 16), c.s.cfg.AddAddrTimeout)
	c.setDeadline(deadlineAddAddr, now.Add(wait))
}

// addAddrTimeout repeats the announcement under way, or gives it up for the next.
func (c *Conn) addAddrTimeout(now sim.Time) {
	for i := range c.signals.adds {
		a := &c.signals.adds[i]
		if a.over {
			continue
		}
		if a.tries >= c.s.cfg.AddAddrTries {
			c.s.count.AddAddrDrop++
			a.over = true
			continue
		}
		c.sendAddAddr(now, a)
		return
	}
}

// takeAddAddr takes an ADD_ADDR or the echo of ours.
func (c *Conn) takeAddAddr(now sim.Time, sf *subflow, m *wire.AddAddr) {
	if m.Echo {
		c.takeEcho(now, m)
		return
	}
	if !c.remoteKnown || m.NoHMAC ||
		m.HMAC != wire.AddAddrHMAC(c.remoteKey, c.localKey, m.ID, m.Addr, m.Port) {
		c.s.count.AddAddrDrop++
		return
	}
	c.s.count.AddAddr++
	for i := range c.paths.remotes {
		if r := &c.paths.remotes[i]; r.ID == m.ID && r.Addr != m.Addr {
			c.s.count.AddAddrDrop++ // an ID has one address until it is removed
			return
		}
	}
	echo := *m
	echo.Echo, echo.HMAC = true, 0
	c.signal(now, signal{kind: signalEcho, add: echo, subflow: sf})
	port := m.Port
	if port == 0 {
		port = sf.rport
	}
	remote := pm.Remote{ID: m.ID, Addr: m.Addr, Port: port}
	for i := range c.paths.remotes {
		if c.paths.remotes[i] == remote {
			return // repeated: the echo was lost
		}
	}
	if m.ID == 0 && m.Addr != c.remote0 {
		return
	}
	c.paths.remotes = append(c.paths.remotes, remote)
	c.pathEvent(pm.Event{Kind: pm.Announced, Remote: remote})
}

func (c *Conn) takeEcho(now sim.Time, m *wire.AddAddr) {
	for i := range c.signals.adds {
		a := &c.signals.adds[i]
		if a.id == m.ID && a.addr == m.Addr && !a.over {
			c.s.count.EchoAdd++
			a.echoed, a.over = true, true
			c.clearDeadline(deadlineAddAddr)
			c.nextAnnouncement(now)
			return
		}
	}
}
