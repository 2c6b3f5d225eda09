package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// DATA_FIN (RFC 8684 section 3.3.3): the end of one direction of the stream, an octet of data sequence
// space behind the last octet of data.

// takeDataFin notes where the peer's stream ends. alone tells that the segment has no data.
func (c *Conn) takeDataFin(now sim.Time, sf *subflow, pos uint64, alone bool) {
	c.finOn = nil
	if alone {
		c.finOn = sf
	}
	switch {
	case c.rcvFinDone:
		c.ackSoon(now) // again: the DATA_ACK of it was lost
	case c.rcvFinKnown || pos < c.rcv.Highest() || pos > 1<<62: // a stream does not end where it went on
	default:
		c.rcvFin, c.rcvFinKnown = pos, true
		c.checkFin(now)
	}
}

// checkFin accepts the DATA_FIN once everything before it has arrived.
func (c *Conn) checkFin(now sim.Time) {
	if c.rcvFinDone || c.rcv.Next() != c.rcvFin {
		return
	}
	c.rcvFinDone = true
	c.ackSoon(now)
	c.finReceived(now)
}

// ackSoon has the worker send a DATA_ACK on a segment of its own: a DATA_FIN without data takes no subflow
// octet, so TCP owes no acknowledgement for it.
func (c *Conn) ackSoon(now sim.Time) {
	if c.finOn == nil || c.plain {
		return
	}
	c.signals.ackOwed = c.finOn
	c.wake(now)
}

// sendFin sends the DATA_FIN by itself when all data has been sent before the close and nothing carried it.
func (c *Conn) sendFin(now sim.Time) {
	if !c.finQueued || c.snd.Unsent() > 0 || c.finDone && !c.plain {
		return
	}
	if c.plain { // also if a DATA_FIN was acknowledged before: the subflow has not ended by that
		if sf := c.onlySubflow(); sf != nil && sf.state == subflowEstablished {
			sf.state = subflowClosing
			c.touchViews()
			sf.e.CloseSend(now)
		}
		return
	}
	if c.finSent && c.snd.Una() < c.snd.End() {
		return // on its way with data
	}
	if sf := c.finPath(); sf != nil {
		c.finTries++
		if c.finTries > finTriesMax {
			c.fail(now, tcp.ErrTimeout)
			return
		}
		if (c.finTries > 1 || !c.keysSent) && c.client && !c.proven && !sf.join {
			sf.e.Ack(now) // the keys come first, and again as they may have been lost (section 3.1)
		}
		c.finAlone = true
		if c.s.cfg.Data.FinEverywhere == tcp.On {
			c.ackEverywhere(now)
		} else {
			sf.e.Ack(now)
		}
		c.finAlone = false
		c.lastProgress = now
	}
	c.armData(now)
}

// ackEverywhere sends an ACK on every subflow that can carry one.
func (c *Conn) ackEverywhere(now sim.Time) {
	for i := 0; i < len(c.live); i++ {
		if sf := c.live[i]; (sf.usable() || sf.state == subflowClosing && sf.e.Established()) && sf.kill == killNone {
			sf.e.Ack(now)
		}
	}
}

// finTriesMax bounds the transmissions of a DATA_FIN that nobody acknowledges, as tcp_retries2 does those
// of a segment.
const finTriesMax = 15

// finPath returns the subflow for a DATA_FIN: each in turn, those in good state first.
func (c *Conn) finPath() *subflow {
	for _, stale := range [...]bool{false, true} {
		for i := range c.live {
			sf := c.live[(c.finSubflow+i)%len(c.live)]
			if (sf.usable() || sf.state == subflowClosing && sf.kill == killNone && sf.e.Established()) &&
				(sf.suspect || sf.down) == stale {
				c.finSubflow = (c.finSubflow + i + 1) % len(c.live)
				return sf
			}
		}
	}
	return nil
}

func (c *Conn) onlySubflow() *subflow {
	if c.rail != nil && c.rail.state != subflowClosed {
		return c.rail
	}
	if len(c.live) == 0 {
		return nil
	}
	return c.live[0]
}
