package mptcp

import (
	"testing"

	"mpsim/sim/unit"
)

// TestKernelReference compares with what a Linux 6.18 kernel did over emulated paths of 8 Mbit/s (20 ms
// with a queue of 40 kB, 80 ms with 80 kB), with CUBIC. Receive buffers of the kernel count its overhead,
// about half.
func TestKernelReference(t *testing.T) {
	rate := func(change func(c *netConfig), after unit.Duration) float64 {
		c := netConfig{seed: 1, paths: twoPaths()}
		change(&c)
		n, _, _ := newNet(t, c)
		client, _ := n.connect(0, 1<<40)
		n.run(after)
		before := client.read
		n.run(20 * unit.Second)
		return float64(client.read-before) * 8 / 20e6
	}
	for _, tt := range []struct {
		name     string
		kernel   float64 // Mbit/s
		low, top float64 // accepted
		change   func(c *netConfig)
		after    unit.Duration
	}{
		{"one path", 7.72, 7.5, 7.75, func(c *netConfig) { c.client.PathManager = "none" }, 3 * unit.Second},
		{"two paths", 15.18, 14.9, 15.2, func(*netConfig) {}, 5 * unit.Second},
		{"2 % loss on the second", 6.6, 5, 11, func(c *netConfig) {
			c.paths[1].loss = unit.Ratio{Num: 2, Den: 100}
		}, 3 * unit.Second},
		// The kernel's scheduler queues data on the slow path before that can send it; lowest RTT never
		// does so while the fast one can carry the whole window.
		{"second of 200 ms, 64 kB", 2.7, 2.5, 7.7, func(c *netConfig) {
			c.paths[1].delay = 100 * unit.Millisecond
			c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 32_000, 32_000
		}, 3 * unit.Second},
		{"second of 200 ms, 256 kB", 8.2, 5, 11, func(c *netConfig) {
			c.paths[1].delay = 100 * unit.Millisecond
			c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 128_000, 128_000
		}, 3 * unit.Second},
		{"second of 200 ms, 1 MB", 14.7, 13, 15.2, func(c *netConfig) {
			c.paths[1].delay = 100 * unit.Millisecond
			c.client.ReceiveBuffer, c.client.ReceiveBufferMax = 512_000, 512_000
		}, 3 * unit.Second},
	} {
		got := rate(tt.change, tt.after)
		t.Logf("%s: %.2f Mbit/s, the kernel %.2f", tt.name, got, tt.kernel)
		if got < tt.low || got > tt.top {
			t.Errorf("%s: %.2f Mbit/s, want %.1f to %.1f (the kernel %.2f)", tt.name, got, tt.low, tt.top, tt.kernel)
		}
	}
}
