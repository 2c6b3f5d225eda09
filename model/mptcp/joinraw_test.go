package mptcp

import (
	"encoding/binary"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

const probeNonce = 0x21222324

// join completes a join from the peer's second address and returns the SYN/ACK.
func (p *prober) join(port uint16, key uint64, version int) wire.Segment {
	p.t.Helper()
	answer := p.one(1, joinSYN(port, wire.Token(key, version), probeNonce, 7))
	if answer.Flags != wire.SYN|wire.ACK || answer.Opts&wire.OptJoin == 0 {
		p.t.Fatalf("join is answered with %v", &answer)
	}
	got := p.send(1, joinACK(port, &answer, key, probeNonce, version))
	if len(got) == 0 || got[0].Flags != wire.ACK {
		p.t.Fatalf("third packet is answered with %v", got)
	}
	return answer
}

// TestJoinExchange: the packets of a join with what each holds, in both versions: token, nonces, HMACs cut to
// 64 and 160 bits, the own key first; the fourth packet comes at once; data on the new 4-tuple reaches the
// connection (RFC 8684 section 3.2). Reserved bits are the codec's, which writes zeros.
func TestJoinExchange(t *testing.T) {
	for version := range 2 {
		c := one()
		c.server.Versions = V0 | V1
		p := newProber(t, c)
		key, _ := p.open(uint8(version))
		answer := p.one(1, joinSYN(5000, wire.Token(key, version), probeNonce, 7))
		m := answer.Join
		want := wire.JoinHMAC(key, probeKey, m.Nonce, probeNonce, version)
		if m.Form != wire.JoinSYNACK || binary.BigEndian.Uint64(m.HMAC[:8]) != binary.BigEndian.Uint64(want[:8]) ||
			m.AddrID != 0 || m.Backup {
			t.Errorf("version %d: SYN/ACK %v", version, &answer)
		}
		at := p.n.w.Now()
		var when sim.Time
		p.n.taps = append(p.n.taps, func(now sim.Time, _ *wire.Segment, up bool) {
			if !up && when == 0 {
				when = now
			}
		})
		fourth := p.send(1, joinACK(5000, &answer, key, probeNonce, version))
		if len(fourth) == 0 || fourth[0].Flags != wire.ACK || when.Sub(at) > 15*unit.Millisecond {
			t.Fatalf("version %d: the fourth packet comes after %v: %v", version, when.Sub(at), fourth)
		}
		sf := p.c.subs[1]
		if sf.state != subflowEstablished || sf.remoteID != 7 || sf.localID != 0 {
			t.Errorf("version %d: %v, IDs %d %d", version, sf.state, sf.localID, sf.remoteID)
		}
		contents := p.n.net.Contents()
		seg := wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: answer.Seq + 1, SrcPort: 5000, Opts: wire.OptDSS,
			DSS: wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, version) + 1, SSN: 1,
				Len: 10},
			Payload: wire.Payload{Stream: contents.New(), Len: 10}}
		p.send(1, seg)
		if p.app.read != 10 {
			t.Errorf("version %d: read %d octets over the new subflow", version, p.app.read)
		}
	}
}

