package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// ADD_ADDR (RFC 8684 section 3.4.1): an address of ours is announced with an HMAC, the peer echoes it, and
// without echo it is repeated. One announcement is under way at a time, as in Linux. In version 0 (RFC 6824
// section 3.4.1) there is neither HMAC nor echo: it goes out once, on every subflow.

// announcement is an address that was or is to be announced.
type announcement struct {
	id    uint8
	addr  wire.Addr
	port  uint16 // 0: that of the subflow that carries it
	tries int
	over  bool // echoed, given up, or withdrawn
}

// announce starts the announcement of a local address, again if it was announced before. An address may be
// announced with several ports.
func (c *Conn) announce(now sim.Time, l pm.Local) {
	if l.ID == 0 && l.Addr != c.local0 {
		return // ID 0 is the address of the first subflow
	}
	adds := c.signals.adds
	for i := range adds {
		if adds[i].id == l.ID && adds[i].port == l.Port {
			if adds[i].tries > 0 && !adds[i].over {
				c.clearDeadline(deadlineAddAddr)
			}
			adds = append(adds[:i], adds[i+1:]...)
			break
		}
	}
	c.signals.adds = append(adds, announcement{id: l.ID, addr: l.Addr, port: l.Port})
	c.nextAnnouncement(now)
}

// announcedPort tells whether the peer was told of a local address with this port.
func (c *Conn) announcedPort(addr wire.Addr, port uint16) bool {
	for i := range c.signals.adds {
		if a := &c.signals.adds[i]; a.addr == addr && a.port == port {
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
		a := &c.signals.adds[i]
		switch {
		case a.over:
		case c.v0():
			a.over = true
			c.announceEverywhere(now, a)
		default:
			c.sendAddAddr(now, a)
			return
		}
	}
}

// announceEverywhere sends an announcement of version 0, which may get lost, on each subflow.
func (c *Conn) announceEverywhere(now sim.Time, a *announcement) {
	for _, sf := range c.live {
		if sf.state == subflowEstablished {
			c.signal(now, signal{kind: signalAddAddr, subflow: sf,
				add: wire.AddAddr{ID: a.id, Addr: a.addr, Port: a.port, NoHMAC: true}})
		}
	}
}

func (c *Conn) sendAddAddr(now sim.Time, a *announcement) {
	a.tries++
	c.signal(now, signal{kind: signalAddAddr, add: wire.AddAddr{ID: a.id, Addr: a.addr, Port: a.port,
		HMAC: wire.AddAddrHMAC(c.localKey, c.remoteKey, a.id, a.addr, a.port)}})
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
			c.s.count.AddAddrTxDrop++
			a.over = true
			continue
		}
		c.sendAddAddr(now, a)
		return
	}
}

// refreshAnnouncements repeats what was announced: the peer need not have kept it.
func (c *Conn) refreshAnnouncements(now sim.Time) {
	c.addTask(pathTask{at: now.Add(c.s.cfg.Policy.AddAddrRefresh), kind: taskRefresh})
	for i := range c.signals.adds {
		if a := &c.signals.adds[i]; a.over {
			a.tries, a.over = 0, false
		}
	}
	c.nextAnnouncement(now)
}

// takeAddAddr takes an ADD_ADDR or the echo of ours.
func (c *Conn) takeAddAddr(now sim.Time, sf *subflow, m *wire.AddAddr) {
	if m.NoHMAC != c.v0() {
		c.s.count.AddAddrDrop++
		return
	}
	if m.Echo && !m.NoHMAC {
		c.takeEcho(now, m)
		return
	}
	if !c.remoteKnown || !m.NoHMAC &&
		m.HMAC != wire.AddAddrHMAC(c.remoteKey, c.localKey, m.ID, m.Addr, m.Port) {
		c.s.count.AddAddrDrop++
		return
	}
	c.s.count.AddAddr++
	if !m.NoHMAC && !c.proven { // its HMAC shows that the peer has the keys, as a DATA_ACK does
		c.proven = true
		c.startShort()
	}
	if m.Port != 0 {
		c.s.count.PortAdd++
	}
	if !c.sameAddress(m) {
		c.s.count.AddAddrDrop++ // an ID has one address until it is removed
		return
	}
	if !m.NoHMAC {
		echo := *m
		echo.Echo, echo.HMAC = true, 0
		c.signal(now, signal{kind: signalEcho, add: echo, subflow: sf})
	}
	remote := pm.Remote{ID: m.ID, Addr: m.Addr, Port: m.Port, PortGiven: m.Port != 0}
	if m.Port == 0 {
		remote.Port = sf.rport
	}
	c.takeRemote(now, remote)
}

// sameAddress tells that an announced ID has the address that it had before, 0 the first subflow's.
func (c *Conn) sameAddress(m *wire.AddAddr) bool {
	if m.ID == 0 && m.Addr != c.remote0 {
		return false
	}
	for i := range c.paths.remotes {
		if r := &c.paths.remotes[i]; r.ID == m.ID && r.Addr != m.Addr {
			return false
		}
	}
	return true
}

// takeRemote stores an announced address. One that comes again may be a refresh, which invites another
// attempt if the first one failed; in version 0 it says nothing.
func (c *Conn) takeRemote(now sim.Time, r pm.Remote) {
	for i := range c.paths.remotes {
		if o := &c.paths.remotes[i]; o.ID == r.ID && o.Port == r.Port {
			if !c.v0() {
				c.pathEvent(pm.Event{Kind: pm.Announced, Remote: *o})
			}
			return
		}
	}
	if len(c.paths.remotes) >= maxRemotes {
		c.s.count.AddAddrDrop++
		return
	}
	c.paths.remotes = append(c.paths.remotes, r)
	c.tellRemote(now, EventRemoteAdded, r)
	c.pathEvent(pm.Event{Kind: pm.Announced, Remote: r})
}

// takeEcho ends the announcement that it answers; others are ignored.
func (c *Conn) takeEcho(now sim.Time, m *wire.AddAddr) {
	for i := range c.signals.adds {
		a := &c.signals.adds[i]
		if a.id == m.ID && a.addr == m.Addr && a.port == m.Port && a.tries > 0 && !a.over {
			c.s.count.EchoAdd++
			a.over = true
			c.clearDeadline(deadlineAddAddr)
			c.nextAnnouncement(now)
			return
		}
	}
}
