package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// keepalives counts the probes that the server sends from now on: pure ACKs before what is acknowledged.
func keepalives(n *testNet, s *Conn) *int {
	count := new(int)
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		for _, sf := range s.live {
			if !up && sf.e != nil && g.Src == sf.local && g.Dst == sf.remote && g.SrcPort == sf.lport &&
				g.DstPort == sf.rport && g.Payload.Len == 0 && g.Seq-sf.e.ISS() == uint32(sf.e.SndUna()-1) {
				*count++
			}
		}
	})
	return count
}

// TestRemoveAddrProbe: by the RFC a keepalive goes out first (section 3.4.2). What answers stays and takes
// data, but its address gets no new subflow; what does not is reset. Linux resets at once.
func TestRemoveAddrProbe(t *testing.T) {
	for _, tt := range []struct {
		name   string
		policy string
		dead   bool
		open   bool
		probes int
	}{
		{"answered", "rfc", false, true, 1},
		{"unanswered", "rfc", true, false, 3},
		{"linux", "linux", false, false, 0},
	} {
		n, ch, _, c, s := idle(t, func(c *netConfig) {
			c.client.PathManager, c.server.Profile, c.serverAddrs = "fullmesh", tt.policy, 0
		})
		addr := n.client.Addrs()[1]
		probes, lines := keepalives(n, s), n.record(false)
		if tt.dead {
			ch.drop = func(_ sim.Time, g *wire.Segment) bool { return g.Src == addr }
		}
		c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(2) })
		n.run(10 * unit.Second)
		if *probes != tt.probes {
			t.Errorf("%s: %d probes, want %d", tt.name, *probes, tt.probes)
		}
		reset := contains(*lines, "< R. rst reason 0") == 1
		if i, _ := s.Subflow(1); i.State == "established" != tt.open || reset == tt.open {
			t.Errorf("%s: %+v", tt.name, i)
		}
		used := false
		s.eachRemote(func(r pm.Remote) { used = used || r.ID == 2 })
		if used {
			t.Errorf("%s: the address is still there for new subflows", tt.name)
		}
		if tt.open {
			s.Queue(n.w.Now(), 60_000)
			n.run(unit.Second)
			if i, _ := s.Subflow(1); i.BytesNew == 0 {
				t.Errorf("%s: the subflow that answered carries nothing", tt.name)
			}
		}
	}
}

func (c *Conn) eachRemote(f func(r pm.Remote)) {
	c.EachRemoteAddress(func(r pm.Remote, _ bool) bool { f(r); return true })
}

// TestRemoveAddrList: several IDs in one option, unknown ones among them, each end only its subflows; those
// that one host withdraws at one time go out as one list (section 3.4.2).
func TestRemoveAddrList(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) {
		c.client.PathManager = "fullmesh"
		c.paths = append(c.paths, c.paths[0], c.paths[0])
	})
	if c.Info().Subflows != 4 {
		t.Fatalf("%d subflows", c.Info().Subflows)
	}
	lines := n.record(false)
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(99); p.Withdraw(2); p.Withdraw(4) })
	n.run(unit.Second)
	if contains(*lines, "remove_addr [99 2 4]") != 1 || n.cs.count.RmAddrTx != 1 {
		t.Errorf("%s", strings.Join(*lines, "\n"))
	}
	for id, open := range []bool{true, false, true, false} {
		if i, _ := s.Subflow(uint32(id)); (i.State == "established") != open {
			t.Errorf("subflow %d: %+v", id, i)
		}
	}
	if n.ss.count.RmAddr != 1 || n.ss.count.RmSubflow != 2 {
		t.Errorf("%+v", n.ss.count)
	}
}

// TestRemoveBoth: of two addresses that are withdrawn at one time, each goes out on the other's subflow.
func TestRemoveBoth(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh" })
	on := map[wire.Addr]string{}
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if up && g.Opts&wire.OptRemoveAddr != 0 {
			on[g.Src] += strings.TrimSpace(describeOptions(g)[len(" dss ack8"):])
		}
	})
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(2); p.Withdraw(0) })
	n.run(unit.Second)
	a := n.client.Addrs()
	if on[a[0]] != "remove_addr [2]" || on[a[1]] != "remove_addr [0]" {
		t.Errorf("%v", on)
	}
}

// TestRemoveAddrUnused: an announced address that no subflow uses is withdrawn when it goes down, and
// announced anew only after that (sections 3.4.1 and 3.4.2).
func TestRemoveAddrUnused(t *testing.T) {
	n, _, _, _, s := idle(t, func(c *netConfig) {
		c.client.PathManager = "none"
		c.server.PathManager, c.server.Paths = "fullmesh", pm.Config{Announce: true}
	})
	lines := n.record(false)
	n.server.SetInterface(n.w.Now(), 1, false)
	n.run(unit.Second)
	n.server.SetInterface(n.w.Now(), 1, true)
	n.run(unit.Second)
	var got []string
	for _, l := range *lines {
		if i := strings.Index(l, "remove_addr"); i >= 0 {
			got = append(got, l[i:])
		} else if strings.Contains(l, "echo false") {
			got = append(got, "add_addr")
		}
	}
	if strings.Join(got, ", ") != "remove_addr [2], add_addr" || s.Info().SubflowsTotal != 1 {
		t.Errorf("%v", got)
	}
}

