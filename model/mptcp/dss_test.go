package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestUnwrap: 32-bit numbers are extended around the one expected, also across a wrap, and reordering
// around it makes no false one (RFC 8684 section 3.3.1).
func TestUnwrap(t *testing.T) {
	for _, tt := range []struct {
		expected uint64
		n        uint32
		want     uint64
	}{
		{5, 7, 7}, {1 << 32, 0xfffffff0, 0xfffffff0}, {0xfffffff0, 5, 1<<32 + 5}, {1<<40 - 3, 2, 1<<40 + 2},
		{1<<40 + 2, 0xfffffffd, 1<<40 - 3}, {1<<64 - 1, 3, 3}, {3, 0xffffffff, 1<<64 - 1},
	} {
		if got := unwrap32(tt.expected, tt.n); got != tt.want {
			t.Errorf("%#x near %#x: %#x, want %#x", tt.n, tt.expected, got, tt.want)
		}
	}
}

// TestShortNumbers: a peer that sends 4-octet DSNs and DATA_ACKs, always or now and then, is understood.
func TestShortNumbers(t *testing.T) {
	for every := range 3 {
		n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
		count := 0
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
			if count++; s.Opts&wire.OptDSS != 0 && count%(every+1) == 0 {
				s.DSS.Flags &^= wire.DSSAck8 | wire.DSSMap8
				s.DSS.DataAck, s.DSS.DSN = uint64(uint32(s.DSS.DataAck)), uint64(uint32(s.DSS.DSN))
			}
		})
		client, server := n.connect(1_000_000, 1_000_000)
		n.run(30 * unit.Second)
		if client.read != 1_000_000 || server.read != 1_000_000 || client.err != nil || server.err != nil {
			t.Errorf("every %d: read %d and %d", every, client.read, server.read)
		}
	}
}

// TestMappingUnchanged: a close after data was sent does not change the mapping of what is sent again
// (section 3.3.1).
func TestMappingUnchanged(t *testing.T) {
	n, ch, _ := newNet(t, one())
	check := n.check()
	client, server := n.connect(0, 0)
	check.client, check.server = client, server
	client.keepOpen, server.keepOpen = true, true
	n.run(100 * unit.Millisecond)
	client.s.Queue(n.w.Now(), 100)
	n.run(100 * unit.Millisecond)
	dropNth(ch, 0, func(s *wire.Segment) bool { return s.Payload.Len > 0 })
	client.s.Queue(n.w.Now(), 100)
	client.s.CloseWrite(n.w.Now())
	n.run(2 * unit.Second)
	if server.read != 200 || !server.eof {
		t.Errorf("read %d, end of stream %v", server.read, server.eof)
	}
}

// TestContradictingMapping: bytes are never bound anew; the subflow is reset with reason 0x01 and its data
// comes over another (section 3.3.1).
func TestContradictingMapping(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	done := false
	n.taps = append(n.taps, func(now sim.Time, s *wire.Segment, up bool) {
		if done || !up || now < sim.Time(500*unit.Millisecond) || s.Src != n.client.Addrs()[0] || s.Payload.Len == 0 {
			return
		}
		if s.DSS.SSN != s.Seq-n.cs.l.conns[0].subs[0].e.ISS() {
			done = true
			s.DSS.DSN += 100_000 // not the first segment of its mapping
		}
	})
	client, server := n.connect(5_000_000, 0)
	n.run(30 * unit.Second)
	if !done || contains(*lines, "< R. rst reason 1") != 1 || server.read != 5_000_000 || client.err != nil {
		t.Errorf("damaged %v, read %d, %v\n%s", done, server.read, client.err, strings.Join(*lines, "\n")[:500])
	}
}

// TestDataBehindFin: nothing is delivered behind the DATA_FIN (section 3.3.3) or behind the window (3.8).
func TestDataBehindFin(t *testing.T) {
	n, _, _ := newNet(t, one())
	client, server := n.connect(1000, 0)
	client.keepOpen, server.pause = true, true
	n.run(unit.Second)
	_, s := n.conns(client, server)
	sf, stream := s.subs[0], client.s.(*Conn).SendStream()
	edge := s.rcvEdge
	s.arrive(n.w.Now(), sf, edge+2000, wire.Payload{Stream: stream, Pos: edge + 2000, Len: 10})
	if s.rcv.OutOfOrder() != 0 || s.Info().BytesOutOfWindow != 10 {
		t.Error("data behind the window was kept")
	}
	s.rcvFin, s.rcvFinKnown = 1005, true
	s.arrive(n.w.Now(), sf, 1000, wire.Payload{Stream: stream, Pos: 1000, Len: 10})
	if s.rcv.Next() != 1005 || !s.rcvFinDone {
		t.Errorf("next is %d", s.rcv.Next())
	}
}

