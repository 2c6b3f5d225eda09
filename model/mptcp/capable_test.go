package mptcp

import (
	"slices"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestSYNJudged: which SYNs an acceptor answers with MP_CAPABLE, and how (RFC 8684 section 3.1).
func TestSYNJudged(t *testing.T) {
	both := Config{Versions: V0 | V1}
	old := Config{Versions: V0}
	for _, c := range []struct {
		name   string
		config Config
		m      wire.Capable
		want   int // version of the answer, -1: plain, -2: no answer
		flags  uint8
	}{
		{"version 1", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x01}, 1, 0x01},
		{"version 1, two known", both, wire.Capable{Form: 4, Version: 1, Flags: 0x01}, 1, 0x01},
		{"version 0, two known", both, wire.Capable{Form: 12, Version: 0, Flags: 0x01, SenderKey: 7}, 0, 0x01},
		{"version 0, 1 known", Config{}, wire.Capable{Form: 12, Version: 0, Flags: 0x01, SenderKey: 7}, -1, 0},
		{"version 1, 0 known", old, wire.Capable{Form: 4, Version: 1, Flags: 0x01}, -1, 0},
		{"version 2", Config{}, wire.Capable{Form: 4, Version: 2, Flags: 0x01}, 1, 0x01},
		{"version 2, 0 known", old, wire.Capable{Form: 4, Version: 2, Flags: 0x01}, -1, 0},
		{"a key in version 1", Config{}, wire.Capable{Form: 12, Version: 1, Flags: 0x01, SenderKey: 7}, -1, 0},
		{"both keys on a SYN", Config{}, wire.Capable{Form: 20, Version: 1, Flags: 0x01}, -1, 0},
		{"B", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x41}, -1, 0},
		{"B in version 0", both, wire.Capable{Form: 12, Version: 0, Flags: 0x41, SenderKey: 7}, -2, 0},
		{"no algorithm", Config{}, wire.Capable{Form: 4, Version: 1}, -1, 0},
		{"G only", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x02}, -1, 0},
		{"G and H", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x03}, 1, 0x01},
		{"C", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x21}, 1, 0x01},
		{"A", Config{}, wire.Capable{Form: 4, Version: 1, Flags: 0x81}, 1, 0x81},
		{"A refused", Config{RefuseChecksum: tcp.On}, wire.Capable{Form: 4, Version: 1, Flags: 0x81}, -1, 0},
		{"A asked for", Config{Checksum: tcp.On}, wire.Capable{Form: 4, Version: 1, Flags: 0x01}, 1, 0x81},
		{"own C", Config{NoJoinHere: tcp.On}, wire.Capable{Form: 4, Version: 1, Flags: 0x01}, 1, 0x21},
	} {
		for _, stateless := range []tcp.Switch{tcp.Off, tcp.On} {
			n := one()
			n.server = c.config
			n.server.Stateless = stateless
			p := newProber(t, n)
			got := p.send(0, capable(wire.SYN, probeISS, 0, c.m))
			if c.want == -2 && stateless == tcp.Off {
				if len(got) != 0 {
					t.Errorf("%s: answered", c.name)
				}
				continue
			}
			if len(got) < 1 || got[0].Flags != wire.SYN|wire.ACK {
				t.Errorf("%s: answered with %v", c.name, got)
				continue
			}
			if c.want < 0 {
				mptcpFree(t, c.name, got)
				continue
			}
			m := got[0].Capable
			if got[0].Opts&wire.OptCapable == 0 || m.Form != 12 || int(m.Version) != c.want || m.Flags != c.flags ||
				m.SenderKey == 0 {
				t.Errorf("%s, stateless %v: answered with %+v", c.name, stateless, m)
			}
		}
	}
}

