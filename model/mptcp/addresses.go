package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Address IDs (RFC 8684 sections 3.2 and 3.4): one for each address of a host, the same for the life of a
// connection, 0 for the address of the first subflow.

// maxLocals bounds the host's addresses that are considered: address IDs have 8 bits.
const maxLocals = 254

// maxRemotes bounds the peer's addresses that are remembered: advertisements may be discarded at will.
const maxRemotes = 64

// localID returns the address ID of the host's i-th address: stable while the host lives, and 0 for the
// address of the first subflow (section 3.2).
func (c *Conn) localID(i int, addr wire.Addr) uint8 {
	if addr == c.local0 {
		return 0
	}
	if id, ok := c.pinnedID(addr); ok {
		return id
	}
	id := uint8(i + 1)
	for k := range c.s.cfg.Paths.Endpoints {
		switch e := &c.s.cfg.Paths.Endpoints[k]; {
		case e.ID == 0:
		case e.Addr == addr:
			return e.ID
		case e.ID == id: // taken: endpoints have the lower half
			id = maxLocals - uint8(i)
		}
	}
	return id
}

// SetEndpoints replaces the endpoints of path manager linux: for connections to come, and for the address IDs of
// all. It returns an error if they are not valid, and changes nothing then.
func (s *Stack) SetEndpoints(list []pm.Endpoint) error {
	paths := s.cfg.Paths
	paths.Endpoints = list
	if _, err := pm.New(s.cfg.PathManager, paths); err != nil {
		return err
	}
	s.cfg.Paths = paths
	return nil
}

// eachLocal calls f for each address of the host that the connection may use. One that is being retired counts as
// down.
func (c *Conn) eachLocal(f func(l pm.Local)) {
	c.eachHostAddress(func(l pm.Local) {
		if c.mayUse(l.Addr) {
			f(l)
		}
	})
}

// eachHostAddress is eachLocal without the application's restriction.
func (c *Conn) eachHostAddress(f func(l pm.Local)) {
	h := c.s.host
	for i, addr := range h.Addrs() {
		if i < maxLocals {
			up, backup := h.InterfaceState(h.InterfaceOf(addr))
			id := c.localID(i, addr)
			f(pm.Local{ID: id, Addr: addr, Up: up && !c.paths.isRetired(id), Backup: backup})
		}
	}
}

// localIDOf returns the address ID of a local address.
func (c *Conn) localIDOf(addr wire.Addr) uint8 {
	id := uint8(noLocalID)
	c.eachHostAddress(func(l pm.Local) {
		if l.Addr == addr {
			id = l.ID
		}
	})
	return id
}

// learnAddress stores the peer's address ID of a join that the peer opened (section 3.2). It is known by
// the ID: a translator on the path may have changed the address.
func (c *Conn) learnAddress(sf *subflow) {
	if sf.opener {
		c.hopeFulfilled(sf)
		return
	}
	for _, r := range c.paths.learnt {
		if r.ID == sf.remoteID {
			return
		}
	}
	if len(c.paths.learnt) < maxRemotes {
		c.paths.learnt = append(c.paths.learnt, pm.Remote{ID: sf.remoteID, Addr: sf.remote, Port: sf.rport})
	}
}

// EachRemoteAddress calls f for the peer's addresses with their IDs: the first subflow's, those learnt from
// joins of the peer, and those announced; until f returns false.
func (c *Conn) EachRemoteAddress(f func(r pm.Remote, announced bool) bool) {
	if !f(pm.Remote{Addr: c.remote0, Port: c.rport0}, false) {
		return
	}
	for _, r := range c.paths.learnt {
		if !f(r, false) {
			return
		}
	}
	for _, r := range c.paths.remotes {
		if !f(r, true) {
			return
		}
	}
}

// EachLocalAddress calls f for the host's addresses with their IDs until f returns false.
func (c *Conn) EachLocalAddress(f func(l pm.Local) bool) {
	more := true
	c.eachLocal(func(l pm.Local) { more = more && f(l) })
}

// initialRemote tells that joins to an address and port are what the peer's C flag forbids (section 3.1).
func (c *Conn) initialRemote(r pm.Remote) bool { return r.Addr == c.remote0 && r.Port == c.rport0 }

// refusedPlainly is no reason code: the RST that refuses a join has no option.
const refusedPlainly = 0xff

// joinPort tells whether a join is taken at the port that its SYN came to. RFC 8684 section 3.2 wants the
// token alone to decide; Linux needs a listening socket, or the port announced.
func (c *Conn) joinPort(e *tcp.Endpoint) bool {
	local, port := e.Local()
	if c.announcedPort(local, port) {
		c.s.count.JoinPortSynRX++
		return true
	}
	if c.s.cfg.Policy.JoinAnyPort == tcp.On || c.s.tcp.Listening(local, port) {
		return true
	}
	c.s.count.MismatchPortSynRx++
	return false
}

// interfaceChanged tells every connection of the addresses of an interface that came up or went down.
func (s *Stack) interfaceChanged(now sim.Time, iface int, _ bool) {
	for _, c := range s.l.conns {
		if c == nil || c.s != s || c.deleted {
			continue
		}
		c.eachHostAddress(func(l pm.Local) {
			if s.host.InterfaceOf(l.Addr) == iface {
				c.localChanged(now, l)
			}
		})
	}
}

// localChanged marks the subflows of a local address. What one that went down had in flight goes out on the
// others at once.
func (c *Conn) localChanged(now sim.Time, l pm.Local) {
	changed := false
	for _, sf := range c.live {
		if sf.e != nil && sf.local == l.Addr && sf.down == l.Up {
			sf.down = !l.Up
			c.touchViews()
			changed = true
			if sf.down {
				c.reinjectSubflow(sf, true)
			}
		}
	}
	kind := pm.LocalDown
	if l.Up {
		kind = pm.LocalUp
		c.keepAddress(l.ID)
	}
	if c.mayUse(l.Addr) {
		c.tellLocal(now, l)
		c.pathEvent(pm.Event{Kind: kind, Local: l})
	}
	if changed {
		c.push(now, nil)
	}
}
