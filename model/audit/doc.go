// Package audit reads a trace of TCP and Multipath TCP packets and says what in it breaks the protocols. It is
// an independent checker: it shares only the codec and the key-derived values of package wire with the stacks
// of this repository, and it knows nothing of the hosts but the packets that pass.
//
// # Use
//
// An Auditor is one vantage point: what one host sends and receives on all its interfaces, or what passes one
// place in the network. Feed packets in the order of sight, as octets (Octets) or decoded (Segment), then call
// Finish. Each departure is a Finding with its severity, packet, connection, subflow, RFC section, and what was
// expected and seen; Connections sums up. A tap of a simulated host does
//
//	a := audit.New(audit.Options{Complete: true, LocalOnly: true, Report: func(f *audit.Finding) { ... }})
//	a.Segment(now, audit.Outbound, s) // or Inbound; at every packet of every interface of this host
//	a.Finish()
//
// With LocalOnly only the host itself is judged, by what it has received at the time. That holds whatever boxes
// are on the way, because a host has to be right towards what arrives. Without it the far end is judged too:
// then Behind tells what a box on the way may change. Two vantage points are two Auditors; the same packet seen at
// both ends is judged twice, by what was known at each.
//
// Payload comes as octets, or, in a simulated world, as stream and position: equal stream and position are equal
// octets, and nothing is produced to compare them. DSS checksums of such payload need Contents, which must keep
// released octets (wire.Contents.KeepReleased).
//
// # What a place allows to conclude
//
// The order of sight is the order of sending only for a sender that is at the vantage point (a packet labelled
// Outbound; without labels the side whose answers in the handshake come without delay). For other senders what
// must not go back (DATA_ACK, right edge, acknowledgment, timestamps) is held only between segments of one
// subflow whose order their numbers show. What depends on cause and effect (acknowledged before seen, data beyond
// the window, data before the fourth packet of a join) holds everywhere on a path, as an answer cannot pass
// before its cause.
//
// A trace may miss packets or whole paths. Unless Complete is set, findings of the kind "not seen before" wait
// until the end: if acknowledged sequence numbers were never seen, the trace has gaps, and a note says so in
// their place. What could not be checked for want of a handshake, keys or octets is listed per connection.
//
// # Sources
//
// RFC 8684 (MPTCP version 1), RFC 6824 (version 0), RFC 9293 (TCP), RFC 7323 (window scale, timestamps), RFC 2018
// and 2883 (SACK), RFC 7413 (Fast Open) and appendix B of RFC 8684.
//
// # Limits
//
// One flow a 4-tuple and handshake. Fragments, IPv6 extension headers and IP tunnels are passed over. Content is
// held for the last HoldOctets of each direction; older retransmissions are not compared. Policy (schedulers,
// path managers, timers, congestion control) is not judged. A connection whose handshake is not in
// the trace is read as version 1 until an ADD_ADDR shows that it is not.
//
// # Validation
//
// Traces made by hand, each broken in one place, must give exactly the finding for that place; the captures of all
// shipped scenarios and traces in the manner of other stacks must give none; arbitrary packets must not panic.
package audit
