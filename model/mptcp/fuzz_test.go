package mptcp

import (
	"encoding/binary"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// FuzzConnReceive runs a connection between two stacks over two paths and throws arbitrary segments at both ends, in
// every state: made up from the state of a subflow, or real ones changed, repeated or dropped on the way. The first two
// octets choose the configuration, the others are steps of sixteen. See connFuzz for what must hold.
func FuzzConnReceive(f *testing.F) {
	for _, seed := range connSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 || len(b) > 2+16*64 {
			return
		}
		x := newConnFuzz(t, b[0], b[1])
		for b = b[2:]; len(b) >= 16; b = b[16:] {
			x.step(b[:16])
			x.check()
		}
		x.change = segmentChange{}
		x.n.run(10 * unit.Minute)
		x.check()
	})
}

// connFuzz is a connection under attack. What must hold:
//   - nothing panics, and the ends do not answer each other for ever;
//   - DATA_ACKs and right edges that an end tells do not go back;
//   - with checksums, and without them as long as no payload and no mapping was forged, what an application reads is
//     a prefix of what the other wrote;
//   - a subflow whose HMAC is wrong delivers nothing.
type connFuzz struct {
	t      testingT
	n      *testNet
	ends   [2]*endpoint // client, server
	told   [2]told
	change segmentChange
	seen   []wire.Segment
	sent   int
	forged uint32

	listening bool
	tainted   bool // payload or mappings were forged, or acknowledgements that make a sender forget what was not received
}

// told is what an end has promised.
type told struct {
	ack, edge uint64 // positions
	shift     map[flowKey]uint8
}

// segmentChange is what happens to the next segments of one end.
type segmentChange struct {
	left int
	end  int
	kind byte
	by   uint32
}

const attackPort = 6666

func newConnFuzz(t *testing.T, options, more byte) *connFuzz {
	c := one()
	on := func(b, bit byte) tcp.Switch {
		if b&bit != 0 {
			return tcp.On
		}
		return tcp.Off
	}
	cfg := Config{Profile: Profiles()[int(options)%3], PathManager: "none", Checksum: on(options, 0x04)}
	if options&0x08 != 0 {
		cfg.PathManager = "fullmesh"
	}
	cfg.Opportunistic, cfg.Penalise = on(options, 0x10), on(options, 0x10)
	cfg.Data.ShortDSN, cfg.Data.SparseDSS = on(options, 0x20), on(options, 0x40)
	if options&0x80 != 0 {
		cfg.ReceiveBuffer, cfg.ReceiveBufferMax = 8000, 8000
	}
	c.client, c.server = cfg, cfg
	c.tcp = tcp.Config{Timestamps: on(more, 1), SACK: on(more, 2), WindowScaling: on(more, 4)}
	if c.tcp.WindowScaling == tcp.Off {
		c.client.ReceiveBufferMax, c.server.ReceiveBufferMax = 65535, 65535
		c.client.ReceiveBuffer, c.server.ReceiveBuffer = min(cfg.ReceiveBuffer, 65535), min(cfg.ReceiveBuffer, 65535)
		c.tcp.ReceiveBuffer, c.tcp.ReceiveBufferMax = 65535, 65535
	}
	n, ch, sh := newNet(t, c)
	x := &connFuzz{t: t, n: n, listening: true}
	contents := n.net.Contents()
	contents.MayBeForged()
	x.forged = contents.New()
	for i := range x.told {
		x.told[i].shift = map[flowKey]uint8{}
	}
	ch.drop = func(_ sim.Time, g *wire.Segment) bool { return x.outgoing(0, g) }
	sh.drop = func(_ sim.Time, g *wire.Segment) bool { return x.outgoing(1, g) }
	x.ends[0], x.ends[1] = n.connect(int64(more>>3)*500, int64(more>>3&3)*4000)
	for i, e := range x.ends {
		e.keepOpen, e.forged = true, true
		e.peer = func() uint32 { return x.conn(1 - i).snd.Stream() }
	}
	return x
}

func (x *connFuzz) conn(end int) *Conn {
	if x.ends[end].s == nil {
		return nil
	}
	c := x.ends[end].s.(*Conn)
	if end == 1 && x.listening { // a SYN that is repeated makes no second connection
		x.listening = false
		x.n.ss.Unlisten(wire.Addr{}, serverPort)
	}
	return c
}

