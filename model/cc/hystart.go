package cc

import "mpsim/sim/unit"

// HyStart++: RFC 9406 section 4. A slow start whose round-trip time rises goes on more carefully
// (Conservative Slow Start) and, if the rise persists, ends before it overflows the queue.

// Constants of RFC 9406 section 4.3.
const (
	hystartMinRTTThresh  = 4 * unit.Millisecond  // MIN_RTT_THRESH
	hystartMaxRTTThresh  = 16 * unit.Millisecond // MAX_RTT_THRESH
	hystartMinRTTDivisor = 8                     // MIN_RTT_DIVISOR
	hystartSamples       = 8                     // N_RTT_SAMPLE
	hystartGrowthDivisor = 4                     // CSS_GROWTH_DIVISOR
	hystartCSSRounds     = 5                     // CSS_ROUNDS
	hystartLimitSegments = 8                     // L without pacing
	hystartNoRTT         = unit.Duration(1<<63 - 1)
)

// hystart is the state of RFC 9406 section 4.2 for the first slow start of a connection.
type hystart struct {
	delivered, roundEnd int64 // octets acknowledged so far, and at which the round ends
	lastRoundMinRTT     unit.Duration
	currentRoundMinRTT  unit.Duration
	cssBaselineMinRTT   unit.Duration
	samples             int  // rttSampleCount of this round
	cssRounds           int  // rounds of conservative slow start so far, the current one included
	css                 bool // in conservative slow start
	started             bool
	done                bool // the first slow start is over
}

// grow is slow start for one ACK: it returns the octets by which the window may grow. When it ends
// slow start, it sets Ssthresh to the window and returns 0.
func (h *hystart) grow(f *Flow, acked int64) int64 {
	octets := min(acked, hystartLimitSegments*f.MSS)
	if h.css {
		octets /= hystartGrowthDivisor
	}
	if h.css && h.cssRounds > hystartCSSRounds {
		f.Ssthresh = f.Cwnd
		h.done = true
		return 0
	}
	return octets
}

// onAck follows rounds and round-trip times. It is called for each ACK of the first slow start, also
// for those that must not grow the window.
func (h *hystart) onAck(f *Flow, acked int64) {
	h.delivered += acked
	if !h.started || h.delivered >= h.roundEnd {
		h.newRound(f, acked)
	}
	if f.LastRTT <= 0 {
		return
	}
	h.currentRoundMinRTT = min(h.currentRoundMinRTT, f.LastRTT)
	h.samples++
	if h.samples < hystartSamples {
		return
	}
	if h.css {
		// The rise was jitter: the delay is again below what it was when it seemed to rise.
		if h.currentRoundMinRTT < h.cssBaselineMinRTT {
			h.css = false
			h.cssBaselineMinRTT = hystartNoRTT
		}
		return
	}
	if h.lastRoundMinRTT == hystartNoRTT {
		return
	}
	thresh := min(max(h.lastRoundMinRTT/hystartMinRTTDivisor, hystartMinRTTThresh), hystartMaxRTTThresh)
	if h.currentRoundMinRTT >= h.lastRoundMinRTT+thresh {
		h.css = true
		h.cssRounds = 1 // the rest of this round counts
		h.cssBaselineMinRTT = h.currentRoundMinRTT
	}
}

// newRound begins a round that ends when what is now in flight has been acknowledged.
func (h *hystart) newRound(f *Flow, acked int64) {
	if !h.started {
		h.started = true
		h.currentRoundMinRTT = hystartNoRTT
		h.cssBaselineMinRTT = hystartNoRTT
	}
	h.lastRoundMinRTT = h.currentRoundMinRTT
	h.currentRoundMinRTT = hystartNoRTT
	h.samples = 0
	h.roundEnd = h.delivered + max(f.InFlight-acked, 0)
	if h.css {
		h.cssRounds++
	}
}
