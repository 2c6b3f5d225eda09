package spec

import (
	"net/netip"

	"mpsim/sim/unit"
)

// Scenario is one question to the simulator, complete: every default is filled in.
type Scenario struct {
	Name        string        // as in "handover/full"; the file's name without extension if not given
	Title       string        // one line
	Description string        // paragraphs
	Duration    unit.Duration // of the run, above 0
	Seed        uint64        // master seed of all random streams

	Topology     *Topology // a network by its kind; nil: none
	Routing      Routing
	Hosts        []Host // beside those of the topology; in the order of the file, as all lists here
	Routers      []string
	Links        []Link
	Failures     []Failure
	Scripts      []Script
	Traffic      []Traffic
	Applications []Application
	Calls        []Call
	Record       Record
	Figures      []Figure
	Sweep        *Sweep // nil: the scenario comes with none

	origin *origin // where everything stands; see At and Problem
}

// Host is one end system.
type Host struct {
	Name       string
	Profile    string // one of Profiles: where the defaults of TCP and MPTCP come from
	API        string // APIDraft, APILinuxFork or APIUpstream
	Interfaces []Interface
	TCP        TCP
	MPTCP      MPTCP
}

// Profiles of a host.
const (
	ProfileLinux = "linux"
	ProfileRFC   = "rfc"

	ProfileOutOfTree = "linux-mptcp"
)

// Variants of the socket API: draft-hesmans-mptcp-socket with all others beside it, the Linux fork that
// implements the draft, and upstream Linux.
const (
	APIDraft     = "draft"
	APILinuxFork = "linux-fork"
	APIUpstream  = "upstream"
)

// Interface is one attachment of a host to one link.
type Interface struct {
	Name      string
	Address   netip.Addr // IPv4 or IPv6; invalid: to be assigned
	MTU       unit.Bytes // largest IP packet, 576 B .. 65535 B
	Backup    bool       // subflows over it are backups (RFC 8684 section 3.3.8)
	Timetable []InterfaceChange
}

// InterfaceChange is a change that the host's stack is told about. Times do not decrease.
type InterfaceChange struct {
	At   unit.Duration // since the start of the run
	Down bool
}

// TCP holds one host's parameters of TCP.
type TCP struct {
	Congestion    string        // one of Congestions, or script:NAME
	InitialWindow unit.Packets  // segments (RFC 6928), 1..1000
	InitialRTO    unit.Duration // before the first sample (RFC 6298 section 2.1)
	MinRTO        unit.Duration // least retransmission timeout (RFC 6298 section 2.4)
	MaxRTO        unit.Duration // cap of the back-off (RFC 6298 section 2.5)
	SYNRetries    int           // SYN retransmissions before connecting fails, 0..255
	Retries       int           // retransmissions of one segment before the connection fails, 1..255
	UserTimeout   unit.Duration // age of unacknowledged data that fails the connection (RFC 5482); 0: none
	DelayedACK    unit.Duration // longest delay of an ACK, below 500 ms; 0: each segment is acknowledged at once
	SACK          bool          // RFC 2018
	Timestamps    bool          // RFC 7323 section 3
	WindowScale   bool          // RFC 7323 section 2
	ECN           bool          // RFC 3168
	Pacing        bool          // spread segments over the round trip
	SmallQueues   unit.Duration // most that an own packet may wait in the interface; 0: no limit; -1: auto
	Nagle         bool          // RFC 9293 section 3.7.4
	Keepalive     *Keepalive    // RFC 9293 section 3.8.4; nil: off
	ReceiveBuffer unit.Bytes    // where automatic tuning ends, payload octets
	SendBuffer    unit.Bytes    // where automatic tuning ends, payload octets
}

// Congestions are the names of congestion controllers.
var Congestions = []string{"newreno", "cubic", "dctcp", "lia", "olia", "balia", "ewtcp", "coupled"}

// Keepalive probes an idle connection.
type Keepalive struct {
	Idle     unit.Duration // before the first probe
	Interval unit.Duration // between probes
	Count    int           // unanswered probes that fail the connection
}