// TestPlainSYN: a SYN without MP_CAPABLE is answered without, and what follows has no option of MPTCP
// (section 3.1).
func TestPlainSYN(t *testing.T) {
	p := newProber(t, netConfig{})
	answer := p.one(0, wire.Segment{Flags: wire.SYN, Seq: probeISS})
	p.send(0, wire.Segment{Flags: wire.ACK, Seq: probeISS + 1, Ack: answer.Seq + 1})
	if p.c == nil || !p.c.Fallback() {
		t.Fatal("no plain connection")
	}
	p.c.Queue(p.n.w.Now(), 10)
	p.n.run(unit.Second)
	mptcpFree(t, "plain", p.out)
}

// damage is a change on the way of the segments of the first subflow.
type damage struct {
	name string
	f    func(seg *wire.Segment, up bool)
	// What remains: by default both ends are plain and no segment after the one that was changed has an option.
}

func onCapable(up bool, form uint8, f func(seg *wire.Segment)) func(*wire.Segment, bool) {
	return func(seg *wire.Segment, u bool) {
		if u == up && seg.Opts&wire.OptCapable != 0 && seg.Capable.Form == form {
			f(seg)
		}
	}
}

func strip(seg *wire.Segment) { seg.Opts &^= wire.OptCapable }

var damages = []damage{
	{"SYN stripped", onCapable(true, 4, strip)},
	{"SYN without algorithm", onCapable(true, 4, func(s *wire.Segment) { s.Capable.Flags = 0 })},
	{"SYN with B", onCapable(true, 4, func(s *wire.Segment) { s.Capable.Flags |= 0x40 })},
	{"SYN of version 0", onCapable(true, 4, func(s *wire.Segment) {
		s.Capable.Version, s.Capable.Form = 0, wire.CapableKey
	})},
	{"SYN/ACK stripped", onCapable(false, 12, strip)},
	{"SYN/ACK without algorithm", onCapable(false, 12, func(s *wire.Segment) { s.Capable.Flags = 0 })},
	{"SYN/ACK with two algorithms", onCapable(false, 12, func(s *wire.Segment) { s.Capable.Flags |= 2 })},
	{"SYN/ACK of version 0", onCapable(false, 12, func(s *wire.Segment) { s.Capable.Version = 0 })},
	{"SYN/ACK of version 2", onCapable(false, 12, func(s *wire.Segment) { s.Capable.Version = 2 })},
	{"SYN/ACK in another form", onCapable(false, 12, func(s *wire.Segment) { s.Capable.Form = 20 })},
	{"ACK stripped", onCapable(true, 20, strip)},
	{"ACK echoes another key", onCapable(true, 20, func(s *wire.Segment) { s.Capable.ReceiverKey++ })},
	{"ACK in the form of a SYN", onCapable(true, 20, func(s *wire.Segment) { s.Capable.Form = 4 })},
}

// TestNegotiationDamaged: whatever happens to MP_CAPABLE in the handshake, both ends go on as TCP, no key
// stays in the tables, every octet arrives, and no option of MPTCP is sent once the end has noticed (sections
// 3.1 and 3.7).
func TestNegotiationDamaged(t *testing.T) {
	for _, d := range damages {
		n, _, _ := newNet(t, one())
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) { d.f(seg, up) })
		client, server := n.connect(0, 5000)
		client.keepOpen = true
		n.run(60 * unit.Millisecond)
		var late []wire.Segment
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) { late = append(late, *seg) })
		client.left, client.keepOpen = 5000, false
		client.notify(n.w.Now(), 0)
		n.run(10 * unit.Second)
		c, s := n.conns(client, server)
		if !c.Fallback() || s == nil || !s.Fallback() {
			t.Errorf("%s: not plain at both ends", d.name)
			continue
		}
		if client.read != 5000 || server.read != 5000 || !client.eof || !server.eof {
			t.Errorf("%s: read %d and %d", d.name, client.read, server.read)
		}
		if len(n.cs.tokens.conns)+len(n.ss.tokens.conns) != 0 {
			t.Errorf("%s: tokens are left", d.name)
		}
		for i := range late {
			if o := late[i].Opts & wire.OptMPTCP; o&^wire.OptDSS != 0 || o != 0 && late[i].DSS.Len != 0 {
				t.Errorf("%s: still sends %v", d.name, o)
			}
		}
	}
}

