package mptcp

import (
	"errors"
	"testing"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestResetReasons: the reason and bit T of every RST (RFC 8684 section 3.6); none of it if the host does not
// send the option, or in version 0.
func TestResetReasons(t *testing.T) {
	for _, tt := range []struct {
		kill      killReason
		reason    uint8
		transient bool
	}{
		{killClose, 0, false},
		{killRemoved, 0, true},
		{killMPTCP, 1, false},
		{killOutstanding, 4, true},
		{killPerformance, 5, true},
		{killMiddlebox, 6, false},
	} {
		for _, how := range []string{"on", "off", "v0"} {
			n, _, _, c, s := idle(t, func(c *netConfig) {
				c.client.PathManager = "fullmesh"
				switch how {
				case "off":
					c.client.Policy.ResetOption = tcp.Off
				case "v0":
					speakV0(c)
				}
			})
			var got []wire.Reset
			resets := 0
			n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, _ bool) {
				if g.Flags&wire.RST != 0 {
					resets++
					if g.Opts&wire.OptReset != 0 {
						got = append(got, g.Reset)
					}
				}
			})
			c.kill(n.w.Now(), c.subs[1], tt.kill)
			n.run(unit.Second)
			want := wire.Reset{Reason: tt.reason, Transient: tt.transient}
			if resets != 1 || (how == "on") != (len(got) == 1 && got[0] == want) || how != "on" && len(got) != 0 {
				t.Errorf("%v %s: %d RSTs, options %+v, want %+v", tt.kill, how, resets, got, want)
			}
			if i, _ := s.Subflow(1); i.State != "closed" || s.State() != Established {
				t.Errorf("%v: the subflow ends, the connection does not: %+v", tt.kill, i)
			}
		}
	}
}

// TestResetHeeded: after T=0 no new attempt on that pair of addresses, after T=1 one or more, later the
// graver the reason, U, V, W notwithstanding (section 3.6). The kernel's path manager does not look.
func TestResetHeeded(t *testing.T) {
	// wait returns how long after the RST the join came, or 0.
	wait := func(profile string, r wire.Reset) unit.Duration {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			c.client.PathManager, c.client.Profile, c.client.Policy.JoinDelay = "fullmesh", profile, AtOnce
			c.serverAddrs = 0
		})
		n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
			if !up && g.Opts&wire.OptReset != 0 {
				g.Reset = r
			}
		})
		from := n.w.Now()
		s.kill(from, s.subs[1], killMPTCP)
		n.run(200 * unit.Second)
		if i, ok := c.Subflow(2); ok {
			return i.Opened.Sub(from)
		}
		return 0
	}
	for reason := range uint8(8) {
		if d := wait("rfc", wire.Reset{Reason: reason}); d != 0 {
			t.Errorf("reason %d, T=0: tried again after %v", reason, d)
		}
		d := wait("rfc", wire.Reset{Reason: reason, Transient: true, Flags: 0x0e})
		if back := resetBackOff(reason); d < back || d > back+100*unit.Millisecond {
			t.Errorf("reason %d, T=1: tried again after %v, want %v", reason, d, back)
		}
		if d := wait("linux", wire.Reset{Reason: reason, Transient: true}); d != 0 {
			t.Errorf("linux, reason %d: tried again after %v", reason, d)
		}
	}
	if resetBackOff(2) <= resetBackOff(4) || resetBackOff(0x42) != resetBackOff(0) ||
		resetReason(0x42) != resetReason(0) {
		t.Error("lack of resources needs longer than a blocked subflow; unknown reasons are unspecified")
	}
}

// TestRetryLimit: the waits double, and the attempts are bounded.
func TestRetryLimit(t *testing.T) {
	n, _, _, c, _ := idle(t, func(c *netConfig) {
		c.client.PathManager, c.client.Profile, c.client.Policy.JoinDelay = "fullmesh", "rfc", AtOnce
		c.server.MaxSubflows, c.serverAddrs = 1, 0
		c.server.Policy.LimitReason = wire.ResetResources
	})
	n.run(500 * unit.Second)
	var at []sim.Time
	c.EachSubflow(func(i SubflowInfo) bool { at = append(at, i.Opened); return true })
	if len(at) != 5 {
		t.Fatalf("opened at %v", at)
	}
	for i, want := range []unit.Duration{10 * unit.Second, 20 * unit.Second, 40 * unit.Second} {
		if d := at[i+2].Sub(at[i+1]); d < want || d > want+unit.Second {
			t.Errorf("wait %d is %v, want %v", i, d, want)
		}
	}
}

// TestResetOnACK: the option means something on a RST only.
func TestResetOnACK(t *testing.T) {
	n, _, _, c, s := idle(t, func(c *netConfig) { c.client.PathManager = "fullmesh" })
	n.taps = append(n.taps, func(_ sim.Time, g *wire.Segment, up bool) {
		if up && g.Opts&wire.OptPrio != 0 {
			g.Opts = g.Opts&^wire.OptPrio | wire.OptReset
			g.Reset = wire.Reset{Reason: 1}
		}
	})
	c.setBackup(n.w.Now(), c.subs[1], true)
	n.run(unit.Second)
	if i, _ := s.Subflow(1); i.State != "established" || i.Backup || n.ss.count.RstRX != 0 {
		t.Errorf("%+v", i)
	}
}

