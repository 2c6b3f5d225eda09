package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
)

// The path manager's side of a connection: events are queued where they happen and handled by the worker,
// so that a manager's actions never meet an endpoint at work.

type pathState struct {
	c       *Conn
	events  []pm.Event
	actions []pathAction
	remotes []pm.Remote // by ADD_ADDR, in order of arrival
	created bool
	ready   bool // Established was told
	over    bool // Closed was told

	// Buffers for the manager's queries.
	locals   []pm.Local
	all      []pm.Remote
	subflows []pm.Subflow
}

type pathActionKind uint8

const (
	actionOpen pathActionKind = iota
	actionClose
	actionAnnounce
	actionWithdraw
	actionBackup
)

type pathAction struct {
	kind   pathActionKind
	local  pm.Local
	remote pm.Remote
	id     uint32
	backup bool
}

func (p *pathState) init(c *Conn) { p.c = c }

func createdEvent() pm.Event     { return pm.Event{Kind: pm.Created} }
func establishedEvent() pm.Event { return pm.Event{Kind: pm.Established} }
func closedEvent() pm.Event      { return pm.Event{Kind: pm.Closed} }

// pathEvent queues an event for the manager. Before the connection is created and after it is closed
// there is nothing to tell.
func (c *Conn) pathEvent(e pm.Event) {
	p := &c.paths
	switch e.Kind {
	case pm.Created:
		if p.created {
			return
		}
		p.created = true
	case pm.Established:
		p.ready = true
	case pm.Closed:
		if p.over || !p.created {
			return
		}
		p.over = true
	default:
		if !p.created || p.over {
			return
		}
	}
	p.events = append(p.events, e)
	c.wake(c.s.w.Now())
}

// managePaths hands the queued events over and does what the manager wants.
func (c *Conn) managePaths(now sim.Time) {
	p := &c.paths
	c.doActions(now) // the application's
	for len(p.events) > 0 {
		e := p.events[0]
		p.events = p.events[:copy(p.events, p.events[1:])]
		c.manager.Handle(now, p, e)
		c.doActions(now)
	}
}

func (c *Conn) act(now sim.Time, a pathAction) {
	if c.plain || c.state == Closed || c.state == TimeWait {
		return
	}
	switch a.kind {
	case actionOpen:
		c.openPath(now, a)
	case actionClose:
		if sf := c.subflowByID(a.id); sf != nil {
			if sf.reason == "" {
				sf.reason = "closed by the path manager"
			}
			if sf.down {
				c.kill(now, sf, killClose)
				sf.e.Abort(now)
			} else {
				c.closeSubflow(now, sf)
			}
		}
	case actionAnnounce:
		c.announce(now, a.local.ID, a.local.Addr)
	case actionWithdraw:
		c.withdraw(now, uint8(a.id))
	case actionBackup:
		if sf := c.subflowByID(a.id); sf != nil {
			c.setBackup(now, sf, a.backup)
		}
	}
}

// openPath starts a join. A failure is reported as the end of the subflow.
func (c *Conn) openPath(now sim.Time, a pathAction) {
	if !c.joinable() {
		c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Reason: "connection takes no more subflows",
			Subflow: pm.Subflow{ID: noSubflowID, LocalID: a.local.ID, RemoteID: a.remote.ID, Local: a.local.Addr,
				Remote: a.remote.Addr, RemotePort: a.remote.Port}})
		return
	}
	if err := c.join(now, a.local, a.remote, a.backup); err != nil {
		sf := c.subs[len(c.subs)-1]
		c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Reason: err.Error(), Subflow: c.pathSubflow(sf)})
	}
}

func (c *Conn) subflowByID(id uint32) *subflow {
	for _, sf := range c.live {
		if sf.id == id {
			return sf
		}
	}
	return nil
}

// The events of a subflow.

func (c *Conn) subflowUp(sf *subflow) {
	c.pathEvent(pm.Event{Kind: pm.SubflowEstablished, Subflow: c.pathSubflow(sf)})
}

func (c *Conn) subflowEvent(_ sim.Time, sf *subflow, wasOpen bool) {
	s := c.pathSubflow(sf)
	s.Established = wasOpen
	c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Subflow: s, Reason: sf.reason})
}

func (c *Conn) staleEvent(_ sim.Time, sf *subflow) {
	c.pathEvent(pm.Event{Kind: pm.SubflowStale, Subflow: c.pathSubflow(sf)})
}

