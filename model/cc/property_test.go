package cc

import (
	"encoding/binary"
	"hash/fnv"
	"testing"

	"pgregory.net/rapid"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// TestLimits drives two subflows through random events: windows never shrink on an ACK (OLIA's may), never grow
// by more than what was acknowledged, ssthresh is at least two segments and below the window that was lost.
func TestLimits(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				a, b := newPath(name, 20*unit.Millisecond, 10), newPath(name, 100*unit.Millisecond, 10)
				group(a, b)
				for range rapid.IntRange(1, 200).Draw(rt, "events") {
					p := rapid.SampledFrom([]*path{a, b}).Draw(rt, "subflow")
					randomEvent(rt, p)
				}
			})
		})
	}
}

func randomEvent(rt *rapid.T, p *path) {
	f := &p.flow
	f.Touch()
	defer f.Touch()
	p.now = p.now.Add(unit.Duration(rapid.Int64Range(0, 1e9).Draw(rt, "wait")))
	f.LastRTT = unit.Duration(rapid.Int64Range(0, 3e8).Draw(rt, "sample"))
	f.CwndLimited = rapid.IntRange(0, 4).Draw(rt, "limited") > 0
	f.InFlight = rapid.Int64Range(0, f.Cwnd).Draw(rt, "in flight")
	f.FlightSize = f.InFlight
	before := *f
	switch rapid.IntRange(0, 9).Draw(rt, "event") {
	case 0:
		got := p.ctrl.OnLoss(p.now, f)
		checkSsthresh(rt, got, before)
		f.Ssthresh, f.Cwnd = got, got
		p.ctrl.OnRecovered(p.now, f)
	case 1:
		f.Ssthresh = p.ctrl.OnRTO(p.now, f)
		checkSsthresh(rt, f.Ssthresh, before)
		f.Cwnd = f.MSS
	case 2:
		p.ctrl.OnLoss(p.now, f)
		p.now = p.now.Add(unit.Duration(rapid.Int64Range(0, 1e9).Draw(rt, "wait")))
		p.ctrl.OnUndo(p.now, f)
	case 3:
		p.ctrl.OnIdle(p.now, f)
		if f.Cwnd > before.Cwnd || f.Ssthresh < before.Ssthresh {
			rt.Fatalf("idle: %+v from %+v", *f, before)
		}
	default:
		acked := rapid.Int64Range(0, 3*f.MSS).Draw(rt, "acked")
		p.ctrl.OnAck(p.now, f, acked)
		grown := f.Cwnd - before.Cwnd
		least := int64(0)
		if p.ctrl.Name() == "olia" { // takes from the largest window what it gives to the best path
			least = -max(acked, f.MSS) / 2
		}
		if grown < least || grown > max(acked, f.MSS) || !before.CwndLimited && grown != 0 {
			rt.Fatalf("%d octets acknowledged: window %d from %d", acked, f.Cwnd, before.Cwnd)
		}
		after := *f
		after.Cwnd = before.Cwnd
		if after.Ssthresh < before.Ssthresh && f.Ssthresh == f.Cwnd {
			after.Ssthresh = before.Ssthresh // HyStart++ ended slow start
		}
		if after != before {
			rt.Fatalf("changed more than the window: %+v from %+v", *f, before)
		}
	}
}

func checkSsthresh(rt *rapid.T, got int64, f Flow) {
	if got < 2*f.MSS || got > max(2*f.MSS, f.Cwnd*7/10) {
		rt.Fatalf("ssthresh %d from a window of %d", got, f.Cwnd)
	}
}

// TestSameBitsEverywhere: the windows of a long lossy run hash to the same value on every architecture. A
// difference means that a sum was fused or the rules changed.
func TestSameBitsEverywhere(t *testing.T) {
	want := map[string]uint64{
		"balia": 0x4fc21bcf31970389, "coupled": 0xda2e511ead55f405, "ewtcp": 0x6b68504c2dca2701,
		"olia":  0x6a0968d8941995a6,
		"cubic": 0xcc96cad229fbbd78, "dctcp": 0x59730f58680d3631, "lia": 0xa9cde00f4057101b, "newreno": 0x59730f58680d3631,
	}
	for _, name := range Names() {
		a, b := newPath(name, 23*unit.Millisecond, 10), newPath(name, 171*unit.Millisecond, 10)
		group(a, b)
		a.lose, b.lose = every(1013), every(3001)
		h := fnv.New64a()
		var octets [8]byte
		for until := unit.Second; until <= 200*unit.Second; until += 100 * unit.Millisecond {
			runTogether(until, a, b)
			for _, p := range []*path{a, b} {
				binary.BigEndian.PutUint64(octets[:], uint64(p.flow.Cwnd))
				h.Write(octets[:])
			}
		}
		if got := h.Sum64(); got != want[name] {
			t.Errorf("%s: hash %#x, want %#x", name, got, want[name])
		}
	}
}

// TestFaultsOfTheModel: what an endpoint may never pass stops the run.
func TestFaultsOfTheModel(t *testing.T) {
	for _, f := range []Flow{{Cwnd: mss}, {MSS: mss}} {
		for _, name := range Names() {
			c, _ := New(name)
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s accepted %+v", name, f)
					}
				}()
				c.OnAck(sim.Time(0), &f, mss)
			}()
		}
	}
}
