package mptcp

import (
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// carried returns the new octets that each of two subflows carried in both directions over half a second.
func carried(n *testNet, c, s *Conn) (up, down [2]int64) {
	for sign := range 2 {
		for id := range uint32(2) {
			i, _ := c.Subflow(id)
			j, _ := s.Subflow(id)
			if sign == 0 {
				up[id], down[id] = -i.BytesNew, -j.BytesNew
			} else {
				up[id], down[id] = up[id]+i.BytesNew, down[id]+j.BytesNew
			}
		}
		if sign == 0 {
			n.run(unit.Second / 2)
		}
	}
	return up, down
}

// TestPrioDirections: MP_PRIO concerns the subflow that carries it and the direction of the one who gets
// it; the other host may go on, or hold itself to what it asked for; who ignores the request goes on,
// without error (RFC 8684 section 3.3.8).
func TestPrioDirections(t *testing.T) {
	for _, tt := range []struct {
		name             string
		client, server   PathPolicy
		upUsed, downUsed bool // subflow 1
	}{
		{"both", PathPolicy{}, PathPolicy{}, false, false},
		{"one way", PathPolicy{OneWayPriority: tcp.On}, PathPolicy{}, true, false},
		{"ignored", PathPolicy{}, PathPolicy{IgnorePriority: tcp.On}, false, true},
		{"ignored, one way", PathPolicy{OneWayPriority: tcp.On}, PathPolicy{IgnorePriority: tcp.On}, true, true},
	} {
		c := one()
		c.client.PathManager = "fullmesh"
		c.client.Policy, c.server.Policy = tt.client, tt.server
		n, _, _ := newNet(t, c)
		client, server := n.connect(30_000_000, 30_000_000)
		n.run(unit.Second)
		a, s := n.conns(client, server)
		a.ManagePaths(n.w.Now(), func(p pm.Conn) { p.SetBackup(1, true) })
		n.run(unit.Second / 2)
		up, down := carried(n, a, s)
		if up[0] == 0 || down[0] == 0 || (up[1] > 0) != tt.upUsed || (down[1] > 0) != tt.downUsed {
			t.Errorf("%s: up %v, down %v", tt.name, up, down)
		}
		n.run(60 * unit.Second)
		if client.read != 30_000_000 || server.read != 30_000_000 {
			t.Errorf("%s: read %d %d", tt.name, client.read, server.read)
		}
	}
}

// TestPrioLost: nobody acknowledges MP_PRIO: lost, it changes nothing until it is sent again (section 3.3.8).
func TestPrioLost(t *testing.T) {
	n, ch, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh" })
	dropNth(ch, 0, func(g *wire.Segment) bool { return g.Opts&wire.OptPrio != 0 })
	c.setBackup(n.w.Now(), c.subs[1], true)
	n.run(10 * unit.Second)
	if s.subs[1].backupIn {
		t.Error("priority changed by a lost option")
	}
	c.signal(n.w.Now(), signal{kind: signalPrio, subflow: c.subs[1]})
	n.run(unit.Second)
	if !s.subs[1].backupIn || s.subs[0].backupIn {
		t.Error("priority not changed, or that of another subflow")
	}
}

// TestPrioV0: in version 0 the option may name an address, on whichever subflow it comes (RFC 6824 section
// 3.3.8); in version 1 there is no such form.
func TestPrioV0(t *testing.T) {
	for _, v0 := range []bool{true, false} {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			c.client.PathManager = "fullmesh"
			if v0 {
				speakV0(c)
			}
		})
		ids := 0
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if up && g.Opts&wire.OptPrio != 0 && g.Prio.HasID && g.Prio.AddrID == 2 && g.Src == n.client.Addrs()[0] {
				ids++
			}
		})
		c.subs[1].down = true // so that it has to go out on the other one
		c.setBackup(n.w.Now(), c.subs[1], true)
		n.run(unit.Second)
		if s.subs[1].backupIn != v0 || s.subs[0].backupIn || ids == 1 != v0 {
			t.Errorf("v0 %v: %v %v, %d options", v0, s.subs[0].backupIn, s.subs[1].backupIn, ids)
		}
		before := s.subs[0].backupIn
		s.takePrio(n.w.Now(), s.subs[1], &wire.Prio{Backup: true, HasID: true, AddrID: 0})
		if s.subs[0].backupIn != (before || v0) {
			t.Errorf("v0 %v: the form with an ID: %v", v0, s.subs[0].backupIn)
		}
	}
}

// TestBackupOnlyWithoutRegular: a subflow with B=1, set by the join or later, carries nothing while a
// regular one is usable, and takes over when the last regular one is gone, under each scheduler (section
// 3.3.8).
func TestBackupOnlyWithoutRegular(t *testing.T) {
	for _, scheduler := range []string{"minrtt", "roundrobin"} {
		c := one()
		c.client.PathManager, c.backup, c.server.Scheduler = "fullmesh", 1, scheduler
		n, _, _ := newNet(t, c)
		client, server := n.connect(0, 8_000_000)
		n.run(unit.Second)
		_, s := n.conns(client, server)
		if i, _ := s.Subflow(1); i.State != "established" || !i.Backup || i.BytesNew != 0 {
			t.Errorf("%s: before: %+v", scheduler, i)
		}
		n.client.SetInterface(n.w.Now(), 0, false)
		n.run(20 * unit.Second)
		if i, _ := s.Subflow(1); client.read != 8_000_000 || i.BytesNew == 0 {
			t.Errorf("%s: read %d, %+v", scheduler, client.read, i)
		}
	}
}

// TestPrioFlipped: who changes the priority of a subflow faster than signals may go out has one of each
// subflow wait, with the value of the last change.
func TestPrioFlipped(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh" })
	before, most := c.s.Counters().MPPrioTx, 0
	for i := range 201 {
		c.setBackup(n.w.Now(), c.subs[1], i%2 == 0)
		c.setBackup(n.w.Now(), c.subs[0], i%2 == 1 && i < 200)
		most = max(most, len(c.signals.queue))
		n.run(50 * unit.Microsecond)
	}
	n.run(5 * unit.Second)
	if most > 2 || !s.subs[1].backupIn || s.subs[0].backupIn {
		t.Errorf("%d wait, at the peer %v %v", most, s.subs[0].backupIn, s.subs[1].backupIn)
	}
	if sent := c.s.Counters().MPPrioTx - before; sent > 8 { // two a row, in 10 ms
		t.Errorf("%d sent", sent)
	}
}
