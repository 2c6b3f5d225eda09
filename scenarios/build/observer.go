package build

import (
	"mpsim/model/mptcp"
	"mpsim/sim"
	"mpsim/sim/trace"
)

// observer turns what one host's MPTCP stack tells into rows.
type observer struct {
	*watcher
	host *host
}

// DataArrived implements mptcp.Observer.
func (o *observer) DataArrived(now sim.Time, c *mptcp.Conn, subflow uint32, start, end uint64,
	reinjected bool) {
	o.series.Arrivals.Add(trace.ArrivalRow{
		TimeNs: int64(now), Connection: o.numberOf(c), Host: o.host.name, Subflow: int64(subflow),
		Label: o.w.labelOf(c, subflow), DataSeqStartBytes: int64(start), DataSeqEndBytes: int64(end),
		Reinjected: reinjected,
	})
}

// Reinjected implements mptcp.Observer: the receiver's side records it.
func (o *observer) Reinjected(sim.Time, *mptcp.Conn, uint32, uint64, uint64) {}

// SubflowChanged implements mptcp.Observer.
func (o *observer) SubflowChanged(now sim.Time, c *mptcp.Conn, id uint32, change mptcp.SubflowChange,
	detail string) {
	what := trace.EventSubflowPriority
	switch change {
	case mptcp.SubflowEstablished:
		what = trace.EventSubflowEstablished
	case mptcp.SubflowClosed:
		what = trace.EventSubflowClosed
	case mptcp.SubflowStale:
		what = trace.EventSubflowFailed
	case mptcp.SubflowRecovered:
		what = trace.EventSubflowRecovered
	}
	label := o.w.labelOf(c, id)
	if detail != "" {
		label += ": " + detail
	}
	o.event(now, o.host.name, o.numberOf(c), int64(id), what, label)
}

// ConnectionChanged implements mptcp.Observer.
func (o *observer) ConnectionChanged(now sim.Time, c *mptcp.Conn, s mptcp.State) {
	switch s {
	case mptcp.Established:
		o.event(now, o.host.name, o.numberOf(c), trace.None, trace.EventConnectionEstablished, "")
	case mptcp.Closed:
		o.event(now, o.host.name, o.numberOf(c), trace.None, trace.EventConnectionClosed, "")
	}
}

// FellBack implements mptcp.Observer.
func (o *observer) FellBack(now sim.Time, c *mptcp.Conn, reason string) {
	o.event(now, o.host.name, o.numberOf(c), trace.None, trace.EventFallback, reason)
}
