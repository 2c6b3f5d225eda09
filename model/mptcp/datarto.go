package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// The data-level retransmission timer (RFC 8684 section 3.3.6). It is for what no subflow retransmits: data
// that was acknowledged on its subflow but not at the data level, and the DATA_FIN. Its length is the longest
// retransmission timeout of the subflows, doubled for each expiry in a row; for a DATA_FIN alone it may be a
// fixed time.

func (c *Conn) dataRTO() unit.Duration {
	if t := c.s.cfg.Data.FinTimeout; t > 0 && c.snd.Una() == c.snd.Nxt() { // DATA_FIN alone
		return min(t<<min(max(c.dataBackoff, 1)-1, 16), c.s.cfg.MaxDataRTO)
	}
	if c.upstream() {
		return c.silentRTO()
	}
	rto := unit.Duration(0)
	for _, sf := range c.live {
		if sf.usable() && !sf.suspect {
			rto = max(rto, sf.e.RTO())
		}
	}
	rto = max(rto, c.s.cfg.MinDataRTO) << min(c.dataBackoff, 16)
	return min(rto, c.s.cfg.MaxDataRTO)
}

// armData starts the timer if something waits for a DATA_ACK. Progress moves lastProgress only; the timer
// finds out when it expires.
func (c *Conn) armData(now sim.Time) {
	if c.plain || c.snd.Una() == c.snd.Nxt() && (!c.finQueued || c.finDone) && !c.watched() {
		return
	}
	c.setDeadline(deadlineData, max(now, c.lastProgress.Add(c.dataRTO())))
}

func (c *Conn) dataTimeout(now sim.Time) {
	if c.plain || c.state == Closed || c.state == FastCloseWait {
		return
	}
	if c.snd.Una() == c.snd.Nxt() && (!c.finQueued || c.finDone || c.snd.Unsent() > 0) && !c.watched() {
		return
	}
	if at := c.lastProgress.Add(c.dataRTO()); at > now {
		c.setDeadline(deadlineData, at)
		return
	}
	c.lastProgress = now
	if c.dataBackoff < 255 && (!c.upstream() || c.vain()) {
		c.dataBackoff++
	}
	if c.peerIsPlain(now) {
		return
	}
	c.stats.dataRTOs++
	if c.dataBackoff > finTriesMax { // subflows deliver, but what they deliver does not count
		c.fail(now, tcp.ErrTimeout)
		return
	}
	switch {
	case c.snd.Una() == c.snd.Nxt() && !c.watched():
		c.sendFin(now)
	case c.upstream():
		c.retransmitData(now)
	default:
		if c.dataBackoff > 1 {
			c.doubtCarrier()
		}
		c.recovery = c.snd.Nxt()
		c.fillHole()
		c.push(now, nil)
	}
	c.armData(now)
}

// peerIsPlain looks for a peer that is plain TCP; true says that it may be, and nothing is to be sent again.
// It is for the only subflow when it acknowledges everything, on segments without options: the peer has
// fallen back, and had no data to say so with an infinite mapping. What it has acknowledged must not go out
// again. So it is if no option but MP_CAPABLE has ever come: all that acknowledged data then is the segment
// with the keys (section 3.7).
func (c *Conn) peerIsPlain(now sim.Time) bool {
	sf := c.onlySubflow()
	if sf == nil || !sf.usable() || sf.e.SndUna() != sf.e.SndNxt() || c.hasOther(sf) {
		return false
	}
	if !sf.bare && (c.tookDSS || c.tookSignal || c.snd.Una() == c.snd.Nxt()) {
		return false
	}
	if !c.plainAsked { // the ACK may be the one whose options got lost: one more will be had for a probe
		c.plainAsked = true
		sf.e.SetProbe(true)
		c.armData(now)
		return true
	}
	if !c.straight(sf) || len(sf.maps.unmapped) > 0 { // the same octets may be among them twice
		return false
	}
	c.fallBack(now, "ACKs of data without DATA_ACK")
	return true
}

// notPlain is a DSS of a peer that seemed to have fallen back.
func (c *Conn) notPlain(now sim.Time, sf *subflow) {
	c.plainAsked = false
	sf.e.SetProbe(c.probing)
	c.armData(now)
}

// doubtCarrier turns away from the subflow that the missing octets went out on last: it acknowledges them,
// and they do not arrive (section 3.3.6: what a middlebox acknowledges for the peer, or takes the mappings
// of).
func (c *Conn) doubtCarrier() {
	for _, sf := range c.live {
		if sf.id == c.headOn && sf.usable() && sf.e.SndUna() == sf.e.SndNxt() && c.workingBeside(sf) {
			sf.suspect = true
			c.touchViews()
		}
	}
}

// fillHole queues the first octets that are not acknowledged at the data level, if no working subflow is
// about to bring them: a segment's worth, up to the next octets that one carries.
func (c *Conn) fillHole() {
	una := c.snd.Una()
	end := min(c.snd.Nxt(), una+uint64(c.largestMSS()))
	from := uint32(noSubflowID)
	for _, sf := range c.live {
		if sf.e == nil || (sf.suspect || sf.down) && c.hasOther(sf) {
			continue
		}
		sf.e.EachSent(func(r *tcp.Sent) bool {
			if r.Pos+uint64(r.Len) <= una {
				return true
			}
			if r.Pos > una {
				end = min(end, r.Pos)
			} else {
				end = una
			}
			return end > una
		})
	}
	if end > una {
		c.reinjectLater(reinjection{una, end, from})
	}
}

// noSubflowID stands for a subflow that is none of the live ones.
const noSubflowID = 1<<32 - 1

func (c *Conn) largestMSS() int64 {
	mss := int64(1)
	for _, sf := range c.live {
		if sf.e != nil {
			mss = max(mss, sf.e.CC.MSS)
		}
	}
	return mss
}
