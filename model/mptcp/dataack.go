package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim"
)

// Data acknowledgments (RFC 8684 section 3.3.2). The DATA_ACK is cumulative for the connection, is in
// every segment, and counts on whichever subflow it arrives.

// ackPosition is the position that our DATA_ACK names: the next octet expected; the DATA_FIN counts as one.
func (c *Conn) ackPosition() uint64 {
	if c.rcvFinDone {
		return c.rcvFin + 1
	}
	return c.rcv.Next()
}

// sawFirstDSS notes that DSS options get through to us: only now may subflows be added (section 3.1).
func (c *Conn) sawFirstDSS(now sim.Time) {
	if c.sawDSS {
		return
	}
	c.sawDSS = true
	c.pathEvent(establishedEvent())
	if c.everEstablished { // else after the end of the handshake, which this segment completes
		c.tellConn(now, EventEstablished, CauseNone, "")
	}
	c.wake(now)
}

// sawMapping notes that the peer maps its data on the subflow.
func (c *Conn) sawMapping(now sim.Time, sf *subflow) {
	sf.mapped = true
	c.sawFirstDSS(now)
}

// takeDataAck takes the DATA_ACK of a DSS.
func (c *Conn) takeDataAck(now sim.Time, d *wire.DSS) {
	ack := d.DataAck
	if d.Flags&wire.DSSAck8 == 0 {
		ack = unwrap32(c.localIDSN+1+c.snd.Una(), uint32(ack))
	}
	pos := ack - c.localIDSN - 1
	most := c.snd.Nxt()
	if c.finSent {
		most++
	}
	if pos > most { // never sent; also what lies before the first octet
		return
	}
	c.segAck, c.segHasAck = pos, true
	if !c.proven {
		c.proven = true
		c.startShort()
	}
	una := c.snd.Una()
	if pos <= una && (pos != una || c.finDone || !c.finSent) {
		return
	}
	data := min(pos, c.snd.End())
	if data > una {
		c.dataAcked(now, data)
	}
	if c.finSent && !c.finDone && pos == c.snd.End()+1 {
		c.finDone = true
		c.clearDeadline(deadlineData)
		c.finAcked(now)
	}
}

// dataAcked follows an advance of the DATA_ACK over data.
func (c *Conn) dataAcked(now sim.Time, pos uint64) {
	c.prevUna = c.snd.Una()
	c.snd.Ack(pos)
	c.lastProgress = now
	c.dataBackoff = 0
	c.growSendBuffer()
	if c.reinject.len() > 0 {
		c.reinject.trim(pos)
	}
	if pos < c.recovery {
		c.fillHole()
	}
	if c.short {
		c.checkWrap()
	}
	if c.full && c.snd.Writable() && c.writable() {
		c.full = false
		c.update(now)
	}
}

// growSendBuffer lets the send buffer follow the congestion windows, and hold what the peer's window
// admits (section 3.3.5: the send buffer is at least as large as the receive buffer).
func (c *Conn) growSendBuffer() {
	if c.snd.Grown() {
		return
	}
	cwnd := int64(0)
	for _, sf := range c.live {
		if sf.e != nil {
			cwnd += sf.e.CC.Cwnd
		}
	}
	c.snd.Grow(max(cwnd, (c.sndWindowMax+1)/2))
}

// PeerWindow implements tcp.Owner. At the connection level a window counts only with a DATA_ACK, from which
// it is reckoned, and only if it moves the right edge on (sections 3.3.4 and 3.3.5); the largest wins.
func (c *Conn) PeerWindow(now sim.Time, e *tcp.Endpoint, ack uint64, window int64) {
	if c.plain {
		return
	}
	sf := c.sub(e)
	sf.wndEdge = sf.e.PeerEdge()
	if sf.narrow {
		c.widened(sf)
	}
	if !c.segHasAck {
		if !c.proven && !sf.join { // before any DATA_ACK the window counts from the first octet
			c.sndEdge = max(c.sndEdge, uint64(c.syn.sent)+uint64(window))
			c.sndWindowMax = max(c.sndWindowMax, window)
		}
		return
	}
	edge := c.segAck + uint64(window)
	if edge > c.sndEdge {
		c.sndEdge = edge
		c.sndWindowMax = max(c.sndWindowMax, window)
	} else if !c.shut || c.snd.Nxt() > c.snd.Una() {
		return
	}
	// The subflow at work sends when its Ready comes; if it has no room, the others have to be told.
	if c.shut && (sf.state != subflowEstablished || sf.e.Room() == 0) {
		c.push(now, sf)
	}
}

// Acked implements tcp.Owner. Only a plain connection takes TCP's acknowledgement for its data (section 4).
func (c *Conn) Acked(now sim.Time, e *tcp.Endpoint, una uint64) {
	if !c.plain || una == 0 {
		if c.full && c.s.cfg.Data.HoldForSubflows == tcp.On {
			c.released(now)
		}
		return
	}
	if pos := c.plainAcked(una); pos > c.snd.Una() {
		c.dataAcked(now, pos)
	}
}
