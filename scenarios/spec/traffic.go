package spec

import "mpsim/sim/unit"

// Traffic is many flows of one sort between the hosts of a matrix. Fields that do not belong to Matrix or
// Kind are zero.
type Traffic struct {
	Name   string
	Matrix string    // one of Matrices: who sends to whom
	Hosts  Selection // who takes part; of sparse, hot-spot, incast ... those it chooses from

	Stride       int        // stride: destination i+Stride
	EdgeShare    unit.Ratio // staggered: destination at the same edge switch
	PodShare     unit.Ratio // staggered: in the same pod, but at another edge switch
	Destinations int        // one-to-many
	Group        int        // many-to-many: hosts that send to each other
	Share        unit.Ratio // sparse: of the hosts that send; hot-spot: of flows to the hot hosts
	Hot          int        // hot-spot: hot hosts
	Senders      int        // incast: of one round
	Distinct     bool       // random, sparse: each destination once

	Kind       string // one of TrafficKinds
	Transport  string // bulk and short: TransportMPTCP or TransportTCP
	Subflows   int    // of a connection, 1..64
	Congestion string // one of Congestions; empty: the host's

	Size     Sizes         // bulk: 0 until the run ends
	Interval unit.Duration // short: mean time between two flows of one sender
	Rounds   int           // incast: 0: until the run ends
	Rate     unit.Bitrate  // on-off, while on
	Packet   unit.Bytes    // on-off: IP packets
	On, Off  unit.Duration // on-off: mean times; Off 0: always on

	Start  unit.Duration // of the first flow
	Jitter unit.Duration // bulk: starts are spread evenly over this time
	Stop   unit.Duration // no flow starts, or sends without end, after it; 0: when the run ends
}

// Selection names hosts.
type Selection struct {
	Names  []string   // names and ranges as in host-0..host-15; nil: all
	Share  unit.Ratio // if not zero: this share of all hosts, chosen at random
	Except string     // if not empty: the hosts that do not send in this traffic
}

// Sizes is how many octets a flow carries.
type Sizes struct {
	Fixed        unit.Bytes // 0: see the others; without them no end
	Distribution string     // SizesWebSearch, SizesDataMining or empty
	Points       []SizePoint
}

// SizePoint is a point of a distribution: this share of flows has at most this size.
type SizePoint struct {
	Size  unit.Bytes
	Share unit.Ratio
}

// Distributions of flow sizes: of the DCTCP and of the VL2 paper.
const (
	SizesWebSearch  = "web-search"
	SizesDataMining = "data-mining"
)

// Kinds of traffic.
const (
	TrafficBulk  = "bulk"
	TrafficShort = "short"
	TrafficOnOff = "on-off"
)

// TrafficKinds are the kinds of traffic.
var TrafficKinds = []string{TrafficBulk, TrafficShort, TrafficOnOff}

// Matrices of traffic.
const (
	MatrixPermutation = "permutation"
	MatrixRandom      = "random"
	MatrixStride      = "stride"
	MatrixStaggered   = "staggered"
	MatrixOneToMany   = "one-to-many"
	MatrixManyToMany  = "many-to-many"
	MatrixHotSpot     = "hot-spot"
	MatrixSparse      = "sparse"
	MatrixIncast      = "incast"
	MatrixVL2         = "vl2"
	MatrixNeighbours  = "neighbours"
	MatrixAllToAll    = "all-to-all"
)

// Matrices are the names of traffic matrices.
var Matrices = []string{
	MatrixPermutation, MatrixRandom, MatrixStride, MatrixStaggered, MatrixOneToMany, MatrixManyToMany,
	MatrixHotSpot, MatrixSparse, MatrixIncast, MatrixVL2, MatrixNeighbours, MatrixAllToAll,
}
