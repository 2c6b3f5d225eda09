package mptcp

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/sim"
)

// State is a connection's state: those of RFC 8684 appendix D, and the first subflow's handshake before.
// After fallback the same names stand for the plain connection's closing, with FIN in place of DATA_FIN.
type State uint8

// States.
const (
	Closed State = iota
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	FastCloseWait // MP_FASTCLOSE sent on an ACK, no RST yet (section 3.5)
)

func (s State) String() string {
	switch s {
	case Closed:
		return "M_CLOSED"
	case SynSent:
		return "M_SYN-SENT"
	case SynReceived:
		return "M_SYN-RECEIVED"
	case Established:
		return "M_ESTAB"
	case FinWait1:
		return "M_FINWAIT-1"
	case FinWait2:
		return "M_FINWAIT-2"
	case CloseWait:
		return "M_CLOSE-WAIT"
	case Closing:
		return "M_CLOSING"
	case LastAck:
		return "M_LAST-ACK"
	case TimeWait:
		return "M_TIME-WAIT"
	case FastCloseWait:
		return "M_FASTCLOSE-WAIT"
	}
	return "?"
}

// over tells that the connection carries nothing any more.
func (c *Conn) over() bool {
	return c.state == Closed || c.state == TimeWait || c.state == FastCloseWait
}

// setState is the only place where the state changes.
func (c *Conn) setState(now sim.Time, s State) {
	if c.state == s {
		return
	}
	c.s.hash.Mix(uint64(c.number)<<16 | uint64(c.state)<<8 | uint64(s))
	c.state = s
	if c.s.observer != nil {
		c.s.observer.ConnectionChanged(now, c, s)
	}
}

// writeClosed is the application's close (appendix D, T1 and T7).
func (c *Conn) writeClosed(now sim.Time) {
	switch c.state {
	case Established: // T1
		c.setState(now, FinWait1)
	case CloseWait: // T7
		c.setState(now, LastAck)
	default: // closed already, or not open yet
	}
}

// finReceived is the arrival of the peer's DATA_FIN with everything before it (T2, T4, T5).
func (c *Conn) finReceived(now sim.Time) {
	switch c.state {
	case SynReceived, Established: // T2
		c.setState(now, CloseWait)
	case FinWait1: // T4
		c.setState(now, Closing)
	case FinWait2: // T5
		c.setState(now, TimeWait)
		c.bothClosed(now)
	default: // seen before
	}
	c.update(now)
}

// finAcked is the DATA_ACK of our DATA_FIN (T3, T6, T8). Subflows are closed once both DATA_FINs are
// acknowledged, as Linux does: until then they carry the peer's data and our DATA_ACKs.
func (c *Conn) finAcked(now sim.Time) {
	switch c.state {
	case FinWait1: // T3
		c.setState(now, FinWait2)
		if c.detached {
			c.setDeadline(deadlineClose, now.Add(c.s.cfg.CloseTimeout))
		}
	case Closing: // T6
		c.setState(now, TimeWait)
		c.bothClosed(now)
	case LastAck: // T8
		c.setState(now, Closed)
		c.bothClosed(now)
	default: // seen before
	}
	c.update(now)
}

// bothDone tells that both streams have come to their ends, at both ends.
func (c *Conn) bothDone() bool { return c.finDone && c.rcvFinDone }

// bothClosed ends the subflows after the exchange of DATA_FINs (section 3.3.3): FIN on each, also on those
// that seem dead; what is not closed when the timeout has passed is reset.
func (c *Conn) bothClosed(now sim.Time) {
	c.tellClosed(now)
	c.reinject.clear()
	c.setDeadline(deadlineClose, now.Add(c.s.cfg.CloseTimeout))
	if !c.plain {
		c.pathEvent(closedEvent())
	}
	for _, sf := range c.live {
		c.closeSubflow(now, sf)
	}
	c.checkGone(now)
}

// checkGone is T9: the last subflow has closed. The connection's block is deleted.
func (c *Conn) checkGone(now sim.Time) {
	if len(c.live) > 0 {
		return
	}
	switch c.state {
	case TimeWait, FastCloseWait:
		c.setState(now, Closed)
	case Closed:
	default:
		return
	}
	c.delete()
}

// delete takes the connection out of its stack's tables. The object stays for those who hold it.
func (c *Conn) delete() {
	if c.deleted {
		return
	}
	c.deleted = true
	c.dropToken()
	c.timer.Stop()
	for i := range c.deadlines {
		c.deadlines[i] = sim.Never
	}
	if c.everEstablished {
		c.s.count.CurrEstab--
	} else if !c.client {
		c.s.l.conns[c.id] = nil // nobody knows it: a SYN that was not followed up leaves nothing behind
	}
	if c.own.forget {
		c.s.l.leave(c)
	}
}

// ErrNoSubflow is the error of a connection that has had no subflow for too long; it is a tcp.ErrTimeout.
var ErrNoSubflow = fmt.Errorf("mptcp: no subflow left: %w", tcp.ErrTimeout)

// fail ends the connection at once: every subflow is reset, the application sees err.
func (c *Conn) fail(now sim.Time, err error) {
	if c.state == Closed && c.err != nil {
		return
	}
	if c.err == nil {
		c.err = err
	}
	wasClosed := c.state == Closed
	c.setState(now, Closed)
	if !wasClosed && !c.plain {
		c.pathEvent(closedEvent())
	}
	c.tellClosed(now)
	c.reinject.clear()
	for _, sf := range c.live {
		c.kill(now, sf, killClose)
	}
	c.checkGone(now)
	c.update(now)
}
