package audit

import (
	"net/netip"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// step is one packet of a trace made by hand.
type step struct {
	name  string
	fromA bool
	seg   wire.Segment
	raw   func(b []byte) []byte // changes the octets, if not nil
}

// script builds a good trace: A opens the connection to B. Numbers of segments follow from what was sent.
type script struct {
	t        testing.TB
	version  int
	checksum bool
	keyA     uint64
	keyB     uint64
	contents *wire.Contents
	streamA  uint32
	streamB  uint32
	steps    []step
	time     sim.Time
	window   uint16                   // of segments, unscaled
	hooks    map[string]func(p *pipe) // called behind a step
	stopped  bool                     // later steps are not sent
}

// pipe is one subflow of a script.
type pipe struct {
	s            *script
	a, b         wire.Addr
	aPort, bPort uint16
	next         [2]uint32 // sequence numbers of A and B
	isn          [2]uint32
	stamp        [2]uint32
	nonce        [2]uint32
}

func ip(s string) wire.Addr { return wire.AddrFrom(netip.MustParseAddr(s)) }

func newScript(t testing.TB, version int, checksum bool) *script {
	c := wire.NewContents()
	return &script{t: t, version: version, checksum: checksum, keyA: 0x0102030405060708, keyB: 0x1112131415161718,
		contents: c, streamA: c.New(), streamB: c.New(), window: 512, hooks: map[string]func(p *pipe){}}
}

func (s *script) pipe(a string, aPort uint16, b string, bPort uint16) *pipe {
	p := &pipe{s: s, a: ip(a), b: ip(b), aPort: aPort, bPort: bPort, nonce: [2]uint32{0x21222324, 0x31323334}}
	p.isn = [2]uint32{0xfffffff0, 5000} // A's numbers wrap
	p.next = p.isn
	p.stamp = [2]uint32{1000, 0xfffffffe}
	return p
}

const testShift = 7

// send appends a segment. edit adds options and payload.
func (p *pipe) send(name string, fromA bool, flags wire.Flags, edit func(g *wire.Segment)) {
	s := p.s
	if s.stopped {
		return
	}
	s.time = s.time.Add(10 * unit.Millisecond)
	me, peer := 0, 1
	g := wire.Segment{Src: p.a, Dst: p.b, SrcPort: p.aPort, DstPort: p.bPort, TTL: 64}
	if !fromA {
		me, peer = 1, 0
		g.Src, g.Dst, g.SrcPort, g.DstPort = p.b, p.a, p.bPort, p.aPort
	}
	g.Flags, g.Seq, g.Window = flags, p.next[me], s.window
	if flags&wire.ACK != 0 {
		g.Ack = p.next[peer]
	}
	g.Opts = wire.OptTimestamps
	p.stamp[me]++
	g.TSVal = p.stamp[me]
	if flags&wire.ACK != 0 {
		g.TSEcr = p.stamp[peer]
	}
	if flags&wire.SYN != 0 {
		g.Window = s.window << 6
		g.Opts |= wire.OptMSS | wire.OptWindowScale | wire.OptSACKPermitted
		g.MSS, g.WindowScale = 1460, testShift
	}
	if edit != nil {
		edit(&g)
	}
	p.next[me] = max32(p.next[me], g.Seq+g.SegLen())
	s.steps = append(s.steps, step{name: name, fromA: fromA, seg: g})
	if hook := s.hooks[name]; hook != nil {
		hook(p)
	}
}

func max32(a, b uint32) uint32 {
	if int32(a-b) >= 0 {
		return a
	}
	return b
}

// side returns keys and stream of a sender.
func (s *script) side(fromA bool) (key, peer uint64, stream uint32) {
	if fromA {
		return s.keyA, s.keyB, s.streamA
	}
	return s.keyB, s.keyA, s.streamB
}

// mapping puts payload and its DSS on the segment: n octets of the sender's stream from relative DSN dsn on.
func (p *pipe) mapping(g *wire.Segment, fromA bool, dsn uint64, n uint16) {
	key, _, stream := p.s.side(fromA)
	me := 1
	if fromA {
		me = 0
	}
	g.Payload = wire.Payload{Stream: stream, Pos: dsn - 1, Len: uint32(n)}
	g.Opts |= wire.OptDSS
	g.DSS.Flags |= wire.DSSMap | wire.DSSMap8
	g.DSS.DSN, g.DSS.SSN, g.DSS.Len = wire.IDSN(key, p.s.version)+dsn, g.Seq-p.isn[me], n
	p.sum(g)
}

func (p *pipe) sum(g *wire.Segment) {
	if p.s.checksum {
		g.DSS.Flags |= wire.DSSSum
		sum := uint32(0)
		if g.Payload.Len > 0 {
			sum = p.s.contents.Sum(g.Payload)
		}
		g.DSS.Checksum = wire.DSSChecksum(g.DSS.DSN, g.DSS.SSN, g.DSS.Len, sum)
	}
}

// dataAck puts a DATA_ACK of the peer's relative DSN on the segment.
func (p *pipe) dataAck(g *wire.Segment, fromA bool, dsn uint64) {
	_, peer, _ := p.s.side(fromA)
	g.Opts |= wire.OptDSS
	g.DSS.Flags |= wire.DSSAck | wire.DSSAck8
	g.DSS.DataAck = wire.IDSN(peer, p.s.version) + dsn
}

// fin puts a DATA_FIN without payload on the segment.
func (p *pipe) fin(g *wire.Segment, fromA bool, dsn uint64) {
	key, _, _ := p.s.side(fromA)
	g.Opts |= wire.OptDSS
	g.DSS.Flags |= wire.DSSMap | wire.DSSMap8 | wire.DSSFin
	g.DSS.DSN, g.DSS.SSN, g.DSS.Len = wire.IDSN(key, p.s.version)+dsn, 0, 1
	p.sum(g)
}

// capable puts MP_CAPABLE on the segment.
func (p *pipe) capable(form uint8) func(g *wire.Segment) {
	s := p.s
	return func(g *wire.Segment) {
		g.Opts |= wire.OptCapable
		g.Capable = wire.Capable{Version: uint8(s.version), Form: form, Flags: wire.CapableHMACSHA,
			SenderKey: s.keyA, ReceiverKey: s.keyB}
		if g.Flags.Has(wire.SYN | wire.ACK) {
			g.Capable.SenderKey = s.keyB
		}
		if s.checksum {
			g.Capable.Flags |= wire.CapableChecksum
		}
	}
}

// open is the handshake of the first subflow.
func (p *pipe) open() {
	form := uint8(wire.CapableSYN)
	if p.s.version == 0 {
		form = wire.CapableKey
	}
	p.send("syn", true, wire.SYN, p.capable(form))
	p.send("synack", false, wire.SYN|wire.ACK, p.capable(wire.CapableKey))
	p.send("ack", true, wire.ACK, p.capable(wire.CapableKeys))
}

// join is the handshake of a joined subflow, opened by A.
func (p *pipe) join(id uint8) {
	s := p.s
	hmac := func(fromA bool) [20]byte {
		key, peer, _ := s.side(fromA)
		if fromA {
			return wire.JoinHMAC(key, peer, p.nonce[0], p.nonce[1], s.version)
		}
		return wire.JoinHMAC(key, peer, p.nonce[1], p.nonce[0], s.version)
	}
	p.send("jsyn", true, wire.SYN, func(g *wire.Segment) {
		g.Opts |= wire.OptJoin
		g.Join = wire.Join{Form: wire.JoinSYN, Token: wire.Token(s.keyB, s.version), Nonce: p.nonce[0], AddrID: id}
	})
	p.send("jsynack", false, wire.SYN|wire.ACK, func(g *wire.Segment) {
		g.Opts |= wire.OptJoin
		g.Join = wire.Join{Form: wire.JoinSYNACK, HMAC: hmac(false), Nonce: p.nonce[1]}
	})
	p.send("jack", true, wire.ACK, func(g *wire.Segment) {
		g.Opts |= wire.OptJoin
		g.Join = wire.Join{Form: wire.JoinACK, HMAC: hmac(true)}
	})
	p.send("jfourth", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, 101) })
}

