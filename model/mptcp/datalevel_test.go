package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestProfileDefaults: what the profiles choose where RFC 8684 leaves or recommends something at the data level.
func TestProfileDefaults(t *testing.T) {
	rfc, _ := Config{Profile: "rfc"}.Resolved()
	linux, _ := Config{Profile: "linux"}.Resolved()
	if rfc.Checksum != tcp.On || linux.Checksum != tcp.Off { // section 3.3.1
		t.Error("checksums", rfc.Checksum, linux.Checksum)
	}
	if rfc.FastCloseOnACK != tcp.On || linux.FastCloseOnACK != tcp.Off || fastCloseTries != 3 { // section 3.5
		t.Error("MP_FASTCLOSE")
	}
	if linux.Data.SparseDSS != tcp.Off || rfc.Data.HoldForSubflows != tcp.On || rfc.Data.SanityTest != tcp.On {
		t.Errorf("data policy %+v %+v", linux.Data, rfc.Data)
	}
	for _, p := range Profiles() { // section 3.3.5
		c, err := Config{Profile: p}.Resolved()
		if err != nil || c.SendBufferMax < c.ReceiveBufferMax || len(Config{Profile: p}.Warnings()) != 0 {
			t.Errorf("%s: send buffer %d, receive buffer %d, %v", p, c.SendBufferMax, c.ReceiveBufferMax, err)
		}
	}
	if len((Config{SendBuffer: 1000, SendBufferMax: 1000}).Warnings()) != 1 {
		t.Error("no warning of a send buffer that is smaller than the receive buffer")
	}
	for _, p := range []DataPolicy{{MSL: -1}, {ReinjectAfter: -1}} {
		if (Config{Data: p}).Validate() == nil {
			t.Errorf("%+v accepted", p)
		}
	}
}

// TestWithoutSACK: subflows with and without selective acknowledgments carry the stream (section 3.3.1).
func TestWithoutSACK(t *testing.T) {
	for _, sack := range []tcp.Switch{tcp.On, tcp.Off} {
		c := netConfig{seed: 3, paths: twoPaths(), tcp: tcp.Config{SACK: sack}}
		c.paths[0].loss = unit.Ratio{Num: 1, Den: 100}
		n, _, _ := newNet(t, c)
		blocks := 0
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, _ bool) {
			if g.Opts&wire.OptSACK != 0 {
				blocks++
			}
		})
		client, server := n.connect(3_000_000, 0)
		n.run(60 * unit.Second)
		if server.read != 3_000_000 || client.err != nil || blocks > 0 != (sack == tcp.On) {
			t.Errorf("SACK %v: read %d, %d segments with blocks", sack, server.read, blocks)
		}
	}
}

// TestBufferKnee: a receive buffer of the largest round trip times the summed rates gives full speed, a tenth of it
// does not, and more brings nothing (section 3.3.4).
func TestBufferKnee(t *testing.T) {
	goodput := func(buffer int64) float64 { // part of the summed rates
		c := netConfig{seed: 1, paths: []pathConfig{
			{rate: 8 * unit.MbitPerSecond, delay: 10 * unit.Millisecond, queue: 40_000},
			{rate: 8 * unit.MbitPerSecond, delay: 100 * unit.Millisecond, queue: 200_000},
		}}
		c.client.ReceiveBuffer, c.client.ReceiveBufferMax = buffer, buffer
		n, _, _ := newNet(t, c)
		client, _ := n.connect(0, 100_000_000)
		n.run(5 * unit.Second)
		before := client.read
		n.run(20 * unit.Second)
		return float64(client.read-before) * 8 / 20 / 16e6
	}
	rtt := 400e-3 // the slow path's with its queue full
	knee := int64(rtt * 16e6 / 8)
	small, enough, more := goodput(knee/10), goodput(knee), goodput(4*knee)
	if small > 0.7*enough || enough < 0.85 || more > 1.05*enough+0.03 {
		t.Errorf("a tenth: %.2f, enough: %.2f, four times: %.2f of the summed rates", small, enough, more)
	}
}

