package policy_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/policy"
)

// TestHandover keeps LTE unused until Wi-Fi is lost, and leaves it when Wi-Fi is back.
func TestHandover(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Handover{}, 20_000, 100*ms, 9*unit.Second)
	var before, during int64
	w.later(3*unit.Second, func(*sim.Proc) { before = w.sent(lte); w.at.SetInterface(w.Now(), wifi, false) })
	w.later(6*unit.Second, func(*sim.Proc) { during = w.sent(lte); w.at.SetInterface(w.Now(), wifi, true) })
	var left int64
	w.later(7*unit.Second, func(*sim.Proc) { left = w.sent(lte) })
	w.finish(12 * unit.Second)
	if before != 0 {
		t.Errorf("%d octets over LTE while Wi-Fi works", before)
	}
	if during < 20_000*20 {
		t.Errorf("%d octets over LTE while Wi-Fi is down", during)
	}
	if more := w.sent(lte) - left; more > 2000 {
		t.Errorf("%d octets over LTE after Wi-Fi is back", more)
	}
	want := "3.00s open path 1\n3.12s close path 0 (failed)\n6.00s open path 0\n6.04s close path 1 (not used)\n"
	if got := w.decisions(); got != want {
		t.Errorf("decisions\n%swant\n%s", got, want)
	}
}

// TestHandoverOnLoss leaves a Wi-Fi that is up but lets nothing through once the RTO has passed one second,
// and looks at it again at growing intervals.
func TestHandoverOnLoss(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Handover{}, 20_000, 100*ms, 60*unit.Second)
	w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 100) })
	w.later(40*unit.Second, func(*sim.Proc) { w.loss(wifi, 0) })
	w.finish(70 * unit.Second)
	var log []policy.Decision
	log = append(log, w.agent.Decisions()...)
	// Timeouts come 0.2, 0.4 and 0.8 s after each other, give or take the round trip: at the third the RTO is
	// 1.6 s.
	if d := log[0]; d.Action != policy.Failed || d.At < sim.Time(4200*ms) || d.At > sim.Time(5200*ms) {
		t.Errorf("first decision: at %s %s, want Wi-Fi to fail about 1.5 s after its loss", d.At, d)
	}
	if d := log[1]; d.Action != policy.Open || d.Path != lte || d.At != log[0].At {
		t.Errorf("second decision: at %s %s, want LTE opened at once", d.At, d)
	}
	last := log[len(log)-1]
	if last.Action != policy.Close || last.Path != lte || last.At < sim.Time(40*unit.Second) {
		t.Errorf("last decision: at %s %s, want LTE given up when Wi-Fi works again", last.At, last)
	}
	tries := 0
	for _, d := range log {
		if d.Action == policy.Open && d.Path == wifi {
			tries++
		}
	}
	if tries > 4 {
		t.Errorf("Wi-Fi tried %d times in 57 s", tries)
	}
}

// TestHandoverWithoutRule stays on a dead Wi-Fi when the policy has no rule about timeouts.
func TestHandoverWithoutRule(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Handover{MaxRTO: -1}, 20_000, 100*ms, 20*unit.Second)
	w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 100) })
	w.finish(20 * unit.Second)
	if n := len(w.agent.Decisions()); n != 0 || w.sent(lte) != 0 {
		t.Errorf("%d octets over LTE, decisions\n%s", w.sent(lte), w.decisions())
	}
}

// TestHandoverFromCellular is the drafts' example, done by a policy: a connection that began over LTE moves
// to Wi-Fi.
func TestHandoverFromCellular(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(lte, policy.Handover{}, 20_000, 100*ms, 5*unit.Second)
	w.finish(8 * unit.Second)
	want := "0.12s open path 0\n0.16s close path 1 (not used)\n"
	if got := w.decisions(); got != want {
		t.Errorf("decisions\n%swant\n%s", got, want)
	}
	if w.sent(wifi) < 40*20_000 {
		t.Errorf("%d octets over Wi-Fi", w.sent(wifi))
	}
}

