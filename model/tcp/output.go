package tcp

import (
	"mpsim/model/wire"
	"mpsim/sim"
)

// transmit sends one segment with an ACK whose first octet has offset seq. rec is its record if it carries
// data or a FIN, which are then sent from it. SYN and RST are transmitControl's.
func (e *Endpoint) transmit(now sim.Time, flags wire.Flags, seq uint64, rec *Sent) {
	p, seg := e.s.net.TakePacket()
	seg.Seq, seg.Ack = e.iss+uint32(seq), e.irs+uint32(e.rcv.nxt)
	seg.Opts, seg.Flags = 0, flags
	if e.tsOK {
		seg.Opts = wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.value(e.s, now), e.ts.recent
	}
	seg.SrcPort, seg.DstPort = e.lport, e.rport
	seg.TTL, seg.TOS, seg.IPID = e.ttl, e.tos, e.ipid
	e.ipid++
	seg.Src, seg.Dst, seg.FlowLabel = e.local, e.remote, e.label
	owned := rec
	switch {
	case rec == nil:
		seg.Payload = wire.Payload{}
	case rec.Len == 0: // a FIN
		seg.Payload = wire.Payload{Pos: rec.Pos}
		owned = nil
	default:
		seg.Payload = wire.Payload{Stream: rec.Stream, Pos: rec.Pos, Len: rec.Len}
		e.stats.BytesSent += int64(rec.Len)
	}
	if e.ecnOK {
		e.ecn.mark(seg, rec)
	}
	seg.Window = e.window(now)
	if !e.simple && e.owner != nil {
		e.owner.Outgoing(now, e, seg, owned)
	}
	urgent := false // an ACK whose blocks found no room has to go again, alone
	if e.rcv.wantsBlocks() && e.sackOK {
		urgent = !e.addBlocks(seg) && e.rcv.ackNow && rec != nil
	}
	e.ackSent(now, rec)
	e.rcv.ackNow = urgent
	e.stats.SegmentsSent++
	s := e.s // what Stack.send does
	s.stats.SegmentsSent++
	s.hash.Mix(uint64(now) ^ uint64(seg.Seq)<<32 ^ uint64(seg.Ack) ^ uint64(seg.Flags)<<48 ^ 1<<63)
	s.host.Send(now, p, e.path, seg.WireLen())
	if rec != nil && s.par.smallQueues {
		e.noteDeparture()
	}
}

// transmitControl sends a SYN or RST. rec is the record of a SYN's data, or nil.
func (e *Endpoint) transmitControl(now sim.Time, flags wire.Flags, seq uint64, rec *Sent) {
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
	if flags&wire.SYN != 0 {
		e.synOptions(now, seg)
	} else if e.tsOK {
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.value(e.s, now), e.ts.recent
	}
	if flags&wire.RST == 0 {
		seg.Window = e.unusualWindow(max(0, e.owner.Window(now, e)), true)
	}
	e.ecn.markControl(e, seg)
	if e.owner != nil && !e.simple {
		e.owner.Outgoing(now, e, seg, owned)
	}
	if flags&wire.ACK != 0 {
		e.ackSent(now, rec)
		e.rcv.ackNow = false
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

// settleLoss arms the loss timer after an ACK.
func (e *Endpoint) settleLoss(now sim.Time) {
	if e.rec.due && e.state != StateClosed {
		e.scheduleLoss(now)
	}
	e.rec.due = false
}

// settle ends the handling of a segment or of a timer: the owner may send, and what is still owed of an
// acknowledgement goes out alone.
func (e *Endpoint) settle(now sim.Time) {
	e.busy = false
	if e.state == StateClosed || e.rcv.mute {
		e.settleLoss(now)
		return
	}
	if !e.quiet && !(e.simple && e.owner.(*Stream).idle()) && e.mayReady() {
		e.owner.Ready(now, e)
	}
	if e.rec.due {
		e.settleLoss(now)
	}
	if e.state == StateClosed {
		return
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
