package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// The path manager's side of a connection: events are queued where they happen and handled by the worker,
// so that a manager's actions never meet an endpoint at work.

type pathState struct {
	c       *Conn
	events  []pm.Event
	actions []pathAction
	remotes []pm.Remote  // by ADD_ADDR, in order of arrival
	learnt  []pm.Remote  // by joins that the peer opened
	waiting []pathAction // joins that may not start yet
	tasks   []pathTask
	retries []retryCount
	retired []uint8     // IDs of local addresses that are to be given up, or were
	hopes   int         // joins to announced addresses of which it is not known that they work
	pinned  []pinnedID  // address IDs that were asked for
	allowed []wire.Addr // local addresses that may be used, if limited
	limited bool
	hint    int64 // octets that the application said it will write
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
	at     sim.Time // a join that waits: not before
	drawn  bool     // and its random wait is part of that
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
		if p.ready {
			return
		}
		p.ready = true
		if c.s.cfg.Policy.AddAddrRefresh > 0 {
			c.addTask(pathTask{at: c.s.w.Now().Add(c.s.cfg.Policy.AddAddrRefresh), kind: taskRefresh})
		}
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
	p.idle()
	c.startJoins(now)
}

// idle gives memory back that only events need: they are rare, and connections many.
func (p *pathState) idle() {
	p.events, p.locals, p.all, p.subflows = nil, nil, nil, nil
	if len(p.actions) == 0 {
		p.actions = nil
	}
}

func (c *Conn) act(now sim.Time, a pathAction) {
	if c.plain || c.over() {
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
				sf.blame(CauseLocalGone)
				c.kill(now, sf, killClose)
				sf.e.Abort(now)
			} else {
				c.closeSubflow(now, sf)
			}
		}
	case actionAnnounce:
		c.announce(now, a.local)
	case actionWithdraw:
		c.withdraw(now, uint8(a.id))
	case actionBackup:
		if sf := c.subflowByID(a.id); sf != nil {
			c.setBackup(now, sf, a.backup)
		}
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
	c.pathEvent(pm.Event{Kind: pm.SubflowClosed, Subflow: s, Reason: sf.reason, Reset: sf.reset})
	c.retryLater(sf)
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

// Subflows implements pm.Conn. Subflows that have closed are there until the manager is told so: of two
// that close together it would otherwise take the second for missing when it hears of the first.
func (p *pathState) Subflows() []pm.Subflow {
	p.subflows = p.subflows[:0]
	for i := range p.events {
		if e := &p.events[i]; e.Kind == pm.SubflowClosed && e.Subflow.ID != noSubflowID {
			p.subflows = append(p.subflows, e.Subflow)
		}
	}
	for _, sf := range p.c.live {
		if sf.e != nil && sf.e.State() == tcp.StateTimeWait {
			continue
		}
		s := p.c.pathSubflow(sf)
		s.Established = s.Established || sf.state == subflowClosing && sf.establishedAt != 0
		p.subflows = append(p.subflows, s)
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
