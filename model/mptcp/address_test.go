package mptcp

import (
	"strings"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// announcing is a client with one interface and a server with two, the second of which it announces.
func announcing() netConfig {
	c := one()
	c.paths = c.paths[:1]
	c.client.PathManager = "fullmesh"
	c.serverAddrs = 1
	c.server.PathManager, c.server.Paths = "fullmesh", pm.Config{Announce: true}
	return c
}

func contains(lines []string, part string) int {
	count := 0
	for _, l := range lines {
		if strings.Contains(l, part) {
			count++
		}
	}
	return count
}

// TestAddAddr: announced on an ACK of its own without DSS, echoed, joined (RFC 8684 section 3.4.1).
func TestAddAddr(t *testing.T) {
	n, _, _ := newNet(t, announcing())
	lines := n.record(false)
	client, server := n.connect(2_000_000, 0)
	n.run(10 * unit.Second)
	addr := n.server.Addrs()[1].Netip().String()
	if contains(*lines, "< . add_addr id 2 "+addr+" echo false") != 1 ||
		contains(*lines, "> . add_addr id 2 "+addr+" echo true") != 1 {
		t.Errorf("announcement or echo missing or repeated")
	}
	for _, l := range *lines {
		if strings.Contains(l, "add_addr") && strings.Contains(l, "dss") {
			t.Errorf("with a DSS: %s", l)
		}
	}
	c, s := n.conns(client, server)
	if i, ok := c.Subflow(1); !ok || i.Remote != n.server.Addrs()[1] || i.RemoteID != 2 || i.BytesNew == 0 {
		t.Errorf("no subflow to the announced address: %+v", i)
	}
	if n.ss.count.AddAddrTx != 1 || n.ss.count.EchoAdd != 1 ||
		n.cs.count.AddAddr != 1 || n.cs.count.EchoAddTx != 1 {
		t.Errorf("counters %+v %+v", n.ss.count, n.cs.count)
	}
	if server.read != 2_000_000 || s.Fallback() {
		t.Errorf("read %d", server.read)
	}
}

// TestAddAddrRepeated: without echo the announcement is repeated, up to the limit; a repeated one is echoed
// again and opens nothing more.
func TestAddAddrRepeated(t *testing.T) {
	for _, lost := range []string{"announcement", "echo", "all"} {
		n, ch, sh := newNet(t, announcing())
		is := func(echo bool) func(s *wire.Segment) bool {
			return func(s *wire.Segment) bool { return s.Opts&wire.OptAddAddr != 0 && s.AddAddr.Echo == echo }
		}
		switch lost {
		case "announcement":
			dropNth(sh, 0, is(false))
		case "echo":
			dropNth(ch, 0, is(true))
		case "all":
			sh.drop = func(_ sim.Time, s *wire.Segment) bool { return is(false)(s) }
		}
		lines := n.record(false)
		client, server := n.connect(1000, 0)
		client.keepOpen, server.keepOpen = true, true
		n.run(400 * unit.Second)
		sent, echoed := contains(*lines, "echo false"), contains(*lines, "echo true")
		switch lost {
		case "announcement":
			if sent != 2 || echoed != 1 {
				t.Errorf("%s: sent %d, echoed %d", lost, sent, echoed)
			}
		case "echo":
			if sent != 2 || echoed != 2 {
				t.Errorf("%s: sent %d, echoed %d", lost, sent, echoed)
			}
		case "all":
			if sent != 4 || n.ss.count.AddAddrTxDrop != 1 {
				t.Errorf("%s: sent %d", lost, sent)
			}
		}
		want := 2
		if lost == "all" {
			want = 1
		}
		if c, _ := n.conns(client, server); c.Info().SubflowsTotal != want {
			t.Errorf("%s: %d subflows", lost, c.Info().SubflowsTotal)
		}
	}
}

// TestAddAddrHMAC: an announcement that does not verify is ignored.
func TestAddAddrHMAC(t *testing.T) {
	for i, damage := range []func(a *wire.AddAddr){
		func(a *wire.AddAddr) { a.HMAC ^= 1 },
		func(a *wire.AddAddr) { a.ID++ },
		func(a *wire.AddAddr) { a.Addr.Lo++ },
		func(a *wire.AddAddr) { a.Port = 4242 },
	} {
		n, _, _ := newNet(t, announcing())
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
			if s.Opts&wire.OptAddAddr != 0 {
				damage(&s.AddAddr)
			}
		})
		lines := n.record(false)
		client, server := n.connect(100_000, 0)
		n.run(20 * unit.Second)
		if contains(*lines, "echo true") != 0 || contains(*lines, "join") != 0 ||
			contains(*lines, "R") != 0 || server.read != 100_000 {
			t.Errorf("damage %d: %s", i, strings.Join(*lines, "\n"))
		}
		_ = client
	}
}