// TestFlagsSent: the flags of every MP_CAPABLE: H alone of the algorithms, B never, A where either end asks for
// checksums, on the third packet as agreed, C as configured, in version 1 only (section 3.1).
func TestFlagsSent(t *testing.T) {
	for i := range 32 {
		c := one()
		set := func(bit int, s *tcp.Switch) bool {
			if i>>bit&1 != 0 {
				*s = tcp.On
			}
			return i>>bit&1 != 0
		}
		ca, sa := set(0, &c.client.Checksum), set(1, &c.server.Checksum)
		cc, sc := set(2, &c.client.NoJoinHere), set(3, &c.server.NoJoinHere)
		version := 1
		if i >= 16 {
			version, cc, sc = 0, false, false
			c.client.Versions, c.server.Versions = V0, V0
		}
		n, _, _ := newNet(t, c)
		var got []uint8
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
			if s.Opts&wire.OptCapable != 0 {
				got = append(got, s.Capable.Flags)
			}
		})
		client, server := n.connect(0, 0)
		client.keepOpen, server.keepOpen = true, true
		n.run(100 * unit.Millisecond)
		flags := func(a, c bool) uint8 {
			f := wire.CapableHMACSHA
			if a {
				f |= wire.CapableChecksum
			}
			if c {
				f |= wire.CapableNoJoinHere
			}
			return f
		}
		want := []uint8{flags(ca, cc), flags(ca || sa, sc), flags(ca || sa, cc)}
		if !slices.Equal(got, want) {
			t.Errorf("version %d, %04b: flags %02x, want %02x", version, i, got, want)
		}
		if a, b := n.conns(client, server); a.sum != (ca || sa) || b.sum != a.sum || a.remoteNoJoinHere != sc ||
			b.remoteNoJoinHere != cc {
			t.Errorf("version %d, %04b: checksums %v %v", version, i, a.sum, b.sum)
		}
	}
}

// TestNoJoinHereBinds: the C flag of either end forbids joins to its first address and port only: who set it may
// join, and its other addresses may be joined when they are announced (section 3.1).
func TestNoJoinHereBinds(t *testing.T) {
	for i := range 4 {
		c := netConfig{seed: 1, paths: twoPaths(), serverAddrs: 1}
		c.client.PathManager, c.server.PathManager = "none", "none"
		c.client.Policy.JoinAnyPort, c.server.Policy.JoinAnyPort = tcp.On, tcp.On
		if i&1 != 0 {
			c.client.NoJoinHere = tcp.On
		}
		if i&2 != 0 {
			c.server.NoJoinHere = tcp.On
		}
		n, _, _ := newNet(t, c)
		client, server := n.connect(100, 100)
		client.keepOpen, server.keepOpen = true, true
		n.run(unit.Second)
		a, b := n.conns(client, server)
		ca, sa := n.client.Addrs(), n.server.Addrs()
		try := func(c *Conn, local, remote wire.Addr, port uint16) bool {
			before := c.Info().Subflows
			c.join(n.w.Now(), localOf(c, local), pm.Remote{Addr: remote, Port: port}, false)
			n.run(unit.Second)
			return c.Info().Subflows > before
		}
		got := []bool{try(a, ca[1], sa[0], serverPort), try(a, ca[1], sa[1], serverPort),
			try(a, ca[1], sa[0], 81), try(b, sa[1], ca[0], a.lport0), try(b, sa[1], ca[1], a.lport0)}
		want := []bool{i&2 == 0, true, true, i&1 == 0, true}
		if !slices.Equal(got, want) {
			t.Errorf("C flags %02b: joined %v, want %v", i, got, want)
		}
	}
}
