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

// TestLossyPrimary: the backup beside a primary path that loses three of ten segments. By the out-of-tree
// rule it is used from the first timeout on; by the upstream rule acknowledgements that trickle in keep the
// primary in use.
func TestLossyPrimary(t *testing.T) {
	for _, x := range []struct {
		rule     tcp.Switch
		min, max int64 // octets that the backup carried first, of 2 MB
	}{{tcp.On, 200_000, 2_000_000}, {tcp.Off, 0, 100_000}} {
		both := Config{PotentiallyFailed: x.rule}
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
