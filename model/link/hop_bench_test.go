package link

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// The engine alone: a closed network in which packets go round, without endpoints. A packet-hop is
// one packet taken by one link. The layouts are a dumbbell and the three-level FatTree of Al-Fares et
// al. (SIGCOMM 2008).

// returner turns what arrives round: data of 1500 octets goes back as 64, these as data.
type returner struct {
	n *Net
	// By packet: its two routes.
	out, back []Route
}

func (r *returner) Receive(now sim.Time, p PacketID) {
	if r.n.Size(p) == 1500 {
		r.n.Send(now, p, r.back[p], 64)
		return
	}
	r.n.Send(now, p, r.out[p], 1500)
}

// ring is a closed network: its worlds and where its hops are counted.
type ring struct {
	w *sim.World
	n *Net
	r *returner
}

func newRing() *ring {
	w := sim.NewWorld(1)
	n := NewNet(w)
	r := &returner{n: n}
	n.AddReceiver(r)
	return &ring{w: w, n: n, r: r}
}

func (g *ring) link(name string, rate unit.Bitrate, delay unit.Duration) ID {
	id, err := g.n.AddLink(Config{Name: name, Rate: rate, Delay: delay, Queue: Queue{Packets: 100}})
	if err != nil {
		panic(err)
	}
	return id
}

// flow starts packets that go out and back.
func (g *ring) flow(out, back []ID, packets int) {
	there, home := g.n.AddRoute(out, 0), g.n.AddRoute(back, 0)
	for range packets {
		p, _ := g.n.NewPacket()
		for len(g.r.out) <= int(p) {
			g.r.out, g.r.back = append(g.r.out, 0), append(g.r.back, 0)
		}
		g.r.out[p], g.r.back[p] = there, home
		g.n.Send(0, p, there, 1500)
	}
}

func (g *ring) hops() int64 {
	sum := int64(0)
	for i := range g.n.links {
		sum += g.n.links[i].accepted.Packets
	}
	return sum
}

// dumbbell has flows over access link, bottleneck and egress link, and back.
func dumbbell(flows int) *ring {
	const gbps = unit.Bitrate(1_000_000_000)
	g := newRing()
	forward := g.link("bottleneck", gbps, 10*unit.Microsecond)
	back := g.link("back", gbps, 10*unit.Microsecond)
	for i := range flows {
		in := g.link(fmt.Sprintf("in%d", i), gbps, unit.Microsecond)
		out := g.link(fmt.Sprintf("out%d", i), gbps, unit.Microsecond)
		backIn := g.link(fmt.Sprintf("backin%d", i), gbps, unit.Microsecond)
		backOut := g.link(fmt.Sprintf("backout%d", i), gbps, unit.Microsecond)
		g.flow([]ID{in, forward, out}, []ID{backIn, back, backOut}, 8)
	}
	return g
}

// fatTree has k^3/4 hosts and 3k^3/2 links; each host keeps packets going to one in another pod, over
// several paths, with small ones on the way back.
func fatTree(k, subflows, window int) *ring {
	const gbps = unit.Bitrate(1_000_000_000)
	g := newRing()
	half := k / 2
	hosts := k * half * half
	grid := func(name string, a, b int) [][2]ID { // links up and down between a*b neighbours
		ids := make([][2]ID, a*b)
		for i := range ids {
			ids[i][0] = g.link(fmt.Sprintf("%s%d.up", name, i), gbps, unit.Microsecond)
			ids[i][1] = g.link(fmt.Sprintf("%s%d.down", name, i), gbps, unit.Microsecond)
		}
		return ids
	}
	host := grid("host", hosts, 1)     // host h to its edge switch
	edge := grid("edge", k*half, half) // edge switch e to aggregation switch j of its pod
	aggr := grid("aggr", k*half, half) // aggregation switch a to core switch j of its group
	path := func(src, dst, choice int) []ID {
		srcEdge, dstEdge := src/half, dst/half
		srcPod, dstPod := srcEdge/half, dstEdge/half
		j, c := choice%half, choice/half%half
		return []ID{
			host[src][0], edge[srcEdge*half+j][0], aggr[(srcPod*half+j)*half+c][0],
			aggr[(dstPod*half+j)*half+c][1], edge[dstEdge*half+j][1], host[dst][1],
		}
	}
	for h := range hosts {
		dst := (h*7 + hosts/2 + 1) % hosts
		if dst/half/half == h/half/half {
			dst = (dst + half*half) % hosts
		}
		for s := range subflows {
			choice := (h*31 + s*17) * 2654435761 >> 7 & 0xffff
			g.flow(path(h, dst, choice), path(dst, h, choice), window)
		}
	}
	return g
}

// benchmarkHops reports CPU time per packet-hop after a warm-up of 2 ms and a million hops, and what the world
// keeps in memory. Compare minima of several runs: see "make bench-compare".
func benchmarkHops(b *testing.B, build func() *ring, step unit.Duration) {
	before := heapOctets()
	g := build()
	memory := heapOctets() - before
	now := sim.Time(0)
	for now < sim.Time(2*unit.Millisecond) || g.hops() < 1_000_000 {
		now = now.Add(step)
		g.w.Run(now)
	}
	hops, cpu := g.hops(), cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(step)
		g.w.Run(now)
	}
	cpu, hops = cpuTime()-cpu, g.hops()-hops
	b.ReportMetric(float64(cpu)/float64(hops), "cpu-ns/hop")
	b.ReportMetric(float64(hops)/float64(b.N), "hops/op")
	b.ReportMetric(float64(memory)/1e6, "MB")
}

// heapOctets returns what is reachable in the heap.
func heapOctets() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpuTime returns the process's user and system time, ns: unlike wall time it does not count what
// other processes take. 0 where it cannot be had.
func cpuTime() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkHopDumbbell10(b *testing.B)  { benchmarkDumbbell(b, 10) }
func BenchmarkHopDumbbell100(b *testing.B) { benchmarkDumbbell(b, 100) }
func BenchmarkHopFatTree4(b *testing.B)    { benchmarkFatTree(b, 4, unit.Millisecond) }
func BenchmarkHopFatTree8(b *testing.B)    { benchmarkFatTree(b, 8, 200*unit.Microsecond) }
func BenchmarkHopFatTree16(b *testing.B)   { benchmarkFatTree(b, 16, 50*unit.Microsecond) }
func BenchmarkHopFatTree32(b *testing.B)   { benchmarkFatTree(b, 32, 20*unit.Microsecond) }

func benchmarkDumbbell(b *testing.B, flows int) {
	benchmarkHops(b, func() *ring { return dumbbell(flows) }, 2*unit.Millisecond)
}

func benchmarkFatTree(b *testing.B, k int, step unit.Duration) {
	benchmarkHops(b, func() *ring { return fatTree(k, 8, 2) }, step)
}

func TestHopDoesNotAllocate(t *testing.T) {
	for name, g := range map[string]*ring{"dumbbell": dumbbell(10), "fat tree": fatTree(4, 8, 2)} {
		now := sim.Time(0)
		step := func() {
			now = now.Add(unit.Millisecond)
			g.w.Run(now)
		}
		for range 200 {
			step()
		}
		if n := testing.AllocsPerRun(50, step); n != 0 {
			t.Errorf("%s: %v allocations a millisecond", name, n)
		}
	}
}
