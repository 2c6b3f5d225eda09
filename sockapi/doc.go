// Package sockapi is the socket API that simulated applications program against.
//
// An application is ordinary blocking code in a process of virtual time (sim.Proc): it dials or accepts,
// reads, writes, shuts down and closes as on a real host, and the world goes on meanwhile. The same Conn
// serves plain TCP (model/tcp) and Multipath TCP (model/mptcp).
//
// Calls mirror POSIX sockets: Read returns what is there and blocks only for the first octet; Write blocks
// until all is in the send buffer; a deadline in the past fails at once, even when the call could go on (as
// in Go's package net, unlike SO_RCVTIMEO); what arrived is read before an error is told; errors carry an
// Errno with the meaning of errno(3). Transmit and Consume are the counterparts of sendfile(2) and splice(2):
// they move generated content, or whatever arrives, without waking the process for every segment.
//
// Socket is the same from socket(2) to close(2): non-blocking calls, options (Option), events for poll(2),
// Fast Open, with the errors that Linux gives. Package drill puts file descriptors over it.
//
// SubIDs, SubTuple, OpenSub, CloseSub, SubOption, SetSubOption and their like are the enhanced socket API of
// Hesmans and Bonaventure (ANRW 2016, draft-hesmans-mptcp-socket-00 to -03): an application steers the
// subflows of its connection. GetSockOpt and SetSockOpt take the same as octets, with the numbers and
// structures of package abi. Where the drafts and the kernel that their authors published (bhesmans/mptcp)
// differ, Host.SetAPI chooses. Options of a Multipath TCP socket reach all its subflows, those opened later
// included, as in upstream Linux (subinherit.go).
//
// Subscribe, RecvEvent and Watch are its events, of which the drafts say neither how they are read nor
// what happens when nobody reads: here they queue on the socket in the order in which they happened, with
// time and number, poll tells of them by PollPri, and a full queue says in place of what it lost how many
// that were. Nothing is made for a socket that nobody subscribes to. PollAll is poll(2); SetTimeouts is
// SO_RCVTIMEO and SO_SNDTIMEO. Blocking takes no memory, and 120 to 150 ns of its own
// (docs/performance.md).
//
// Its neighbours are here, too, typed and as octets, each where the host's API has it (neighbours.go): RFC
// 6897's basic API (MultipathAdd ..), the options of upstream Linux at level SOL_MPTCP (MPTCPInfo ..) with its
// policy of what setsockopt may change, and those of the out-of-tree kernel (SetMPTCPScheduler ..).
//
// Flow is for workloads of very many connections: no process waits on one, callbacks run inside the
// transport's processing, and controller, subflows and buffers are its own.
//
// The payload is real: Read fills the caller's buffer with the octets of the peer's stream, and Consume
// passes extents whose octets are a function of (stream, position), so a receiver can check them all (Checker
// does).
//
// Limits: PollAll looks at every item each time it wakes, as poll(2), not epoll(7). A socket that another
// process closes wakes those that poll it, unlike on Linux. Octets given to Write are kept until the world
// ends: bulk workloads use Transmit. A listener's queue has no bound, and no socket waits in TIME-WAIT for
// its port. TCP_DEFER_ACCEPT has no effect; there is no urgent data. An option of one subflow that the
// connection decides about (TCP_NODELAY, TCP_NOTSENT_LOWAT) is kept and read back, without effect.
// TCP_INFO has neither delivery rate nor accurate ECN. Bind does not look
// whether its port is in use: Listen and Connect give EADDRINUSE, where Linux gives it at bind(2) unless both
// sockets have SO_REUSEADDR. All ports below 1024 are closed to OpenSub, as if
// no application had the privilege; Bind takes them. MPTCP_INFO has no count of full-mesh endpoints, which
// newer kernels tell; a negative length is EINVAL for every option, where Linux takes it for a large one
// at level SOL_MPTCP. The out-of-tree kernel counts segments of the connection (unacked, total_retrans);
// here they are octets divided by a full segment.
//
// Validated by: every call on a small world over TCP, MPTCP and the fallback between them: ends of stream,
// resets, timeouts, deadlines, and calls that another process ends. The calls about subflows: a table of each
// call in each situation in both profiles, octets against the C structures, segments on the wire, and a soak
// of commands at random. SOL_MPTCP and the policy: against what a running 6.18.44 kernel answered to the same
// calls; counts and sequence numbers against a capture.
package sockapi