// MPTCP holds one host's parameters of Multipath TCP.
type MPTCP struct {
	Enabled           bool
	Version           int           // of the protocol, offered and accepted: 1 (RFC 8684) or 0 (RFC 6824)
	OlderVersions     bool          // also accept older versions
	RetryOlder        bool          // a peer that does not answer in kind is tried with an older version
	VersionMemory     unit.Duration // how long a peer's version is remembered; 0: not at all
	BlackHole         unit.Duration // how long MPTCP is off after SYNs with its option got lost; 0: no memory
	SYNsWithOption    int           // SYNs sent with MP_CAPABLE before plain ones, 1..100
	StatelessListener bool          // no state for a connection until its third packet
	NoJoinHere        bool          // C flag: the peer opens no subflow to the address and port of the first one
	RefuseChecksum    bool          // stay with TCP if the peer asks for checksums
	SamePort          bool          // joins leave from the first subflow's port
	CloseTimeout      unit.Duration // how long a connection lives without subflow
	Scheduler         string        // one of Schedulers, or script:NAME
	PathManager       string        // one of PathManagers, or script:NAME
	Subflows          int           // with ndiffports: subflows over the first pair of addresses, 1..64
	SubflowLimit      int           // most subflows beyond the first, 0..255
	Checksum          bool          // of the DSS option (RFC 8684 section 3.3)
	Opportunistic     bool          // resend on a faster subflow what blocks the window (Raiciu et al., NSDI 2012)
	Penalisation      bool          // halve the window of the subflow that blocked it (same)
	AnnounceAddresses bool          // tell the peer own further addresses (ADD_ADDR)
	BothOpen          bool          // fullmesh: the host that accepted a connection opens subflows, too
	SubflowsPerPair   int           // fullmesh: over each pair of addresses, 1..64
	StaleRTOs         int           // timeouts in a row that make a subflow stale: it gets no data; 0: none do
	PotentiallyFailed bool          // no new data on a subflow between a timeout and an acknowledgement
	AddAddrAccepted   int           // path manager linux: ADD_ADDR answered by a subflow, 0..255
	Endpoints         []Endpoint    // path manager linux: by interface
}

// Endpoint is what the kernel's path manager does with the address of an interface ("ip mptcp endpoint").
type Endpoint struct {
	Interface string
	Signal    bool   // announce it
	Subflow   bool   // open a subflow from it
	Backup    bool   // subflows from it have the B bit
	FullMesh  bool   // subflows to every address of the peer
	Laminar   bool   // answers one ADD_ADDR
	Port      uint16 // announced with it; 0: none
}

// Profiles are the names of profiles.
var Profiles = []string{ProfileLinux, ProfileRFC, ProfileOutOfTree}

// Schedulers and PathManagers are the names of packet schedulers and path managers.
var (
	Schedulers   = []string{"minrtt", "roundrobin"}
	PathManagers = []string{"none", "fullmesh", "ndiffports", "single-path", "linux"}
)

// Link joins two interfaces or routers, with its own properties for each direction.
type Link struct {
	Name     string
	Ends     [2]End    // between: [first, second]
	Forward  Direction // first to second
	Backward Direction // second to first
	Wake     *Wake     // a radio that sleeps, shared by both directions; nil: always awake

	Middleboxes []Middlebox // at the second end, in the order in which forward packets meet them
}

// End is one end of a link: an interface of a host, or a router (then Interface is empty).
type End struct{ Node, Interface string }

// Direction is one direction of a link.
type Direction struct {
	Rate      unit.Bitrate  // of IP packets; 0: infinitely fast, or driven by Trace
	Delay     unit.Duration // one way
	Queue     Queue
	Loss      Loss
	Jitter    *Jitter // nil: none
	Trace     *Trace  // nil: the rate is Rate
	Timetable []LinkChange
}

// Loss says which packets vanish: each with the same ratio, or in bursts.
type Loss struct {
	Ratio          unit.Ratio
	GilbertElliott *GilbertElliott // if not nil, Ratio is zero
}

// GilbertElliott is the two-state model of bursty loss; all are probabilities per packet.
type GilbertElliott struct {
	GoodToBad, BadToGood, LossGood, LossBad unit.Ratio
}

// Jitter adds a random time between 0 and Amount to the delay of each packet.
type Jitter struct {
	Amount       unit.Duration
	Distribution string // JitterUniform or JitterBell
	KeepOrder    bool   // a packet waits for those before it
}