// good is a connection of two subflows with data both ways, a retransmission, a reinjection, address
// signals and an orderly end.
func good(t testing.TB, version int, checksum bool) *script {
	s := newScript(t, version, checksum)
	s.build()
	return s
}

func (s *script) build() {
	version := s.version
	p := s.pipe("10.0.0.1", 1000, "10.0.9.9", 80)
	p.open()
	p.send("data1", true, wire.ACK|wire.PSH, func(g *wire.Segment) { firstData(p, g) })
	p.send("dack1", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, 101) })
	p.send("addaddr", false, wire.ACK, func(g *wire.Segment) {
		g.Opts |= wire.OptAddAddr
		g.AddAddr = wire.AddAddr{ID: 5, Addr: ip("10.0.8.8"), NoHMAC: version == 0}
		if version == 1 {
			g.AddAddr.HMAC = wire.AddAddrHMAC(s.keyB, s.keyA, 5, ip("10.0.8.8"), 0)
		}
	})
	if version == 1 {
		p.send("echo", true, wire.ACK, func(g *wire.Segment) {
			g.Opts |= wire.OptAddAddr
			g.AddAddr = wire.AddAddr{ID: 5, Addr: ip("10.0.8.8"), Echo: true}
		})
	}
	q := s.pipe("10.0.1.1", 1001, "10.0.9.9", 80)
	q.join(2)
	q.send("jdata", true, wire.ACK, func(g *wire.Segment) {
		q.mapping(g, true, 101, 100)
		q.dataAck(g, true, 1)
	})
	q.send("jdack", false, wire.ACK, func(g *wire.Segment) { q.dataAck(g, false, 201) })
	at := p.next[0]
	data2 := func(g *wire.Segment) {
		g.Seq = at
		p.mapping(g, true, 201, 100)
		p.dataAck(g, true, 1)
	}
	p.send("data2", true, wire.ACK, data2)
	p.send("data2again", true, wire.ACK, data2)
	q.send("reinject", true, wire.ACK, func(g *wire.Segment) {
		q.mapping(g, true, 201, 100)
		q.dataAck(g, true, 1)
	})
	p.send("dack2", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, 301) })
	q.send("jdack2", false, wire.ACK, func(g *wire.Segment) { q.dataAck(g, false, 301) })
	q.send("bdata", false, wire.ACK, func(g *wire.Segment) {
		q.mapping(g, false, 1, 50)
		q.dataAck(g, false, 301)
	})
	q.send("bdack", true, wire.ACK, func(g *wire.Segment) { q.dataAck(g, true, 51) })
	p.send("prio", true, wire.ACK, func(g *wire.Segment) { g.Opts |= wire.OptPrio; g.Prio.Backup = true })
	p.send("remove", false, wire.ACK, func(g *wire.Segment) {
		g.Opts |= wire.OptRemoveAddr
		g.RemoveAddr.N, g.RemoveAddr.IDs[0] = 1, 5
	})
	p.send("fin", true, wire.ACK, func(g *wire.Segment) { p.fin(g, true, 301); p.dataAck(g, true, 51) })
	p.send("findack", false, wire.ACK, func(g *wire.Segment) { p.dataAck(g, false, 302) })
	q.send("bfin", false, wire.ACK, func(g *wire.Segment) { q.fin(g, false, 51); q.dataAck(g, false, 302) })
	q.send("bfindack", true, wire.ACK, func(g *wire.Segment) { q.dataAck(g, true, 52) })
	for _, f := range []*pipe{p, q} {
		f.send("tcpfin", true, wire.ACK|wire.FIN, func(g *wire.Segment) { f.dataAck(g, true, 52) })
		f.send("tcpfinack", false, wire.ACK|wire.FIN, func(g *wire.Segment) { f.dataAck(g, false, 302) })
		f.send("last", true, wire.ACK, nil)
	}
}

