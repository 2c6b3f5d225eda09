package mptcp

import (
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// silence makes the client's path i lose everything from now on, in both directions and without notice.
func silence(n *testNet, ch, sh *tapped, i int) {
	addr := n.client.Addrs()[i]
	ch.drop = func(_ sim.Time, seg *wire.Segment) bool { return seg.Src == addr }
	sh.drop = func(_ sim.Time, seg *wire.Segment) bool { return seg.Dst == addr }
}

// TestHandoverGap repeats an experiment that was run on Linux 6.18: a bulk transfer over 8 Mbit/s paths of
// 20 and 80 ms, the first of which goes silent. There the application's reads paused for 0.59 s.
func TestHandoverGap(t *testing.T) {
	for _, up := range []bool{false, true} {
		n, ch, sh := newNet(t, netConfig{seed: 1, paths: twoPaths()})
		size := int64(40_000_000)
		var sender, reader *endpoint
		if up {
			sender, reader = n.connect(size, 0)
		} else {
			reader, sender = n.connect(0, size)
		}
		n.run(5 * unit.Second)
		rto := unit.Duration(0)
		sender.s.(*Conn).EachSubflow(func(i SubflowInfo) bool { rto = max(rto, i.TCP.RTO); return true })
		silence(n, ch, sh, 0)
		sent := sender.s.(*Conn).snd.Nxt()
		reader.gap = 0
		n.run(1500 * unit.Millisecond)
		if reader.read < sent {
			t.Errorf("up %v: %d octets sent before the silence were not read 1.5 s after it", up, sent-reader.read)
		}
		n.run(13500 * unit.Millisecond)
		t.Logf("up %v: gap %v at %v, RTO before %v", up, reader.gap, reader.gapAt, rto)
		if reader.gap > rto+80*unit.Millisecond {
			t.Errorf("up %v: reads paused for %v, RTO %v", up, reader.gap, rto)
		}
		before := reader.read
		n.run(10 * unit.Second)
		if rate := float64(reader.read-before) * 8 / 10; rate < 7.2e6 {
			t.Errorf("up %v: %.1f Mbit/s on the path that is left", up, rate/1e6)
		}
		n.run(60 * unit.Second)
		if int64(reader.read) != size || !reader.eof {
			t.Errorf("up %v: %d octets of %d", up, reader.read, size)
		}
		i, _ := sender.s.(*Conn).Subflow(0)
		if i.State != "closing" || i.TCP.RTOs < 4 {
			t.Errorf("silent subflow: %+v", i)
		}
	}
}

// TestBackupHandover has the second path as backup: silent until the first one fails.
func TestBackupHandover(t *testing.T) {
	for _, up := range []bool{false, true} {
		n, ch, sh := newNet(t, netConfig{seed: 2, paths: twoPaths(), backup: 1})
		size := int64(10_000_000)
		var sender, reader *endpoint
		if up {
			sender, reader = n.connect(size, 0)
		} else {
			reader, sender = n.connect(0, size)
		}
		n.run(5 * unit.Second)
		s := sender.s.(*Conn)
		if i, ok := s.Subflow(1); !ok || !i.Backup || i.BytesNew != 0 || i.State != "established" {
			t.Errorf("backup subflow before: %+v", i)
		}
		silence(n, ch, sh, 0)
		reader.gap = 0
		n.run(15 * unit.Second)
		t.Logf("up %v: gap %v at %v", up, reader.gap, reader.gapAt)
		if reader.gap > 800*unit.Millisecond {
			t.Errorf("up %v: reads paused for %v", up, reader.gap)
		}
		if int64(reader.read) != size {
			t.Errorf("up %v: read %d", up, reader.read)
		}
	}
}

// TestSinglePathHandover takes the first interface down: the connection has no subflow until the second
// one has joined.
func TestSinglePathHandover(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 3, paths: twoPaths(), client: Config{PathManager: "single-path"}})
	client, server := n.connect(0, 10_000_000)
	n.run(3 * unit.Second)
	c, s := n.conns(client, server)
	if got := c.Info().SubflowsTotal; got != 1 {
		t.Fatalf("%d subflows before", got)
	}
	client.gap = 0
	n.client.SetInterface(n.w.Now(), 0, false)
	n.run(5 * unit.Second)
	t.Logf("gap %v at %v", client.gap, client.gapAt)
	if client.gap > 400*unit.Millisecond {
		t.Errorf("reads paused for %v", client.gap)
	}
	if got := c.Info().Subflows; got != 1 {
		t.Errorf("%d subflows after", got)
	}
	n.client.SetInterface(n.w.Now(), 0, true)
	n.run(20 * unit.Second)
	if client.read != 10_000_000 || !client.eof {
		t.Errorf("read %d", client.read)
	}
	if s.s.count.RmAddr == 0 {
		t.Error("the server never heard REMOVE_ADDR")
	}
	dump(t, s)
}

// TestBreakBeforeMake leaves the connection without any interface for a while.
func TestBreakBeforeMake(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 4, paths: twoPaths()})
	client, server := n.connect(10_000_000, 10_000_000)
	n.run(2 * unit.Second)
	for i := range 2 {
		n.client.SetInterface(n.w.Now(), i, false)
	}
	n.run(15 * unit.Second)
	at := client.read
	n.client.SetInterface(n.w.Now(), 1, true)
	n.run(40 * unit.Second)
	if at == 10_000_000 || client.read != 10_000_000 || server.read != 10_000_000 {
		t.Errorf("client read %d then %d, server %d", at, client.read, server.read)
	}
}

// TestNoSubflowTimeout: without any subflow a connection ends after its timeout.
func TestNoSubflowTimeout(t *testing.T) {
	n, _, _ := newNet(t, netConfig{seed: 5, paths: twoPaths(), client: Config{CloseTimeout: 5 * unit.Second}})
	client, _ := n.connect(10_000_000, 0)
	n.run(2 * unit.Second)
	for i := range 2 {
		n.client.SetInterface(n.w.Now(), i, false)
	}
	n.run(4 * unit.Second)
	if client.err != nil {
		t.Errorf("failed early: %v", client.err)
	}
	n.run(2 * unit.Second)
	if client.err != ErrNoSubflow {
		t.Errorf("error %v", client.err)
	}
}
