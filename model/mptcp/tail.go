package mptcp

import (
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// The end of a stream. A scheduler that fills every subflow leaves the last octets in the longest queue,
// and the others have nothing to do while it drains. The upstream kernel's scheduler, which weighs queues
// by their drain time (mptcp_subflow_get_send), does not get there; lowest RTT does. So once the
// application has closed and nothing new is left, a subflow with room sends again what another one would
// bring later, from the end backwards (as XLINK does for the last frames of a video, Zheng et al., SIGCOMM
// 2021).

// pushTail is called when the DATA_FIN is queued and all data has been sent once.
func (c *Conn) pushTail(now sim.Time) {
	for c.roomy > 0 {
		fast := -1
		for i := range c.views {
			v := &c.views[i]
			if v.Room > 0 && !v.Stale && !v.Backup && v.SRTT > 0 && (fast < 0 || v.SRTT < c.views[fast].SRTT) {
				fast = i
			}
		}
		if fast < 0 {
			return
		}
		pos, n := c.latest(fast)
		if n == 0 {
			return
		}
		c.resend(now, fast, pos, n)
	}
}

// latest finds the record in flight on another subflow that will arrive last of all and later than it would
// if it were sent now on the i-th one. Of each subflow the records are taken once, the newest first.
func (c *Conn) latest(i int) (pos uint64, n int64) {
	una := c.snd.Una()
	best := c.views[i].SRTT
	var slow *subflow
	var from uint64
	for j, sf := range c.live {
		v := &c.views[j]
		if j == i || !v.Usable || v.SRTT == 0 || v.Cwnd == 0 {
			continue
		}
		ahead := int64(0) // octets in flight up to the end of the record
		sf.e.EachSent(func(r *tcp.Sent) bool {
			if sf.tailFrom > 0 && r.Seq >= sf.tailFrom {
				return false
			}
			if r.Sacked() {
				return true
			}
			ahead += int64(r.Len)
			end := r.Pos + uint64(r.Len)
			if arrival := unit.Duration(int64(v.SRTT) / 1024 * (ahead * 1024 / v.Cwnd)); end > una && arrival > best {
				best, slow, from = arrival, sf, r.Seq
				pos, n = max(r.Pos, una), int64(end-max(r.Pos, una))
			}
			return true
		})
	}
	if slow != nil {
		slow.tailFrom = from
		n = min(n, c.live[i].e.MSS(), c.live[i].subflowWindow())
	}
	return pos, n
}
