package link

import (
	"strings"
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

var sleepy = Wake{Delay: 100 * unit.Millisecond, Idle: unit.Second}

func TestWake(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Wake: sleepy})
	sec := sim.Time(unit.Second)
	b.sendAt(0, 1500)            // asleep at first: departs at 101 ms
	b.sendAt(50*ms1, 1500)       // held with the first
	b.sendAt(1101*ms1, 1500)     // the last bit left at 102 ms: 999 ms ago, still awake
	b.sendAt(2102*ms1, 1500)     // exactly Idle after 1102 ms: asleep
	b.sendAt(10*sec, 1500, 1500) // asleep
	b.run(20 * sec)
	b.wantArrivals(t, 101*ms1, 102*ms1, 1102*ms1, 2203*ms1, 10*sec+101*ms1, 10*sec+102*ms1)
	if !b.Asleep(b.link) {
		t.Error("awake after ten idle seconds")
	}
}

func TestWakeIsShared(t *testing.T) {
	b := newBench(t, Config{Name: "up", Rate: 12 * mbps1, Wake: sleepy})
	down, err := b.AddLink(Config{Name: "down", Rate: 12 * mbps1, Wake: sleepy})
	noError(t, err)
	noError(t, b.Pair(b.link, down))
	up, back := b.route, b.AddRoute([]ID{down}, 0)
	sendOn := func(at sim.Time, r Route) {
		b.at(at, func(now sim.Time) {
			b.route = r
			b.send(now, 1500)
		})
	}
	sendOn(0, up)          // wakes both
	sendOn(50*ms1, back)   // waits for the same promotion
	sendOn(900*ms1, back)  // awake
	sendOn(1800*ms1, up)   // kept awake by the other direction
	sendOn(5000*ms1, back) // asleep
	sendOn(5100*ms1+1, up) // awake
	b.run(sim.Time(10 * unit.Second))
	b.wantArrivals(t, 101*ms1, 101*ms1, 901*ms1, 1801*ms1, 5101*ms1, 5101*ms1+1)
}

// A rate that changes during the promotion times the held packets from its end.
func TestRateChangeWhileWaking(t *testing.T) {
	b := newBench(t, Config{Rate: 12 * mbps1, Wake: sleepy})
	b.sendAt(0, 1500, 1500)
	noError(t, b.Schedule(b.link, []Change{{At: 50 * ms1, Rate: ptr(6 * mbps1)}}))
	b.run(sim.Time(unit.Second))
	b.wantArrivals(t, 102*ms1, 104*ms1)
}

func TestPairNeedsEqualRadios(t *testing.T) {
	b := newBench(t, Config{Wake: sleepy})
	plain, err := b.AddLink(Config{Name: "plain"})
	noError(t, err)
	other, err := b.AddLink(Config{Name: "other", Wake: Wake{Delay: 1}})
	noError(t, err)
	plain2, err := b.AddLink(Config{Name: "plain2"})
	noError(t, err)
	for _, id := range []ID{plain, other} {
		if err := b.Pair(b.link, id); err == nil || !strings.Contains(err.Error(), "same wake-up") {
			t.Errorf("paired with %s: %v", b.Name(id), err)
		}
	}
	noError(t, b.Pair(plain, plain2))
	if b.Asleep(plain) {
		t.Error("a link without radio sleeps")
	}
}
