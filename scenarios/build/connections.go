package build

import (
	"mpsim/model/mptcp"
	"mpsim/model/tcp"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// summariseConnections writes one record a connection and host, and one a subflow and host.
func (w *World) summariseConnections(s *trace.Summary) {
	for _, h := range w.hosts {
		if m := h.api.MPTCP(); m != nil {
			m.EachConn(func(c *mptcp.Conn) bool {
				w.summariseConn(s, h, c)
				return true
			})
		}
		for i := range h.api.PlainConns() {
			w.summarisePlain(s, h, &h.api.PlainConns()[i])
		}
	}
}

func (w *World) summariseConn(s *trace.Summary, h *host, c *mptcp.Conn) {
	i, n := c.Info(), w.watch.numberOf(c)
	r := s.Add(trace.GroupConnections)
	r.Int("connection", n)
	r.Text("host", h.name)
	r.Text("protocol", "mptcp")
	r.Bool("client", i.Client)
	r.Text("state", i.State.String())
	r.Bool("fallback", i.Fallback)
	r.Text("scheduler", i.Scheduler)
	r.Text("path_manager", i.PathManager)
	r.Bool("checksum", i.Checksum)
	r.Int("opened_at_ns", int64(i.Opened))
	r.Int("established_at_ns", int64(i.EstablishedAt))
	r.Int("bytes_sent", i.BytesSent)
	r.Int("bytes_acked", i.BytesAcked)
	r.Int("bytes_reinjected", i.BytesReinjected)
	r.Int("bytes_received", i.BytesReceived)
	r.Int("bytes_duplicate", i.BytesDuplicate)
	r.Int("goodput_bps", perSecond(i.BytesReceived, w.Now().Sub(i.EstablishedAt)))
	r.Int("receive_buffer_bytes", i.ReceiveBuffer)
	r.Int("out_of_order_bytes", i.OutOfOrder)
	r.Int("data_timeouts", i.DataRTOs)
	r.Int("subflows", int64(i.Subflows))
	r.Int("subflows_total", int64(i.SubflowsTotal))
	c.EachSubflow(func(f mptcp.SubflowInfo) bool {
		r := s.Add(trace.GroupSubflows)
		r.Int("connection", n)
		r.Int("subflow", int64(f.ID))
		r.Text("host", h.name)
		r.Text("label", w.labelOf(c, f.ID))
		state := f.State
		if f.Closed != 0 && state != "closed" {
			state = "time-wait"
		}
		r.Text("state", state)
		r.Bool("backup", f.Backup)
		r.Bool("stale", f.Stale)
		r.Text("local_address", f.Local.String())
		r.Int("local_port", int64(f.LocalPort))
		r.Text("remote_address", f.Remote.String())
		r.Int("remote_port", int64(f.RemotePort))
		r.Int("opened_at_ns", int64(f.Opened))
		r.Int("established_at_ns", int64(f.Established))
		if f.Closed == 0 {
			r.Null("closed_at_ns")
		} else {
			r.Int("closed_at_ns", int64(f.Closed))
		}
		r.Text("close_reason", f.Reason)
		r.Int("bytes_new", f.BytesNew)
		r.Int("bytes_reinjected", f.BytesReinjected)
		r.Int("bytes_delivered", f.BytesDelivered)
		r.Int("bytes_duplicate", f.BytesDuplicate)
		endpoint(r, &f.TCP)
		return true
	})
}

// endpoint writes what TCP counts of one subflow.
func endpoint(r *trace.Record, i *tcp.Info) {
	r.Int("bytes_sent", i.BytesSent)
	r.Int("bytes_acked", i.BytesAcked)
	r.Int("bytes_received", i.BytesReceived)
	r.Int("bytes_retransmitted", i.BytesRetransmitted)
	r.Int("segments_sent", i.SegmentsSent)
	r.Int("segments_received", i.SegmentsReceived)
	r.Int("segments_retransmitted", i.Retransmits)
	r.Int("timeouts", i.RTOs)
	r.Int("fast_recoveries", i.FastRecoveries)
	r.Int("tail_loss_probes", i.TLPs)
	r.Int("spurious_recoveries_undone", i.SpuriousUndone)
	r.Int("cwnd_bytes", i.Cwnd)
	r.Int("ssthresh_bytes", threshold(i.Ssthresh))
	r.Int("mss_bytes", i.MSS)
	sample(r, "srtt_ns", i.SRTT)
	sample(r, "rttvar_ns", i.RTTVar)
	sample(r, "min_rtt_ns", i.MinRTT)
	r.Int("rto_ns", int64(i.RTO))
}

func (w *World) summarisePlain(s *trace.Summary, h *host, c *sockapi.PlainConn) {
	i := c.Info()
	n := w.watch.number(c.Client, c.Local, c.Remote, c.LocalPort, c.RemotePort)
	buffer := c.RecvBuffer()
	r := s.Add(trace.GroupConnections)
	r.Int("connection", n)
	r.Text("host", h.name)
	r.Text("protocol", "tcp")
	r.Bool("client", c.Client)
	r.Text("state", i.State)
	r.Int("opened_at_ns", int64(c.Opened))
	r.Int("bytes_sent", i.BytesSent-i.BytesRetransmitted)
	r.Int("bytes_acked", i.BytesAcked)
	r.Int("bytes_received", i.BytesReceived)
	r.Int("goodput_bps", perSecond(i.BytesReceived, unit.Duration(w.Now()-c.Opened)))
	r.Int("receive_buffer_bytes", buffer.Size())
	f := s.Add(trace.GroupSubflows)
	f.Int("connection", n)
	f.Int("subflow", 0)
	f.Text("host", h.name)
	f.Text("label", w.label(c.Local, c.Remote, c.Client))
	f.Text("state", i.State)
	f.Text("local_address", c.Local.String())
	f.Int("local_port", int64(c.LocalPort))
	f.Text("remote_address", c.Remote.String())
	f.Int("remote_port", int64(c.RemotePort))
	f.Int("opened_at_ns", int64(c.Opened))
	endpoint(f, &i)
}
