package build

import (
	"fmt"
	"strconv"

	"mpsim/model/link"
	"mpsim/model/topo"
	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
)

// fabric is the scenario's topology as it was built.
type fabric struct {
	spec *spec.Topology
	plan topo.Plan
	*topo.Built

	switches map[string]int32 // by name; nil: not asked for yet
	links    map[string]int32
}

// plan computes what stands where.
func plan(t *spec.Topology) (topo.Plan, error) {
	switch t.Kind {
	case spec.FatTree:
		return topo.FatTree(t.K, t.Oversubscription, t.Homes)
	case spec.VL2:
		return topo.VL2(t.ToRs, t.Aggregations, t.Intermediates, t.ServersPerToR)
	case spec.BCube:
		return topo.BCube(t.N, t.K)
	case spec.Jellyfish:
		return topo.Jellyfish(t.Switches, t.Ports, t.HostsPerSwitch, t.WiringSeed)
	case spec.LeafSpine:
		return topo.LeafSpine(t.Leaves, t.Spines, t.HostsPerSwitch)
	case spec.Dumbbell:
		return topo.Dumbbell(t.Pairs)
	case spec.ParkingLot:
		return topo.ParkingLot(t.Hops)
	case spec.Torus:
		return topo.Torus(t.Bottlenecks)
	}
	return topo.Plan{}, fmt.Errorf("there is no topology of kind %q", t.Kind)
}

// Size says how large a topology is.
type Size struct {
	Hosts, Switches int
	Links           int // both directions of one count once
}

// SizeOf plans a topology without making anything of it.
func SizeOf(t *spec.Topology) (Size, error) {
	p, err := plan(t)
	return Size{Hosts: len(p.Hosts), Switches: len(p.Switches), Links: len(p.Links)}, err
}

// mostHosts is how many hosts the address plan of package topo reaches.
const mostHosts = 1<<16 - 1

// addTopology makes the hosts, switches and links of the topology.
func (w *World) addTopology() error {
	t := w.spec.Topology
	if t == nil {
		return nil
	}
	p, err := plan(t)
	if err != nil {
		return w.problem("topology", err)
	}
	if all := len(p.Hosts) + len(w.spec.Hosts); all > mostHosts {
		return w.problem("topology", fmt.Errorf("that makes %d hosts: a world has %d at most, give less", all,
			mostHosts))
	}
	if clash := w.clash(&p); clash != "" {
		return w.problem(clash, fmt.Errorf("the topology has a node or link of this name: choose another one"))
	}
	f := &fabric{spec: t, plan: p}
	hosts := make([]host, len(p.Hosts))
	w.hosts = make([]*host, 0, len(p.Hosts)+len(w.spec.Hosts))
	face := topo.InterfaceConfig{MTU: int(t.MTU)}
	if t.IPv6 {
		face.Assign = topo.IPv6
	}
	ends := f.configs()
	f.Built, err = w.graph.Build(&f.plan, topo.Maker{
		Interface: func(int, int) topo.InterfaceConfig { return face },
		Host: func(i int, h *topo.Host) error {
			hosts[i] = host{name: h.Name(), spec: &t.Host, topo: h}
			w.keep(&hosts[i])
			return nil
		},
		Link: func(l *topo.PlanLink, up bool) link.Config { return ends.of(l, up) },
	})
	if err != nil {
		return w.problem("topology", err)
	}
	w.fabric = f
	return nil
}

// clash returns the path of something in the file that has a name of the topology, or "".
func (w *World) clash(p *topo.Plan) string {
	if len(w.spec.Hosts)+len(w.spec.Routers)+len(w.spec.Links) == 0 {
		return ""
	}
	nodes, links := map[string]bool{}, map[string]bool{}
	for i := range p.Hosts {
		nodes[p.Hosts[i].Name] = true
	}
	for i := range p.Switches {
		nodes[p.Switches[i].Name] = true
	}
	for i := range p.Links {
		links[p.Links[i].Name] = true
	}
	for i := range w.spec.Hosts {
		if name := w.spec.Hosts[i].Name; nodes[name] {
			return "hosts." + name
		}
	}
	for i, name := range w.spec.Routers {
		if nodes[name] {
			return fmt.Sprintf("routers.%d", i)
		}
	}
	for i := range w.spec.Links {
		if name := w.spec.Links[i].Name; links[name] {
			return "links." + name
		}
	}
	return ""
}

// linkConfigs are the few configurations that all links of a topology share.
type linkConfigs struct {
	rate, fabricRate unit.Bitrate // 0: as the plan says
	delay, inner     unit.Duration
	host, port       link.Config // with the queue of a host, of a switch
}

