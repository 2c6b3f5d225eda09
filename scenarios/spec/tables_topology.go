package spec

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// orWord is a mapping, or one word that stands for the mapping with that value of its first key.
func orWord[T any](tb *table[T], words []string) codec[T] {
	c := tb.codec()
	first := tb.fields[0].name
	return codec[T]{
		decode: func(d *decoder, n *yaml.Node, path string, v *T) bool {
			if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
				return c.decode(d, n, path, v)
			}
			if !word(words...).decode(d, n, path, new(string)) {
				return false
			}
			m := shorthand(n, first)
			d.claimAll(m, n)
			return c.decode(d, m, path, v)
		},
		encode: c.encode,
		schema: func() object { return anyOf(object{"enum": words}, c.schema()) },
	}
}

// shorthand makes the mapping that a single value stands for.
func shorthand(n *yaml.Node, key string) *yaml.Node {
	value := *n
	return &yaml.Node{
		Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column,
		Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: n.Line, Column: n.Column}, &value,
		},
	}
}

// claimAll gives a mapping made of n the place where n was written.
func (d *decoder) claimAll(m, n *yaml.Node) {
	i, ok := d.from[n]
	if !ok {
		return
	}
	d.from[m] = i
	for _, c := range m.Content {
		d.from[c] = i
	}
}

// inKind returns why a field has no place in a topology of another kind.
func inKind(kinds ...string) func(*field[Topology]) {
	return when(func(t *Topology) string {
		if t.Kind == "" || slices.Contains(kinds, t.Kind) {
			return ""
		}
		return "belongs to topologies of kind " + strings.Join(kinds, " or ") + ", this one is " + t.Kind
	})
}

func topologyTable() *table[Topology] {
	type topo = Topology
	fields := []field[topo]{
		key("kind", word(TopologyKinds...), func(t *topo) *string { return &t.Kind },
			strings.Join(TopologyKinds, ", "), required, aka[topo]("type", "name")),
	}
	fields = append(fields, shapeFields()...)
	fields = append(fields,
		key("rate", bitrate(), func(t *topo) *unit.Bitrate { return &t.Rate },
			"of the links of hosts; of the bottlenecks in dumbbell, parking-lot and torus",
			def[topo]("1 Gbit/s"), aka[topo]("bandwidth", "host-rate", "speed", "capacity")),
		key("fabric-rate", zeroIs(planned, bitrate()), func(t *topo) *unit.Bitrate { return &t.FabricRate },
			"of links between switches; planned: rate, in vl2 ten times that", def[topo](planned),
			aka[topo]("core-rate", "switch-rate")),
		key("delay", duration(0, maxDelay), func(t *topo) *unit.Duration { return &t.Delay },
			"of each link, one way", def[topo]("10us"), aka[topo]("latency")),
		key("fabric-delay", wordOr(same, duration(0, maxDelay)),
			func(t *topo) *unit.Duration { return &t.FabricDelay },
			"of links between switches; same: delay", def[topo](same), aka[topo]("core-delay")),
		key("queue", queue("100 packets"), func(t *topo) *Queue { return &t.Queue }, "of each port of a switch",
			def[topo]("100 packets"), aka[topo]("buffer", "queues")),
		key("host-queue", queue("1000 packets"), func(t *topo) *Queue { return &t.HostQueue },
			"of each host's own port", def[topo]("1000 packets"), aka[topo]("nic-queue")),
		key("shared-buffer", orNone(sharedBufferTable().codec()),
			func(t *topo) **SharedBuffer { return &t.SharedBuffer },
			"that the ports of a switch share, within their own limits", def[topo](none),
			aka[topo]("pool", "shared-memory")),
		key("loss", loss(), func(t *topo) *Loss { return &t.Loss }, "of each packet on each link",
			def[topo]("0%"), aka[topo]("loss-rate")),
		key("mtu", octets(576, 65535), func(t *topo) *unit.Bytes { return &t.MTU },
			"largest IP packet of the hosts", def[topo]("1500 B")),
		key("addresses", flag("ipv6", "ipv4"), func(t *topo) *bool { return &t.IPv6 },
			"of the hosts: ipv4 or ipv6", def[topo]("ipv4"), aka[topo]("family", "ip")),
		key("host", hostPatternTable().codec(), func(t *topo) *Host { return &t.Host },
			"what all hosts have in common", def[topo]("{}"), aka[topo]("servers")),
	)
	return &table[topo]{
		what: "topology", fields: fields, check: checkTopology,
		hints: map[string]string{
			"hosts": "how many there are follows from k and its like; what they have in common is called \"host\"",
		},
	}
}

