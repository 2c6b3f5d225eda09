// Package tcp is one host's TCP. An Endpoint is one end of one connection: for plain TCP below a Stream, for
// Multipath TCP one subflow below a connection of package mptcp. What stands above it is its Owner.
//
// # How to read it
//
// A file holds one mechanism. The way of a segment: stack.go receives and finds the endpoint (demux.go),
// receiver.go checks it (paws.go, reset.go), hands its acknowledgement to sender.go (sack.go, rack.go,
// newreno.go, recovery.go, prr.go, undo.go, rto.go) and its payload to the owner (reassembly.go), and
// output.go's settle lets the owner send and sends the ACK that is still owed (delack.go). recovery.go
// has the state machine of loss recovery, timers.go the endpoint's deadlines.
//
// The order of an arriving segment's effects is fixed: checks, Owner.Incoming, acknowledgement,
// Owner.PeerWindow, payload through Owner.Deliver, FIN, decision about the ACK, Owner.Ready, pure ACK
// if no data carried it. The state is consistent at each callback; an owner may send, close and abort
// from all of them.
//
// # Sources
//
// RFC 9293 (TCP), RFC 5961 (challenge ACKs), RFC 6528 (initial sequence numbers; here drawn from a named
// stream), RFC 7323 (window scale, timestamps, PAWS), RFC 2018, 2883 and 6675 (SACK, DSACK, pipe), RFC 6298
// (retransmission timer), RFC 8985 (RACK-TLP), RFC 9937 (PRR), RFC 5681 and 6582 (NewReno), RFC 3042
// (limited transmit), RFC 6928 (initial window), RFC 3522, 4015 and 3708 (spurious retransmissions), RFC
// 3168 (ECN), RFC 8257 (DCTCP: exact echoes, ECT on SYNs; on retransmissions and pure ACKs, too, as Linux),
// RFC 6691 (options and MSS), RFC 5482 (user timeout, local), RFC 1337 and 6191 (TIME-WAIT), RFC 7413 (Fast
// Open). Where they leave a choice the profile decides: "linux" has the values and habits of Linux 6.18,
// "rfc" what the RFCs recommend; profile.go names the source of each value. Congestion control is package
// cc's.
//
// # Limits
//
// Not modelled: urgent data (the pointer is carried by package wire, nothing acts on it), ICMP from
// simulated routers (ReceiveICMP is for scripts), TCP-AO and MD5, limits of the accept queue, the user
// timeout option, F-RTO (RFC 5682: spurious timeouts are seen by timestamps or DSACK only), congestion window validation beyond "was the window used" (RFC 7661), accurate
// ECN, MTU probing, metrics kept between connections but for Fast Open's cookies and MSS. A Fast Open
// client does not stop using cookies on a path that drops SYNs with data (RFC 7413 section 4.1.3.1 as Linux
// has it by default). Segments are sent again with the boundaries that they first had, also when the MSS
// has become smaller, unless ICMP says that they do not fit. Zero-window probes carry no data (as Linux's).
// Buffers count payload octets, no overhead of segments. TCP takes no processing time. Small
// queues bound the time that the interface takes to drain; Linux bounds the octets of each socket by its pacing
// rate, which adds up to about as much, and holds retransmissions back, too. A path is looked up
// once a connection, and again after a timeout where routers choose by flow label (RFC 6438; a receiver of
// data that comes twice does not change its label, as Linux does). An endpoint in TIME-WAIT keeps its whole
// record.
//
// # Determinism and cost
//
// Each stack keeps a running hash of its segments and state changes, component "tcp/" and the host's
// name. Random draws (sequence numbers, timestamp offsets, the first port) come from streams of the
// same name. No packet allocates once queues have grown to their size. Endpoints live in an Arena that
// any number of stacks shares.
//
// # Validation
//
// Public packetdrill scripts for Linux run through `mpsim drill`; packet scripts in testdata for each
// mechanism; properties over networks that lose, repeat and delay (every octet once and in order, both
// directions, all combinations of options, closing at any time); header prediction against the general
// path; segments fuzzed in every state (FuzzReceive); goodput of one flow against the closed form within 1
// % (throughput_test.go); DCTCP's queue and alpha against the analysis of Alizadeh et al. (2010), each echo
// against the marks that it stands for, and Reno behind every queue discipline.
package tcp
