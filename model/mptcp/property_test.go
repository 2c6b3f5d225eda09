package mptcp

import (
	"testing"

	"pgregory.net/rapid"

	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

func drawPath(t *rapid.T) pathConfig {
	return pathConfig{
		rate:   rapid.SampledFrom([]unit.Bitrate{0, 1, 5, 20, 100}).Draw(t, "Mbit/s") * unit.MbitPerSecond,
		delay:  unit.Duration(rapid.SampledFrom([]int{0, 1, 10, 50, 150}).Draw(t, "ms")) * unit.Millisecond,
		queue:  unit.Bytes(rapid.SampledFrom([]int{5000, 20000, 100000}).Draw(t, "queue")),
		loss:   unit.Ratio{Num: uint64(rapid.SampledFrom([]int{0, 0, 1, 5, 20}).Draw(t, "loss")), Den: 100},
		jitter: unit.Duration(rapid.SampledFrom([]int{0, 0, 2, 20}).Draw(t, "jitter")) * unit.Millisecond,
	}
}

// TestEveryByteOnce transfers random amounts both ways over two to four bad paths, while subflows are
// killed and interfaces come and go: every byte arrives exactly once and in order (the applications and the
// assertions of the connection check that), and both ends come to an end.
func TestEveryByteOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := netConfig{seed: rapid.Uint64Range(1, 1<<40).Draw(t, "seed")}
		for range rapid.IntRange(2, 4).Draw(t, "paths") {
			c.paths = append(c.paths, drawPath(t))
		}
		c.paths[0].loss = unit.Ratio{Num: c.paths[0].loss.Num / 2, Den: 100}
		both := Config{
			Scheduler: rapid.SampledFrom([]string{"minrtt", "roundrobin"}).Draw(t, "scheduler"),
			Profile:   rapid.SampledFrom([]string{"linux", "rfc"}).Draw(t, "profile"),
		}
		if rapid.Bool().Draw(t, "opportunistic") {
			both.Opportunistic, both.Penalise = tcp.On, tcp.On
		}
		if rapid.Bool().Draw(t, "upstream rule for losses") {
			both.PotentiallyFailed = tcp.Off
		}
		if rapid.Bool().Draw(t, "small buffers") {
			both.ReceiveBuffer, both.ReceiveBufferMax = 20_000, 40_000
			both.SendBuffer, both.SendBufferMax = 30_000, 50_000
		}
		c.client, c.server = both, both
		c.client.PathManager = rapid.SampledFrom([]string{"fullmesh", "ndiffports", "single-path"}).Draw(t, "pm")
		n, _, _ := newNet(t, c)
		up, down := rapid.Int64Range(0, 400_000).Draw(t, "up"), rapid.Int64Range(0, 400_000).Draw(t, "down")
		check := n.check()
		client, server := n.connect(up, down)
		check.client, check.server = client, server
		disturb(t, n, client, server)
		n.run(40_000 * unit.Second) // an hour and more of back-off at one loss in five
		if int64(server.read) != up || int64(client.read) != down || !client.eof || !server.eof {
			a, b := n.conns(client, server)
			dump(t, a)
			dump(t, b)
			t.Fatalf("server read %d of %d (eof %v), client %d of %d (eof %v); errors %v, %v",
				server.read, up, server.eof, client.read, down, client.eof, client.err, server.err)
		}
	})
}

// dump shows a connection.
func dump(t testingT, c *Conn) {
	if c == nil {
		return
	}
	t.Logf("%+v", c.Info())
	c.EachSubflow(func(i SubflowInfo) bool { t.Logf("  %+v", i); return true })
}

// disturb kills subflows and moves interfaces at random for a while, then leaves all interfaces up.
func disturb(t *rapid.T, n *testNet, client, server *endpoint) {
	comp := n.w.Component("disturber")
	for range rapid.IntRange(0, 6).Draw(t, "disturbances") {
		at := n.w.Now().Add(unit.Duration(rapid.IntRange(1, 3000).Draw(t, "at ms")) * unit.Millisecond)
		i := rapid.IntRange(0, len(n.up)-1).Draw(t, "which")
		kind := rapid.SampledFrom([]string{"kill at client", "kill at server", "down", "up"}).Draw(t, "what")
		n.w.Call(comp, at, func(now sim.Time) {
			end := client
			if kind == "kill at server" {
				end = server
			}
			c, _ := end.s.(*Conn)
			first := client.s.(*Conn)
			switch {
			case first.plain || !first.sawDSS: // there is one subflow and no more to come
			case kind == "down":
				n.client.SetInterface(now, i, false)
			case kind == "up":
				n.client.SetInterface(now, i, true)
			case c == nil || c.state != Established || len(c.live) < 2:
			default:
				sf := c.live[i%len(c.live)]
				if sf.e.Established() {
					sf.e.Abort(now)
				}
			}
		})
	}
	n.w.Call(comp, n.w.Now().Add(4*unit.Second), func(now sim.Time) {
		for i := range n.up {
			n.client.SetInterface(now, i, true)
		}
	})
}
