package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// When a join that somebody asked for may start: after a DSS has come (RFC 8684 section 3.1), when the
// traffic is worth it (3.9.2), after a random wait (3.9.2), and not where the peer or bounds forbid it.

// openPath starts a join now or when it may. A failure is reported as the end of the subflow.
func (c *Conn) openPath(now sim.Time, a pathAction) {
	if why := c.joinForbidden(a); why != "" {
		c.joinFailed(a, why)
		return
	}
	if !c.mayStart(now) {
		c.paths.waiting = append(c.paths.waiting, a)
		return
	}
	if delay := c.s.cfg.Policy.JoinDelay; delay > 0 && !a.drawn && !a.remote.PortGiven {
		a.drawn = true
		a.at = now.Add(unit.Duration(c.s.joins.Below(uint64(delay))))
		c.paths.waiting = append(c.paths.waiting, a)
		c.armPaths()
		return
	}
	hope := !c.initialRemote(a.remote) && !c.knownToWork(a.remote)
	err := c.join(now, a.local, a.remote, a.backup)
	sf := c.subs[len(c.subs)-1]
	if hope {
		sf.hope = true
		c.paths.hopes++
	}
	if err != nil {
		c.s.count.JoinSynTxConnectErr++
		c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Reason: err.Error(), Subflow: c.pathSubflow(sf)})
	}
}

// joinForbidden says why a join must not be opened, or nothing.
func (c *Conn) joinForbidden(a pathAction) string {
	switch {
	case !c.joinable():
		return "connection takes no more subflows"
	case c.remoteNoJoinHere && c.initialRemote(a.remote):
		return "the peer takes no joins at its first address and port"
	case !c.mayUse(a.local.Addr):
		return "the application does not let the address be used"
	case c.paths.isRetired(a.local.ID):
		return "address is being given up"
	case !c.initialRemote(a.remote) && !c.knownToWork(a.remote) && c.paths.hopes >= c.s.cfg.Policy.JoinLimit:
		return "too many joins to announced addresses have failed"
	}
	return ""
}

func (c *Conn) joinFailed(a pathAction, why string) {
	c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Reason: why,
		Subflow: pm.Subflow{ID: noSubflowID, LocalID: a.local.ID, RemoteID: a.remote.ID, Local: a.local.Addr,
			Remote: a.remote.Addr, RemotePort: a.remote.Port}})
}

// knownToWork tells that a subflow to the address has been established before.
func (c *Conn) knownToWork(r pm.Remote) bool {
	for _, sf := range c.subs {
		if sf.establishedAt != 0 && sf.remote == r.Addr && sf.rport == r.Port {
			return true
		}
	}
	return false
}

// hopeFulfilled takes a join to an announced address out of the count of those that may have been misled
// (section 5: an announcement can aim SYNs at others).
func (c *Conn) hopeFulfilled(sf *subflow) {
	if sf.hope {
		sf.hope = false
		c.paths.hopes--
	}
}

// mayStart tells whether joins may start at all, and whether the traffic is worth another.
func (c *Conn) mayStart(now sim.Time) bool {
	if !c.sawDSS {
		return false
	}
	p := &c.s.cfg.Policy
	if p.JoinPerWindow != tcp.On && p.JoinAfter == 0 || len(c.live) == 0 {
		return true
	}
	if p.JoinAfter > 0 && now >= c.stats.establishedAt.Add(p.JoinAfter) {
		return true
	}
	if p.JoinPerWindow != tcp.On {
		return false
	}
	// One subflow for each initial window of data that waits for the peer.
	buffered := max(int64(c.snd.End()), c.paths.hint) - int64(c.snd.Una())
	window := int64(c.s.tcp.Config().InitialWindow) * c.largestMSS()
	return buffered >= window*int64(len(c.live))+1
}

// SetTrafficHint tells how many octets the application is going to write in all (section 3.9.2): they count
// as waiting already when subflows are opened by traffic.
func (c *Conn) SetTrafficHint(now sim.Time, octets int64) {
	c.paths.hint = octets
	c.wake(now)
}

// startJoins starts the joins that wait and now may.
func (c *Conn) startJoins(now sim.Time) {
	p := &c.paths
	for n := len(p.waiting); n > 0; n-- { // each once: what must go on waiting joins the end
		a := p.waiting[0]
		p.waiting = p.waiting[:copy(p.waiting, p.waiting[1:])]
		switch {
		case c.plain || c.over():
		case !c.localUp(a.local):
			c.joinFailed(a, "its address is down")
		case now < a.at:
			p.waiting = append(p.waiting, a)
		default:
			c.openPath(now, a)
		}
	}
	c.armPaths()
}

func (c *Conn) localUp(l pm.Local) bool {
	up, _ := c.s.host.InterfaceState(c.s.host.InterfaceOf(l.Addr))
	return up
}
