// Package abi has the C side of the socket options: levels, option numbers, and the structures that
// getsockopt(2) and setsockopt(2) exchange, as octets.
//
// Numbers and structures of the enhanced socket API are those of the kernel that its authors published with
// it (bhesmans/mptcp, include/uapi/linux/tcp.h, on Linux 4.14): mptcp_sub_status of 2 octets, mptcp_sub_ids
// of 2 and 2 for each subflow, mptcp_sub_tuple of 1 and two socket addresses (33 or 57 in all),
// mptcp_close_sub_id of 1, mptcp_sub_getsockopt and mptcp_sub_setsockopt of 32, laid out by GCC for 64-bit
// little-endian machines. The drafts (draft-hesmans-mptcp-socket-00 to -03) give structures without numbers.
// Two of theirs can be told from the kernel's by their lengths and are here, too: mptcp_close_sub_id with how
// (8 octets) and the mptcp_sub_tuple of -00 with prio (34 or 58). In that of -02 and -03 the fields if_idx
// and addrs share octets: it has no layout. The ordinary options, sockaddr_in, sockaddr_in6 and struct
// tcp_info are Linux's (tcp_info of 6.18: 280 octets; it only ever grew at its end, so that a shorter buffer
// gets an older version's).
//
// Those of SOL_MPTCP are Linux 6.18's (include/uapi/linux/mptcp.h), those of MPTCP_ENABLED and its relatives
// the out-of-tree kernel's (multipath-tcp/mptcp v0.95). RFC 6897 has neither numbers nor structures: see
// TCP_MULTIPATH_ENABLE.
//
// Pointers inside structures are addresses of a Memory, which stands for the application's own.
//
// Limits: one machine (64 bits, little-endian). Fields of tcp_info that the model does not have are 0.
//
// Validated by: golden octets, those of SOL_MPTCP as a running 6.18.44 kernel wrote them, the rest written down
// by hand from the field tables, sizes, properties (what was encoded
// decodes to the same), a decoder with a wrong layout that must fail on them, and a fuzz test of all
// decoders.
package abi
