package cc

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// HyStart (Ha and Rhee 2011) as Linux has it (tcp_cubic.c, 6.18): slow start ends when the round-trip time
// has risen, or when the ACKs of one round come closely for longer than half of the shortest round trip:
// the train is then as long as the path.

// Constants of Linux (the parameters of the module, and its macros).
const (
	trainLowWindow = 16                    // hystart_low_window, segments
	trainSpacing   = 2 * unit.Millisecond  // hystart_ack_delta_us
	trainSamples   = 8                     // HYSTART_MIN_SAMPLES
	trainDelayMin  = 4 * unit.Millisecond  // HYSTART_DELAY_MIN
	trainDelayMax  = 16 * unit.Millisecond // HYSTART_DELAY_MAX
	trainBurst     = 4 * 65536             // octets that one burst may hold back (hystart_ack_delay)
	trainBurstMax  = unit.Millisecond
)

// hystartLinux is the state of one slow start.
type hystartLinux struct {
	delivered, roundEnd int64         // octets acknowledged so far, and after which a round begins
	minRTT              unit.Duration // delay_min, 0: no sample
	roundRTT            unit.Duration // curr_rtt
	roundStart          sim.Time
	lastACK             sim.Time // of the train
	samples             int      // RTT samples of this round
	begun               bool
	found               bool // slow start has been ended
}

// reset starts anew, as after a timeout.
func (h *hystartLinux) reset() { *h = hystartLinux{delivered: h.delivered} }

// shorter tells whether d is the shortest round trip so far.
func (h *hystartLinux) shorter(d unit.Duration) bool { return h.minRTT == 0 || d < h.minRTT }

// onSample looks at one ACK with a round-trip sample, whose octets have been counted in delivered.
// slowStart tells that slow start is under way.
func (h *hystartLinux) onSample(now sim.Time, f *Flow, acked int64, slowStart bool) {
	if h.shorter(f.LastRTT) {
		h.minRTT = f.LastRTT
	}
	if h.found || !slowStart || f.Cwnd < trainLowWindow*f.MSS {
		return
	}
	if !h.begun || h.delivered > h.roundEnd {
		h.begun = true
		h.roundStart, h.lastACK, h.samples = now, now, 0
		h.roundRTT = hystartNoRTT
		h.roundEnd = h.delivered + max(f.InFlight-acked, 0)
	}
	if h.train(now, f) || h.delay(f) {
		h.found = true
		f.Ssthresh = f.Cwnd
	}
}

// train tells whether the ACKs of this round have come closely for too long.
func (h *hystartLinux) train(now sim.Time, f *Flow) bool {
	if now.Sub(h.lastACK) > trainSpacing {
		return false
	}
	h.lastACK = now
	threshold := h.minRTT
	if f.SRTT > 0 { // at the rate of slow start's pacing, two windows a round trip
		threshold += min(unit.Duration(trainBurst*int64(f.SRTT)/(2*f.Cwnd)), trainBurstMax)
	}
	if !f.Paced {
		threshold /= 2
	}
	return now.Sub(h.roundStart) > threshold
}

// delay tells whether the round trips of this round are longer than the shortest.
func (h *hystartLinux) delay(f *Flow) bool {
	h.roundRTT = min(h.roundRTT, f.LastRTT)
	if h.samples < trainSamples {
		h.samples++
		return false
	}
	return h.roundRTT > h.minRTT+min(max(h.minRTT/8, trainDelayMin), trainDelayMax)
}