// firstData is A's first 100 octets: with MP_CAPABLE in version 1.
func firstData(p *pipe, g *wire.Segment) {
	s := p.s
	if s.version == 0 {
		p.mapping(g, true, 1, 100)
		return
	}
	form := uint8(wire.CapableData)
	if s.checksum {
		form = wire.CapableDataCsum
	}
	p.capable(form)(g)
	g.Payload = wire.Payload{Stream: s.streamA, Pos: 0, Len: 100}
	g.Capable.DataLen = 100
	g.Capable.Checksum = wire.DSSChecksum(wire.IDSN(s.keyA, 1)+1, 1, 100, s.contents.Sum(g.Payload))
}

// at returns the first step of a name.
func (s *script) at(name string) *step {
	for i := range s.steps {
		if s.steps[i].name == name {
			return &s.steps[i]
		}
	}
	s.t.Fatalf("no step %s", name)
	return nil
}

// without removes a step.
func (s *script) without(name string) {
	for i := range s.steps {
		if s.steps[i].name == name {
			s.steps = append(s.steps[:i:i], s.steps[i+1:]...)
			return
		}
	}
	s.t.Fatalf("no step %s", name)
}

// after puts a copy of a step, changed, behind another one.
func (s *script) after(name, of string, edit func(g *wire.Segment)) {
	extra := *s.at(of)
	edit(&extra.seg)
	extra.name += "'"
	for i := range s.steps {
		if s.steps[i].name == name {
			s.steps = append(s.steps[:i+1:i+1], append([]step{extra}, s.steps[i+1:]...)...)
			return
		}
	}
	s.t.Fatalf("no step %s", name)
}

