package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Devices on the path (RFC 8684 section 6), as taps that change or drop segments. Package middlebox has the
// ones that need a place in the network.

// second tells that a segment is of the client's second path.
func (n *testNet) second(g *wire.Segment) bool {
	addr := n.client.Addrs()[1]
	return g.Src == addr || g.Dst == addr
}

// TestJoinBoxes: a path on which joins are dropped, or their option is stripped from the SYN or the
// SYN/ACK, is not used; the connection is not harmed.
func TestJoinBoxes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		resets int // from the client, with reason 1
		box    func(g *wire.Segment) (drop bool)
	}{
		{"dropped", 0, func(g *wire.Segment) bool { return g.Opts&wire.OptJoin != 0 }},
		{"SYN stripped", 1, func(g *wire.Segment) bool {
			if g.Flags&(wire.SYN|wire.ACK) == wire.SYN {
				g.Opts &^= wire.OptJoin
			}
			return false
		}},
		{"SYN/ACK stripped", 1, func(g *wire.Segment) bool {
			if g.Flags&(wire.SYN|wire.ACK) == wire.SYN|wire.ACK {
				g.Opts &^= wire.OptJoin
			}
			return false
		}},
	} {
		c := one()
		c.client.PathManager = "fullmesh"
		n, ch, sh := newNet(t, c)
		resets := 0
		box := func(_ sim.Time, g *wire.Segment) bool { return n.second(g) && tt.box(g) }
		ch.drop, sh.drop = box, box
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if up && n.second(g) && g.Flags&wire.RST != 0 && g.Opts&wire.OptReset != 0 && g.Reset.Reason == 1 {
				resets++
			}
		})
		client, server := n.connect(3_000_000, 3_000_000)
		n.run(20 * unit.Second)
		a, s := n.conns(client, server)
		if client.read != 3_000_000 || server.read != 3_000_000 || a.Fallback() || s.Fallback() {
			t.Errorf("%s: read %d %d", tt.name, client.read, server.read)
		}
		if i, _ := a.Subflow(1); resets != tt.resets || i.BytesNew+i.BytesDelivered != 0 {
			t.Errorf("%s: %d RSTs, %+v", tt.name, resets, i)
		}
	}
}

// TestMappingsStripped: while other segments bring the mapping the stream goes on; octets whose mapping
// never comes end their subflow, reason 0x06.
func TestMappingsStripped(t *testing.T) {
	for _, forGood := range []bool{false, true} {
		c := one()
		c.client.PathManager = "fullmesh"
		c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 100_000, 100_000
		n, _, sh := newNet(t, c)
		lines := n.record(false)
		seen := map[uint64]bool{}
		stripped := 0
		sh.drop = func(now sim.Time, g *wire.Segment) bool {
			if g.Payload.Len == 0 || g.Opts&wire.OptDSS == 0 || now < sim.Time(500*unit.Millisecond) {
				return false
			}
			if again := seen[g.DSS.DSN]; forGood && n.second(g) || !forGood && again {
				g.Opts &^= wire.OptDSS
				stripped++
			}
			seen[g.DSS.DSN] = true
			return false
		}
		client, server := n.connect(0, 8_000_000)
		if !forGood {
			n.client.SetInterface(n.w.Now(), 1, false) // one subflow has mappings of many segments
		}
		n.run(60 * unit.Second)
		a, _ := n.conns(client, server)
		i, _ := a.Subflow(1)
		broken := contains(*lines, "> R. rst reason 6") > 0
		if client.read != 8_000_000 || stripped < 30 || broken != forGood || forGood && i.State != "closed" {
			t.Errorf("for good %v: read %d, %d stripped, broken %v", forGood, client.read, stripped, broken)
		}
	}
}

// TestSameBytesAgain: a device that keeps what it has seen finds every retransmission of a subflow octet
// the same, whatever was reinjected.
func TestSameBytesAgain(t *testing.T) {
	c := netConfig{seed: 3, paths: twoPaths()}
	c.paths[0].loss, c.paths[1].loss = unit.Ratio{Num: 3, Den: 100}, unit.Ratio{Num: 1, Den: 100}
	n, _, _ := newNet(t, c)
	type octet struct {
		dst wire.Addr
		seq uint32
	}
	seen, again := map[octet]uint64{}, 0
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if up {
			return
		}
		for i := range g.Payload.Len {
			k := octet{g.Dst, g.Seq + i}
			if pos, ok := seen[k]; ok && pos != g.Payload.Pos+uint64(i) {
				t.Fatalf("octet %d of the subflow changed", k.seq)
			} else if ok {
				again++
			}
			seen[k] = g.Payload.Pos + uint64(i)
		}
	})
	client, _ := n.connect(0, 400_000)
	n.run(60 * unit.Second)
	if client.read != 400_000 || again == 0 {
		t.Errorf("read %d, %d octets again", client.read, again)
	}
}

// TestFirewall: where SYNs from outside are dropped the server cannot open a subflow, but its ADD_ADDR
// makes the client inside do so.
func TestFirewall(t *testing.T) {
	n, _, sh, c, s := idle(t, func(c *netConfig) {
		mesh(c)
		c.client.Profile, c.server.Profile, c.tcp.SYNRetries = "rfc", "rfc", 1
	})
	sh.drop = func(_ sim.Time, g *wire.Segment) bool { return g.Flags&(wire.SYN|wire.ACK) == wire.SYN }
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
	n.run(30 * unit.Second)
	if i, _ := s.Subflow(1); i.State != "closed" || s.Info().Subflows != 1 {
		t.Errorf("%+v", i)
	}
	s.ManagePaths(n.w.Now(), func(p pm.Conn) { p.Announce(p.Locals()[1]) })
	n.run(unit.Second)
	if i, ok := c.Subflow(1); !ok || i.State != "established" || i.Remote != n.server.Addrs()[1] {
		t.Errorf("%+v", i)
	}
}

