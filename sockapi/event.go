package sockapi

import (
	"fmt"
	"net/netip"

	"mpsim/model/mptcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Events of a socket: draft-hesmans-mptcp-socket-03 section 4, which names creation and deletion of a subflow, new
// local and remote addresses and priorities, and what its users have asked for since: attempts, retransmission
// timeouts (SMAPP, CoNEXT 2015), fallback, and the beginning and the end of the connection. The draft does not say
// how they are read; here they queue on the socket, poll(2) tells of them, RecvEvent takes them.

// EventKind is what an event tells.
type EventKind uint8

// Kinds of events. The comment names the fields of SocketEvent that the kind fills beside Seq, At, Kind; "subflow"
// stands for Sub, UID, Local, Remote, their ports and identifiers, Interface, Backup, Opener, Join.
const (
	EventNone           EventKind = iota // no event: the zero value, beside an error
	EventSubflowTried                    // a SYN has left or has come: subflow
	EventSubflowCreated                  // it is established and usable: subflow
	EventSubflowClosed                   // it is gone, or never came up: subflow, Cause, Errno, Reason, Reset*
	EventRemoteAdded                     // the peer announced an address: Address, AddressID, Port
	EventRemoteRemoved                   // the peer withdrew it: AddressID, Address if it was known
	EventLocalUp                         // a local address can be used: Address, AddressID, Interface, Backup
	EventLocalDown                       // or no longer
	EventPriority                        // one end has changed a subflow's priority: subflow, ByPeer
	EventTimeout                         // a retransmission timeout: subflow, RTO, Backoff
	EventFellBack                        // the connection goes on as plain TCP: Reason
	EventEstablished                     // subflows may be opened from now on
	EventClosed                          // the connection is over: Cause, Errno, Reason
	EventOverflow                        // the queue was full: Lost; told whatever the mask
	numEventKinds
)

// String returns the name of the kind, such as "subflow-closed".
func (k EventKind) String() string {
	switch k {
	case EventNone:
		return "none"
	case EventOverflow:
		return "overflow"
	default:
		return mptcp.ConnEventKind(k - EventSubflowTried).String()
	}
}

// kindOf returns the kind of what a connection tells.
func kindOf(k mptcp.ConnEventKind) EventKind {
	return EventSubflowTried + EventKind(k)
}

// EventKindOf returns the kind of a name, false for an unknown one.
func EventKindOf(name string) (EventKind, bool) {
	for k := EventSubflowTried; k < numEventKinds; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

// EventMask is a set of kinds.
type EventMask uint32

// AllEvents is every kind.
const AllEvents EventMask = 1<<numEventKinds - 1<<EventSubflowTried

// MaskOf returns the set of some kinds.
func MaskOf(kinds ...EventKind) EventMask {
	var m EventMask
	for _, k := range kinds {
		m |= 1 << k
	}
	return m
}

// Has tells whether a kind is in the set.
func (m EventMask) Has(k EventKind) bool { return m>>k&1 != 0 }

// SocketEvent is one event. Fields that its kind does not fill are zero.
type SocketEvent struct {
	Seq  uint64   // from 1, over the events that the mask lets through, lost ones included
	At   sim.Time // when it happened
	Kind EventKind

	Sub                   uint8  // the subflow's number in the socket API, 1..31; it is given again
	UID                   uint32 // the subflow for ever
	Local, Remote         wire.Addr
	LocalPort, RemotePort uint16
	LocalID, RemoteID     uint8 // address identifiers (RFC 8684 section 3.4)
	Interface             int   // of the local address; -1: unknown
	Backup                bool  // either end wants it; EventPriority: the one that ByPeer tells wants it from now on
	Opener                bool  // this end sent the SYN
	Join                  bool  // not the first subflow of the connection
	ByPeer                bool  // the peer has asked for the priority, else this end

	Cause       mptcp.Cause // why it ended
	Errno       Errno       // of Cause; 0: it was closed in good order, by either end
	Reason      string      // in words
	ResetGiven  bool        // the peer's RST had an MP_TCPRST (RFC 8684 section 3.6)
	ResetReason uint8       // its code, 0..6
	Transient   bool        // its flag T: trying again may help

	RTO     unit.Duration // the next retransmission timeout, backed off
	Backoff int           // timeouts in a row

	Address   wire.Addr
	AddressID uint8
	Port      uint16 // 0: none was announced

	Lost uint64 // events lost here: the next one has the number Seq+Lost
}

// causeErrno is the Errno of each cause; 0 stands for an end in good order.
var causeErrno = [...]Errno{
	mptcp.CauseFellBack:    EOPNOTSUPP,
	mptcp.CauseTimeout:     ETIMEDOUT,
	mptcp.CauseReset:       ECONNRESET,
	mptcp.CauseRefused:     ECONNREFUSED,
	mptcp.CauseUnreachable: ENETUNREACH,
	mptcp.CauseHost:        EHOSTUNREACH,
	mptcp.CauseRemoved:     EADDRNOTAVAIL,
	mptcp.CauseLocalGone:   ENETDOWN,
	mptcp.CauseProtocol:    EPROTO,
	mptcp.CauseStale:       ETIMEDOUT,
	mptcp.CauseAborted:     ECONNABORTED,
}

// fill translates what the connection tells; the other fields of s are zero.
func (s *SocketEvent) fill(now sim.Time, e *mptcp.ConnEvent) {
	s.At, s.Kind = now, kindOf(e.Kind)
	s.Sub, s.UID = e.Index, e.Subflow
	s.Local, s.Remote, s.LocalPort, s.RemotePort = e.Local, e.Remote, e.LocalPort, e.RemotePort
	s.LocalID, s.RemoteID, s.Interface = e.LocalID, e.RemoteID, e.Interface
	s.Backup, s.Opener, s.Join, s.ByPeer = e.Backup, e.Opener, e.Join, e.ByPeer
	s.Cause, s.Errno, s.Reason = e.Cause, causeErrno[e.Cause], e.Reason
	s.ResetGiven, s.ResetReason, s.Transient = e.ResetGiven, e.ResetReason, e.Transient
	s.RTO, s.Backoff = e.RTO, e.Backoff
	s.Address, s.AddressID, s.Port = e.Address, e.AddressID, e.Port
}

// String says what an event tells, without the number and the time: for logs.
func (s SocketEvent) String() string {
	text := s.Kind.String()
	switch s.Kind {
	case EventOverflow:
		return fmt.Sprintf("%s, %d events lost", text, s.Lost)
	case EventSubflowTried, EventSubflowCreated, EventSubflowClosed, EventPriority, EventTimeout:
		text += fmt.Sprintf(" %d %s %s", s.Sub, place(s.Local, s.LocalPort), place(s.Remote, s.RemotePort))
	case EventRemoteAdded, EventRemoteRemoved, EventLocalUp, EventLocalDown:
		text += fmt.Sprintf(" %s id %d", place(s.Address, s.Port), s.AddressID)
	default:
	}
	if s.Backup {
		text += " backup"
	}
	if s.ByPeer {
		text += " by the peer"
	}
	if s.Kind == EventTimeout {
		text += fmt.Sprintf(", rto %s after %d", s.RTO, s.Backoff)
	}
	if s.Errno != 0 {
		text += " " + s.Errno.Name()
	}
	if s.ResetGiven {
		text += fmt.Sprintf(" mp_tcprst %d", s.ResetReason)
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}

// place writes an address and, if there is one, a port.
func place(a wire.Addr, port uint16) string {
	if port == 0 || !a.IsValid() {
		return a.String()
	}
	return netip.AddrPortFrom(a.Netip(), port).String()
}