// TestJoinRefusals: what is refused, with which reason, and that nothing is kept of it (sections 3.1 and
// 3.2).
func TestJoinRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(c *Config)
		before func(p *prober)
		syn    func(s *wire.Segment)
		reason int // -1: accepted, -2: RST without option
	}{
		{"accepted", nil, nil, nil, -1},
		{"unknown token", nil, nil, func(s *wire.Segment) { s.Join.Token++ }, 1},
		{"form of the SYN/ACK", nil, nil, func(s *wire.Segment) { s.Join.Form = wire.JoinSYNACK }, 1},
		{"limit", func(c *Config) { c.MaxSubflows = 1 }, nil, nil, 3},
		{"limit, for now", func(c *Config) { c.MaxSubflows, c.Policy.LimitReason = 1, wire.ResetResources }, nil, nil, 2},
		{"C flag", func(c *Config) { c.NoJoinHere = tcp.On }, nil, nil, 3},
		{"C flag, another port", func(c *Config) { c.NoJoinHere, c.Policy.JoinAnyPort = tcp.On, tcp.On }, nil,
			func(s *wire.Segment) { s.DstPort = 81 }, -1},
		{"port without listener", nil, nil, func(s *wire.Segment) { s.DstPort = 81 }, -2},
		{"stripped, and no listener", nil, nil,
			func(s *wire.Segment) { s.DstPort, s.Opts = 81, s.Opts&^wire.OptJoin }, -2},
		{"any port", func(c *Config) { c.Policy.JoinAnyPort = tcp.On }, nil,
			func(s *wire.Segment) { s.DstPort = 81 }, -1},
		{"fallen back", nil, func(p *prober) { p.c.fallBack(p.n.w.Now(), "test") }, nil, 1},
		{"closed", nil, func(p *prober) { p.c.Abort(p.n.w.Now()); p.n.run(unit.Second) }, nil, 1},
		{"closing", nil, func(p *prober) { p.c.setState(p.n.w.Now(), TimeWait) }, nil, 1},
	} {
		config := one()
		if c.edit != nil {
			c.edit(&config.server)
		}
		p := newProber(t, config)
		key, _ := p.open(1)
		if c.before != nil {
			c.before(p)
		}
		open := func() (n int) {
			p.n.st.EachEndpoint(func(*tcp.Endpoint) bool { n++; return true })
			return n
		}
		endpoints, subflows := open(), len(p.c.subs)
		syn := joinSYN(5000, wire.Token(key, 1), probeNonce, 7)
		if c.syn != nil {
			c.syn(&syn)
		}
		got := p.one(1, syn)
		switch {
		case c.reason == -1:
			if got.Flags != wire.SYN|wire.ACK || got.Opts&wire.OptJoin == 0 {
				t.Errorf("%s: %v", c.name, &got)
			}
			continue
		case got.Flags&wire.RST == 0 || (got.Opts&wire.OptReset != 0) != (c.reason >= 0) ||
			c.reason >= 0 && int(got.Reset.Reason) != c.reason:
			t.Errorf("%s: %v", c.name, &got)
		}
		if open() != endpoints || len(p.c.subs) != subflows {
			t.Errorf("%s: something is kept of it", c.name)
		}
	}
}

// TestJoinBeforeKeys: a join that overtakes the opener's keys is refused with reason 0x01; later the same one
// works (section 3.2).
func TestJoinBeforeKeys(t *testing.T) {
	p := newProber(t, one())
	answer := p.one(0, capableSyn(hmacSHA))
	key := answer.Capable.SenderKey
	syn := joinSYN(5000, wire.Token(key, 1), probeNonce, 7)
	if got := p.one(1, syn); got.Flags&wire.RST == 0 || got.Reset.Reason != 1 {
		t.Errorf("answered with %v", &got)
	}
	p.send(0, capable(wire.ACK, probeISS+1, answer.Seq+1, wire.Capable{Form: wire.CapableKeys, Version: 1,
		Flags: hmacSHA, SenderKey: probeKey, ReceiverKey: key}))
	p.join(5001, key, 1)
}

// TestJoinAgain: a third packet that comes again is answered by an ACK and changes nothing, also after data
// (section 3.2).
func TestJoinAgain(t *testing.T) {
	p := newProber(t, one())
	key, _ := p.open(1)
	answer := p.join(5000, key, 1)
	third := joinACK(5000, &answer, key, probeNonce, 1)
	data := wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: answer.Seq + 1, SrcPort: 5000, Opts: wire.OptDSS,
		DSS: wire.DSS{Flags: wire.DSSMap | wire.DSSMap8 | wire.DSSAck | wire.DSSAck8,
			DSN: wire.IDSN(probeKey, 1) + 1, DataAck: wire.IDSN(key, 1) + 1, SSN: 1, Len: 10},
		Payload: wire.Payload{Stream: p.n.net.Contents().New(), Len: 10}}
	for i := range 3 {
		p.n.run(unit.Second) // old segments are answered twice a second at most
		got := p.send(1, third)
		if len(got) != 1 || got[0].Flags != wire.ACK || got[0].Opts&wire.OptJoin != 0 {
			t.Errorf("round %d: %v", i, got)
		}
		if i == 0 {
			p.send(1, data)
		}
	}
	if sf := p.c.subs[1]; sf.state != subflowEstablished || p.app.read != 10 || len(p.c.subs) != 2 {
		t.Errorf("%v, read %d", sf.state, p.app.read)
	}
}

