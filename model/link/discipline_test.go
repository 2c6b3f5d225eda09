package link

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

func TestKinds(t *testing.T) {
	if len(Kinds()) != int(kinds) {
		t.Fatalf("%d names of %d kinds", len(Kinds()), kinds)
	}
	for i, name := range Kinds() {
		k, err := ParseKind(name)
		if err != nil || int(k) != i || k.String() != name {
			t.Errorf("%q is %v: %v", name, k, err)
		}
	}
	if _, err := ParseKind("blue"); err == nil || !strings.Contains(err.Error(), "fq-codel") {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestDisciplineErrors(t *testing.T) {
	red := func(r REDConfig) Discipline { return Discipline{Kind: RED, RED: r} }
	for want, c := range map[string]Config{
		"unknown":        {Discipline: Discipline{Kind: kinds}},
		"random-early":   {Discipline: Discipline{Band: 2}},
		"more packets":   {Queue: Queue{Packets: 2}, Discipline: Discipline{Band: 2}},
		"needs one":      {Discipline: Discipline{Kind: Threshold}},
		"in octets or":   {Discipline: Discipline{Kind: Threshold, Mark: Queue{Packets: 2, Octets: 9000}}},
		"both be in":     {Discipline: red(REDConfig{Min: Queue{Packets: 2}, Max: Queue{Octets: 9}})},
		"and rise":       {Discipline: red(REDConfig{Min: Queue{Packets: 5}, Max: Queue{Packets: 5}})},
		"is above 1":     {Discipline: Discipline{Kind: RED, RED: REDConfig{MaxP: unit.Ratio{Num: 3, Den: 2}}}},
		"exponent":       {Discipline: Discipline{Kind: RED, RED: REDConfig{Weight: 17}}},
		"mean packet":    {Discipline: Discipline{Kind: RED, RED: REDConfig{MeanOctets: -1}}},
		"ages its":       {Discipline: Discipline{Kind: RED}, Trace: parse(t, "1\n")},
		"CoDel's target": {Discipline: Discipline{Kind: CoDel, CoDel: CoDelConfig{Target: unit.Second}}},
		"FQ-CoDel with":  {Discipline: Discipline{Kind: FQCoDel, FQ: FQConfig{Flows: 65536}}},
		"PIE with":       {Discipline: Discipline{Kind: PIE, PIE: PIEConfig{Update: 1}}},
	} {
		c.Name = "a"
		_, err := NewNet(sim.NewWorld(1)).AddLink(c)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "link a") {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}

// sendECN offers a packet with an ECN field.
func (b *bench) sendECN(now sim.Time, size int, tos uint8) {
	p, seg := b.NewPacket()
	seg.Seq, seg.TOS = b.next, tos
	b.next++
	b.Net.Send(now, p, b.route, size)
}

// TestThresholdMarks: a packet is marked if it finds more than K, and only if it is ECN-capable.
func TestThresholdMarks(t *testing.T) {
	for _, mark := range []Queue{{Packets: 2}, {Octets: 3000}} {
		for _, strict := range []bool{false, true} {
			d := Discipline{Kind: Threshold, Mark: mark, Strict: strict}
			b := newBench(t, Config{Rate: 12 * mbps1, Discipline: d})
			b.at(0, func(now sim.Time) {
				for _, tos := range []uint8{2, 2, 2, 2, 0, 1, 3} { // the first three find 0, 1 and 2
					b.sendECN(now, 1500, tos|0xa0)
				}
			})
			b.at(2*ms1, func(now sim.Time) { // two have left
				b.sendECN(now, 1500, 2)
			})
			b.run(100 * ms1)
			want, dropped := []uint8{2, 2, 2, 3, 0, 3, 3, 3}, int64(0)
			if strict {
				want, dropped = []uint8{2, 2, 2, 3, 3, 3, 3}, 1
			}
			if got := b.sink.ecn(); !slices.Equal(got, want) {
				t.Errorf("K %v, strict %v: ECN fields %v, want %v", mark, strict, got, want)
			}
			c := b.Counters(b.link)
			if c.Marked.Packets != 4 || c.Marked.Octets != 6000 || c.DroppedEarly.Packets != dropped {
				t.Errorf("counters %+v", c)
			}
			b.wantConserved(t, 8)
		}
	}
}

// TestRandomBand: only packets that would be among the last two of the queue may be dropped, one in ten.
func TestRandomBand(t *testing.T) {
	const limit, rounds = 10, 20_000
	b := newBench(t, Config{Rate: 12 * mbps1, Queue: Queue{Packets: limit}, Discipline: Discipline{Band: 2}})
	for i := range rounds {
		now := sim.Time(i) * 20 * ms1
		b.run(now)
		for range limit - 2 {
			b.send(now, 1500)
		}
		if c := b.Counters(b.link); b.Queued(b.link).Packets != limit-2 || c.DroppedQueue.Packets > 0 {
			t.Fatalf("dropped before the band: %+v", c)
		}
		b.send(now, 1500) // in the band
	}
	d := b.Counters(b.link).DroppedEarly.Packets
	if d < rounds/10-200 || d > rounds/10+200 { // 4.7 standard deviations
		t.Errorf("%d of %d dropped in the band, want a tenth", d, rounds)
	}
	for range 5 {
		b.send(b.w.Now(), 1500)
	}
	if c := b.Counters(b.link); c.DroppedQueue.Packets == 0 || c.PeakPackets != limit {
		t.Errorf("beyond the limit: %+v", c)
	}
}

// anyDiscipline draws one that has something to do with small packets in nanoseconds.
func anyDiscipline(t *rapid.T) Discipline {
	d := Discipline{
		Kind: Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), ECN: rapid.Bool().Draw(t, "ECN"),
		Strict: rapid.Bool().Draw(t, "strict"), Mark: Queue{Packets: 2},
		RED:   REDConfig{Min: Queue{Packets: 1}, Max: Queue{Packets: 3}, Weight: 1, MeanOctets: 20},
		CoDel: CoDelConfig{Target: 20, Interval: 100, CEThreshold: 50}, FQ: FQConfig{Flows: 3, Quantum: 30},
		PIE: PIEConfig{Target: 20, Update: unit.Microsecond, MaxBurst: 1, Alpha: unit.Ratio{Num: 1 << 30, Den: 1}},
	}
	if d.Kind == DropTail {
		d.Band = 1
	}
	return d
}

// TestDisciplinesUnderChanges checks what must hold whatever happens to a link of any discipline.
func TestDisciplinesUnderChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{
			Rate: 1_000_000_000, Delay: 100, Queue: Queue{Packets: 5}, Discipline: anyDiscipline(t),
			Loss:   Loss{Ratio: unit.Ratio{Num: 1, Den: 5}},
			Jitter: Jitter{Span: unit.Duration(rapid.SampledFrom([]int64{0, 300}).Draw(t, "jitter"))},
			Wake:   Wake{Delay: unit.Duration(rapid.SampledFrom([]int64{0, 300}).Draw(t, "wake")), Idle: 100},
		}
		c.Jitter.Reorder = c.Jitter.Span > 0 && rapid.Bool().Draw(t, "reorder")
		b := newBench(t, c)
		now, offered, pooled := sim.Time(0), 0, rapid.Bool().Draw(t, "pool")
		if pooled {
			noError(t, b.AddPool(Pool{Name: "p", Octets: 150, Alpha: unit.Ratio{Num: 2, Den: 1}}, []ID{b.link}))
		}
		for _, op := range rapid.SliceOfN(rapid.IntRange(0, 12), 1, 100).Draw(t, "ops") {
			now += sim.Time(rapid.SampledFrom([]int64{0, 1, 40, 300, 3000}).Draw(t, "step"))
			b.run(now)
			switch op {
			default:
				p, seg := b.NewPacket()
				seg.Seq, seg.TOS = b.next, uint8(op&3)
				seg.SrcPort = uint16(op)
				b.next++
				b.Net.Send(now, p, b.route, rapid.IntRange(1, 40).Draw(t, "size"))
				offered++
			case 8:
				r := rapid.SampledFrom([]unit.Bitrate{0, 1_000_000_000, 77_777_777}).Draw(t, "rate")
				noError(t, b.SetRate(b.link, r))
			case 9:
				noError(t, b.SetDelay(b.link, unit.Duration(rapid.IntRange(0, 500).Draw(t, "delay"))))
			case 10:
				b.SetDown(b.link, !b.Down(b.link))
			case 11:
				b.Flush(b.link)
			case 12:
				noError(t, b.SetQueue(b.link, Queue{Packets: rapid.IntRange(1, 5).Draw(t, "limit")}))
			}
			b.wantConserved(t, offered)
			if q := b.Queued(b.link); q.Packets > 5 || q.Octets < 0 || pooled && q.Octets > 150 {
				t.Fatalf("%+v queued", q)
			}
		}
		b.run(1 << 40)
		b.wantConserved(t, offered)
		if b.InUse() != 0 || b.Queued(b.link) != (Count{}) {
			t.Fatalf("%d packets left, %+v queued", b.InUse(), b.Queued(b.link))
		}
		if !c.Jitter.Reorder && c.Discipline.Kind != FQCoDel && !slices.IsSorted(b.sink.tags) {
			t.Fatalf("order broken: %v", b.sink.tags)
		}
	})
}
