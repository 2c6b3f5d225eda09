package mptcp

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// v0 makes both hosts speak version 0 only.
func v0() netConfig {
	c := one()
	c.client.Versions, c.server.Versions = V0, V0
	return c
}

// TestV0Open: keys of 12, 12 and 20 octets, the opener's on the SYN and again on the third packet, which
// carries no data though data waits; data has DSS from the first octet (RFC 6824 section 3.1).
func TestV0Open(t *testing.T) {
	n, _, _ := newNet(t, v0())
	lines := n.record(false)
	var keys []uint64
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) {
		if seg.Opts&wire.OptCapable != 0 {
			keys = append(keys, seg.Capable.SenderKey, seg.Capable.ReceiverKey)
		}
	})
	client, server := n.connect(3000, 10)
	n.run(10 * unit.Second)
	expect(t, (*lines)[:6], `
		> S capable12 v0 flags 01
		< S. capable12 v0 flags 01
		> . capable20 v0 flags 01
		> . len 1424 dss ack4 map ssn 1 dll 1424
		> . len 1424 dss ack4 map ssn 1425 dll 1577 fin
		> P. len 152 dss ack4 map ssn 1425 dll 1577 fin`)
	c, s := n.conns(client, server)
	a, b := c.localKey, s.localKey
	for i, want := range []uint64{a, 0, b, 0, a, b} {
		if i < len(keys) && (i&1 == 0 || want != 0) && keys[i] != want {
			t.Errorf("key %d is %x, want %x", i, keys[i], want)
		}
	}
}

// TestVersionMatrix: which version hosts of different versions come to, and that everything arrives (section
// 3.1).
func TestVersionMatrix(t *testing.T) {
	const plain = -1
	for _, c := range []struct {
		client, server, offer Versions
		retry                 bool
		want, syns            int
	}{
		{V1, V1, 0, false, 1, 1},
		{V0, V0, 0, false, 0, 1},
		{V0 | V1, V1, 0, false, 1, 1},
		{V1, V0 | V1, 0, false, 1, 1},
		{V0, V0 | V1, 0, false, 0, 1},
		{V0 | V1, V0 | V1, 0, false, 1, 1},
		{V0 | V1, V0 | V1, V0, false, 0, 1},
		{V1, V0, 0, false, plain, 1},
		{V0, V1, 0, false, plain, 1},
		{V0 | V1, V0, 0, false, plain, 1},
		{V0 | V1, V0, 0, true, 0, 2},
		{V1, V0, 0, true, plain, 1},
		{V0 | V1, 0, 0, true, plain, 2}, // a server without MPTCP
	} {
		config := one()
		config.client.Versions, config.client.Offer, config.server.Versions = c.client, c.offer, c.server
		config.plainServer = c.server == 0
		if c.retry {
			config.client.RetryOlder = tcp.On
		}
		n, _, _ := newNet(t, config)
		syns, resets := 0, 0
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
			if up && seg.Flags&wire.SYN != 0 {
				syns++
			}
			if up && seg.Flags&wire.RST != 0 {
				resets++
			}
		})
		client, server := n.connect(100_000, 100_000)
		n.run(10 * unit.Second)
		conn, s := n.conns(client, server)
		got := conn.Version()
		if conn.Fallback() {
			got = plain
		}
		if got != c.want || syns != c.syns || resets != c.syns-1 || client.read != 100_000 ||
			server.read != 100_000 {
			t.Errorf("%v to %v, offer %v, retry %v: version %d, %d SYNs, %d RSTs, read %d and %d", c.client, c.server,
				c.offer, c.retry, got, syns, resets, client.read, server.read)
		}
		if s != nil && (s.Version() != got && got != plain || s.Fallback() != conn.Fallback()) {
			t.Errorf("%v to %v: the ends differ: %d %v", c.client, c.server, s.Version(), s.Fallback())
		}
		if left := len(n.cs.tokens.conns); left > 1 || left > 0 && got == plain {
			t.Errorf("%v to %v: tokens are left", c.client, c.server)
		}
	}
}

// TestVersionMemory: with a memory the second connection starts with what the first one found out, until it
// is too old (section 3.1).
func TestVersionMemory(t *testing.T) {
	for _, plainServer := range []bool{false, true} {
		config := one()
		config.client.Versions, config.server.Versions = V0|V1, V0
		config.client.RetryOlder, config.client.VersionMemory = tcp.On, 60*unit.Second
		config.plainServer = plainServer
		n, _, _ := newNet(t, config)
		lines := n.record(false)
		n.connect(1000, 0)
		n.run(5 * unit.Second)
		again := func() string {
			*lines = nil
			must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
			n.run(unit.Second)
			return (*lines)[0]
		}
		want := "> S capable12 v0 flags 01"
		if plainServer {
			want = "> S"
		}
		if got := again(); got != want {
			t.Errorf("plain server %v: second connection starts with %q", plainServer, got)
		}
		n.run(61 * unit.Second)
		if got := again(); got != "> S capable4 v1 flags 01" {
			t.Errorf("plain server %v: after the memory's time: %q", plainServer, got)
		}
	}
}

