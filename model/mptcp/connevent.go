package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What a connection tells its application: the events of draft-hesmans-mptcp-socket-03 section 4 and those
// that its successors were asked for (attempts, reasons, fallback). They are told at the moment at which
// they happen, in the midst of a segment's or a timer's event: who is told takes note and acts later.

// ConnEventKind is what happened.
type ConnEventKind uint8

// Kinds of events.
const (
	EventSubflowTried   ConnEventKind = iota // a SYN has left, or has come: the subflow is being opened
	EventSubflowCreated                      // it is established and can carry data
	EventSubflowClosed                       // it is closed, or never came up: Cause, Reason, Reset
	EventRemoteAdded                         // ADD_ADDR: Address, AddressID, Port
	EventRemoteRemoved                       // REMOVE_ADDR: AddressID; Address if it was known
	EventLocalUp                             // the interface of a local address came up: Address, AddressID
	EventLocalDown                           // or went down
	EventPriority                            // the subflow's priority has changed: Backup, ByPeer
	EventTimeout                             // a retransmission timeout of the subflow: RTO, Backoff
	EventFellBack                            // the connection goes on as plain TCP: Reason
	EventEstablished                         // fully established: subflows may be added from now on
	EventClosed                              // the connection is over: Cause. Its subflows may end after it
)

var connEventNames = [...]string{
	"subflow-tried", "subflow-created", "subflow-closed", "remote-added", "remote-removed", "local-up",
	"local-down", "priority", "timeout", "fell-back", "established", "closed",
}

func (k ConnEventKind) String() string { return connEventNames[k] }

// ConnEvent is one event. Fields that the kind does not name are zero, those of a subflow (up to Join) are
// there for each kind that is about one.
type ConnEvent struct {
	Kind ConnEventKind

	Subflow               uint32 // SubflowInfo.ID
	Index                 uint8  // path index, also of one that has just closed; 0: none
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	LocalID, RemoteID     uint8
	Interface             int  // of Local, or of Address; -1: unknown
	Backup                bool // asked for by either end; EventPriority: now asked for by the one that ByPeer tells
	Opener                bool // this host sent the SYN
	Join                  bool // not the first subflow

	ByPeer      bool // EventPriority: the peer asked
	Cause       Cause
	Reason      string // Cause in words
	ResetGiven  bool   // the peer's RST had MP_TCPRST (RFC 8684 section 3.6): ResetReason, Transient
	ResetReason uint8
	Transient   bool

	RTO     unit.Duration // after the back-off
	Backoff int           // timeouts in a row

	Address   wire.Addr
	AddressID uint8
	Port      uint16 // 0: none was named
}

// SetListener registers who is told what happens to the connection; nil: nobody. f must not call anything
// that changes the connection or its subflows: it is called while they are at work.
func (c *Conn) SetListener(f func(now sim.Time, e ConnEvent)) { c.listener = f }

// tell tells of a subflow.
func (c *Conn) tell(now sim.Time, kind ConnEventKind, sf *subflow) {
	if c.listener != nil {
		c.listener(now, c.eventOf(kind, sf))
	}
}

// eventOf fills in what an event says of a subflow.
func (c *Conn) eventOf(kind ConnEventKind, sf *subflow) ConnEvent {
	e := ConnEvent{Kind: kind, Subflow: sf.id, Index: sf.index, Local: sf.local, Remote: sf.remote,
		LocalPort: sf.lport, RemotePort: sf.rport, LocalID: sf.localID, RemoteID: sf.remoteID,
		Interface: c.s.host.InterfaceOf(sf.local), Backup: sf.backupIn || sf.backupOut, Opener: sf.opener,
		Join: sf.join}
	switch kind {
	case EventSubflowClosed:
		e.Cause, e.Reason = sf.cause, sf.reason
		e.ResetGiven, e.ResetReason, e.Transient = sf.resetGiven, sf.resetCode, sf.resetTransient
	case EventTimeout:
		e.RTO, e.Backoff = sf.e.RTO(), sf.e.Backoffs()
	}
	return e
}

// tellPriority tells that one end has changed a subflow's priority: its own wish, whatever the other end wants.
func (c *Conn) tellPriority(now sim.Time, sf *subflow, byPeer bool) {
	if c.listener != nil {
		e := c.eventOf(EventPriority, sf)
		e.ByPeer, e.Backup = byPeer, sf.backupOut
		if byPeer {
			e.Backup = sf.backupIn
		}
		c.listener(now, e)
	}
}

// tellRemote tells of an address of the peer.
func (c *Conn) tellRemote(now sim.Time, kind ConnEventKind, r pm.Remote) {
	if c.listener == nil {
		return
	}
	e := ConnEvent{Kind: kind, Address: r.Addr, AddressID: r.ID, Interface: -1}
	if r.PortGiven {
		e.Port = r.Port
	}
	c.listener(now, e)
}

// tellLocal tells of a local address.
func (c *Conn) tellLocal(now sim.Time, l pm.Local) {
	if c.listener == nil || c.toldClosed {
		return
	}
	kind := EventLocalDown
	if l.Up {
		kind = EventLocalUp
	}
	c.listener(now, ConnEvent{Kind: kind, Address: l.Addr, AddressID: l.ID, Backup: l.Backup,
		Interface: c.s.host.InterfaceOf(l.Addr)})
}

// tellConn tells of the connection as a whole.
func (c *Conn) tellConn(now sim.Time, kind ConnEventKind, why Cause, reason string) {
	if c.listener != nil {
		c.listener(now, ConnEvent{Kind: kind, Interface: -1, Cause: why, Reason: reason})
	}
}

// tellClosed tells, once, that the connection is over.
func (c *Conn) tellClosed(now sim.Time) {
	if c.toldClosed {
		return
	}
	c.toldClosed = true
	reason := "closed"
	if c.err != nil {
		reason = c.err.Error()
	}
	c.tellConn(now, EventClosed, causeOf(c.err), reason)
}