// TestRemoveAddr: an interface that goes down is withdrawn on another subflow; the peer closes its subflows.
func TestRemoveAddr(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	client, server := n.connect(30_000_000, 0)
	n.run(unit.Second)
	n.client.SetInterface(n.w.Now(), 1, false)
	n.run(unit.Second)
	if contains(*lines, "remove_addr [2]") != 1 {
		t.Error("no REMOVE_ADDR")
	}
	_, s := n.conns(client, server)
	if i, _ := s.Subflow(1); i.State != "closed" || i.Reason != "address removed by the peer" {
		t.Errorf("%+v", i)
	}
	n.client.SetInterface(n.w.Now(), 1, true)
	n.run(unit.Second)
	if i, ok := s.Subflow(2); !ok || i.State != "established" {
		t.Errorf("not joined again: %+v", i)
	}
	n.run(30 * unit.Second)
	if server.read != 30_000_000 || n.ss.count.RmAddr != 1 || n.ss.count.RmSubflow != 1 {
		t.Errorf("read %d, counters %+v", server.read, n.ss.count)
	}
}

// TestWithdraw: an address is not withdrawn on a subflow that uses it.
func TestWithdraw(t *testing.T) {
	for id := range uint8(2) {
		c := one()
		c.client.PathManager = "fullmesh"
		n, _, _ := newNet(t, c)
		var on wire.Addr
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
			if s.Opts&wire.OptRemoveAddr != 0 {
				on = s.Src
			}
		})
		client, _ := n.connect(30_000_000, 0)
		n.run(unit.Second)
		client.s.(*Conn).withdraw(n.w.Now(), 2*id)
		n.run(unit.Second)
		if on != n.client.Addrs()[1-id] {
			t.Errorf("address ID %d was withdrawn on %v", 2*id, on)
		}
	}
}

// TestRemoveInitialAddress: ID 0 is the address of the first subflow.
func TestRemoveInitialAddress(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	client, server := n.connect(30_000_000, 0)
	n.run(unit.Second)
	n.client.SetInterface(n.w.Now(), 0, false)
	n.run(unit.Second)
	_, s := n.conns(client, server)
	if i, _ := s.Subflow(0); i.State != "closed" {
		t.Errorf("%+v", i)
	}
	if a, _ := s.Remote(); a != n.client.Addrs()[0] {
		t.Error("the first subflow's address is what the application sees, also when it is gone")
	}
	n.run(30 * unit.Second)
	if server.read != 30_000_000 {
		t.Errorf("read %d", server.read)
	}
}

// TestPrio: MP_PRIO makes a live subflow a backup and takes it back (section 3.3.8).
func TestPrio(t *testing.T) {
	c := one()
	c.client.PathManager = "fullmesh"
	n, _, _ := newNet(t, c)
	lines := n.record(false)
	client, server := n.connect(0, 30_000_000)
	n.run(unit.Second)
	cc, s := n.conns(client, server)
	used := func(id uint32, d unit.Duration) int64 {
		before, _ := s.Subflow(id)
		n.run(d)
		after, _ := s.Subflow(id)
		return after.BytesNew - before.BytesNew
	}
	if used(0, unit.Second/2) == 0 || used(1, unit.Second/2) == 0 {
		t.Error("not both subflows are used")
	}
	cc.setBackup(n.w.Now(), cc.subs[0], true)
	n.run(unit.Second / 4)
	if used(0, unit.Second/2) != 0 || used(1, unit.Second/2) == 0 {
		t.Error("a backup subflow is used beside a regular one")
	}
	cc.setBackup(n.w.Now(), cc.subs[0], false)
	n.run(unit.Second / 4)
	if used(0, unit.Second/2) == 0 {
		t.Error("a subflow that is no backup any more is not used")
	}
	n.run(20 * unit.Second)
	if client.read != 30_000_000 || contains(*lines, "prio backup true") != 1 ||
		contains(*lines, "prio backup false") != 1 {
		t.Errorf("read %d", client.read)
	}
}

// TestFastClose: Abort resets every subflow with MP_FASTCLOSE, and the peer's connection ends at once
// (section 3.5); without the right key only the subflow is reset.
func TestFastClose(t *testing.T) {
	for _, right := range []bool{true, false} {
		c := one()
		c.client.PathManager = "fullmesh"
		n, _, _ := newNet(t, c)
		lines := n.record(false)
		n.taps = append(n.taps, func(_ sim.Time, s *wire.Segment, _ bool) {
			if s.Opts&wire.OptFastClose != 0 && !right {
				s.FastCloseKey++
			}
		})
		client, server := n.connect(30_000_000, 0)
		n.run(unit.Second)
		client.s.Abort(n.w.Now())
		n.run(unit.Second)
		if client.s.Err() != tcp.ErrAborted || contains(*lines, "fastclose") != 2 {
			t.Errorf("right %v: %v, %d RSTs", right, client.s.Err(), contains(*lines, "fastclose"))
		}
		want := error(nil)
		if right {
			want = tcp.ErrReset
		}
		if server.s.Err() != want {
			t.Errorf("right %v: the peer has %v", right, server.s.Err())
		}
		if _, s := n.conns(client, server); s.deleted != right {
			t.Errorf("right %v: deleted %v", right, s.deleted)
		}
	}
}
