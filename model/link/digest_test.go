package link

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestDigest runs worlds that differ in one thing each: all digests differ, and repeat.
func TestDigest(t *testing.T) {
	base := Config{Rate: 12 * mbps1, Delay: unit.Millisecond, Queue: Queue{Packets: 2}}
	digest := func(c Config, act func(b *bench)) string {
		b := newBench(t, c)
		act(b)
		b.run(sim.Time(unit.Second))
		return b.w.Digest()
	}
	with := func(f func(c *Config)) Config {
		c := base
		f(&c)
		return c
	}
	one := func(b *bench) { b.sendAt(0, 1500) }
	marking := func(k int) Discipline { return Discipline{Kind: Threshold, Mark: Queue{Packets: k}} }
	ecn := func(tos uint8) func(b *bench) {
		return func(b *bench) {
			for range 3 {
				b.sendECN(0, 1500, tos)
			}
		}
	}
	cases := []struct {
		name string
		c    Config
		act  func(b *bench)
	}{
		{"nothing", base, func(*bench) {}},
		{"one packet", base, one},
		{"a nanosecond later", base, func(b *bench) { b.sendAt(1, 1500) }},
		{"an octet less", base, func(b *bench) { b.sendAt(0, 1499) }},
		{"two packets", base, func(b *bench) { b.sendAt(0, 1500, 1500) }},
		{"one dropped", base, func(b *bench) { b.sendAt(0, 1500, 1500, 1500) }},
		{"a small one dropped", base, func(b *bench) { b.sendAt(0, 1500, 1500, 40) }},
		{"MTU", with(func(c *Config) { c.MTU = 1499 }), one},
		{"slower", with(func(c *Config) { c.Rate /= 2 }), one},
		{"farther", with(func(c *Config) { c.Delay += 2 }), one},
		{"lost", with(func(c *Config) { c.Loss.Ratio = unit.Ratio{Num: 1, Den: 1} }), one},
		{"down later", base, func(b *bench) {
			one(b)
			b.at(sim.Time(unit.Second), func(sim.Time) { b.SetDown(b.link, true) })
		}},
		{"down early", base, func(b *bench) {
			one(b)
			b.at(1, func(sim.Time) { b.SetDown(b.link, true) })
		}},
		{"flushed", base, func(b *bench) {
			one(b)
			b.at(1, func(sim.Time) { b.Flush(b.link) })
		}},
		{"still under way", base, func(b *bench) { b.sendAt(sim.Time(unit.Second)-1, 1500) }},
		{"not marked", with(func(c *Config) { c.Queue = Queue{}; c.Discipline = marking(3) }), ecn(3)},
		{"marked", with(func(c *Config) { c.Queue = Queue{}; c.Discipline = marking(1) }), ecn(3)},
		{"dropped early", with(func(c *Config) {
			c.Queue, c.Discipline = Queue{}, marking(1)
			c.Discipline.Strict = true
		}), ecn(0)},
		{"other name", with(func(c *Config) { c.Name = "b" }), one},
	}
	seen := map[string]string{}
	for _, tt := range cases {
		d := digest(tt.c, tt.act)
		if again := digest(tt.c, tt.act); again != d {
			t.Errorf("%s: two runs give %s and %s", tt.name, d, again)
		}
		if other, twice := seen[d]; twice {
			t.Errorf("%q and %q have the same digest", tt.name, other)
		}
		seen[d] = tt.name
	}
}
