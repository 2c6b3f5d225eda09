package mptcp

import (
	"testing"

	"mpsim/model/link"
	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

// TestSilentPathUpstream repeats TestHandoverGap by the upstream kernel's rules: on Linux 6.18 reads paused
// for 0.59 s.
func TestSilentPathUpstream(t *testing.T) {
	off := Config{PotentiallyFailed: tcp.Off}
	n, ch, sh := newNet(t, netConfig{seed: 1, paths: twoPaths(), client: off, server: off})
	reader, sender := n.connect(0, 40_000_000)
	n.run(5 * unit.Second)
	silence(n, ch, sh, 0)
	reader.gap = 0
	n.run(15 * unit.Second)
	t.Logf("gap %v at %v", reader.gap, reader.gapAt)
	i, _ := sender.s.(*Conn).Subflow(0)
	if !i.Stale || reader.gap < 200*unit.Millisecond || reader.gap > 2*unit.Second {
		t.Errorf("gap %v, subflow %+v", reader.gap, i)
	}
	n.run(60 * unit.Second)
	if reader.read != 40_000_000 || !reader.eof {
		t.Errorf("%d octets", reader.read)
	}
}

// TestLossyPrimary: the backup beside a primary path that loses three of ten segments. By the out-of-tree rule it is
// used from the first timeout on; by the upstream rule when the primary's back-off has grown beyond the silent
// periods that make it stale, and never for new data without that limit.
func TestLossyPrimary(t *testing.T) {
	for _, x := range []struct {
		rule     tcp.Switch
		stale    int
		min, max int64 // octets that the backup carried first, of 2 MB
	}{{tcp.On, 0, 800_000, 2_000_000}, {tcp.Off, 0, 100_000, 800_000}, {tcp.Off, 1 << 20, 0, 0}} {
		both := Config{PotentiallyFailed: x.rule, StaleRTOs: x.stale}
		n, _, _ := newNet(t, netConfig{seed: 3, paths: twoPaths(), backup: 1, client: both, server: both})
		client, server := n.connect(2_000_000, 0)
		n.run(unit.Second / 2)
		for _, id := range n.up[:1] {
			must(0, n.net.SetLoss(id, link.Loss{Ratio: unit.Ratio{Num: 3, Den: 10}}))
		}
		n.run(20 * unit.Second)
		c := client.s.(*Conn)
		i, _ := c.Subflow(0)
		o, _ := c.Subflow(1)
		t.Logf("rule %v: server has %d; primary new %d, backup new %d, reinjected %d, RTOs %d stale %v", x.rule,
			server.read, i.BytesNew, o.BytesNew, o.BytesReinjected, i.TCP.RTOs, i.Stale)
		if o.BytesNew < x.min || o.BytesNew > x.max {
			t.Errorf("rule %v: backup carried %d octets", x.rule, o.BytesNew)
		}
	}
}

// TestStaleUpstream: the time until the backup is used when the primary path goes silent: the retransmission timeout,
// and StaleRTOs silent periods of 200 ms beside it. When the path comes back so does the subflow.
func TestStaleUpstream(t *testing.T) {
	for _, stale := range []int{2, 4} {
		both := Config{PotentiallyFailed: tcp.Off, StaleRTOs: stale}
		n, ch, sh := newNet(t, netConfig{seed: 3, paths: twoPaths(), backup: 1, client: both, server: both})
		client, _ := n.connect(20_000_000, 0)
		n.run(2 * unit.Second)
		c := client.s.(*Conn)
		rto := c.Endpoint(0).RTO()
		silence(n, ch, sh, 0)
		start := n.w.Now()
		for c.subs[1].stats.sentNew == 0 && n.w.Now().Sub(start) < 10*unit.Second {
			n.run(10 * unit.Millisecond)
		}
		took := n.w.Now().Sub(start)
		t.Logf("StaleRTOs %d: RTO %v, backup used after %v, %d octets sent again before", stale, rto, took,
			c.subs[1].stats.reinjected)
		if i, _ := c.Subflow(0); !i.Stale || took < rto+unit.Duration(stale)*200*unit.Millisecond ||
			took > 2*rto+unit.Duration(stale+2)*250*unit.Millisecond {
			t.Errorf("StaleRTOs %d: backup used after %v, RTO %v, stale %v", stale, took, rto, i.Stale)
		}
		if c.subs[1].stats.reinjected == 0 {
			t.Error("the first missing octets did not go out on the backup")
		}
		ch.drop, sh.drop = nil, nil
		n.run(10 * unit.Second)
		if i, _ := c.Subflow(0); i.Stale {
			t.Error("the subflow does not come back")
		}
	}
}

// TestBackupAtSecondSilence: the first missing octets go out on the backup at the second data-level timeout in
// which nothing came on the others, not at the first and not later (mptcp_subflow_get_retrans: more than one).
func TestBackupAtSecondSilence(t *testing.T) {
	both := Config{PotentiallyFailed: tcp.Off, StaleRTOs: 1 << 20}
	n, ch, sh := newNet(t, netConfig{seed: 3, paths: twoPaths(), backup: 1, client: both, server: both})
	client, _ := n.connect(20_000_000, 0)
	n.run(2 * unit.Second)
	c := client.s.(*Conn)
	silence(n, ch, sh, 0)
	for i := 0; i < 5000 && c.subs[1].stats.reinjected == 0; i++ {
		n.run(unit.Millisecond)
	}
	if c.subs[0].silent != 2 || c.subs[1].stats.reinjected == 0 || c.subs[1].stats.reinjected > headRun {
		t.Errorf("%d octets after %d silent periods", c.subs[1].stats.reinjected, c.subs[0].silent)
	}
}
