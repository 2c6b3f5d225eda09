// Package parallel runs the parts of a world that has been cut (sim.World.NewPart) side by side on several
// processors, with the digest of the uncut world. It is the only package of the simulated world that
// knows threads: models post messages into a Ring and take them out, and never see an atomic variable.
//
// # Method
//
// Conservative execution with asynchronous clocks (Chandy and Misra, "Distributed simulation: a case study in
// design and verification of distributed programs", 1979; Bryant, 1977). A part may send another one a
// message no sooner than its lookahead after the event that sends it. Each part publishes a bound, the
// earliest time of any event that it may still handle: the lesser of its own next event and of what can still
// come in. A part handles events as long as they lie before every other part's bound plus the lookahead
// from there. There is no barrier and no window that all parts share: each may lead by a lookahead, so that
// short imbalances cancel. No message is ever taken back, and none comes late: the receiving part's
// queue panics if an event is armed in its past.
//
// When nothing happens for long, bounds would climb by one lookahead at a time. A part that has waited in
// vain therefore looks for a moment at which all parts waited and no message was under way (two scans of
// counters that change whenever a part stirs; as termination detection does, Mattern 1987). From then on no
// event can come before the earliest one pending anywhere, which is published as the floor of all bounds.
//
// # Order
//
// Events are ordered by time and rank within a part, and ranks are those of the uncut world. Two parts have
// no state in common, so that the order between their events does not matter, and what a part handles does
// not depend on how fast threads are. What concerns several parts (sim.World.Global) runs while all stand
// still.
//
// # Memory model
//
// A message, and everything written before it (routes, for instance), is published by the atomic store of its
// ring's tail, and the bound that lies behind it by a later atomic store. A reader loads the bound first and
// the tail second: if it sees a bound, it sees all messages sent before that bound was reached, because Go's
// atomic operations are sequentially consistent. Places of a ring are given back by an atomic store of its
// head. Everything else belongs to one part, and moves between threads only where goroutines start and end.
//
// # Limits
//
// Worlds whose parts are closer than some tens of events per lookahead run slower than on one processor.
// Threads are never more than processors (GOMAXPROCS): one thread serves several parts then, in turns. A
// thread that waits spins first, lets other goroutines run after some microseconds, and sleeps after some
// more. After Stop, other parts may have gone on for a lookahead or so; what they did by then depends on
// the machine.
//
// # Validation
//
// Random networks of components that exchange messages are compared with the uncut world, for several numbers
// of parts and processors, under the race detector; package link compares whole networks.
package parallel
