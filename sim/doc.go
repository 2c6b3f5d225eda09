// Package sim is the world in which models run: virtual clock, pending events in a total order, soft
// timers, named random streams, processes that block in virtual time, and the digest of what happened.
//
// # Order
//
// An event belongs to a component and has a rank, (component, number of the event within it), given
// once and never again. Events are handled by (time, rank), so their order depends neither on the
// order in which they were armed nor on how they are stored. (Shadow orders its events so.) Two events
// that compare equal cannot exist; the queue panics should it meet some. Consequences:
//
//   - Re-arming an event does not change its rank: a Timer that finds its deadline moved and arms
//     itself again meets ties as if it had been armed for the true deadline at once.
//   - Calls of one component for one time run in the order in which they were made; of several
//     components, in the order in which the components were made.
//   - What concerns the whole world (Global) runs before all other events of its time, in the order of the
//     calls, behind processes that were woken.
//   - Processes woken by Notify, Go, Interrupt or Kill resume one an event in the order in which they
//     were woken, after the current handler and before any other event of the same time. Processes
//     whose deadlines fall together order like other events, by component and age.
//
// ShakeTies permutes the ranks, for tests that look for models that depend on them.
//
// # The pending events
//
// A wheel of 4096 slots with a two-level bitmap holds the near ones as lists through 16-byte nodes; the
// slot being served is a sorted array; a binary heap holds those beyond the horizon and drops records
// of moved events lazily. The slot width follows the measured load (width.go), so that the same
// structure serves ten events and a million. Slots and widths never show in the order. Calendar queues
// (Brown, 1988) and timing wheels (Varghese and Lauck, 1987) are the ancestors. Handlers are called
// per kind with an index; nothing is allocated per event after warm-up.
//
// A big world opens several slots at once and lets the kinds that have a Toucher read ahead what these
// events will need (touch.go). Reads change nothing; order and results are the same.
//
// A handler may arm events for the current time. Run(until) never looks past the slot of until, so
// that whoever drives the world in pieces may arm events between them.
//
// # Determinism
//
// Time is counted in int64 nanoseconds (292 years). Nothing here reads a clock, starts a goroutine that
// runs beside another, or ranges over a map. Processes are iter.Pull coroutines: one has the thread at
// a time. Streams are PCG-DXSM generators (O'Neill, 2014; math/rand/v2) seeded by SHA-256 of seed and
// name; Bernoulli draws compare integers. The slot width is chosen by integer arithmetic on counts and
// virtual time.
//
// # Limits
//
//   - A world may be cut into parts (NewPart), each served by one thread. Nothing here knows threads; package
//     sim/parallel drives the parts so that the digest stays that of the uncut world.
//   - Disarming or moving an event walks its slot's list: cheap while slots hold few events, linear
//     under massive ties. Timer is made so that it is seldom needed.
//   - 256 kinds, 2^32 events made per component and at once.
//   - A world with processes must be closed, or their coroutines stay in memory. A body that swallows the
//     panic that unwinds it (a recover without looking at the value) and goes on blocking hangs Close.
//   - Hash detects differences; it does not resist an adversary.
//
// # Validation
//
// A property test runs random worlds beside a plain sorted list and compares every event handled: arming
// earlier and later, ties, far futures, recycled events, width changes at random, Run in pieces; it
// checks the structure's invariants after each piece. Digest and stream values are pinned to numbers
// computed independently from the definitions. Allocation tests cover events, timers and process
// switches.
package sim
