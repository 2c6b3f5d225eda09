package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// stripCases take MPTCP options off segments, as middleboxes do.
var stripCases = []struct {
	name  string
	strip func(seg *wire.Segment, up bool) bool
	// reveals tells that only an ACK of data reveals it: with no data to send, no end can know.
	reveals bool
}{
	{"SYN", func(s *wire.Segment, up bool) bool { return up && s.Flags&wire.SYN != 0 }, false},
	{"SYN/ACK", func(s *wire.Segment, up bool) bool { return !up && s.Flags&wire.SYN != 0 }, false},
	{"all but SYNs of the client", func(s *wire.Segment, up bool) bool {
		return up && s.Flags&wire.SYN == 0
	}, false},
	{"all but SYNs of the server", func(s *wire.Segment, up bool) bool {
		return !up && s.Flags&wire.SYN == 0
	}, true},
	{"all but SYNs", func(s *wire.Segment, _ bool) bool { return s.Flags&wire.SYN == 0 }, false},
	{"everything of the client", func(_ *wire.Segment, up bool) bool { return up }, false},
	{"everything of the server", func(_ *wire.Segment, up bool) bool { return !up }, false},
	{"data of the client", func(s *wire.Segment, up bool) bool { return up && s.Payload.Len > 0 }, true},
	{"MP_CAPABLE with data", func(s *wire.Segment, up bool) bool {
		return s.Opts&wire.OptCapable != 0 && s.Capable.Form >= wire.CapableData
	}, true},
}

// TestFallbackMatrix strips options in every place and has the one, the other or both ends send first: both
// go on as TCP, the streams arrive whole, and no MPTCP option is sent once an end has fallen back (section
// 3.7).
func TestFallbackMatrix(t *testing.T) {
	for _, strip := range stripCases {
		for i, amounts := range [][2]int64{{300_000, 0}, {0, 300_000}, {300_000, 300_000}, {1, 0}, {0, 1}, {0, 0}} {
			if i == 5 && strip.reveals {
				continue
			}
			t.Run(strip.name, func(t *testing.T) {
				c := one()
				c.client.PathManager = "fullmesh"
				n, _, _ := newNet(t, c)
				var client, server *endpoint
				lines := n.record(true)
				n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
					end := server
					if up {
						end = client
					}
					if end != nil && end.s != nil && end.s.(*Conn).plain && seg.Opts&mptcpOptions != 0 {
						if d := seg.DSS; seg.Opts&wire.OptDSS == 0 || d.Flags&wire.DSSMap == 0 || d.Len != 0 {
							t.Fatalf("option after fallback: %s", describe(seg, up))
						}
					}
					if strip.strip(seg, up) {
						seg.Opts &^= mptcpOptions
					}
				})
				client, server = n.connect(amounts[0], amounts[1])
				n.run(100 * unit.Second)
				if int64(server.read) != amounts[0] || int64(client.read) != amounts[1] || !client.eof || !server.eof {
					a, b := n.conns(client, server)
					dump(t, a)
					dump(t, b)
					t.Fatalf("%v: read %d %v and %d %v\n%s", amounts, server.read, server.eof, client.read, client.eof,
						strings.Join((*lines)[:min(60, len(*lines))], "\n"))
				}
				a, b := n.conns(client, server)
				noticed := strip.name != "MP_CAPABLE with data" &&
					(strip.name != "data of the client" || amounts[0] > 0)
				if noticed && (!a.plain || !b.plain) {
					t.Errorf("%v: fallback of client %v, server %v", amounts, a.plain, b.plain)
				}
				if strip.name == "all but SYNs of the server" && n.ss.count.InfiniteMapRx == 0 && amounts[0] > 1 {
					t.Errorf("%v: the server was not told of the fallback", amounts)
				}
				if a.err != nil || b.err != nil {
					t.Errorf("%v: errors %v, %v", amounts, a.err, b.err)
				}
			})
		}
	}
}

