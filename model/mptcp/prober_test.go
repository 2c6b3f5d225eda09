package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// prober is a peer whose every segment the test writes; the host under test is the server. Its own TCP
// receives the answers as well but is mute.
type prober struct {
	t    *testing.T
	n    *testNet
	host *tapped
	out  []wire.Segment // what the server has sent
	app  *endpoint      // of the connection accepted last
	c    *Conn          // the same
}

const (
	probePort = 4000
	probeISS  = 1000
)

// newProber listens on the server and keeps what arrives.
func newProber(t *testing.T, c netConfig) *prober {
	t.Helper()
	c.plainClient = true
	if len(c.paths) == 0 {
		c = one()
		c.plainClient = true
	}
	n, ch, _ := newNet(t, c)
	p := &prober{t: t, n: n, host: ch}
	ch.drop = func(sim.Time, *wire.Segment) bool { return true }
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
		if !up {
			p.out = append(p.out, *seg)
		}
	})
	must(0, n.ss.Listen(wire.Addr{}, serverPort, func(now sim.Time, c *Conn) {
		p.c = c
		p.app = &endpoint{t: t, s: c, name: "server", keepOpen: true}
		p.app.start(now)
	}))
	return p
}

// send puts a segment on the way from the i-th address of the peer and runs the world for a while; it returns
// what the server has answered.
func (p *prober) send(i int, seg wire.Segment) []wire.Segment {
	p.t.Helper()
	n := p.n
	seg.Src, seg.Dst = n.client.Addrs()[i], n.server.Addrs()[0]
	if seg.SrcPort == 0 {
		seg.SrcPort = probePort
	}
	if seg.DstPort == 0 {
		seg.DstPort = serverPort
	}
	seg.TTL = 64
	if seg.Window == 0 {
		seg.Window = 65535
	}
	id, to := n.net.NewPacket()
	*to = seg
	path := must(p.host.Path(seg.Src, seg.Dst, seg.SrcPort, seg.DstPort))
	before := len(p.out)
	p.host.Host.Send(n.w.Now(), id, path, seg.WireLen())
	n.run(100 * unit.Millisecond)
	return p.out[before:]
}

// one returns the only answer.
func (p *prober) one(i int, seg wire.Segment) wire.Segment {
	p.t.Helper()
	got := p.send(i, seg)
	if len(got) != 1 {
		p.t.Fatalf("%d answers, want one: %v", len(got), got)
	}
	return got[0]
}

// capable makes a segment with MP_CAPABLE.
func capable(flags wire.Flags, seq, ack uint32, m wire.Capable) wire.Segment {
	return wire.Segment{Flags: flags, Seq: seq, Ack: ack, Opts: wire.OptCapable, Capable: m}
}

const (
	probeKey  = 0x0102030405060708
	hmacSHA   = wire.CapableHMACSHA
	capableV1 = wire.CapableSYN
)

// syn is the SYN of version 1 with the given flags.
func capableSyn(flags uint8) wire.Segment {
	return capable(wire.SYN, probeISS, 0, wire.Capable{Form: capableV1, Version: 1, Flags: flags})
}

// open completes a handshake of the given version and returns the server's key and its initial sequence
// number.
func (p *prober) open(version uint8) (key uint64, iss uint32) {
	p.t.Helper()
	syn := capableSyn(hmacSHA)
	if version == 0 {
		syn.Capable = wire.Capable{Form: wire.CapableKey, Flags: hmacSHA, SenderKey: probeKey}
	}
	answer := p.one(0, syn)
	if answer.Flags != wire.SYN|wire.ACK || answer.Opts&wire.OptCapable == 0 {
		p.t.Fatalf("SYN/ACK %v", answer)
	}
	key, iss = answer.Capable.SenderKey, answer.Seq
	p.send(0, capable(wire.ACK, probeISS+1, iss+1, wire.Capable{Form: wire.CapableKeys, Version: version,
		Flags: hmacSHA, SenderKey: probeKey, ReceiverKey: key}))
	if p.c == nil || p.c.Fallback() {
		p.t.Fatal("not accepted as MPTCP")
	}
	return key, iss
}

// joinSYN is a join's SYN from a port.
func joinSYN(port uint16, token, nonce uint32, id uint8) wire.Segment {
	return wire.Segment{Flags: wire.SYN, Seq: 5000, SrcPort: port, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinSYN, Token: token, Nonce: nonce, AddrID: id}}
}

// joinACK is the third packet that answers a join's SYN/ACK.
func joinACK(port uint16, answer *wire.Segment, key uint64, nonce uint32, version int) wire.Segment {
	return wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: answer.Seq + 1, SrcPort: port, Opts: wire.OptJoin,
		Join: wire.Join{Form: wire.JoinACK, HMAC: wire.JoinHMAC(probeKey, key, nonce, answer.Join.Nonce, version)}}
}

// mptcpFree fails if one of the segments has an MPTCP option.
func mptcpFree(t *testing.T, what string, segs []wire.Segment) {
	t.Helper()
	for i := range segs {
		if segs[i].Opts&wire.OptMPTCP != 0 {
			t.Errorf("%s: answered with %s", what, describe(&segs[i], false))
		}
	}
}

// localOf and remoteOf describe a local address and the peer's first one, as a path manager does.
func localOf(c *Conn, addr wire.Addr) (found pm.Local) {
	c.eachLocal(func(l pm.Local) {
		if l.Addr == addr {
			found = l
		}
	})
	return found
}

func remoteOf(c *Conn) pm.Remote { return pm.Remote{Addr: c.remote0, Port: c.rport0} }