// where is the vantage point of a run.
type where int

const (
	atA where = iota
	atB
	between
)

// octets runs the trace as packets.
func (s *script) octets(o Options, w where) *Auditor {
	a := New(o)
	for i, x := range s.steps {
		b, err := x.seg.Append(nil, s.contents)
		if err != nil {
			s.t.Fatalf("step %s: %v", x.name, err)
		}
		if x.raw != nil {
			b = fixChecksums(x.raw(b))
		}
		if err := a.Octets(sim.Time(i+1)*sim.Time(unit.Millisecond), w.direction(x), b); err != nil {
			s.t.Fatalf("step %s: %v", x.name, err)
		}
	}
	a.Finish()
	return a
}

func (w where) direction(x step) Direction {
	switch {
	case w == between:
		return Unlabelled
	case x.fromA == (w == atA):
		return Outbound
	}
	return Inbound
}

// segments runs the trace as segments.
func (s *script) segments(o Options, w where) *Auditor {
	a := New(o)
	for i, x := range s.steps {
		g := x.seg
		a.Segment(sim.Time(i+1)*sim.Time(unit.Millisecond), w.direction(x), &g)
	}
	a.Finish()
	return a
}

// fixChecksums makes the checksums of an IPv4 packet right.
func fixChecksums(b []byte) []byte {
	b[10], b[11] = 0, 0
	h := ^uint16(wire.PayloadSum(b[:20]))
	b[10], b[11] = byte(h>>8), byte(h)
	b[36], b[37] = 0, 0
	n := len(b) - 20
	sum := wire.JoinSums(wire.PayloadSum(b[12:20]), 0, wire.PayloadSum([]byte{0, 6, byte(n >> 8), byte(n)}))
	t := ^uint16(wire.JoinSums(sum, 0, wire.PayloadSum(b[20:])))
	b[36], b[37] = byte(t>>8), byte(t)
	return b
}