func (c *Conn) recoveredEvent(_ sim.Time, sf *subflow) {
	c.pathEvent(pm.Event{Kind: pm.SubflowRecovered, Subflow: c.pathSubflow(sf)})
}

func (c *Conn) pathSubflow(sf *subflow) pm.Subflow {
	return pm.Subflow{ID: sf.id, LocalID: sf.localID, RemoteID: sf.remoteID, Local: sf.local, Remote: sf.remote,
		LocalPort: sf.lport, RemotePort: sf.rport, Established: sf.state == subflowEstablished,
		Backup: sf.backupIn || sf.backupOut, Incoming: !sf.opener}
}

// maxLocals bounds the host's addresses that are considered: address IDs have 8 bits.
const maxLocals = 254

// localID returns the address ID of the host's i-th address: stable while the host lives, and 0 for the
// address of the first subflow (section 3.2).
func (c *Conn) localID(i int, addr wire.Addr) uint8 {
	if addr == c.local0 {
		return 0
	}
	return uint8(i + 1)
}

// eachLocal calls f for each address of the host.
func (c *Conn) eachLocal(f func(l pm.Local)) {
	h := c.s.host
	for i, addr := range h.Addrs() {
		if i < maxLocals {
			up, backup := h.InterfaceState(h.InterfaceOf(addr))
			f(pm.Local{ID: c.localID(i, addr), Addr: addr, Up: up, Backup: backup})
		}
	}
}

// localIDOf returns the address ID of a local address.
func (c *Conn) localIDOf(addr wire.Addr) uint8 {
	id := uint8(255)
	c.eachLocal(func(l pm.Local) {
		if l.Addr == addr {
			id = l.ID
		}
	})
	return id
}

// interfaceChanged tells every connection of the addresses of an interface that came up or went down.
func (s *Stack) interfaceChanged(now sim.Time, iface int, _ bool) {
	for _, c := range s.l.conns {
		if c.s != s || c.deleted {
			continue
		}
		c.eachLocal(func(l pm.Local) {
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
			changed = true
			if sf.down {
				c.reinjectSubflow(sf, true)
			}
		}
	}
	kind := pm.LocalDown
	if l.Up {
		kind = pm.LocalUp
	}
	c.pathEvent(pm.Event{Kind: kind, Local: l})
	if changed {
		c.push(now, nil)
	}
}

// The methods of pm.Conn.

// Client implements pm.Conn.
func (p *pathState) Client() bool { return p.c.client }

// Locals implements pm.Conn.
func (p *pathState) Locals() []pm.Local {
	p.locals = p.locals[:0]
	p.c.eachLocal(func(l pm.Local) { p.locals = append(p.locals, l) })
	return p.locals
}

// Remotes implements pm.Conn.
func (p *pathState) Remotes() []pm.Remote {
	p.all = append(p.all[:0], pm.Remote{Addr: p.c.remote0, Port: p.c.rport0})
	p.all = append(p.all, p.remotes...)
	return p.all
}

// Subflows implements pm.Conn.
func (p *pathState) Subflows() []pm.Subflow {
	p.subflows = p.subflows[:0]
	for _, sf := range p.c.live {
		if sf.state < subflowClosing {
			p.subflows = append(p.subflows, p.c.pathSubflow(sf))
		}
	}
	return p.subflows
}

// RemoteAllowsInitialAddress implements pm.Conn.
func (p *pathState) RemoteAllowsInitialAddress() bool { return !p.c.remoteNoJoinHere }

// OpenSubflow implements pm.Conn.
func (p *pathState) OpenSubflow(local pm.Local, remote pm.Remote, backup bool) {
	p.actions = append(p.actions, pathAction{kind: actionOpen, local: local, remote: remote, backup: backup})
}

// CloseSubflow implements pm.Conn.
func (p *pathState) CloseSubflow(id uint32) {
	p.actions = append(p.actions, pathAction{kind: actionClose, id: id})
}

// Announce implements pm.Conn.
func (p *pathState) Announce(local pm.Local) {
	p.actions = append(p.actions, pathAction{kind: actionAnnounce, local: local})
}

// Withdraw implements pm.Conn.
func (p *pathState) Withdraw(localID uint8) {
	p.actions = append(p.actions, pathAction{kind: actionWithdraw, id: uint32(localID)})
}

// SetBackup implements pm.Conn.
func (p *pathState) SetBackup(id uint32, backup bool) {
	p.actions = append(p.actions, pathAction{kind: actionBackup, id: id, backup: backup})
}
