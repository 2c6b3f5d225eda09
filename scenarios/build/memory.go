package build

// Memory says how many octets the parts of a world take now, as far as pointers lead to them.
type Memory struct {
	Parts []MemoryPart // the kinds of things that there are
	Sum   int64        // octets of all parts
}

// MemoryPart is what things of one kind take.
type MemoryPart struct {
	Name   string
	Octets int64
	Count  int64 // of the things
}

// Kinds of memory, in the order in which they are told.
const (
	memHosts       = "hosts"
	memLinks       = "links"
	memRouting     = "routing tables"
	memRoutes      = "route entries"
	memEndpoints   = "endpoints"
	memConnections = "connection ends"
	memPackets     = "packets"
	memEvents      = "events"
	memComponents  = "components"
	memTraffic     = "flows of traffic"
	memOther       = "other"
)

// memoryKinds says what memory is counted under, by type or field: what a value leads to is of its kind unless it is
// named here itself.
var memoryKinds = map[string]string{
	"topo.Host": memHosts, "topo.iface": memHosts, "tcp.Stack": memHosts, "mptcp.Stack": memHosts,
	"sockapi.Host": memHosts, "build.host": memHosts, "topo.Graph.hosts": memHosts, "topo.Graph.owners": memHosts,
	"topo.Graph.names": memHosts,

	"link.link": memLinks, "link.extra": memLinks, "topo.Graph.ends": memLinks, "topo.Plan": memLinks,
	"link.radio": memLinks, "link.Net.pools": memLinks, "topo.Built": memLinks,
	"topo.nextHops": memRouting, "topo.node": memRouting, "topo.Router": memRouting, "topo.tree": memRouting,
	"topo.Host.routes": memRoutes, "topo.Host.paths": memRoutes, "topo.Host.flows": memRoutes,
	"topo.Host.tracked": memRoutes, "topo.Host.sprays": memRoutes, "topo.Host.choices": memRoutes,
	"link.Net.routes": memRoutes,

	"tcp.Endpoint": memEndpoints, "tcp.Arena": memEndpoints, "mptcp.subflow": memEndpoints, "tcp.Stream": memEndpoints,
	"tcp.demux": memEndpoints, "tcp.slot": memEndpoints, "tcp.Stack.free": memEndpoints, "tcp.Stack.dead": memEndpoints,
	"mptcp.Conn": memConnections, "mptcp.tokenTable": memConnections, "sockapi.Conn": memConnections,
	"link.packet": memPackets, "wire.Segment": memPackets, "link.Net.arena": memPackets,
	"sim.node": memEvents, "sim.record": memEvents, "sim.Kind": memEvents, "sim.queue": memEvents,
	"sim.component": memComponents, "sim.World": memComponents, "sim.registry": memComponents,
	"sim.Stream": memComponents, "sim.call": memEvents,
	"traffic.Engine": memTraffic, "traffic.Traffic": memTraffic,
}

// Memory measures the world, which must stand still. It takes a while in a large one.
func (w *World) Memory() Memory {
	f := newFootprint(memoryKinds)
	f.add(w, memOther)
	f.octets[memRoutes] -= 4 * int64(w.net.UnusedRoutes())
	st := w.Stats()
	count := map[string]int64{
		memHosts: int64(len(w.hosts)), memLinks: int64(w.net.NumLinks()), memEndpoints: int64(st.Endpoints),
		memConnections: f.number["mptcp.Conn"], memPackets: int64(st.Packets), memRoutes: f.octets[memRoutes] / 4,
	}
	for _, g := range w.groups {
		count[memTraffic] += int64(len(g.run.Flows()))
	}
	m := Memory{}
	for _, name := range []string{
		memHosts, memLinks, memRouting, memRoutes, memEndpoints, memConnections, memPackets, memEvents, memComponents,
		memTraffic, memOther,
	} {
		m.Parts = append(m.Parts, MemoryPart{Name: name, Octets: f.octets[name], Count: count[name]})
		m.Sum += f.octets[name]
	}
	return m
}
