package mptcp

import "mpsim/model/wire"

// MP_TCPRST (RFC 8684 section 3.6): why a subflow is reset.

// killReason says why the worker resets a subflow.
type killReason uint8

const (
	killNone        killReason = iota
	killClose                  // local decision, no particular reason
	killRemoved                // its address was removed: it may come back
	killMPTCP                  // reason 0x01: MPTCP-specific error
	killOutstanding            // reason 0x04: too much outstanding data
	killPerformance            // reason 0x05: unacceptable performance
	killMiddlebox              // reason 0x06: middlebox interference
)

// code returns the reason code.
func (k killReason) code() uint8 {
	switch k {
	case killMPTCP:
		return wire.ResetMPTCP
	case killOutstanding:
		return wire.ResetOutstanding
	case killPerformance:
		return wire.ResetPerformance
	case killMiddlebox:
		return wire.ResetInterference
	default:
		return wire.ResetUnspecified
	}
}

// transient tells whether a new attempt over the same pair of addresses may fare better: bit T.
func transient(reason uint8) bool {
	return reason == wire.ResetResources || reason == wire.ResetOutstanding || reason == wire.ResetPerformance
}

// resetOption returns the option for a subflow's RST.
func (k killReason) option() wire.Reset {
	return wire.Reset{Reason: k.code(), Transient: k == killRemoved || transient(k.code())}
}

// resetReason names a reason code; unknown ones count as unspecified.
func resetReason(code uint8) string {
	switch code {
	case wire.ResetMPTCP:
		return "reset by the peer: MPTCP-specific error"
	case wire.ResetResources:
		return "reset by the peer: lack of resources"
	case wire.ResetProhibited:
		return "reset by the peer: administratively prohibited"
	case wire.ResetOutstanding:
		return "reset by the peer: too much outstanding data"
	case wire.ResetPerformance:
		return "reset by the peer: unacceptable performance"
	case wire.ResetInterference:
		return "reset by the peer: middlebox interference"
	}
	return "reset by the peer: unspecified"
}
