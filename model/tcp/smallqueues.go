package tcp

import (
	"math/bits"

	"mpsim/model/link"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Small queues: a connection keeps little in the queue of its own interface, where its packets would only wait
// or, in a first slow start, be dropped by the very host that sends them. Linux lets a socket have about a
// millisecond of its pacing rate there (net/ipv4/tcp_output.c, tcp_small_queue_check, since 3.6); here the limit
// is a time that the whole queue of the interface may take to drain. Retransmissions are not held back. A host that paces needs no such limit.

// Uplinker is a Host that tells which link its interfaces send on: without it there are no small queues.
type Uplinker interface {
	Uplink(iface int32) link.ID
}

// noteDeparture remembers when the segment that was sent last leaves the interface.
func (e *Endpoint) noteDeparture() {
	e.pac.next, _ = e.s.net.Departure(e.s.uplinks.Uplink(e.path.Iface))
}

// smallQueueRoom returns how many of n octets may go into the queue of the interface now: until it takes the
// limit to drain, and two segments at any time by who has nothing in it. What it cuts short is tried again when
// half of the limit has left.
func (e *Endpoint) smallQueueRoom(now sim.Time, n int64) int64 {
	free, rate := e.s.net.Departure(e.s.uplinks.Uplink(e.path.Iface))
	if rate == 0 {
		return n
	}
	limit := e.s.par.SmallQueues
	room := int64(0)
	if wait := max(free.Sub(now), 0); wait < limit {
		room = octetsIn(limit-wait, rate) / e.snd.mss * e.snd.mss
	}
	if e.pac.next <= now {
		room = max(room, 2*e.snd.mss)
	}
	if room >= n {
		return n
	}
	if !e.tm.pending(timerPace) {
		e.setTimer(timerPace, now.Add(max(limit/2, 1)))
	}
	return room
}

// octetsIn returns the octets that leave in d, at most a second.
func octetsIn(d unit.Duration, rate unit.Bitrate) int64 {
	hi, lo := bits.Mul64(uint64(d), uint64(rate))
	octets, _ := bits.Div64(hi, lo, 8*uint64(unit.Second))
	return int64(octets)
}
