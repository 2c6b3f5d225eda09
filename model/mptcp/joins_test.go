package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestJoinAddressForbidden: whatever ID or manager leads there, nobody joins the address and port that the
// peer's C flag closes (RFC 8684 section 3.1); another port of it may be announced.
func TestJoinAddressForbidden(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { mesh(c); c.server.NoJoinHere = tcp.On })
	syns := joinsTo(n)
	first := n.server.Addrs()[0]
	announceAs(n, s, wire.AddAddr{ID: 9, Addr: first})
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[0], p.Remotes()[0], false) })
	n.run(unit.Second)
	if syns(first, serverPort) != 0 || c.Info().SubflowsTotal != 1 {
		t.Errorf("%d joins to the closed address", syns(first, serverPort))
	}
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { l := p.Locals()[0]; l.Port = 8080; p.Announce(l) })
	n.run(unit.Second)
	if i, _ := c.Subflow(1); i.State != "established" || i.RemotePort != 8080 {
		t.Errorf("another port: %+v", i)
	}
}

// TestJoinNotBeforeDSS: an application's wish for a subflow waits for the first DSS, too (section 3.1).
func TestJoinNotBeforeDSS(t *testing.T) {
	c := one()
	n, _, sh := newNet(t, c)
	client, server := n.connect(0, 0)
	client.keepOpen, server.keepOpen = true, true
	sh.drop = func(now sim.Time, g *wire.Segment) bool { // the first DATA_ACK is late
		return g.Opts&wire.OptDSS != 0 && now < sim.Time(2*unit.Second)
	}
	n.run(100 * unit.Millisecond)
	a, _ := n.conns(client, server)
	a.Queue(n.w.Now(), 1000)
	a.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
	n.run(1800 * unit.Millisecond)
	if a.sawDSS || a.Info().SubflowsTotal != 1 {
		t.Errorf("joined before any DSS: %+v", a.Info())
	}
	n.run(5 * unit.Second)
	if a.Info().Subflows != 2 {
		t.Errorf("not joined after it: %+v", a.Info())
	}
}

// TestJoinDelay: a random wait below the limit, from the seed; none where the peer named a port (section
// 3.9.2).
func TestJoinDelay(t *testing.T) {
	delay := func(seed uint64, port uint16) unit.Duration {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			mesh(c)
			c.seed, c.client.Policy.JoinDelay = seed, 400*unit.Millisecond
		})
		var heard sim.Time
		n.taps = append(n.taps, func(now sim.Time, g *wire.Segment, up bool) {
			if up && g.Opts&wire.OptAddAddr != 0 {
				heard = now // the echo leaves when the announcement has come
			}
		})
		announceAs(n, s, wire.AddAddr{ID: 2, Addr: n.server.Addrs()[1], Port: port})
		n.run(unit.Second)
		i, _ := c.Subflow(1)
		return i.Opened.Sub(heard)
	}
	seen := map[unit.Duration]bool{}
	for seed := range uint64(8) {
		d := delay(seed, 0)
		if d < 0 || d >= 400*unit.Millisecond || d != delay(seed, 0) {
			t.Errorf("seed %d: waited %v", seed, d)
		}
		seen[d] = true
		if d := delay(seed, 8080); d != 0 {
			t.Errorf("seed %d: waited %v for a port", seed, d)
		}
	}
	if len(seen) < 7 {
		t.Errorf("waits %v", seen)
	}
}

// TestMeshFromBothSides: both hosts open subflows, at random times; each pair of addresses gets one (section
// 3.9.2).
func TestMeshFromBothSides(t *testing.T) {
	for seed := range uint64(6) {
		c := one()
		c.seed = seed
		c.serverAddrs = 1
		for _, h := range []*Config{&c.client, &c.server} {
			h.Profile, h.PathManager, h.Policy.JoinDelay = "rfc", "fullmesh", 300*unit.Millisecond
			h.Paths = pm.Config{Announce: true, ServerOpens: true}
		}
		n, _, _ := newNet(t, c)
		client, server := n.connect(15_000_000, 15_000_000)
		n.run(3 * unit.Second)
		a, s := n.conns(client, server)
		type pair struct{ local, remote wire.Addr }
		pairs := map[pair]int{}
		a.EachSubflow(func(i SubflowInfo) bool {
			if i.State == "established" {
				pairs[pair{i.Local, i.Remote}]++
			}
			return true
		})
		if len(pairs) != 4 || a.Info().Subflows != s.Info().Subflows {
			t.Errorf("seed %d: %v", seed, pairs)
		}
		n.run(60 * unit.Second)
		if client.read != 15_000_000 || server.read != 15_000_000 {
			t.Errorf("seed %d: read %d %d", seed, client.read, server.read)
		}
	}
}