// outgoing sees what an end sends, checks it, and changes it; true loses it.
func (x *connFuzz) outgoing(end int, g *wire.Segment) bool {
	if x.sent++; x.sent > 60_000 {
		x.t.Fatal("the ends answer each other for ever")
	}
	if g.SrcPort == attackPort { // the host whose address the attacker takes would reset
		return true
	}
	x.promised(end, g)
	if len(x.seen) < 256 {
		x.seen = append(x.seen, *g)
	} else {
		x.seen[x.sent&255] = *g
	}
	if k := &x.change; k.left > 0 && k.end == end {
		k.left--
		return x.alter(g)
	}
	return false
}

// promised follows DATA_ACK and right edge.
func (x *connFuzz) promised(end int, g *wire.Segment) {
	p := &x.told[end]
	key := flowKey{g.Src, g.Dst, g.SrcPort, g.DstPort}
	if g.Flags&wire.SYN != 0 {
		p.shift[key] = 0
		if g.Opts&wire.OptWindowScale != 0 {
			p.shift[key] = g.WindowScale
		}
		return
	}
	c := x.conn(end)
	if c == nil || c.plain || g.Flags&wire.RST != 0 || g.Opts&wire.OptDSS == 0 || g.DSS.Flags&wire.DSSAck == 0 {
		return
	}
	pos := g.DSS.DataAck - c.remoteIDSN - 1
	if g.DSS.Flags&wire.DSSAck8 == 0 {
		pos = unwrap32(p.ack, uint32(g.DSS.DataAck-c.remoteIDSN-1))
	}
	if want := c.ackPosition(); pos != want {
		x.t.Fatalf("end %d tells DATA_ACK %d: RCV.NXT is %d", end, pos, want)
	}
	if g.DstPort != attackPort && c.tcpScaled(key) { // a subflow without scale cannot say more than 65535
		edge := pos + uint64(g.Window)<<p.shift[key]
		if edge+1<<p.shift[key] < p.edge {
			x.t.Fatalf("end %d: right edge %d after %d", end, edge, p.edge)
		}
		p.edge = max(p.edge, edge)
	}
	if pos < p.ack {
		x.t.Fatalf("end %d: DATA_ACK %d after %d", end, pos, p.ack)
	}
	p.ack = pos
}

// tcpScaled tells that the window scale of the SYN holds for a flow: with an end that did not offer it, it does not.
func (c *Conn) tcpScaled(flowKey) bool { return c.s.tcp.Config().WindowScaling == tcp.On }

// alter changes a segment on its way.
func (x *connFuzz) alter(g *wire.Segment) (lost bool) {
	k := &x.change
	d := &g.DSS
	mapped := g.Opts&wire.OptDSS != 0 && d.Flags&wire.DSSMap != 0
	switch k.kind % 12 {
	case 0:
		return true
	case 1:
		g.Opts &^= mptcpOptions
	case 2:
		if g.Flags&wire.SYN == 0 {
			g.Opts &^= mptcpOptions
		}
	case 3:
		g.Opts &^= wire.OptDSS
	case 4:
		if mapped && k.by != 0 {
			x.tainted = true
			if was := *d; true {
				d.DSN += uint64(k.by)
				x.stayWrong(g, was)
			}
		}
	case 5:
		if mapped && k.by != 0 {
			x.tainted = true
			was := *d
			d.SSN += k.by
			x.stayWrong(g, was)
		}
	case 6:
		if mapped && uint16(k.by) != 0 {
			x.tainted = true
			was := *d
			d.Len += uint16(k.by)
			x.stayWrong(g, was)
		}
	case 7:
		if mapped && d.Flags&wire.DSSSum != 0 && uint16(k.by) != 0 && uint16(k.by) != 0xffff {
			d.Checksum ^= uint16(k.by)
		}
	case 8:
		if g.Payload.Len > 0 {
			x.tainted = true
			g.Payload.Stream = x.forged
		}
	case 9:
		g.Opts &^= wire.OptCapable
	case 10:
		if g.Opts&wire.OptDSS != 0 && d.Flags&wire.DSSAck != 0 {
			x.tainted = true
			d.DataAck += uint64(k.by)
		}
	case 11:
		if g.Opts&wire.OptJoin != 0 {
			g.Join.HMAC[k.by%8] ^= 1 + byte(k.by>>8)&0x7f
		}
	}
	return false
}

