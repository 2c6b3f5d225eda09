package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// TIME-WAIT: RFC 9293 section 3.6.1, with RFC 6191 for a new connection of the same four-tuple and RFC 1337
// (RSTs do not end it).

func (e *Endpoint) enterTimeWait(now sim.Time) {
	again := e.state == StateTimeWait
	e.setState(StateTimeWait)
	for id := range numTimers {
		e.clearTimer(id)
	}
	wait := e.s.par.TimeWait
	if e.open.timeWait > 0 {
		wait = e.open.timeWait
	}
	e.setTimer(timerClose, now.Add(wait))
	if !again {
		e.changed(now, TimeWaiting)
	}
}

// reopen lets a new SYN end TIME-WAIT if it cannot be an old duplicate: its timestamp or its sequence
// number lies beyond what the old connection used.
func (e *Endpoint) reopen(now sim.Time, seg *wire.Segment, seq int64) bool {
	if seg.Flags&(wire.SYN|wire.RST|wire.ACK) != wire.SYN {
		return false
	}
	newer := seq > int64(e.rcv.nxt)
	if e.tsOK && seg.Opts&wire.OptTimestamps != 0 && seg.TSVal != e.ts.recent {
		newer = int32(seg.TSVal-e.ts.recent) > 0
	}
	s := e.s
	if !newer || s.acceptor(seg) == nil {
		return false
	}
	e.release(now)
	s.passiveOpen(now, seg)
	return true
}
