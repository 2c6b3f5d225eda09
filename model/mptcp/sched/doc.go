// Package sched has the packet schedulers of a Multipath TCP connection: which subflow carries the next
// segment.
//
// # What it is
//
// A Scheduler sees copies of a few numbers per subflow (View) and returns an index. It holds no reference
// to the connection, draws no random numbers and reads no clock: the same calls give the same picks. The
// connection asks at the moment when a subflow can transmit, so nothing is queued below the pick.
//
// # Sources
//
// RFC 8684 section 3.3.8 (no data on a backup subflow while a regular one is usable). minrtt is the
// default scheduler of the out-of-tree kernel (v0.9x, net/mptcp/mptcp_sched.c) and of the papers that used
// it (Raiciu et al., NSDI 2012; Paasch et al., "Experimental evaluation of multipath TCP schedulers", CSWS
// 2014, which also has the round robin). That a stale subflow is passed over is Linux 6.x's
// (stale_loss_cnt).
//
// # Decisions
//
// Subflows form four classes: regular, backup, stale regular, stale backup. Only the first class that has
// a usable member counts, whether or not that member has room: a full regular subflow makes the
// connection wait, it does not wake a backup. Within the class:
//
//   - minrtt takes the lowest SRTT among those with room. A subflow without a sample comes after all that
//     have one: nothing speaks for it yet, and it is measured as soon as it has to help out. Equal values:
//     lowest ID.
//   - roundrobin takes the next higher ID after the last one picked among those with room, one segment at
//     a time, and wraps around. A subflow without room loses its turn.
//
// A reinjection leaves out the subflow that already carries the octets unless it is the only usable one;
// the classes are formed from the others, so that a backup may carry it when the sole regular subflow is
// the doubtful one.
//
// # Limits
//
// Want.Unsent and Want.SendWindow are not looked at by these two: that data waits and that the peer's
// window allows it is the caller's precondition. No opportunistic retransmission and no penalisation
// (NSDI 2012), no BLEST, ECF, DAPS or redundant scheduler here.
//
// # Validation
//
// Tables, and properties over random views: an index with room and of the best class, minrtt invariant under
// permutation of the views, round robin fair to within one turn; no allocation.
package sched
