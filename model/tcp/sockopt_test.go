package tcp

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Settings made before the handshake show on the SYN and the SYN/ACK, and hold for the segments that follow.
func TestSettingsBeforeTheHandshake(t *testing.T) {
	c := duplex(100_000_000, 5*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{})
	var syns []wire.Segment
	longest := uint32(0)
	note := func(_ sim.Time, seg *wire.Segment) {
		if seg.Flags.Has(wire.SYN) {
			syns = append(syns, seg.Canonical())
		}
		longest = max(longest, seg.Payload.Len)
		if seg.TOS != 0x20 && seg.Src == n.a.addr {
			t.Errorf("TOS %#x from a", seg.TOS)
		}
	}
	n.a.sent, n.b.sent = note, note
	var b *peer
	prepare := func(_ sim.Time, s *Stream) {
		if err := s.Endpoint().SetMaxSeg(1100); err != nil {
			t.Fatal(err)
		}
		s.SetReceiveBuffer(200_000)
	}
	err := n.sb.ListenStreamWith(wire.Addr{}, 80, prepare, func(_ sim.Time, s *Stream) {
		b = &peer{t: t, n: n}
		b.attach(s)
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := n.sa.PrepareStream(0, n.a.addr, 4444, n.b.addr, 80)
	if err != nil {
		t.Fatal(err)
	}
	s.Endpoint().SetTOS(0x22) // the ECN bits are TCP's
	if s.Endpoint().SetMaxSeg(40) == nil || s.Endpoint().SetMaxSeg(1<<15) == nil {
		t.Error("an absurd maximum segment was taken")
	}
	a := &peer{t: t, n: n, toSend: 50_000, close: true}
	a.attach(s)
	s.Connect(0)
	n.run(unit.Second)
	if len(syns) != 2 || syns[0].MSS != 1460 || syns[0].SrcPort != 4444 || syns[1].MSS != 1100 ||
		syns[1].WindowScale != 2 {
		t.Fatalf("%v", syns)
	}
	if longest != 1088 || b.read != 50_000 { // timestamps take 12 octets
		t.Errorf("longest segment %d, read %d", longest, b.read)
	}
	i := b.s.TCPInfo(n.w.Now())
	if i.Advmss != 1100 || i.BytesReceived != 50_000 || i.State != 8 || i.Options&InfoTimestamps == 0 {
		t.Errorf("%+v", i)
	}
}

// The bound of unsent octets stops the writer long before the send buffer is full (tcp(7),
// TCP_NOTSENT_LOWAT).
func TestNotSentLowat(t *testing.T) {
	c := duplex(10_000_000, 20*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{})
	a, b := n.connect(2_000_000, 0)
	a.s.SetNotSentLowat(0, 8000)
	most := int64(0)
	n.a.sent = func(sim.Time, *wire.Segment) {
		most = max(most, a.s.SendBuffer().Unsent())
	}
	wrote := a.write
	a.s.SetNotify(func(now sim.Time, r Ready) {
		if r&Writable != 0 && a.toSend > 0 {
			k := min(a.toSend, 4000) // a small write each time, as such applications make
			a.toSend -= k
			a.s.Queue(now, k)
			for a.toSend > 0 && a.s.SendSpace() > 0 {
				k := min(a.toSend, 4000, a.s.SendSpace())
				a.toSend -= k
				a.s.Queue(now, k)
			}
			if a.toSend == 0 {
				wrote(now)
			}
		}
	})
	n.run(60 * unit.Second)
	if b.read != 2_000_000 {
		t.Fatalf("read %d", b.read)
	}
	if most > 12_000 {
		t.Errorf("%d octets waited unsent", most)
	}
}

// The times of what held a stream back: the peer's window, the send buffer, the network.
func TestWhatLimitsAStream(t *testing.T) {
	c := duplex(8_000_000, 5*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{ReceiveBuffer: 20_000, ReceiveBufferMax: 20_000})
	a, b := n.connect(100_000, 0)
	b.noRead = true
	n.run(2 * unit.Second)
	i := a.s.TCPInfo(n.w.Now())
	if i.RwndLimited < 1_900_000 || i.BusyTime < i.RwndLimited || i.BusyTime > 2_000_000 ||
		i.SndbufLimited != 0 {
		t.Errorf("nobody reads: %d us, busy %d us, buffer %d us", i.RwndLimited, i.BusyTime, i.SndbufLimited)
	}
	b.noRead = false
	b.readAll(n.w.Now())
	n.run(unit.Minute)
	j := a.s.TCPInfo(n.w.Now())
	if j.BusyTime > 3_000_000 || j.State != 7 || j.Probes != 0 || j.Delivered < 70 || j.Unacked != 0 {
		t.Errorf("after the end: %+v", j)
	}
}

// A reconfigured host opens its next connections with the new parameters.
func TestReconfigure(t *testing.T) {
	c := duplex(8_000_000, 5*unit.Millisecond)
	n := newTestNet(t, 1, c, c, Config{}, Config{})
	var opts []wire.Options
	n.a.sent = func(_ sim.Time, seg *wire.Segment) {
		if seg.Flags.Has(wire.SYN) {
			opts = append(opts, seg.Opts)
		}
	}
	n.connect(100, 0)
	n.run(unit.Second)
	cfg := n.sa.Config()
	cfg.Timestamps = Off
	if err := n.sa.Reconfigure(cfg); err != nil {
		t.Fatal(err)
	}
	if err := n.sa.Reconfigure(Config{MTU: 3}); err == nil {
		t.Error("an MTU of 3 was taken")
	}
	if _, err := n.sa.DialStream(n.w.Now(), n.a.addr, n.b.addr, 80); err != nil {
		t.Fatal(err)
	}
	n.run(unit.Second)
	if len(opts) != 2 || opts[0]&wire.OptTimestamps == 0 || opts[1]&wire.OptTimestamps != 0 {
		t.Errorf("options of the SYNs: %v", opts)
	}
}
