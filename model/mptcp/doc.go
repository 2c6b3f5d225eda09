// Package mptcp is Multipath TCP, versions 1 and 0: a connection over one or more TCP subflows.
//
// # What it is
//
// A Stack belongs to a host and sits on its tcp.Stack; Dial and Listen give Conns, which have the same
// stream-socket methods as tcp.Stream. A Conn owns the tcp.Endpoints of its subflows (tcp.Owner): it adds
// and reads the MPTCP options of every segment, decides at the moment when an endpoint can transmit which
// subflow takes the next octets (package sched), reassembles what the subflows deliver, shares one receive
// window between them, and lets a path manager (package pm) open and close subflows. One file has one
// mechanism, named as RFC 8684 names it.
//
// # Sources
//
// RFC 8684 is the protocol, RFC 6824 its version 0: MP_CAPABLE with keys and data (section 3.1), MP_JOIN
// (3.2), DSS, DATA_ACK and DATA_FIN (3.3), ADD_ADDR and REMOVE_ADDR (3.4), MP_PRIO (3.3.8), MP_FASTCLOSE on
// RST (3.5), MP_TCPRST (3.6), fallback (3.7), TCP Fast Open (appendix B), the closing states of appendix D.
// Where the RFC leaves a choice, the profile "linux" does what the upstream kernel 6.18 does (net/mptcp,
// Documentation/networking/mptcp-sysctl.rst). The profile "linux-mptcp" has the defaults of the out-of-tree
// kernel v0.9x that the papers used, which spoke version 0 (net/mptcp/mptcp_ctrl.c of its repository).
// Reinjection at a subflow's first timeout is that of the out-of-tree kernel v0.9x; opportunistic
// retransmission and penalisation are those of Raiciu et al., "How hard can it be?", NSDI 2012.
//
// # Decisions
//
//   - A mapping is one Send of an endpoint: the segments that TCP cuts it into all carry it, also when
//     sent again. The first mapping of the opener is one segment, so that MP_CAPABLE with data is on
//     one segment.
//   - MP_CAPABLE stays on that segment until a DATA_ACK has come. An acceptor that gets a later segment
//     with DSS first drops it: the segment with the keys will come again.
//   - A host speaks the set Config.Versions. The opener offers the highest, or Config.Offer; the
//     acceptor answers with the highest that is not above, and takes a SYN above version 1 for one of
//     version 1. An opener that is answered without MP_CAPABLE goes on as TCP, or with RetryOlder
//     resets and tries the next older version. In version 0 an acceptor takes data with DSS for the
//     third packet, since it knows both keys; without option in it the connection is TCP.
//   - After Config.SYNsCapable SYNs without answer the SYN has no option any more. If that one is
//     answered, later connections do without, for Config.BlackHole, doubled up to 64 times: all of the
//     host's in the profile linux, those to that peer in the profile rfc.
//   - A SYN of the peer that crosses ours on the first subflow makes the connection TCP, as in Linux.
//   - A stateless listener (Config.Stateless) answers from SYN cookies with one of four verifiable
//     keys. Of the SYN it keeps nothing, and it sends its SYN/ACK once. Without keys in what proves the
//     cookie it goes on as TCP, or waits for the keys if it speaks version 1 only.
//   - A join is refused with reason 0x01 if its token is unknown or its connection not established yet or
//     over, 0x02 beyond the limit (0x03 in the profile linux), 0x03 towards the address and port that
//     our C flag has closed.
//   - Data on a SYN (appendix B) needs version 1. A cookie that leaves no room for MP_CAPABLE on the
//     SYN/ACK displaces timestamps in the profile linux, and is cut to 6 octets else.
//   - DSNs have 8 octets, DATA_ACKs 4 until the peer has used 8-octet DSNs. A DATA_ACK is on every
//     segment except ADD_ADDR's own ACKs and full segments that were cut before DATA_ACKs became
//     longer. With DataPolicy.ShortDSN DSNs have 4 octets until the subflows could send 2^31 octets
//     within an MSL, with SparseDSS a segment leaves out what the last one said.
//   - A mapping that contradicts a known one resets its subflow with reason 0x01; one that does not
//     touch its own segment is not taken. A segment whose octets lie beyond the window, or before the
//     first octet of the stream, is dropped whole: its subflow does not acknowledge it. So is, in the
//     profile rfc, one that fails the test of section 3.3.4, unless its octets are next on the subflow
//     or were received before: a reinjection may be so.
//   - Octets with a mapping pass those of the same subflow that have none. A DATA_FIN under a checksum
//     counts when that is known to be right.
//   - In the profile rfc acknowledged octets count in the send buffer until each subflow that carries
//     them has brought them. After 15 data-level timeouts in a row the connection fails.
//   - Data goes out again on another subflow at the first retransmission timeout of the one that carries
//     it, when that one closes, and when its interface goes down; once for each subflow that carries it.
//   - From its first retransmission timeout until an acknowledgement comes, a subflow gets new data
//     only if there is no other, not even a backup (out-of-tree kernel v0.9x; Config.PotentiallyFailed).
//   - When the application has closed and all data was sent, a subflow with room sends again what another
//     one would bring later (Config.Tail, on in both profiles; the upstream kernel's scheduler needs no
//     such thing).
//   - A subflow is used as backup if either end asked for it, unless PathPolicy says that requests are
//     ignored or bind the peer only.
//   - Subflows are closed by FIN once both DATA_FINs are acknowledged. Those that have not finished after
//     Config.CloseTimeout are reset with reason 0x04.
//   - REMOVE_ADDR closes the peer's subflows at once in the profile linux. In the profile rfc up to
//     three keepalives go out first, one RTO apart; what answers stays and gets no successor. A segment
//     that was on its way when the probe left is no answer.
//   - Of one ADD_ADDR at a time an echo is awaited. Signals make no more than two pure ACKs in a row on a
//     subflow; a pause of an RTO ends the row, since on an idle subflow nothing else would.
//   - An ADD_ADDR that comes again is echoed again and invites another attempt if the one before failed.
//     Joins to announced addresses that have failed or are under way are bounded in a connection
//     (JoinLimit).
//   - In the profile rfc MP_TCPRST is heeded: after T=0 the pair of addresses is not tried again until
//     the local interface has been down, after T=1 it is, up to three times, after 1 s (reasons 0x00
//     and 0x04), 5 s (0x01, 0x05), 10 s (0x02), 30 s (0x06) or 60 s (0x03), doubled each time. Codes
//     that are unknown count as 0x00. The profile linux sends the option and does not look at the
//     peer's.
//   - A join waits for the first DSS and, in the profile rfc, a random time below 10 ms unless the peer
//     named a port; JoinPerWindow and JoinAfter make it wait for traffic, too. The profile linux takes
//     joins at ports with a listener or an announcement only, and refuses others by a RST without option.
//   - Joins that cross on one 4-tuple become one subflow by TCP's simultaneous open (joincross.go).
//   - A withdrawal that found no subflow to travel on is dropped when the address comes up again.
//   - Fallback needs a subflow that is alone and on which everything unacknowledged lies in one line
//     (line.go): stream position less subflow offset is then a constant in each direction, also after
//     other subflows have come and gone. Anything else is a RST of the subflow, and the connection goes
//     on over others or waits for a join.
//   - A wrong DSS checksum on the only straight subflow is answered by MP_FAIL on ACKs, one RTO apart
//     and doubled, for 120 s; the octets wait. The peer's MP_FAIL or infinite mapping ends the wait.
//     The profile linux falls back silently on the very first mapping. Beside other subflows: RST with
//     MP_FAIL.
//   - An end that has only seen MP_CAPABLE with data, and then octets without mapping, asks with
//     MP_FAIL, too: the peer may have seen its DATA_ACKs. A peer that sends no option at all is taken
//     for plain TCP after four tries.
//   - A confirmed subflow that is alone and whose ACKs have stopped carrying options at all belongs to
//     a peer that has fallen back: at the data-level timeout this end does, too, instead of sending
//     octets again.
//   - Octets without mapping reset their subflow at once in the profile linux, after a window of them
//     else.
//   - MP_FASTCLOSE goes out on RSTs in the profile linux, on an ACK in the others, with three
//     repetitions. Closing with data unread is such a close.
//
// # Control
//
// What applications, daemons and scripts do to a connection's subflows (draft-hesmans-mptcp-socket-03; the
// netlink families of both kernels; RFC 6897) is in control.go, addressid.go, locals.go and factories.go,
// what they are told in connevent.go and cause.go. Decisions:
//
//   - The calls take effect before they return. They belong in a process, an event of its own or a path
//     manager's Handle, never in a callback of the transport.
//   - Path indices 1..31 are those of the out-of-tree kernel: a cursor that wraps, past what is in use
//     (pathindex.go). A subflow that finds none free, opened by the peer or a path manager, has 0. An index
//     is free again once its subflow is closed or in TIME-WAIT.
//   - OpenSubflow needs a DSS of the peer (section 3.1), and does not wait as path managers' joins do: no
//     random delay, no rule of traffic. The limits are 31 indices and Config.MaxSubflows. A local port
//     conflicts with the same four-tuple only.
//   - CloseSubflow has what the subflow carries go out on others at once, in each of its ways; closing for
//     reading does nothing, as TCP in Linux. After CloseBoth data of the peer draws a RST. CloseSilent is
//     what the socket API's kernel fork did: the peer keeps a subflow that draws a RST when it sends.
//   - Closing the last subflow leaves a connection that waits Config.CloseTimeout (PathPolicy.BreakTimeout)
//     for another one, which either end may open.
//   - Address IDs given from outside stick to their address until it is withdrawn; an ID that the peer may
//     know as another address's is refused.
//   - Addresses that the application has not allowed (RestrictLocals) are invisible to path managers,
//     refused to OpenSubflow, and joins to them are refused with reason 0x03. Subflows that exist stay.
//   - Events are told where they happen. EventClosed comes with the exchange of DATA_FINs, before the
//     subflows end.
//   - A subflow has failed at the timeout after SetSubflowRetries retransmissions in a row; a user timeout
//     of its endpoint goes before that, also for keepalives. Options of one endpoint (user timeout,
//     keepalive, TOS, TTL, MSS, congestion control) hold for that subflow until something sets them for the
//     whole connection.
//   - With Config.PotentiallyFailed off, losses of subflows are judged as in the upstream kernel
//     (losscount.go).
//
// # Limits
//
// The crypto algorithms are those of the versions; flag B and the unassigned flags are never set.
// Addresses are the only key of what is remembered of peers, not interfaces. After a RST with MP_FAIL
// the new subflow in single-path mode (section 3.7, MAY; DataPolicy.RejoinAfterFail) needs a peer that
// has nothing of its own outstanding. No limit of joins by sender, no learning of bad interfaces. An
// ICMP error comes only from the test or the application (Conn.SubflowUnreachable): links tell of none.
// The application's bytes (Conn.Write) are kept until the end of the run.
//
// Differences of the profile linux from captures of Linux 6.18 (cmd/mpsim/testdata/kernel): there the first
// write of the opener is one mapping, with MP_CAPABLE on its first two segments; a lone DATA_FIN of an end
// that has sent data comes three times within two jiffies, then at the intervals used here; a join beyond
// the limit gets a SYN/ACK, and the RST after its third packet; REMOVE_ADDR ends the subflow by FIN from
// both ends, not by RST (PathPolicy.RemoveByFIN does so); an ACK follows the FIN of a subflow that
// acknowledged a DATA_FIN.
//
// # Validation
//
// Scripts of both handshakes and of every option, byte-identical streams under loss, reordering, random
// closes and subflows killed at random (property tests, two to four paths), the aggregation settings of the
// kernel's simult_flows self-test, the read gap when one of two paths goes silent, the fallback matrix, and
// the measured behaviour of Linux 6.18 on 8 Mbit/s paths of 20 and 80 ms. Traces of interactions with a
// peer whose every segment is written by the test (testdata/states), numbers around wraps, and a fuzz
// target that puts arbitrary segments before both ends of a connection in every state. Of the control
// calls: tables of every error and cause, and random opening, closing and prioritising from both ends over
// bad paths, with a model of the index rule beside it (controlproperty_test.go).
package mptcp
