package mptcp

import (
	"errors"

	"mpsim/model/tcp"
)

// Cause is why a subflow or a connection ended, for those who want to act on it; SubflowInfo.Reason says it
// in words. The comment names the error number that a socket interface gives for it.
type Cause uint8

// Causes.
const (
	CauseNone        Cause = iota // it has not ended, or ended in good order with its connection: 0
	CauseLocal                    // this host closed it: application, path manager: 0
	CausePeerFIN                  // the peer closed it by FIN: 0
	CauseOver                     // its connection is over: 0
	CauseFellBack                 // its connection goes on as plain TCP over another one: EOPNOTSUPP
	CauseTimeout                  // retransmissions, SYNs, keepalive or user timeout used up: ETIMEDOUT
	CauseReset                    // RST of the peer: ECONNRESET
	CauseRefused                  // RST that answered the SYN: ECONNREFUSED
	CauseUnreachable              // ICMP, or no route: ENETUNREACH
	CauseHost                     // ICMP: EHOSTUNREACH
	CauseRemoved                  // the peer removed its address (REMOVE_ADDR): EADDRNOTAVAIL
	CauseLocalGone                // its local address was given up or its interface is down: ENETDOWN
	CauseProtocol                 // wrong HMAC, checksum or mapping, missing option: EPROTO
	CauseStale                    // given up for its performance while others work: ETIMEDOUT
	CauseAborted                  // the application aborted the connection: ECONNABORTED
)

var causeNames = [...]string{
	"none", "closed locally", "closed by the peer", "connection over", "fell back", "timed out", "reset",
	"refused", "network unreachable", "host unreachable", "address removed", "local address gone",
	"protocol error", "stale", "aborted",
}

func (c Cause) String() string { return causeNames[c] }

// causeOf returns the cause of an error that ended a connection.
func causeOf(err error) Cause {
	switch {
	case err == nil:
		return CauseNone
	case errors.Is(err, tcp.ErrRefused):
		return CauseRefused
	case errors.Is(err, tcp.ErrReset):
		return CauseReset
	case errors.Is(err, tcp.ErrAborted):
		return CauseAborted
	case errors.Is(err, tcp.ErrNetUnreachable), errors.Is(err, tcp.ErrNoRoute):
		return CauseUnreachable
	case errors.Is(err, tcp.ErrHostUnreachable):
		return CauseHost
	case errors.Is(err, tcp.ErrProtocol):
		return CauseProtocol
	}
	return CauseTimeout
}

// cause returns the cause of a subflow that the worker resets.
func (k killReason) cause() Cause {
	switch k {
	case killRemoved:
		return CauseRemoved
	case killMPTCP, killMiddlebox:
		return CauseProtocol
	case killPerformance:
		return CauseStale
	case killOutstanding:
		return CauseTimeout
	default:
		return CauseLocal
	}
}

// blame notes why a subflow ends unless that is known already.
func (sf *subflow) blame(why Cause) {
	if sf.cause == CauseNone {
		sf.cause = why
	}
}

// ended settles the cause of a subflow whose endpoint has just reported its end.
func (c *Conn) ended(sf *subflow, ev tcp.Event) {
	switch ev {
	case tcp.TimedOut:
		sf.blame(causeOf(sf.e.TimeoutReason()))
	case tcp.Reset:
		sf.blame(CauseReset)
	case tcp.Aborted:
		if c.over() && (sf.kill == killClose || sf.kill == killOutstanding) {
			sf.blame(CauseOver)
		}
		sf.blame(sf.kill.cause())
	default:
		if c.over() {
			sf.blame(CauseOver)
		}
		sf.blame(CauseLocal)
	}
}
