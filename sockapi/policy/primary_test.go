package policy_test

import (
	"fmt"
	"testing"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
	"mpsim/sockapi/policy"
)

// TestPrimaryFails counts the timeouts after which the primary path has failed, and has data return to it.
func TestPrimaryFails(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newWorld(t, setting{})
			x := policy.Primary{PathMaxRxt: n, HBInterval: 5 * unit.Second}
			w.upload(wifi, x, 20_000, 100*ms, 60*unit.Second)
			var log []string
			w.later(1*unit.Second, func(*sim.Proc) {
				w.agent.OnState(func(a wire.Addr, s policy.State) {
					log = append(log, fmt.Sprintf("%.0fs path %d %s", float64(w.Now())/1e9, w.pathOf(a), s))
				})
			})
			timeouts := 0
			w.later(2*unit.Second, func(p *sim.Proc) {
				q := must(w.agent.Socket().Watch(sockapi.MaskOf(sockapi.EventTimeout), 0))
				for {
					e, err := q.Recv(p, true)
					if err != nil {
						return
					}
					if e.Local == w.local[wifi] && !w.agent.Failing(e.Local) && len(log) == 0 {
						timeouts = max(timeouts, e.Backoff)
					}
				}
			})
			w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 100) })
			var mid, end int64
			w.later(30*unit.Second, func(*sim.Proc) { w.loss(wifi, 0); mid = w.sent(lte) })
			w.later(45*unit.Second, func(*sim.Proc) { end = w.sent(lte) })
			w.finish(70 * unit.Second)
			if timeouts != n {
				t.Errorf("%d timeouts in a row before the path failed, want %d and one that exceeds it", timeouts, n)
			}
			if mid < 15*200_000 {
				t.Errorf("%d octets over LTE while Wi-Fi is dead", mid)
			}
			if more := w.sent(lte) - end; more > 5000 {
				t.Errorf("%d octets over LTE after Wi-Fi is back", more)
			}
			if len(log) < 2 || log[len(log)-1][4:] != "path 0 available" {
				t.Errorf("states: %q", log)
			}
		})
	}
}

// TestProbeNow does not wait for the next heartbeat.
func TestProbeNow(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Primary{PathMaxRxt: 1, HBInterval: 100 * unit.Second}, 20_000, 100*ms, 30*unit.Second)
	var states []policy.State
	w.later(3*unit.Second, func(*sim.Proc) { w.loss(wifi, 100) })
	w.later(10*unit.Second, func(p *sim.Proc) {
		w.loss(wifi, 0)
		w.agent.OnState(func(_ wire.Addr, s policy.State) { states = append(states, s) })
		must(0, p.Sleep(unit.Second))
		if len(states) > 0 || !w.agent.Failing(w.local[wifi]) {
			t.Errorf("before the probe: %v", states)
		}
		if err := w.agent.ProbeNow(w.local[wifi]); err != nil {
			t.Error(err)
		}
		must(0, p.Sleep(200*ms))
		if len(states) != 1 || states[0] != policy.Available || w.agent.Failing(w.local[wifi]) {
			t.Errorf("after the probe: %v", states)
		}
		if err := w.agent.ProbeNow(w.remote); err != sockapi.EINVAL {
			t.Errorf("probe of an address that is no path: %v", err)
		}
		w.at.SetInterface(w.Now(), wifi, false)
		must(0, p.Sleep(ms))
		if err := w.agent.ProbeNow(w.local[wifi]); err != sockapi.ENETUNREACH {
			t.Errorf("probe of a path that is down: %v", err)
		}
	})
	w.finish(30 * unit.Second)
}

// TestSetPrimary moves the data.
func TestSetPrimary(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Primary{}, 20_000, 100*ms, 10*unit.Second)
	var over [4]int64
	w.later(3*unit.Second, func(*sim.Proc) {
		over[0] = w.sent(lte)
		if err := w.agent.SetPrimary(w.local[lte]); err != nil {
			t.Error(err)
		}
		if err := w.agent.SetPrimary(w.remote); err != sockapi.EINVAL {
			t.Errorf("an address that is no path: %v", err)
		}
	})
	w.later(4*unit.Second, func(*sim.Proc) { over[1], over[2] = w.sent(wifi), w.sent(lte) })
	w.later(6*unit.Second, func(*sim.Proc) { over[3] = w.sent(wifi) })
	w.finish(12 * unit.Second)
	if over[0] > 5000 || over[2] < 150_000 || over[3]-over[1] > 5000 {
		t.Errorf("octets over LTE before: %d, then %d; over Wi-Fi then: %d", over[0], over[2], over[3]-over[1])
	}
	if n := w.opened(lte); n != 1 {
		t.Errorf("%d subflows opened over LTE", n)
	}
}

// TestHeartbeat finds that a path which stands by has died.
func TestHeartbeat(t *testing.T) {
	w := newWorld(t, setting{})
	w.upload(wifi, policy.Primary{PathMaxRxt: 2, HBInterval: 2 * unit.Second}, 20_000, 100*ms, 40*unit.Second)
	w.later(3*unit.Second, func(*sim.Proc) { w.loss(lte, 100) })
	failed := sim.Never
	w.later(3500*ms, func(*sim.Proc) {
		w.agent.OnState(func(a wire.Addr, s policy.State) {
			if a == w.local[lte] && s == policy.Unreachable {
				failed = min(failed, w.Now())
			}
		})
	})
	w.finish(40 * unit.Second)
	if failed > sim.Time(12*unit.Second) {
		t.Errorf("LTE found dead at %s", failed)
	}
}
