package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// transmit sends one segment whose first octet has offset seq. rec is its record if it carries
// data or a FIN, which are then sent from it.
func (e *Endpoint) transmit(now sim.Time, flags wire.Flags, seq uint64, rec *Sent) {
	p, seg := e.s.net.NewPacket()
	seg.Src, seg.Dst = e.local, e.remote
	seg.SrcPort, seg.DstPort = e.lport, e.rport
	seg.TTL, seg.TOS = e.ttl, e.tos
	if e.s.labels != nil {
		seg.FlowLabel = e.label
	}
	seg.IPID = e.ipid
	e.ipid++
	seg.Seq = e.iss + uint32(seq)
	seg.Flags = flags
	owned := rec
	if rec != nil {
		seg.Payload = wire.Payload{Stream: rec.Stream, Pos: rec.Pos, Len: rec.Len}
		if rec.Len == 0 {
			seg.Payload.Stream, owned = 0, nil
		}
		e.stats.BytesSent += int64(rec.Len)
	}
	if flags&wire.ACK != 0 {
		seg.Ack = e.irs + uint32(e.rcv.nxt)
	}
	usual := flags&(wire.SYN|wire.RST) == 0
	if flags&wire.SYN != 0 {
		e.synOptions(now, seg)
	} else if e.tsOK {
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.value(e.s, now), e.ts.recent
	}
	if usual {
		if e.ecnOK {
			e.ecn.mark(seg, rec)
		}
		seg.Window = e.window(now, false)
	} else {
		if flags&wire.RST == 0 {
			seg.Window = e.window(now, true)
		}
		e.ecn.markControl(e, seg)
	}
	if e.owner != nil && !e.simple {
		e.owner.Outgoing(now, e, seg, owned)
	}
	urgent := false // an ACK whose blocks found no room has to go again, alone
	if e.rcv.wantsBlocks() && usual && e.sackOK {
		urgent = !e.addBlocks(seg) && e.rcv.ackNow && rec != nil
	}
	if flags&wire.ACK != 0 {
		e.ackSent(now, rec)
		e.rcv.ackNow = urgent
	}
	e.stats.SegmentsSent++
	e.s.send(now, p, seg, e.path)
}

// sendPart transmits a record.
func (e *Endpoint) sendRecord(now sim.Time, r *Sent) {
	flags := wire.ACK
	if r.flags&sentPush != 0 {
		flags |= wire.PSH
	}
	if r.flags&sentFin != 0 {
		flags |= wire.FIN
	}
	e.transmit(now, flags, r.Seq, r)
}

// Ack sends a pure ACK now (window update, DATA_ACK, option to convey).
func (e *Endpoint) Ack(now sim.Time) {
	if e.state.synchronized() {
		e.sendACK(now)
	}
}

// sendACK sends a segment without data at SND.NXT.
func (e *Endpoint) sendACK(now sim.Time) {
	e.transmit(now, wire.ACK, e.snd.nxt, nil)
}

// settle ends the handling of a segment or of a timer: the owner may send, and what is still owed of an
// acknowledgement goes out alone.
func (e *Endpoint) settle(now sim.Time) {
	e.busy = false
	e.CC.Touch()
	if e.state == StateClosed || e.rcv.mute {
		return
	}
	if e.mayReady() {
		e.owner.Ready(now, e)
		if e.state == StateClosed {
			return
		}
	}
	switch {
	case e.rcv.ackNow:
		e.sendACK(now)
	case e.rcv.ackOwed && !e.tm.pending(timerACK):
		e.setTimer(timerACK, now.Add(e.s.par.DelayedACK))
	}
	if e.snd.probe {
		e.checkPersist(now)
	}
}