// stayWrong takes a change back that the checksum, which has 16 bits, cannot see.
func (x *connFuzz) stayWrong(g *wire.Segment, was wire.DSS) {
	if was.Flags&wire.DSSSum == 0 {
		return
	}
	if d := &g.DSS; d.Flags&wire.DSSSum != 0 && d.Len > 0 {
		a := wire.DSSChecksum(was.DSN, was.SSN, was.Len, 0)
		if wire.DSSChecksum(d.DSN, d.SSN, d.Len, 0) == a {
			*d = was
		}
	}
}

// step does what sixteen octets say.
func (x *connFuzz) step(b []byte) {
	now := x.n.w.Now()
	end := int(b[0] >> 7)
	c := x.conn(end)
	switch b[0] & 0x7f % 8 {
	case 0:
		x.n.run(unit.Duration(binary.BigEndian.Uint16(b[1:])) * unit.Millisecond / 8)
	case 1:
		if e := x.ends[end]; c != nil && e.left <= 0 {
			e.left = int64(binary.BigEndian.Uint16(b[1:]))
			e.write(now)
		}
	case 2:
		if c != nil {
			x.call(now, c, x.ends[end], b[1])
		}
	case 3, 4:
		if c != nil {
			x.forge(c, b)
		}
	case 5:
		x.change = segmentChange{left: 1 + int(b[1]), end: end, kind: b[2], by: binary.BigEndian.Uint32(b[4:])}
	case 6:
		if len(x.seen) > 0 {
			x.deliver(x.seen[int(b[1])%len(x.seen)])
		}
	case 7:
		if c != nil {
			x.falseJoin(b)
		}
	}
}

func (x *connFuzz) call(now sim.Time, c *Conn, e *endpoint, what byte) {
	switch what % 8 {
	case 0, 1:
		c.CloseWrite(now)
	case 2:
		c.Close(now)
	case 3:
		c.Abort(now)
	case 4:
		e.pause = true
	case 5, 6:
		e.pause = false
		e.drain(now)
	case 7:
		c.SetNoDelay(now, what&8 != 0)
	}
}

// check compares what was read, and looks at the subflows of the attacker.
func (x *connFuzz) check() {
	for end := range x.ends {
		c := x.conn(end)
		if c == nil {
			continue
		}
		if c.snd.Una() > c.snd.Nxt() || c.snd.Nxt() > c.snd.End() {
			x.t.Fatalf("end %d: una %d, nxt %d, end %d", end, c.snd.Una(), c.snd.Nxt(), c.snd.End())
		}
		for _, sf := range c.subs {
			if sf.rport == attackPort && (sf.stats.delivered > 0 || sf.state == subflowEstablished) {
				x.t.Fatalf("end %d: a subflow with a wrong HMAC is %v and delivered %d", end, sf.state, sf.stats.delivered)
			}
		}
		x.checkRead(end, c)
	}
}

// checkRead looks at all that was received in order and is still there.
func (x *connFuzz) checkRead(end int, c *Conn) {
	other := x.conn(1 - end)
	if other == nil || x.tainted && (!c.sum || c.plain) {
		return
	}
	if c.rcv.Next() > other.snd.Nxt() {
		x.t.Fatalf("end %d has received %d octets of %d", end, c.rcv.Next(), other.snd.Nxt())
	}
	if e := x.ends[end]; e.misplaced {
		x.t.Fatalf("end %d has read octets that the other did not write there (checksums %v)", end, c.sum)
	}
}

// deliver puts a segment before an end.
func (x *connFuzz) deliver(g wire.Segment) {
	n := x.n
	host := n.client
	for _, a := range n.server.Addrs() {
		if g.Src == a {
			host = n.server
		}
	}
	p, err := host.Path(g.Src, g.Dst, g.SrcPort, g.DstPort)
	if err != nil || g.OptionLen() > maxOptions || g.WireLen() > 1500 {
		return
	}
	id, to := n.net.NewPacket()
	*to = g
	host.Send(n.w.Now(), id, p, g.WireLen())
}
