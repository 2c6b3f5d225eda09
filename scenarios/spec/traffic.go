package spec

import "mpsim/sim/unit"

// Traffic is many flows of one sort between the hosts of a matrix. Fields that do not belong to Matrix or
// Kind are zero.
type Traffic struct {
	Name   string
	Matrix string    // one of Matrices: who sends to whom
	Hosts  Selection // the matrix is over them

	Stride       int        // stride: the i-th host sends to the i+Stride-th
	EdgeShare    unit.Ratio // staggered: of receivers behind the same edge switch; whole per cent, as all shares here
	PodShare     unit.Ratio // staggered: elsewhere in the same pod
	Share        unit.Ratio // sparse: of the hosts, that send
	Destinations int        // one-to-many; neighbours: 0 for all
	Group        int        // many-to-many: hosts that send to each other
	Hot          int        // hot-spot: receivers
	Senders      int        // fan-in; 0: all but the receiver

	Kind       string // one of TrafficKinds
	Transport  string // of connections: TransportMPTCP or TransportTCP
	Subflows   int    // of a connection, 1..64
	Congestion string // one of Congestions; empty: the hosts'
	Paths      string // one of PathChoices: interfaces of hosts that have several

	Size     Sizes         // of a flow; bulk: zero until Stop, else one size; incast: of an answer
	Interval unit.Duration // short: mean time between two flows of one sender
	Flows    int           // short: of one sender, 0: unlimited
	Rounds   int           // incast; 0: until Stop
	Pause    unit.Duration // incast: between two rounds
	Rate     unit.Bitrate  // cbr, of IP packets while on
	Packet   unit.Bytes    // cbr, IP packets
	On, Off  unit.Duration // cbr, mean times; Off 0: always on

	Start       unit.Duration // of the first flow
	Jitter      unit.Duration // bulk, cbr: starts are spread evenly over this time
	Stop        unit.Duration // no flow starts after it, endless ones end; 0: when the run ends
	MeasureFrom unit.Duration // goodput is that from then to Stop
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
	TrafficBulk   = "bulk"
	TrafficShort  = "short"
	TrafficIncast = "incast"
	TrafficCBR    = "cbr"
)

// TrafficKinds are the kinds of traffic.
var TrafficKinds = []string{TrafficBulk, TrafficShort, TrafficIncast, TrafficCBR}

// PathChoices are the ways in which subflows use the interfaces of hosts with several.
var PathChoices = []string{"spread", "first-address", "nearest"}

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
	MatrixFanIn       = "fan-in"
	MatrixVL2FanOut   = "vl2-fan-out"
	MatrixNeighbours  = "neighbours"
	MatrixAllToAll    = "all-to-all"
	MatrixHalves      = "halves"
)

// Matrices are the names of traffic matrices.
var Matrices = []string{
	MatrixPermutation, MatrixRandom, MatrixStride, MatrixStaggered, MatrixOneToMany, MatrixManyToMany,
	MatrixHotSpot, MatrixSparse, MatrixFanIn, MatrixVL2FanOut, MatrixNeighbours, MatrixAllToAll,
	MatrixHalves,
}