// planned, auto and same are words for what follows from other fields.
const (
	planned  = "planned"
	auto     = "auto"
	shortest = "shortest"
	same     = "same"
)

// shapeFields are the numbers that give each kind its shape.
func shapeFields() []field[Topology] {
	type topo = Topology
	number := func(name string, least, most int, at func(*topo) *int, doc string,
		options ...func(*field[topo]),
	) field[topo] {
		return key(name, integer(least, most), at, doc, options...)
	}
	k := defBy(func(t *topo) string {
		if t.Kind == BCube {
			return "2"
		}
		return "8"
	})
	return []field[topo]{
		number("k", 1, 64, func(t *topo) *int { return &t.K },
			"fat-tree: ports of a switch, even; bcube: levels beyond the first", k, inKind(FatTree, BCube)),
		number("oversubscription", 1, 64, func(t *topo) *int { return &t.Oversubscription },
			"hosts for each uplink of an edge switch", def[topo]("1"), inKind(FatTree), aka[topo]("ratio")),
		number("homes", 1, 2, func(t *topo) *int { return &t.Homes },
			"edge switches that each host is connected to", def[topo]("1"), inKind(FatTree)),
		number("tors", 1, 4096, func(t *topo) *int { return &t.ToRs }, "top-of-rack switches", def[topo]("9"),
			inKind(VL2), aka[topo]("racks")),
		number("aggregations", 2, 1024, func(t *topo) *int { return &t.Aggregations }, "aggregation switches",
			def[topo]("6"), inKind(VL2), aka[topo]("aggs")),
		number("intermediates", 1, 1024, func(t *topo) *int { return &t.Intermediates },
			"intermediate switches; with 3 the defaults are without oversubscription", def[topo]("3"), inKind(VL2), aka[topo]("ints")),
		number("servers-per-tor", 1, 1024, func(t *topo) *int { return &t.ServersPerToR },
			"hosts of a rack", def[topo]("20"), inKind(VL2)),
		number("n", 2, 64, func(t *topo) *int { return &t.N }, "ports of a switch", def[topo]("5"), inKind(BCube)),
		number("switches", 2, 4096, func(t *topo) *int { return &t.Switches }, "how many", def[topo]("20"),
			inKind(Jellyfish)),
		number("ports", 2, 1024, func(t *topo) *int { return &t.Ports },
			"of a switch, those of its hosts included", def[topo]("8"), inKind(Jellyfish)),
		number("leaves", 1, 4096, func(t *topo) *int { return &t.Leaves }, "leaf switches", def[topo]("8"),
			inKind(LeafSpine)),
		number("spines", 1, 1024, func(t *topo) *int { return &t.Spines }, "spine switches", def[topo]("4"),
			inKind(LeafSpine)),
		number("hosts-per-switch", 1, 1024, func(t *topo) *int { return &t.HostsPerSwitch },
			"hosts at a switch, at a leaf", def[topo]("4"), inKind(Jellyfish, LeafSpine),
			aka[topo]("hosts-per-leaf")),
		key("wiring-seed", integer[uint64](0, 1<<63-1), func(t *topo) *uint64 { return &t.WiringSeed },
			"of the random wiring", def[topo]("1"), inKind(Jellyfish)),
		number("pairs", 1, 4096, func(t *topo) *int { return &t.Pairs }, "of hosts", def[topo]("10"),
			inKind(Dumbbell)),
		number("hops", 1, 1024, func(t *topo) *int { return &t.Hops }, "bottlenecks in a row", def[topo]("3"),
			inKind(ParkingLot)),
		number("bottlenecks", 2, 1024, func(t *topo) *int { return &t.Bottlenecks }, "links in the ring",
			def[topo]("5"), inKind(Torus), aka[topo]("links")),
	}
}

func sharedBufferTable() *table[SharedBuffer] {
	return &table[SharedBuffer]{
		what: "shared-buffer",
		fields: []field[SharedBuffer]{
			key("size", size(leastQueue, maxBytes), func(b *SharedBuffer) *unit.Bytes { return &b.Size },
				"of each switch, such as 4 MB", required, aka[SharedBuffer]("octets", "bytes", "buffer")),
			key("alpha", zeroIs(none, factor()), func(b *SharedBuffer) *unit.Ratio { return &b.Alpha },
				"one queue takes at most alpha times what is free; none: no such bound", def[SharedBuffer]("1")),
		},
	}
}