// TestRemoveLastAddress leaves the connection without a subflow: it waits, and goes on when the peer, here
// the server, opens one (sections 3.3.3 and 3.4.2).
func TestRemoveLastAddress(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.Policy.JoinAnyPort = tcp.On })
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(0) })
	n.run(unit.Second)
	if c.Info().Subflows != 0 || s.Info().Subflows != 0 || s.Err() != nil || c.Err() != nil {
		t.Errorf("%+v %v %v", s.Info(), s.Err(), c.Err())
	}
	c.Queue(n.w.Now(), 50_000)
	s.Queue(n.w.Now(), 50_000)
	n.run(5 * unit.Second)
	s.ManagePaths(n.w.Now(), func(p pm.Conn) {
		p.OpenSubflow(p.Locals()[0], pm.Remote{ID: 2, Addr: n.client.Addrs()[1], Port: c.lport0}, false)
	})
	n.run(5 * unit.Second)
	if c.Info().BytesReceived != 51_000 || s.Info().BytesReceived != 51_000 {
		t.Errorf("received %d %d", c.Info().BytesReceived, s.Info().BytesReceived)
	}
}

// TestRemoveAddrLost: nobody acknowledges REMOVE_ADDR; when it is lost, timeouts take over (section 3.4.2).
func TestRemoveAddrLost(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, ch, _ := newNet(t, c)
	ch.drop = func(_ sim.Time, g *wire.Segment) bool { return g.Opts&wire.OptRemoveAddr != 0 }
	client, server := n.connect(0, 30_000_000)
	n.run(unit.Second)
	client.gap = 0
	n.client.SetInterface(n.w.Now(), 0, false)
	n.run(30 * unit.Second)
	_, s := n.conns(client, server)
	if i, _ := s.Subflow(0); client.read != 30_000_000 || i.TCP.RTOs == 0 || n.ss.count.RmAddr != 0 {
		t.Errorf("read %d, %+v", client.read, i)
	}
	if client.gap > 800*unit.Millisecond {
		t.Errorf("reads paused for %v", client.gap)
	}
}

// TestRemovalTakenBack: what could not be sent while the address was down is not sent when it is up again.
func TestRemovalTakenBack(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh"; c.paths = c.paths[:1] })
	lines := n.record(false)
	n.client.SetInterface(n.w.Now(), 0, false)
	n.run(unit.Second)
	n.client.SetInterface(n.w.Now(), 0, true)
	n.run(unit.Second)
	c.Queue(n.w.Now(), 60_000)
	n.run(5 * unit.Second)
	if contains(*lines, "remove_addr") != 0 || s.Info().BytesReceived != 61_000 {
		t.Errorf("received %d:\n%s", s.Info().BytesReceived, strings.Join(*lines, "\n"))
	}
}

// TestRetireAddress gives up a working address make before break: MP_PRIO, then FIN when it is empty,
// REMOVE_ADDR last, and no octet is sent twice (sections 3.3.8 and 3.4.2).
func TestRetireAddress(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	client, server := n.connect(30_000_000, 30_000_000)
	n.run(unit.Second)
	a, s := n.conns(client, server)
	addr := n.client.Addrs()[1]
	var order []string
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		for _, o := range []struct {
			is   bool
			name string
		}{
			{up && g.Opts&wire.OptPrio != 0 && g.Src == addr, "prio"},
			{up && g.Flags&wire.FIN != 0 && g.Src == addr, "fin"},
			{up && g.Opts&wire.OptRemoveAddr != 0 && g.Src != addr, "remove"},
		} {
			if o.is {
				order = append(order, o.name)
			}
		}
	})
	if !a.RetireAddress(n.w.Now(), addr) || a.RetireAddress(n.w.Now(), n.client.Addrs()[0]) {
		t.Error("retired: one address of two may be given up, not both")
	}
	n.run(2 * unit.Second)
	if got := strings.Join(order, " "); got != "prio fin remove" || contains(*lines, "R") != 0 {
		t.Errorf("order %s", got)
	}
	if i, _ := s.Subflow(1); i.State != "closed" || a.Info().BytesReinjected+s.Info().BytesReinjected != 0 {
		t.Errorf("%+v; reinjected %d %d", i, a.Info().BytesReinjected, s.Info().BytesReinjected)
	}
	total := a.Info().SubflowsTotal
	a.ReuseAddress(n.w.Now(), addr)
	n.run(unit.Second)
	if a.Info().SubflowsTotal != total+1 || a.Info().Subflows != 2 {
		t.Errorf("not used again: %+v", a.Info())
	}
	n.run(60 * unit.Second)
	if client.read != 30_000_000 || server.read != 30_000_000 {
		t.Errorf("read %d %d", client.read, server.read)
	}
}
