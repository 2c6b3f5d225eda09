package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/sim"
)

// ManagePaths lets an application see and do what a path manager does, as the user-space commands of Linux's
// netlink interface do (Documentation/netlink/specs/mptcp_pm.yaml). What f asks for is done at the present
// time, after the event that is being handled; p must not be kept.
func (c *Conn) ManagePaths(now sim.Time, f func(p pm.Conn)) {
	if c.deleted || c.plain {
		return
	}
	f(&c.paths)
	c.wake(now)
}

// doActions carries out what was asked of the paths.
func (c *Conn) doActions(now sim.Time) {
	p := &c.paths
	for i := 0; i < len(p.actions); i++ {
		c.act(now, p.actions[i])
	}
	p.actions = p.actions[:0]
}

// SetMaxSeg bounds the MSS that subflows opened from now on announce, octets: a value that
// tcp.Endpoint.SetMaxSeg takes. On the first one it counts until its SYN or SYN/ACK leaves. What is accepted
// for the connection later has the bound that the first subflow had: it is the listener's.
func (c *Conn) SetMaxSeg(octets int) {
	c.ip.maxSeg = uint16(octets)
	if c.state == SynReceived {
		c.ip.accepted = c.ip.maxSeg
	}
	if c.state == SynReceived || c.state == SynSent {
		for _, sf := range c.live {
			c.ip.apply(sf)
		}
	}
}

// MaxSeg returns the octets of a full segment of the oldest subflow less TCP's options, as Linux tells it
// (TCP_MAXSEG; the DSS is not taken off); 0: there is no subflow.
func (c *Conn) MaxSeg() int64 {
	for _, sf := range c.live {
		if sf.e != nil {
			return sf.e.MSS() + int64(sf.e.OptionReserve())
		}
	}
	return 0
}

// ipSetting is what an application has asked for of every subflow.
type ipSetting struct {
	tos, ttl         uint8
	maxSeg, accepted uint16 // octets, 0: none; of subflows that we open, that the peer opens
}

func (s ipSetting) apply(sf *subflow) {
	if sf.e == nil || s == (ipSetting{}) {
		return
	}
	sf.e.SetTOS(s.tos)
	if s.ttl != 0 {
		sf.e.SetTTL(s.ttl)
	}
	maxSeg := s.accepted
	if sf.opener {
		maxSeg = s.maxSeg
	}
	if maxSeg != 0 && sf.state == subflowOpening {
		_ = sf.e.SetMaxSeg(int(maxSeg)) // the value was checked
	}
}

// SetReceiveBuffer fixes the size of the receive buffer (SO_RCVBUF), octets, at most the host's limit. A window
// that was announced stays.
func (c *Conn) SetReceiveBuffer(now sim.Time, octets int64) {
	c.rcv.SetSize(min(octets, c.s.cfg.ReceiveBufferMax))
	c.windowUpdate(now)
}
