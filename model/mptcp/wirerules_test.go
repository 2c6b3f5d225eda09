package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestReservedBits: the bits that address signals and MP_TCPRST reserve are sent 0 and ignored on receipt
// (RFC 8684 sections 3.4.1, 3.4.2, 3.3.8 and 3.6).
func TestReservedBits(t *testing.T) {
	addr := wire.Addr{Lo: 0xffff_c0000201}
	remove := wire.RemoveAddr{N: 2}
	remove.IDs[0], remove.IDs[1] = 3, 4
	for _, tt := range []struct {
		name     string
		seg      wire.Segment
		reserved byte
	}{
		{"ADD_ADDR", wire.Segment{Opts: wire.OptAddAddr, AddAddr: wire.AddAddr{ID: 3, Addr: addr, HMAC: 5}}, 0x0e},
		{"echo", wire.Segment{Opts: wire.OptAddAddr, AddAddr: wire.AddAddr{ID: 3, Addr: addr, Echo: true}}, 0x0e},
		{"REMOVE_ADDR", wire.Segment{Opts: wire.OptRemoveAddr, RemoveAddr: remove}, 0x0f},
		{"MP_PRIO", wire.Segment{Opts: wire.OptPrio, Prio: wire.Prio{Backup: true}}, 0x0e},
		{"MP_TCPRST", wire.Segment{Opts: wire.OptReset, Reset: wire.Reset{Reason: 2, Transient: true}}, 0x0e},
	} {
		tt.seg.Src, tt.seg.Dst, tt.seg.Flags, tt.seg.TTL = addr, addr, wire.RST|wire.ACK, 64
		b := must(tt.seg.Append(nil, nil))
		const flags = 20 + 20 + 2 // IP header, TCP header, kind and length
		if b[flags]&tt.reserved != 0 {
			t.Errorf("%s: sent with %02x", tt.name, b[flags])
		}
		b[flags] |= tt.reserved
		var got wire.Segment
		must(got.Decode(b, 1))
		got.Reset.Flags = 0
		if got.Opts != tt.seg.Opts || got.AddAddr != tt.seg.AddAddr || got.RemoveAddr != tt.seg.RemoveAddr ||
			got.Prio != tt.seg.Prio || got.Reset != tt.seg.Reset {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

// TestRemoveBehindNAT: a translator gives the client's second address another name; the server finds the
// subflow by its address ID all the same (section 3.4.2), and knows the ID with the address it saw (section
// 3.4.1).
func TestRemoveBehindNAT(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.paths = append(c.paths, c.paths[0]) })
	private, public := n.client.Addrs()[1], n.client.Addrs()[2]
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if up && g.Src == private {
			g.Src = public
		}
		if !up && g.Dst == public {
			g.Dst = private
		}
	})
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
	n.run(unit.Second)
	if i, _ := s.Subflow(1); i.State != "established" || i.Remote != public || i.RemoteID != 2 {
		t.Fatalf("%+v", i)
	}
	known := false
	s.EachRemoteAddress(func(r pm.Remote, announced bool) bool {
		known = known || r.ID == 2 && r.Addr == public && !announced
		return true
	})
	if !known {
		t.Error("the ID learnt by the join is not stored")
	}
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(2) })
	n.run(unit.Second)
	i, _ := s.Subflow(0)
	if j, _ := s.Subflow(1); j.State != "closed" || i.State != "established" {
		t.Errorf("%+v", j)
	}
}

// TestRemovedGetsNoJoin: a subflow that answered the keepalive stays, but nothing new goes to the removed
// address, whatever happens, until it is announced again (section 3.4.2).
func TestRemovedGetsNoJoin(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager, c.client.Profile = "fullmesh", "rfc" })
	addr := n.server.Addrs()[1]
	syns := joinsTo(n)
	announce := func() {
		s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
		n.run(unit.Second)
	}
	announce()
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Withdraw(2) })
	n.run(5 * unit.Second)
	before := syns(addr, serverPort)
	if before != 2 || c.Info().Subflows != 4 {
		t.Fatalf("%d joins, %d subflows", before, c.Info().Subflows)
	}
	for _, up := range []bool{false, true} {
		n.client.SetInterface(n.w.Now(), 1, up)
		n.run(5 * unit.Second)
	}
	if syns(addr, serverPort) != before {
		t.Error("joined a removed address")
	}
	announce()
	if syns(addr, serverPort) == before {
		t.Error("not joined when announced again")
	}
}

// TestResetProhibited: a join that policy forbids, here to the address of the C flag, is refused with
// reason 0x03 (section 3.6).
func TestResetProhibited(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) { c.server.NoJoinHere = tcp.On })
	c.remoteNoJoinHere = false // a client that does not care
	lines := n.record(false)
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
	n.run(unit.Second)
	if contains(*lines, "< R. rst reason 3") != 1 || c.Info().Subflows != 1 {
		t.Errorf("%v", *lines)
	}
}

// TestBlockedAtClose: a subflow that cannot finish when everything was delivered over others is reset with
// reason 0x04 (section 3.6).
func TestBlockedAtClose(t *testing.T) {
	n, ch, sh := newNet(t, netConfig{seed: 1, paths: twoPaths(),
		server: Config{CloseTimeout: 5 * unit.Second}})
	lines := n.record(false)
	client, server := n.connect(0, 5_000_000)
	n.run(2 * unit.Second)
	silence(n, ch, sh, 0)
	n.run(40 * unit.Second)
	if client.read != 5_000_000 || !client.eof || !server.eof || contains(*lines, "< R. rst reason 4") != 1 {
		t.Errorf("read %d, %d RSTs", client.read, contains(*lines, "< R. rst reason 4"))
	}
}

// TestSharedBottleneck: two subflows with coupled congestion control (RFC 6356) and a plain TCP connection
// through one bottleneck have about half of it each (RFC 8684 section 3.3.7). Who meets the full queue depends
// on when each began, so several beginnings count together.
func TestSharedBottleneck(t *testing.T) {
	a, b := uint64(0), uint64(0)
	for i := range 6 {
		c := netConfig{seed: 1, paths: twoPaths()[:1]}
		c.tcp.Congestion = "lia"
		c.client.PathManager = "ndiffports"
		n, _, _ := newNet(t, c)
		coupled, _ := n.connect(0, 1<<40)
		single := &endpoint{t: t, name: "single client", keepOpen: true}
		must(0, n.st.ListenStream(wire.Addr{}, 81, func(now sim.Time, s *tcp.Stream) {
			(&endpoint{t: t, name: "single server", s: s, left: 1 << 40}).start(now)
		}))
		n.run(unit.Duration(i) * 7 * unit.Millisecond)
		single.s = must(n.ct.DialStream(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], 81))
		single.start(n.w.Now())
		n.run(20 * unit.Second)
		first, other := coupled.read, single.read
		n.run(100 * unit.Second)
		a, b = a+coupled.read-first, b+single.read-other
		t.Logf("share %.2f", float64(coupled.read-first)/float64(coupled.read-first+single.read-other))
	}
	t.Logf("two subflows %.2f Mbit/s, one TCP %.2f", float64(a)*8/600e6, float64(b)*8/600e6)
	if share := float64(a) / float64(a+b); share < 0.35 || share > 0.65 {
		t.Errorf("the subflows have %.0f %% of the bottleneck", 100*share)
	}
}
