package link

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// flowSink notes what arrives of each flow, by source port, and how long it took.
type flowSink struct {
	n       *Net
	packets [8]int
	octets  [8]int64
	latest  [8]unit.Duration
}

func (s *flowSink) Receive(now sim.Time, p PacketID) {
	seg := s.n.Segment(p)
	s.packets[seg.SrcPort]++
	s.octets[seg.SrcPort] += int64(s.n.Size(p))
	s.latest[seg.SrcPort] = max(s.latest[seg.SrcPort], now.Sub(sim.Time(seg.Seq)))
	s.n.Free(p)
}

func newFlowBench(t checker, c Config) (*bench, *flowSink) {
	b := newBench(t, c)
	s := &flowSink{n: b.Net}
	b.route = b.AddRoute([]ID{b.link}, b.AddReceiver(s))
	return b, s
}

// fairLink carries 1500 octets a millisecond.
func fairLink(packets, quantum int) Config {
	return Config{Rate: 12 * mbps1, Queue: Queue{Packets: packets},
		Discipline: Discipline{Kind: FQCoDel, FQ: FQConfig{Quantum: quantum}}}
}

// sendFlow offers a packet of a flow that is stamped with its time.
func (b *bench) sendFlow(now sim.Time, flow uint16, size int) {
	p, seg := b.NewPacket()
	seg.Seq, seg.SrcPort = uint32(now), flow
	b.Net.Send(now, p, b.route, size)
}

// TestFairShares: three greedy flows with packets of different sizes get the same octets, and a sparse one
// does not wait for more than the packets of one round.
func TestFairShares(t *testing.T) {
	b, s := newFlowBench(t, fairLink(300, 0))
	sizes := [...]int{1500, 300, 900}
	if len(b.extras[b.link].aqm.server.fair.flows) != 0 {
		t.Fatal("queues before packets")
	}
	for now := sim.Time(0); now < 2000*ms1; now += ms1 / 10 {
		b.run(now)
		for flow, size := range sizes {
			if now%(sim.Time(size)*ms1/1500/10*10) == 0 || flow == 0 { // each at more than the link's rate
				b.sendFlow(now, uint16(flow), size)
			}
		}
		if now%(20*ms1) == 7*ms1 {
			b.sendFlow(now, 3, 100)
		}
	}
	flows := len(b.extras[b.link].aqm.server.fair.flows)
	if flows != 4 {
		t.Fatalf("%d queues for 4 flows: their hashes collide, choose another seed", flows)
	}
	third := int64(2 * 1_500_000 / 3)
	for flow := range sizes {
		if got := s.octets[flow]; got < third*96/100 || got > third*104/100 {
			t.Errorf("flow %d got %d octets, a fair share is %d", flow, got, third)
		}
	}
	// Its packet waits at most for the one in service and, as the queue is new, for nobody else.
	if s.packets[3] != 100 || s.latest[3] > unit.Millisecond+unit.Millisecond*100/1500+1 {
		t.Errorf("sparse flow: %d packets, the slowest took %v", s.packets[3], s.latest[3])
	}
	c := b.Counters(b.link)
	if c.DroppedQueue.Packets == 0 || c.Evicted.Packets != c.DroppedQueue.Packets+c.DroppedEarly.Packets ||
		c.PeakPackets > 300 {
		t.Errorf("counters %+v", c)
	}
}

// TestFairEviction: when the limit is reached, the packets of the fattest queue go, oldest first, half of its
// octets at once.
func TestFairEviction(t *testing.T) {
	b, s := newFlowBench(t, fairLink(20, 0))
	for range 15 {
		b.sendFlow(0, 0, 1500) // one in service, 14 wait
	}
	for range 5 {
		b.sendFlow(0, 1, 1000)
	}
	if q := b.Queued(b.link).Packets; q != 20 {
		t.Fatalf("%d queued", q)
	}
	b.sendFlow(0, 1, 1000)
	if c := b.Counters(b.link); c.DroppedQueue != (Count{7, 7 * 1500}) || b.Queued(b.link).Packets != 14 {
		t.Fatalf("%+v dropped, %d queued", c.DroppedQueue, b.Queued(b.link).Packets)
	}
	b.run(1000 * ms1)
	if s.packets[0] != 8 || s.packets[1] != 6 {
		t.Errorf("%d and %d arrived", s.packets[0], s.packets[1])
	}
}

// TestFairOrder is deficit round robin by hand: quantum 1500, a flow of 1000 octets a packet beside one of
// 1500, both queues new at first, then old.
func TestFairOrder(t *testing.T) {
	b := newBench(t, fairLink(0, 1500))
	for range 4 {
		b.sendFlow(0, 0, 1000) // the first is in service at once: deficit 500
	}
	for range 3 {
		b.sendFlow(0, 1, 1500)
	}
	b.run(1000 * ms1)
	want := []int{1000, 1000, 1500, 1000, 1500, 1000, 1500}
	// 0: 1000 (500 left), 1000 (-500): to the old ones with 1000. 1: 1500 (0): to the old ones with 1500.
	// 0: 1000 (0): turn over, 1500. 1: 1500 (0). 0: 1000, and empty. 1: 1500.
	for i, size := range b.sink.size {
		if size != want[i] {
			t.Fatalf("order %v, want %v", b.sink.size, want)
		}
	}
}

// TestNewQueueGrowsOld: a queue that was new and has become empty stands behind the old ones once before it
// can be new again (section 4.2).
func TestNewQueueGrowsOld(t *testing.T) {
	b := newBench(t, fairLink(0, 1500))
	for range 10 {
		b.sendFlow(0, 0, 750) // half a millisecond each, two in a turn
	}
	b.run(ms1 + ms1/4)           // two have been sent, the third is in service: an old queue's first
	b.sendFlow(b.w.Now(), 1, 75) // new: next, at 1.5 ms, for 0.05 ms
	b.run(ms1 + ms1/4*3)         // the other flow has gone on
	b.sendFlow(b.w.Now(), 1, 75) // old: after what is left of the other's turn
	b.run(100 * ms1)
	at := map[int]int{}
	for i, size := range b.sink.size {
		if size == 75 {
			at[len(at)] = i
		}
	}
	if at[0] != 3 || at[1] != 5 {
		t.Errorf("the small packets came %d. and %d., sizes %v", at[0]+1, at[1]+1, b.sink.size)
	}
}

// TestFairSlots: one queue for all is one queue.
func TestFairSlots(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Discipline: Discipline{Kind: FQCoDel, FQ: FQConfig{Flows: 1}}})
	for flow := range uint16(5) {
		b.sendFlow(0, flow, 1500)
	}
	if n := len(b.extras[b.link].aqm.server.fair.flows); n != 1 {
		t.Errorf("%d queues", n)
	}
	if q := b.extras[b.link].queue; q.Packets != 10240 {
		t.Errorf("limit %+v", q)
	}
}