// TestPlainPeer: an MPTCP host and a TCP host understand each other in both roles (section 1.1).
func TestPlainPeer(t *testing.T) {
	for _, plainClient := range []bool{false, true} {
		c := one()
		c.plainClient, c.plainServer = plainClient, !plainClient
		n, _, _ := newNet(t, c)
		lines := n.record(false)
		client, server := n.connect(500_000, 400_000)
		n.run(100 * unit.Second)
		if server.read != 500_000 || client.read != 400_000 || !client.eof || !server.eof ||
			client.err != nil || server.err != nil {
			t.Errorf("plain client %v: read %d and %d, errors %v %v", plainClient, server.read, client.read,
				client.err, server.err)
		}
		for i, l := range *lines {
			if i > 1 && (strings.Contains(l, "dss") || strings.Contains(l, "capable")) {
				t.Fatalf("plain client %v: %s", plainClient, l)
			}
		}
	}
}

// TestSYNDropped: a box that drops SYNs with MP_CAPABLE; the fourth SYN goes out without (section 3.9.3).
func TestSYNDropped(t *testing.T) {
	n, ch, _ := newNet(t, one())
	ch.drop = func(_ sim.Time, s *wire.Segment) bool { return s.Opts&wire.OptCapable != 0 }
	lines := n.record(false)
	client, server := n.connect(10_000, 0)
	n.run(60 * unit.Second)
	got := strings.Join((*lines)[:5], "\n")
	if got != "> S capable4 v1 flags 01\n> S capable4 v1 flags 01\n> S capable4 v1 flags 01\n> S\n< S." {
		t.Errorf("got\n%s", got)
	}
	if server.read != 10_000 || !client.s.(*Conn).Fallback() {
		t.Errorf("read %d", server.read)
	}
}

// TestUnacceptableCapable: what the peer's MP_CAPABLE must not say (section 3.1).
func TestUnacceptableCapable(t *testing.T) {
	for name, change := range map[string]func(m *wire.Capable, synack bool){
		"B flag":               func(m *wire.Capable, a bool) { m.Flags |= wire.CapableExtended },
		"no algorithm":         func(m *wire.Capable, _ bool) { m.Flags &^= 0x1f },
		"other algorithm":      func(m *wire.Capable, _ bool) { m.Flags = m.Flags&^0x1f | 0x02 },
		"two algorithms":       func(m *wire.Capable, a bool) { m.Flags |= 0x02 },
		"version 0":            func(m *wire.Capable, _ bool) { m.Version = 0 },
		"keys of the ACK":      func(m *wire.Capable, _ bool) { m.ReceiverKey++ },
		"checksum not wanted":  func(m *wire.Capable, _ bool) { m.Flags |= wire.CapableChecksum },
		"version 2 in SYN/ACK": func(m *wire.Capable, a bool) { m.Version = 2 },
	} {
		for _, up := range []bool{true, false} {
			c := one()
			c.client.RefuseChecksum, c.server.RefuseChecksum = tcp.On, tcp.On
			n, _, _ := newNet(t, c)
			n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, fromClient bool) {
				if s.Opts&wire.OptCapable != 0 && fromClient == up &&
					(s.Flags&wire.SYN != 0) == (name != "keys of the ACK") {
					change(&s.Capable, !up)
				}
			})
			client, server := n.connect(50_000, 50_000)
			n.run(100 * unit.Second)
			a, b := n.conns(client, server)
			if server.read != 50_000 || client.read != 50_000 || client.err != nil || server.err != nil {
				t.Errorf("%s, up %v: read %d and %d", name, up, server.read, client.read)
			}
			fine := name == "two algorithms" && up || name == "version 2 in SYN/ACK" && up ||
				name == "keys of the ACK" && !up
			if a.plain == fine || b.plain == fine {
				t.Errorf("%s, up %v: fallback %v %v", name, up, a.plain, b.plain)
			}
		}
	}
}

