package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// MP_FAIL (RFC 8684 section 3.7): a mapping whose checksum is wrong. With other subflows, the one it came on
// is reset with MP_FAIL. On the only one, whose data is contiguous, MP_FAIL goes back on an ACK: both ends
// then go on as plain TCP, from the start of that mapping, with the octets as the middlebox left them.

// failState is what an end that has sent MP_FAIL on an ACK keeps until the peer has answered, and the other
// end in order to answer again.
type failState struct {
	on       *subflow // MP_FAIL was sent on it, no answer yet: its octets are held
	origin   bool     // MP_FAIL was sent first by this end, at any time
	dsn      uint64   // that the option names
	since    sim.Time
	heard    bool // an MPTCP option has come since
	unmapped bool // what fails is that mappings do not arrive
	asked    bool // and nothing else than that the peer has become silent speaks for it
	tries    uint8

	answer   *subflow // MP_FAIL of the peer came on it, and was answered by ours
	answered bool     // at least once
	answers  int
}

// failTimeout is how long MP_FAIL is repeated before the subflow is reset: TCP_RTO_MAX, as in Linux 6.18
// (mptcp_pm_mp_mpFailreceived, subflow mpFailtout).
const failTimeout = 120 * unit.Second

// failTriesDeaf is how often MP_FAIL is sent to a peer that sends no MPTCP option at all.
const failTriesDeaf = 3

// checksumFailed handles a mapping of the peer whose checksum is wrong. Nothing of it is delivered.
func (c *Conn) checksumFailed(now sim.Time, sf *subflow, m *mapping) {
	switch {
	case c.s.cfg.FailQuietly == tcp.On && !sf.join && len(c.subs) == 1 && sf.maps.delivered == 1 &&
		c.snd.Una() == 0:
		c.s.count.DSSCorruptionFallback++
		c.fallBack(now, "checksum of the first mapping")
	case !c.hasOther(sf) && m.pos == c.rcv.Next() && c.straight(sf):
		c.s.count.DSSCorruptionFallback++
		c.failing(now, sf, c.remoteIDSN+1+m.pos)
	default:
		c.s.count.DSSCorruptionReset++
		sf.reason = "DSS checksum"
		sf.failed, sf.failDSN = true, c.remoteIDSN+1+m.pos
		if !c.hasOther(sf) {
			c.rcv.Forget() // all data behind that DSN
		}
		c.kill(now, sf, killMiddlebox)
	}
}

// failing sends MP_FAIL on an ACK, again after each RTO.
func (c *Conn) failing(now sim.Time, sf *subflow, dsn uint64) {
	c.mpFail = failState{on: sf, origin: true, dsn: dsn, since: now}
	c.setDeadline(deadlineFail, now) // not while TCP is delivering the segment
}

// holdPatience is how long octets without mapping wait for a data-level retransmission: longer than its timer
// is at first.
const holdPatience = 3 * unit.Second

// holdLooks bounds how often they are looked at in vain, at intervals that double.
const holdLooks = 8

// askHeld asks about octets that still have no mapping: a peer that has fallen back, and whose infinite
// mapping was lost, sends no option any more. It would never know that they are held.
func (c *Conn) askHeld(now sim.Time) {
	sf := c.onlySubflow()
	if sf == nil || sf.e == nil || sf.kill != killNone || len(sf.maps.unmapped) == 0 || c.hasOther(sf) {
		return
	}
	if !sf.bare || sf.maps.unmapped[0].ssn != sf.maps.delivered || !c.straight(sf) {
		if c.mpFail.tries++; c.mpFail.tries < holdLooks {
			c.setDeadline(deadlineFail, now.Add(holdPatience<<c.mpFail.tries))
		}
		return
	}
	c.mpFail = failState{on: sf, origin: true, dsn: c.remoteIDSN + 1 + c.rcv.Next(), since: now, unmapped: true,
		asked: true}
}

// failAgain repeats MP_FAIL while it is not answered.
func (c *Conn) failAgain(now sim.Time) {
	f := &c.mpFail
	if f.on == nil && !c.plain {
		c.askHeld(now)
	}
	sf := f.on
	if sf == nil || sf.e == nil || sf.kill != killNone {
		return
	}
	if f.unmapped && f.tries > failTriesDeaf && !f.heard {
		c.fallBack(now, "data without mapping, MP_FAIL without answer")
		return
	}
	if now.Sub(f.since) > failTimeout {
		sf.reason = "MP_FAIL without answer"
		sf.failed, sf.failDSN = true, f.dsn
		c.kill(now, sf, killMiddlebox)
		return
	}
	sf.e.Ack(now)
	c.setDeadline(deadlineFail, now.Add(sf.e.RTO()<<min(f.tries, 16)))
	f.tries++
}

