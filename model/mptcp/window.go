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

// inWindow tells that an octet at a position is not beyond the window. Segments of data beyond it are dropped whole,
// so that their subflow does not acknowledge what is not kept (sections 3.3.4 and 3.8).
func (c *Conn) inWindow(pos uint64) bool {
	return int64(pos-c.rcv.Next()) < int64(c.rcvEdge+c.s.granule-c.rcv.Next()) // TCP may have rounded it up
}

// sane is the test of section 3.3.4: SSN - SUBFLOW_ACK <= DSN - DATA_ACK. Octets that come a second time, which a
// reinjection brings legitimately, and those that are next on their subflow are not held to it.
func (c *Conn) sane(sf *subflow, offset, pos uint64, octets uint32) bool {
	if c.s.cfg.Data.SanityTest != tcp.On || pos+uint64(octets) <= c.rcv.Next() {
		return true
	}
	ahead := int64(offset - sf.e.RcvNxt())
	return ahead <= 0 || ahead <= int64(pos-c.rcv.Next())
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