// TestSubflowWindow: a box halves the window on the second path. The larger one counts for the connection, and what is
// in flight on the second path stays within its own (section 3.3.5).
func TestSubflowWindow(t *testing.T) {
	c := netConfig{seed: 1, paths: twoPaths()}
	c.paths[0].delay, c.paths[1].delay = 40*unit.Millisecond, 40*unit.Millisecond
	c.server.ReceiveBuffer, c.server.ReceiveBufferMax = 60_000, 60_000
	c.tcp = tcp.Config{WindowScaling: tcp.Off, ReceiveBuffer: 65535, ReceiveBufferMax: 65535}
	c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 60_000, 60_000
	n, _, _ := newNet(t, c)
	k := n.check()
	narrow := n.client.Addrs()[1]
	type flow struct{ acked, edge uint32 }
	flows := map[uint16]*flow{}
	most := uint32(0)
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if !up && g.Dst == narrow {
			if g.Window /= 4; g.Flags&wire.SYN != 0 {
				flows[g.DstPort] = &flow{}
			}
			if f := flows[g.DstPort]; f != nil {
				if e := g.Ack + uint32(g.Window); int32(e-f.edge) > 0 || f.edge == 0 {
					f.edge = e
				}
				f.acked = g.Ack
			}
		}
		if f := flows[g.SrcPort]; up && g.Src == narrow && f != nil && g.Payload.Len > 0 {
			end := g.Seq + g.Payload.Len
			most = max(most, end-f.acked)
			if int32(end-f.edge) > 0 {
				t.Fatalf("%d octets beyond the window of the subflow", end-f.edge)
			}
		}
	})
	client, server := n.connect(3_000_000, 0)
	k.client, k.server = client, server
	n.run(5 * unit.Second)
	a, _ := n.conns(client, server)
	if a.sndWindowMax < 30_000 || most == 0 || most > 16_000 {
		t.Errorf("window of the connection %d, at most %d in flight on the narrow path", a.sndWindowMax, most)
	}
	n.run(60 * unit.Second)
	if server.read != 3_000_000 {
		t.Errorf("read %d", server.read)
	}
}

// TestForgotten: a receiver may throw away what waits behind a hole though its subflow has acknowledged it: the sender
// keeps it until the DATA_ACK and sends it again (section 3.3.2).
func TestForgotten(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	client, server := n.connect(4_000_000, 0)
	comp := n.w.Component("test")
	dropped := int64(0)
	for i := range 20 {
		n.w.Call(comp, sim.Time(i+1)*sim.Time(100*unit.Millisecond), func(sim.Time) {
			_, s := n.conns(client, server)
			dropped += s.rcv.OutOfOrder()
			s.rcv.Forget()
		})
	}
	n.run(100 * unit.Second)
	if server.read != 4_000_000 || !server.eof || dropped == 0 {
		t.Errorf("read %d, %d octets thrown away", server.read, dropped)
	}
}

// TestControlBlock: what appendix C asks to be kept, on both sides and on the wire.
func TestControlBlock(t *testing.T) {
	for _, sum := range []tcp.Switch{tcp.Off, tcp.On} {
		c := one()
		c.client.PathManager, c.client.Checksum = "fullmesh", sum
		n, _, _ := newNet(t, c)
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, _ bool) {
			if d := &g.DSS; g.Opts&wire.OptDSS != 0 && d.Flags&wire.DSSMap != 0 &&
				(d.Flags&wire.DSSSum != 0) != (sum == tcp.On) {
				t.Fatalf("checksums %v: %s", sum, describe(g, true))
			}
		})
		client, server := n.connect(500_000, 500_000)
		n.run(200 * unit.Millisecond)
		a, b := n.conns(client, server)
		for _, x := range []*Conn{a, b} {
			i := x.Info()
			if x.localToken != wire.Token(x.localKey, 1) || x.localIDSN != wire.IDSN(x.localKey, 1) ||
				i.LocalToken != x.localToken || x.s.tokens.find(x.localToken) != x || i.Checksum != (sum == tcp.On) {
				t.Errorf("token %x of key %x, %+v", x.localToken, x.localKey, i)
			}
			if x.snd.Una() > x.snd.Nxt() || x.snd.Nxt() > x.sndEdge || x.rcv.Next() > x.rcvEdge {
				t.Errorf("una %d, nxt %d, edge %d; next %d, edge %d", x.snd.Una(), x.snd.Nxt(), x.sndEdge, x.rcv.Next(),
					x.rcvEdge)
			}
			for _, sf := range x.live {
				if sf.e.SndUna() > sf.e.SndNxt() || sf.wndEdge == 0 || sf.e.RcvNxt() == 0 {
					t.Errorf("subflow una %d, nxt %d, window's edge %d", sf.e.SndUna(), sf.e.SndNxt(), sf.wndEdge)
				}
			}
		}
		if a.remoteKey != b.localKey || b.remoteKey != a.localKey || a.remoteToken != b.localToken || len(a.live) != 2 {
			t.Errorf("keys %x %x, %x %x", a.localKey, a.remoteKey, b.localKey, b.remoteKey)
		}
	}
}

