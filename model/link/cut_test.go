package link

import (
	"fmt"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// A closed FatTree that may be cut by pods: hosts turn round what arrives. Which of its two routes a packet
// takes next is written in the packet, because its number changes where it crosses.

// podHost is one host: its packets are in the net of its part.
type podHost struct {
	t    *podTree
	net  *Net
	hash sim.Hash
}

// Receive sends data back as an acknowledgment, and the other way round.
func (h *podHost) Receive(now sim.Time, p PacketID) {
	s := h.net.Segment(p)
	f := &h.t.flows[s.Seq]
	h.hash.Mix(uint64(now) ^ uint64(s.Seq)<<40 ^ uint64(s.TOS)<<60)
	if s.TOS != 0 {
		s.TOS = 2
	}
	if h.net.Size(p) == 1500 {
		h.net.Send(now, p, f.back, 64)
		return
	}
	h.net.Send(now, p, f.out, 1500)
}

type podFlow struct{ out, back Route }

type podTree struct {
	w     *sim.World
	nets  []*Net // by part
	hosts []*podHost
	flows []podFlow
	half  int
	ups   []ID // from aggregation to core
}

// podOptions describe the links.
type podOptions struct {
	k, subflows, window int
	link                Config
	capable             bool // of ECN
	mixed               bool // small packets are there from the start
	// what happens at each of these times: links from aggregation to core go down, or up again.
	outages []sim.Time
}

func newPodTree(o podOptions, parts int) *podTree {
	const gbps = unit.Bitrate(1_000_000_000)
	w := sim.NewWorld(1)
	n := NewNet(w)
	half := o.k / 2
	t := &podTree{w: w, half: half}
	count := o.k * half * half
	var pods []int // by link: the pod that serves it
	grid := func(name string, nodes, each, perPod int) [][2]ID {
		ids := make([][2]ID, nodes*each)
		for i := range ids {
			for d := range 2 {
				c := o.link
				c.Name = fmt.Sprintf("%s%d.%d", name, i, d)
				if c.Rate == 0 {
					c.Rate = gbps
				}
				id, err := n.AddLink(c)
				if err != nil {
					panic(err)
				}
				ids[i][d] = id
				pods = append(pods, i/perPod)
			}
		}
		return ids
	}
	host := grid("host", count, 1, half*half)
	edge := grid("edge", o.k*half, half, half*half)
	aggr := grid("aggr", o.k*half, half, half*half)
	path := func(src, dst, choice int) []ID {
		srcEdge, dstEdge := src/half, dst/half
		srcPod, dstPod := srcEdge/half, dstEdge/half
		j, c := choice%half, choice/half%half
		if srcPod == dstPod {
			return []ID{host[src][0], edge[srcEdge*half+j][0], edge[dstEdge*half+j][1], host[dst][1]}
		}
		return []ID{
			host[src][0], edge[srcEdge*half+j][0], aggr[(srcPod*half+j)*half+c][0],
			aggr[(dstPod*half+j)*half+c][1], edge[dstEdge*half+j][1], host[dst][1],
		}
	}
	for h := range count {
		x := &podHost{t: t, net: n}
		t.hosts = append(t.hosts, x)
		n.AddReceiver(x)
		w.DigestOf(w.Component(fmt.Sprintf("sink/%d", h)), func() uint64 { return uint64(x.hash) })
	}
	for _, a := range aggr {
		t.ups = append(t.ups, a[0])
	}
	t.nets = []*Net{n}
	t.cut(o, parts, pods)
	t.outages(o)
	for h := range count {
		for s := range o.subflows {
			dst := (h*7 + s*half*half/2 + count/2 + 1) % count
			if dst == h {
				dst = (h + 1) % count
			}
			choice := (h*31 + s*17) * 2654435761 >> 7 & 0xffff
			from := t.hosts[h].net
			f := podFlow{from.AddRoute(path(h, dst, choice), int32(dst)),
				t.hosts[dst].net.AddRoute(path(dst, h, choice), int32(h))}
			for i := range o.window {
				at, route, size := from, f.out, 1500
				if o.mixed && i%2 == 1 {
					at, route, size = t.hosts[dst].net, f.back, 64
				}
				p, seg := at.NewPacket()
				seg.Seq = uint32(len(t.flows))
				if o.capable {
					seg.TOS = 2
				}
				at.Send(0, p, route, size)
			}
			t.flows = append(t.flows, f)
		}
	}
	return t
}

// cut divides the tree by pods.
func (t *podTree) cut(o podOptions, parts int, pods []int) {
	if parts == 1 {
		return
	}
	n := t.nets[0]
	c := Cut{Worlds: []*sim.World{t.w}, Routes: 1 << 20}
	for range parts - 1 {
		c.Worlds = append(c.Worlds, t.w.NewPart())
	}
	for _, pod := range pods {
		part := int32(pod * parts / o.k)
		c.Links = append(c.Links, part)
		c.Arrivals = append(c.Arrivals, 1<<uint(part))
	}
	for _, id := range t.ups {
		c.Arrivals[id] = 1<<uint(parts) - 1
	}
	for h := range t.hosts {
		c.Receivers = append(c.Receivers, int32(h/t.half/t.half*parts/o.k))
	}
	nets, err := n.Cut(c)
	if err != nil {
		panic(err)
	}
	t.nets = nets
	for h, x := range t.hosts {
		x.net = nets[c.Receivers[h]]
	}
}

// outages takes every third link to the core down, and up again.
func (t *podTree) outages(o podOptions) {
	for i, at := range o.outages {
		t.w.Global(at, func(sim.Time) {
			for j, id := range t.ups {
				if j%3 == 0 {
					t.nets[j%len(t.nets)].SetDown(id, i%2 == 0)
				}
			}
		})
	}
}

func (t *podTree) hops() int64 {
	sum := int64(0)
	for id := range t.nets[0].NumLinks() {
		sum += t.nets[0].Counters(ID(id)).Accepted.Packets
	}
	return sum
}

// state is what a run ends with: digest, counters and what is under way.
func (t *podTree) state() string {
	n := t.nets[0]
	var all Counters
	var on, queued Count
	for id := range n.NumLinks() {
		c := n.Counters(ID(id))
		all.Accepted.add(c.Accepted.Octets)
		all.Accepted.Packets += c.Accepted.Packets
		all.DroppedLoss.Packets += c.DroppedLoss.Packets
		all.DroppedQueue.Packets += c.DroppedQueue.Packets
		all.DroppedDown.Packets += c.DroppedDown.Packets
		all.Flushed.Packets += c.Flushed.Packets
		all.Marked.Packets += c.Marked.Packets
		all.DroppedEarly.Packets += c.DroppedEarly.Packets
		on.Packets += n.OnLink(ID(id)).Packets
		queued.Packets += n.Queued(ID(id)).Packets
	}
	return fmt.Sprintf("%s %d hops, lost %d, full %d, down %d (%d under way), marked %d, early %d, "+
		"%d on links, %d queued, %d in use",
		t.w.Digest(), all.Accepted.Packets, all.DroppedLoss.Packets, all.DroppedQueue.Packets,
		all.DroppedDown.Packets, all.Flushed.Packets, all.Marked.Packets, all.DroppedEarly.Packets,
		on.Packets, queued.Packets, n.InUse())
}

func (t *podTree) run(end, slice sim.Time) string {
	for t.w.Now() < end {
		t.w.Run(min(end, t.w.Now()+slice))
	}
	return t.state()
}

// cutCases are trees whose links do all that crossing links may do.
func cutCases() map[string]podOptions {
	const us = unit.Microsecond
	queue := Queue{Packets: 20}
	base := func(f func(o *podOptions)) podOptions {
		o := podOptions{k: 4, subflows: 4, window: 6, link: Config{Delay: us, Queue: queue}}
		f(&o)
		return o
	}
	codel := CoDelConfig{Target: us, Interval: 20 * us}
	percent := unit.Ratio{Num: 1, Den: 100}
	return map[string]podOptions{
		"plain":   base(func(*podOptions) {}),
		"long":    base(func(o *podOptions) { o.link.Delay = 20 * us }),
		"loss":    base(func(o *podOptions) { o.link.Loss.Ratio = percent; o.window = 60; o.link.Queue.Packets = 0 }),
		"jitter":  base(func(o *podOptions) { o.link.Jitter.Span = 10 * us }),
		"outages": base(func(o *podOptions) { o.outages = []sim.Time{100_000, 130_000, 130_000, 200_001, 200_007} }),
		"ecn": base(func(o *podOptions) {
			o.capable = true
			o.link.Discipline = Discipline{Kind: Threshold, Mark: Queue{Packets: 4}}
		}),
		"red": base(func(o *podOptions) { o.capable = true; o.link.Discipline = Discipline{Kind: RED, ECN: true} }),
		"codel": base(func(o *podOptions) {
			o.link.Discipline = Discipline{Kind: CoDel, CoDel: CoDelConfig{Target: us, Interval: 20 * us}}
		}),
		"fq-codel": base(func(o *podOptions) {
			o.link.Discipline = Discipline{Kind: FQCoDel, CoDel: CoDelConfig{Target: us, Interval: 20 * us}}
		}),
		"tight": base(func(o *podOptions) { o.link.Queue.Packets = 2; o.window = 20 }),
		"far outages": base(func(o *podOptions) {
			o.window, o.link.Delay, o.mixed = 30, 20*us, true
			o.outages = []sim.Time{120_000, 125_000, 170_000, 171_001, 220_007, 221_000}
		}),
		"lossy outages": base(func(o *podOptions) {
			o.window, o.link.Delay, o.link.Loss.Ratio = 30, 20*us, unit.Ratio{Num: 1, Den: 5}
			o.outages = []sim.Time{120_000, 125_000, 170_000, 171_001, 220_007, 221_000}
		}),
		"everything": base(func(o *podOptions) {
			o.window, o.capable = 40, true
			o.link.Loss.Burst = &GilbertElliott{
				GoodToBad: percent, BadToGood: unit.Ratio{Num: 1, Den: 4}, LossBad: unit.Ratio{Num: 1, Den: 2},
			}
			o.link.Jitter.Span = 3 * us
			o.link.Discipline = Discipline{Kind: CoDel, ECN: true, CoDel: codel}
			o.outages = []sim.Time{50_000, 90_000, 150_000, 210_000}
		}),
	}
}

// TestCut: digests, counters and what is under way are those of the uncut world, for every number of parts.
func TestCut(t *testing.T) {
	for name, o := range cutCases() {
		t.Run(name, func(t *testing.T) {
			const end = sim.Time(300_000)
			want := newPodTree(o, 1).run(end, end)
			t.Log(want)
			for _, parts := range []int{2, 3, 4} {
				if got := newPodTree(o, parts).run(end, end); got != want {
					t.Errorf("%d parts:\n%s, want\n%s", parts, got, want)
				}
				if got := newPodTree(o, parts).run(end, 70_001); got != want {
					t.Errorf("%d parts in slices:\n%s, want\n%s", parts, got, want)
				}
			}
		})
	}
}

// TestCutProcessors: the same when there are fewer processors than parts.
func TestCutProcessors(t *testing.T) {
	o := podOptions{k: 8, subflows: 2, window: 4, link: Config{Delay: unit.Microsecond, Queue: Queue{Packets: 20}}}
	const end = sim.Time(200_000)
	want := newPodTree(o, 1).run(end, end)
	for _, procs := range []int{1, 2} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		for _, parts := range []int{2, 3, 4, 8} {
			if got := newPodTree(o, parts).run(end, end); got != want {
				t.Errorf("%d processors, %d parts: %s, want %s", procs, parts, got, want)
			}
		}
	}
}

