package policy_test

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/policy"
)

// opened counts the subflows that the agent opened over a path.
func (w *world) opened(path int) int {
	n := 0
	for _, d := range w.agent.Decisions() {
		if d.Action == policy.Open && d.Path == path && d.Err == nil {
			n++
		}
	}
	return n
}

// TestIntents runs one transfer of 1 MB for each kind of traffic over two paths of 10 Mbit/s and looks
// whether the second one is used.
func TestIntents(t *testing.T) {
	const size = 1_000_000
	for _, c := range []struct {
		name   string
		x      policy.Intents
		octets int64
		want   string // no: LTE is not touched, standby: subflow with the backup flag, both
	}{
		{"nothing", policy.Intents{}, size, "no"},
		{"small", policy.Intents{FileSize: 50_000}, 50_000, "no"},
		{"small bulk", policy.Intents{FileSize: 50_000, Category: policy.Bulk}, 50_000, "no"},
		{"limit", policy.Intents{FileSize: policy.SmallTransfer}, policy.SmallTransfer, "both"},
		{"large", policy.Intents{FileSize: size}, size, "both"},
		{"query", policy.Intents{Category: policy.Query, FileSize: size}, size, "no"},
		{"control", policy.Intents{Category: policy.Control}, size, "no"},
		{"keepalives", policy.Intents{Category: policy.Keepalives}, size, "no"},
		{"bulk", policy.Intents{Category: policy.Bulk}, size, "both"},
		{"stream", policy.Intents{Category: policy.Stream}, size, "both"},
		{"bulk bursts", policy.Intents{Burstiness: policy.BulkBursts}, size, "both"},
		{"regular bursts", policy.Intents{Burstiness: policy.RegularBursts}, size, "no"},
		{"transfer", policy.Intents{Timeliness: policy.Transfer}, size, "both"},
		{"background", policy.Intents{Timeliness: policy.Background, FileSize: size}, size, "no"},
		{"interactive", policy.Intents{Timeliness: policy.InteractiveTraffic}, 20_000, "no"},
		{"sensitive", policy.Intents{Resilience: policy.Sensitive}, size, "standby"},
		{"sensitive query", policy.Intents{Category: policy.Query, Resilience: policy.Sensitive}, size, "standby"},
		{"tolerant", policy.Intents{Resilience: policy.Tolerant}, size, "no"},
		{"rate below", policy.Intents{Bitrate: 500_000}, 3 * size, "no"},     // of the 1.25 MB/s of a path
		{"rate above", policy.Intents{Bitrate: 1_500_000}, 3 * size, "both"}, // 2.5 MB/s are there
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setting{})
			w.upload(wifi, c.x.Policy(), c.octets, 0, 0)
			w.finish(10 * unit.Second)
			got := "no"
			for _, d := range w.agent.Decisions() {
				if d.Action == policy.Open && d.Path == lte {
					if got = "both"; d.Backup {
						got = "standby"
					}
				}
			}
			if got != c.want {
				t.Errorf("second path: %s, want %s\n%s", got, c.want, w.decisions())
			}
			if got == "standby" && w.sent(lte) > 5000 {
				t.Errorf("%d octets over the path that stands by", w.sent(lte))
			}
		})
	}
}

// TestDeadline is SMAPP's: 15.36 MB in 27 s need a second path beside one of 4 Mbit/s, and none beside one
// of 8.
func TestDeadline(t *testing.T) {
	for _, c := range []struct {
		rate  unit.Bitrate
		opens bool
	}{{4_000_000, true}, {8_000_000, false}} {
		w := newWorld(t, setting{wifi: c.rate, lte: c.rate})
		x := policy.Intents{FileSize: 15_360_000, Duration: 27 * unit.Second}
		w.upload(wifi, x.Policy(), 15_360_000, 0, 0)
		var acked int64
		w.later(27*unit.Second+200*ms, func(*sim.Proc) { acked, _ = w.agent.Progress() })
		w.finish(40 * unit.Second)
		if got := w.opened(lte) > 0; got != c.opens {
			t.Errorf("%s: second path opened: %t, want %t\n%s", c.rate, got, c.opens, w.decisions())
		}
		if acked < 15_360_000 {
			t.Errorf("%s: %d octets acknowledged at the deadline", c.rate, acked)
		}
	}
}

// TestBackground waits for Wi-Fi rather than pay for LTE.
func TestBackground(t *testing.T) {
	for _, costly := range []bool{true, false} {
		w := newWorld(t, setting{})
		w.paths = []policy.Path{{Local: w.local[wifi]}, {Local: w.local[lte], Costly: costly}}
		w.upload(wifi, policy.Intents{Timeliness: policy.Background}.Policy(), 10_000, 100*ms, 10*unit.Second)
		w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
		w.later(6*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, true) })
		w.finish(20 * unit.Second)
		if got := w.sent(lte) == 0; got != costly {
			t.Errorf("LTE costly: %t, %d octets over it", costly, w.sent(lte))
		}
		if acked, _ := w.agent.Progress(); acked < 700_000 {
			t.Errorf("%d octets acknowledged", acked)
		}
	}
}

// TestSensitive switches to the path that stands by without a handshake.
func TestSensitive(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Intents{Resilience: policy.Sensitive}.Policy(), 20_000, 100*ms, 8*unit.Second)
	w.later(3*unit.Second, func(*sim.Proc) { w.at.SetInterface(w.Now(), wifi, false) })
	w.finish(12 * unit.Second)
	want := "0.04s open path 1 backup\n3.00s rank path 1\n3.00s close path 0 (failed)\n"
	if got := w.decisions(); got != want {
		t.Errorf("decisions\n%swant\n%s", got, want)
	}
	if w.sent(lte) < 45*20_000 {
		t.Errorf("%d octets over LTE", w.sent(lte))
	}
}

// TestDeadlineLate: a path that was fast enough until it became slow; what is left has to be over in the
// time that is left.
func TestDeadlineLate(t *testing.T) {
	w := newWorld(t, setting{wifi: 8_000_000, lte: 8_000_000})
	x := policy.Intents{FileSize: 15_360_000, Duration: 17 * unit.Second}
	w.upload(wifi, x.Policy(), 15_360_000, 0, 0)
	w.later(10*unit.Second, func(*sim.Proc) {
		if w.opened(lte) > 0 {
			t.Errorf("second path before it was needed\n%s", w.decisions())
		}
		must(0, w.net.SetRate(w.links[wifi][0], 4_000_000))
	})
	var acked int64
	w.later(17*unit.Second+200*ms, func(*sim.Proc) { acked, _ = w.agent.Progress() })
	w.finish(40 * unit.Second)
	if w.opened(lte) != 1 || acked < 15_360_000 {
		t.Errorf("%d octets acknowledged at the deadline\n%s", acked, w.decisions())
	}
}
