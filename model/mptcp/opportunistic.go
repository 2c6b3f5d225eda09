package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
)

// Opportunistic retransmission and penalisation (Raiciu et al., "How hard can it be?", NSDI 2012, section
// 4.2; in the out-of-tree kernel, not in the upstream one). When the peer's window holds new data back, a
// subflow with room sends the octets at the window's left edge again, and the subflow that has had them in
// flight for so long gets half of its congestion window, at most once a round trip.

func (c *Conn) opportunistic(now sim.Time) {
	una := c.snd.Una()
	if c.headResent > una || una == c.snd.Nxt() {
		return
	}
	slow, end := c.carrierOf(una)
	if slow == nil {
		return
	}
	best := -1
	for i := range c.views {
		v, sf := &c.views[i], c.live[i]
		if !v.Usable || v.Stale || v.SRTT == 0 || v.SRTT >= slow.e.CC.SRTT || sf == slow ||
			sf.e.Room() <= 0 || sf.subflowWindow() < v.MSS {
			continue
		}
		if best < 0 || v.SRTT < c.views[best].SRTT {
			best = i
		}
	}
	if best < 0 {
		return
	}
	n := min(int64(end-una), c.live[best].e.MSS())
	c.headResent = una + uint64(n)
	c.stats.opportunistic++
	c.resend(now, best, una, n)
	c.penalise(now, slow)
}

// carrierOf returns the live subflow that has the octet at pos in flight, and the end of its record.
func (c *Conn) carrierOf(pos uint64) (carrier *subflow, end uint64) {
	for _, sf := range c.live {
		if sf.e == nil {
			continue
		}
		sf.e.EachSent(func(r *tcp.Sent) bool {
			if r.Pos <= pos && pos < r.Pos+uint64(r.Len) {
				carrier, end = sf, r.Pos+uint64(r.Len)
				return false
			}
			return true
		})
		if carrier != nil {
			return carrier, end
		}
	}
	return nil, 0
}

func (c *Conn) penalise(now sim.Time, slow *subflow) {
	if c.s.cfg.Penalise != tcp.On || now.Sub(slow.penalised) < slow.e.CC.SRTT {
		return
	}
	slow.penalised = now
	c.stats.penalty++
	f := &slow.e.CC
	f.Cwnd = max(f.Cwnd/2, 2*f.MSS)
	if f.Ssthresh > f.Cwnd { // and it must not grow back within a round trip
		f.Ssthresh = f.Cwnd
	}
	f.Touch()
}