// TestCutRandom: random trees with random outages.
func TestCutRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o podOptions
		o.k = rapid.SampledFrom([]int{2, 4}).Draw(t, "k")
		o.subflows = rapid.IntRange(1, 3).Draw(t, "subflows")
		o.window = rapid.IntRange(1, 30).Draw(t, "window")
		o.capable = rapid.Bool().Draw(t, "ECN-capable")
		o.mixed = rapid.Bool().Draw(t, "mixed")
		o.link.Rate = unit.Bitrate(rapid.SampledFrom([]int{10_000_000, 1_000_000_000, 999_999_937}).Draw(t, "rate"))
		o.link.Delay = unit.Duration(rapid.SampledFrom([]int{0, 1, 1000, 30_000}).Draw(t, "delay"))
		o.link.Queue.Packets = rapid.IntRange(0, 30).Draw(t, "queue")
		o.link.Loss.Ratio = unit.Ratio{Num: uint64(rapid.SampledFrom([]int{0, 0, 5, 30}).Draw(t, "loss")), Den: 100}
		o.link.Jitter.Span = unit.Duration(rapid.SampledFrom([]int{0, 0, 700, 20_000}).Draw(t, "jitter"))
		if kind := rapid.IntRange(0, 2).Draw(t, "discipline"); kind == 1 {
			o.link.Discipline = Discipline{Kind: Threshold, Mark: Queue{Packets: 3}}
		} else if kind == 2 {
			o.link.Discipline = Discipline{Kind: CoDel, ECN: true, CoDel: CoDelConfig{Target: 2000, Interval: 50_000}}
		}
		const end = sim.Time(100_000)
		for range rapid.IntRange(0, 6).Draw(t, "outages") {
			o.outages = append(o.outages, sim.Time(rapid.IntRange(0, int(end)).Draw(t, "at")))
		}
		slice := sim.Time(rapid.SampledFrom([]int{20_011, 150_000}).Draw(t, "slice"))
		want := newPodTree(o, 1).run(end, end)
		for parts := 2; parts <= o.k; parts++ {
			if got := newPodTree(o, parts).run(end, slice); got != want {
				t.Fatalf("%d parts:\n%s, want\n%s", parts, got, want)
			}
		}
	})
}

