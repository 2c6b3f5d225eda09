package pm

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// What a connection offers managers beyond Conn: the managers of this package need none of it, those that
// users write do. A Conn that has them implements these interfaces.

// Timers wakes a manager later. TimerDue with Event.Timer = timer follows once d has passed, unless the connection
// is over by then. Several timers may run at a time, also with one number. A negative d counts as 0.
type Timers interface {
	After(d unit.Duration, timer uint32)
}

// Measurement is what the host has measured of one of its subflows. Octets and nanoseconds; 0: no sample yet.
type Measurement struct {
	SRTT, RTTVar, MinRTT, RTO unit.Duration
	Backoff                   int   // times the RTO has been doubled since the last progress
	Cwnd, Ssthresh, InFlight  int64 // octets
	Sent, Acked, Resent       int64 // octets of payload since the subflow was opened; Sent includes Resent
	PacingRate                int64 // octets a second, as Linux computes it for TCP_INFO; 0: without an SRTT
	Stale                     bool  // several RTOs in a row, or its interface is down
}

// Measurer measures. It returns false for a subflow that is gone.
type Measurer interface {
	Measure(id uint32) (Measurement, bool)
}

// TimeoutWatcher is a Manager that is told of each retransmission timeout of an established subflow, not only when
// it is stale, if WatchesTimeouts says so: SubflowTimeout follows, and Measure gives the RTO as it is then.
type TimeoutWatcher interface {
	Manager
	WatchesTimeouts() bool
}

// FallbackWatcher is a Manager that is told when its connection goes on as plain TCP (RFC 8684 section 3.7): the last
// that it hears. It is called in the midst of the connection's work, so it may take note but not act.
type FallbackWatcher interface {
	Manager
	FellBack(now sim.Time, c Conn, reason string)
}
