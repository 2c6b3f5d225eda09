package build

import (
	"mpsim/model/link"
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// sample appends one row a connection, subflow and link direction, and arms the next sample.
func (t *watcher) sample(now sim.Time) {
	for _, h := range t.w.hosts {
		if m := h.api.MPTCP(); m != nil {
			m.EachConn(func(c *mptcp.Conn) bool {
				t.sampleConn(now, h, c)
				return true
			})
		}
		for i := range h.api.PlainConns() {
			t.samplePlain(now, h, &h.api.PlainConns()[i])
		}
	}
	t.w.eachLink(func(name string, id link.ID) { t.sampleLink(now, name, id) })
	t.w.world.Arm(t.tick, now.Add(t.interval))
}

// orNone writes a quantity that is zero before its first measurement as missing.
func orNone(d unit.Duration) int64 {
	if d == 0 {
		return trace.None
	}
	return int64(d)
}

// unset is the slow-start threshold before it is first set, and larger than any window.
const unset = 1 << 40

func threshold(octets int64) int64 {
	if octets >= unset {
		return trace.None
	}
	return octets
}

func subflowRow(now sim.Time, host, label string, conn, id int64, i *tcp.Info) trace.SubflowRow {
	return trace.SubflowRow{
		TimeNs: int64(now), Connection: conn, Host: host, Subflow: id, Label: label,
		CwndBytes: i.Cwnd, SsthreshBytes: threshold(i.Ssthresh), SrttNs: orNone(i.SRTT), RttvarNs: orNone(i.RTTVar),
		RtoNs: int64(i.RTO), InFlightBytes: i.InFlight, State: i.State,
	}
}

func (t *watcher) sampleConn(now sim.Time, h *host, c *mptcp.Conn) {
	if c.State() == mptcp.Closed {
		return
	}
	n := t.numberOf(c)
	i := c.Info()
	t.series.Connections.Add(trace.ConnectionRow{
		TimeNs: int64(now), Connection: n, Host: h.name, DataSentBytes: i.BytesSent, DataAckedBytes: i.BytesAcked,
		DataReceivedBytes: i.BytesReceived, ReceiveBufferUsedBytes: i.ReceiveBufferUsed,
		ReceiveBufferLimitBytes: i.ReceiveBuffer, Subflows: int64(i.Subflows),
	})
	c.EachSubflow(func(s mptcp.SubflowInfo) bool {
		closed := s.Closed != 0
		if closed && now.Sub(s.Closed) >= t.interval {
			return true // one row has told it
		}
		row := subflowRow(now, h.name, t.w.labelOf(c, s.ID), n, int64(s.ID), &s.TCP)
		row.DeliveredBytes, row.Backup = s.BytesDelivered, s.Backup
		if closed {
			row.State, row.CwndBytes, row.InFlightBytes = "CLOSED", 0, 0
			row.SrttNs, row.RttvarNs = trace.None, trace.None
		}
		t.series.Subflows.Add(row)
		return true
	})
}

func (t *watcher) samplePlain(now sim.Time, h *host, c *sockapi.PlainConn) {
	i := c.Info()
	if c.Endpoint() == nil {
		return
	}
	n := t.number(c.Client, c.Local, c.Remote, c.LocalPort, c.RemotePort)
	r := c.RecvBuffer()
	t.series.Connections.Add(trace.ConnectionRow{
		TimeNs: int64(now), Connection: n, Host: h.name, DataSentBytes: i.BytesSent - i.BytesRetransmitted,
		DataAckedBytes: i.BytesAcked, DataReceivedBytes: int64(r.Next()), ReceiveBufferUsedBytes: r.Held(),
		ReceiveBufferLimitBytes: r.Size(), Subflows: 1,
	})
	row := subflowRow(now, h.name, t.w.label(c.Local, c.Remote, c.Client), n, 0, &i)
	row.DeliveredBytes = i.BytesReceived
	t.series.Subflows.Add(row)
}

func (t *watcher) sampleLink(now sim.Time, name string, id link.ID) {
	net := t.w.net
	c, q := net.Counters(id), net.Queued(id)
	rate := trace.None
	if r := net.Rate(id); r > 0 {
		rate = int64(r)
	}
	t.series.Links.Add(trace.LinkRow{
		TimeNs: int64(now), Link: name, QueueBytes: q.Octets, QueuePackets: q.Packets,
		DeliveredBytes: c.Delivered.Octets, DeliveredPackets: c.Delivered.Packets,
		DroppedQueuePackets: c.DroppedQueue.Packets, DroppedLossPackets: c.DroppedLoss.Packets,
		DroppedDownPackets: c.DroppedDown.Packets, RateBps: rate,
	})
}
