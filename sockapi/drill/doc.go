// Package drill runs scripts of the packetdrill language (package pkt) against this project's stacks.
//
// A script is the peer, the application and the observer of one host under test: it injects packets at
// given times, makes system calls, and says which packets have to leave when, which results calls have, and
// what tcp_info holds. Each script has a world of its own in virtual time: a host with its TCP and MPTCP
// stacks and the sockets of package sockapi over them, and a wire that ends in the script.
//
// # How packets are matched
//
// What the host sends is kept with its time, in order. A line of the script takes the oldest packet; of
// several that left in the same instant it takes the first that belongs to the subflow it names. Sequence
// numbers are relative to the initial ones, except those of SYNs, whose numbers the script chooses;
// timestamps are those of the script, mapped at first sight; data sequence numbers count from the key's
// IDSN; keys, addresses, nonces, tokens and HMACs are variables bound at first sight and checked from then
// on.
//
// Linux hands packets of many segments to the device. Where a line expects more octets than a segment holds,
// the segments that left in the same instant, contiguous and alike, are taken together.
//
// # Sources
//
// The packetdrill paper (Cardwell et al., USENIX ATC 2013); the grammar of google/packetdrill and
// multipath-tcp/packetdrill; packet(7), tcp(7), socket(7); Linux 6.18 for results of calls.
//
// # Limits
//
// The order of TCP options and their padding are not compared, as the segments of this project do not hold
// them. No UDP, encapsulation, MD5, AccECN, urgent data or timestamping notifications; such a script is
// refused with the place. Shell lines are a fixed set of commands, never a shell.
//
// Validated by the scripts in testdata, each of which has to pass, and by scripts that have to fail with the
// message given.
package drill
