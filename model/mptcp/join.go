package mptcp

import (
	"encoding/binary"

	"mpsim/model/mptcp/pm"
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// MP_JOIN (RFC 8684 section 3.2): adding a subflow. Four packets: SYN with the peer's token and a nonce,
// SYN/ACK with a nonce and an HMAC, ACK with an HMAC, and an ACK that proves the third one arrived.

// joinAcceptor finds the connection of an incoming MP_JOIN by its token (section 3.2). Nothing is kept of a
// SYN that is refused.
type joinAcceptor struct{ s *Stack }

// Refused implements tcp.Refuser: the reason is 0x01 for an unknown token, 0x03 for a connection that takes
// no more (section 3.2).
func (a joinAcceptor) Refused(rst *wire.Segment) {
	if a.s.cfg.Policy.ResetOption != tcp.On || a.s.refusal == refusedPlainly || a.s.refusedV0 {
		return
	}
	rst.Opts |= wire.OptReset
	rst.Reset = wire.Reset{Reason: a.s.refusal, Transient: transient(a.s.refusal)}
	a.s.count.RstTX++
}

// Accept implements tcp.Acceptor.
func (a joinAcceptor) Accept(now sim.Time, e *tcp.Endpoint, syn *wire.Segment) tcp.Owner {
	s := a.s
	s.count.JoinSynRX++
	s.refusal, s.refusedV0 = wire.ResetMPTCP, !s.cfg.Versions.Has(1)
	if syn.Join.Form != wire.JoinSYN {
		s.count.JoinNoTokenFound++
		return nil
	}
	c := s.tokens.find(syn.Join.Token)
	if c == nil {
		s.count.JoinNoTokenFound++
		return nil
	}
	s.refusedV0 = c.v0()
	if !c.takesJoins() { // not established yet, or over: the peer cannot mean it
		s.count.JoinRefused++
		return nil
	}
	local, port := e.Local()
	if c.s.cfg.NoJoinHere == tcp.On && local == c.local0 && port == c.lport0 {
		s.count.JoinRefused++
		s.refusal = wire.ResetProhibited
		return nil
	}
	if !c.mayUse(local) {
		s.count.JoinRefused++
		s.refusal = wire.ResetProhibited
		return nil
	}
	if c.Attached() >= c.maxSubflows() {
		s.count.JoinRefused++
		s.refusal = s.cfg.Policy.LimitReason
		return nil
	}
	if !c.joinPort(e) {
		s.refusal = refusedPlainly
		return nil
	}
	sf := c.newSubflow(now, false)
	sf.join = true
	sf.remoteID = syn.Join.AddrID
	sf.peerNonce, sf.nonce = syn.Join.Nonce, s.nonces.Uint32()
	sf.backupIn = syn.Join.Backup
	sf.localID = c.localIDOf(local)
	_, sf.backupOut = s.host.InterfaceState(s.host.InterfaceOf(local)) // each side speaks for itself
	c.attach(sf, e)
	c.tell(now, EventSubflowTried, sf)
	return c
}

// joinable tells whether the connection takes part in joins now: the keys are exchanged, it has not fallen
// back, something may still have to be carried, and the limit allows one more.
func (c *Conn) joinable() bool { return c.takesJoins() && c.Attached() < c.maxSubflows() }

// takesJoins is joinable but for the limit.
func (c *Conn) takesJoins() bool { return c.remoteKnown && c.everEstablished && c.stillJoinable() }

// stillJoinable is joinable for a subflow that is counted already.
func (c *Conn) stillJoinable() bool {
	return !c.plain && !c.over() && c.mpFail.on == nil
}

// join opens a subflow. The error tells why no SYN could be sent.
func (c *Conn) join(now sim.Time, local pm.Local, remote pm.Remote, backup bool) error {
	sf := c.newSubflow(now, true)
	sf.join, sf.localID, sf.remoteID, sf.backupOut = true, local.ID, remote.ID, backup
	sf.nonce = c.s.nonces.Uint32()
	sf.local, sf.remote, sf.rport = local.Addr, remote.Addr, remote.Port
	lport := uint16(0)
	if c.s.cfg.SamePort == tcp.On {
		lport = c.lport0
	}
	if p := c.LocalPort(local.Addr); p != 0 {
		lport = p
	}
	e, err := c.s.tcp.Prepare(now, c, local.Addr, lport, remote.Addr, remote.Port)
	if err != nil && lport != 0 { // taken, by another subflow of this pair for example
		e, err = c.s.tcp.Prepare(now, c, local.Addr, 0, remote.Addr, remote.Port)
	}
	if err != nil {
		sf.state, sf.closedAt, sf.reason, sf.cause = subflowClosed, now, err.Error(), CauseUnreachable
		c.dropLive(sf)
		c.detach(sf)
		return err
	}
	c.attach(sf, e)
	e.Connect(now)
	c.tell(now, EventSubflowTried, sf)
	return nil
}

func (c *Conn) outgoingJoinSYN(sf *subflow, seg *wire.Segment) {
	seg.Opts |= wire.OptJoin
	seg.Join = wire.Join{AddrID: sf.localID, Backup: sf.backupOut, Nonce: sf.nonce}
	if seg.Flags&wire.ACK == 0 {
		c.s.count.JoinSynTX++
		seg.Join.Form, seg.Join.Token = wire.JoinSYN, c.remoteToken
		return
	}
	seg.Join.Form = wire.JoinSYNACK
	mac := wire.JoinHMAC(c.localKey, c.remoteKey, sf.nonce, sf.peerNonce, c.version)
	copy(seg.Join.HMAC[:8], mac[:8])
}

// joinSYNACK judges the answer to a join's SYN: false drops it, and the subflow is reset.
func (c *Conn) joinSYNACK(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if seg.Opts&wire.OptJoin == 0 || seg.Join.Form != wire.JoinSYNACK {
		sf.reason = "SYN/ACK without MP_JOIN"
		c.kill(now, sf, killMPTCP)
		return false
	}
	c.s.count.JoinSynAckRX++
	mac := wire.JoinHMAC(c.remoteKey, c.localKey, seg.Join.Nonce, sf.nonce, c.version)
	if binary.BigEndian.Uint64(mac[:8]) != binary.BigEndian.Uint64(seg.Join.HMAC[:8]) {
		c.s.count.JoinSynAckHMacFailure++
		sf.reason = "wrong HMAC in SYN/ACK"
		c.kill(now, sf, killMPTCP)
		return false
	}
	sf.peerNonce = seg.Join.Nonce
	sf.backupIn = seg.Join.Backup
	c.touchViews()
	if sf.remoteID != seg.Join.AddrID {
		sf.remoteID = seg.Join.AddrID
	}
	return true
}

// joinThird judges the segment that completes a join at the acceptor: false drops it. A segment without
// MP_JOIN but with a DSS has overtaken the third packet and will come again.
func (c *Conn) joinThird(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if seg.Opts&wire.OptJoin == 0 || seg.Join.Form != wire.JoinACK {
		if seg.Opts&wire.OptDSS == 0 {
			sf.reason = "third packet without MP_JOIN"
			c.kill(now, sf, killMPTCP)
		}
		return false
	}
	mac := wire.JoinHMAC(c.remoteKey, c.localKey, sf.peerNonce, sf.nonce, c.version)
	if mac != seg.Join.HMAC || !c.stillJoinable() {
		c.s.count.JoinAckHMacFailure++
		sf.reason = "wrong HMAC in third packet"
		c.kill(now, sf, killMPTCP)
		return false
	}
	c.s.count.JoinAckRX++
	sf.authentic = true
	return true
}

// outgoingJoinACK puts the third packet's option on every segment of a subflow that is not yet known to
// be established at the peer; none of them carries data.
func (c *Conn) outgoingJoinACK(sf *subflow, seg *wire.Segment) {
	seg.Opts |= wire.OptJoin
	seg.Join = wire.Join{Form: wire.JoinACK}
	seg.Join.HMAC = wire.JoinHMAC(c.localKey, c.remoteKey, sf.nonce, sf.peerNonce, c.version)
}

// joinConnected is the end of a join's TCP handshake. The opener waits for the fourth packet; the acceptor
// sends it at once.
func (c *Conn) joinConnected(now sim.Time, sf *subflow) {
	if sf.opener {
		if sf.crossed {
			sf.e.Ack(now) // each side is the other's fourth packet
		}
		sf.state = subflowPreEstablished
		c.touchViews()
		sf.joinAt = now.Add(c.thirdWait(sf))
		c.setDeadline(deadlineJoin, sf.joinAt)
		return
	}
	if !sf.authentic {
		c.kill(now, sf, killMPTCP)
		return
	}
	c.joined(now, sf)
	sf.e.Ack(now)
	c.push(now, nil)
}

// joined makes the subflow part of the connection.
func (c *Conn) joined(now sim.Time, sf *subflow) {
	sf.state = subflowEstablished
	c.touchViews()
	sf.establishedAt = now
	sf.joinAt = sim.Never
	if c.probing { // the peer's window is shut: it may be this subflow that hears of its opening
		sf.e.SetProbe(true)
	}
	c.fillViews()
	if !c.over() {
		c.clearDeadline(deadlineClose)
		if c.detached && c.state == FinWait2 {
			c.setDeadline(deadlineClose, now.Add(c.s.cfg.CloseTimeout))
		}
	}
	c.observeSubflow(now, sf, SubflowEstablished)
	c.tell(now, EventSubflowCreated, sf)
	c.limitRetries(sf)
	c.enterSingle(now, sf)
	c.learnAddress(sf)
	c.subflowUp(sf)
	c.flushSignals(now)
	if c.finQueued && !c.finDone {
		c.sendFin(now)
	}
}

// joinTimeout repeats third packets whose answer has not come (section 3.2).
func (c *Conn) joinTimeout(now sim.Time) {
	next := sim.Never
	for _, sf := range c.live {
		if sf.state != subflowPreEstablished {
			continue
		}
		if sf.joinAt <= now {
			sf.joinTries++
			sf.joinAt = now.Add(c.thirdWait(sf))
			if int(sf.joinTries) > c.thirdTries() {
				sf.reason = "no fourth packet"
				c.kill(now, sf, killMPTCP)
				continue
			}
			sf.e.Ack(now)
		}
		next = min(next, sf.joinAt)
	}
	if next != sim.Never {
		c.setDeadline(deadlineJoin, next)
	}
}

// thirdWait is the time until the third packet is repeated.
func (c *Conn) thirdWait(sf *subflow) unit.Duration {
	if c.s.cfg.Policy.ThirdEven == tcp.On && sf.e.CC.SRTT > 0 {
		return 2 * sf.e.CC.SRTT
	}
	return sf.e.RTO() << min(sf.joinTries, 16)
}

// thirdTries bounds the repetitions: without back-off there have to be more, to last as long on a bad path.
func (c *Conn) thirdTries() int {
	if c.s.cfg.Policy.ThirdEven == tcp.On {
		return 10 * joinTriesMax
	}
	return joinTriesMax
}

// joinTriesMax bounds the repetitions of the third packet; Linux ends the retransmissions of a SYN/ACK after
// five (tcp_synack_retries), and the acceptor has no use for the third packet afterwards.
const joinTriesMax = 6
