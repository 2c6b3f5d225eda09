package cc

import (
	"testing"

	"mpsim/sim"
	"mpsim/sim/unit"
)

// hystartFlow is a flow in slow start with a window of so many segments of 1000 octets, all of it in flight.
func hystartFlow(segments int64) *Flow {
	return &Flow{MSS: 1000, Cwnd: segments * 1000, InFlight: segments * 1000, Ssthresh: InfiniteSsthresh,
		SRTT: 200 * unit.Millisecond, CwndLimited: true}
}

// A rise of the round trip by an eighth ends slow start at the ninth sample of the round, not before, and a
// round without a rise does not.
func TestLinuxHyStartDelay(t *testing.T) {
	const base = 200 * unit.Millisecond
	for _, c := range []struct {
		name    string
		rtt     unit.Duration
		samples int // ACKs of the second round
		cwnd    int64
		exits   bool
	}{
		{"risen", base + 26*unit.Millisecond, 9, 20, true},
		{"one sample short", base + 26*unit.Millisecond, 8, 20, false},
		{"not above the threshold", base + 16*unit.Millisecond, 9, 20, false},
		{"window still small", base + 26*unit.Millisecond, 9, 10, false},
	} {
		f := hystartFlow(c.cwnd)
		h := NewCubicLinux()
		now := sim.Time(unit.Second)
		f.LastRTT = base
		f.InFlight = 10_000
		f.CwndLimited = false // no growth: the window stands as the table has it
		h.OnAck(now, f, 10_000)
		f.LastRTT, f.InFlight = c.rtt, c.cwnd*1000
		now = now.Add(c.rtt)
		for range c.samples {
			h.OnAck(now, f, 2000)
			f.InFlight = max(f.InFlight-2000, 0)
			now = now.Add(3 * unit.Millisecond) // not a train
		}
		if got := f.Ssthresh < InfiniteSsthresh; got != c.exits {
			t.Errorf("%s: slow start ended: %v, want %v", c.name, got, c.exits)
		}
	}
}

// ACKs that come closely for more than half a round trip end slow start, a gap does not count.
func TestLinuxHyStartTrain(t *testing.T) {
	for _, c := range []struct {
		name  string
		gap   unit.Duration
		paced bool
		exits bool
	}{
		{"closely", unit.Millisecond, false, true},
		{"far apart", 3 * unit.Millisecond, false, false},
		{"closely, but paced", unit.Millisecond, true, false},
	} {
		f := hystartFlow(1000)
		f.Paced, f.LastRTT, f.CwndLimited = c.paced, 100*unit.Millisecond, false
		h := NewCubicLinux()
		now := sim.Time(unit.Second)
		for range 60 {
			h.OnAck(now, f, 2000)
			now = now.Add(c.gap)
		}
		if got := f.Ssthresh < InfiniteSsthresh; got != c.exits {
			t.Errorf("%s: slow start ended: %v, want %v", c.name, got, c.exits)
		}
	}
}
