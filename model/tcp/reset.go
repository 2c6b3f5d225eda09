package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// RST generation (RFC 9293 section 3.5.2) and acceptance (RFC 5961 sections 3 to 5).

// refuse answers a segment that no endpoint wants with a RST, to which r adds what it likes unless it is nil.
func (s *Stack) refuse(now sim.Time, in *wire.Segment, r Refuser) {
	path, err := s.host.Path(in.Dst, in.Src, in.DstPort, in.SrcPort)
	if err != nil {
		return // no way back: nobody to tell
	}
	p, seg := s.net.NewPacket()
	seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = in.Dst, in.Src, in.DstPort, in.SrcPort
	seg.TTL, seg.TOS = s.par.TTL, s.par.tos
	if in.Flags&wire.ACK != 0 {
		seg.Flags, seg.Seq = wire.RST, in.Ack
	} else {
		seg.Flags = wire.RST | wire.ACK
		seg.Ack = in.Seq + in.Payload.Len
		if in.Flags&wire.SYN != 0 {
			seg.Ack++
		}
		if in.Flags&wire.FIN != 0 {
			seg.Ack++
		}
	}
	if r != nil {
		r.Refused(seg)
	}
	s.stats.ResetsSent++
	s.send(now, p, seg, path)
}

// abort sends a RST if the peer can know of the connection, and closes (RFC 9293 section 3.10.5).
func (e *Endpoint) abort(now sim.Time, why Event) {
	if e.state == StateClosed {
		return
	}
	if (e.state != StateSynSent || e.rcv.nxt != 0) && e.state != StateTimeWait {
		e.sendRST(now)
	}
	e.fail(now, why)
}

// fail reports why the connection ends and closes it.
func (e *Endpoint) fail(now sim.Time, why Event) {
	if e.state == StateClosed || e.open.failed {
		return
	}
	e.open.fail, e.open.failed = why, true
	e.changed(now, why)
	e.release(now)
}

func (e *Endpoint) sendRST(now sim.Time) {
	e.s.stats.ResetsSent++
	e.transmitControl(now, wire.RST|wire.ACK, e.snd.nxt, nil)
}

// inputRST handles a RST in a synchronized state, whose sequence number has offset seq from the peer's
// initial one: exactly RCV.NXT resets, elsewhere in the window it is challenged (RFC 5961 section 3.2).
func (e *Endpoint) inputRST(now sim.Time, seg *wire.Segment, seq int64) {
	next := int64(e.rcv.nxt)
	switch {
	case seq == next:
		e.takeRST(now, seg)
	case seq > next && seq < next+e.acceptWindow():
		e.challenge(now)
	}
}

func (e *Endpoint) takeRST(now sim.Time, seg *wire.Segment) {
	e.last = lastReset{opts: seg.Opts & (wire.OptReset | wire.OptFastClose | wire.OptFail), reset: seg.Reset,
		key: seg.FastCloseKey, fail: seg.FailDSN}
	if e.state == StateTimeWait { // RFC 1337: nothing to reset; the endpoint waits on
		return
	}
	e.fail(now, Reset)
}

// challenge sends a challenge ACK (RFC 5961), not more often than Config.ACKInterval.
func (e *Endpoint) challenge(now sim.Time) {
	e.stats.ChallengeACKs++
	e.limitedACK(now)
}

// limitedACK sends an ACK unless one went out for the same kind of reason a short while ago, so that
// two ends that disagree do not answer each other for ever.
func (e *Endpoint) limitedACK(now sim.Time) {
	if now.Sub(e.open.lastOOW) < e.s.par.ACKInterval {
		return
	}
	e.open.lastOOW = now
	e.rcv.ackNow = true
}