// TestCrossingJoins: with equal ports the SYNs of two joins meet on one 4-tuple; TCP's simultaneous open
// makes one subflow of them, authenticated both ways (section 3.9.2). A wrong HMAC on either side ends it.
func TestCrossingJoins(t *testing.T) {
	for _, tamper := range []string{
		"", "client ACK", "server ACK", "client SYN/ACK", "server SYN/ACK", "token",
	} {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			c.client.SamePort, c.server.SamePort = tcp.On, tcp.On
		})
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if g.Opts&wire.OptJoin == 0 {
				return
			}
			who := map[bool]string{true: "client", false: "server"}[up]
			if g.Join.Form == wire.JoinACK && tamper == who+" ACK" ||
				g.Join.Form == wire.JoinSYNACK && tamper == who+" SYN/ACK" {
				g.Join.HMAC[3] ^= 1
			}
			if g.Join.Form == wire.JoinSYN && up && tamper == "token" {
				g.Join.Token++
			}
		})
		now := n.w.Now()
		c.ManagePaths(now, func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], true) })
		s.ManagePaths(now, func(p pm.Conn) {
			p.OpenSubflow(p.Locals()[0], pm.Remote{ID: 2, Addr: n.client.Addrs()[1], Port: c.lport0}, false)
		})
		n.run(5 * unit.Second)
		if c.Info().SubflowsTotal != 2 || s.Info().SubflowsTotal != 2 {
			t.Errorf("%q: %d and %d subflows", tamper, c.Info().SubflowsTotal, s.Info().SubflowsTotal)
		}
		i, _ := c.Subflow(1)
		j, _ := s.Subflow(1)
		if good := tamper == ""; (i.State == "established") != good || (j.State == "established") != good {
			t.Errorf("%q: %+v\n%+v", tamper, i, j)
		}
		if tamper == "" && (!s.subs[1].backupIn || c.subs[1].backupIn || s.subs[1].remoteID != 2) {
			t.Errorf("flags or IDs: %+v", j)
		}
		c.Queue(n.w.Now(), 60_000)
		s.Queue(n.w.Now(), 60_000)
		n.run(5 * unit.Second)
		if c.Info().BytesReceived != 61_000 || s.Info().BytesReceived != 61_000 {
			t.Errorf("%q: received %d %d", tamper, c.Info().BytesReceived, s.Info().BytesReceived)
		}
	}
}

// TestJoinByTraffic: one subflow for each initial window of data that waits, or the rest after a time
// (section 3.9.2).
func TestJoinByTraffic(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy PathPolicy
		octets int64
		early  int // subflows after one second
		late   int
	}{
		{"no rule", PathPolicy{}, 100, 4, 4},
		{"little data", PathPolicy{JoinPerWindow: tcp.On}, 5000, 1, 1},
		{"two windows", PathPolicy{JoinPerWindow: tcp.On}, 20 * 1450, 2, 2},
		{"three windows", PathPolicy{JoinPerWindow: tcp.On}, 29 * 1450, 3, 3},
		{"much data", PathPolicy{JoinPerWindow: tcp.On}, 500_000, 4, 4},
		{"time", PathPolicy{JoinAfter: 5 * unit.Second}, 500_000, 1, 4},
		{"data or time", PathPolicy{JoinPerWindow: tcp.On, JoinAfter: 5 * unit.Second}, 100, 1, 4},
	} {
		c := one()
		c.paths = append(c.paths, c.paths[0], c.paths[0])
		c.client.PathManager, c.client.Policy = "fullmesh", tt.policy
		n, _, _ := newNet(t, c)
		client, server := n.connect(tt.octets, 0)
		client.keepOpen, server.keepOpen = true, true
		n.run(unit.Second)
		a, _ := n.conns(client, server)
		early := a.Info().SubflowsTotal
		n.run(9 * unit.Second)
		if late := a.Info().SubflowsTotal; early != tt.early || late != tt.late || int64(server.read) != tt.octets {
			t.Errorf("%s: %d subflows early, %d late; read %d", tt.name, early, late, server.read)
		}
	}
}

