package link

import (
	"slices"
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

func ptr[T any](v T) *T { return &v }

func TestRateChangeRetimes(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: 10 * unit.Millisecond})
	b.sendAt(0, 1500, 1500)
	// After half of the first packet a fourth of the rate: 2 ms for the rest, 4 ms for the second.
	noError(t, b.Schedule(b.link, []Change{{At: ms1 / 2, Rate: ptr(3 * mbps1)}}))
	b.run(100 * ms1)
	b.wantArrivals(t, 10*ms1+ms1/2+2*ms1, 10*ms1+ms1/2+6*ms1)
}

func TestRateChangeLeavesTheAirAlone(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: 10 * unit.Millisecond})
	b.sendAt(0, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 2 * ms1, Rate: ptr(mbps1)}}))
	b.run(100 * ms1)
	b.wantArrivals(t, 11*ms1)
}

func TestDelayDecreaseKeepsOrder(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: 50 * unit.Millisecond})
	b.sendAt(0, 1500)
	b.sendAt(2*ms1, 1500)
	b.sendAt(60*ms1, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 3*ms1/2 + 1, Delay: ptr(unit.Millisecond)}}))
	b.run(100 * ms1)
	b.wantArrivals(t, 51*ms1, 51*ms1, 62*ms1) // the second waits for the first
	if !slices.IsSorted(b.sink.tags) {
		t.Errorf("order %v", b.sink.tags)
	}
}

func TestDelayIncrease(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1})
	b.sendAt(0, 1500, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 3 * ms1 / 2, Delay: ptr(5 * unit.Millisecond)}}))
	b.run(100 * ms1)
	b.wantArrivals(t, ms1, 7*ms1)
}

func TestQueueChange(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1})
	b.sendAt(0, 1500, 1500, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 1, Queue: &Queue{Packets: 1}}}))
	b.sendAt(2, 40)         // three are queued: refused
	b.sendAt(2*ms1, 40)     // one is left: refused
	b.sendAt(3*ms1, 40, 40) // none is left: one fits
	b.run(10 * ms1)
	if c := b.Counters(b.link); c.Delivered.Packets != 4 || c.DroppedQueue.Packets != 3 {
		t.Errorf("%+v", c)
	}
	b.wantConserved(t, 7)
}

func TestDown(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Delay: 2 * unit.Millisecond})
	type state struct {
		at sim.Time
		id ID
		up bool
	}
	var states []state
	b.OnState(b.link, func(now sim.Time, id ID, up bool) { states = append(states, state{now, id, up}) })
	b.sendAt(0, 1500, 1500, 1500, 1500) // depart at 1, 2, 3, 4 ms
	noError(t, b.Schedule(b.link, []Change{
		{At: 7 * ms1 / 2, Down: ptr(true)}, // one has arrived, two are on the air, one is queued
		{At: 4 * ms1, Down: ptr(true)},     // no change
		{At: 10 * ms1, Down: ptr(false)},
	}))
	b.sendAt(5*ms1, 700)
	b.sendAt(10*ms1+1, 1500)
	b.run(20 * ms1)
	b.wantArrivals(t, 3*ms1, 13*ms1+1)
	c := b.Counters(b.link)
	if c.Flushed != (Count{3, 4500}) || c.DroppedDown != (Count{4, 5200}) || c.Accepted.Packets != 5 {
		t.Errorf("%+v", c)
	}
	if want := []state{{7 * ms1 / 2, b.link, false}, {10 * ms1, b.link, true}}; !slices.Equal(states, want) {
		t.Errorf("states %v", states)
	}
	b.wantConserved(t, 6)
}

func TestFlushKeepsTheAir(t *testing.T) {
	for _, jitter := range []Jitter{{}, {Span: 1, Reorder: true}} {
		b := newBench(t, Config{Rate: 12 * mbps1, Delay: 10 * unit.Millisecond, Jitter: jitter})
		b.sendAt(0, 1500, 1500, 1500)
		b.at(3*ms1/2, func(sim.Time) { b.Flush(b.link) })
		b.sendAt(2*ms1, 1500)
		b.run(100 * ms1)
		if len(b.sink.at) != 2 || b.sink.tags[1] != 3 || b.sink.at[1]/ms1 != 13 {
			t.Errorf("arrivals %v of %v", b.sink.at, b.sink.tags)
		}
		b.wantConserved(t, 4)
	}
}

