package mptcp

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestZeroWindow: a reader that stops shuts the window; data flows again when it reads, also if the window
// updates are lost (the persist timer probes), and nothing is sent beyond the window meanwhile.
func TestZeroWindow(t *testing.T) {
	for _, lossy := range []bool{false, true} {
		c := netConfig{seed: 1, paths: twoPaths()}
		c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 50_000, 50_000
		n, ch, _ := newNet(t, c)
		check := n.check()
		client, server := n.connect(0, 500_000)
		check.client, check.server = client, server
		client.pause = true
		n.run(10 * unit.Second)
		a, s := n.conns(client, server)
		if got := a.Readable(); got > 50_000+512 || got < 48_000 {
			t.Errorf("%d octets are buffered", got)
		}
		if got := s.Info().BytesSent; got > 50_000+512 {
			t.Errorf("%d octets sent into a window of 50000", got)
		}
		if lossy { // lose the window updates
			updates := 0
			ch.drop = func(now sim.Time, seg *wire.Segment) bool {
				updates++
				return updates <= 2
			}
		}
		client.pause = false
		client.drain(n.w.Now())
		if n.run(200 * unit.Millisecond); !lossy && client.read < 100_000 {
			t.Errorf("%d octets 0.2 s after reading began: no window update?", client.read)
		}
		n.run(60 * unit.Second)
		if client.read != 500_000 || !client.eof {
			t.Errorf("lossy %v: read %d", lossy, client.read)
		}
	}
}

// A subflow that joins while the peer's window is shut probes too: the update that opens the window may be lost,
// and the subflow that probed before may have gone.
func TestZeroWindowJoin(t *testing.T) {
	c := netConfig{seed: 1, paths: twoPaths()}
	c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 50_000, 50_000
	c.client.PathManager = "single-path"
	n, ch, _ := newNet(t, c)
	client, server := n.connect(0, 500_000)
	client.pause = true
	n.run(5 * unit.Second)
	n.client.SetInterface(n.w.Now(), 0, false)
	n.run(5 * unit.Second)
	_, s := n.conns(client, server)
	if i := s.Info(); i.Subflows != 1 || i.SubflowsTotal != 2 || i.BytesSent == 500_000 {
		t.Fatalf("%d subflows of %d, %d octets sent: want the second one alone and a shut window", i.Subflows,
			i.SubflowsTotal, i.BytesSent)
	}
	lost := 0
	ch.drop = func(sim.Time, *wire.Segment) bool { // the window updates
		lost++
		return lost <= 2
	}
	client.pause = false
	client.drain(n.w.Now())
	n.run(60 * unit.Second)
	if client.read != 500_000 {
		t.Errorf("%d octets read a minute after the window opened", client.read)
	}
}

// TestSmallReads: a slow reader does not provoke silly windows: hardly a segment is smaller than half the
// buffer or a full one.
func TestSmallReads(t *testing.T) {
	c := netConfig{seed: 1, paths: twoPaths()}
	c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 20_000, 20_000
	n, _, _ := newNet(t, c)
	small, all := 0, 0
	n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
		if !up && seg.Payload.Len > 0 {
			all++
			if seg.Payload.Len < 1000 {
				small++
			}
		}
	})
	client, server := n.connect(0, 300_000)
	client.pause = true
	for client.read < 300_000 && n.w.Now() < sim.Time(100*unit.Second) {
		n.run(5 * unit.Millisecond)
		if p := client.s.Read(n.w.Now(), 700); p.Len > 0 {
			client.read += uint64(p.Len)
		}
	}
	if client.read != 300_000 || small > 5+all/20 {
		t.Errorf("read %d; %d of %d segments are small", client.read, small, all)
	}
	_ = server
}

