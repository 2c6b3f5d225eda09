package mptcp

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// stateless is a net with a listener that keeps nothing of SYNs.
func stateless() netConfig {
	c := one()
	c.server.Stateless = tcp.On
	return c
}

// TestStatelessListener: after the SYN there is nothing: no endpoint, connection or token. The third packet
// with the right echo makes an MPTCP connection, a forged one plain TCP; an ACK of another number is reset
// (RFC 8684 section 3.1).
func TestStatelessListener(t *testing.T) {
	for _, version := range []uint8{0, 1} {
		for _, forged := range []bool{false, true} {
			c := stateless()
			c.server.Versions = V0 | V1
			p := newProber(t, c)
			syn := capableSyn(hmacSHA)
			if version == 0 {
				syn.Capable = wire.Capable{Form: wire.CapableKey, Flags: hmacSHA, SenderKey: probeKey}
			}
			answer := p.one(0, syn)
			endpoints := 0
			p.n.st.EachEndpoint(func(*tcp.Endpoint) bool { endpoints++; return true })
			if endpoints != 0 || len(p.n.ss.tokens.conns) != 0 || len(p.n.ss.l.conns) != 0 {
				t.Fatal("something is kept of the SYN")
			}
			third := capable(wire.ACK, probeISS+1, answer.Seq+1, wire.Capable{Form: wire.CapableKeys, Version: version,
				Flags: hmacSHA, SenderKey: probeKey, ReceiverKey: answer.Capable.SenderKey})
			wrong := third
			wrong.Ack += 0x100
			if got := p.one(0, wrong); got.Flags&wire.RST == 0 || p.c != nil {
				t.Errorf("a wrong cookie is answered with %v", got)
			}
			if forged {
				third.Capable.ReceiverKey ^= 1
			}
			p.send(0, third)
			if p.c == nil || p.c.Fallback() != forged {
				t.Fatalf("version %d, forged %v: connection %v", version, forged, p.c)
			}
			if !forged && (p.c.remoteKey != probeKey || p.n.ss.tokens.find(p.c.localToken) != p.c) {
				t.Error("keys are not in their tables")
			}
		}
	}
}

// TestStatelessToken: an occupied token makes the listener take its next key; with all of them occupied the
// SYN/ACK has no MP_CAPABLE. A token that was taken between SYN and ACK makes the connection plain (section
// 3.1).
func TestStatelessToken(t *testing.T) {
	p := newProber(t, stateless())
	s := p.n.ss
	syn := capableSyn(hmacSHA)
	other := &Conn{}
	seen := map[uint64]bool{}
	for i := range verifiableKeys {
		answer := p.one(0, syn)
		key := answer.Capable.SenderKey
		if answer.Opts&wire.OptCapable == 0 || seen[key] {
			t.Fatalf("answer %d: %+v", i, answer.Capable)
		}
		seen[key] = true
		s.tokens.conns[wire.Token(key, 1)] = other
		if i == verifiableKeys-1 {
			p.send(0, capable(wire.ACK, probeISS+1, answer.Seq+1, wire.Capable{Form: wire.CapableKeys, Version: 1,
				Flags: hmacSHA, SenderKey: probeKey, ReceiverKey: key}))
			if p.c == nil || !p.c.Fallback() || s.tokens.find(wire.Token(key, 1)) != other {
				t.Error("a token was given out twice")
			}
		}
	}
	p = newProber(t, stateless())
	for key := range seen {
		p.n.ss.tokens.conns[wire.Token(key, 1)] = other
	}
	if answer := p.one(0, syn); answer.Opts&wire.OptCapable != 0 {
		t.Error("MP_CAPABLE though no key is free")
	}
}

// TestStatelessTransfer: what was negotiated survives without state: both versions, checksums, window
// scaling, timestamps, joins, also when packets of the handshake are lost or the keys come with data only.
func TestStatelessTransfer(t *testing.T) {
	for lost := range 4 {
		for _, version := range []Versions{V0, V1} {
			c := netConfig{seed: uint64(lost) + 1, paths: twoPaths()}
			c.server.Stateless = tcp.On
			c.client.Versions, c.server.Versions = version, version
			c.client.Checksum = tcp.On
			n, ch, sh := newNet(t, c)
			switch lost {
			case 1:
				dropNth(ch, 0, func(s *wire.Segment) bool { return s.Flags&wire.SYN != 0 })
			case 2:
				dropNth(sh, 0, func(s *wire.Segment) bool { return s.Flags&wire.SYN != 0 })
			case 3:
				dropNth(ch, 0, func(s *wire.Segment) bool {
					return s.Opts&wire.OptCapable != 0 && s.Capable.Form >= wire.CapableKeys
				})
			}
			client, server := n.connect(2_000_000, 2_000_000)
			n.run(30 * unit.Second)
			a, b := n.conns(client, server)
			if b == nil {
				t.Fatalf("lost %d, version %v: not accepted", lost, version)
			}
			if lost == 3 && version == V0 { // its keys come once only
				if !a.Fallback() || !b.Fallback() || client.read != 2_000_000 || server.read != 2_000_000 {
					t.Errorf("no keys: fallback %v %v, read %d and %d", a.Fallback(), b.Fallback(), client.read, server.read)
				}
				continue
			}
			if client.read != 2_000_000 || server.read != 2_000_000 || a.Fallback() || b.Fallback() || !b.sum ||
				b.Info().SubflowsTotal != 2 || b.Version() != version.highest() {
				t.Fatalf("lost %d: read %d and %d, %+v", lost, client.read, server.read, b.Info())
			}
		}
	}
}

// TestStatelessFlood: SYNs without end cost nothing, and a connection still gets through.
func TestStatelessFlood(t *testing.T) {
	c := stateless()
	n, ch, _ := newNet(t, c)
	client, server := n.connect(100_000, 0)
	for i := range 2000 {
		id, seg := n.net.NewPacket()
		*seg = capableSyn(hmacSHA)
		seg.Src, seg.Dst = n.client.Addrs()[0], n.server.Addrs()[0]
		seg.SrcPort, seg.DstPort, seg.TTL, seg.Seq = uint16(1000+i), serverPort, 64, uint32(i)
		ch.Host.Send(n.w.Now(), id, must(ch.Path(seg.Src, seg.Dst, seg.SrcPort, seg.DstPort)), seg.WireLen())
	}
	var now sim.Time
	for now = n.w.Now(); now < sim.Time(5*unit.Second); now = n.w.Now() {
		n.run(100 * unit.Millisecond)
		open := 0
		n.st.EachEndpoint(func(*tcp.Endpoint) bool { open++; return true })
		if open > 1 {
			t.Fatalf("%d endpoints", open)
		}
	}
	if server.read != 100_000 || client.err != nil {
		t.Errorf("read %d, %v", server.read, client.err)
	}
}