// TestJoinPorts: by the RFC a join uses the ports of the first subflow at both ends (section 3.9.1).
func TestJoinPorts(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) { c.client.Profile, c.client.PathManager = "rfc", "fullmesh" })
	i, _ := c.Subflow(0)
	if j, ok := c.Subflow(1); !ok || j.LocalPort != i.LocalPort || j.RemotePort != i.RemotePort ||
		j.Local == i.Local {
		t.Errorf("%+v", j)
	}
	// Two connections never share a local port, whichever address they are from, so that both can do so.
	d := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[1], n.server.Addrs()[0], serverPort))
	if _, port := d.Local(); port == i.LocalPort {
		t.Errorf("port %d twice", port)
	}
}

// TestLocalAddressIDs: one ID for one address, 0 for the first subflow's, the same on every subflow
// (section 3.2).
func TestLocalAddressIDs(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) {
		c.paths = append(c.paths, c.paths[0])
		c.client.PathManager, c.serverAddrs = "fullmesh", 2
		c.server.PathManager, c.server.Paths = "fullmesh", pm.Config{Announce: true}
	})
	n.run(unit.Second)
	ids := map[wire.Addr]uint8{}
	c.EachLocalAddress(func(l pm.Local) bool { ids[l.Addr] = l.ID; return true })
	used := map[uint8]bool{}
	for _, a := range n.client.Addrs() {
		used[ids[a]] = true
	}
	if len(used) != 3 || ids[n.client.Addrs()[0]] != 0 || c.Info().Subflows != 9 {
		t.Errorf("IDs %v, %d subflows", ids, c.Info().Subflows)
	}
	remote := map[uint8]wire.Addr{}
	c.EachSubflow(func(i SubflowInfo) bool {
		if ids[i.Local] != i.LocalID || remote[i.RemoteID] != i.Remote && remote[i.RemoteID] != (wire.Addr{}) {
			t.Errorf("%+v", i)
		}
		remote[i.RemoteID] = i.Remote
		return true
	})
}

// TestSignalRow: never more than two pure ACKs in a row that only carry signals, whatever is queued
// (sections 3 and 3.4.1).
func TestSignalRow(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.paths, c.serverAddrs = c.paths[:1], 6 })
	row, longest, sent := 0, 0, 0
	var last wire.Segment
	var lastAt sim.Time
	n.taps = append(n.taps, func(now sim.Time, g *wire.Segment, up bool) {
		if up {
			return
		}
		if g.Opts&(wire.OptAddAddr|wire.OptPrio|wire.OptRemoveAddr) != 0 {
			sent++
		}
		if g.Payload.Len > 0 || g.Ack != last.Ack || now.Sub(lastAt) >= s.subs[0].e.RTO() {
			row = 0
		}
		if row++; row > longest {
			longest = row
		}
		last, lastAt = *g, now
	})
	for i := range 3 { // six signals of three kinds
		s.signal(n.w.Now(), signal{kind: signalPrio, subflow: s.subs[0]})
		id, addr := uint8(40+i), n.server.Addrs()[1+i]
		s.signal(n.w.Now(), signal{kind: signalAddAddr, add: wire.AddAddr{ID: id, Addr: addr,
			HMAC: wire.AddAddrHMAC(s.localKey, s.remoteKey, id, addr, 0)}})
	}
	s.withdraw(n.w.Now(), 6)
	n.run(10 * unit.Second)
	if longest > 2 || sent != 7 {
		t.Errorf("%d in a row, %d sent", longest, sent)
	}
	_ = c
}

