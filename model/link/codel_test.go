package link

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestCoDelControlLaw overloads a link without feedback: the first packet is dropped when the delay has been
// above the target for an interval, and the k-th drop follows interval/sqrt(k) after the one before.
func TestCoDelControlLaw(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: CoDel}})
	var drops []sim.Time
	for now := sim.Time(0); now < 1000*ms1; now += ms1 / 10 { // ten times too much; 1 ms a packet
		before := b.Counters(b.link).DroppedEarly.Packets
		b.run(now)
		if now%(ms1/2) == 0 {
			b.send(now, 1500)
		}
		if b.Counters(b.link).DroppedEarly.Packets > before {
			drops = append(drops, now)
		}
	}
	// Packets come twice as fast as they leave. The one that leaves at 2k ms has waited k ms: at 10 ms the
	// first one above the target, and 100 ms later the first drop.
	if len(drops) < 10 || drops[0] < 110*ms1 || drops[0] > 112*ms1 {
		t.Fatalf("drops at %v", drops)
	}
	due := drops[0]
	for k, at := range drops[1:] {
		due += sim.Time(float64(100*ms1) / math.Sqrt(float64(k+1)))
		if at < due-ms1 || at > due+2*ms1 { // at the next departure
			t.Fatalf("drop %d at %v, the law says %v", k+2, at, due)
		}
	}
}

// textbook is CoDel as the pseudo-code of RFC 8289 section 5 has it, on a link that carries an octet each
// nanosecond.
type textbook struct {
	codel          CoDelConfig
	ecn            bool
	queue          []textPacket
	octets         int
	largest        int
	freeAt         int64
	firstAbove     int64
	dropNext       int64
	count, last    int
	dropping       bool
	sent           []textPacket
	dropped, marks int
}

type textPacket struct {
	tag     uint32
	size    int
	came    int64
	ect, ce bool
	at      int64
}

func (x *textbook) dodequeue(now int64) (p *textPacket, ok bool) {
	if len(x.queue) == 0 {
		x.firstAbove = 0
		return nil, false
	}
	p = &textPacket{}
	*p = x.queue[0]
	x.queue = x.queue[1:]
	x.octets -= p.size
	if now-p.came < int64(x.codel.Target) || x.octets <= x.largest {
		x.firstAbove = 0
	} else if x.firstAbove == 0 {
		x.firstAbove = now + int64(x.codel.Interval)
	} else if now >= x.firstAbove {
		ok = true
	}
	return p, ok
}

func (x *textbook) law(t int64, count int) int64 {
	return t + int64(float64(x.codel.Interval)/math.Sqrt(float64(count)))
}

// drop returns true if the packet is marked in its place.
func (x *textbook) drop(p *textPacket) bool {
	if x.ecn && p.ect {
		p.ce = true
		x.marks++
		return true
	}
	x.dropped++
	return false
}

func (x *textbook) deque(now int64) *textPacket {
	p, ok := x.dodequeue(now)
	if x.dropping {
		if !ok {
			x.dropping = false
		}
		for x.dropping && now >= x.dropNext {
			x.count++
			if x.drop(p) {
				x.dropNext = x.law(x.dropNext, x.count)
				return p
			}
			if p, ok = x.dodequeue(now); !ok {
				x.dropping = false
			} else {
				x.dropNext = x.law(x.dropNext, x.count)
			}
		}
	} else if ok {
		if !x.drop(p) {
			p, _ = x.dodequeue(now)
		}
		x.dropping = true
		delta := x.count - x.last
		x.count = 1
		if delta > 1 && now-x.dropNext < 16*int64(x.codel.Interval) {
			x.count = delta
		}
		x.dropNext = x.law(now, x.count)
		x.last = x.count
	}
	return p
}

// advance serves what begins by now.
func (x *textbook) advance(now int64) {
	for len(x.queue) > 0 && x.freeAt <= now {
		start := max(x.freeAt, x.queue[0].came)
		p := x.deque(start)
		if p == nil {
			return
		}
		x.freeAt = start + int64(p.size)
		p.at = x.freeAt
		x.sent = append(x.sent, *p)
	}
	if len(x.queue) == 0 && x.freeAt <= now { // the transmitter found nothing to send
		x.dodequeue(now)
		x.dropping = false
	}
}

// TestCoDelAgainstTextbook: arrivals, marks and drops are those of the pseudo-code.
func TestCoDelAgainstTextbook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &textbook{ecn: rapid.Bool().Draw(t, "ECN"), codel: CoDelConfig{
			Target:   unit.Duration(rapid.SampledFrom([]int64{1, 30, 100}).Draw(t, "target")),
			Interval: unit.Duration(rapid.SampledFrom([]int64{100, 500}).Draw(t, "interval")),
		}}
		b := newBench(t, Config{Rate: 8_000_000_000,
			Discipline: Discipline{Kind: CoDel, CoDel: x.codel, ECN: x.ecn}})
		now, offered := int64(0), 0
		step := int64(0)
		for i := range 400 {
			if i%40 == 0 { // more or less than the link carries, 20 octets in 20 ns
				step = rapid.SampledFrom([]int64{1, 8, 15, 25, 60}).Draw(t, "step")
				now += rapid.SampledFrom([]int64{0, 0, 1000, 10_000}).Draw(t, "pause")
			}
			now += step + rapid.Int64Range(0, 3).Draw(t, "more")
			size := rapid.SampledFrom([]int{1, 19, 20, 21, 40}).Draw(t, "size")
			tos := rapid.SampledFrom([]uint8{0, 2}).Draw(t, "ECN field")
			b.run(sim.Time(now))
			x.advance(now)
			x.largest = max(x.largest, size)
			x.queue = append(x.queue, textPacket{tag: uint32(offered), size: size, came: now, ect: tos != 0})
			x.octets += size
			x.advance(now)
			b.sendECN(sim.Time(now), size, tos)
			offered++
			b.wantConserved(t, offered)
		}
		b.run(1 << 40)
		x.advance(1 << 40)
		if len(b.sink.at) != len(x.sent) {
			t.Fatalf("%d packets arrived, %d of the textbook", len(b.sink.at), len(x.sent))
		}
		for i, want := range x.sent {
			if b.sink.tags[i] != want.tag || int64(b.sink.at[i]) != want.at || b.sink.tos[i] == ecnCE != want.ce {
				t.Fatalf("arrival %d: packet %d at %v, ECN %d, want %+v", i, b.sink.tags[i], b.sink.at[i],
					b.sink.tos[i], want)
			}
		}
		if c := b.Counters(b.link); int(c.DroppedEarly.Packets) != x.dropped || int(c.Marked.Packets) != x.marks {
			t.Fatalf("%+v, the textbook has %d drops and %d marks", c, x.dropped, x.marks)
		}
	})
}

// TestCEThreshold: packets that have waited longer are marked, whatever CoDel thinks.
func TestCEThreshold(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: CoDel,
		CoDel: CoDelConfig{CEThreshold: 2 * unit.Millisecond}}})
	for _, tos := range []uint8{2, 2, 2, 2, 0, 1} { // they wait 0, 1, 2 ms ...
		b.sendECN(0, 1500, tos)
	}
	b.run(100 * ms1)
	if got := b.sink.ecn(); !slices.Equal(got, []uint8{2, 2, 2, 3, 0, 3}) {
		t.Errorf("ECN fields %v", got)
	}
}
