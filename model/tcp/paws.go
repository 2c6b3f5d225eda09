package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Timestamps (RFC 7323): RTTM (section 4), PAWS (section 5).

// tickClock turns the time into ticks; it remembers the present tick, because a division for each
// segment would cost more than the segment's other header fields.
type tickClock struct {
	tick  unit.Duration
	start sim.Time // of the present tick
	value uint32
}

func (c *tickClock) at(now sim.Time) uint32 {
	if d := now.Sub(c.start); d < 0 || d >= c.tick {
		n := int64(now) / int64(c.tick)
		c.start, c.value = sim.Time(n*int64(c.tick)), uint32(n)
	}
	return c.value
}

type timestamps struct {
	offset   uint32   // of TSval, drawn (RFC 7323 section 5.4)
	recent   uint32   // TS.Recent
	recentAt sim.Time // when TS.Recent was set
}

// pawsIdle is how long TS.Recent stays good (RFC 7323 section 5.5).
const pawsIdle = 24 * 24 * unit.Hour

func (t *timestamps) init(s *Stack, now sim.Time) {
	t.offset, t.recentAt = s.tsOffset.Uint32(), now
}

// value returns TSval at the given time.
func (t *timestamps) value(s *Stack, now sim.Time) uint32 { return t.offset + s.tick.at(now) }

// valueAt returns TSval at an earlier time.
func (t *timestamps) valueAt(s *Stack, then sim.Time) uint32 {
	return t.offset + uint32(int64(then)/int64(s.tick.tick))
}

// age returns how long ago the tick echoed began, at least a tick.
func (t *timestamps) age(s *Stack, now sim.Time, echo uint32) unit.Duration {
	ticks := int32(t.value(s, now) - echo)
	return max(unit.Duration(ticks), 1) * s.tick.tick
}

// stale tells whether a segment fails PAWS (RFC 7323 section 5.3 R1).
func (t *timestamps) stale(now sim.Time, val uint32) bool {
	return int32(val-t.recent) < 0 && now.Sub(t.recentAt) < pawsIdle
}

// update takes TSval of a segment that covers Last.ACK.sent (RFC 7323 section 4.3).
func (t *timestamps) update(now sim.Time, val uint32) {
	if int32(val-t.recent) >= 0 || now.Sub(t.recentAt) >= pawsIdle {
		t.recent, t.recentAt = val, now
	}
}

// paws tells whether a segment in a synchronized state may be looked at further. seq is the
// offset of its first octet. A pure ACK in order is let through with an old timestamp: it can only have been
// overtaken (Linux, tcp_disordered_ack).
func (e *Endpoint) paws(now sim.Time, seg *wire.Segment, seq int64) bool {
	if !e.tsOK || seg.Flags&wire.RST != 0 {
		return true
	}
	if seg.Opts&wire.OptTimestamps == 0 { // RFC 7323 section 3.2: agreed, so all others carry it
		if e.s.par.linux { // does not mind
			return true
		}
		e.stats.PAWSDropped++
		return false
	}
	if !e.ts.stale(now, seg.TSVal) {
		return true
	}
	if seg.Payload.Len == 0 && seg.Flags&(wire.SYN|wire.FIN) == 0 && seq == int64(e.rcv.nxt) {
		return true
	}
	e.stats.PAWSDropped++
	if seg.Payload.Len > 0 {
		if seq < int64(e.rcv.nxt) { // only what we do hold may be reported
			e.noteDuplicate(seq, min(seq+int64(seg.Payload.Len), int64(e.rcv.nxt)))
		}
		e.rcv.ackNow = true
	} else {
		e.limitedACK(now)
	}
	return false
}
