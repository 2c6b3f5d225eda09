// Package policy says what a connection is for instead of which subflows it is to have: service types,
// properties and intents of other systems, brought about by the options and events of a socket.
//
// # What it is
//
// Apply makes an Agent: a process beside the application's that hears the socket's events (Socket.Watch)
// and lists, opens, ranks and closes its subflows (SubIDs, SubTuple, OpenSub, SubPrio, CloseSub, SubInfo,
// SetSubOption). A Policy only says how many paths are to be used (Agent.Aim), in an order of preference;
// what an application could do itself, it does, so that a policy and control by hand can be compared.
// Agent.Decisions is what was done and why.
//
// The host's own path manager should be none.
//
// # Policies and their rules
//
//   - Handover, Interactive, Aggregate: the service types of Apple's systems, which RFC 9622 section 8.1.7
//     has as well. Thresholds: MaxRTO, 1 s, from SMAPP (Hesmans et al., CoNEXT 2015); MaxRTT, 250 ms, from
//     the "Multipath TCP" book (UCLouvain). RFC 9622 and Apple leave them to the implementation.
//   - Properties: multipath Disabled, Active or Passive, multipathPolicy and advertisesAltaddr of RFC 9622
//     sections 6.2.14, 6.2.15 and 8.1.7.
//   - Intents: category, file size, duration, bit rate, burstiness, timeliness and resilience of Socket
//     Intents (CoNEXT 2013; level SOL_INTENTS of libmuacc). The mapping to paths, Intents.Policy, is ours,
//     and so is SmallTransfer.
//   - Primary: primary address, path.max.retrans and heartbeats on demand of SCTP (RFC 9260 sections 8.2
//     and 8.3, RFC 6458 sections 8.1.9 and 8.1.12).
//
// Common to all: a path has failed when its subflow ends without this end wanting it, when it cannot be
// opened, or by the policy's rule. It is then left alone for a while (Aim.Retry, ResetRetry, DefaultRetry),
// longer with each failure in a row, so that nothing is retried in a loop. The address's coming up clears
// that. A subflow is closed only when another one carries data: by RST if its path has failed, else by FIN.
//
// # Limits
//
// On hosts with the API of the drafts' kernel (sockapi.APILinuxFork) there are no priorities: paths that
// stand by carry data. With that of upstream Linux, which cannot open subflows, an agent ends at once. Only
// the peer's first address is used. A path is a local address with one subflow that the agent opens; those
// that the peer opens count for the path of their local address. Interactive looks at the subflow's
// smoothed round-trip time and retransmissions, since the socket does not tell more; Apple's rules for the
// quality of a radio link are not known. Cost is a flag, not a price. Intents change neither congestion
// control nor the scheduler.
//
// # Validation
//
// Small worlds with two paths that fail, lose or are slow: which path carries octets when, and the log of
// decisions.
package policy
