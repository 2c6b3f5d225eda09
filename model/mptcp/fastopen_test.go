package mptcp

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// fastNet is a net whose hosts use Fast Open; listen has the server take connections.
func fastNet(t *testing.T, edit func(c *netConfig)) (n *testNet, ch, sh *tapped, server *endpoint) {
	t.Helper()
	c := one()
	c.tcp.FastOpen = tcp.FastOpenClient | tcp.FastOpenServer
	if edit != nil {
		edit(&c)
	}
	n, ch, sh = newNet(t, c)
	server = &endpoint{t: t, name: "server", keepOpen: true}
	if n.ss == nil {
		must(0, n.st.ListenStream(wire.Addr{}, serverPort, func(now sim.Time, s *tcp.Stream) {
			server.s, server.stream, server.read = s, 0, 0
			server.start(now)
		}))
	} else {
		must(0, n.ss.Listen(wire.Addr{}, serverPort, func(now sim.Time, s *Conn) {
			server.s, server.stream, server.read = s, 0, 0
			server.start(now)
		}))
	}
	must(0, n.st.SetFastOpenQueue(wire.Addr{}, serverPort, 8))
	return n, ch, sh, server
}

// fast opens a connection with octets queued before its SYN.
func (n *testNet) fast(octets int64) *Conn {
	n.t.Helper()
	c := must(n.cs.Prepare(n.w.Now(), n.client.Addrs()[0], 0, n.server.Addrs()[0], serverPort))
	c.UseFastOpen()
	c.Queue(n.w.Now(), octets)
	c.Connect(n.w.Now())
	return c
}

// TestWholeCookie: Linux 6.18 leaves the timestamps out of a SYN/ACK with cookie and MP_CAPABLE, and does without
// them from then on.
func TestWholeCookie(t *testing.T) {
	n, _, _, server := fastNet(t, func(*netConfig) {})
	var segs []wire.Segment
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) { segs = append(segs, *seg) })
	n.fast(20)
	n.run(unit.Second)
	if a := segs[1]; a.Has(wire.OptTimestamps) || !a.Has(wire.OptCapable) || a.FastOpen.Len != 8 {
		t.Fatalf("grant: %v", &a)
	}
	for i := range segs[1:] {
		if segs[1+i].Has(wire.OptTimestamps) {
			t.Errorf("%v", &segs[1+i])
		}
	}
	if server.read != 20 {
		t.Errorf("read %d", server.read)
	}
	segs = nil
	n.fast(20)
	n.run(unit.Second)
	if !segs[0].Has(wire.OptTimestamps) || segs[0].Payload.Len != 20 || !segs[1].Has(wire.OptTimestamps) {
		t.Errorf("with cookie: %v, %v", &segs[0], &segs[1])
	}
}

