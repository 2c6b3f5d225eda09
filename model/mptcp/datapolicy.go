package mptcp

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/sim/unit"
)

// DataPolicy is what RFC 8684 leaves to a host about data sequence signals and its buffers.
// Zero fields take the profile's value.
type DataPolicy struct {
	// Numbers (sections 3.3.1 and 3.3.2).
	ShortDSN tcp.Switch    // DSNs of 4 octets as long as 32 bits cannot wrap within MSL
	MSL      unit.Duration // maximum segment lifetime that this reckons with
	// AckAsMapped: DATA_ACKs have the length of the last DSN that mapped data, so that a lone DATA_FIN asks for none; and
	// that of the mapping that MP_CAPABLE stands for when its octets are next. Off: 8 octets once any DSN had 8.
	AckAsMapped tcp.Switch
	OneSegment  tcp.Switch // a mapping is one segment, as of a host that has its device cut nothing
	SparseDSS   tcp.Switch // a confirmed subflow's data goes without DATA_ACK or mapping that repeats the last

	// Reinjection (section 3.3.6) and what follows a failed checksum (section 3.7).
	ReinjectAfter   int        // timeouts in a row of a subflow before others send what it carries
	ReinjectLosses  tcp.Switch // ... and they send whatever it retransmits
	RejoinAfterFail tcp.Switch // a RST with MP_FAIL took the last subflow: open a new one in single-path mode

	// FinTimeout is when a DATA_FIN that went out alone is repeated; it doubles from the third time on (section
	// 3.3.3 names no time). 0: the data-level retransmission timeout.
	FinTimeout unit.Duration
	// FinEverywhere: a lone DATA_FIN, and the DATA_ACK of one, go out on every subflow, not on one of them.
	FinEverywhere tcp.Switch

	// WholeCookie: a SYN/ACK without room for a Fast Open cookie goes without timestamps, instead of cutting the
	// cookie (appendix B.1).
	WholeCookie tcp.Switch

	// Tests and buffers (sections 3.3.2, 3.3.4).
	SanityTest      tcp.Switch // SSN - SUBFLOW_ACK <= DSN - DATA_ACK, or the segment is dropped
	HoldForSubflows tcp.Switch // acknowledged data counts in the send buffer until each subflow has brought it
}

func (p DataPolicy) resolve(b DataPolicy) DataPolicy {
	pick(&p.ShortDSN, b.ShortDSN)
	pick(&p.MSL, b.MSL)
	pick(&p.AckAsMapped, b.AckAsMapped)
	pick(&p.OneSegment, b.OneSegment)
	pick(&p.SparseDSS, b.SparseDSS)
	pick(&p.ReinjectAfter, b.ReinjectAfter)
	pick(&p.ReinjectLosses, b.ReinjectLosses)
	pick(&p.RejoinAfterFail, b.RejoinAfterFail)
	pick(&p.FinTimeout, b.FinTimeout)
	pick(&p.FinEverywhere, b.FinEverywhere)
	pick(&p.WholeCookie, b.WholeCookie)
	pick(&p.SanityTest, b.SanityTest)
	pick(&p.HoldForSubflows, b.HoldForSubflows)
	return p
}

func (p *DataPolicy) check() error {
	if p.ReinjectAfter < 1 {
		return fmt.Errorf("mptcp: timeouts before reinjection are %d: must be at least 1", p.ReinjectAfter)
	}
	if p.FinTimeout < 0 {
		return fmt.Errorf("mptcp: timeout of a DATA_FIN is %v: must not be negative", p.FinTimeout)
	}
	if p.MSL <= 0 {
		return fmt.Errorf("mptcp: maximum segment lifetime is %v: must be positive", p.MSL)
	}
	return nil
}

// linuxData is what Linux 6.18 does (net/mptcp/options.c and subflow.c).
func linuxData() DataPolicy {
	return DataPolicy{
		ShortDSN:        tcp.Off,
		MSL:             60 * unit.Second, // TCP_TIMEWAIT_LEN
		AckAsMapped:     tcp.On,           // use_64bit_ack follows the mappings of data (get_mapping_status)
		OneSegment:      tcp.Off,          // gso_max_segs of the device
		SparseDSS:       tcp.Off,
		ReinjectAfter:   1, // as the out-of-tree kernel
		ReinjectLosses:  tcp.Off,
		RejoinAfterFail: tcp.Off,
		FinTimeout:      200 * unit.Millisecond, // mptcp_set_datafin_timeout
		FinEverywhere:   tcp.On,                 // __mptcp_wr_shutdown, mptcp_send_ack
		WholeCookie:     tcp.On,                 // seen of 6.18
		SanityTest:      tcp.Off,
		HoldForSubflows: tcp.Off, // subflows account for their own memory
	}
}

// rfcData is what RFC 8684 says or suggests.
func rfcData() DataPolicy {
	p := linuxData()
	p.MSL = 120 * unit.Second // RFC 9293 section 3.4.1
	p.AckAsMapped = tcp.Off   // section 3.3.2
	p.FinTimeout = 0          // as for data (section 3.3.6)
	p.FinEverywhere = tcp.Off // section 3.3.3 asks for one
	p.WholeCookie = tcp.Off
	p.SanityTest = tcp.On      // section 3.3.4
	p.HoldForSubflows = tcp.On // section 3.3.2
	return p
}