// inject sends a segment as if it were of a subflow, off octets beyond what comes next, as the host h.
func inject(n *testNet, h *tapped, sf *subflow, off int, seg wire.Segment) {
	seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = sf.local, sf.lport, sf.remote, sf.rport
	seg.Flags |= wire.ACK
	seg.Seq = sf.e.ISS() + uint32(int(sf.e.SndNxt())+off)
	seg.Ack = sf.e.IRS() + uint32(sf.e.RcvNxt())
	seg.TTL = 64
	if seg.Window == 0 {
		seg.Window = 1000
	}
	id, to := n.net.NewPacket()
	*to = seg
	h.Host.Send(n.w.Now(), id, must(h.Path(seg.Src, seg.Dst, seg.SrcPort, seg.DstPort)), seg.WireLen())
}

// TestSignalsOutOfWindow: TCP's tests come first: what fails them says nothing, and is counted (sections 3,
// 3.4.1 and 3.4.2).
func TestSignalsOutOfWindow(t *testing.T) {
	for _, off := range []int{0, 1 << 30} {
		n, ch, _, c, s := idle(t, func(c *netConfig) {
			c.client.PathManager, c.tcp.Timestamps = "fullmesh", tcp.Off
		})
		a := wire.AddAddr{ID: 7, Addr: n.client.Addrs()[0]}
		a.HMAC = wire.AddAddrHMAC(c.localKey, c.remoteKey, a.ID, a.Addr, 0)
		r := wire.RemoveAddr{N: 1}
		r.IDs[0] = 2
		for _, seg := range []wire.Segment{
			{Opts: wire.OptAddAddr, AddAddr: a}, {Opts: wire.OptPrio, Prio: wire.Prio{Backup: true}},
			{Opts: wire.OptRemoveAddr, RemoveAddr: r},
		} {
			inject(n, ch, c.subs[0], off, seg)
			n.run(unit.Second)
		}
		i, _ := s.Subflow(1)
		done := [...]bool{s.s.count.AddAddr == 1, s.subs[0].backupIn, i.State == "closed"}
		want := off == 0
		if done != [...]bool{want, want, want} {
			t.Errorf("offset %d: %v", off, done)
		}
		if bad := s.subs[0].e.Info().Unacceptable; (bad == 3) == want {
			t.Errorf("offset %d: %d unacceptable segments", off, bad)
		}
	}
}

// TestSignalsAreNoCongestion: an ACK that repeats its number because it carries a signal is no sign of
// loss, unlike one with a DSS only (sections 3 and 3.4.1).
func TestSignalsAreNoCongestion(t *testing.T) {
	for _, tt := range []struct {
		name string
		seg  wire.Segment
		lost bool
	}{
		{"signal", wire.Segment{Opts: wire.OptPrio | wire.OptDSS, Prio: wire.Prio{}}, false},
		{"DSS", wire.Segment{Opts: wire.OptDSS}, true},
	} {
		n, ch, _, c, s := idle(t, func(c *netConfig) {
			c.tcp.Timestamps, c.tcp.SACK, c.paths = tcp.Off, tcp.Off, c.paths[:1]
		})
		cwnd := s.subs[0].e.CC.Cwnd
		ch.drop = func(_ sim.Time, g *wire.Segment) bool { return true } // injected ones pass
		seg := tt.seg
		seg.DSS = wire.DSS{Flags: wire.DSSAck | wire.DSSAck8, DataAck: c.remoteIDSN + 1 + c.ackPosition()}
		var window uint16
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if up {
				window = g.Window
			}
		})
		sf := c.subs[0]
		sf.e.Ack(n.w.Now())
		seg.Window = window
		inject(n, ch, sf, 0, seg) // makes the window known
		n.run(50 * unit.Millisecond)
		nxt, ack := sf.e.SndNxt(), sf.e.IRS()+uint32(sf.e.RcvNxt())
		s.Queue(n.w.Now(), 10_000)
		n.run(15 * unit.Millisecond)
		for range 4 {
			again := seg
			again.Src, again.SrcPort, again.Dst, again.DstPort = sf.local, sf.lport, sf.remote, sf.rport
			again.Flags, again.Seq, again.Ack, again.TTL = wire.ACK, sf.e.ISS()+uint32(nxt), ack, 64
			id, to := n.net.NewPacket()
			*to = again
			ch.Host.Send(n.w.Now(), id, must(ch.Path(again.Src, again.Dst, again.SrcPort, again.DstPort)), again.WireLen())
			n.run(unit.Millisecond)
		}
		n.run(20 * unit.Millisecond)
		i := s.subs[0].e.Info()
		if lost := i.FastRecoveries > 0; lost != tt.lost || !lost && s.subs[0].e.CC.Cwnd != cwnd {
			t.Errorf("%s: %d fast recoveries, window %d of %d", tt.name, i.FastRecoveries, s.subs[0].e.CC.Cwnd, cwnd)
		}
	}
}