func benchmarkCut(b *testing.B, k, parts int, delay unit.Duration, step unit.Duration) {
	o := podOptions{k: k, subflows: 8, window: 2, link: Config{Delay: delay, Queue: Queue{Packets: 100}}}
	t := newPodTree(o, parts)
	now := sim.Time(0)
	for range 3 {
		now = now.Add(step)
		t.w.Run(now)
	}
	before, cpu := t.hops(), cpuTime()
	b.ResetTimer()
	for range b.N {
		now = now.Add(step)
		t.w.Run(now)
	}
	b.StopTimer()
	hops := t.hops() - before
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(hops), "ns/hop")
	b.ReportMetric(float64(cpuTime()-cpu)/float64(hops), "cpu-ns/hop")
}

// BenchmarkCut compares a world on one processor with the same in two parts. Run with -count to see the
// noise: what counts is ns/hop, wall time.
func BenchmarkCut(b *testing.B) {
	for _, k := range []int{8, 16} {
		for _, delay := range []unit.Duration{unit.Microsecond, 20 * unit.Microsecond} {
			for _, parts := range []int{1, 2} {
				b.Run(fmt.Sprintf("k=%d/%dus/parts=%d", k, delay/unit.Microsecond, parts), func(b *testing.B) {
					benchmarkCut(b, k, parts, delay, unit.Millisecond)
				})
			}
		}
	}
}