// TestTrafficHint: what the application says of its traffic counts before it is written (section 3.9.2).
func TestTrafficHint(t *testing.T) {
	c := one()
	c.client.PathManager, c.client.Policy.JoinPerWindow = "fullmesh", tcp.On
	n, _, _ := newNet(t, c)
	client, server := n.connect(100, 0)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	a, _ := n.conns(client, server)
	before := a.Info().SubflowsTotal
	a.SetTrafficHint(n.w.Now(), 1_000_000)
	n.run(unit.Second)
	if after := a.Info().SubflowsTotal; before != 1 || after != 2 {
		t.Errorf("%d subflows, then %d", before, after)
	}
}

// TestThirdHost: an announced address may lead to another host. It does not know the token and answers with
// RST; if it knows the token by chance, HMACs fail. Neither makes a subflow, and the connection goes on
// (section 3.4.1).
func TestThirdHost(t *testing.T) {
	for _, known := range []bool{false, true} {
		n, _, _, c, s := idle(t, func(c *netConfig) { mesh(c); c.server.Profile = "rfc" })
		third := n.ss.newConn(n.w.Now(), false)
		third.version = 1
		third.localKey, third.remoteKey, third.remoteKnown = 4711, 4712, true
		third.everEstablished, third.state, third.local0 = true, Established, n.server.Addrs()[1]
		n.ss.tokens.remove(s.localToken) // the second address is that of a host which does not have the connection
		if known {
			n.ss.tokens.conns[s.localToken] = third
		}
		lines := n.record(false)
		announceAs(n, s, wire.AddAddr{ID: 2, Addr: n.server.Addrs()[1]})
		n.run(5 * unit.Second)
		i, ok := c.Subflow(1)
		refused, failed := contains(*lines, "< R. rst reason 1"), contains(*lines, "> R. rst reason 1")
		if !ok || i.State != "closed" || refused == 1 == known || failed == 1 != known {
			t.Errorf("known %v: %d refused, %d wrong HMACs, %+v", known, refused, failed, i)
		}
		c.Queue(n.w.Now(), 10_000)
		n.run(unit.Second)
		if s.Info().BytesReceived != 11_000 || c.Info().Subflows != 1 {
			t.Errorf("known %v: received %d", known, s.Info().BytesReceived)
		}
	}
}

// TestKernelManager: endpoints and limits of the kernel's path manager on a connection (Linux 6.18): the
// server announces with a port, the client answers within its limit.
func TestKernelManager(t *testing.T) {
	c := one()
	c.serverAddrs = 2
	n, _, _ := newNet(t, c)
	client, server := n.client.Addrs(), n.server.Addrs()
	n.cs.cfg.PathManager, n.ss.cfg.PathManager = "linux", "linux"
	n.cs.cfg.Paths = pm.Config{Limit: 3, Accept: 1, Endpoints: []pm.Endpoint{{Addr: client[1], Subflow: true}}}
	n.ss.cfg.Paths = pm.Config{Endpoints: []pm.Endpoint{
		{Addr: server[1], Signal: true, Port: 8080}, {Addr: server[2], Signal: true},
	}}
	a, b := n.connect(3_000_000, 0)
	n.run(20 * unit.Second)
	m, s := n.conns(a, b)
	if b.read != 3_000_000 || m.Info().SubflowsTotal != 3 || s.Info().SubflowsTotal != 3 {
		t.Errorf("read %d, %d subflows", b.read, m.Info().SubflowsTotal)
	}
	i, _ := m.Subflow(1)
	j, _ := m.Subflow(2)
	if i.Local != client[1] || i.Remote != server[0] || j.Local != client[0] || j.Remote != server[1] ||
		j.RemotePort != 8080 {
		t.Errorf("%+v\n%+v", i, j)
	}
	if n.cs.count.EchoAddTx != 2 || n.cs.count.PortAdd != 1 || n.ss.count.JoinPortSynRX != 1 {
		t.Errorf("%+v", n.ss.count)
	}
}
