package tcp

import (
	"errors"
	"fmt"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Opening a connection: RFC 9293 sections 3.5 and 3.10.7.3, options of RFC 7323, RFC 2018 and
// RFC 9293 section 3.7.1, ECN negotiation of RFC 3168 section 6.1.1.

// Ephemeral ports as in Linux (ip_local_port_range); the first one is drawn, the next ones follow.
const (
	firstEphemeral = 32768
	ephemeralPorts = 28232
	defaultMSS     = 536 // without the option (RFC 9293 section 3.7.1)
)

// Why an endpoint could not be made.
var (
	ErrNoRoute = errors.New("tcp: no route")
	ErrNoPort  = errors.New("tcp: no free port")
)

// Dial makes an endpoint and sends its SYN. lport 0 picks an ephemeral port. It fails with
// ErrNoRoute, or with ErrNoPort if the four-tuple is in use.
func (s *Stack) Dial(now sim.Time, o Owner, local wire.Addr, lport uint16, remote wire.Addr,
	rport uint16) (*Endpoint, error) {
	e, err := s.Prepare(now, o, local, lport, remote, rport)
	if err == nil {
		e.Connect(now)
	}
	return e, err
}

// Prepare makes an endpoint as Dial does, but leaves sending the SYN to Connect, so that the owner can first
// attach its own state to it. Until then the endpoint is closed and Abort frees it.
func (s *Stack) Prepare(now sim.Time, o Owner, local wire.Addr, lport uint16, remote wire.Addr,
	rport uint16) (*Endpoint, error) {
	asked, next := lport, s.nextPort
	if lport == 0 {
		lport = s.ephemeral(local, remote, rport)
	}
	path, label, err := s.findPath(local, remote, lport, rport)
	if err != nil {
		s.nextPort = next
		return nil, fmt.Errorf("%w: host %s: connect to %v: %w", ErrNoRoute, s.name, remote.Netip(), err)
	}
	switch {
	case lport == 0:
		return nil, fmt.Errorf("%w: host %s: all ports towards %v port %d are in use", ErrNoPort, s.name,
			remote.Netip(), rport)
	case asked != 0 && s.table.lookup(local, lport, remote, rport) != nil:
		return nil, fmt.Errorf("%w: host %s: port %d is in use towards %v port %d: choose another local port",
			ErrNoPort, s.name, lport, remote.Netip(), rport)
	}
	e := s.newEndpoint(now, local, lport, remote, rport, path)
	e.label = label
	s.stats.Endpoints++
	e.client = true
	e.setOwner(o)
	e.setState(StateSynSent)
	return e, nil
}

// Connect sends the SYN of a prepared endpoint.
func (e *Endpoint) Connect(now sim.Time) {
	if e.state == StateSynSent && e.open.syns == 0 {
		e.sendSYN(now)
	}
}

func (s *Stack) ephemeral(local, remote wire.Addr, rport uint16) uint16 {
	for range ephemeralPorts {
		port := uint16(firstEphemeral + int(s.nextPort))
		s.nextPort = (s.nextPort + 1) % ephemeralPorts
		if s.table.lookup(local, port, remote, rport) == nil {
			return port
		}
	}
	return 0
}

// sendSYN transmits the SYN or SYN/ACK, again or for the first time.
func (e *Endpoint) sendSYN(now sim.Time) {
	flags := wire.SYN
	if e.state == StateSynReceived {
		flags |= wire.ACK
	}
	if e.open.syns == 0 {
		e.open.firstAt = now
	}
	e.open.syns++
	e.open.sentAt = now
	e.snd.nxt = max(e.snd.nxt, 1)
	var data *Sent
	if e.fo.wanted {
		if data = e.synRecord(); data != nil {
			e.snd.nxt = data.End()
		}
	}
	e.transmitControl(now, flags|e.ecn.synFlags(e), 0, data)
	e.rec.rtoAt = now.Add(e.rtt.rto())
	e.armLoss(now, lossRTO, e.rec.rtoAt)
	if e.userLimit > 0 && !e.tm.pending(timerUser) {
		e.setTimer(timerUser, now.Add(e.userLimit))
	}
}

// synOptions adds the options of a SYN or SYN/ACK: a SYN offers, a SYN/ACK agrees.
func (e *Endpoint) synOptions(now sim.Time, seg *wire.Segment) {
	p := &e.s.par
	offer := seg.Flags&wire.ACK == 0
	seg.Opts |= wire.OptMSS
	seg.MSS = uint16(e.ownMSS())
	if e.tsOK || offer && p.timestamps {
		seg.Opts |= wire.OptTimestamps
		seg.TSVal, seg.TSEcr = e.ts.value(e.s, now), e.ts.recent
	}
	if e.sackOK || offer && p.sack {
		seg.Opts |= wire.OptSACKPermitted
	}
	if e.snd.scaling || offer && p.scaling {
		seg.Opts |= wire.OptWindowScale
		seg.WindowScale = e.opt.shift
	}
	if seg.Flags&wire.ACK == 0 {
		seg.TSEcr = 0
	}
	if e.fo.hasOption {
		seg.Opts |= wire.OptFastOpen
		seg.FastOpen = e.fo.option
	}
}

// takeSYN learns what the peer's SYN or SYN/ACK says.
func (e *Endpoint) takeSYN(now sim.Time, seg *wire.Segment) {
	p := &e.s.par
	e.irs, e.rcv.nxt, e.rcv.wup = seg.Seq, 1, 1
	e.rcv.edge = max(e.rcv.edge, 1)
	e.open.peerMSS = defaultMSS
	if seg.Opts&wire.OptMSS != 0 {
		e.open.peerMSS = max(seg.MSS, 64) // Linux refuses to go lower, too (TCP_MIN_MSS)
	}
	e.tsOK = p.timestamps && seg.Opts&wire.OptTimestamps != 0
	if e.tsOK {
		e.ts.recent, e.ts.recentAt = seg.TSVal, now
	}
	e.sackOK = p.sack && seg.Opts&wire.OptSACKPermitted != 0
	e.snd.scaling = p.scaling && seg.Opts&wire.OptWindowScale != 0
	e.snd.shift, e.rcv.shift = 0, 0
	if e.snd.scaling {
		e.snd.shift, e.rcv.shift = min(seg.WindowScale, 14), e.opt.shift
	}
	e.ecn.negotiate(e, seg.Flags)
	e.snd.wl1 = 0
	e.snd.setWindow(int64(seg.Window), max(e.snd.una, 1))
	e.updateMSS()
	e.rcv.mss = min(e.CC.MSS, defaultMSS)
	e.rcv.quick = p.QuickACKs
}

// ownMSS returns the MSS that we announce: the MTU of the path less the fixed headers, or SetMaxSeg's bound.
func (e *Endpoint) ownMSS() int64 {
	mss := int64(e.mtu()) - 40
	if !e.local.Is4() {
		mss -= 20
	}
	if e.opt.maxSeg > 0 {
		mss = min(mss, int64(e.opt.maxSeg))
	}
	return mss
}

// updateMSS recomputes the payload of a full segment: the announced MSS less the options that every
// data segment carries (RFC 6691).
func (e *Endpoint) updateMSS() {
	mss := min(e.ownMSS(), int64(e.open.peerMSS)) - int64(e.reserve)
	if e.tsOK {
		mss -= 12
	}
	mss = max(mss, 16)
	e.snd.mss, e.CC.MSS = mss, mss
	if !e.open.accepted {
		e.CC.InitialCwnd = int64(e.s.par.InitialWindow) * mss
		e.CC.Cwnd = e.CC.InitialCwnd
	}
	e.CC.Touch()
	e.CC.Touch()
}

// established ends the handshake: our SYN is acknowledged and the peer's is in.
func (e *Endpoint) established(now sim.Time, seg *wire.Segment) {
	e.snd.una = 1
	e.rec.highSacked, e.rk.fack = 1, 1
	e.setState(StateEstablished)
	e.clearTimer(timerLoss)
	e.clearTimer(timerUser)
	switch {
	case e.open.syns == 1:
		e.rttSample(now, now.Sub(e.open.sentAt), now.Sub(e.open.sentAt))
	case e.tsOK && seg.Opts&wire.OptTimestamps != 0: // Karn's rule leaves only the echo
		rtt := e.ts.age(e.s, now, seg.TSEcr)
		e.rttSample(now, rtt, rtt)
	case !e.s.par.variance: // RFC 6298 section 5.7
		e.rtt.base = max(e.rtt.base, 3*unit.Second)
	}
	e.rtt.inRow, e.rtt.backoff = 0, 0
	e.updateMSS()
	if e.open.syns > 2 { // RFC 6928 section 2: more than one SYN lost
		e.CC.Cwnd = e.CC.MSS
	}
	e.open.accepted, e.open.doneAt = true, now
	e.clampWindow()
	e.leaveQueue(now, false)
	e.keep.restart(e, now)
	e.changed(now, Connected)
	if e.state == StateEstablished && e.snd.finQueued {
		e.snd.finQueued = false
		e.closeSend(now)
	}
}

// inputSynSent handles a segment in SYN-SENT (RFC 9293 section 3.10.7.3).
func (e *Endpoint) inputSynSent(now sim.Time, seg *wire.Segment) {
	acks := seg.Flags&wire.ACK != 0
	ack := uint64(seg.Ack - e.iss)
	switch {
	case acks && (ack < 1 || ack > e.snd.nxt || e.badEcho(now, seg)): // acknowledges what was never sent
		if seg.Flags&wire.RST == 0 {
			e.s.refuse(now, seg, nil)
		}
	case seg.Flags&wire.RST != 0: // refused, if it answers our SYN
		if acks {
			e.takeRST(now, seg)
		}
	case seg.Flags&wire.SYN == 0: // neither SYN nor RST
	case acks: // the usual SYN/ACK
		e.takeSYN(now, seg)
		if !e.incoming(now, seg) {
			return
		}
		e.rcv.ackNow, e.rcv.ackOwed = !e.fo.waits, true
		if e.fo.waits { // the data carries the ACK, and is taken for an answer (see ackSent)
			e.rcv.lastAt = now
		}
		e.snd.setWindow(int64(seg.Window), ack)
		e.established(now, seg)
		if e.state == StateClosed {
			return
		}
		e.synAnswered(now, seg, ack)
		e.peerWindow(now, ack, e.snd.wnd)
		e.synPayload(now, seg)
	default: // the peer's SYN crossed ours: simultaneous open
		e.takeSYN(now, seg)
		if !e.incoming(now, seg) {
			return
		}
		e.setState(StateSynReceived)
		e.open.syns-- // not a retransmission
		e.sendSYN(now)
	}
}

// badEcho tells that the SYN/ACK's timestamp echoes none of our SYNs (Linux, tcp_rcv_synsent_state_process).
func (e *Endpoint) badEcho(now sim.Time, seg *wire.Segment) bool {
	if !e.s.par.timestamps || seg.Opts&wire.OptTimestamps == 0 || seg.TSEcr == 0 {
		return false
	}
	first := e.ts.valueAt(e.s, e.open.firstAt)
	return seg.TSEcr-first > e.ts.value(e.s, now)-first
}

// synPayload takes data and FIN of a SYN/ACK (RFC 9293 section 3.10.7.3: go on at the sixth step). A shared
// window belongs to an owner whose mappings a SYN/ACK cannot carry.
func (e *Endpoint) synPayload(now sim.Time, seg *wire.Segment) {
	if e.shared || e.state == StateClosed || seg.Payload.Len == 0 && seg.Flags&wire.FIN == 0 {
		return
	}
	if seg.Payload.Len > 0 {
		e.receiveData(now, seg, 1)
	}
	if e.state != StateClosed && seg.Flags&wire.FIN != 0 {
		e.noteFIN(1 + uint64(seg.Payload.Len))
		e.takeFIN(now)
	}
	e.rcv.ackNow = true
}

// incoming asks the owner whether to go on with the segment.
func (e *Endpoint) incoming(now sim.Time, seg *wire.Segment) bool {
	return e.owner.Incoming(now, e, seg) && e.state != StateClosed
}

// synTimeout retransmits the SYN or SYN/ACK, or gives up.
func (e *Endpoint) synTimeout(now sim.Time) {
	p := &e.s.par
	linear := p.LinearSYNs
	if e.opt.synBackoff {
		linear = 0
	}
	retries := int(e.opt.synRetries) + linear // Linux adds them, too (tcp_write_timeout)
	tries := e.open.syns - 1
	if e.state == StateSynReceived { // SYN/ACKs that answered repeated SYNs do not count (Linux, num_timeout)
		tries, retries = int(e.rtt.inRow), p.SYNACKRetries
	}
	if tries >= retries {
		e.fail(now, TimedOut)
		return
	}
	e.stats.RTOs++
	e.stats.Retransmits++
	e.rtt.inRow++
	if e.state == StateSynReceived || e.open.syns > linear {
		e.rtt.backoff++
	}
	e.relabel()
	e.sendSYN(now)
	e.changed(now, RTOFired)
}
