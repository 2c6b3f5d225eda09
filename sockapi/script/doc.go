// Package script runs Starlark programs (go.starlark.net) against the socket API, in virtual time: a script is an
// application of one host, written as blocking code. Compile reads it, Program.Start runs its main().
//
// Limits bounds what a script may use, in numbers that are the same on every machine.
//
// # Plug-ins
//
// A script may also be a part of the stack: a packet scheduler (Scheduler), a path manager (Manager) or a congestion
// controller (Controller). The stack calls its functions within an event, so a plug-in cannot block: it has no
// sockets and no sleep, but now, log, rand and its args. What lives from call to call is kept in dicts, one
// for each connection, subflow or flow; its module is frozen. A factory belongs to one host. Values that a
// call hands over (lists of subflows, what is wanted, events) are good during that call only.
//
// A path manager's events and actions are those of package pm, with timers, retransmission timeouts and measurements
// in addition; a controller's those of package cc, without the counts of ECN marks that DCTCP needs, and without
// pacing rates. Windows are integer octets.
//
// An error in a call is reported once for a connection (flow), with its place and the virtual time; the
// connection then goes on with minrtt, without further actions of a path manager, or with NewReno. One call may take
// 100,000 steps, and the dicts of one connection may hold 262,144 parts.
//
// Validated against the parts in Go: minrtt, round robin, NewReno and the full mesh written as scripts pick, grow and
// act as those do over random calls, and whole runs have the same digest.
package script