// TestFastOpen is figures 18 and 19 of RFC 8684 appendix B: the cookie is asked for and granted beside
// MP_CAPABLE, and cut to fit; then data goes with the SYN. The server may send before the third packet,
// without DATA_ACK (erratum 6609). The octet behind those of the SYN has DSN IDSN+1 and SSN 1.
func TestFastOpen(t *testing.T) {
	for _, sum := range []tcp.Switch{tcp.Off, tcp.On} {
		n, _, _, server := fastNet(t, func(c *netConfig) {
			c.client.Checksum, c.server.Data.WholeCookie = sum, tcp.Off
		})
		var segs []wire.Segment
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) { segs = append(segs, *seg) })
		n.fast(20)
		n.run(unit.Second)
		syn, answer := segs[0], segs[1]
		if !syn.Has(wire.OptCapable|wire.OptFastOpen) || syn.FastOpen.Len != 0 || syn.Payload.Len != 0 || syn.Capable.Form != 4 {
			t.Fatalf("request: %v", &syn)
		}
		if answer.Opts&wire.OptTimestamps == 0 || answer.Capable.Form != 12 || answer.FastOpen.Len < 4 ||
			answer.FastOpen.Len > 7 || answer.OptionLen() > 40 {
			t.Fatalf("grant: %v", &answer)
		}
		segs = nil
		server.left = 100
		c := n.fast(20)
		n.run(15 * unit.Millisecond)
		if s := server.s.(*Conn); server.read != 20 || s.remoteKnown || !s.FastOpened() {
			t.Fatalf("the server has read %d octets from the SYN", server.read)
		}
		n.run(100 * unit.Millisecond)
		syn, answer, first := segs[0], segs[1], segs[2]
		if syn.Payload.Len != 20 || syn.FastOpen.Len < 4 || syn.Capable.Form != 4 || syn.OptionLen() > 40 {
			t.Fatalf("SYN: %v", &syn)
		}
		if answer.Ack != syn.Seq+21 || answer.Capable.Form != 12 {
			t.Fatalf("SYN/ACK: %v", &answer)
		}
		if first.Src != answer.Src || first.Payload.Len != 100 ||
			first.DSS.Flags&(wire.DSSAck|wire.DSSMap) != wire.DSSMap || first.DSS.SSN != 1 ||
			first.DSS.DSN != wire.IDSN(answer.Capable.SenderKey, 1)+1 {
			t.Fatalf("early data: %v", &first)
		}
		segs = nil
		c.Queue(n.w.Now(), 30)
		n.run(200 * unit.Millisecond)
		data, ack := segs[0], segs[1]
		form := uint8(22)
		if sum == tcp.On {
			form = 24
		}
		if data.Seq != syn.Seq+21 || data.Payload.Len != 30 || data.Capable.Form != form ||
			data.Capable.DataLen != 30 {
			t.Fatalf("first data: %v", &data)
		}
		if want := wire.IDSN(c.localKey, 1) + 1 + 30; ack.DSS.DataAck != want {
			t.Errorf("DATA_ACK %x, want %x", ack.DSS.DataAck, want)
		}
		segs = nil
		c.Queue(n.w.Now(), 40)
		n.run(200 * unit.Millisecond)
		if d := segs[0].DSS; d.SSN != 31 || d.DSN != wire.IDSN(c.localKey, 1)+31 {
			t.Errorf("second data: %v", &segs[0])
		}
		if s := server.s.(*Conn); c.Fallback() || s.Fallback() || server.read != 90 || c.snd.Una() != 90 ||
			!c.FastOpened() {
			t.Errorf("read %d, acknowledged %d", server.read, c.snd.Una())
		}
	}
}

// TestFastOpenPartly is figures 20 and 21: octets of the SYN that the SYN/ACK does not acknowledge, all or
// some, are sent again at once, mapped from DSN IDSN+1 and SSN 1 on.
func TestFastOpenPartly(t *testing.T) {
	for _, left := range []int64{0, 501, 1000} {
		n, _, _, server := fastNet(t, nil)
		n.fast(10)
		n.run(unit.Second)
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
			if up && seg.Flags&wire.SYN != 0 { // as if the server had taken no more
				seg.Payload.Len = uint32(left)
				if left == 0 {
					seg.Opts &^= wire.OptFastOpen
				}
			}
		})
		var segs []wire.Segment
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
			if up && seg.Flags&wire.SYN == 0 {
				segs = append(segs, *seg)
			}
		})
		c := n.fast(1000)
		c.Queue(n.w.Now(), 200)
		n.run(unit.Second)
		if server.read != 1200 || c.Fallback() || server.s.(*Conn).Fallback() || c.snd.Una() != 1200 {
			t.Fatalf("%d on the SYN: read %d, acknowledged %d", left, server.read, c.snd.Una())
		}
		first := segs[0]
		want := uint32(1000 - left)
		if left == 1000 {
			want = 200
		}
		if first.Payload.Len != want || first.Payload.Pos != uint64(left) || first.Capable.Form != 22 ||
			first.Capable.DataLen != uint16(want) {
			t.Errorf("%d on the SYN: first data %v", left, &first)
		}
		if c.localIDSN != wire.IDSN(c.localKey, 1)-uint64(left) {
			t.Errorf("%d on the SYN: first octet behind it has not IDSN+1", left)
		}
	}
}