// TestFewDataAcks: once a path is known to let options through, segments without any are no error (section
// 3.3.2).
func TestFewDataAcks(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	count := 0
	n.taps = append(n.taps, func(now sim.Time, s *wire.Segment, up bool) {
		if !up && s.Payload.Len == 0 && now > sim.Time(500*unit.Millisecond) && s.Flags&wire.SYN == 0 {
			if count++; count%3 != 0 {
				s.Opts &^= wire.OptDSS
			}
		}
	})
	client, server := n.connect(5_000_000, 0)
	n.run(30 * unit.Second)
	a, b := n.conns(client, server)
	if server.read != 5_000_000 || a.Fallback() || b.Fallback() || a.Info().SubflowsTotal != 2 ||
		contains(*lines, "R") != 0 {
		t.Errorf("read %d, fallback %v %v, %d subflows", server.read, a.Fallback(), b.Fallback(), a.Info().SubflowsTotal)
	}
}

// TestNoDataAcks: data that is acknowledged on its subflow but never at the data level is sent again, ever
// more rarely (section 3.3.6), and the stream goes on when DATA_ACKs come back.
func TestNoDataAcks(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	strip := false
	n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, up bool) {
		if strip && !up && s.Opts&wire.OptDSS != 0 {
			s.DSS.Flags &^= wire.DSSAck
		}
	})
	client, server := n.connect(5_000_000, 0)
	n.run(unit.Second)
	strip = true
	n.run(60 * unit.Second)
	a, _ := n.conns(client, server)
	i := a.Info()
	if i.DataRTOs < 3 || i.DataRTOs > 12 || i.BytesReinjected == 0 {
		t.Errorf("%d data-level timeouts, %d octets sent again", i.DataRTOs, i.BytesReinjected)
	}
	strip = false
	n.run(200 * unit.Second)
	if server.read != 5_000_000 || !server.eof || client.err != nil {
		t.Errorf("read %d, %v", server.read, client.err)
	}
}

// TestWrongDataAck: a DATA_ACK of what was never sent, or one that is old, counts for nothing (section
// 3.3.2).
func TestWrongDataAck(t *testing.T) {
	n, _, _ := newNet(t, one())
	client, server := n.connect(500_000, 0)
	n.run(100 * unit.Millisecond)
	c, _ := n.conns(client, server)
	una := c.snd.Una()
	for _, pos := range []uint64{c.snd.Nxt() + 1, c.snd.Nxt() + 1_000_000, una - 1, 0, 1 << 63} {
		c.takeDataAck(n.w.Now(), &wire.DSS{Flags: wire.DSSAck | wire.DSSAck8, DataAck: c.localIDSN + 1 + pos})
		if c.snd.Una() != una {
			t.Fatalf("%d was acknowledged, of %d sent", pos, c.snd.Nxt())
		}
	}
	n.run(2 * unit.Second)
	if server.read != 500_000 {
		t.Errorf("read %d", server.read)
	}
}

// TestFillHole: the data-level timer leaves alone what a working subflow is about to bring.
func TestFillHole(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 1, paths: twoPaths()})
	client, server := n.connect(0, 5_000_000)
	n.run(2 * unit.Second)
	_, s := n.conns(client, server)
	if s.fillHole(); s.reinject.len() != 0 {
		t.Errorf("would send again %+v", s.reinject.list)
	}
	for _, sf := range s.live {
		sf.suspect = true
	}
	if s.fillHole(); s.reinject.len() != 1 || s.reinject.list[0].start != s.snd.Una() {
		t.Errorf("would send again %+v", s.reinject.list)
	}
}

// TestSmallRequest: data and close before the handshake is done: the DATA_FIN, which MP_CAPABLE cannot say,
// follows at once.
func TestSmallRequest(t *testing.T) {
	n, _, _ := newNet(t, one())
	lines := n.record(false)
	_, server := n.connect(500, 0)
	server.keepOpen = true
	n.run(100 * unit.Millisecond)
	expect(t, *lines, `
		> S capable4 v1 flags 01
		< S. capable12 v1 flags 01
		> P. len 500 capable22 v1 flags 01 dll 500
		> . dss ack4 map ssn 0 dll 1 fin
		< . dss ack8
		< . dss ack8`)
}

// TestSameDigest: the same seed gives the same digest, another one another.
func TestSameDigest(t *testing.T) {
	digest := func(seed uint64) string {
		c := netConfig{seed: seed, paths: twoPaths()}
		c.paths[1].loss = unit.Ratio{Num: 1, Den: 100}
		n, _, _ := newNet(t, c)
		n.connect(300_000, 2_000_000)
		n.run(20 * unit.Second)
		return n.w.Digest()
	}
	if a, b, c := digest(1), digest(1), digest(2); a != b || a == c {
		t.Errorf("digests %s %s %s", a, b, c)
	}
}

// TestConfig: profiles, and values that are refused.
func TestConfig(t *testing.T) {
	for _, p := range Profiles() {
		if c, err := (Config{Profile: p}).Resolved(); err != nil || c.Scheduler == "" || c.CloseTimeout == 0 {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, c := range []Config{
		{Profile: "bsd"}, {Checksum: tcp.On, RefuseChecksum: tcp.On}, {SYNsCapable: -1}, {MaxSubflows: 1000},
		{StaleRTOs: -1}, {MinDataRTO: -1}, {CloseTimeout: -1}, {AddAddrTries: -1}, {ReceiveBuffer: 1},
		{SendBufferMax: 10}, {Scheduler: "none such"}, {PathManager: "none such"},
	} {
		if c.Validate() == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
