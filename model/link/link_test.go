package link

import (
	"math/big"
	"reflect"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// sink notes what arrives and when, and gives the packets back.
type sink struct {
	n    *Net
	at   []sim.Time
	tags []uint32
	size []int
	tos  []uint8
}

// ecn returns the ECN fields of what arrived.
func (s *sink) ecn() []uint8 {
	var v []uint8
	for _, tos := range s.tos {
		v = append(v, tos&ecnMask)
	}
	return v
}

func (s *sink) Receive(now sim.Time, p PacketID) {
	s.at = append(s.at, now)
	s.tags = append(s.tags, s.n.Segment(p).Seq)
	s.size = append(s.size, s.n.Size(p))
	s.tos = append(s.tos, s.n.Segment(p).TOS)
	s.n.Free(p)
}

// bench is one link that ends in a sink.
type bench struct {
	*Net
	w     *sim.World
	sink  *sink
	link  ID
	route Route
	comp  sim.Component
	next  uint32
}

// checker is what tests and rapid properties have in common.
type checker interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newBench(t checker, c Config) *bench {
	t.Helper()
	return newSeededBench(t, 1, c)
}

func newSeededBench(t checker, seed uint64, c Config) *bench {
	t.Helper()
	if c.Name == "" {
		c.Name = "a"
	}
	w := sim.NewWorld(seed)
	n := NewNet(w)
	s := &sink{n: n}
	id, err := n.AddLink(c)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{
		Net: n, w: w, sink: s, link: id,
		route: n.AddRoute([]ID{id}, n.AddReceiver(s)),
		comp:  w.Component("test"),
	}
}

// send offers a packet now; its tag is the number of packets offered before.
func (b *bench) send(now sim.Time, size int) {
	p, seg := b.NewPacket()
	seg.Seq = b.next
	b.next++
	b.Net.Send(now, p, b.route, size)
}

func (b *bench) at(at sim.Time, f func(now sim.Time)) { b.w.Call(b.comp, at, f) }

func (b *bench) sendAt(at sim.Time, sizes ...int) {
	b.at(at, func(now sim.Time) {
		for _, size := range sizes {
			b.send(now, size)
		}
	})
}

func (b *bench) run(until sim.Time) { b.w.Run(until) }

func (b *bench) wantArrivals(t checker, want ...sim.Time) {
	t.Helper()
	if len(b.sink.at) != len(want) {
		t.Fatalf("arrivals at %v, want %v", b.sink.at, want)
	}
	for i := range want {
		if b.sink.at[i] != want[i] {
			t.Fatalf("arrivals at %v, want %v", b.sink.at, want)
		}
	}
}

func (b *bench) wantConserved(t checker, offered int) {
	t.Helper()
	c := b.Counters(b.link)
	on := b.OnLink(b.link)
	refused := c.DroppedQueue.Packets + c.DroppedEarly.Packets - c.Evicted.Packets + c.DroppedMTU.Packets +
		c.DroppedDown.Packets - c.Flushed.Packets
	if got := c.Accepted.Packets + refused; got != int64(offered) {
		t.Fatalf("accepted and refused %d packets of %d offered", got, offered)
	}
	var held Count // what the lists really hold
	if b.links[b.link].mode&modeReorder != 0 {
		f := b.extras[b.link].flight
		for _, a := range f.packets[f.first:] {
			held.add(int64(b.packets[a.p].size))
		}
	} else {
		for p := b.links[b.link].head; p != 0; p = b.packets[p].next {
			held.add(int64(b.packets[p].size))
		}
	}
	waiting := b.waiting(b.link)
	held.Packets += waiting.Packets
	held.Octets += waiting.Octets
	if held != on {
		t.Fatalf("the link holds %+v, the counters say %+v: %+v", held, on, c)
	}
	if got := int64(len(b.sink.at)); got != c.Delivered.Packets {
		t.Fatalf("%d packets delivered, counted %d", got, c.Delivered.Packets)
	}
	if b.InUse() != int(on.Packets) {
		t.Fatalf("%d packets in use, %d on the link", b.InUse(), on.Packets)
	}
	if q := b.Queued(b.link); q.Packets > on.Packets || q.Octets > on.Octets {
		t.Fatalf("queue %+v exceeds what is on the link %+v", q, on)
	}
}

const (
	ms1   = sim.Time(unit.Millisecond)
	mbps1 = unit.Bitrate(1_000_000)
)

func TestFixedRate(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: 10 * unit.Millisecond})
	b.sendAt(0, 1500, 1500, 750) // 1 ms for 1500 octets
	b.sendAt(20*ms1, 1500)
	b.run(100 * ms1)
	b.wantArrivals(t, 11*ms1, 12*ms1, 12*ms1+ms1/2, 31*ms1)
	b.wantConserved(t, 4)
}

