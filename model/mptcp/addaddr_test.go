package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// idle opens a connection with path managers that do nothing, so that the test can, and runs it until both
// ends know of MPTCP.
func idle(t *testing.T, change func(c *netConfig)) (n *testNet, ch, sh *tapped, client, server *Conn) {
	t.Helper()
	c := one()
	c.server.PathManager = "none"
	c.serverAddrs = 1
	if change != nil {
		change(&c)
	}
	n, ch, sh = newNet(t, c)
	a, b := n.connect(1000, 1000)
	a.keepOpen, b.keepOpen = true, true
	n.run(unit.Second)
	client, server = n.conns(a, b)
	if a.read != 1000 || b.read != 1000 {
		t.Fatalf("read %d %d", a.read, b.read)
	}
	return n, ch, sh, client, server
}

// announceAs sends an ADD_ADDR with a right HMAC, whatever it says.
func announceAs(n *testNet, c *Conn, a wire.AddAddr) {
	a.HMAC = wire.AddAddrHMAC(c.localKey, c.remoteKey, a.ID, a.Addr, a.Port)
	c.signal(n.w.Now(), signal{kind: signalAddAddr, add: a})
	n.run(unit.Second)
}

// joinsTo counts the SYNs to an address and port.
func joinsTo(n *testNet) func(addr wire.Addr, port uint16) int {
	type target struct {
		addr wire.Addr
		port uint16
	}
	count := map[target]int{}
	n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
		if s.Flags&(wire.SYN|wire.ACK) == wire.SYN {
			count[target{s.Dst, s.DstPort}]++
		}
	})
	return func(addr wire.Addr, port uint16) int { return count[target{addr, port}] }
}

func mesh(c *netConfig) { c.client.PathManager, c.paths = "fullmesh", c.paths[:1] }

// TestAddAddrPort: an announced port takes joins without the application listening there (RFC 8684 sections
// 3.2 and 3.9.1), with the kernel's rules too; a port that was not announced takes them by the RFC's rules
// only.
func TestAddAddrPort(t *testing.T) {
	for _, profile := range []string{"linux", "rfc"} {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			mesh(c)
			c.client.Profile, c.server.Profile = profile, profile
		})
		syns := joinsTo(n)
		addr := n.server.Addrs()[1]
		s.ManagePaths(n.w.Now(), func(p pm.Conn) { l := p.Locals()[1]; l.Port = 8080; p.Announce(l) })
		n.run(unit.Second)
		if i, ok := c.Subflow(1); !ok || i.State != "established" || i.RemotePort != 8080 || syns(addr, 8080) != 1 {
			t.Errorf("%s: subflow %+v", profile, i)
		}
		if n.cs.count.PortAdd != 1 || n.ss.count.JoinPortSynRX != 1 {
			t.Errorf("%s: %+v", profile, n.ss.count)
		}
		c.ManagePaths(n.w.Now(), func(p pm.Conn) {
			p.OpenSubflow(p.Locals()[0], pm.Remote{ID: 2, Addr: addr, Port: 9090}, false)
		})
		n.run(unit.Second)
		i, _ := c.Subflow(2)
		if taken := i.State == "established"; taken != (profile == "rfc") {
			t.Errorf("%s: join at a port that was not announced: %+v", profile, i)
		}
	}
}

// TestAddAddrFamily: an address of the other family is announced and joined (section 3.4), and the ACK with
// port fits without timestamps (section 3.4.1).
func TestAddAddrFamily(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager, c.v6 = "fullmesh", true })
	var sizes []int
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if g.Opts&wire.OptAddAddr != 0 && !up {
			sizes = append(sizes, g.OptionLen())
		}
	})
	for _, port := range []uint16{0, 8080} {
		s.ManagePaths(n.w.Now(), func(p pm.Conn) { l := p.Locals()[1]; l.Port = port; p.Announce(l) })
		n.run(unit.Second)
	}
	if len(sizes) != 2 || sizes[0] != 40 || sizes[1] > 40 {
		t.Errorf("option sizes %v", sizes)
	}
	for id, port := range map[uint32]uint16{1: serverPort, 2: 8080} {
		if i, ok := c.Subflow(id); !ok || i.Remote.Is4() || i.State != "established" || i.RemotePort != port {
			t.Errorf("subflow %d: %+v", id, i)
		}
	}
	if i, _ := c.Subflow(1); i.Local != n.client.Addrs()[1] {
		t.Errorf("from %v", i.Local)
	}
}

