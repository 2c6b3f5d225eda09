package traffic

import (
	"fmt"

	"mpsim/model/mptcp/pm"
	"mpsim/model/udp"
	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi"
)

// Host is one end system of a group.
type Host struct {
	API   *sockapi.Host
	Addrs []wire.Addr // one for each interface; the first one is the host's main address
	Place Place
}

// Place is where a host stands, for matrices that look at it.
type Place struct {
	Edge int32   // switch that it is connected to; -1: none
	Pod  int32   // -1: none
	Near []int32 // hosts one hop away, by number in the group, ascending; only matrix Neighbours looks at it
}

// Kind is what the flows of a group do.
type Kind uint8

// Kinds.
const (
	Bulk   Kind = iota // one connection for each pair of the matrix: Bytes octets, or until Stop
	Short              // connections that arrive as a Poisson process at each sending host, each of a size drawn
	Incast             // rounds: a receiver of the matrix asks all its senders at once, waits for all answers
	CBR                // datagrams at a constant rate, on and off: one flow for each pair
)

// kindNames in the order of the constants.
var kindNames = [...]string{"bulk", "short", "incast", "cbr"}

// String returns the name used in scenarios.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Kinds lists the names of the kinds.
func Kinds() []string { return append([]string(nil), kindNames[:]...) }

// KindNamed returns the kind of that name.
func KindNamed(name string) (Kind, error) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("kind of traffic %q: no such kind (have %v)", name, kindNames)
}

// Paths says which interfaces of hosts with several the subflows of a connection use.
type Paths uint8

// Values of Paths. Ports differ from subflow to subflow in any case.
const (
	// Spread goes over all pairs of a local and a remote address in a diagonal order: the first subflows share
	// neither, then come the other pairs, then the first pair again. Where it starts is drawn for each
	// connection.
	Spread Paths = iota
	// FirstAddress uses the hosts' main addresses only.
	FirstAddress
	// Nearest is Spread with the pairs of the shortest ways first (Group.Hops): what has a direct link begins
	// there.
	Nearest
)

// pathsNames in the order of the constants.
var pathsNames = [...]string{"spread", "first-address", "nearest"}

// String returns the name used in scenarios.
func (p Paths) String() string {
	if int(p) < len(pathsNames) {
		return pathsNames[p]
	}
	return fmt.Sprintf("Paths(%d)", uint8(p))
}

// PathsNames lists the names.
func PathsNames() []string { return append([]string(nil), pathsNames[:]...) }

// PathsNamed returns the value of that name.
func PathsNamed(name string) (Paths, error) {
	for p, n := range pathsNames {
		if n == name {
			return Paths(p), nil
		}
	}
	return 0, fmt.Errorf("paths %q: no such choice (have %v)", name, pathsNames)
}

// Transport is how the connections of a group are made.
type Transport struct {
	Network    sockapi.Network
	Subflows   int    // of each connection, with MPTCP: 1..255; 0: as the hosts' path managers decide
	Congestion string // a controller of model/cc for every subflow; empty: the hosts'
	Paths      Paths
	// TimeWait is how long the ends of a connection stay in TIME-WAIT; 0: one second, long enough for the
	// peer's FIN to be sent again within a datacenter; negative: as long as the hosts say.
	TimeWait unit.Duration
	// Keep leaves the connections in the hosts' lists, for those who watch them; memory grows with each then.
	Keep bool

	SendBuffer, ReceiveBuffer int64 // octets, fixed; 0: as the hosts tune them
}

// defaultTimeWait is what Transport.TimeWait 0 stands for.
const defaultTimeWait = unit.Second

// Group is traffic of one kind after one matrix.
type Group struct {
	Name      string // unique; part of the names of components and random streams
	Hosts     []Host // the matrix is over them, by their place in the slice
	Matrix    Matrix
	Kind      Kind
	Transport Transport
	Port      uint16 // that receivers listen on; 0: one of the group's own, from 10000 on

	Start  sim.Time      // of the first flows
	Jitter unit.Duration // Bulk, CBR: each flow starts this much later at most, uniformly drawn
	Stop   sim.Time      // no flow starts, and endless ones end; 0: at the end of the run
	// MeasureFrom: octets that arrive earlier do not count in Flow.Measured. The measuring ends at Stop.
	MeasureFrom sim.Time

	Bytes int64         // Bulk: octets of a flow; 0: until Stop. Incast: of an answer
	Sizes *Sizes        // Short: of each flow
	Gap   unit.Duration // Short: mean time between the arrivals at one sending host
	Limit int           // Short: most flows that each sending host starts; Incast: rounds; 0: no limit
	Pause unit.Duration // Incast: between the end of a round and the next
	// Request is the octets of a request (Incast); 0: 64.
	Request int64

	Rate   unit.Bitrate  // CBR: of IP packets, while on
	Packet int           // CBR: octets of an IP packet
	On     unit.Duration // CBR: mean of the exponential times that a flow is on; it starts so
	Off    unit.Duration // CBR: ... and off; 0: it is always on, whatever On is

	// Hops returns the length of the way between two addresses, for Paths Nearest. It is called during the
	// run, with several threads at the same time where the world is cut: it must only read.
	Hops func(local, remote wire.Addr) int
}

func (g *Group) fail(format string, args ...any) error {
	return fmt.Errorf("traffic %s: %s", g.Name, fmt.Sprintf(format, args...))
}

