package link

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// slowLink is the link as a textbook serves it: packets one by one, in rational arithmetic, with work
// taken off the packet in service whenever the rate changes. It shares no formula with the analytic one.
type slowLink struct {
	rate    int64
	delay   int64
	limit   Queue
	wake    Wake
	down    bool
	clock   *big.Rat // the transmitter is free, ns; exact
	used    bool
	awakeAt int64
	queue   []slowPacket
	air     []slowArrival
	lastAir int64
	got     []slowArrival
	lost    int
}

type slowPacket struct {
	tag  uint32
	size int
	from int64    // earliest start of service
	work *big.Rat // left, bits x 1e9
}

type slowArrival struct {
	tag uint32
	at  int64
}

func ratInt(v int64) *big.Rat { return new(big.Rat).SetInt64(v) }

func floor(r *big.Rat) int64 { return new(big.Int).Div(r.Num(), r.Denom()).Int64() }

func later(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// advance serves until t and delivers what has arrived by then.
func (s *slowLink) advance(t int64) {
	for len(s.queue) > 0 {
		finish := s.start()
		if s.rate != 0 {
			finish = new(big.Rat).Add(finish, new(big.Rat).Quo(s.queue[0].work, ratInt(s.rate)))
		}
		if floor(finish) > t {
			break
		}
		s.clock, s.used = finish, true
		s.lastAir = max(s.lastAir, floor(finish)+s.delay)
		s.air = append(s.air, slowArrival{s.queue[0].tag, s.lastAir})
		s.queue = s.queue[1:]
	}
	for len(s.air) > 0 && s.air[0].at <= t {
		s.got = append(s.got, s.air[0])
		s.air = s.air[1:]
	}
}

func (s *slowLink) start() *big.Rat { return later(s.clock, ratInt(s.queue[0].from)) }

func (s *slowLink) send(t int64, tag uint32, size int) {
	s.advance(t)
	octets := size
	for _, q := range s.queue {
		octets += q.size
	}
	if s.down || s.limit.Packets > 0 && len(s.queue) >= s.limit.Packets ||
		s.limit.Octets > 0 && octets > int(s.limit.Octets) {
		s.lost++
		return
	}
	from := t
	if s.wake.Delay > 0 {
		if len(s.queue) == 0 && (!s.used || t-floor(s.clock) >= int64(s.wake.Idle)) {
			s.awakeAt = t + int64(s.wake.Delay)
			s.clock = ratInt(min(floor(s.clock), t))
		}
		from = max(t, s.awakeAt)
	}
	work := new(big.Rat).SetInt64(int64(size) * workPerOctet)
	s.queue = append(s.queue, slowPacket{tag, size, from, work})
}

func (s *slowLink) setRate(t, rate int64) {
	s.advance(t)
	now := ratInt(t)
	if len(s.queue) > 0 && s.start().Cmp(now) < 0 && s.rate != 0 {
		done := new(big.Rat).Sub(now, s.start())
		s.queue[0].work.Sub(s.queue[0].work, done.Mul(done, ratInt(s.rate)))
		s.clock = now
	} else if ahead := new(big.Rat).Sub(s.clock, now); ahead.Sign() > 0 { // the rest of a nanosecond
		if rate == 0 || s.rate == 0 {
			s.clock = now
		} else {
			ahead.Mul(ahead, big.NewRat(s.rate, rate))
			s.clock = ahead.Add(ahead, now)
		}
	}
	s.rate = rate
}

func (s *slowLink) flush(t int64, all bool) {
	s.advance(t)
	if len(s.queue) > 0 || s.used && floor(s.clock) >= t {
		s.clock, s.used = ratInt(t), true
	}
	s.lost += len(s.queue)
	s.queue = nil
	if all {
		s.lost += len(s.air)
		s.air = nil
		s.lastAir = 0
	}
}

// idleDisciplines never find a reason to act: what is left of them is the service with two events.
var idleDisciplines = []Discipline{
	{}, // the analytic link
	{Kind: CoDel, CoDel: CoDelConfig{Target: unit.Hour, Interval: unit.Hour}},
	{Kind: PIE, PIE: PIEConfig{MaxBurst: unit.Hour}},
}

// TestAgainstReference drives both links with random packets and changes at times that often
// coincide, and compares arrivals and occupancy at each step.
func TestAgainstReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := rapid.SampledFrom([]unit.Bitrate{
			0, 8_000_000_000, 1_000_000_000, 999_999_937, 3_000_000_007, 70_000_001,
		})
		delays := rapid.SampledFrom([]unit.Duration{0, 1, 10, 100, 1000})
		queues := rapid.SampledFrom([]Queue{
			{}, {Packets: 1}, {Packets: 3}, {Octets: 60}, {Octets: 100, Packets: 4},
		})
		wakes := rapid.SampledFrom([]Wake{{}, {}, {Delay: 50}, {Delay: 50, Idle: 30}, {Delay: 300, Idle: 200}})
		c := Config{
			Name: "a", Rate: rates.Draw(t, "rate"), Delay: delays.Draw(t, "delay"),
			Queue: queues.Draw(t, "queue"), Wake: wakes.Draw(t, "wake"),
			Discipline: rapid.SampledFrom(idleDisciplines).Draw(t, "discipline"),
		}
		b := newBench(t, c)
		ref := &slowLink{
			rate: int64(c.Rate), delay: int64(c.Delay), limit: c.Queue, wake: c.Wake, clock: new(big.Rat),
		}
		now, offered := int64(0), 0
		ops := rapid.SliceOfN(rapid.IntRange(0, 11), 1, 60).Draw(t, "ops")
		for i, op := range ops {
			now += rapid.SampledFrom([]int64{0, 0, 1, 7, 40, 200, 900}).Draw(t, "step")
			b.run(sim.Time(now))
			switch op {
			default:
				size := rapid.IntRange(1, 50).Draw(t, "size")
				ref.send(now, uint32(offered), size)
				b.send(sim.Time(now), size)
				offered++
			case 6, 7:
				r := rates.Draw(t, "new rate")
				ref.setRate(now, int64(r))
				noError(t, b.SetRate(b.link, r))
			case 8:
				d := delays.Draw(t, "new delay")
				ref.advance(now)
				ref.delay = int64(d)
				noError(t, b.SetDelay(b.link, d))
			case 9:
				q := queues.Draw(t, "new queue")
				ref.limit = q
				noError(t, b.SetQueue(b.link, q))
			case 10:
				if !ref.down {
					ref.flush(now, true)
				}
				ref.down = !ref.down
				b.SetDown(b.link, ref.down)
			case 11:
				ref.flush(now, false)
				b.Flush(b.link)
			}
			ref.advance(now)
			if q := b.Queued(b.link); int(q.Packets) != len(ref.queue) {
				t.Fatalf("op %d at %d: %d packets queued, want %d", i, now, q.Packets, len(ref.queue))
			}
			b.wantConserved(t, offered)
		}
		const end = 1 << 40
		b.run(end)
		ref.advance(end)
		if len(b.sink.at) != len(ref.got) {
			t.Fatalf("%d packets arrived, want %d", len(b.sink.at), len(ref.got))
		}
		for i, want := range ref.got {
			if b.sink.tags[i] != want.tag || int64(b.sink.at[i]) != want.at {
				t.Fatalf("arrival %d: packet %d at %d, want %d at %d",
					i, b.sink.tags[i], b.sink.at[i], want.tag, want.at)
			}
		}
		if lost := offered - len(ref.got); lost != ref.lost {
			t.Fatalf("%d lost, the reference counts %d", lost, ref.lost)
		}
	})
}

// TestRateChangesAreExact changes the rate in the middle of almost every packet of a long busy period.
func TestRateChangesAreExact(t *testing.T) {
	rates := [...]unit.Bitrate{999_999_937, 3_000_000_007, 70_000_001, 1_234_567_891}
	b := newBench(t, Config{Rate: rates[0]})
	ref := &slowLink{rate: int64(rates[0]), clock: new(big.Rat)}
	const packets = 3000
	for i := range packets {
		size := 40 + i*37%1460
		ref.send(0, uint32(i), size)
		b.send(0, size)
	}
	for i := 1; len(ref.queue) > 0; i++ {
		now := int64(i) * 4567
		b.run(sim.Time(now))
		r := rates[i%len(rates)]
		ref.setRate(now, int64(r))
		noError(t, b.SetRate(b.link, r))
	}
	b.run(1 << 40)
	ref.advance(1 << 40)
	for i, want := range ref.got {
		if int64(b.sink.at[i]) != want.at {
			t.Fatalf("packet %d at %d, want %d", i, b.sink.at[i], want.at)
		}
	}
}

func noError(t checker, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