// waiting walks the queues of a served link.
func (b *bench) waiting(id ID) Count {
	var sum Count
	a := b.extras[id].aqm
	if a == nil || a.server == nil {
		return sum
	}
	queues := []fifo{a.server.queue}
	for _, f := range a.server.fair.flows {
		queues = append(queues, f.fifo)
	}
	for _, q := range queues {
		octets := int64(0)
		for p := q.head; p != 0; p = b.packets[p].next {
			sum.add(int64(b.packets[p].size))
			octets += int64(b.packets[p].size)
		}
		if octets != q.octets {
			b.w.Fail("a queue of %d octets says %d", octets, q.octets)
		}
	}
	return sum
}

// The hot records fill whole cache lines, or halves of one.
func TestHotRecordSizes(t *testing.T) {
	if p, l := reflect.TypeFor[packet]().Size(), reflect.TypeFor[link]().Size(); p != 32 || l != 128 {
		t.Errorf("a packet takes %d octets, a link %d; want 32 and 128", p, l)
	}
}

// A clock that runs out is an error, not an arrival in the past.
func TestClockOverflow(t *testing.T) {
	b := newBench(t, Config{Rate: 1})
	mustPanic(t, "a queue of centuries", func() {
		for range 20_000 {
			b.send(0, 65535)
		}
	})
}

func TestInfiniteRateWithoutDelay(t *testing.T) {
	b := newBench(t, Config{Queue: Queue{Packets: 1}})
	b.sendAt(5, 1500, 40, 1500)
	b.run(10)
	b.wantArrivals(t, 5, 5, 5)
	if b.sink.tags[0] != 0 || b.sink.tags[2] != 2 {
		t.Errorf("order %v", b.sink.tags)
	}
}

// TestLongRunRate sends a million packets back to back at rates that do not divide: the last bit must
// leave at the exact time rounded down.
func TestLongRunRate(t *testing.T) {
	const packets = 1_000_000
	for _, rate := range []unit.Bitrate{1, 7, 999_999_937, 1_000_000_007, 3*mbps1 + 1, 400_000_000_003} {
		for _, size := range []int64{1, 40, 1499, 1500, 65535} {
			count := int64(packets)
			if rate < 1000 {
				count = 1000 // or the clock ends
			}
			l := link{freeAt: neverUsed}
			l.setRate(uint64(rate))
			for range count {
				l.serve(0, size)
			}
			work := big.NewInt(count)
			work.Mul(work, big.NewInt(size*workPerOctet))
			work.Div(work, big.NewInt(int64(rate)))
			if l.freeAt != sim.Time(work.Int64()) {
				t.Errorf("%d packets of %d octets at %d bit/s: %d ns, want %v", count, size, rate, l.freeAt, work)
			}
		}
	}
}

