package sim

import "mpsim/sim/unit"

const (
	firstShift = 13 // 8 us
	firstCheck = 1 << 10
)

// widthControl counts what tells whether slots have the right width.
type widthControl struct {
	far, inOpen, opened uint64
}

func (q *queue) adapt() { q.nextCheck = 1<<64 - 1 }

// permute is a keyed bijection of 64 bits (the finaliser of SplitMix64).
func permute(x, key uint64) uint64 {
	x += key
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Stats tells how the engine worked. It changes nothing.
type Stats struct {
	Events    uint64        // handled
	Far       uint64        // armed beyond the wheel's horizon
	Open      uint64        // armed into the slot being served
	SlotWidth unit.Duration // now
}

// Stats returns the counts since the start.
func (w *World) Stats() Stats {
	return Stats{
		Events: w.events, Far: w.width.far, Open: w.width.inOpen, SlotWidth: unit.Duration(1) << w.shift,
	}
}