// TestReceiveBufferGrows: automatic tuning follows the rate over the slower path's round trip, and a fixed
// buffer limits.
func TestReceiveBufferGrows(t *testing.T) {
	paths := []pathConfig{
		{rate: 50 * unit.MbitPerSecond, delay: 5 * unit.Millisecond, queue: 200_000},
		{rate: 50 * unit.MbitPerSecond, delay: 60 * unit.Millisecond, queue: 200_000},
	}
	rate := func(buffer int64) float64 {
		c := netConfig{seed: 1, paths: paths}
		c.client.ReceiveBuffer, c.client.ReceiveBufferMax = buffer, buffer
		if buffer == 0 {
			c.client = Config{}
		}
		n, _, _ := newNet(t, c)
		client, server := n.connect(0, 200_000_000)
		n.run(4 * unit.Second)
		before := client.read
		n.run(6 * unit.Second)
		a, _ := n.conns(client, server)
		mbits := float64(client.read-before) * 8 / 6e6
		t.Logf("buffer %d: %.1f Mbit/s, size at the end %d", buffer, mbits, a.Info().ReceiveBuffer)
		return mbits
	}
	tuned, small, medium := rate(0), rate(64<<10), rate(256<<10)
	// A window that one path fills leaves the other without work.
	if tuned < 85 || small > 0.6*tuned || medium > 0.8*tuned || medium < small {
		t.Errorf("tuned %.1f, 64 KiB %.1f, 256 KiB %.1f Mbit/s", tuned, small, medium)
	}
}

// TestOpportunistic: with a receive buffer that is too small for paths of very different delay, resending the
// head on the fast path and penalising the slow one brings more (NSDI 2012, section 4.2).
func TestOpportunistic(t *testing.T) {
	rate := func(on tcp.Switch) (float64, Info) {
		c := netConfig{seed: 1, paths: []pathConfig{
			{rate: 8 * unit.MbitPerSecond, delay: 10 * unit.Millisecond, queue: 40_000},
			{rate: 2 * unit.MbitPerSecond, delay: 100 * unit.Millisecond, queue: 250_000}}}
		c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 80_000, 80_000
		c.server.Opportunistic, c.server.Penalise = on, on
		n, _, _ := newNet(t, c)
		client, server := n.connect(0, 100_000_000)
		n.run(20 * unit.Second)
		_, s := n.conns(client, server)
		return float64(client.read) * 8 / 20e6, s.Info()
	}
	off, _ := rate(tcp.Off)
	on, i := rate(tcp.On)
	t.Logf("off %.2f, on %.2f Mbit/s; %d opportunistic, %d penalties", off, on, i.Opportunistic, i.Penalties)
	if on < 1.3*off || i.Opportunistic == 0 || i.Penalties == 0 {
		t.Errorf("off %.2f, on %.2f Mbit/s; %+v", off, on, i)
	}
}

// TestNagle: small writes wait for the data-level acknowledgement unless it is turned off or corked.
func TestNagle(t *testing.T) {
	count := func(setup func(c *Conn, now sim.Time)) int {
		n, _, _ := newNet(t, one())
		data := 0
		n.taps = append(n.taps, func(_ sim.Time, seg *wire.Segment, up bool) {
			if up && seg.Payload.Len > 0 {
				data++
			}
		})
		client, _ := n.connect(0, 0)
		client.keepOpen = true
		n.run(100 * unit.Millisecond)
		c := client.s.(*Conn)
		setup(c, n.w.Now())
		for range 20 {
			c.Write(n.w.Now(), make([]byte, 50))
			n.run(unit.Millisecond)
		}
		n.run(unit.Second)
		return data
	}
	nagle := count(func(*Conn, sim.Time) {})
	noDelay := count(func(c *Conn, now sim.Time) { c.SetNoDelay(now, true) })
	cork := count(func(c *Conn, now sim.Time) { c.SetCork(now, true) })
	if nagle > 3 || noDelay < 20 || noDelay > 21 || cork > 1 {
		t.Errorf("segments: %d with Nagle's rule, %d without, %d corked", nagle, noDelay, cork)
	}
}