// TestAddAddrIDs: one ID has one address; another port is another target; an echo nobody waits for, a removed
// and given-again ID, ID 0 for another address.
func TestAddAddrIDs(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { mesh(c); c.serverAddrs = 3 })
	a := n.server.Addrs()
	syns, lines := joinsTo(n), n.record(false)
	announceAs(n, s, wire.AddAddr{ID: 5, Addr: a[1]})
	announceAs(n, s, wire.AddAddr{ID: 5, Addr: a[2]})
	if syns(a[1], serverPort) != 1 || syns(a[2], serverPort) != 0 || contains(*lines, "echo true") != 1 {
		t.Errorf("one ID, two addresses:\n%s", strings.Join(*lines, "\n"))
	}
	announceAs(n, s, wire.AddAddr{ID: 5, Addr: a[1], Port: 8081})
	if syns(a[1], 8081) != 1 || contains(*lines, "echo true") != 2 {
		t.Errorf("another port:\n%s", strings.Join(*lines, "\n"))
	}
	announceAs(n, s, wire.AddAddr{ID: 0, Addr: a[3]})
	said := contains(*lines, "< . add_addr")
	s.announce(n.w.Now(), pm.Local{ID: 0, Addr: a[3]})
	n.run(unit.Second)
	if syns(a[3], serverPort) != 0 || contains(*lines, "< . add_addr") != said {
		t.Error("ID 0 is the first subflow's address")
	}
	announceAs(n, s, wire.AddAddr{ID: 9, Addr: a[3], Echo: true})
	if syns(a[3], serverPort) != 0 || n.cs.count.EchoAdd != 0 {
		t.Error("an echo for nothing did something")
	}
	s.withdraw(n.w.Now(), 5)
	n.run(unit.Second)
	announceAs(n, s, wire.AddAddr{ID: 5, Addr: a[2]})
	if syns(a[2], serverPort) != 1 {
		t.Error("a removed ID may have another address")
	}
	want := map[uint8]wire.Addr{0: a[0], 5: a[2]}
	c.EachRemoteAddress(func(r pm.Remote, announced bool) bool {
		if want[r.ID] != r.Addr || announced != (r.ID == 5) {
			t.Errorf("remote address %+v, announced %v", r, announced)
		}
		delete(want, r.ID)
		return true
	})
	if len(want) != 0 {
		t.Errorf("not stored: %v", want)
	}
}

// TestAddAddrCarrier: without a port the join goes to the port of the subflow that carried the announcement
// (section 3.4.1); from the server to the client that is the client's own (section 3.4).
func TestAddAddrCarrier(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) {
		c.serverAddrs, c.client.Profile, c.server.Profile = 2, "rfc", "rfc"
		c.server.PathManager, c.server.Paths = "fullmesh", pm.Config{ServerOpens: true}
	})
	syns := joinsTo(n)
	a := n.client.Addrs()
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(unit.Second)
	if syns(a[1], c.lport0) == 0 {
		t.Errorf("no join to port %d of the client", c.lport0)
	}
	if i, ok := c.Subflow(1); !ok || i.Opener || i.State != "established" {
		t.Errorf("subflow opened by the server: %+v", i)
	}
}

