package mptcp

import (
	"fmt"

	"mpsim/model/link"
	"mpsim/model/mptcp/pm"
	"mpsim/model/mptcp/sched"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Host is what MPTCP needs of the machine beyond what TCP needs: its addresses and the state of the
// interfaces that have them. scenarios/build makes one of a topo.Host.
type Host interface {
	Name() string
	Addrs() []wire.Addr          // all, in a fixed order; later ones may be added
	InterfaceOf(a wire.Addr) int // index of the interface that has the address
	// InterfaceState tells whether an interface is up, and whether subflows over it are to be used only if
	// others fail.
	InterfaceState(i int) (up, backup bool)
	// OnInterface registers a function that is called after an interface has come up or gone down.
	OnInterface(f func(now sim.Time, iface int, up bool))
}

// Layer is what the MPTCP stacks of one world (or of one part of it) share: the table of connections
// and the kind of their timer events. A world has few event kinds, so worlds of many hosts share one.
type Layer struct {
	w        *sim.World
	contents *wire.Contents
	kind     sim.Kind
	conns    []*Conn
	byHost   bool     // see NumberByHost
	free     []uint32 // places given back, see Conn.Forget
}

// NewLayer registers the connections' event kind with w.
func NewLayer(w *sim.World, net *link.Net) *Layer {
	l := &Layer{w: w, contents: net.Contents()}
	l.kind = w.NewKind("mptcp connection", func(now sim.Time, index uint32) {
		if c := l.conns[index]; c != nil { // nil: its timer was stopped, and expires once more
			c.timeout(now)
		}
	})
	return l
}

// NumberByHost makes running hashes tell connections apart by their order on their host, not in the whole layer:
// for worlds that may be cut into parts, which have a layer each.
func (l *Layer) NumberByHost() { l.byHost = true }

// Stack is one host's MPTCP over its TCP stack.
type Stack struct {
	l         *Layer
	w         *sim.World
	contents  *wire.Contents
	tcp       *tcp.Stack
	host      Host
	name      string
	cfg       Config
	granule   uint64 // octets by which the window scale rounds
	src       sim.Component
	keys      *sim.Stream
	keySource func() uint64 // instead of keys
	secret    [2]uint64     // of verifiable keys
	hasSecret bool
	nonces    *sim.Stream
	joins     *sim.Stream // random waits before joins
	tokens    tokenTable
	memory    peerMemory
	hash      sim.Hash
	opened    uint32 // connections
	count     Counters
	refusal   uint8 // reason code of the join refused last
	refusedV0 bool  // version 0 has no option for it
	observer  Observer

	managers   func() pm.Manager // of SetManagers, SetSchedulers
	schedulers func() sched.Scheduler
	listens    listenHook
	verify     bool // tests: views are checked each time
}

// NewStack puts MPTCP on a host with a layer of its own. It panics if c is not valid (Validate).
func NewStack(w *sim.World, net *link.Net, t *tcp.Stack, h Host, c Config) *Stack {
	return NewLayer(w, net).NewStack(t, h, c)
}

// NewStack puts MPTCP on a host: its component is "mptcp/" and the host's name. It panics if c is not
// valid (Validate) or allows a larger receive buffer than the TCP stack's window scale can express.
func (l *Layer) NewStack(t *tcp.Stack, h Host, c Config) *Stack {
	cfg, err := c.resolve()
	if err == nil && cfg.ReceiveBufferMax > t.Config().ReceiveBufferMax {
		err = fmt.Errorf("mptcp: receive buffer of %d octets: the TCP stack's is %d and sets the window scale; "+
			"raise that too", cfg.ReceiveBufferMax, t.Config().ReceiveBufferMax)
	}
	if err != nil {
		panic(fmt.Sprintf("stack of host %s: %v", h.Name(), err))
	}
	s := &Stack{l: l, w: l.w, contents: l.contents, tcp: t, host: h, name: h.Name(), cfg: cfg}
	for s.granule = 1; 65535*int64(s.granule) < t.Config().ReceiveBufferMax; {
		s.granule *= 2
	}
	s.src = s.w.Component("mptcp/" + s.name)
	s.w.DigestOf(s.src, func() uint64 { return uint64(s.hash) })
	s.keys = s.w.Stream("mptcp/" + s.name + "/keys")
	s.nonces = s.w.Stream("mptcp/" + s.name + "/nonces")
	s.joins = s.w.Stream("mptcp/" + s.name + "/joins")
	s.tokens.init()
	s.memory.init()
	t.SetJoinAcceptor(joinAcceptor{s})
	h.OnInterface(s.interfaceChanged)
	return s
}

// Config returns the parameters with the profile's values filled in.
func (s *Stack) Config() Config { return s.cfg }

// Counters returns the host's counters.
func (s *Stack) Counters() Counters { return s.count }

// SetObserver registers who is told what happens (nil: nobody).
func (s *Stack) SetObserver(o Observer) { s.observer = o }

// EachConn calls f for each connection that this host has ever opened or accepted, in order, until f returns
// false; not those whose handshake an opener elsewhere never finished, nor those that were to be forgotten (Forget).
func (s *Stack) EachConn(f func(c *Conn) bool) {
	for _, c := range s.l.conns {
		if c != nil && c.s == s && !f(c) {
			return
		}
	}
}

// newConn makes a connection in the given state.
func (s *Stack) newConn(now sim.Time, client bool) *Conn {
	c := &Conn{s: s, client: client, version: s.cfg.Versions.highest()}
	s.l.enter(c)
	c.number = c.id
	if s.l.byHost {
		c.number = s.opened
		s.opened++
	}
	c.timer.Init(s.w, s.l.kind, c.id, s.src)
	for i := range c.deadlines {
		c.deadlines[i] = sim.Never
	}
	c.stats.openedAt = now
	c.nagle = s.cfg.Nagle == tcp.On
	c.wantSum = s.cfg.Checksum == tcp.On
	c.rcv.Init(0, s.cfg.ReceiveBuffer, s.cfg.ReceiveBufferMax)
	c.snd.Init(s.contents.New(), s.cfg.SendBuffer, s.cfg.SendBufferMax)
	c.useScheduler(s.newScheduler())
	c.manager = s.newManager()
	c.paths.init(c)
	return c
}

// makeKey draws the connection's key, whose token no other connection of the host has (section 3.1).
func (c *Conn) makeKey() {
	draw := c.s.keys.Uint64
	if c.s.keySource != nil {
		draw = c.s.keySource
	}
	c.localKey, c.localToken = c.s.tokens.newKey(draw, c.version, c)
	c.localIDSN = wire.IDSN(c.localKey, c.version)
}

// SetKeySource makes the host take its keys from f instead of its random stream (nil: back to it): section
// 3.1 leaves open where they come from. A key whose token is in use is passed over and f asked again.
func (s *Stack) SetKeySource(f func() uint64) { s.keySource = f }

// Dial opens a connection from a local address. It fails with tcp.ErrNoRoute or tcp.ErrNoPort.
func (s *Stack) Dial(now sim.Time, local, remote wire.Addr, rport uint16) (*Conn, error) {
	c, err := s.Prepare(now, local, 0, remote, rport)
	if err == nil {
		c.Connect(now)
	}
	return c, err
}

// Prepare makes a connection whose SYN waits for Connect, so that options can be set and data queued before.
// lport 0 picks an ephemeral port. Errors: those of Dial.
func (s *Stack) Prepare(now sim.Time, local wire.Addr, lport uint16, remote wire.Addr,
	rport uint16) (*Conn, error) {
	c := s.newConn(now, true)
	c.local0, c.remote0, c.lport0, c.rport0 = local, remote, lport, rport
	c.setState(now, SynSent)
	switch version, why := s.memory.offer(now, &s.cfg, remote); {
	case why != "":
		if version == noVersion {
			s.count.CapableSYNTXDisabled++
		}
		c.fallBack(now, why)
	default:
		c.version = version
		c.makeKey()
	}
	if err := c.prepareFirst(now, lport); err != nil {
		c.setState(now, Closed)
		c.delete()
		return nil, err
	}
	return c, nil
}

// prepareFirst makes the first subflow.
func (c *Conn) prepareFirst(now sim.Time, lport uint16) error {
	e, err := c.s.tcp.Prepare(now, c, c.local0, lport, c.remote0, c.rport0)
	if err != nil {
		return err
	}
	c.attach(c.newSubflow(now, true), e)
	_, c.lport0 = e.Local()
	return nil
}

// Listen accepts connections to a port on all addresses (addr zero) or one. accept is called when the
// first subflow's handshake is done, also for connections that are plain TCP.
func (s *Stack) Listen(addr wire.Addr, port uint16, accept func(now sim.Time, c *Conn)) error {
	return s.ListenWith(addr, port, nil, accept)
}

// ListenWith is Listen with a function that sees each connection before its SYN/ACK leaves, so that a socket
// layer can hand a listener's settings on (nil: nothing to set).
func (s *Stack) ListenWith(addr wire.Addr, port uint16, prepare, accept func(now sim.Time, c *Conn)) error {
	if err := s.tcp.Listen(addr, port, &listener{s, prepare, accept}); err != nil {
		return err
	}
	s.listens.tell(s.w.Now(), addr, port, true)
	return nil
}

// Unlisten gives a listening port back; connections made from it live on.
func (s *Stack) Unlisten(addr wire.Addr, port uint16) {
	s.tcp.Unlisten(addr, port)
	s.listens.tell(s.w.Now(), addr, port, false)
}

type listener struct {
	s               *Stack
	prepare, accept func(now sim.Time, c *Conn)
}

// Ignores implements tcp.Ignorer: RFC 6824 section 3.1 has a SYN silently ignored that has the flag for
// extensions set; RFC 8684 only its option.
func (l *listener) Ignores(syn *wire.Segment) bool {
	m := &syn.Capable
	return syn.Opts&wire.OptCapable != 0 && m.Version == 0 && m.Flags&wire.CapableExtended != 0 &&
		l.s.cfg.Versions.Has(0)
}

// Accept implements tcp.Acceptor.
func (l *listener) Accept(now sim.Time, e *tcp.Endpoint, syn *wire.Segment) tcp.Owner {
	c := l.s.newConn(now, false)
	c.accept = l.accept
	c.local0, c.lport0 = e.Local()
	c.remote0, c.rport0 = e.Remote()
	c.setState(now, SynReceived)
	sf := c.newSubflow(now, false)
	c.attach(sf, e)
	if l.prepare != nil {
		l.prepare(now, c)
	}
	c.tell(now, EventSubflowTried, sf)
	c.syn.window = syn.Window
	c.capableSYN(now, syn)
	return c
}
