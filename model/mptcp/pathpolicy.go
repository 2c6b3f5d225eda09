package mptcp

import (
	"fmt"

	"mpsim/model/tcp"
	"mpsim/model/wire"
	"mpsim/sim/unit"
)

// AtOnce is a duration of nothing, where zero stands for the profile's value.
const AtOnce unit.Duration = -1

// PathPolicy is what RFC 8684 leaves to a host about addresses, joins, priorities and resets. Zero fields
// take the profile's value.
type PathPolicy struct {
	// Resets (sections 3.3.6 and 3.6).
	ResetOption    tcp.Switch // RSTs carry MP_TCPRST
	ObeyReset      tcp.Switch // after T=1 retry later (resetBackOff), after T=0 never on that pair of addresses
	RetryLimit     int        // retries in a row on one pair
	ResetStale     tcp.Switch // a stale subflow beside a working one is reset, reason 0x05
	SubflowRetries int        // retransmissions in a row after which a subflow has failed; 0: as TCP

	// Addresses (section 3.4).
	AddAddrRefresh unit.Duration // how often announcements are repeated though echoed; 0: never
	ProbeRemoved   tcp.Switch    // REMOVE_ADDR of the peer: keepalive probes first, and what answers stays
	RemoveProbes   int           // of them, one RTO apart, before the subflow is reset
	RemoveByFIN    tcp.Switch    // REMOVE_ADDR of the peer ends subflows by FIN, not by RST
	ThirdEven      tcp.Switch    // the third packet of a join is repeated every two round trips, without back-off
	JoinLimit      int           // joins to announced addresses that may fail, in one connection (section 5)
	JoinAnyPort    tcp.Switch    // take joins at ports without listener or announcement (section 3.2)
	LimitReason    uint8         // MP_TCPRST that refuses a join beyond the limit: 0x02 or 0x03 (section 3.6)

	// Priorities (section 3.3.8).
	IgnorePriority tcp.Switch // the peer's MP_PRIO changes nothing
	OneWayPriority tcp.Switch // what we asked of the peer does not bind us

	// When joins start (section 3.9.2). With JoinPerWindow or JoinAfter set they wait for either condition.
	JoinDelay     unit.Duration // random wait, uniform below it, unless the peer named a port; AtOnce: none
	JoinPerWindow tcp.Switch    // one subflow for each initial window of data that waits
	JoinAfter     unit.Duration // ... or so long after the connection was established; 0: no such rule

	// BreakTimeout is how long a connection lives without any subflow (section 3.3.3); AtOnce: not at all.
	// Zero: Config.CloseTimeout.
	BreakTimeout unit.Duration
}

func (p PathPolicy) resolve(b PathPolicy) PathPolicy {
	pick(&p.ResetOption, b.ResetOption)
	pick(&p.ObeyReset, b.ObeyReset)
	pick(&p.RetryLimit, b.RetryLimit)
	pick(&p.ResetStale, b.ResetStale)
	pick(&p.SubflowRetries, b.SubflowRetries)
	pick(&p.AddAddrRefresh, b.AddAddrRefresh)
	pick(&p.ProbeRemoved, b.ProbeRemoved)
	pick(&p.RemoveProbes, b.RemoveProbes)
	pick(&p.RemoveByFIN, b.RemoveByFIN)
	pick(&p.ThirdEven, b.ThirdEven)
	pick(&p.JoinLimit, b.JoinLimit)
	pick(&p.JoinAnyPort, b.JoinAnyPort)
	pick(&p.LimitReason, b.LimitReason)
	pick(&p.IgnorePriority, b.IgnorePriority)
	pick(&p.OneWayPriority, b.OneWayPriority)
	pick(&p.JoinDelay, b.JoinDelay)
	pick(&p.JoinPerWindow, b.JoinPerWindow)
	pick(&p.JoinAfter, b.JoinAfter)
	pick(&p.BreakTimeout, b.BreakTimeout)
	return p
}

func (p PathPolicy) check() error {
	bad := func(field string, value any, want string) error {
		return fmt.Errorf("mptcp: %s is %v: must be %s", field, value, want)
	}
	switch {
	case p.RetryLimit < 0 || p.SubflowRetries < 0 || p.JoinLimit < 0:
		return bad("a limit of retries or joins", min(p.RetryLimit, p.SubflowRetries, p.JoinLimit), "at least 0")
	case p.RemoveProbes < 1:
		return bad("keepalive probes of a removed address", p.RemoveProbes, "at least 1")
	case p.AddAddrRefresh < 0 || p.JoinAfter < 0:
		return bad("a time of announcements or joins", min(p.AddAddrRefresh, p.JoinAfter), "at least 0")
	case p.JoinDelay < AtOnce || p.BreakTimeout < AtOnce:
		return bad("a delay", min(p.JoinDelay, p.BreakTimeout), "positive, or AtOnce")
	}
	return nil
}

// linuxPolicy is that of the upstream kernel 6.18.
func linuxPolicy() PathPolicy {
	return PathPolicy{
		ResetOption:    tcp.On,
		ObeyReset:      tcp.Off, // the kernel's path manager does not look at it
		RetryLimit:     3,
		ResetStale:     tcp.Off,
		ProbeRemoved:   tcp.Off,
		RemoveByFIN:    tcp.Off, // the kernel's way is On (mptcp_pm_rm_addr_or_subflow)
		RemoveProbes:   3,
		ThirdEven:      tcp.On, // schedule_3rdack_retransmission
		JoinLimit:      16,
		JoinAnyPort:    tcp.Off,              // a listening socket or an announcement is needed
		LimitReason:    wire.ResetProhibited, // seen of 6.18, there after the third packet
		IgnorePriority: tcp.Off,
		OneWayPriority: tcp.Off, // the scheduler looks at both directions
		JoinDelay:      AtOnce,
		JoinPerWindow:  tcp.Off,
	}
}

// rfcPolicy is what RFC 8684 recommends.
func rfcPolicy() PathPolicy {
	p := linuxPolicy()
	p.ObeyReset = tcp.On
	p.ProbeRemoved = tcp.On
	p.ThirdEven = tcp.Off // section 3.2: as a retransmission
	p.JoinAnyPort = tcp.On
	p.LimitReason = wire.ResetResources // section 3.6: it may be different later
	p.JoinDelay = 10 * unit.Millisecond // a choice of ours: the RFC names no time
	return p
}

// breakTimeout is how long the connection lives without subflow.
func (c *Conn) breakTimeout() unit.Duration {
	switch t := c.s.cfg.Policy.BreakTimeout; t {
	case 0:
		return c.s.cfg.CloseTimeout
	case AtOnce:
		return 0
	default:
		return t
	}
}

// resetBackOff is how long a join waits after a transient reset (section 3.6), doubled for each one in a row:
// shortest where the subflow was only one too many, longest where a person has to change something.
func resetBackOff(reason uint8) unit.Duration {
	switch reason {
	case 0x01: // MPTCP-specific error
		return 5 * unit.Second
	case 0x02: // lack of resources
		return 10 * unit.Second
	case 0x03: // administratively prohibited
		return 60 * unit.Second
	case 0x05: // unacceptable performance
		return 5 * unit.Second
	case 0x06: // middlebox interference
		return 30 * unit.Second
	default: // unspecified, unknown, 0x04: too much outstanding data
		return unit.Second
	}
}