// TestAddAddrCarrierPort: the server announces over a subflow to another of its ports.
func TestAddAddrCarrierPort(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.serverAddrs, c.server.Profile = 2, "rfc" })
	syns := joinsTo(n)
	c.ManagePaths(n.w.Now(), func(p pm.Conn) {
		p.OpenSubflow(p.Locals()[1], pm.Remote{Addr: n.server.Addrs()[0], Port: 81}, false)
	})
	n.run(unit.Second)
	c.manager = must(pm.New("fullmesh", pm.Config{}))
	c.manager.Handle(n.w.Now(), &c.paths, pm.Event{Kind: pm.Established})
	for _, sf := range s.live {
		if sf.lport == 81 {
			addr := n.server.Addrs()[2]
			s.signal(n.w.Now(), signal{kind: signalAddAddr, subflow: sf, add: wire.AddAddr{ID: 3, Addr: addr,
				HMAC: wire.AddAddrHMAC(s.localKey, s.remoteKey, 3, addr, 0)}})
			n.run(unit.Second)
			if syns(addr, 81) == 0 || syns(addr, serverPort) != 0 {
				t.Errorf("joins: %d to port 81, %d to the first port", syns(addr, 81), syns(addr, serverPort))
			}
			return
		}
	}
	t.Error("no subflow to port 81")
}

// TestAddAddrOnce: no second attempt at an address and port where one failed, unless announced again
// (sections 3.4.1 and 3.9.3). A host that is not there stands for an address that somebody made up.
func TestAddAddrOnce(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { mesh(c); c.tcp.SYNRetries = 1 })
	nowhere := n.server.Addrs()[1]
	n.server.SetInterface(n.w.Now(), 1, false)
	syns := joinsTo(n)
	announceAs(n, s, wire.AddAddr{ID: 7, Addr: nowhere})
	n.run(60 * unit.Second)
	first := syns(nowhere, serverPort)
	if i, ok := c.Subflow(1); first == 0 || !ok || i.State != "closed" || c.Info().SubflowsTotal != 2 {
		t.Errorf("%d SYNs, %+v", first, c.Info())
	}
	announceAs(n, s, wire.AddAddr{ID: 7, Addr: nowhere})
	n.run(60 * unit.Second)
	if syns(nowhere, serverPort) != 2*first || c.Info().SubflowsTotal != 3 {
		t.Errorf("%d SYNs after a refresh", syns(nowhere, serverPort))
	}
}

// TestAddAddrFlood: announcements cannot aim any number of SYNs at a third party (section 5).
func TestAddAddrFlood(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) {
		mesh(c)
		c.tcp.SYNRetries, c.client.Policy.JoinLimit = 1, 5
	})
	n.server.SetInterface(n.w.Now(), 1, false)
	total := 0
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if up && g.Flags&wire.SYN != 0 && g.Dst == n.server.Addrs()[1] {
			total++
		}
	})
	for i := range 100 {
		announceAs(n, s, wire.AddAddr{ID: 7, Addr: n.server.Addrs()[1], Port: uint16(1000 + i)})
		n.run(10 * unit.Second)
	}
	if total == 0 || total > 5*8 || c.Info().SubflowsTotal != 6 || len(c.paths.remotes) > maxRemotes {
		t.Errorf("%d SYNs, %d subflows, %d addresses kept", total, c.Info().SubflowsTotal, len(c.paths.remotes))
	}
}

// TestAddAddrLimitCountsFailures: joins that succeed do not count towards the limit.
func TestAddAddrLimitCountsFailures(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { mesh(c); c.serverAddrs, c.client.Policy.JoinLimit = 4, 1 })
	for i := 1; i <= 4; i++ {
		announceAs(n, s, wire.AddAddr{ID: uint8(i + 1), Addr: n.server.Addrs()[i]})
	}
	if c.Info().Subflows != 5 || c.paths.hopes != 0 {
		t.Errorf("%d subflows, %d joins counted", c.Info().Subflows, c.paths.hopes)
	}
}

// TestAddAddrKnown: an announcement of an address that a subflow of the peer comes from is echoed and opens
// nothing, since the ID is the same (sections 3.2 and 3.4).
func TestAddAddrKnown(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) {
		c.client.PathManager = "fullmesh"
		c.server.PathManager, c.server.Paths = "fullmesh", pm.Config{ServerOpens: true}
		c.client.Profile, c.server.Profile = "rfc", "rfc"
		c.serverAddrs = 0
	})
	n.run(unit.Second)
	lines := n.record(false)
	before := s.Info().SubflowsTotal
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(unit.Second)
	if contains(*lines, "echo true") != 1 || contains(*lines, "S") != 0 || s.Info().SubflowsTotal != before {
		t.Errorf("%s", strings.Join(*lines, "\n"))
	}
}

