package spec

import "mpsim/sim/unit"

// Queue is the limit of a queue, the packet in service included: one of the two, or zero for none.
type Queue struct {
	Bytes      unit.Bytes
	Packets    unit.Packets
	Discipline *Discipline // what happens before the limit is reached; nil: nothing (drop-tail)

	time unit.Duration // while reading: what the rate serves in this time
	bdp  int64         // while reading: billionths of rate x (delay there and back)
}

// Discipline is what a queue does before its limit is reached. Fields that do not belong to Kind are zero.
type Discipline struct {
	Kind string // one of Disciplines
	ECN  bool   // red, codel, fq-codel, pie: mark packets of ECN-capable transports instead of dropping them

	RandomEarly unit.Packets // drop-tail: the last packets of the limit, where drops are random; 0: none

	Mark   Queue // ecn-threshold: a packet that finds more than this waiting is marked
	Strict bool  // ecn-threshold: a packet that cannot be marked is dropped there

	Min, Max       Queue      // red: of the average queue
	MaxProbability unit.Ratio // red: at Max
	Weight         int        // red: the average's weight is 2^-Weight
	MeanPacket     unit.Bytes // red: for the decay while idle
	Gentle         bool       // red: from Max to twice Max the probability grows to 1

	Target      unit.Duration // codel, fq-codel, pie: queueing delay
	Interval    unit.Duration // codel, fq-codel
	CEThreshold unit.Duration // codel, fq-codel: queueing delay from which on all are marked; 0: none
	Flows       int           // fq-codel: number of queues
	Quantum     unit.Bytes    // fq-codel: of the round robin
	Update      unit.Duration // pie: between computations of the probability
	MaxBurst    unit.Duration // pie: let through after idling
	Alpha, Beta unit.Ratio    // pie: weights of the delay and of its change, per second of either; may be above 1
}

// Disciplines are the names of queue disciplines.
var Disciplines = []string{DropTail, ECNThreshold, RED, CoDel, FQCoDel, PIE}

// Names of queue disciplines.
const (
	DropTail     = "drop-tail"
	ECNThreshold = "ecn-threshold"
	RED          = "red"
	CoDel        = "codel"
	FQCoDel      = "fq-codel"
	PIE          = "pie"
)
