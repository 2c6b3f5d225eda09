package mptcp

import (
	"fmt"
	"testing"

	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/model/topo"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// pathConfig describes one of the client's paths to the server, the same in both directions.
type pathConfig struct {
	rate   unit.Bitrate
	delay  unit.Duration // one way
	queue  unit.Bytes
	loss   unit.Ratio
	jitter unit.Duration // reordering
}

type netConfig struct {
	seed           uint64
	paths          []pathConfig
	client, server Config
	tcp            tcp.Config
	v6             bool // the second interfaces have an IPv6 address only
	backup         int  // this path of the client is a backup; 0: none
	serverAddrs    int  // interfaces of the server beyond the first
	plainClient    bool
	plainServer    bool
}

func (c *netConfig) family(i int) topo.Family {
	if c.v6 && i > 0 {
		return topo.IPv6
	}
	return topo.IPv4
}

// testNet is a client with one interface per path and a server with one.
type testNet struct {
	t              testingT
	w              *sim.World
	net            *link.Net
	client, server *topo.Host
	cs, ss         *Stack
	ct, st         *tcp.Stack
	up, down       []link.ID
	taps           []func(now sim.Time, seg *wire.Segment, fromClient bool)
}

// stateHost adds what mptcp.Host wants to know of an interface.
type stateHost struct{ *topo.Host }

func (h stateHost) InterfaceState(i int) (up, backup bool) {
	f := h.Interface(i)
	return f.Up, f.Backup
}

// tapped is a host whose outgoing segments pass the test's taps, which may change them.
type tapped struct {
	*topo.Host
	n      *testNet
	client bool
	drop   func(now sim.Time, seg *wire.Segment) bool
}

func (h *tapped) Send(now sim.Time, p link.PacketID, path link.Path, size int) {
	seg := h.n.net.Segment(p)
	for _, tap := range h.n.taps {
		tap(now, seg, h.client)
	}
	if seg.OptionLen() > 40 || seg.WireLen() > 1500 {
		h.n.t.Fatalf("%v: segment of %d octets with %d of options: %+v", now, seg.WireLen(), seg.OptionLen(), seg)
	}
	if h.drop != nil && h.drop(now, seg) {
		h.n.net.Free(p)
		return
	}
	h.Host.Send(now, p, path, seg.WireLen())
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newNet(t testingT, c netConfig) (*testNet, *tapped, *tapped) {
	t.Helper()
	w := sim.NewWorld(c.seed)
	n := &testNet{t: t, w: w, net: link.NewNet(w)}
	g := topo.New(n.net)
	n.client, n.server = must(g.AddHost("client")), must(g.AddHost("server"))
	core := must(g.AddRouter("core"))
	must(n.server.AddInterface(topo.InterfaceConfig{}))
	for i := range c.serverAddrs + 1 {
		if i > 0 {
			must(n.server.AddInterface(topo.InterfaceConfig{Assign: c.family(i)}))
		}
		_, _, err := g.Connect(core.Port(), n.server.Port(i), link.Config{Name: fmt.Sprintf("in%d", i)},
			link.Config{Name: fmt.Sprintf("out%d", i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range c.paths {
		must(n.client.AddInterface(topo.InterfaceConfig{Backup: i > 0 && i == c.backup, Assign: c.family(i)}))
		config := func(name string) link.Config {
			l := link.Config{Name: fmt.Sprintf("path%d.%s", i, name), Rate: p.rate, Delay: p.delay}
			l.Queue.Octets = p.queue
			l.Loss.Ratio = p.loss
			if p.jitter > 0 {
				l.Jitter = link.Jitter{Span: p.jitter, Reorder: true}
			}
			return l
		}
		up, down, err := g.Connect(n.client.Port(i), core.Port(), config("up"), config("down"))
		if err != nil {
			t.Fatal(err)
		}
		n.up, n.down = append(n.up, up), append(n.down, down)
	}
	ch, sh := &tapped{Host: n.client, n: n, client: true}, &tapped{Host: n.server, n: n}
	arena, layer := tcp.NewArena(w, n.net), NewLayer(w, n.net)
	n.ct, n.st = arena.NewStack(ch, c.tcp), arena.NewStack(sh, c.tcp)
	if !c.plainClient {
		n.cs = layer.NewStack(n.ct, stateHost{n.client}, c.client)
		n.cs.verify = true
	}
	if !c.plainServer {
		n.ss = layer.NewStack(n.st, stateHost{n.server}, c.server)
		n.ss.verify = true
	}
	return n, ch, sh
}

// socket is what tcp.Stream and Conn have in common.
type socket interface {
	SetNotify(f func(now sim.Time, r tcp.Ready))
	SendSpace() int64
	Queue(now sim.Time, n int64)
	Readable() int64
	Read(now sim.Time, n int64) wire.Payload
	EOF() bool
	CloseWrite(now sim.Time)
	Close(now sim.Time)
	Abort(now sim.Time)
	Err() error
}

var (
	_ socket = (*Conn)(nil)
	_ socket = (*tcp.Stream)(nil)
)

// endpoint is an application that writes a number of octets, closes, and checks what it reads.
type endpoint struct {
	t         testingT
	s         socket
	name      string
	left      int64 // to be written
	read      uint64
	stream    uint32
	eof       bool
	eofAt     sim.Time
	lastRead  sim.Time
	gap       unit.Duration // longest between reads
	gapAt     sim.Time
	pause     bool // do not read
	forged    bool // the octets may be others than those at their position: misplaced tells
	misplaced bool
	peer      func() uint32 // if forged: the stream that the octets should be of
	keepOpen  bool          // do not close after writing
	open      bool          // connected
	err       error
}

func (a *endpoint) start(now sim.Time) {
	a.s.SetNotify(a.notify)
	a.lastRead = now
	a.notify(now, a.s.(interface{ ReadyBits() tcp.Ready }).ReadyBits())
}

func (a *endpoint) notify(now sim.Time, r tcp.Ready) {
	a.open = a.open || r&tcp.ConnectDone != 0
	a.write(now)
	a.drain(now)
	if err := a.s.Err(); err != nil {
		a.err = err
	}
}

func (a *endpoint) write(now sim.Time) {
	for a.left > 0 {
		n := min(a.left, a.s.SendSpace())
		if n <= 0 {
			return
		}
		a.left -= n
		a.s.Queue(now, n)
	}
	if a.left == 0 && !a.keepOpen && a.open {
		a.left = -1
		a.s.CloseWrite(now)
	}
}

func (a *endpoint) drain(now sim.Time) {
	if a.pause {
		return
	}
	for {
		p := a.s.Read(now, 1<<30)
		if p.Len == 0 {
			break
		}
		if a.peer != nil && (p.Pos != a.read || p.Stream != a.peer()) {
			a.misplaced = true
		}
		if p.Pos != a.read && !a.forged {
			a.t.Fatalf("%s reads octet %d where %d comes next", a.name, p.Pos, a.read)
		}
		if a.stream == 0 {
			a.stream = p.Stream
		} else if a.stream != p.Stream && !a.forged {
			a.t.Fatalf("%s reads stream %d and %d", a.name, a.stream, p.Stream)
		}
		a.read += uint64(p.Len)
		if g := now.Sub(a.lastRead); g > a.gap {
			a.gap, a.gapAt = g, now
		}
		a.lastRead = now
	}
	if a.s.EOF() && !a.eof {
		a.eof, a.eofAt = true, now
	}
}

const serverPort = 80

// connect opens a connection over path 0 with applications on both ends: the client writes up octets, the
// server down.
func (n *testNet) connect(up, down int64) (client, server *endpoint) {
	n.t.Helper()
	client = &endpoint{t: n.t, name: "client", left: up}
	server = &endpoint{t: n.t, name: "server", left: down}
	if n.ss != nil {
		must(0, n.ss.Listen(wire.Addr{}, serverPort, func(now sim.Time, c *Conn) {
			server.s = c
			server.start(now)
		}))
	} else {
		must(0, n.st.ListenStream(wire.Addr{}, serverPort, func(now sim.Time, s *tcp.Stream) {
			server.s = s
			server.start(now)
		}))
	}
	local, remote := n.client.Addrs()[0], n.server.Addrs()[0]
	if n.cs != nil {
		client.s = must(n.cs.Dial(n.w.Now(), local, remote, serverPort))
	} else {
		client.s = must(n.ct.DialStream(n.w.Now(), local, remote, serverPort))
	}
	client.start(n.w.Now())
	return client, server
}

// conns returns the two ends of the connection.
func (n *testNet) conns(client, server *endpoint) (c, s *Conn) {
	c, _ = client.s.(*Conn)
	s, _ = server.s.(*Conn)
	return c, s
}

func (n *testNet) run(d unit.Duration) { n.w.Run(n.w.Now().Add(d)) }

func twoPaths() []pathConfig {
	return []pathConfig{
		{rate: 8 * unit.MbitPerSecond, delay: 10 * unit.Millisecond, queue: 40_000},
		{rate: 8 * unit.MbitPerSecond, delay: 40 * unit.Millisecond, queue: 80_000},
	}
}

func TestTransferTwoPaths(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	client, server := n.connect(0, 8_000_000)
	n.run(20 * unit.Second)
	c, s := n.conns(client, server)
	t.Logf("client %+v", c.Info())
	t.Logf("server %+v", s.Info())
	s.EachSubflow(func(i SubflowInfo) bool { t.Logf("server subflow %+v", i); return true })
	if client.read != 8_000_000 || !client.eof || !server.eof {
		t.Fatalf("client read %d, eof %v; server eof %v", client.read, client.eof, server.eof)
	}
	if c.State() != TimeWait && c.State() != Closed || s.State() != TimeWait && s.State() != Closed {
		t.Errorf("states %v %v", c.State(), s.State())
	}
	if got := s.Info().SubflowsTotal; got != 2 {
		t.Errorf("%d subflows", got)
	}
	t.Logf("done at %v", client.eofAt)
}

// testingT is what testing.TB and rapid.T have in common.
type testingT interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}
