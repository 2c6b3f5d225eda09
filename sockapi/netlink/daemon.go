package netlink

import (
	"slices"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Plugin is a table of callbacks, of which any may be nil, after those of mptcpd's plugins (mptcpd 0.13,
// include/mptcpd/plugin.h) with a handle in place of the token. The daemon's process calls them, one at a
// time; they may block, and what happens meanwhile waits in the daemon's socket. Connection-bound ones get
// the event as it came.
type Plugin struct {
	Name string

	Start                 func(d *Daemon)              // before the first event
	NewConnection         func(c *Connection, e Event) // it is being set up
	ConnectionEstablished func(c *Connection, e Event) // subflows may be opened from now on
	ConnectionClosed      func(c *Connection)
	NewAddress            func(c *Connection, a Address) // ADD_ADDR of the peer
	AddressRemoved        func(c *Connection, id uint8)  // REMOVE_ADDR of the peer
	NewSubflow            func(c *Connection, t Tuple, e Event)
	SubflowClosed         func(c *Connection, t Tuple, e Event) // also a join that never succeeded
	SubflowPriority       func(c *Connection, t Tuple, e Event) // MP_PRIO of the peer

	ListenerCreated, ListenerClosed     func(d *Daemon, local wire.Addr, port uint16)
	NewLocalAddress, DeleteLocalAddress func(d *Daemon, a LocalAddress)

	// Neither family has these events (Socket.Monitor).
	Timeout  func(c *Connection, t Tuple, rto unit.Duration, backoff int)
	FellBack func(c *Connection)

	SubflowStale, SubflowRecovered func(c *Connection, t Tuple, e Event)
}

// LocalAddress is an address of the host as rtnetlink tells it.
type LocalAddress struct {
	Addr    wire.Addr
	IfIndex int // from 1
}

// Daemon runs plugins in a process. It keeps what an mptcpd keeps for all of them: connections, IDs of local
// addresses, and which of those are up.
type Daemon struct {
	p       *sim.Proc
	s       *Socket
	plugins []*Plugin
	conns   []*Connection
	ids     []wire.Addr // the address at i has ID i+1
	up      []LocalAddress
	timers  []timer
}

// timer is a function that is due.
type timer struct {
	at sim.Time
	f  func()
}

// Connection is a plugin's handle of a connection.
type Connection struct {
	d           *Daemon
	token       uint32
	first       Tuple
	serverSide  bool
	denyID0     bool
	established bool
	closed      bool
	subflows    []Tuple
	remotes     []Address
}

// Serve runs plugins in the process p until the socket is closed, which is no error. Each event goes to
// every plugin, in their order.
func Serve(p *sim.Proc, s *Socket, plugins ...*Plugin) error {
	d := &Daemon{p: p, s: s, plugins: plugins}
	s.Monitor(true)
	h := s.k.stack.Host()
	for _, a := range h.Addrs() {
		if up, _ := h.InterfaceState(h.InterfaceOf(a)); up {
			d.up = append(d.up, LocalAddress{Addr: a, IfIndex: h.InterfaceOf(a) + 1})
		}
	}
	for _, x := range plugins {
		if x.Start != nil {
			x.Start(d)
		}
	}
	for {
		d.runTimers()
		e, err := s.RecvUntil(p, d.nextTimer())
		switch err {
		case nil:
			d.handle(e)
		case sockapi.EAGAIN: // a timer is due
		case sockapi.ENOBUFS: // events were lost: go on with what comes
		case sockapi.EBADF:
			return nil
		default:
			return err
		}
	}
}

// Proc returns the daemon's process.
func (d *Daemon) Proc() *sim.Proc { return d.p }

// Now returns the virtual time.
func (d *Daemon) Now() sim.Time { return d.p.Now() }

// Addresses lists the local addresses that are up, in the host's order. The slice belongs to the daemon.
func (d *Daemon) Addresses() []LocalAddress { return d.up }

// Connections lists the connections that are not closed, oldest first. The slice belongs to the daemon.
func (d *Daemon) Connections() []*Connection { return d.conns }

// ID returns the address ID of a local address: from 1, one for each address as long as the daemon runs.
func (d *Daemon) ID(a wire.Addr) uint8 {
	if i := slices.Index(d.ids, a); i >= 0 {
		return uint8(i + 1)
	}
	d.ids = append(d.ids, a)
	return uint8(len(d.ids))
}

// After has f called by the daemon's process in d2, after everything that is due then already.
func (d *Daemon) After(d2 unit.Duration, f func()) {
	t := timer{at: d.Now().Add(max(d2, 0)), f: f}
	i := len(d.timers)
	for i > 0 && d.timers[i-1].at > t.at {
		i--
	}
	d.timers = slices.Insert(d.timers, i, t)
}

func (d *Daemon) nextTimer() sim.Time {
	if len(d.timers) == 0 {
		return sim.Never
	}
	return d.timers[0].at
}

func (d *Daemon) runTimers() {
	for len(d.timers) > 0 && d.timers[0].at <= d.Now() {
		t := d.timers[0]
		d.timers = slices.Delete(d.timers, 0, 1)
		t.f()
	}
}

// connection finds or makes the handle of an event's token.
func (d *Daemon) connection(e Event) *Connection {
	for _, c := range d.conns {
		if c.token == e.Token {
			return c
		}
	}
	c := &Connection{d: d, token: e.Token}
	d.conns = append(d.conns, c)
	return c
}

// handle keeps the books for an event and calls back.
func (d *Daemon) handle(e Event) {
	switch e.Kind {
	case EventListenerCreated, EventListenerClosed:
		d.each(func(x *Plugin) {
			call := x.ListenerCreated
			if e.Kind == EventListenerClosed {
				call = x.ListenerClosed
			}
			if call != nil {
				call(d, e.Local, e.LocalPort)
			}
		})
	case EventAddressUp, EventAddressDown:
		d.local(e)
	default:
		d.ofConnection(d.connection(e), e)
	}
}

// local is an event of a local address.
func (d *Daemon) local(e Event) {
	a := LocalAddress{Addr: e.Local, IfIndex: e.IfIndex}
	d.up = slices.DeleteFunc(d.up, func(o LocalAddress) bool { return o.Addr == a.Addr })
	if e.Kind == EventAddressUp {
		d.up = append(d.up, a)
		slices.SortStableFunc(d.up, func(x, y LocalAddress) int { return x.IfIndex - y.IfIndex })
	}
	d.each(func(x *Plugin) {
		call := x.NewLocalAddress
		if e.Kind == EventAddressDown {
			call = x.DeleteLocalAddress
		}
		if call != nil {
			call(d, a)
		}
	})
}

func (d *Daemon) each(f func(x *Plugin)) {
	for _, x := range d.plugins {
		f(x)
	}
}

// ofConnection keeps the books for an event of a connection and calls back.
func (d *Daemon) ofConnection(c *Connection, e Event) {
	c.note(e)
	t := e.Tuple()
	d.each(func(x *Plugin) {
		switch {
		case e.Kind == EventCreated && x.NewConnection != nil:
			x.NewConnection(c, e)
		case e.Kind == EventEstablished && x.ConnectionEstablished != nil:
			x.ConnectionEstablished(c, e)
		case e.Kind == EventClosed && x.ConnectionClosed != nil:
			x.ConnectionClosed(c)
		case e.Kind == EventAnnounced && x.NewAddress != nil:
			x.NewAddress(c, Address{ID: e.RemoteID, Addr: e.Remote, Port: e.RemotePort})
		case e.Kind == EventRemoved && x.AddressRemoved != nil:
			x.AddressRemoved(c, e.RemoteID)
		case e.Kind == EventSubflowEstablished && x.NewSubflow != nil:
			x.NewSubflow(c, t, e)
		case e.Kind == EventSubflowClosed && x.SubflowClosed != nil:
			x.SubflowClosed(c, t, e)
		case e.Kind == EventSubflowPriority && x.SubflowPriority != nil:
			x.SubflowPriority(c, t, e)
		case e.Kind == EventTimeout && x.Timeout != nil:
			x.Timeout(c, t, e.RTO, e.Backoff)
		case e.Kind == EventSubflowStale && x.SubflowStale != nil:
			x.SubflowStale(c, t, e)
		case e.Kind == EventSubflowRecovered && x.SubflowRecovered != nil:
			x.SubflowRecovered(c, t, e)
		case e.Kind == EventFellBack && x.FellBack != nil:
			x.FellBack(c)
		}
	})
	if c.closed {
		d.conns = slices.DeleteFunc(d.conns, func(o *Connection) bool { return o == c })
	}
}

// note keeps what an event tells of the connection.
func (c *Connection) note(e Event) {
	t := e.Tuple()
	switch e.Kind {
	case EventCreated, EventEstablished:
		c.first = t
		c.serverSide = c.serverSide || e.ServerSide
		c.denyID0 = c.denyID0 || e.Flags&FlagDenyJoinID0 != 0
		c.established = c.established || e.Kind == EventEstablished
		if !slices.Contains(c.subflows, t) {
			c.subflows = append(c.subflows, t)
		}
	case EventClosed, EventFellBack:
		c.closed = true
	case EventAnnounced:
		c.forgetRemote(e.RemoteID)
		c.remotes = append(c.remotes, Address{ID: e.RemoteID, Addr: e.Remote, Port: e.RemotePort})
	case EventRemoved:
		c.forgetRemote(e.RemoteID)
	case EventSubflowEstablished:
		if !slices.Contains(c.subflows, t) {
			c.subflows = append(c.subflows, t)
		}
	case EventSubflowClosed:
		c.subflows = slices.DeleteFunc(c.subflows, func(o Tuple) bool { return o == t })
	default:
	}
}

func (c *Connection) forgetRemote(id uint8) {
	c.remotes = slices.DeleteFunc(c.remotes, func(a Address) bool { return a.ID == id })
}
