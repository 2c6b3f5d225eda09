package mptcp

import (
	"bytes"
	"encoding/binary"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// handshake sends the SYN and returns the third packet's MP_CAPABLE, to be given a form, and the server's
// key.
func (p *prober) handshake() (third wire.Segment, key uint64) {
	p.t.Helper()
	answer := p.one(0, capableSyn(hmacSHA))
	key = answer.Capable.SenderKey
	return capable(wire.ACK, probeISS+1, answer.Seq+1, wire.Capable{Form: wire.CapableKeys, Version: 1,
		Flags: hmacSHA, SenderKey: probeKey, ReceiverKey: key}), key
}

// octets is payload of a stream.
func octets(stream uint32, pos uint64, n uint32) wire.Payload {
	return wire.Payload{Stream: stream, Pos: pos, Len: n}
}

// dataAck returns the DATA_ACK of the last segment, relative to the first octet of the peer.
func (p *prober) dataAck() int64 {
	p.t.Helper()
	for i := len(p.out) - 1; i >= 0; i-- {
		if s := &p.out[i]; s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSAck != 0 {
			if s.DSS.Flags&wire.DSSAck8 == 0 {
				return int64(int32(uint32(s.DSS.DataAck) - uint32(wire.IDSN(probeKey, 1)+1)))
			}
			return int64(s.DSS.DataAck - (wire.IDSN(probeKey, 1) + 1))
		}
	}
	return -1
}

// TestFirstData: MP_CAPABLE with data is the mapping of DSN IDSN+1 and SSN 1. It is acknowledged as a DSS is,
// may cover later segments, may come again on each part of a segment that was split, and as a DSS; one that
// comes when the connection is long in use changes nothing (RFC 8684 section 3.1).
func TestFirstData(t *testing.T) {
	type part struct {
		pos, n  uint32
		capable bool // MP_CAPABLE with Data-Level Length dll
		dss     bool // the same mapping as DSS
	}
	for _, c := range []struct {
		name  string
		dll   uint16
		parts []part
		acks  []int64
	}{
		{"one segment", 10, []part{{0, 10, true, false}}, []int64{10}},
		{"longer than its segment", 30, []part{{0, 10, true, false}, {10, 20, false, false}}, []int64{10, 30}},
		{"split, option on each", 30, []part{{0, 10, true, false}, {10, 10, true, false}, {20, 10, true, false}},
			[]int64{10, 20, 30}},
		{"option on the later part first", 20, []part{{10, 10, true, false}, {0, 10, true, false}}, []int64{0, 20}},
		{"then as DSS", 30, []part{{0, 10, true, false}, {10, 20, false, true}}, []int64{10, 30}},
		{"again", 10, []part{{0, 10, true, false}, {0, 10, true, false}}, []int64{10, 10}},
	} {
		p := newProber(t, one())
		third, key := p.handshake()
		stream := p.n.net.Contents().New()
		for i, part := range c.parts {
			seg := third
			seg.Capable.Form, seg.Capable.DataLen = wire.CapableData, c.dll
			seg.Seq += part.pos
			seg.Payload = octets(stream, uint64(part.pos), part.n)
			if !part.capable {
				seg.Opts = 0
			}
			if part.dss {
				seg.Opts = wire.OptDSS
				seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, 1) + 1, SSN: 1, Len: c.dll}
			}
			p.send(0, seg)
			if got := p.dataAck(); got != c.acks[i] {
				t.Errorf("%s: DATA_ACK %d after part %d, want %d", c.name, got, i, c.acks[i])
			}
		}
		if p.c == nil || p.c.Fallback() || int64(p.app.read) != c.acks[len(c.acks)-1] {
			t.Fatalf("%s: read %+v", c.name, p.app)
		}
		// In use: the same keys again, without and with data, and on a joined subflow with other data.
		answer := p.join(5000, key, 1)
		read, state := p.app.read, p.c.State()
		p.send(0, third)
		late := third
		late.Capable.Form, late.Capable.DataLen, late.Payload = wire.CapableData, c.dll, octets(stream, 0, 10)
		p.send(0, late)
		foreign := late
		foreign.SrcPort, foreign.Seq, foreign.Ack = 5000, 5001, answer.Seq+1
		foreign.Payload = octets(stream, 0, 10)
		p.send(1, foreign)
		if p.app.read != read || p.c.State() != state || p.c.Fallback() || p.c.remoteKey != probeKey {
			t.Errorf("%s: MP_CAPABLE in use: read %d, %v", c.name, p.app.read, p.c.State())
		}
	}
}

