package middlebox

import (
	"fmt"
	"strings"

	"mpsim/model/link"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// bench is one link without delay with a chain at its second end and somebody at each end who notes what
// comes.
type bench struct {
	t        tester
	w        *sim.World
	net      *link.Net
	layer    *Layer
	chain    *Chain
	links    [2]link.ID
	routes   [2]link.Route
	got      []string
	segments []wire.Segment
	stream   uint32
}

// listener notes what comes to one end.
type listener struct {
	b *bench
	d Direction // in which it has come
}

func (l *listener) Receive(now sim.Time, p link.PacketID) {
	s := *l.b.net.Segment(p)
	l.b.segments = append(l.b.segments, s)
	l.b.got = append(l.b.got, l.b.text(&s, l.d))
	if n := l.b.net.Size(p); n != s.WireLen() {
		l.b.t.Errorf("%v: a packet of %d octets travelled as %d: %s", now, s.WireLen(), n, &s)
	}
	if _, err := s.Append(nil, l.b.net.Contents()); err != nil {
		l.b.t.Errorf("%v: %v: %s", now, err, &s)
	}
	l.b.net.Free(p)
}

// Addresses and ports of the two ends, and an address that boxes own.
func clientEnd() end { return end{wire.Addr{Lo: 0xffff_0a00_0001}, 1111} }
func serverEnd() end { return end{wire.Addr{Lo: 0xffff_0a00_0002}, 80} }
func boxAddr() wire.Addr {
	return wire.Addr{Lo: 0xffff_cb00_7101}
}

func newBench(t tester, boxes ...Config) *bench {
	b := &bench{t: t, w: sim.NewWorld(1)}
	b.net = link.NewNet(b.w)
	b.stream = b.net.Contents().New()
	for d, name := range [...]string{"forward", "backward"} {
		id, err := b.net.AddLink(link.Config{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		b.links[d] = id
		b.routes[d] = b.net.AddRoute([]link.ID{id}, b.net.AddReceiver(&listener{b, Direction(d)}))
	}
	b.layer = NewLayer(b.net, b)
	b.chain = b.layer.NewChain("wire", b.links[0], b.links[1])
	for i, c := range boxes {
		if c.Name == "" {
			c.Name = fmt.Sprint("box", i)
		}
		if _, err := b.chain.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// Beyond implements Routes: behind the link is the listener at its end.
func (b *bench) Beyond(id link.ID, dst wire.Addr) (link.Route, error) {
	if dst == clientEnd().addr {
		return 0, fmt.Errorf("not there")
	}
	return b.net.AddTail(nil, int32(Forward)), nil
}

// Through implements Routes.
func (b *bench) Through(id link.ID, dst wire.Addr) (link.Route, error) {
	if dst != clientEnd().addr {
		return 0, fmt.Errorf("not there")
	}
	return b.net.AddTail([]link.ID{id}, int32(Backward)), nil
}

// send sends a segment of the connection in a direction at the present time.
func (b *bench) send(d Direction, seg wire.Segment) {
	p, s := b.net.NewPacket()
	*s = seg
	if s.Src == (wire.Addr{}) {
		from, to := clientEnd(), serverEnd()
		if d == Backward {
			from, to = to, from
		}
		s.Src, s.SrcPort = from.addr, from.port
		if s.Dst == (wire.Addr{}) {
			s.Dst, s.DstPort = to.addr, to.port
		}
	}
	s.TTL = 64
	b.net.Send(b.w.Now(), p, b.routes[d], s.WireLen())
	b.w.Run(b.w.Now())
}

func (b *bench) wait(t unit.Duration) { b.w.Run(b.w.Now().Add(t)) }

// open does a handshake with initial sequence numbers 99 (client) and 499.
func (b *bench) open() {
	b.send(Forward, wire.Segment{Flags: wire.SYN, Seq: 99, Window: 1000})
	b.send(Backward, wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 499, Ack: 100, Window: 1000})
	b.send(Forward, wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 500, Window: 1000})
	b.got, b.segments = nil, nil
}

// data is a segment of the client whose first octet is that of the stream's position pos.
func (b *bench) data(pos, n uint32) wire.Segment {
	return wire.Segment{
		Flags: wire.ACK, Seq: 100 + pos, Ack: 500, Window: 1000,
		Payload: wire.Payload{Stream: b.stream, Pos: uint64(pos), Len: n},
	}
}

// ack is an acknowledgment of the server.
func ack(n uint32) wire.Segment { return wire.Segment{Flags: wire.ACK, Seq: 500, Ack: n, Window: 1000} }

// text is a segment in short: direction, flags, numbers, payload, options.
func (b *bench) text(s *wire.Segment, d Direction) string {
	out := fmt.Sprintf("%c %v %d:%d(%d)", "><"[d], s.Flags, s.Seq, s.Seq+s.Payload.Len, s.Payload.Len)
	if s.Flags.Has(wire.ACK) {
		out += fmt.Sprintf(" ack %d", s.Ack)
	}
	if s.Opts != 0 {
		out += " <" + s.Opts.String() + ">"
	}
	return out
}

// expect compares what has come to both ends since the last call, one segment a line.
func (b *bench) expect(lines ...string) {
	b.t.Helper()
	if got, want := strings.Join(b.got, "\n"), strings.Join(lines, "\n"); got != want {
		b.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.got = nil
	b.balance()
}

// balance holds the boxes to conservation: what exists is held by them.
func (b *bench) balance() {
	b.t.Helper()
	held := int64(0)
	for _, x := range b.layer.Boxes() {
		c := x.Counters()
		if c.Held < 0 {
			b.t.Errorf("box %s holds %d: %+v", x.Name(), c.Held, c)
		}
		held += c.Held
	}
	if n := int64(b.net.InUse()); n != held {
		b.t.Errorf("%d packets exist, boxes hold %d", n, held)
	}
}

func (b *bench) counters() Counters { return b.layer.Boxes()[0].Counters() }

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}
