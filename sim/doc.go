// Package sim is the world: virtual clock, pending events in a total order, soft timers, named random
// streams, processes that block in virtual time, and the digest of what happened.
package sim