// TestChecksumNegotiation: checksums are used if either end asks for them (section 3.1).
func TestChecksumNegotiation(t *testing.T) {
	for bits := range 4 {
		c := one()
		c.client.PathManager = "fullmesh"
		c.client.Checksum, c.server.Checksum = tcp.Off, tcp.Off
		if bits&1 != 0 {
			c.client.Checksum = tcp.On
		}
		if bits&2 != 0 {
			c.server.Checksum = tcp.On
		}
		n, _, _ := newNet(t, c)
		want := bits != 0
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSMap != 0 && (s.DSS.Flags&wire.DSSSum != 0) != want {
				t.Fatalf("bits %d: %s", bits, describe(s, up))
			}
			if s.Opts&wire.OptCapable != 0 && s.Capable.Form >= wire.CapableKeys &&
				(s.Capable.Flags&wire.CapableChecksum != 0) != want {
				t.Fatalf("bits %d: third packet %02x", bits, s.Capable.Flags)
			}
		})
		client, server := n.connect(300_000, 300_001)
		n.run(100 * unit.Second)
		a, b := n.conns(client, server)
		if server.read != 300_000 || client.read != 300_001 || a.Fallback() || b.Fallback() ||
			a.sum != want || b.sum != want {
			t.Errorf("bits %d: read %d and %d, fallback %v", bits, server.read, client.read, a.Fallback())
		}
	}
}

// TestChecksumFailure damages a checksum: the first mapping of the only subflow makes the connection fall
// back; later the subflow is reset and its data comes over another one (section 3.7).
func TestChecksumFailure(t *testing.T) {
	for _, first := range []bool{true, false} {
		c := one()
		c.client.Checksum = tcp.On
		if !first {
			c.client.PathManager = "fullmesh"
		}
		n, _, _ := newNet(t, c)
		seen := 0
		n.taps = append(n.taps, func(now sim.Time, s *wire.Segment, up bool) {
			if !up || s.Payload.Len == 0 || s.Src != n.client.Addrs()[0] {
				return
			}
			seen++
			switch {
			case first && s.Opts&wire.OptCapable != 0:
				s.Capable.Checksum ^= 0x1234
			case !first && seen == 200:
				s.DSS.Checksum ^= 0x1234
			}
		})
		client, server := n.connect(1_000_000, 0)
		n.run(100 * unit.Second)
		a, b := n.conns(client, server)
		if server.read != 1_000_000 || client.err != nil || server.err != nil {
			dump(t, a)
			dump(t, b)
			t.Fatalf("first %v: read %d, errors %v %v", first, server.read, client.err, server.err)
		}
		if a.Fallback() != first || b.Fallback() != first {
			t.Errorf("first %v: fallback %v %v", first, a.Fallback(), b.Fallback())
		}
		if got := n.ss.count; (got.DSSCorruptionReset == 1) == first || (got.DSSCorruptionFallback == 1) != first {
			t.Errorf("first %v: counters %+v", first, got)
		}
	}
}

// TestChecksumPresence: a checksum that was not agreed, or one that is missing, resets the subflow (section
// 3.3).
func TestChecksumPresence(t *testing.T) {
	for _, agreed := range []bool{false, true} {
		c := one()
		c.client.PathManager = "fullmesh"
		c.client.Checksum = tcp.Off
		if agreed {
			c.client.Checksum = tcp.On
		}
		n, _, _ := newNet(t, c)
		second := n.client.Addrs()[1]
		lines := n.record(false)
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
			if s.Src == second && s.Opts&wire.OptDSS != 0 && s.DSS.Flags&wire.DSSMap != 0 {
				s.DSS.Flags ^= wire.DSSSum
			}
		})
		client, server := n.connect(1_000_000, 0)
		n.run(100 * unit.Second)
		if server.read != 1_000_000 || client.err != nil {
			t.Errorf("agreed %v: read %d, %v", agreed, server.read, client.err)
		}
		if !strings.Contains(strings.Join(*lines, "\n"), "< R. rst reason 1") {
			t.Errorf("agreed %v: no reset", agreed)
		}
	}
}
