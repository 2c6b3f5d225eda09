package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// Info is a snapshot of one endpoint for traces, summaries and TCP_INFO. Octets and nanoseconds.
type Info struct {
	SegmentsSent, SegmentsReceived       int64
	BytesSent, BytesAcked, BytesReceived int64 // payload octets; sent includes retransmissions

	State                                    string
	Cwnd, Ssthresh, InFlight, MSS            int64
	SRTT, RTTVar, RTO, MinRTT                unit.Duration
	BytesRetransmitted                       int64
	Retransmits, RTOs, FastRecoveries, TLPs  int64
	ReorderSeen, SpuriousUndone, DupSegments int64 // ... segments with old data only

	Recovery                         string // "open", "cwr", "recovery", "loss"
	PeerWindow, ReceiveWindow        int64  // octets, as last received and as last sent
	OutOfOrder                       int64  // octets held beyond a hole
	DSACKs, ECNReductions, ZeroProbe int64  // DSACKs received, ECE answered, window probes sent
	PAWSDropped, Unacceptable        int64  // refused by RFC 7323 section 5, RFC 9293 section 3.4
	ChallengeACKs, KeepaliveProbes   int64

	DataReceivedAt, HeardAt sim.Time // the last ones, any segment for HeardAt; 0: never
}

// counters is what an endpoint counts; the names are those of Info. What every segment counts comes first.
type counters struct {
	SegmentsSent, SegmentsReceived       int64
	BytesSent, BytesAcked, BytesReceived int64
	BytesRetransmitted                   int64

	Retransmits, RTOs, FastRecoveries, TLPs  uint32
	ReorderSeen, SpuriousUndone, DupSegments uint32
	DSACKs, ECNReductions, ZeroProbe         uint32
	PAWSDropped, Unacceptable                uint32
	ChallengeACKs, KeepaliveProbes           uint32
}

// info writes the counters into a snapshot.
func (c *counters) info() Info {
	return Info{
		SegmentsSent: c.SegmentsSent, SegmentsReceived: c.SegmentsReceived,
		BytesSent: c.BytesSent, BytesAcked: c.BytesAcked, BytesReceived: c.BytesReceived,
		BytesRetransmitted: c.BytesRetransmitted,
		Retransmits:        int64(c.Retransmits), RTOs: int64(c.RTOs), FastRecoveries: int64(c.FastRecoveries),
		TLPs: int64(c.TLPs), ReorderSeen: int64(c.ReorderSeen), SpuriousUndone: int64(c.SpuriousUndone),
		DupSegments: int64(c.DupSegments), DSACKs: int64(c.DSACKs), ECNReductions: int64(c.ECNReductions),
		ZeroProbe: int64(c.ZeroProbe), PAWSDropped: int64(c.PAWSDropped), Unacceptable: int64(c.Unacceptable),
		ChallengeACKs: int64(c.ChallengeACKs), KeepaliveProbes: int64(c.KeepaliveProbes),
	}
}

// Info returns a snapshot.
func (e *Endpoint) Info() Info {
	i := e.stats.info()
	i.State = e.state.String()
	i.Cwnd, i.Ssthresh, i.InFlight, i.MSS = e.CC.Cwnd, e.CC.Ssthresh, e.pipe(), e.snd.mss
	i.SRTT, i.RTTVar, i.RTO, i.MinRTT = e.CC.SRTT, e.rtt.var4/4, e.rtt.rto(), e.CC.MinRTT
	i.DataReceivedAt, i.HeardAt = e.rcv.lastAt, e.heardAt
	i.Recovery = e.rec.state.String()
	i.PeerWindow = e.snd.wnd
	i.ReceiveWindow = int64(e.rcv.edge) - int64(e.rcv.nxt)
	i.OutOfOrder = e.rcv.ooo.octets
	if e.shared {
		i.ReceiveWindow = e.rcv.lastWindow
	}
	return i
}