func TestQueueLimit(t *testing.T) {
	tests := []struct {
		name  string
		queue Queue
		sizes []int
		taken int64
		peak  Count
	}{
		{"packets", Queue{Packets: 3}, []int{1500, 1500, 40, 40}, 3, Count{3, 3040}},
		{"octets", Queue{Octets: 3000}, []int{1500, 1500, 40}, 2, Count{2, 3000}},
		{"a small one still fits", Queue{Octets: 3040}, []int{1500, 1500, 1500, 40}, 3, Count{3, 3040}},
		{"larger than the queue", Queue{Octets: 1000}, []int{1500}, 0, Count{}},
		{"both", Queue{Octets: 1 << 20, Packets: 1}, []int{40, 40}, 1, Count{1, 40}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, Config{Rate: mbps1, Queue: tt.queue})
			b.sendAt(0, tt.sizes...)
			b.run(sim.Time(unit.Second))
			c := b.Counters(b.link)
			if c.Accepted.Packets != tt.taken || c.DroppedQueue.Packets != int64(len(tt.sizes))-tt.taken {
				t.Errorf("counters %+v, want %d taken", c, tt.taken)
			}
			if got := (Count{int64(c.PeakPackets), int64(c.PeakOctets)}); got != tt.peak {
				t.Errorf("peak %+v, want %+v", got, tt.peak)
			}
			b.wantConserved(t, len(tt.sizes))
		})
	}
}

// The packet in service counts, and leaves the count when its last bit departs, not when it arrives.
func TestOccupancyEndsAtDeparture(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: unit.Second, Queue: Queue{Packets: 1}})
	b.sendAt(0, 1500)
	b.sendAt(ms1-1, 1500) // dropped
	b.sendAt(ms1, 1500)   // taken: the first departs at this instant
	b.run(2 * ms1)
	if c := b.Counters(b.link); c.Accepted.Packets != 2 || c.DroppedQueue.Packets != 1 {
		t.Errorf("%+v", c)
	}
	if q := b.Queued(b.link); q != (Count{}) {
		t.Errorf("queued %+v at the second departure", q)
	}
	if on := b.OnLink(b.link); on.Packets != 2 {
		t.Errorf("%+v on the link", on)
	}
}

func TestMTU(t *testing.T) {
	b := newBench(t, Config{Rate: mbps1, MTU: 1280})
	b.sendAt(0, 1280, 1281)
	b.run(sim.Time(unit.Second))
	if c := b.Counters(b.link); c.Delivered.Packets != 1 || c.DroppedMTU != (Count{1, 1281}) {
		t.Errorf("%+v", c)
	}
	b.wantConserved(t, 2)
}

func TestRouteOverSeveralLinks(t *testing.T) {
	b := newBench(t, Config{Name: "one", Rate: 12 * mbps1, Delay: unit.Millisecond})
	two, err := b.AddLink(Config{Name: "two", Rate: 6 * mbps1, Delay: unit.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	b.route = b.AddRoute([]ID{b.link, two}, 0)
	b.sendAt(0, 1500, 1500)
	b.run(sim.Time(unit.Second))
	b.wantArrivals(t, 5*ms1, 7*ms1)
	if got := b.Links(b.route); len(got) != 2 || got[1] != two {
		t.Errorf("links of the route: %v", got)
	}
	if b.InUse() != 0 {
		t.Errorf("%d packets left", b.InUse())
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestMisuse(t *testing.T) {
	b := newBench(t, Config{Rate: mbps1})
	p, _ := b.NewPacket()
	mustPanic(t, "size 0", func() { b.Net.Send(0, p, b.route, 0) })
	mustPanic(t, "size 65536", func() { b.Net.Send(0, p, b.route, 65536) })
	mustPanic(t, "no route", func() { b.Net.Send(0, p, 0, 40) })
	b.Free(p)
	mustPanic(t, "second free", func() { b.Free(p) })
	mustPanic(t, "sending a free packet", func() { b.Net.Send(0, p, b.route, 40) })
	mustPanic(t, "empty route", func() { b.AddRoute(nil, 0) })
	mustPanic(t, "unknown link", func() { b.AddRoute([]ID{7}, 0) })
	mustPanic(t, "unknown receiver", func() { b.AddRoute([]ID{0}, 7) })
	q, _ := b.NewPacket()
	b.Net.Send(0, q, b.route, 40)
	mustPanic(t, "freeing a travelling packet", func() { b.Free(q) })
}
