package tcp

import (
	"net/netip"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// testHost is a machine with one interface.
type testHost struct {
	name    string
	comp    sim.Component
	net     *link.Net
	addr    wire.Addr
	route   link.Route
	handler func(now sim.Time, p link.PacketID, iface int32)
	filter  func(now sim.Time, seg *wire.Segment) bool // of outgoing segments; false: lost
	sent    func(now sim.Time, seg *wire.Segment)
}

func (h *testHost) Name() string             { return h.name }
func (h *testHost) Component() sim.Component { return h.comp }
func (h *testHost) Path(_, _ wire.Addr, _, _ uint16) (link.Path, error) {
	return link.Path{Route: h.route}, nil
}
func (h *testHost) Receive(now sim.Time, p link.PacketID)             { h.handler(now, p, 0) }
func (h *testHost) SetHandler(f func(sim.Time, link.PacketID, int32)) { h.handler = f }
func (h *testHost) Uplink(int32) link.ID                              { return h.net.Links(h.route)[0] }
func (h *testHost) Send(now sim.Time, p link.PacketID, path link.Path, size int) {
	seg := h.net.Segment(p)
	if h.sent != nil {
		h.sent(now, seg)
	}
	if h.filter != nil && !h.filter(now, seg) {
		h.net.Free(p)
		return
	}
	h.net.Send(now, p, path.Route, size)
}

// testNet is two hosts, a and b, with one link in each direction.
type testNet struct {
	t      fataler
	w      *sim.World
	net    *link.Net
	a, b   *testHost
	sa, sb *Stack
	ab, ba link.ID
}

func addr(s string) wire.Addr { return wire.AddrFrom(netip.MustParseAddr(s)) }

func newTestNet(t fataler, seed uint64, ab, ba link.Config, ca, cb Config) *testNet {
	n := &testNet{t: t, w: sim.NewWorld(seed)}
	n.net = link.NewNet(n.w)
	add := func(c link.Config, name string) link.ID {
		c.Name = name
		id, err := n.net.AddLink(c)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	n.ab, n.ba = add(ab, "ab"), add(ba, "ba")
	n.a = &testHost{name: "a", comp: n.w.Component("host/a"), net: n.net, addr: addr("10.0.0.1")}
	n.b = &testHost{name: "b", comp: n.w.Component("host/b"), net: n.net, addr: addr("10.0.0.2")}
	n.a.route = n.net.AddRoute([]link.ID{n.ab}, n.net.AddReceiver(n.b))
	n.b.route = n.net.AddRoute([]link.ID{n.ba}, n.net.AddReceiver(n.a))
	arena := NewArena(n.w, n.net)
	n.sa, n.sb = arena.NewStack(n.a, ca), arena.NewStack(n.b, cb)
	return n
}

// duplex returns the configuration of both directions of a link whose queue holds one bandwidth-delay
// product.
func duplex(rate unit.Bitrate, oneWay unit.Duration) link.Config {
	bdp := int64(rate) / 8 * int64(2*oneWay) / int64(unit.Second)
	return link.Config{Rate: rate, Delay: oneWay, Queue: link.Queue{Octets: unit.Bytes(max(bdp, 15000))}}
}

func (n *testNet) run(d unit.Duration) { n.w.Run(n.w.Now().Add(d)) }

// peer is an application at one end: it sends so many octets and closes, and checks what it reads.
type peer struct {
	t       fataler
	n       *testNet
	s       *Stream
	toSend  int64
	close   bool
	read    int64
	eof     bool
	stream  uint32 // content of what is read
	err     error
	noRead  bool
	onBytes func(now sim.Time, n int64)
}

func (p *peer) attach(s *Stream) {
	p.s = s
	s.SetNotify(p.ready)
}

func (p *peer) ready(now sim.Time, r Ready) {
	if r&Readable != 0 && !p.noRead {
		p.readAll(now)
	}
	if r&Writable != 0 {
		p.write(now)
	}
	if r&Hangup != 0 {
		p.err = p.s.Err()
	}
}

func (p *peer) readAll(now sim.Time) {
	for p.s.Readable() > 0 {
		x := p.s.Read(now, 1<<40)
		if p.stream == 0 {
			p.stream = x.Stream
		}
		if x.Stream != p.stream || x.Pos != uint64(p.read) {
			p.t.Fatalf("at %v: read stream %d position %d, want stream %d position %d",
				now, x.Stream, x.Pos, p.stream, p.read)
		}
		p.read += int64(x.Len)
		if p.onBytes != nil {
			p.onBytes(now, int64(x.Len))
		}
	}
	if p.s.EOF() {
		p.eof = true
	}
}

func (p *peer) write(now sim.Time) {
	for p.toSend > 0 && p.s.SendSpace() > 0 {
		n := min(p.toSend, p.s.SendSpace())
		p.toSend -= n
		p.s.Queue(now, n)
	}
	if p.toSend == 0 && p.close {
		p.s.CloseWrite(now)
	}
}

// connect opens one connection from a to b; each end sends so many octets and closes.
func (n *testNet) connect(fromA, fromB int64) (a, b *peer) {
	a = &peer{t: n.t, n: n, toSend: fromA, close: true}
	b = &peer{t: n.t, n: n, toSend: fromB, close: true}
	err := n.sb.ListenStream(wire.Addr{}, 80, func(now sim.Time, s *Stream) { b.attach(s) })
	if err != nil {
		n.t.Fatal(err)
	}
	s, err := n.sa.DialStream(n.w.Now(), n.a.addr, n.b.addr, 80)
	if err != nil {
		n.t.Fatal(err)
	}
	a.attach(s)
	return a, b
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}
