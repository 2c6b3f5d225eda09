package netlink

import (
	"slices"

	"mpsim/model/mptcp"
	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sockapi"
)

// session is what the kernel keeps of one connection for user space: it is the connection's pm.Manager,
// which decides nothing, and the addresses that commands have named.
type session struct {
	k         *Kernel
	conn      *mptcp.Conn
	token     uint32
	addresses []address
	told      []uint32 // subflows of which CLOSED was told before they had closed
	created   bool     // CREATED was told: before that there is nothing to tell
	ready     bool     // ESTABLISHED was told
	over      bool     // CLOSED was told
}

// address is a local address with the ID that user space, or an incoming join, has given it.
type address struct {
	id      uint8
	addr    wire.Addr
	port    uint16 // upstream: part of its identity
	ifIndex int
	backup  bool

	announced bool // or about to be
	pending   bool // until the connection is established
}

// Name implements pm.Manager.
func (s *session) Name() string {
	if s.k.family == OutOfTree {
		return "netlink"
	}
	return "userspace"
}

// WatchesTimeouts implements pm.TimeoutWatcher.
func (s *session) WatchesTimeouts() bool {
	for _, o := range s.k.sockets {
		if o.monitor {
			return true
		}
	}
	return false
}

// FellBack implements pm.FallbackWatcher: in the out-of-tree kernel the session is closed then.
func (s *session) FellBack(now sim.Time, _ pm.Conn, _ string) {
	if !s.created {
		return
	}
	s.tell(now, EventFellBack, Message{})
	if s.k.family == OutOfTree {
		s.tell(now, EventClosed, Message{})
	}
	s.over = true
}

// meet learns which connection this is. It returns false for one that is not a connection's own.
func (s *session) meet(c pm.Conn) bool {
	if s.conn == nil {
		if s.conn = mptcp.ConnOf(c); s.conn == nil {
			return false
		}
		s.token = s.conn.LocalToken()
	}
	return true
}

// Handle implements pm.Manager.
func (s *session) Handle(now sim.Time, c pm.Conn, e pm.Event) {
	if !s.meet(c) {
		return
	}
	switch e.Kind {
	case pm.Created:
		s.created = true
		s.tell(now, EventCreated, s.connection(c))
	case pm.Established:
		s.ready = true
		if s.k.family == OutOfTree { // its own address is the first one of the table
			s.note(firstSubflow(c))
		}
		s.signalPending(now)
		s.tell(now, EventEstablished, s.connection(c))
	case pm.Closed:
		s.tell(now, EventClosed, Message{})
		s.over = true
	case pm.Announced:
		m := Message{Has: AttrRemoteID | AttrFamily | AttrRemoteAddr | AttrRemotePort, RemoteID: e.Remote.ID,
			Family: familyOf(e.Remote.Addr), Remote: e.Remote.Addr, RemotePort: e.Remote.Port}
		if s.k.family == OutOfTree && !e.Remote.PortGiven { // upstream fills in that of the subflow
			m.RemotePort = 0
		}
		s.tell(now, EventAnnounced, m)
	case pm.Removed:
		s.tell(now, EventRemoved, Message{Has: AttrRemoteID, RemoteID: e.Remote.ID})
	case pm.SubflowEstablished:
		s.note(e.Subflow)
		s.tell(now, EventSubflowEstablished, s.subflow(e.Subflow))
	case pm.SubflowClosed:
		if i := slices.Index(s.told, e.Subflow.ID); i >= 0 {
			s.told = slices.Delete(s.told, i, i+1)
			return
		}
		s.tell(now, EventSubflowClosed, s.ended(e))
	case pm.SubflowPriority:
		s.tell(now, EventSubflowPriority, s.subflow(e.Subflow))
	case pm.SubflowTimeout:
		s.timeout(now, c, e.Subflow)
	case pm.SubflowStale:
		s.tell(now, EventSubflowStale, s.subflow(e.Subflow))
	case pm.SubflowRecovered:
		s.tell(now, EventSubflowRecovered, s.subflow(e.Subflow))
	default: // the kernel tells of local addresses itself; retries are the manager's that decides
	}
}

// tell sends an event unless the connection is over.
func (s *session) tell(now sim.Time, kind EventKind, m Message) {
	if s.over {
		return
	}
	m.Has |= AttrToken
	m.Token = s.token
	s.k.deliver(Event{Kind: kind, At: now, Message: m})
}

// firstSubflow is the one that the connection began with.
func firstSubflow(c pm.Conn) pm.Subflow {
	for _, f := range c.Subflows() {
		if f.ID == 0 {
			return f
		}
	}
	return pm.Subflow{}
}

// connection describes a connection by its first subflow.
func (s *session) connection(c pm.Conn) Message {
	first := firstSubflow(c)
	if s.k.family == OutOfTree {
		return s.subflow(first)
	}
	m := tuple(first)
	m.Has |= AttrServerSide | AttrFlags
	m.ServerSide = !c.Client()
	if m.ServerSide {
		m.Flags |= FlagServerSide
	}
	if !c.RemoteAllowsInitialAddress() {
		m.Flags |= FlagDenyJoinID0
	}
	return m
}

