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
	t.Log("\n" + w.decisions())
}