// Distributions of jitter: equally likely, or the sum of four such draws.
const (
	JitterUniform = "uniform"
	JitterBell    = "bell"
)

// Wake describes a radio that sleeps after Idle without traffic and takes Delay to wake.
type Wake struct {
	Delay unit.Duration
	Idle  unit.Duration
}

// Trace names a file of delivery opportunities in mahimahi's format.
type Trace struct {
	File    string // as written
	Path    string // File as a path from the working directory; empty with Shipped
	Shipped string // name of a trace that comes with mpsim (written shipped:NAME), or empty
}

// LinkChange changes the quantities that are not nil at a time; with Over, rate, delay and independent loss
// move there gradually. Times do not decrease.
type LinkChange struct {
	At    unit.Duration // since the start of the run
	Over  unit.Duration // 0: at once
	Rate  *unit.Bitrate // 0: infinitely fast
	Delay *unit.Duration
	Queue *Queue
	Loss  *Loss
	Down  *bool // packets are lost and nobody is told
}

// Application is one workload between two hosts.
type Application struct {
	Name            string
	Kind            string // KindBulk, KindRequestResponse or KindScript
	Client, Server  string // hosts
	LocalInterface  string // the client's, of the first subflow
	RemoteInterface string // the server's, whose address the client connects to
	Port            uint16 // 1..65535
	Transport       string // TransportMPTCP or TransportTCP
	Start           unit.Duration

	// Of bulk.
	Direction string        // Download (the server sends), Upload, or Both at once
	Bytes     unit.Bytes    // to transfer; 0: see Duration
	Duration  unit.Duration // of the transfer; 0 with Bytes 0: until the run ends

	// Of request-response.
	Requests      int           // exchanges; 0: until the run ends
	RequestBytes  unit.Bytes    // of one request, at least 1
	ResponseBytes unit.Bytes    // of one response, at least 1
	ThinkTime     unit.Duration // between a response and the next request

	// Of script, which has no client, server, interfaces, port and transport.
	Host   string
	Code   Code
	Args   []Arg
	Limits Limits
}

// Limits bound what one script may use: see package script, whose fields these are.
type Limits struct {
	StepsAtOnce int        // of the interpreter while virtual time stands still, one task
	Steps       int        // of the interpreter, all tasks, the whole run
	Memory      unit.Bytes // allocated in the whole run
	Value       unit.Bytes // one string, list, dict ...
	Tasks       int        // that live at once
	LogLines    int
	Rows        int // of record
}

// Values of an application's fields.
const (
	KindBulk            = "bulk"
	KindRequestResponse = "request-response"
	KindScript          = "script"
	TransportMPTCP      = "mptcp"
	TransportTCP        = "tcp"
	Download            = "download"
	Upload              = "upload"
	Both                = "both"
)

// Record says what is recorded while the world runs.
type Record struct {
	Interval unit.Duration // between the samples of time series, at least 1 ms
	Series   bool          // time series are taken
	Detail   string        // of the summary: DetailFull, DetailFlows or DetailGroups
}

// Details of a run's summary: one record each connection, subflow, interface and link; or totals, with or
// without one record each flow of traffic.
const (
	DetailFull   = "full"
	DetailFlows  = "flows"
	DetailGroups = "groups"
)

// Figure is one figure drawn after the run.
type Figure struct {
	Kind  string // one of FigureKinds
	Title string // empty: none
	Marks []Mark // vertical lines
}

// FigureKinds are the kinds of figures.
var FigureKinds = []string{"goodput", "data-sequence", "window", "rtt", "queue", "subflows"}

// Mark is a labelled instant in a figure over time.
type Mark struct {
	At    unit.Duration
	Label string
}

// Host returns the host of that name, or nil.
func (s *Scenario) Host(name string) *Host {
	for i := range s.Hosts {
		if s.Hosts[i].Name == name {
			return &s.Hosts[i]
		}
	}
	return nil
}

// Interface returns the index of the interface of that name, or -1.
func (h *Host) Interface(name string) int {
	for i := range h.Interfaces {
		if h.Interfaces[i].Name == name {
			return i
		}
	}
	return -1
}

// String returns the end as written in a scenario: "phone.wifi" or "router".
func (e End) String() string {
	if e.Interface == "" {
		return e.Node
	}
	return e.Node + "." + e.Interface
}