// TestBothSpeakFirst: the acceptor's first data and the opener's cross; both arrive (section 3.1).
func TestBothSpeakFirst(t *testing.T) {
	n, _, _ := newNet(t, one())
	client, server := n.connect(0, 40_000)
	client.keepOpen = true
	n.run(24 * unit.Millisecond) // the client has opened, the server's data is not there yet
	client.left = 40_000
	client.notify(n.w.Now(), 0)
	n.run(10 * unit.Second)
	a, b := n.conns(client, server)
	if client.read != 40_000 || server.read != 40_000 || a.Fallback() || b.Fallback() {
		t.Errorf("read %d and %d", client.read, server.read)
	}
}

// TestHoleAtStart: a known IDSN shows that octets are missing at the start; they wait, and the DATA_ACK stays
// (section 3.1). On another subflow the ACKs of TCP advance meanwhile (section 2.4), and the window bounds
// what is kept (section 5).
func TestHoleAtStart(t *testing.T) {
	p := newProber(t, one())
	key, iss := p.open(1)
	answer := p.join(5000, key, 1)
	stream := p.n.net.Contents().New()
	seg := wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: answer.Seq + 1, SrcPort: 5000, Opts: wire.OptDSS}
	seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, 1) + 1 + 100, SSN: 1, Len: 50}
	seg.Payload = octets(stream, 100, 50)
	got := p.send(1, seg)
	if len(got) == 0 || got[0].Ack != 5051 || p.dataAck() != 0 || p.app.read != 0 {
		t.Fatalf("ACK %v, DATA_ACK %d", got, p.dataAck())
	}
	first := wire.Segment{Flags: wire.ACK, Seq: probeISS + 1, Ack: iss + 1, Opts: wire.OptDSS}
	first.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, 1) + 1, SSN: 1, Len: 100}
	first.Payload = octets(stream, 0, 100)
	p.send(0, first)
	if p.dataAck() != 150 || p.app.read != 150 {
		t.Fatalf("DATA_ACK %d, read %d", p.dataAck(), p.app.read)
	}
	for i := range uint32(200) { // far ahead, beyond every window
		seg.Seq = 5051 + i*1000
		at := uint64(200 + i*70_000)
		seg.DSS.DSN, seg.DSS.SSN, seg.DSS.Len = wire.IDSN(probeKey, 1)+1+at, 51+i*1000, 1000
		seg.Payload = octets(stream, at, 1000)
		p.send(1, seg)
	}
	if kept := p.c.rcv.OutOfOrder(); kept == 0 || kept > p.c.s.cfg.ReceiveBufferMax || p.app.read != 150 {
		t.Errorf("%d octets are kept", kept)
	}
}

// TestProofOfKeys: only a DATA_ACK proves that the keys arrived. Data of the acceptor without one leaves
// MP_CAPABLE on the opener's first data; with one, DSS takes its place (section 3.1).
func TestProofOfKeys(t *testing.T) {
	for _, proof := range []bool{false, true} {
		n, _, _ := newNet(t, one())
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if !up && !proof && s.Opts&wire.OptDSS != 0 {
				s.DSS.Flags &^= wire.DSSAck | wire.DSSAck8
			}
		})
		client, server := n.connect(0, 100)
		client.keepOpen, server.keepOpen = true, true
		n.run(300 * unit.Millisecond)
		lines := n.record(false)
		client.s.Queue(n.w.Now(), 50)
		n.run(50 * unit.Millisecond)
		want := "> P. len 50 dss ack8 map ssn 1 dll 50"
		if !proof {
			want = "> P. len 50 capable22 v1 flags 01 dll 50"
		}
		if client.read != 100 || len(*lines) == 0 || (*lines)[0] != want {
			t.Errorf("proof %v: read %d, %q", proof, client.read, *lines)
		}
	}
}