// TestV0Joins: joins, checksums and signals in version 0: HMAC-SHA1, no MP_TCPRST; everything arrives over
// two subflows (RFC 6824).
func TestV0Joins(t *testing.T) {
	for _, sum := range []tcp.Switch{tcp.Off, tcp.On} {
		config := netConfig{seed: 3, paths: twoPaths(), serverAddrs: 1}
		config.client.Profile, config.server.Profile = "linux-mptcp", "linux-mptcp"
		config.client.Checksum, config.server.Checksum = sum, tcp.Off
		config.server.Paths.Announce = true
		n, _, _ := newNet(t, config)
		joins := 0
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) {
			if seg.Opts&wire.OptReset != 0 || seg.Opts&wire.OptCapable != 0 && seg.Capable.Form == wire.CapableData ||
				seg.Opts&wire.OptAddAddr != 0 && !seg.AddAddr.NoHMAC ||
				seg.Opts&wire.OptDSS != 0 && seg.DSS.Flags&wire.DSSMap != 0 &&
					(seg.DSS.Flags&wire.DSSSum != 0) != (sum == tcp.On) {
				t.Fatalf("not of this version: %s", describe(seg, true))
			}
			if seg.Opts&wire.OptJoin != 0 && seg.Join.Form == wire.JoinACK {
				joins++
			}
		})
		client, server := n.connect(3_000_000, 3_000_000)
		n.run(30 * unit.Second)
		c, s := n.conns(client, server)
		if client.read != 3_000_000 || server.read != 3_000_000 || c.Fallback() || s.Fallback() || joins < 3 ||
			c.sum != (sum == tcp.On) || s.sum != c.sum {
			t.Errorf("read %d and %d, %d third packets, fallback %v %v", client.read, server.read, joins, c.Fallback(),
				s.Fallback())
		}
		if c.localIDSN != wire.IDSN(c.localKey, 0) || c.localToken != wire.Token(c.localKey, 0) {
			t.Error("not SHA-1")
		}
	}
}

// TestV0KeysKnown: in version 0 the acceptor knows the opener's key from the SYN: a third packet that is lost
// before data with DSS comes does no harm, one without any option makes the connection TCP (RFC 6824 section
// 3.1).
func TestV0KeysKnown(t *testing.T) {
	for _, strip := range []bool{false, true} {
		n, ch, _ := newNet(t, v0())
		if strip {
			n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
				if up && seg.Opts&wire.OptCapable != 0 && seg.Capable.Form == wire.CapableKeys {
					seg.Opts &^= wire.OptCapable
				}
			})
		} else {
			dropNth(ch, 0, func(s *wire.Segment) bool {
				return s.Opts&wire.OptCapable != 0 && s.Capable.Form == wire.CapableKeys
			})
		}
		client, server := n.connect(10_000, 10_000)
		n.run(10 * unit.Second)
		c, s := n.conns(client, server)
		if client.read != 10_000 || server.read != 10_000 || c.Fallback() != strip || s.Fallback() != strip {
			t.Errorf("stripped %v: read %d and %d, fallback %v %v", strip, client.read, server.read, c.Fallback(),
				s.Fallback())
		}
	}
}

// TestChecksumNotAgreed: a DSS checksum that was not agreed resets the subflow in version 1 (RFC 8684 section
// 3.3.1) and is ignored in version 0 (RFC 6824 section 3.3.1); one that is missing though agreed resets it in
// both, in version 0 without a reason.
func TestChecksumNotAgreed(t *testing.T) {
	for version := range 2 {
		for _, agreed := range []bool{false, true} {
			c := one()
			c.server.Versions = V0 | V1
			if agreed {
				c.server.Checksum = tcp.On
			}
			p := newProber(t, c)
			_, iss := p.open(uint8(version))
			seg := wire.Segment{Flags: wire.ACK, Seq: probeISS + 1, Ack: iss + 1, Opts: wire.OptDSS}
			seg.DSS = wire.DSS{Flags: wire.DSSMap | wire.DSSMap8, SSN: 1, Len: 10}
			seg.DSS.DSN = wire.IDSN(probeKey, version) + 1
			if !agreed {
				seg.DSS.Flags |= wire.DSSSum
			}
			seg.Payload = octets(p.n.net.Contents().New(), 0, 10)
			got := p.send(0, seg)
			last := got[len(got)-1]
			if !agreed && version == 0 {
				if p.app.read != 10 || p.c.sum {
					t.Errorf("version 0: read %d", p.app.read)
				}
				continue
			}
			if p.app.read != 0 || last.Flags&wire.RST == 0 || (last.Opts&wire.OptReset != 0) != (version == 1) {
				t.Errorf("version %d, agreed %v: read %d, %v", version, agreed, p.app.read, &last)
			}
		}
	}
}

// TestProfileSYNs: what the first SYN of each profile says, and how hosts of different profiles get on.
func TestProfileSYNs(t *testing.T) {
	for profile, want := range map[string]string{
		"linux":       "> S capable4 v1 flags 01",
		"rfc":         "> S capable4 v1 flags 81", // section 3.1: A should be set
		"linux-mptcp": "> S capable12 v0 flags 81",
	} {
		for _, server := range Profiles() {
			c := netConfig{seed: 1, paths: twoPaths(), serverAddrs: 1}
			c.client.Profile, c.server.Profile = profile, server
			n, _, _ := newNet(t, c)
			lines := n.record(false)
			client, peer := n.connect(500_000, 500_000)
			n.run(60 * unit.Second)
			a, b := n.conns(client, peer)
			shared := (profile == "linux-mptcp") == (server == "linux-mptcp")
			if (*lines)[0] != want || client.read != 500_000 || peer.read != 500_000 || a.Fallback() == shared ||
				b.Fallback() == shared {
				t.Errorf("%s to %s: %q, read %d and %d, fallback %v", profile, server, (*lines)[0], client.read, peer.read,
					a.Fallback())
			}
			if shared && (a.Info().SubflowsTotal < 2 || a.sum != (profile != "linux" || server != "linux")) {
				t.Errorf("%s to %s: %d subflows, checksums %v", profile, server, a.Info().SubflowsTotal, a.sum)
			}
		}
	}
}