// TestStaleReset: a subflow that times out again and again beside a working one is reset, reason 0x05, if
// that is the policy (section 3.3.6); by default TCP goes on trying.
func TestStaleReset(t *testing.T) {
	for _, alone := range []bool{true, false} { // the only subflow is never reset for it
		c := netConfig{seed: 1, paths: twoPaths()}
		c.server.Policy.ResetStale = tcp.On
		if alone {
			c.paths = c.paths[:1]
		}
		n, ch, _ := newNet(t, c)
		n.connect(0, 8_000_000)
		n.run(unit.Second)
		addr := n.client.Addrs()[0]
		ch.drop = func(_ sim.Time, g *wire.Segment) bool { return g.Src == addr }
		lines := n.record(false)
		n.run(15 * unit.Second)
		if contains(*lines, "rst reason 5") > 0 == alone || n.ss.count.SubflowStale != 1 {
			t.Errorf("alone %v: %d RSTs", alone, contains(*lines, "rst reason 5"))
		}
	}
	for _, policy := range []tcp.Switch{tcp.On, tcp.Off} {
		c := netConfig{seed: 1, paths: twoPaths()}
		c.server.Policy.ResetStale = policy
		n, ch, _ := newNet(t, c)
		client, server := n.connect(0, 8_000_000)
		n.run(unit.Second)
		addr := n.client.Addrs()[0]
		ch.drop = func(_ sim.Time, g *wire.Segment) bool { return g.Src == addr } // its RST gets through
		lines := n.record(false)
		n.run(15 * unit.Second)
		_, s := n.conns(client, server)
		if i, _ := s.Subflow(0); contains(*lines, "R. rst reason 5") == 1 != (policy == tcp.On) ||
			n.ss.count.SubflowStale != 1 {
			t.Errorf("%v: %+v", policy, i)
		}
		n.run(60 * unit.Second)
		if client.read != 8_000_000 {
			t.Errorf("%v: read %d", policy, client.read)
		}
	}
}

// TestSubflowFails: fewer retransmissions than TCP's, or an ICMP error, end a subflow; what it carried
// arrives all the same (section 3.3.6).
func TestSubflowFails(t *testing.T) {
	for _, how := range []string{"retries", "icmp"} {
		c := netConfig{seed: 1, paths: twoPaths()}
		if how == "retries" {
			c.server.Policy.SubflowRetries = 3
		}
		n, ch, sh := newNet(t, c)
		client, server := n.connect(0, 8_000_000)
		n.run(unit.Second)
		_, s := n.conns(client, server)
		silence(n, ch, sh, 0)
		if how == "icmp" && (!s.SubflowUnreachable(n.w.Now(), 0) || s.SubflowUnreachable(n.w.Now(), 9)) {
			t.Error("no subflow 0, or a subflow 9")
		}
		n.run(10 * unit.Second)
		want := map[string]string{"retries": "timed out", "icmp": "unreachable"}[how]
		if i, _ := s.Subflow(0); i.State != "closed" || i.Reason != want {
			t.Errorf("%s: %+v", how, i)
		}
		n.run(20 * unit.Second)
		if client.read != 8_000_000 || client.err != nil {
			t.Errorf("%s: read %d, %v", how, client.read, client.err)
		}
	}
}

// TestKeepalive: a silent subflow fails by itself, one opened after the setting too; the other goes on.
func TestKeepalive(t *testing.T) {
	n, ch, sh, c, _ := idle(t, func(c *netConfig) { c.client.PathManager = "none" })
	c.SetKeepalive(n.w.Now(), true, 5*unit.Second, unit.Second, 3)
	c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
	n.run(20 * unit.Second)
	if c.Info().Subflows != 2 {
		t.Fatalf("%+v", c.Info())
	}
	silence(n, ch, sh, 1)
	n.run(20 * unit.Second)
	i, _ := c.Subflow(0)
	j, _ := c.Subflow(1)
	if i.State != "established" || j.State != "closed" || j.Reason != "timed out" || i.TCP.KeepaliveProbes < 4 {
		t.Errorf("%+v\n%+v", i, j)
	}
}

// TestBreakTimeout: without any subflow a connection lives as long as configured, at both ends.
func TestBreakTimeout(t *testing.T) {
	for _, tt := range []struct {
		given, want unit.Duration
	}{{AtOnce, 0}, {3 * unit.Second, 3 * unit.Second}, {0, 60 * unit.Second}} {
		n, _, _, c, s := idle(t, func(c *netConfig) {
			c.client.Policy.BreakTimeout, c.server.Policy.BreakTimeout = tt.given, tt.given
		})
		n.run(unit.Second)
		from := n.w.Now()
		c.ManagePaths(from, func(p pm.Conn) { p.CloseSubflow(0) })
		n.run(500 * unit.Millisecond)
		if tt.want > 0 && (c.Err() != nil || s.Err() != nil || s.Info().Subflows != 0) {
			t.Errorf("%v: failed early: %v %v", tt.want, c.Err(), s.Err())
		}
		n.run(tt.want + unit.Second)
		if !errors.Is(s.Err(), tcp.ErrTimeout) {
			t.Errorf("%v: %v", tt.want, s.Err())
		}
	}
}

// TestRefusedV0: version 0 has no MP_TCPRST: a join is refused by a plain RST, token known or not.
func TestRefusedV0(t *testing.T) {
	for _, known := range []bool{true, false} {
		n, _, _, c, s := idle(t, func(c *netConfig) { speakV0(c); c.server.MaxSubflows = 1 })
		if !known {
			n.ss.tokens.remove(s.localToken)
		}
		lines := n.record(false)
		c.ManagePaths(n.w.Now(), func(p pm.Conn) { p.OpenSubflow(p.Locals()[1], p.Remotes()[0], false) })
		n.run(unit.Second)
		if contains(*lines, "< R.") != 1 || contains(*lines, "rst reason") != 0 || c.Info().Subflows != 1 {
			t.Errorf("known %v: %v", known, *lines)
		}
	}
}
