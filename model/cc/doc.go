// Package cc has the congestion controllers: NewReno, CUBIC, DCTCP, and for several paths LIA, OLIA, BALIA,
// EWTCP and COUPLED.
//
// # What it is
//
// A Controller is a small state machine beside one Flow, the window variables of one subflow. The TCP
// endpoint measures (round trips, octets in flight, who limited the last flight) and detects losses; the
// controller says how Cwnd grows and where Ssthresh goes. Siblings of the same connection are
// reached as plain numbers through Flow.Group, so that a coupled controller needs no endpoint.
//
// # Sources
//
//   - NewReno: RFC 5681 (section 3.1), RFC 6582, appropriate byte counting of RFC 3465 with L = 2 in slow
//     start and L = 1 in the slow start after a timeout (its section 2.3).
//   - CUBIC: RFC 9438 with C = 0.4, beta = 0.7, fast convergence, the Reno-friendly region, K = 0 in the
//     first avoidance stage after a timeout or after a slow start that ended without loss.
//   - HyStart++: RFC 9406 with the constants it recommends (L = 8: no pacing assumed). CUBIC uses it in the
//     first slow start, as RFC 9438 section 4.10 advises; CubicConfig turns it off. NewReno and LIA
//     use the plain slow start.
//   - HyStart as in Linux (tcp_cubic.c, 6.18; Ha and Rhee, "Taming the elephants", Computer Networks 55,
//     2011): by the delay and by the length of ACK trains, in every slow start.
//   - CUBIC as Linux computes it (same file): whole segments, fixed point, jiffies of 1 ms. Endpoints of profile
//     "linux" take it; its slow start ends by HyStart and has no limit a single ACK.
//   - LIA: RFC 6356 sections 3 and 4. Slow start and the halving are those of one TCP.
//   - DCTCP: RFC 8257 sections 3.3 and 3.4, g = 1/16. What it does without marks is NewReno.
//   - OLIA: Khalili et al., CoNEXT 2012, and draft-khalili-mptcp-congestion-control-05. BALIA: Peng et al.,
//     IEEE/ACM ToN 2016, and draft-walid-mptcp-congestion-control-04. EWTCP and COUPLED: Wischik et al., NSDI
//     2011, section 2.
//   - Windows that were not used do not grow (RFC 7661 section 4.3, RFC 9438 section 5.8): OnAck grows
//     nothing unless Flow.CwndLimited. After an idle period of more than an RTO, the window restarts from
//     the initial window (RFC 5681 section 4.1) with ssthresh raised to 3/4 of the old window (RFC 7661
//     section 4.4), so that slow start quickly regains most of it.
//
// # Decisions
//
//   - All windows are octets and grow by octets. NewReno counts acknowledged octets up to a whole window,
//     then adds one MSS; CUBIC and LIA carry the fraction of an octet to the next ACK.
//   - FlightSize in "half of FlightSize" (RFC 5681 equation 4) is Flow.FlightSize, at most Cwnd, so that
//     limited transmit does not count. An endpoint that does not maintain it gives 0: then Cwnd stands for
//     it if the window limited the last flight, else Flow.InFlight.
//   - An ECN echo takes the same path as a loss (RFC 3168; RFC 9438 section 4.6 with beta = 0.7).
//   - LIA recomputes its alpha when the subflow's window enters another whole MSS, after one window of
//     acknowledged octets, or when a sibling lost, recovered or timed out: RFC 6356 section 4.1 asks for
//     no more than once per round trip or window change. A subflow in recovery enters all sums with its
//     ssthresh.
//   - A subflow without an RTT sample does not take part in the coupling; while no subflow has one, LIA is
//     NewReno.
//   - OLIA's largest windows are those with the most whole segments: windows in octets would never be equal.
//     Without an RTT sample, and alone, all of the coupled controllers are NewReno.
//   - EWTCP's a is 1/n^2, which gives each path 1/n of a TCP's rate, as the paper's results have it; its text
//     says 1/sqrt(n). COUPLED keeps two segments on a path, where the paper keeps one.
//   - DCTCP's answer to marks is not rounded to segments by the controller; the endpoint rounds.
//   - A HyStart++ round ends when the octets that were in flight at its start have been acknowledged; without
//     loss this is the moment when SND.UNA passes the recorded SND.NXT.
//
// # Determinism
//
// NewReno, DCTCP and Linux's CUBIC are integer. The others use IEEE double precision with +, -, * and / alone,
// each product that is added being rounded first; the cube root is Newton's iteration with a fixed number
// of steps. The bits are therefore the same on every architecture. No call allocates.
//
// # Limits
//
// No Limited Slow Start, no RFC 8511 (milder reduction for ECN), no pacing rates, no delay-based control
// besides HyStart. wVegas is not here. The endpoint owns the initial window (RFC 6928),
// PRR, the one-segment window after a timeout, and the detection of losses, spurious ones included.
//
// # Validation
//
// Closed forms (K and alpha of CUBIC, its window curve, alpha of LIA for the published checks, one MSS a
// round trip for NewReno), properties over random windows, and a small round driver: Reno's mean window
// under random loss against sqrt(2/p), COUPLED and OLIA leaving a worse path, CUBIC's against RFC 9438 section 5.1, LIA's equilibrium against its
// two goals of RFC 6356 section 2. The increases and decreases of the coupled controllers are compared with the
// papers' formulas, and EWTCP, LIA and BALIA on a triangle of links with their fluid equilibria. DCTCP's queue
// and alpha are tested with endpoints, in package tcp.
package cc