// TestHandshakeRepeated: a SYN and a SYN/ACK that are sent again have the same flags and the same key, and
// the SYN/ACK is answered with both keys again (section 3.1).
func TestHandshakeRepeated(t *testing.T) {
	for _, version := range []Versions{V0, V1} {
		c := one()
		c.client.Versions, c.server.Versions = version, version
		n, ch, sh := newNet(t, c)
		dropNth(ch, 0, func(s *wire.Segment) bool { return s.Flags&wire.SYN != 0 })
		dropNth(sh, 0, func(s *wire.Segment) bool { return s.Flags&wire.SYN != 0 })
		dropNth(ch, 0, func(s *wire.Segment) bool {
			return s.Opts&wire.OptCapable != 0 && s.Capable.Form == wire.CapableKeys
		})
		seen := map[uint8][]wire.Capable{}
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if s.Opts&wire.OptCapable != 0 {
				kind := s.Capable.Form
				if up && kind == wire.CapableKey {
					kind = 0
				}
				seen[kind] = append(seen[kind], s.Capable)
			}
		})
		client, server := n.connect(0, 0)
		client.keepOpen, server.keepOpen = true, true
		n.run(10 * unit.Second)
		for kind, list := range seen {
			for _, m := range list {
				if len(list) < 2 || m != list[0] {
					t.Errorf("version %v, form %d: %+v", version, kind, list)
					break
				}
			}
		}
		if len(seen) != 3 || server.s == nil {
			t.Errorf("version %v: %d kinds", version, len(seen))
		}
	}
}

// TestSYNsReordered: the SYN without option arrives before one with it that was sent earlier, or the other
// way round: the third packet decides, and both ends agree on TCP (section 3.1).
func TestSYNsReordered(t *testing.T) {
	for _, plainFirst := range []bool{true, false} {
		c := one()
		c.client.SYNsCapable = 1
		c.tcp.InitialRTO = 100 * unit.Millisecond
		n, ch, sh := newNet(t, c)
		var kept wire.Segment
		ch.drop = func(_ sim.Time, s *wire.Segment) bool {
			if s.Flags&wire.SYN != 0 && s.Opts&wire.OptCapable != 0 && plainFirst {
				kept = *s
				return true
			}
			return false
		}
		// The SYN/ACK that answers the SYN with the option arrives after the client has sent its plain SYN.
		late := false
		sh.drop = func(_ sim.Time, s *wire.Segment) bool {
			if !plainFirst && !late && s.Flags&wire.SYN != 0 {
				late = true
				return true
			}
			return false
		}
		client, server := n.connect(5000, 5000)
		n.run(200 * unit.Millisecond)
		if plainFirst {
			id, to := n.net.NewPacket()
			*to = kept
			ch.Host.Send(n.w.Now(), id, must(ch.Path(kept.Src, kept.Dst, kept.SrcPort, kept.DstPort)), kept.WireLen())
		}
		n.run(10 * unit.Second)
		a, b := n.conns(client, server)
		if !a.Fallback() || b == nil || !b.Fallback() || client.read != 5000 || server.read != 5000 {
			t.Errorf("plain first %v: %v, read %d and %d", plainFirst, a.Fallback(), client.read, server.read)
		}
	}
}

// TestSYNsCross: a simultaneous open of two connections' SYNs on one 4-tuple goes on as TCP.
func TestSYNsCross(t *testing.T) {
	c := one()
	n, _, _ := newNet(t, c)
	a := must(n.cs.Prepare(0, n.client.Addrs()[0], 4000, n.server.Addrs()[0], serverPort))
	b := must(n.ss.Prepare(0, n.server.Addrs()[0], serverPort, n.client.Addrs()[0], 4000))
	x, y := &endpoint{t: t, s: a, name: "a", left: 3000}, &endpoint{t: t, s: b, name: "b", left: 4000}
	x.start(0)
	y.start(0)
	a.Connect(0)
	b.Connect(0)
	n.run(10 * unit.Second)
	if !a.Fallback() || !b.Fallback() || x.read != 4000 || y.read != 3000 {
		t.Errorf("fallback %v %v, read %d and %d", a.Fallback(), b.Fallback(), x.read, y.read)
	}
}

// TestKeysOnWire: the octets of both keys are on the wire in MP_CAPABLE and MP_FASTCLOSE only (section 5).
func TestKeysOnWire(t *testing.T) {
	c := netConfig{seed: 2, paths: twoPaths()}
	n, _, _ := newNet(t, c)
	client, server := n.connect(300_000, 300_000)
	var packets [][]byte
	n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
		if s.Opts&(wire.OptCapable|wire.OptFastClose) == 0 {
			packets = append(packets, must(s.Append(nil, n.net.Contents())))
		}
	})
	n.run(100 * unit.Millisecond)
	a, b := n.conns(client, server)
	ka, kb := a.localKey, b.localKey
	n.run(500 * unit.Millisecond)
	a.Abort(n.w.Now())
	n.run(unit.Second)
	if len(packets) < 100 {
		t.Fatalf("%d packets", len(packets))
	}
	for _, key := range []uint64{ka, kb} {
		octets := binary.BigEndian.AppendUint64(nil, key)
		for _, packet := range packets {
			if bytes.Contains(packet, octets) {
				t.Fatal("a key is on the wire")
			}
		}
	}
}