func (f *fabric) configs() linkConfigs {
	t := f.spec
	c := linkConfigs{rate: t.Rate, fabricRate: t.FabricRate, delay: t.Delay, inner: t.FabricDelay}
	if c.inner < 0 {
		c.inner = t.Delay
	}
	c.host = link.Config{Queue: queue(t.HostQueue), Discipline: discipline(t.HostQueue), Loss: loss(t.Loss)}
	c.port = link.Config{Queue: queue(t.Queue), Discipline: discipline(t.Queue), Loss: loss(t.Loss)}
	return c
}

// of returns the configuration of one direction of a link; the plan names it.
func (c *linkConfigs) of(l *topo.PlanLink, up bool) link.Config {
	from := l.Ends[0]
	if !up {
		from = l.Ends[1]
	}
	cfg := c.port
	if from.Host {
		cfg = c.host
	}
	cfg.Rate, cfg.Delay = c.rate*unit.Bitrate(l.Rate), c.delay
	if inner(l) {
		cfg.Delay = c.inner
		if c.fabricRate != 0 {
			cfg.Rate = c.fabricRate
		}
	}
	return cfg
}

// inner tells that a link joins two switches.
func inner(l *topo.PlanLink) bool { return !l.Ends[0].Host && !l.Ends[1].Host }

// switchPort returns where a link of the file ends that names a switch of the topology; f may be nil.
func (f *fabric) switchPort(name string) (topo.Port, error) {
	if f == nil {
		return topo.Port{}, unknown("node", name, nil)
	}
	i, ok := f.switchNamed(name)
	if !ok {
		return topo.Port{}, unknown("node", name, f.nodeNames())
	}
	return f.Switches[i].Port(), nil
}

func (f *fabric) switchNamed(name string) (int32, bool) {
	if f.switches == nil {
		f.switches = make(map[string]int32, len(f.plan.Switches))
		for i := range f.plan.Switches {
			f.switches[f.plan.Switches[i].Name] = int32(i)
		}
	}
	i, ok := f.switches[name]
	return i, ok
}

func (f *fabric) linkNamed(name string) (int32, bool) {
	if f.links == nil {
		f.links = make(map[string]int32, len(f.plan.Links))
		for i := range f.plan.Links {
			f.links[f.plan.Links[i].Name] = int32(i)
		}
	}
	i, ok := f.links[name]
	return i, ok
}

func (f *fabric) nodeNames() []string {
	names := make([]string, 0, len(f.plan.Hosts)+len(f.plan.Switches))
	for i := range f.plan.Hosts {
		names = append(names, f.plan.Hosts[i].Name)
	}
	for i := range f.plan.Switches {
		names = append(names, f.plan.Switches[i].Name)
	}
	return names
}

func (f *fabric) linkNames() []string {
	names := make([]string, len(f.plan.Links))
	for i := range f.plan.Links {
		names[i] = f.plan.Links[i].Name
	}
	return names
}

// port returns where a link of the file ends at a host.
func (h *host) port(e spec.End) (topo.Port, error) {
	if i := h.topo.InterfaceNamed(e.Interface); i >= 0 {
		return h.topo.Port(i), nil
	}
	return topo.Port{}, fmt.Errorf("host %s has no interface %q", h.name, e.Interface)
}

// setRouting says how paths are chosen. The map of the world is complete then.
func (w *World) setRouting() error {
	r := &w.spec.Routing
	kinds := map[string]topo.RoutingKind{
		spec.RouteShortest: topo.Shortest, spec.RouteECMP: topo.ECMP, spec.RouteSpray: topo.Spray,
		spec.RouteSourceRandom: topo.SourceRandom, spec.RouteSourceDistinct: topo.SourceDistinct,
	}
	hash := topo.FiveTuple
	if r.Hash == spec.HashFlowLabel {
		hash = topo.FlowLabel
	}
	routing := topo.Routing{Kind: kinds[r.Kind], Hash: hash, ByLinks: r.ByLinks, InTurn: r.Turn, Paths: r.Paths}
	if err := w.graph.SetRouting(routing); err != nil {
		return w.problem("routing", err)
	}
	if w.track {
		w.graph.TrackFlows()
	}
	return nil
}

// prepareRoutes computes the tables of next hops: everything that they depend on is known.
func (w *World) prepareRoutes() error {
	w.graph.Prepare()
	return nil
}

// end returns the name of one end of a link: "host-3.0" or "edge-0-1".
func (f *fabric) end(l, k int) string {
	e := f.plan.Links[l].Ends[k]
	if e.Host {
		return f.plan.Hosts[e.Index].Name + "." + strconv.Itoa(int(e.Port))
	}
	return f.plan.Switches[e.Index].Name
}
