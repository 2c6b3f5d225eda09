// Package torture runs seeded random worlds and watches them with checkers that do not trust the protocol
// code. A seed gives a scenario file (Generate): topology, link faults, timetables, profiles, schedulers,
// path managers, applications. Check runs any scenario file under the checkers, Campaign many seeds on
// several cores, Shrink makes a failing file small.
//
// # What is checked
//
//   - Streams: each octet that an application reads is the one that its peer wrote there, once and in order;
//     an end of stream comes after the last octet; every connection ends, well or with an error at both ends; an
//     error needs a cause in the file (a fault, a box, a call, a short timeout).
//   - Progress: an unfinished transfer whose links all work goes on within a bound; a world in which nothing
//     is pending while a transfer is unfinished is a deadlock; a world that never comes to rest a livelock.
//   - Packets: sent = delivered + dropped by cause + in the network, for each link, each interface, in all.
//   - Buffers: what a connection holds stays within the sizes that its host was given.
//   - The end: packets, endpoints, tokens, and pending events are all gone when a world has come to rest.
//   - Determinism: a sample of worlds runs twice and must have the same digest; in a sample the order of
//     simultaneous events is shaken, under which every checker must hold, too.
//
// # Sources
//
// The method is that of random testing with oracles and delta debugging (Zeller and Hildebrandt, "Simplifying
// and Isolating Failure-Inducing Input", IEEE TSE 2002). What must hold is RFC 8684 and RFC 9293.
//
// # Limits
//
// Worlds are small, so that many run: up to four paths, some hundred kilobytes a transfer. What only shows in
// long transfers at high rates is for the scenarios and benchmarks.
//
// # Validation
//
// Bugs planted on purpose in the protocol code are found (planted_test.go); the checkers have tests of their
// own against forged worlds.
package torture
