package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// REMOVE_ADDR (RFC 8684 section 3.4.2). It is not acknowledged; without a subflow to carry it, it waits for
// one.

// withdraw tells the peer that a local address is gone.
func (c *Conn) withdraw(now sim.Time, id uint8) {
	under := false
	kept := 0
	for i := range c.signals.adds {
		a := c.signals.adds[i]
		if a.id == id {
			under = under || !a.over && a.tries > 0
			continue
		}
		c.signals.adds[kept] = a
		kept++
	}
	c.signals.adds = c.signals.adds[:kept]
	if under {
		c.clearDeadline(deadlineAddAddr)
		c.nextAnnouncement(now)
	}
	kept = 0
	for _, s := range c.signals.queue { // an announcement not yet sent is pointless, a removal is enough once
		if s.kind == signalAddAddr && s.add.ID == id {
			continue
		}
		c.signals.queue[kept] = s
		kept++
	}
	c.signals.queue = c.signals.queue[:kept]
	for i := range c.signals.queue {
		if s := &c.signals.queue[i]; s.kind == signalRemoveAddr && s.id == id {
			return
		}
	}
	c.signal(now, signal{kind: signalRemoveAddr, id: id})
}

// keepAddress takes back a removal that could not be sent before the address came up again: it would end
// the new subflows, too.
func (c *Conn) keepAddress(id uint8) {
	kept := 0
	for _, s := range c.signals.queue {
		if s.kind == signalRemoveAddr && s.id == id {
			continue
		}
		c.signals.queue[kept] = s
		kept++
	}
	c.signals.queue = c.signals.queue[:kept]
}

// takeRemoveAddr ends the subflows that use the removed addresses: at once as Linux does, or if keepalive
// probes are not answered. Unknown IDs are ignored.
func (c *Conn) takeRemoveAddr(now sim.Time, m *wire.RemoveAddr) {
	c.s.count.RmAddr++
	for _, id := range m.List() {
		gone := c.remoteOf(id)
		known := id == 0 || c.forgetRemote(id)
		for _, sf := range c.live {
			if sf.remoteID != id || sf.kill != killNone {
				continue
			}
			known = true
			if c.s.cfg.Policy.ProbeRemoved == tcp.On && sf.state >= subflowEstablished {
				c.startRemoval(now, sf)
				continue
			}
			c.removeSubflow(now, sf)
		}
		if known {
			c.tellRemote(now, EventRemoteRemoved, gone)
			c.pathEvent(pm.Event{Kind: pm.Removed, Remote: pm.Remote{ID: id}})
		}
	}
}

// remoteOf returns what is known of an address of the peer.
func (c *Conn) remoteOf(id uint8) pm.Remote {
	found := pm.Remote{ID: id}
	c.EachRemoteAddress(func(r pm.Remote, _ bool) bool {
		if r.ID == id {
			found = r
		}
		return r.ID != id
	})
	return found
}

// forgetRemote drops an address of the peer. It returns false if there was none of that ID.
func (c *Conn) forgetRemote(id uint8) bool {
	before := len(c.paths.remotes) + len(c.paths.learnt)
	without := func(list []pm.Remote) []pm.Remote {
		kept := 0
		for _, r := range list {
			if r.ID != id {
				list[kept] = r
				kept++
			}
		}
		return list[:kept]
	}
	c.paths.remotes, c.paths.learnt = without(c.paths.remotes), without(c.paths.learnt)
	return len(c.paths.remotes)+len(c.paths.learnt) < before
}

// removeSubflow ends a subflow whose address the peer has removed.
func (c *Conn) removeSubflow(now sim.Time, sf *subflow) {
	c.s.count.RmSubflow++
	if sf.reason == "" {
		sf.reason = "address removed by the peer"
	}
	sf.blame(CauseRemoved)
	if c.s.cfg.Policy.RemoveByFIN == tcp.On && sf.e != nil && sf.e.State() >= tcp.StateEstablished {
		if sf.e.Established() { // else a FIN is on its way
			c.finish(now, sf, true)
			c.push(now, sf)
		}
		return
	}
	c.kill(now, sf, killRemoved)
}

// removalProbe is the state of a subflow whose address the peer has removed and which may still work.
type removalProbe struct {
	on    bool
	tries int
	at    sim.Time // of the last probe
}

// startRemoval asks a subflow for a sign of life. Until it comes, new data goes elsewhere.
func (c *Conn) startRemoval(now sim.Time, sf *subflow) {
	if sf.removal.on {
		return
	}
	sf.removal = removalProbe{on: true}
	sf.suspect = true
	c.touchViews()
	c.addTask(pathTask{at: now, kind: taskProbe, sf: sf})
	c.push(now, sf)
}

// probeRemoved looks for an answer to the last probe and sends another. A segment that was on its way may
// come right after the probe: only half a round trip later one counts, unless it was the last probe.
func (c *Conn) probeRemoved(now sim.Time, sf *subflow) {
	r := &sf.removal
	if sf.e == nil || sf.kill != killNone || !r.on {
		return
	}
	most := c.s.cfg.Policy.RemoveProbes
	if r.tries > 0 {
		from := r.at
		if r.tries < most {
			from = from.Add(sf.e.CC.SRTT / 2)
		}
		if sf.e.HeardAt() > from { // section 3.4.2: then it stays; to close it is the peer's
			r.on = false
			sf.suspect = sf.e.Backoffs() > 0
			c.touchViews()
			c.push(now, nil)
			return
		}
		c.reinjectSubflow(sf, false)
	}
	if r.tries >= most {
		c.removeSubflow(now, sf)
		return
	}
	r.tries++
	r.at = now
	sf.e.Probe(now)
	c.addTask(pathTask{at: now.Add(sf.e.RTO()), kind: taskProbe, sf: sf})
	c.push(now, nil)
}