// What was left of a lost packet's last nanosecond does not delay the next one: 8 bits take 8/3 ns.
func TestFlushForgetsTheRemainder(t *testing.T) {
	b := newBench(t, Config{Rate: 3_000_000_000})
	b.sendAt(0, 1)
	b.at(1, func(now sim.Time) {
		b.Flush(b.link)
		b.send(now, 1)
	})
	b.run(100)
	b.wantArrivals(t, 3)
}

// The steps of a ramp have a closed form: value k of n at At + Over*k/n.
func TestRamps(t *testing.T) {
	b := newBench(t, Config{Rate: 10 * mbps1, Delay: 10 * unit.Millisecond})
	noError(t, b.Schedule(b.link, []Change{{
		At: ms1, Over: 10 * unit.Millisecond, Rate: ptr(20 * mbps1), Delay: ptr(5 * unit.Millisecond),
		Loss: &Loss{Ratio: unit.Ratio{Num: 1, Den: 2}},
	}}))
	for k := range 10 {
		b.run(ms1 + sim.Time(k)*ms1)
		if got, want := b.Rate(b.link), 10*mbps1+unit.Bitrate(k)*mbps1; got != want {
			t.Errorf("step %d: rate %d, want %d", k, got, want)
		}
		if got, want := b.Delay(b.link), 10*unit.Millisecond-unit.Duration(k)*unit.Millisecond/2; got != want {
			t.Errorf("step %d: delay %d, want %d", k, got, want)
		}
		if got, want := b.extras[b.link].loss.lose[0], uint64(k)*(1<<63/10); got-want > 10 {
			t.Errorf("step %d: loss threshold %#x, want %#x", k, got, want)
		}
	}
	b.run(11*ms1 - 1)
	if got := b.Rate(b.link); got != 19*mbps1 {
		t.Errorf("just before the end: rate %d", got)
	}
	b.run(11 * ms1)
	rate, delay, loss := b.Rate(b.link), b.Delay(b.link), b.extras[b.link].loss.lose[0]
	if rate != 20*mbps1 || delay != 5*unit.Millisecond || loss != 1<<63 {
		t.Errorf("at the end: rate %d, delay %d, loss %#x", rate, delay, loss)
	}
}

func TestLongRampHasAHundredSteps(t *testing.T) {
	b := newBench(t, Config{Rate: 100 * mbps1})
	noError(t, b.Schedule(b.link, []Change{{Over: 10 * unit.Second, Rate: ptr(200 * mbps1)}}))
	changes, last := 0, b.Rate(b.link)
	for at := sim.Time(0); at <= sim.Time(10*unit.Second); at += 10 * ms1 {
		b.run(at)
		if r := b.Rate(b.link); r != last {
			changes, last = changes+1, r
		}
	}
	if changes != rampSteps || last != 200*mbps1 {
		t.Errorf("%d changes, up to %d", changes, last)
	}
}

func TestRampEndsAtNextChange(t *testing.T) {
	b := newBench(t, Config{Rate: 10 * mbps1})
	noError(t, b.Schedule(b.link, []Change{
		{At: 0, Over: 100 * unit.Millisecond, Rate: ptr(20 * mbps1)},
		{At: 50*ms1 + 1, Rate: ptr(mbps1)},
	}))
	b.run(50 * ms1)
	if got := b.Rate(b.link); got != 15*mbps1 {
		t.Errorf("half way: %d", got)
	}
	b.run(sim.Time(unit.Second))
	if got := b.Rate(b.link); got != mbps1 {
		t.Errorf("at the end: %d", got)
	}
}

// A bulk load over a rate ramp carries the integral of the rate.
func TestRampCarriesItsIntegral(t *testing.T) {
	b := newBench(t, Config{Rate: 10 * mbps1})
	noError(t, b.Schedule(b.link, []Change{{Over: unit.Second, Rate: ptr(20 * mbps1)}}))
	sizes := make([]int, 4000)
	for i := range sizes {
		sizes[i] = 1000
	}
	b.sendAt(0, sizes...)
	b.run(sim.Time(unit.Second))
	// Steps k = 0..99 of 10 ms at 10 + k/10 Mbit/s: 14.95 Mbit, 1868.75 packets.
	if got := b.Counters(b.link).Delivered.Packets; got != 1868 {
		t.Errorf("%d packets in the first second", got)
	}
}

