package link

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// ports is a switch: links that share a buffer, each with a route of its own.
type ports struct {
	*bench
	ids    []ID
	routes []Route
}

func newPorts(t checker, count int, pool Pool, c Config) *ports {
	x := &ports{bench: newBench(t, Config{Name: "other"})}
	for i := range count {
		c.Name = fmt.Sprintf("port%d", i)
		id, err := x.AddLink(c)
		noError(t, err)
		x.ids = append(x.ids, id)
		x.routes = append(x.routes, x.AddRoute([]ID{id}, 0))
	}
	noError(t, x.AddPool(pool, x.ids))
	return x
}

func (x *ports) offer(now sim.Time, port, size int) {
	p, _ := x.NewPacket()
	x.Net.Send(now, p, x.routes[port], size)
}

// TestDynamicThreshold: of a buffer B each of n saturated queues gets alpha B/(1 + alpha n), and the rest
// stays free (Choudhury and Hahne 1998, section III).
func TestDynamicThreshold(t *testing.T) {
	for _, kind := range []Kind{DropTail, CoDel} {
		for _, c := range []struct {
			alpha unit.Ratio
			busy  int
			want  int64 // octets in each queue, in packets of 100
		}{
			{unit.Ratio{Num: 1, Den: 1}, 1, 50_000}, {unit.Ratio{Num: 1, Den: 1}, 3, 25_000},
			{unit.Ratio{Num: 2, Den: 1}, 2, 40_000}, {unit.Ratio{Num: 1, Den: 2}, 2, 25_000},
			{unit.Ratio{}, 1, 100_000}, {unit.Ratio{}, 4, 25_000},
		} {
			x := newPorts(t, 4, Pool{Name: "p", Octets: 100_000, Alpha: c.alpha},
				Config{Rate: mbps1, Discipline: Discipline{Kind: kind}})
			for range 2000 {
				for port := range c.busy {
					x.offer(0, port, 100)
				}
			}
			for port, id := range x.ids {
				got, want := x.Queued(id).Octets, c.want
				if port >= c.busy {
					want = 0
				}
				if got < want-100 || got > want+100 {
					t.Errorf("%v, alpha %v, %d busy: port %d holds %d octets, want %d", kind, c.alpha, c.busy, port,
						got, want)
				}
				if x.Pooled(id) != 1 {
					t.Errorf("port %d is not in the pool", port)
				}
			}
		}
	}
}

// TestPoolIsExact: whatever the order of packets, one is taken if and only if the formula says so for what is
// really queued, and the buffer never overflows. A twin whose queues nobody looks at decides alike.
func TestPoolIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const buffer = 1000
		alpha := unit.Ratio{Num: rapid.Uint64Range(0, 3).Draw(t, "alpha"), Den: 2}
		limit := rapid.SampledFrom([]Queue{{}, {Octets: 300}}).Draw(t, "limit")
		kind := rapid.SampledFrom([]Kind{DropTail, CoDel}).Draw(t, "kind")
		pool := Pool{Name: "p", Octets: buffer, Alpha: alpha}
		c := Config{Rate: 8_000_000_000, Delay: 500, Queue: limit, Discipline: Discipline{Kind: kind}}
		x, twin := newPorts(t, 3, pool, c), newPorts(t, 3, pool, c)
		now := sim.Time(0)
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			now += sim.Time(rapid.SampledFrom([]int64{0, 0, 0, 1, 20, 100, 1000}).Draw(t, "step"))
			x.run(now)
			twin.run(now)
			port, size := rapid.IntRange(0, 2).Draw(t, "port"), rapid.IntRange(1, 200).Draw(t, "size")
			var all int64
			for _, id := range x.ids {
				all += x.Queued(id).Octets
			}
			queue := x.Queued(x.ids[port]).Octets
			want := all+int64(size) <= buffer &&
				(alpha.Num == 0 || queue*int64(alpha.Den) < (buffer-all)*int64(alpha.Num)) &&
				(limit.Octets == 0 || queue+int64(size) <= int64(limit.Octets))
			before := x.Counters(x.ids[port]).Accepted.Packets
			x.offer(now, port, size)
			twin.offer(now, port, size)
			if x.Counters(x.ids[port]) != twin.Counters(twin.ids[port]) {
				t.Fatalf("%+v, the twin %+v", x.Counters(x.ids[port]), twin.Counters(twin.ids[port]))
			}
			if got := x.Counters(x.ids[port]).Accepted.Packets > before; got != want {
				t.Fatalf("%d octets for a queue of %d, %d in all: accepted %v", size, queue, all, got)
			}
		}
	})
}

func TestPoolErrors(t *testing.T) {
	b := newBench(t, Config{MTU: 1500})
	busy, err := b.AddLink(Config{Name: "busy", Rate: 1})
	noError(t, err)
	p, _ := b.NewPacket()
	b.Net.Send(0, p, b.AddRoute([]ID{busy}, 0), 40)
	for want, c := range map[string]struct {
		pool  Pool
		links []ID
	}{
		"must be positive":     {Pool{}, []ID{b.link}},
		"for 0 links":          {Pool{Octets: 9000}, nil},
		"out of range":         {Pool{Octets: 9000, Alpha: unit.Ratio{Num: 1}}, []ID{b.link}},
		"cannot hold one":      {Pool{Octets: 1499}, []ID{b.link}},
		"named twice":          {Pool{Octets: 9000}, []ID{b.link, b.link}},
		"carries packets":      {Pool{Octets: 9000}, []ID{busy}},
		"shared buffer buffer": {Pool{Octets: -1}, []ID{b.link}},
	} {
		c.pool.Name = "buffer"
		if err := b.AddPool(c.pool, c.links); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
	noError(t, b.AddPool(Pool{Name: "a", Octets: 9000}, []ID{b.link}))
	if err := b.AddPool(Pool{Name: "b", Octets: 9000}, []ID{b.link}); err == nil {
		t.Error("a link in two pools")
	}
}
