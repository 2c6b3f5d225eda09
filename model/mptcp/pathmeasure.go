package mptcp

import (
	"mpsim/model/mptcp/pm"
	"mpsim/sim/unit"
)

// What the connection offers path managers beyond pm.Conn: timers, and what it has measured.

// After implements pm.Timers.
func (p *pathState) After(d unit.Duration, timer uint32) {
	p.c.addTask(pathTask{at: p.c.s.w.Now().Add(max(d, 0)), kind: taskTimer, timer: timer})
}

// Measure implements pm.Measurer.
func (p *pathState) Measure(id uint32) (m pm.Measurement, ok bool) {
	sf := p.c.subflowByID(id)
	if sf == nil || sf.e == nil {
		return m, false
	}
	i, t := sf.e.Info(), sf.e.TCPInfo(p.c.s.w.Now())
	return pm.Measurement{
		SRTT: i.SRTT, RTTVar: i.RTTVar, MinRTT: i.MinRTT, RTO: i.RTO, Backoff: sf.e.Backoffs(),
		Cwnd: i.Cwnd, Ssthresh: i.Ssthresh, InFlight: i.InFlight, Sent: i.BytesSent, Acked: i.BytesAcked,
		Resent: i.BytesRetransmitted, PacingRate: int64(t.PacingRate), Stale: sf.suspect || sf.down,
	}, true
}
