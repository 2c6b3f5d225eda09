package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// The receive window (RFC 8684 section 3.3.4): one for all subflows, counted from the DATA_ACK, whose right
// edge never moves back.

// Window implements tcp.Owner.
func (c *Conn) Window(now sim.Time, e *tcp.Endpoint) int64 {
	edge := c.rcv.Next() + uint64(c.rcv.Window())
	c.rcvEdge = max(c.rcvEdge, edge)
	c.rcvTold = c.rcvEdge
	return int64(c.rcvEdge - c.rcv.Next())
}

// windowUpdate tells the peer that reading has opened the window, on every subflow as Linux does, if it is
// worth a segment: the new window is at least twice what is left of the one announced (Linux,
// mptcp_cleanup_rbuf).
func (c *Conn) windowUpdate(now sim.Time) {
	left := int64(c.rcvTold) - int64(c.rcv.Next())
	free := c.rcv.Window()
	size := c.rcv.Size()
	if 2*left > size || free < 2*left || free-left < size/8 || c.rcvFinKnown {
		return
	}
	for _, sf := range c.live {
		if sf.state == subflowEstablished && !sf.down {
			sf.e.Ack(now)
		}
	}
}

// tuneReceive lets the buffer follow the application's rate, over the longest round trip of the subflows
// (Linux, mptcp_rcv_space_adjust): a subflow that is fast must be able to fill the hole that a slow one
// leaves.
func (c *Conn) tuneReceive(now sim.Time) {
	if c.rcv.Size() >= c.s.cfg.ReceiveBufferMax {
		return
	}
	rtt, mss := unit.Duration(0), int64(0)
	for _, sf := range c.live {
		if sf.state == subflowEstablished {
			rtt = max(rtt, sf.e.ReceiveRTT())
			mss = max(mss, sf.e.CC.MSS)
		}
	}
	c.rcv.Tune(now, rtt, mss)
}
