// Package pkt reads scripts in the packetdrill language into a syntax tree with positions.
//
// A script is a list of timed events: packets to inject and to expect, system calls with their results,
// commands and blocks of code. Parse reads a whole script before anything runs, so that a mistake is told
// with file, line and column and nothing has happened yet.
//
// The language is that of the grammar of google/packetdrill (parser.y, lexer.l; 2026) with the Multipath TCP
// options and endpoint variables of multipath-tcp/packetdrill (2021 and later). docs/drill.md describes it.
//
// Limits: encapsulations (IPv4 in IPv4, GRE, MPLS, PSP), UDP and ICMP packets and the TCP options MD5 and
// AccECN are not modelled by the stacks and are refused with their position.
//
// Validated by: tables of good and bad scripts, and a fuzz target (no panic, every mistake is told with a
// place inside the text).
package pkt