// check reports the first thing that is wrong with the group.
func (g *Group) check() error {
	t := &g.Transport
	switch {
	case g.Name == "":
		return fmt.Errorf("traffic without a name: give it one")
	case len(g.Hosts) < 2:
		return g.fail("%d hosts: give at least 2", len(g.Hosts))
	case int(g.Kind) >= len(kindNames):
		return g.fail("%v: no such kind", g.Kind)
	case g.Start < 0 || g.Jitter < 0 || g.Stop < 0 || g.MeasureFrom < 0:
		return g.fail("start %v, jitter %v, stop %v, measured from %v: must not be negative", g.Start, g.Jitter,
			g.Stop, g.MeasureFrom)
	case g.Stop != 0 && g.Stop <= g.Start:
		return g.fail("stops at %v, which is not after its start at %v", g.Stop, g.Start)
	case t.Subflows < 0 || t.Subflows > 255:
		return g.fail("%d subflows: must be 1..255, or 0 for what the hosts' path managers do", t.Subflows)
	case t.Paths == Nearest && g.Hops == nil:
		return g.fail("paths nearest: Hops is missing")
	}
	for i := range g.Hosts {
		if h := &g.Hosts[i]; h.API == nil || len(h.Addrs) == 0 {
			return g.fail("host %d has no stacks or no address", i)
		}
	}
	return g.checkKind()
}

func (g *Group) checkKind() error {
	least, most := udp.HeaderOctets(g.Hosts[0].Addrs[0])+1, g.Hosts[0].API.TCP().Config().MTU
	switch {
	case g.Kind == Bulk && g.Bytes < 0:
		return g.fail("%d octets a flow: must not be negative", g.Bytes)
	case g.Kind == Short && g.Gap <= 0:
		return g.fail("mean time between arrivals is %v: must be positive", g.Gap)
	case g.Kind == Incast && (g.Bytes <= 0 || g.Pause < 0 || g.Request < 0):
		return g.fail("answers of %d octets to requests of %d, pause %v: an answer must have octets, the rest "+
			"must not be negative", g.Bytes, g.Request, g.Pause)
	case g.Kind == CBR && (g.Rate <= 0 || g.Off < 0 || g.Off > 0 && g.On <= 0):
		return g.fail("rate %v, on for %v, off for %v: rate and time on must be positive, time off not negative",
			g.Rate, g.On, g.Off)
	case g.Kind == CBR && (g.Packet < least || g.Packet > most):
		return g.fail("packets of %d octets: must be %d..%d, from the headers and an octet to the MTU", g.Packet,
			least, most)
	case g.Limit < 0:
		return g.fail("limit of %d: must not be negative", g.Limit)
	case g.Kind == Short && g.Sizes == nil:
		return g.fail("short flows without sizes: give Sizes")
	}
	return nil
}

// stop is when endless flows end.
func (g *Group) stop() sim.Time {
	if g.Stop == 0 {
		return sim.Never
	}
	return g.Stop
}

// request is the octets of a request.
func (g *Group) request() int64 {
	if g.Request == 0 {
		return 64
	}
	return g.Request
}

// flowConfig is what the group's connections have of their own.
func (g *Group) flowConfig() sockapi.FlowConfig {
	t := &g.Transport
	c := sockapi.FlowConfig{
		Network: t.Network, Congestion: t.Congestion, Subflows: t.Subflows, TimeWait: t.TimeWait, Forget: !t.Keep,
		SendBuffer: t.SendBuffer, ReceiveBuffer: t.ReceiveBuffer,
	}
	switch {
	case t.TimeWait == 0:
		c.TimeWait = defaultTimeWait
	case t.TimeWait < 0:
		c.TimeWait = 0
	}
	return c
}

// route returns the pairs of addresses for a connection, in the order in which its subflows use them: pick
// is a number drawn for it.
func (g *Group) route(from, to *Host, pick uint64) []pm.AddrPair {
	l, r := len(from.Addrs), len(to.Addrs)
	if g.Transport.Paths == FirstAddress || l*r == 1 {
		return []pm.AddrPair{{Local: from.Addrs[0], Remote: to.Addrs[0]}}
	}
	turn := int(pick % uint64(l*r))
	pairs := make([]pm.AddrPair, 0, l*r)
	for s := range r {
		for i := range l {
			pairs = append(pairs, pm.AddrPair{
				Local: from.Addrs[(i+turn)%l], Remote: to.Addrs[(i+turn+s+turn/l)%r],
			})
		}
	}
	if g.Transport.Paths == Nearest {
		g.nearestFirst(pairs)
	}
	return reachable(from.API, pairs)
}

// reachable leaves out the pairs that no way joins; where failures have left no other, those that were never
// joined; unless that are all.
func reachable(h *sockapi.Host, pairs []pm.AddrPair) []pm.AddrPair {
	for _, joins := range [...]func(local, remote wire.Addr) bool{h.Reaches, h.Joined} {
		kept := 0
		for i, p := range pairs {
			if joins(p.Local, p.Remote) {
				pairs[kept], pairs[i] = p, pairs[kept]
				kept++
			}
		}
		if kept > 0 {
			return pairs[:kept]
		}
	}
	return pairs
}

// nearestFirst puts the pairs of short ways first; equals stay in their order. (There are few.)
func (g *Group) nearestFirst(pairs []pm.AddrPair) {
	for i := 1; i < len(pairs); i++ {
		p := pairs[i]
		hops := g.Hops(p.Local, p.Remote)
		k := i
		for ; k > 0 && g.Hops(pairs[k-1].Local, pairs[k-1].Remote) > hops; k-- {
			pairs[k] = pairs[k-1]
		}
		pairs[k] = p
	}
}
