package link

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// No kind of link allocates per packet once its lists have grown.
func TestUnusualLinksDoNotAllocate(t *testing.T) {
	half := unit.Ratio{Num: 1, Den: 2}
	bursts := &GilbertElliott{GoodToBad: half, BadToGood: half, LossBad: half}
	for name, c := range map[string]Config{
		"loss":    {Rate: 12 * mbps1, Loss: Loss{Ratio: half}},
		"bursts":  {Rate: 12 * mbps1, Loss: Loss{Burst: bursts}},
		"jitter":  {Rate: 12 * mbps1, Jitter: Jitter{Span: unit.Millisecond, Bell: true}},
		"reorder": {Rate: 12 * mbps1, Jitter: Jitter{Span: 5 * unit.Millisecond, Reorder: true}},
		"wake":    {Rate: 12 * mbps1, Wake: Wake{Delay: 100 * unit.Microsecond, Idle: 1}},
		"trace":   {Trace: parse(t, "1\n3\n")},
		"full":    {Rate: mbps1, Queue: Queue{Packets: 2}},
		"band":    {Rate: 12 * mbps1, Queue: Queue{Packets: 3}, Discipline: Discipline{Band: 2}},
		"mark":    {Rate: 12 * mbps1, Discipline: Discipline{Kind: Threshold, Mark: Queue{Packets: 1}}},
		"RED":     {Rate: 10 * mbps1, Discipline: Discipline{Kind: RED}},
		"CoDel":   {Rate: 10 * mbps1, Discipline: Discipline{Kind: CoDel}},
		"fair":    {Rate: 10 * mbps1, Queue: Queue{Packets: 50}, Discipline: Discipline{Kind: FQCoDel}},
		"PIE":     {Rate: 10 * mbps1, Discipline: Discipline{Kind: PIE}},
	} {
		b := newBench(t, c)
		n := b.Net
		s := &discard{n: n}
		b.route = n.AddRoute([]ID{b.link}, n.AddReceiver(s))
		now := sim.Time(0)
		round := func() {
			b.send(now, 700)
			b.send(now, 700)
			now += ms1
			b.run(now)
		}
		for range 20_000 {
			round()
		}
		if got := testing.AllocsPerRun(2000, round); got != 0 {
			t.Errorf("%s: %v allocations a round", name, got)
		}
		if s.packets == 0 {
			t.Errorf("%s: nothing arrived", name)
		}
	}
}

type discard struct {
	n       *Net
	packets int
}

func (d *discard) Receive(_ sim.Time, p PacketID) {
	d.packets++
	d.n.Free(p)
}

// The arena doubles while it is small and grows by a quarter when it is not; nothing is lost or given twice.
func TestArenaGrows(t *testing.T) {
	var a arena
	a.init(sim.NewWorld(1))
	seen := make([]bool, 4*manyPackets)
	for range 3 * manyPackets {
		before := len(a.packets)
		p, _ := a.NewPacket()
		if p == 0 || seen[p] {
			t.Fatalf("packet %d given twice", p)
		}
		seen[p] = true
		if after := len(a.packets); before >= manyPackets && after > before+before/4 {
			t.Fatalf("the arena grew from %d to %d packets", before, after)
		} else if after%segmentChunk != 0 || len(a.segments)*segmentChunk != after {
			t.Fatalf("%d packets, %d chunks of segments", after, len(a.segments))
		}
	}
}