func TestWrongChanges(t *testing.T) {
	trace, err := ParseTrace("t", strings.NewReader("1\n"))
	noError(t, err)
	b := newBench(t, Config{Rate: mbps1})
	traced, err := b.AddLink(Config{Name: "traced", Trace: trace})
	noError(t, err)
	b.run(ms1)
	tests := []struct {
		id     ID
		change Change
		want   string
	}{
		{b.link, Change{At: 0}, "past"},
		{b.link, Change{At: ms1, Over: -1}, "negative"},
		{b.link, Change{At: ms1, Over: 1, Down: ptr(true)}, "gradually"},
		{b.link, Change{At: ms1, Over: 1, Queue: &Queue{}}, "gradually"},
		{b.link, Change{At: ms1, Over: 1, Loss: &Loss{Burst: &GilbertElliott{}}}, "gradually"},
		{b.link, Change{At: ms1, Over: 1, Rate: ptr(unit.Bitrate(0))}, "infinity"},
		{b.link, Change{At: ms1, Rate: ptr(unit.Bitrate(-1))}, "negative"},
		{b.link, Change{At: ms1, Delay: ptr(unit.Duration(-1))}, "outside"},
		{b.link, Change{At: ms1, Queue: &Queue{Packets: -1}}, "limit"},
		{b.link, Change{At: ms1, Loss: &Loss{Ratio: unit.Ratio{Num: 2, Den: 1}}}, "above 1"},
		{traced, Change{At: ms1, Rate: ptr(mbps1)}, "trace"},
	}
	for i, tt := range tests {
		good := Change{At: 2 * ms1, Rate: ptr(2 * mbps1)}
		if tt.id == traced {
			good = Change{At: 2 * ms1}
		}
		err := b.Schedule(tt.id, []Change{good, tt.change})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "change 2") {
			t.Errorf("case %d: error %v, want %q in it", i, err, tt.want)
		}
	}
	b.run(3 * ms1)
	if b.Rate(b.link) != mbps1 {
		t.Error("a part of a refused timetable was installed")
	}
	if b.SetRate(traced, mbps1) == nil || b.SetRate(b.link, -1) == nil || b.SetDelay(b.link, -1) == nil ||
		b.SetQueue(b.link, Queue{Octets: -1}) == nil ||
		b.SetLoss(b.link, Loss{Ratio: unit.Ratio{Num: 2, Den: 1}}) == nil {
		t.Error("a wrong change was accepted")
	}
}

func TestWrongConfigs(t *testing.T) {
	trace, err := ParseTrace("t", strings.NewReader("1\n"))
	noError(t, err)
	half := unit.Ratio{Num: 1, Den: 2}
	tests := []struct {
		c    Config
		want string
	}{
		{Config{Name: ""}, "without a name"},
		{Config{Name: "x", Rate: -1}, "negative"},
		{Config{Name: "x", Delay: -1}, "outside"},
		{Config{Name: "x", Delay: 2 * unit.Hour}, "outside"},
		{Config{Name: "x", MTU: -1}, "MTU"},
		{Config{Name: "x", MTU: 65536}, "MTU"},
		{Config{Name: "x", MTU: 1500, Queue: Queue{Octets: 1499}}, "cannot hold one packet"},
		{Config{Name: "x", Queue: Queue{Octets: -1}}, "limit"},
		{Config{Name: "x", Rate: 1, Trace: trace}, "both a rate and a trace"},
		{Config{Name: "x", Loss: Loss{Ratio: half, Burst: &GilbertElliott{}}}, "both"},
		{Config{Name: "x", Loss: Loss{Burst: &GilbertElliott{LossBad: unit.Ratio{Num: 3, Den: 2}}}}, "above 1"},
		{Config{Name: "x", Jitter: Jitter{Span: -1}}, "jitter"},
		{Config{Name: "x", Wake: Wake{Delay: -1}}, "wake-up"},
	}
	b := newBench(t, Config{})
	for i, tt := range tests {
		if _, err := b.AddLink(tt.c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("case %d: error %v, want %q in it", i, err, tt.want)
		}
	}
	if b.NumLinks() != 1 {
		t.Errorf("%d links", b.NumLinks())
	}
}