// tuple fills in addresses and ports.
func tuple(f pm.Subflow) Message {
	return Message{Has: AttrFamily | AttrLocalAddr | AttrRemoteAddr | AttrLocalPort | AttrRemotePort,
		Family: familyOf(f.Local), Local: f.Local, Remote: f.Remote, LocalPort: f.LocalPort,
		RemotePort: f.RemotePort}
}

// subflow describes a subflow.
func (s *session) subflow(f pm.Subflow) Message {
	m := tuple(f)
	m.Has |= AttrLocalID | AttrRemoteID | AttrBackup
	m.LocalID, m.RemoteID, m.Backup = f.LocalID, f.RemoteID, f.Backup
	if a := s.byAddr(f.Local, f.LocalPort); a != nil {
		m.IfIndex = a.ifIndex
	}
	if s.k.family == OutOfTree || m.IfIndex != 0 { // upstream: if the socket is bound to a device
		m.Has |= AttrIfIndex
	}
	return m
}

// ended describes a subflow that is over: the error of its socket while the connection goes on, and what
// the peer's RST said.
func (s *session) ended(e pm.Event) Message {
	m := s.subflow(e.Subflow)
	i, ok := s.conn.Subflow(e.Subflow.ID)
	if !ok {
		return m
	}
	if s.conn.State() == mptcp.Established {
		if m.Errno = errnoOfCause(i.Cause); m.Errno != 0 {
			m.Has |= AttrError
		}
	}
	if s.k.family == Upstream && i.ResetGiven { // whether or not this host pays heed to it (reset_seen)
		m.Has |= AttrResetReason | AttrResetFlags
		m.ResetReason = i.ResetReason
		if i.ResetTransient {
			m.ResetFlags = 1
		}
	}
	return m
}

// errnoOfCause is what the socket of a subflow has for an error.
func errnoOfCause(c mptcp.Cause) sockapi.Errno {
	switch c {
	case mptcp.CauseTimeout, mptcp.CauseStale:
		return sockapi.ETIMEDOUT
	case mptcp.CauseReset:
		return sockapi.ECONNRESET
	case mptcp.CauseRefused:
		return sockapi.ECONNREFUSED
	case mptcp.CauseUnreachable:
		return sockapi.ENETUNREACH
	case mptcp.CauseHost:
		return sockapi.EHOSTUNREACH
	default: // ended from this side, or in good order
		return 0
	}
}

// timeout tells of a retransmission timeout.
func (s *session) timeout(now sim.Time, c pm.Conn, f pm.Subflow) {
	m := s.subflow(f)
	m.Has |= AttrTimeout
	if x, ok := c.(pm.Measurer); ok {
		if v, ok := x.Measure(f.ID); ok {
			m.RTO, m.Backoff = v.RTO, v.Backoff
		}
	}
	s.tell(now, EventTimeout, m)
}

// note enters the local address of a subflow, with its ID, as get_local_id does for joins that the peer
// opens.
func (s *session) note(f pm.Subflow) {
	if !f.Local.IsValid() || s.k.family == Upstream && f.LocalID == 0 {
		return
	}
	if s.byAddr(f.Local, f.LocalPort) == nil && s.byID(f.LocalID, f.Local.Is4()) == nil &&
		(s.k.family == Upstream || s.room(f.Local)) {
		s.addresses = append(s.addresses, address{id: f.LocalID, addr: f.Local, backup: f.Backup})
	}
}

// byAddr finds an address. One with a port is found by that port only.
func (s *session) byAddr(a wire.Addr, port uint16) *address {
	for i := range s.addresses {
		if x := &s.addresses[i]; x.addr == a && (x.port == 0 || x.port == port) {
			return x
		}
	}
	return nil
}

// exact finds an address with just this port.
func (s *session) exact(a wire.Addr, port uint16) *address {
	for i := range s.addresses {
		if x := &s.addresses[i]; x.addr == a && x.port == port {
			return x
		}
	}
	return nil
}

// byID finds an address by its ID: in the out-of-tree kernel each family of addresses has its own table.
func (s *session) byID(id uint8, v4 bool) *address {
	for i := range s.addresses {
		if x := &s.addresses[i]; x.id == id && (s.k.family == Upstream || x.addr.Is4() == v4) {
			return x
		}
	}
	return nil
}

// outOfTreeTable is the number of local addresses of one family that the out-of-tree kernel keeps for a
// connection (MPTCP_MAX_ADDR).
const outOfTreeTable = 8

// room tells that the table of an address's family has a free place.
func (s *session) room(a wire.Addr) bool {
	n := 0
	for i := range s.addresses {
		if s.addresses[i].addr.Is4() == a.Is4() {
			n++
		}
	}
	return n < outOfTreeTable
}

// forget drops an address.
func (s *session) forget(x *address) {
	for i := range s.addresses {
		if &s.addresses[i] == x {
			s.addresses = append(s.addresses[:i], s.addresses[i+1:]...)
			return
		}
	}
}
