package tcp

// State is an endpoint's state (RFC 9293 section 3.3.2).
type State uint8

// States. LISTEN is the Stack's, not an endpoint's.
const (
	StateClosed State = iota
	StateSynSent
	StateSynReceived
	StateEstablished
	StateFinWait1
	StateFinWait2
	StateCloseWait
	StateClosing
	StateLastAck
	StateTimeWait
)

func (s State) String() string {
	switch s {
	case StateClosed:
		return "CLOSED"
	case StateSynSent:
		return "SYN-SENT"
	case StateSynReceived:
		return "SYN-RECEIVED"
	case StateEstablished:
		return "ESTABLISHED"
	case StateFinWait1:
		return "FIN-WAIT-1"
	case StateFinWait2:
		return "FIN-WAIT-2"
	case StateCloseWait:
		return "CLOSE-WAIT"
	case StateClosing:
		return "CLOSING"
	case StateLastAck:
		return "LAST-ACK"
	case StateTimeWait:
		return "TIME-WAIT"
	}
	return "?"
}

func (ev Event) String() string {
	switch ev {
	case Connected:
		return "connected"
	case PeerClosed:
		return "peer closed"
	case SendClosed:
		return "send closed"
	case Reset:
		return "reset"
	case TimedOut:
		return "timed out"
	case Closed:
		return "closed"
	case RTOFired:
		return "retransmission timeout"
	case Progress:
		return "progress"
	case Aborted:
		return "aborted"
	case FastOpened:
		return "fast opened"
	case TimeWaiting:
		return "time-waiting"
	}
	return "?"
}

// setState is the only place where the state changes.
func (e *Endpoint) setState(s State) {
	if e.state == s {
		return
	}
	e.s.hash.Mix(uint64(e.lport)<<32 | uint64(e.rport)<<16 | uint64(e.state)<<8 | uint64(s))
	e.state = s
	e.CC.Established = s == StateEstablished || s == StateCloseWait
	e.CC.Touch()
}

// synchronized tells whether both sides have exchanged SYNs (RFC 9293 section 3.3.2).
func (s State) synchronized() bool { return s >= StateEstablished }

// open tells whether data may still arrive.
func (s State) receiving() bool {
	return s == StateEstablished || s == StateFinWait1 || s == StateFinWait2
}