// TestNamesStay: the addresses and ports that an application is shown stay those of the first subflow when it is gone,
// and address lists belong to one connection (section 4).
func TestNamesStay(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	client, server := n.connect(1000, 0)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	a, b := n.conns(client, server)
	addr, port := a.Local()
	other := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
	n.run(unit.Second)
	before := len(other.paths.learnt)
	a.ManagePaths(n.w.Now(), func(p pm.Conn) { p.CloseSubflow(0) })
	announceAs(n, b, wire.AddAddr{ID: 9, Addr: n.server.Addrs()[0]})
	n.run(unit.Second)
	if i, _ := a.Subflow(0); i.State != "closing" && i.State != "closed" {
		t.Fatalf("first subflow is %s", i.State)
	}
	addr2, port2 := a.Local()
	remote, rport := b.Remote()
	if addr != addr2 || port != port2 || remote != addr || rport != port || addr != n.client.Addrs()[0] {
		t.Errorf("%v:%d, then %v:%d, at the peer %v:%d", addr, port, addr2, port2, remote, rport)
	}
	if len(other.paths.learnt) != before {
		t.Errorf("another connection has learnt %d addresses", len(other.paths.learnt)-before)
	}
}

// TestFinOnSilentPath: both hosts send FIN on all subflows, also on one that has gone silent (section 3.3.3); how long a
// closed subflow is remembered is a setting.
func TestFinOnSilentPath(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	c.tcp.TimeWait = 3 * unit.Second
	n, ch, sh := newNet(t, c)
	client, server := n.connect(1000, 1000)
	client.keepOpen, server.keepOpen = true, true
	n.run(unit.Second)
	second := n.client.Addrs()[1]
	fins := map[wire.Addr]bool{}
	ch.drop = func(_ sim.Time, g *wire.Segment) bool {
		if g.Flags&wire.FIN != 0 {
			fins[g.Src] = true
		}
		return g.Src == second
	}
	sh.drop = func(_ sim.Time, g *wire.Segment) bool {
		if g.Flags&wire.FIN != 0 && g.Dst == second {
			fins[g.Src] = true
		}
		return g.Dst == second
	}
	client.s.CloseWrite(n.w.Now())
	server.s.CloseWrite(n.w.Now())
	n.run(2 * unit.Second)
	a, _ := n.conns(client, server)
	if len(fins) != 3 || a.State() != TimeWait {
		t.Errorf("FINs from %d of 3 addresses, %v", len(fins), a.State())
	}
	waiting := 0
	a.EachSubflow(func(i SubflowInfo) bool {
		if i.TCP.State == tcp.StateTimeWait.String() {
			waiting++
		}
		return true
	})
	n.run(4 * unit.Second)
	if i, _ := a.Subflow(0); waiting != 1 || i.State != "closed" || a.State() != TimeWait {
		t.Errorf("%d subflows in TIME-WAIT; then %s, connection in %v", waiting, i.State, a.State())
	}
	n.run(100 * unit.Second)
	if a.State() != Closed {
		t.Errorf("state %v", a.State())
	}
}