// TestJoinReplayed: the packets of one join, sent again from another port, end in a RST at the third: the
// nonce of the SYN/ACK is another one. So do a third packet without option, with a wrong HMAC, and one after
// the attempt has timed out. No octet gets in (sections 3.2 and 5).
func TestJoinReplayed(t *testing.T) {
	p := newProber(t, one())
	key, _ := p.open(1)
	first := p.join(5000, key, 1)
	replay := func(port uint16, edit func(third *wire.Segment)) wire.Segment {
		t.Helper()
		answer := p.one(1, joinSYN(port, wire.Token(key, 1), probeNonce, 7))
		if answer.Join.Nonce == first.Join.Nonce {
			t.Fatal("a nonce came twice")
		}
		third := joinACK(port, &first, key, probeNonce, 1) // with the HMAC of the first exchange
		third.Ack = answer.Seq + 1
		third.Payload = wire.Payload{Stream: p.n.net.Contents().New(), Len: 10}
		edit(&third)
		got := p.send(1, third)
		if len(got) == 0 {
			t.Fatal("no answer")
		}
		return got[len(got)-1]
	}
	for i, edit := range []func(s *wire.Segment){
		func(*wire.Segment) {},
		func(s *wire.Segment) { s.Join.HMAC[19] ^= 1 },
		func(s *wire.Segment) { s.Opts &^= wire.OptJoin },
		func(s *wire.Segment) { s.Join.Form = wire.JoinSYN },
	} {
		got := replay(uint16(5001+i), edit)
		if got.Flags&wire.RST == 0 || got.Opts&wire.OptReset == 0 || got.Reset.Reason != 1 {
			t.Errorf("third packet %d: %v", i, &got)
		}
	}
	answer := p.one(1, joinSYN(5010, wire.Token(key, 1), probeNonce, 7))
	p.n.run(300 * unit.Second)
	if got := p.one(1, joinACK(5010, &answer, key, probeNonce, 1)); got.Flags&wire.RST == 0 {
		t.Errorf("a late third packet: %v", &got)
	}
	if p.app.read != 0 || p.c.Info().Subflows != 2 || p.c.State() != Established {
		t.Errorf("read %d, %+v", p.app.read, p.c.Info())
	}
}

// TestJoinSpoofed: without the third packet, which needs the SYN/ACK, nothing is sent to the address of a
// join's SYN but the SYN/ACK, and no data is taken from it (section 5).
func TestJoinSpoofed(t *testing.T) {
	p := newProber(t, one())
	key, _ := p.open(1)
	p.one(1, joinSYN(5000, wire.Token(key, 1), probeNonce, 7))
	p.c.Queue(p.n.w.Now(), 10_000)
	before := len(p.out)
	p.n.run(unit.Second)
	p.send(1, wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: 1, SrcPort: 5000, Opts: wire.OptDSS,
		DSS:     wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, DSN: wire.IDSN(probeKey, 1) + 1, SSN: 1, Len: 10},
		Payload: wire.Payload{Stream: p.n.net.Contents().New(), Len: 10}})
	for i := range p.out[before:] {
		if s := &p.out[before+i]; s.Dst == p.n.client.Addrs()[1] && s.Flags&(wire.SYN|wire.RST) == 0 {
			t.Errorf("sent: %v", s)
		}
	}
	if p.app.read != 0 || p.c.subs[1].state != subflowOpening {
		t.Errorf("read %d, %v", p.app.read, p.c.subs[1].state)
	}
}

// TestJoinNonces: each attempt has its own nonce, a SYN that is sent again has the same, and the attempt
// after a wrong HMAC a new one (section 3.2).
func TestJoinNonces(t *testing.T) {
	c := one()
	c.client.PathManager, c.client.Profile, c.tcp.Profile = "none", "rfc", "linux"
	n, ch, sh := newNet(t, c)
	client, server := n.connect(100, 100)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	a, b := n.conns(client, server)
	nonces := map[uint32]int{}
	sh.drop = func(_ sim.Time, s *wire.Segment) bool { return s.Flags&wire.SYN != 0 } // SYNs are repeated
	n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
		if up && s.Flags&wire.SYN != 0 && s.Opts&wire.OptJoin != 0 {
			nonces[s.Join.Nonce]++
			if s.Join.Token != b.localToken || s.Join.Token != wire.Token(a.remoteKey, 1) {
				t.Error("not the receiver's token")
			}
		}
	})
	_ = ch
	join := func() {
		l := n.client.Addrs()[1]
		must(0, a.join(n.w.Now(), localOf(a, l), remoteOf(a), false))
	}
	join()
	n.run(2500 * unit.Millisecond)
	if len(nonces) != 1 {
		t.Fatalf("SYNs of one attempt have %d nonces", len(nonces))
	}
	for _, times := range nonces {
		if times < 2 {
			t.Fatal("the SYN was not repeated")
		}
	}
	sh.drop = nil
	n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
		if !up && s.Flags&wire.SYN != 0 {
			s.Join.HMAC[0] ^= 1
		}
	})
	n.run(10 * unit.Second) // ends with a wrong HMAC
	join()
	n.run(unit.Second)
	if len(nonces) != 2 || a.Info().Subflows != 1 || n.cs.count.JoinSynAckHMacFailure != 2 {
		t.Errorf("%d nonces, %d subflows, %d failures", len(nonces), a.Info().Subflows,
			n.cs.count.JoinSynAckHMacFailure)
	}
}