// TestFastOpenFallsBack: with a SYN that carries data, too, every damage to MP_CAPABLE leaves plain TCP, and
// no octet is lost or comes twice; also with a peer that has no MPTCP.
func TestFastOpenFallsBack(t *testing.T) {
	list := append([]damage{{"none", nil}, {"plain server", nil}}, damages...)
	for _, d := range list {
		n, _, _, server := fastNet(t, func(c *netConfig) {
			c.plainServer = d.name == "plain server"
			c.server.Data.WholeCookie = tcp.Off // some damages are longer than what they change
		})
		n.fast(10)
		n.run(unit.Second)
		if d.f != nil {
			n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) { d.f(seg, up) })
		}
		server.left = 3000
		client := &endpoint{t: t, name: "client", keepOpen: true}
		c := n.fast(700)
		client.s = c
		client.start(n.w.Now())
		n.run(100 * unit.Millisecond)
		client.left = 5000
		client.notify(n.w.Now(), 0)
		n.run(10 * unit.Second)
		if server.read != 5700 || client.read != 3000 || c.Fallback() != (d.name != "none") {
			t.Errorf("%s: read %d and %d, fallback %v", d.name, server.read, client.read, c.Fallback())
		}
	}
}

// TestFastOpenLost: lost SYNs, SYN/ACKs and third packets, with joins afterwards: every octet arrives once.
func TestFastOpenLost(t *testing.T) {
	for lost := range 16 {
		n, ch, sh, server := fastNet(t, func(c *netConfig) {
			c.client.PathManager = "fullmesh"
			c.seed = uint64(lost + 1)
			c.server.Checksum = tcp.On
		})
		n.fast(10)
		n.run(70 * unit.Second)
		for i := range 2 {
			if lost>>i&1 != 0 {
				dropNth(ch, i, func(s *wire.Segment) bool { return s.Opts&wire.OptJoin == 0 })
			}
			if lost>>(i+2)&1 != 0 {
				dropNth(sh, i, func(s *wire.Segment) bool { return s.Opts&wire.OptJoin == 0 })
			}
		}
		server.left = 300_000
		client := &endpoint{t: t, name: "client", keepOpen: true, left: 300_000}
		c := n.fast(900)
		client.s = c
		client.start(n.w.Now())
		n.run(30 * unit.Second)
		if server.read != 300_900 || client.read != 300_000 || c.Fallback() || c.Info().SubflowsTotal != 2 {
			t.Errorf("lost %04b: read %d and %d, %+v", lost, server.read, client.read, c.Info())
		}
	}
}

// TestFastOpenV0: version 0 does not send data on SYNs.
func TestFastOpenV0(t *testing.T) {
	n, _, _, server := fastNet(t, func(c *netConfig) { c.client.Versions, c.server.Versions = V0, V0|V1 })
	n.fast(10)
	n.run(unit.Second)
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, _ bool) {
		if seg.Flags&wire.SYN != 0 && (seg.Payload.Len > 0 || seg.OptionLen() > 40) {
			t.Errorf("%v", seg)
		}
	})
	if c := n.fast(50); c.Version() != 0 {
		t.Error("another version")
	}
	n.run(unit.Second)
	if server.read != 50 || server.s.(*Conn).Fallback() {
		t.Errorf("read %d", server.read)
	}
}

// TestFastOpenReset: a connection opened early whose handshake never ends is over, not waiting for another
// subflow.
func TestFastOpenReset(t *testing.T) {
	n, ch, _, server := fastNet(t, nil)
	n.fast(10)
	n.run(unit.Second)
	ch.drop = func(_ sim.Time, s *wire.Segment) bool { return s.Flags&wire.SYN == 0 }
	n.fast(50)
	n.run(200 * unit.Second)
	if s := server.s.(*Conn); server.read != 50 || s.State() != Closed || server.err == nil {
		t.Errorf("read %d, state %v, error %v", server.read, s.State(), server.err)
	}
}