// TestInteractive opens the second path at the first loss, or when the delay passes 250 ms, and gives it up
// later.
func TestInteractive(t *testing.T) {
	for _, c := range []struct {
		name           string
		trouble, mend  func(w *world)
		opens          bool
		within, closes unit.Duration // after the trouble begins; after it ends
	}{
		{"nothing", func(*world) {}, func(*world) {}, false, 0, 0},
		{"loss", func(w *world) { w.loss(wifi, 20) }, func(w *world) { w.loss(wifi, 0) }, true, 2 * unit.Second,
			6 * unit.Second},
		{"delay of 200 ms", func(w *world) { w.ramp(wifi, 100*ms) }, func(*world) {}, false, 0, 0},
		{"delay of 300 ms", func(w *world) { w.ramp(wifi, 150*ms) }, func(w *world) { w.delay(wifi, 10*ms) }, true,
			4 * unit.Second, 8 * unit.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setting{})
			w.upload(wifi, &policy.Interactive{}, 500, 50*ms, 25*unit.Second)
			w.later(3*unit.Second, func(*sim.Proc) { c.trouble(w) })
			w.later(8*unit.Second, func(*sim.Proc) { c.mend(w) })
			w.finish(27 * unit.Second)
			var opened, closed sim.Time
			for _, d := range w.agent.Decisions() {
				switch {
				case d.Action == policy.Open && d.Path == lte && opened == 0:
					opened = d.At
				case d.Action == policy.Close && d.Path == lte:
					closed = d.At
				}
			}
			if !c.opens {
				if len(w.agent.Decisions()) > 0 {
					t.Errorf("decisions\n%s", w.decisions())
				}
				return
			}
			if from := sim.Time(3 * unit.Second); opened < from || opened > from.Add(c.within) {
				t.Errorf("LTE opened at %s", opened)
			}
			if from := sim.Time(8 * unit.Second); closed < from || closed > from.Add(c.closes) {
				t.Errorf("LTE closed at %s\n%s", closed, w.decisions())
			}
		})
	}
}

// TestAggregate uses both paths from the start, and opens one again that was lost.
func TestAggregate(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Aggregate{}, 20_000_000, 0, 0)
	w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), lte, false) })
	w.later(4*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), lte, true) })
	w.finish(30 * unit.Second)
	if w.sent(wifi) < 7_000_000 || w.sent(lte) < 5_000_000 {
		t.Errorf("%d octets over Wi-Fi, %d over LTE", w.sent(wifi), w.sent(lte))
	}
	want := "0.04s open path 1\n3.00s close path 1 (failed)\n4.00s open path 1\n"
	if got := w.decisions(); got != want {
		t.Errorf("decisions\n%swant\n%s", got, want)
	}
}

// TestInteractiveStale: the first path is slow for good. As the second one is faster, nothing goes over the
// first, and its round-trip time is old: it gets another chance, more and more seldom.
func TestInteractiveStale(t *testing.T) {
	w := newWorld(t, setting{})
	w.ramp(wifi, 150*ms)
	w.upload(wifi, &policy.Interactive{}, 500, 50*ms, 120*unit.Second)
	w.finish(125 * unit.Second)
	var closed []sim.Time
	for _, d := range w.agent.Decisions() {
		if d.Action == policy.Close && d.Path == lte {
			closed = append(closed, d.At)
		}
	}
	if len(closed) < 3 || len(closed) > 6 {
		t.Fatalf("LTE given up %d times\n%s", len(closed), w.decisions())
	}
	for i := 2; i < len(closed); i++ {
		if closed[i].Sub(closed[i-1]) < closed[i-1].Sub(closed[i-2])*3/2 {
			t.Errorf("LTE given up at %v: not more and more seldom", closed)
		}
	}
}
