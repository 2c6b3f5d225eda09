package spec

import "mpsim/sim/unit"

// Topology is a network of hosts and switches that its kind and a few numbers describe. Fields that do not
// belong to Kind are zero.
type Topology struct {
	Kind string // one of TopologyKinds

	K                int // fat-tree: ports of a switch; bcube: levels beyond the first
	Oversubscription int // fat-tree: hosts for each uplink of an edge switch
	Homes            int // fat-tree: switches that each host is connected to, 1 or 2

	ToRs, Aggregations, Intermediates, ServersPerToR int // vl2

	N int // bcube: ports of a switch

	Switches, Ports  int    // jellyfish
	WiringSeed       uint64 // jellyfish: of the random wiring
	Leaves, Spines   int    // leaf-spine
	HostsPerSwitch   int    // jellyfish, leaf-spine
	Pairs            int    // dumbbell
	Hops             int    // parking-lot
	Bottlenecks      int    // torus
	Rate, FabricRate unit.Bitrate
	Delay            unit.Duration // of each link, one way
	FabricDelay      unit.Duration // of links between switches; -1: Delay
	Queue            Queue         // of switch ports
	HostQueue        Queue         // of hosts, where their packets wait for the link
	Loss             Loss          // on every link, each direction
	SharedBuffer     *SharedBuffer // of each switch; nil: each port has its own queue
	MTU              unit.Bytes    // of hosts
	IPv6             bool          // addresses of hosts; false: IPv4
	Host             Host          // what all hosts have in common: profile, TCP and MPTCP
}

// Kinds of topologies.
const (
	FatTree    = "fat-tree"
	VL2        = "vl2"
	BCube      = "bcube"
	Jellyfish  = "jellyfish"
	LeafSpine  = "leaf-spine"
	Dumbbell   = "dumbbell"
	ParkingLot = "parking-lot"
	Torus      = "torus"
)

// TopologyKinds are the kinds of topologies.
var TopologyKinds = []string{FatTree, VL2, BCube, Jellyfish, LeafSpine, Dumbbell, ParkingLot, Torus}

// SharedBuffer is memory that all output queues of one switch share.
type SharedBuffer struct {
	Size unit.Bytes
	// Alpha bounds one queue to Alpha times what is free (Choudhury and Hahne 1998); zero: no such bound.
	Alpha unit.Ratio
}

// Routing says who chooses among paths of equal cost, and what happens after a failure.
type Routing struct {
	Kind         string        // one of RoutingKinds
	Hash         string        // ecmp: HashFiveTuple or HashFlowLabel
	ByLinks      bool          // paths of equally many links are equally good, whatever their delay
	Turn         bool          // spray: packets take the paths in turn, not at random
	Paths        int           // spray and source routing: among so many shortest ones; 0: those of least cost
	RerouteDelay unit.Duration // from a failure or repair until routes follow
}

// Kinds of routing.
const (
	RouteShortest       = "shortest"
	RouteECMP           = "ecmp"
	RouteSpray          = "spray"
	RouteSourceRandom   = "source-random"
	RouteSourceDistinct = "source-distinct"

	HashFiveTuple = "five-tuple"
	HashFlowLabel = "flow-label"
)

// RoutingKinds are the kinds of routing.
var RoutingKinds = []string{RouteShortest, RouteECMP, RouteSpray, RouteSourceRandom, RouteSourceDistinct}

// Failure takes a link or a switch out of service for a time.
type Failure struct {
	At    unit.Duration // since the start of the run
	Link  string        // name of a link, of the topology or of links; or
	Node  string        // name of a switch or router
	Until unit.Duration // 0: for good
}