// TestKeys: keys and their tokens are unique in a host, also when the source repeats itself; a host finds
// 10,000 connections by their tokens; a source can be given (sections 3.1 and 5).
func TestKeys(t *testing.T) {
	n, _, _ := newNet(t, one())
	s := n.cs
	next, calls := uint64(100), 0
	s.SetKeySource(func() uint64 {
		calls++
		if calls%2 == 0 {
			next++
		}
		return next // each key twice
	})
	byToken, keys := map[uint32]*Conn{}, map[uint64]bool{}
	for range 10_000 {
		c := s.newConn(0, true)
		c.makeKey()
		if byToken[c.localToken] != nil || keys[c.localKey] {
			t.Fatal("a key or token came twice")
		}
		byToken[c.localToken], keys[c.localKey] = c, true
	}
	for token, c := range byToken {
		if s.tokens.find(token) != c || token != wire.Token(c.localKey, 1) {
			t.Fatal("not found by its token")
		}
	}
	s.SetKeySource(nil)
	if c := must(s.Dial(0, n.client.Addrs()[0], n.server.Addrs()[0], 81)); s.tokens.find(c.localToken) != c {
		t.Error("the opener is not found by its token though its SYN is out")
	}
	draws := map[uint64]bool{}
	for range 1000 {
		c := s.newConn(0, true)
		c.makeKey()
		draws[c.localKey>>48] = true
	}
	if len(draws) < 900 { // of 1000 out of 65536
		t.Errorf("the first 16 bits of 1000 keys have %d values", len(draws))
	}
}

// TestTokenCollision: if two connections have one token all the same, the join meets the wrong one, fails by
// its HMAC, and both connections go on (section 3.1).
func TestTokenCollision(t *testing.T) {
	n, _, _ := newNet(t, one())
	var servers []*Conn
	must(0, n.ss.Listen(wire.Addr{}, serverPort, func(_ sim.Time, c *Conn) { servers = append(servers, c) }))
	dial := func(octets int64) *Conn {
		c := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
		c.Queue(n.w.Now(), octets)
		n.run(unit.Second)
		return c
	}
	a, other := dial(1000), dial(100)
	b, wrong := servers[0], servers[1]
	n.ss.tokens.conns[b.localToken] = wrong
	must(0, a.join(n.w.Now(), localOf(a, n.client.Addrs()[1]), remoteOf(a), false))
	n.run(unit.Second)
	if a.Info().Subflows != 1 || n.cs.count.JoinSynAckHMacFailure != 1 || wrong.Info().Subflows != 1 {
		t.Errorf("%d and %d subflows", a.Info().Subflows, wrong.Info().Subflows)
	}
	a.Queue(n.w.Now(), 1000)
	other.Queue(n.w.Now(), 1000)
	n.run(unit.Second)
	if a.snd.Una() != 2000 || other.snd.Una() != 1100 {
		t.Errorf("acknowledged %d and %d", a.snd.Una(), other.snd.Una())
	}
}

// TestRefuseChecksum: who does not want checksums stays with TCP when the other asks for them (section 3.1).
func TestRefuseChecksum(t *testing.T) {
	for _, opener := range []bool{false, true} {
		c := one()
		refuser, asker := &c.client, &c.server
		if !opener {
			refuser, asker = asker, refuser
		}
		refuser.RefuseChecksum, asker.Checksum = tcp.On, tcp.On
		n, _, _ := newNet(t, c)
		var after []wire.Segment
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if up == opener && s.Flags&wire.SYN == 0 || !opener && !up {
				after = append(after, *s)
			}
		})
		client, server := n.connect(5000, 5000)
		n.run(5 * unit.Second)
		mptcpFree(t, "refused", after)
		if a, b := n.conns(client, server); !a.Fallback() || !b.Fallback() || client.read+server.read != 10_000 {
			t.Errorf("opener refuses %v: read %d and %d", opener, client.read, server.read)
		}
	}
}