// hostPatternTable is a host without name and interfaces.
func hostPatternTable() *table[Host] {
	full := hostTable()
	tb := &table[Host]{what: "host"}
	for _, f := range full.fields {
		if f.name != "interfaces" {
			tb.fields = append(tb.fields, f)
		}
	}
	tb.check = func(d *decoder, path string, h *Host) {
		if len(h.MPTCP.Endpoints) > 0 {
			d.wrong(join(path, "mptcp.endpoints"), "endpoints belong to a host of its own",
				"list the host under hosts")
		}
	}
	return tb
}

// checkTopology holds the rules between the fields, and computes queues.
func checkTopology(d *decoder, path string, t *Topology) {
	if t.Kind == FatTree && t.K%2 != 0 {
		d.wrong(join(path, "k"), "a fat-tree of switches with "+strconv.Itoa(t.K)+" ports, an odd number",
			"write "+strconv.Itoa(max(t.K-1, 2))+" or "+strconv.Itoa(t.K+1))
	}
	if t.Kind == Jellyfish && t.Ports <= t.HostsPerSwitch {
		d.wrong(join(path, "ports"), "hosts take all ports of a switch", "more ports than hosts-per-switch")
	}
	if t.Kind == Jellyfish && t.Ports-t.HostsPerSwitch >= t.Switches {
		d.wrong(join(path, "ports"), "more ports lead to other switches than there are",
			"give more switches or hosts-per-switch, or less ports")
	}
	t.Queue.resolve(t.Rate, 2*t.Delay)
	t.HostQueue.resolve(t.Rate, 2*t.Delay)
}

func routingTable() *table[Routing] {
	return &table[Routing]{
		what: "routing",
		fields: []field[Routing]{
			key("kind", word(RoutingKinds...), func(r *Routing) *string { return &r.Kind },
				"who chooses among paths of equal cost: "+strings.Join(RoutingKinds, ", "), required,
				aka[Routing]("type", "mode")),
			key("hash", word(HashFiveTuple, HashFlowLabel), func(r *Routing) *string { return &r.Hash },
				"what switches hash: five-tuple or flow-label", def[Routing](HashFiveTuple),
				when(func(r *Routing) string {
					if r.Kind == RouteECMP || r.Kind == "" {
						return ""
					}
					return "belongs to routing of kind ecmp, this one is " + r.Kind
				})),
			key("metric", flag("links", "delay"), func(r *Routing) *bool { return &r.ByLinks },
				"what makes paths equally good: their delay, then the number of links; or the links alone",
				def[Routing]("delay"), aka[Routing]("cost")),
			key("order", flag("in-turn", "random"), func(r *Routing) *bool { return &r.Turn },
				"of the paths that packets take: random or in-turn", def[Routing]("random"),
				when(func(r *Routing) string {
					if r.Kind == RouteSpray || r.Kind == "" {
						return ""
					}
					return "belongs to routing of kind spray, this one is " + r.Kind
				})),
			key("paths", zeroIs(shortest, integer(1, 4096)), func(r *Routing) *int { return &r.Paths },
				"to choose among: so many of the shortest, longer ones included; shortest: those of least cost",
				def[Routing](shortest), when(func(r *Routing) string {
					switch r.Kind {
					case RouteSpray, RouteSourceRandom, RouteSourceDistinct, "":
						return ""
					}
					return "belongs to routing of kind spray, source-random or source-distinct, this one is " + r.Kind
				})),
			key("reroute-delay", duration(0, maxDelay),
				func(r *Routing) *unit.Duration { return &r.RerouteDelay },
				"from a failure or repair until routes follow", def[Routing]("50ms"),
				aka[Routing]("convergence", "reroute")),
		},
	}
}

func failureTable() *table[Failure] {
	return &table[Failure]{
		what: "failure",
		fields: []field[Failure]{
			key("at", duration(0, maxDuration), func(f *Failure) *unit.Duration { return &f.At },
				"time since the start of the run", required, aka[Failure]("time", "from")),
			key("link", text(100, false), func(f *Failure) *string { return &f.Link },
				"name of a link, as in edge-0-1:aggr-0-0"),
			key("switch", text(100, false), func(f *Failure) *string { return &f.Node },
				"name of a switch or router, as in core-3", aka[Failure]("node", "router")),
			key("until", zeroIs(none, duration(1, maxDuration)), func(f *Failure) *unit.Duration { return &f.Until },
				"when it works again; none: never", def[Failure](none), aka[Failure]("to", "repair")),
		},
		check: func(d *decoder, path string, f *Failure) {
			switch {
			case f.Link == "" && f.Node == "", f.Link != "" && f.Node != "":
				d.wrong(path, "a failure is of one link or one switch", "give link or switch")
			case f.Until != 0 && f.Until <= f.At:
				d.wrong(join(path, "until"), "the repair at "+f.Until.String()+" is not after the failure", "")
			}
		},
	}
}
