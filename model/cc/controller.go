package cc

import (
	"mpsim/sim"
	"mpsim/sim/unit"
)

// InfiniteSsthresh is the Ssthresh of a flow that has not lost anything yet, octets (RFC 5681 section 3.1:
// arbitrarily high).
const InfiniteSsthresh int64 = 1 << 62

// Flow is what congestion control knows of one subflow and what it decides for it, as plain
// numbers. The TCP endpoint embeds one by value and keeps the measured fields; a Controller writes only
// Cwnd and Ssthresh. All windows are octets.
type Flow struct {
	Cwnd, Ssthresh int64
	MSS            int64         // payload octets of a full segment
	InFlight       int64         // RFC 6675 pipe, octets, before the ACK being processed
	FlightSize     int64         // RFC 5681, octets, for OnLoss and OnRTO; 0: not kept
	InitialCwnd    int64         // initial window, for the restart after idle; 0: that of RFC 6928
	SRTT, MinRTT   unit.Duration // 0: no sample yet
	LastRTT        unit.Duration // newest sample, 0: this ACK gave none
	Paced          bool          // segments are spread over the round trip
	CwndLimited    bool          // the window, not the application or the peer, limited the last flight
	InRecovery     bool          // between loss detection and recovery point: PRR owns the sending rate
	Echo           bool          // OnLoss is about an ECN echo
	Established    bool          // may carry data; others do not count in a coupled sum
	Group          *Group        // the connection's subflows, itself included; nil for a plain TCP flow
	Index          int           // place in Group.Flows

	// Of pauses.
	StartedAt sim.Time      // when something was last sent with nothing in flight
	Pause     unit.Duration // how long nothing had been sent before that
	RTO       unit.Duration // retransmission timeout, for OnIdle
}

// Controller is one subflow's congestion control.
type Controller interface {
	// Name is the name used in scenarios and traces.
	Name() string
	// OnAck is called for each ACK that newly acknowledges (cumulatively or by SACK) acked octets
	// while not in recovery. It may grow Cwnd.
	OnAck(now sim.Time, f *Flow, acked int64)
	// OnLoss is called once on entering fast recovery (also for an ECN echo); it must return the
	// new Ssthresh (octets, at least 2 MSS). PRR brings Cwnd there.
	OnLoss(now sim.Time, f *Flow) int64
	// OnRTO is called when the retransmission timer expires for the first time for this flight; it returns
	// the new Ssthresh; the endpoint sets Cwnd to 1 MSS itself.
	OnRTO(now sim.Time, f *Flow) int64
	// OnRecovered is called when recovery has ended and Cwnd is Ssthresh.
	OnRecovered(now sim.Time, f *Flow)
	// OnUndo is called when the last loss turned out spurious; Cwnd/Ssthresh have been restored.
	OnUndo(now sim.Time, f *Flow)
	// OnIdle is called before sending after an idle period longer than one RTO (RFC 9293 / RFC 5681 section
	// 4.1 restart).
	OnIdle(now sim.Time, f *Flow)
}
