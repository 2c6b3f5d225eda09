package mptcp

import (
	"testing"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestBlackHole: where SYNs with MP_CAPABLE get lost, plain ones follow after the configured number, and the
// connections after it are plain from the start, for a time that doubles each time; an answered MP_CAPABLE
// ends that (RFC 8684 sections 3.1 and 3.9.3; Linux, blackhole_timeout).
func TestBlackHole(t *testing.T) {
	for _, perPeer := range []tcp.Switch{tcp.Off, tcp.On} {
		c := one()
		c.serverAddrs = 1
		c.client.BlackHole, c.client.BlackHolePerPeer = 100*unit.Second, perPeer
		c.client.SYNsCapable = 2
		n, ch, _ := newNet(t, c)
		hole := true
		ch.drop = func(_ sim.Time, s *wire.Segment) bool {
			return hole && s.Flags&wire.SYN != 0 && s.Opts&wire.OptCapable != 0
		}
		client, server := n.connect(1000, 1000)
		dial := func(addr int) (with, plain int, conn *Conn) {
			with, plain = 0, 0
			n.taps = []func(sim.Time, *wire.Segment, bool){func(_ sim.Time, s *wire.Segment, up bool) {
				switch {
				case !up || s.Flags&wire.SYN == 0:
				case s.Opts&wire.OptCapable != 0:
					with++
				default:
					plain++
				}
			}}
			conn = must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[addr], serverPort))
			n.run(20 * unit.Second)
			return with, plain, conn
		}
		n.run(20 * unit.Second)
		if a, b := n.conns(client, server); !a.Fallback() || !b.Fallback() || client.read+server.read != 2000 {
			t.Fatal("the first connection has not become TCP")
		}
		if with, plain, _ := dial(0); with != 0 || plain != 1 || n.cs.count.CapableSYNTXDisabled != 1 ||
			n.cs.count.Blackhole != 1 {
			t.Errorf("after a failure: %d SYNs with the option, %d without", with, plain)
		}
		wantOther := 0
		if perPeer == tcp.On {
			wantOther = 2
		}
		if with, _, _ := dial(1); with != wantOther {
			t.Errorf("per peer %v: %d SYNs with the option to another address, want %d", perPeer, with, wantOther)
		}
		n.run(80 * unit.Second)
		if with, plain, _ := dial(0); with != 2 || plain != 1 {
			t.Errorf("after the time: %d SYNs with the option, %d without", with, plain)
		}
		n.run(100 * unit.Second)
		if with, _, _ := dial(0); with != 0 {
			t.Error("the time has not doubled")
		}
		n.run(100 * unit.Second)
		hole = false
		if with, _, conn := dial(0); with != 1 || conn.Fallback() {
			t.Errorf("hole gone: %d SYNs with the option", with)
		}
		hole = true
		if with, plain, _ := dial(0); with != 2 || plain != 1 {
			t.Errorf("after a success: %d SYNs with the option, %d without", with, plain)
		}
	}
}

// TestNoBlackHoleMemory: a negative time remembers nothing; a SYN without option that is lost, too, is no
// sign.
func TestNoBlackHoleMemory(t *testing.T) {
	for _, all := range []bool{false, true} {
		c := one()
		if !all {
			c.client.BlackHole = -1
		}
		n, ch, _ := newNet(t, c)
		ch.drop = func(_ sim.Time, s *wire.Segment) bool {
			return s.Flags&wire.SYN != 0 && (all || s.Opts&wire.OptCapable != 0)
		}
		client, _ := n.connect(1000, 0)
		client.keepOpen = true
		n.run(200 * unit.Second)
		ch.drop = nil
		conn := must(n.cs.Dial(n.w.Now(), n.client.Addrs()[0], n.server.Addrs()[0], serverPort))
		n.run(unit.Second)
		if conn.Fallback() {
			t.Errorf("all lost %v: the next connection is plain", all)
		}
	}
}