// putFail adds MP_FAIL to a segment without data. What is too much for the option space beside it is the
// DATA_FIN, which is repeated.
func (c *Conn) putFail(seg *wire.Segment, dsn uint64) {
	seg.Opts |= wire.OptFail
	seg.FailDSN = dsn
	c.s.count.FailTX++
	if seg.OptionLen() > maxOptions {
		seg.DSS.Flags &^= wire.DSSMap | wire.DSSMap8 | wire.DSSFin | wire.DSSSum
	}
}

// takeFail takes MP_FAIL on a segment without RST. It returns false if the segment is to be dropped.
func (c *Conn) takeFail(now sim.Time, sf *subflow, dsn uint64) bool {
	c.s.count.FailRX++
	if c.mpFail.on == sf { // the peer's answer
		c.agreed = true
		c.fallBack(now, "MP_FAIL answered")
		return true
	}
	if pos := dsn - c.localIDSN - 1; pos > c.snd.Nxt() {
		return true // names octets that were never sent
	}
	if c.hasOther(sf) || !c.straight(sf) {
		sf.reason = "MP_FAIL"
		c.kill(now, sf, killMiddlebox)
		return false
	}
	anchor := min(c.prevUna, c.snd.Una())
	c.agreed = true
	c.fallBack(now, "MP_FAIL received")
	if pos := sf.lineFrom + sf.outShift; int64(anchor-pos) < 0 {
		anchor = pos // what came before went out in another order
	}
	c.infinite, c.anchored, c.anchor, c.infiniteFrom = true, true, anchor, sf.e.SndNxt()
	c.setReserve(sf)
	c.mpFail.answer = sf
	c.setDeadline(deadlineFail, now)
	return true
}

// failAnswer tells the peer that its MP_FAIL was understood: by one of ours (version 1), or by the infinite
// mapping alone (version 0), on which the peer may have to wait if there is no more data.
func (c *Conn) failAnswer(now sim.Time) {
	if sf := c.mpFail.answer; sf != nil && sf.e != nil {
		c.mpFail.answered = false
		sf.e.Ack(now)
		c.mpFail.answered = true
	}
}

// putFailAnswer is Outgoing for it.
func (c *Conn) putFailAnswer(sf *subflow, seg *wire.Segment) {
	c.mpFail.answered = true
	if c.v0() {
		c.putAnchor(sf, seg)
		return
	}
	c.putFail(seg, c.remoteIDSN+1+c.rcv.Next())
}

// plainOptions looks at what a connection that is plain TCP does not use any more. It returns false if the
// segment is to be dropped. Until the peer has shown that it has fallen back, too, a mapping that leads away
// from the line on which this end delivers means that it has not: rather than octets in the wrong place the
// application gets a reset.
func (c *Conn) plainOptions(now sim.Time, sf *subflow, seg *wire.Segment) bool {
	if seg.Opts&wire.OptFail != 0 {
		c.plainFail(now, sf, seg)
	}
	d := &seg.DSS
	if seg.Opts&wire.OptDSS != 0 && d.Flags&wire.DSSFin != 0 && seg.Payload.Len == 0 && c.rail == sf {
		sf.e.Ack(now) // without DATA_ACK: a peer that has not fallen back would repeat its DATA_FIN for ever
	}
	if seg.Opts&wire.OptDSS == 0 || d.Flags&wire.DSSMap == 0 || d.SSN == 0 || !c.remoteKnown || c.rail != sf || c.agreed {
		return true
	}
	if d.Len == 0 {
		c.agreed = true
	} else if c.positionOf(d)-unwrap32(sf.e.RcvNxt(), c.offsetOf(sf, d.SSN)) != c.inShift && seg.Payload.Len > 0 {
		c.fail(now, tcp.ErrReset)
		return false
	}
	return true
}

// failAnswers bounds the answers to MP_FAIL, so that two ends that take each other's answers for questions
// come to rest. The peer asks about ten times until it gives up.
const failAnswers = 16

// plainFail answers MP_FAIL that comes to a connection that is plain TCP already: the answer was lost, or the
// peer has found out later than we have.
func (c *Conn) plainFail(now sim.Time, sf *subflow, seg *wire.Segment) {
	if c.rail == sf && c.remoteKnown && !c.mpFail.origin && // an answer is not answered
		seg.FailDSN-c.localIDSN-1 <= c.snd.Nxt() {
		if !c.anchored {
			c.anchor = c.snd.Una()
		}
		c.agreed = true
		c.mpFail.answer, c.mpFail.answered = sf, true
		if c.mpFail.answers++; c.mpFail.answers <= failAnswers {
			c.setDeadline(deadlineFail, now)
		}
	}
}

// hasOther tells that another subflow takes part in the connection.
func (c *Conn) hasOther(sf *subflow) bool {
	for _, other := range c.live {
		if other != sf && other.kill == killNone &&
			(other.state == subflowPreEstablished || other.state == subflowEstablished) {
			return true
		}
	}
	return false
}