// TestAddAddrRefresh: periodic repetition, each echoed, none opening anything more (section 3.4.1).
func TestAddAddrRefresh(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) {
		mesh(c)
		c.server.Policy.AddAddrRefresh = 10 * unit.Second
	})
	lines := n.record(false)
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(34 * unit.Second)
	if contains(*lines, "echo false") != 4 || contains(*lines, "echo true") != 4 || c.Info().SubflowsTotal != 2 {
		t.Errorf("%d announcements, %d echoes, %d subflows", contains(*lines, "echo false"),
			contains(*lines, "echo true"), c.Info().SubflowsTotal)
	}
}

// TestAddAddrAnyTime: during data and after a half-close (section 3.4.1); a peer that keeps none of them
// works all the same.
func TestAddAddrAnyTime(t *testing.T) {
	for _, manager := range []string{"fullmesh", "none"} {
		c := announcing()
		c.client.PathManager = manager
		c.server.Paths.Announce = false
		n, _, _ := newNet(t, c)
		client, server := n.connect(0, 8_000_000)
		n.run(unit.Second)
		_, s := n.conns(client, server) // the client has closed its direction
		if s.State() != CloseWait && s.State() != LastAck {
			t.Errorf("state %v", s.State())
		}
		s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
		n.run(20 * unit.Second)
		want := map[string]int{"fullmesh": 2, "none": 1}[manager]
		if client.read != 8_000_000 || !client.eof || s.Info().SubflowsTotal != want || n.ss.count.EchoAdd != 1 {
			t.Errorf("%s: read %d, %d subflows", manager, client.read, s.Info().SubflowsTotal)
		}
	}
}

// TestAddAddrLater: an address that no interface can reach is kept until one can (section 3.4.1).
func TestAddAddrLater(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager, c.v6 = "fullmesh", true })
	n.client.SetInterface(n.w.Now(), 1, false)
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(unit.Second)
	if c.Info().SubflowsTotal != 1 || n.ss.count.EchoAdd != 1 {
		t.Errorf("%+v", c.Info())
	}
	n.client.SetInterface(n.w.Now(), 1, true)
	n.run(unit.Second)
	if i, ok := c.Subflow(1); !ok || i.State != "established" || i.Remote != n.server.Addrs()[1] {
		t.Errorf("%+v", i)
	}
}

// TestAddAddrV0: version 0 has neither HMAC nor echo, goes out once on every subflow, and says nothing when
// it comes again (RFC 6824 section 3.4.1).
func TestAddAddrV0(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh"; speakV0(c) })
	if !c.v0() || c.Info().Subflows != 2 {
		t.Fatalf("version %d, %d subflows", c.version, c.Info().Subflows)
	}
	lines, syns := n.record(false), joinsTo(n)
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(10 * unit.Second)
	if contains(*lines, "< . add_addr") != 2 || contains(*lines, "> . add_addr") != 0 {
		t.Errorf("%s", strings.Join(*lines, "\n"))
	}
	if syns(n.server.Addrs()[1], serverPort) != 2 || c.Info().Subflows != 4 {
		t.Errorf("%d joins, %d subflows", syns(n.server.Addrs()[1], serverPort), c.Info().Subflows)
	}
	for _, sf := range s.live[2:] {
		s.kill(n.w.Now(), sf, killClose)
	}
	n.run(unit.Second)
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(unit.Second)
	if syns(n.server.Addrs()[1], serverPort) != 2 {
		t.Error("joined again because of a repeated announcement")
	}
}

// speakV0 has both ends speak version 0.
func speakV0(c *netConfig) {
	c.client.Versions, c.server.Versions = V0, V0
}
