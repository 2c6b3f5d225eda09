package tcp

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// TCPInfo is a snapshot in the units of Linux's struct tcp_info (include/uapi/linux/tcp.h, 6.18): windows in
// segments, times in microseconds, ages in milliseconds. The names are the kernel's without their prefix.
// Fields of the kernel that say nothing about a model (pacing hardware, ECN accuracy) are not here.
type TCPInfo struct {
	State       uint8 // of include/net/tcp_states.h: 1 is ESTABLISHED
	CAState     uint8 // 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
	Retransmits uint8 // timeouts in a row
	Probes      uint8 // zero-window and keepalive probes not answered
	Backoff     uint8
	Options     uint8 // bits InfoTimestamps ..
	SndWscale   uint8
	RcvWscale   uint8

	RTO, ATO                                uint32 // us
	SndMSS, RcvMSS                          uint32 // octets
	Unacked, Sacked, Lost, Retrans          uint32 // segments
	LastDataSent, LastDataRecv, LastAckRecv uint32 // ms since
	PMTU, RcvSsthresh                       uint32 // octets
	RTT, RTTVar                             uint32 // us
	SndSsthresh, SndCwnd                    uint32 // segments; InfiniteSegments: no threshold yet
	Advmss                                  uint32 // octets
	Reordering                              uint32 // segments
	RcvRTT, RcvSpace                        uint32 // us, octets
	TotalRetrans                            uint32 // segments

	PacingRate                           uint64 // octets a second
	BytesAcked, BytesReceived            uint64
	SegsOut, SegsIn                      uint32
	NotsentBytes, MinRTT                 uint32 // octets, us
	DataSegsOut                          uint32
	BusyTime, RwndLimited, SndbufLimited uint64 // us
	Delivered                            uint32 // segments, a SYN included
	BytesSent, BytesRetrans              uint64
	DSACKDups, ReordSeen                 uint32
	RcvOooPack                           uint32
	SndWnd, RcvWnd                       uint32 // octets
}

// Bits of TCPInfo.Options (TCPI_OPT_*).
const (
	InfoTimestamps uint8 = 1 << iota
	InfoSACK
	InfoWscale
	InfoECN
	InfoECNSeen
	InfoSynData
)

// InfiniteSegments is the slow-start threshold before any loss (TCP_INFINITE_SSTHRESH).
const InfiniteSegments = 0x7fffffff

// kernelStates are the numbers of include/net/tcp_states.h in the order of our states.
const kernelStates = "\x07\x02\x03\x01\x04\x05\x08\x0b\x09\x06"

// TCPInfo returns a snapshot in the kernel's units.
func (e *Endpoint) TCPInfo(now sim.Time) TCPInfo {
	i := TCPInfo{
		State: kernelStates[e.state], Retransmits: uint8(min(e.rtt.inRow, 255)), Backoff: e.rtt.backoff,
		Probes: e.keep.open(e.heardAt), SndWscale: e.snd.shift, RcvWscale: e.rcv.shift,
		RTO: micros(e.rtt.rto()), ATO: micros(e.s.par.DelayedACK), RTT: micros(e.CC.SRTT),
		RTTVar: micros(e.rtt.var4 / 4), MinRTT: micros(e.CC.MinRTT), RcvRTT: micros(e.rcv.rtt),
		SndMSS: uint32(e.snd.mss), RcvMSS: uint32(e.rcv.mss), Advmss: e.advmss(),
		PMTU:      uint32(e.mtu()),
		SndCwnd:   uint32((e.CC.Cwnd + e.CC.MSS/2) / e.CC.MSS),
		SegsOut:   uint32(e.stats.SegmentsSent),
		SegsIn:    uint32(e.stats.SegmentsReceived),
		BytesSent: uint64(e.stats.BytesSent), BytesRetrans: uint64(e.stats.BytesRetransmitted),
		BytesAcked: uint64(e.stats.BytesAcked), BytesReceived: uint64(e.stats.BytesReceived),
		TotalRetrans: uint32(e.stats.Retransmits), DSACKDups: uint32(e.stats.DSACKs),
		ReordSeen: uint32(e.rk.seen), Reordering: uint32(max(e.rk.degree, dupThreshold)),
		PacingRate: uint64(e.pacingRate()), SndWnd: uint32(max(e.snd.wnd, 0)),
		RcvWnd: uint32(max(int64(e.rcv.edge)-int64(e.rcv.nxt), 0)), RcvSsthresh: uint32(max(e.rcv.maxWindow, 0)),
	}
	i.SndSsthresh = InfiniteSegments
	if n := e.CC.Ssthresh / e.CC.MSS; n < InfiniteSegments {
		i.SndSsthresh = uint32(n)
	}
	e.infoOptions(&i)
	e.infoSegments(&i)
	heard := e.rcv.lastAt
	if heard == 0 {
		heard = e.open.doneAt
	}
	i.LastDataRecv, i.LastDataSent, i.LastAckRecv = millis(now.Sub(heard)), millis(now.Sub(e.snd.lastAt)),
		millis(now.Sub(e.heardAt))
	return i
}

func micros(d unit.Duration) uint32 { return uint32(min(d/unit.Microsecond, 1<<32-1)) }
func millis(d unit.Duration) uint32 { return uint32(min(d/unit.Millisecond, 1<<32-1)) }

// advmss is the MSS announced.
func (e *Endpoint) advmss() uint32 { return uint32(e.ownMSS()) }

func (e *Endpoint) infoOptions(i *TCPInfo) {
	for _, o := range []struct {
		on  bool
		bit uint8
	}{{e.tsOK, InfoTimestamps}, {e.sackOK, InfoSACK}, {e.snd.scaling, InfoWscale}, {e.ecnOK, InfoECN},
		{e.FastOpened(), InfoSynData}} {
		if o.on {
			i.Options |= o.bit
		}
	}
}

// infoSegments counts the send queue by marks. What was pushed and is neither in the queue nor without mark
// has been delivered; the SYN counts as one.
func (e *Endpoint) infoSegments(i *TCPInfo) {
	q := &e.snd.q
	for k := q.head; k != q.tail; k++ {
		f := q.at(k).flags
		i.Unacked++
		switch {
		case f&sentSacked != 0:
			i.Sacked++
		case f&sentLost != 0:
			i.Lost++
		}
		if f&sentRetrans != 0 {
			i.Retrans++
		}
	}
	i.DataSegsOut = q.tail + uint32(e.stats.Retransmits)
	if !e.sackOK {
		i.Sacked = uint32(max(e.rec.sackedSegs, 0))
	}
	i.Delivered = q.tail - (i.Unacked - i.Sacked)
	if e.snd.una > 0 && !e.fo.acked { // a SYN counts as one packet, with its data or without
		i.Delivered++
	} else if e.open.syns > 0 {
		i.Unacked++
	}
	switch e.rec.state {
	case caOpen:
		if i.Sacked+i.Lost+i.Retrans > 0 {
			i.CAState = 1
		}
	case caCWR:
		i.CAState = 2
	case caRecovery:
		i.CAState = 3
	case caLoss:
		i.CAState = 4
	}
}

// TCPInfo returns a snapshot in the kernel's units, the last one once the stream is closed.
func (s *Stream) TCPInfo(now sim.Time) TCPInfo {
	i := s.last
	if s.e != nil {
		i = s.e.TCPInfo(now)
	}
	i.NotsentBytes = uint32(s.snd.Unsent())
	i.RcvSpace = uint32(max(s.rcv.tune.space, 0))
	s.limits.info(now, &i)
	return i
}
