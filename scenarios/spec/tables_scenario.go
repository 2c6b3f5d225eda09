package spec

import (
	"strings"

	"gopkg.in/yaml.v3"

	"mpsim/sim/unit"
)

// scenarioTable is the whole file.
func scenarioTable() *table[Scenario] {
	return &table[Scenario]{
		what: "scenario",
		fields: []field[Scenario]{
			key("name", scenarioName(), func(s *Scenario) *string { return &s.Name },
				"name, as in handover/full; by default the file's"),
			key("title", text(120, false), func(s *Scenario) *string { return &s.Title }, "one line"),
			key("description", text(10_000, true), func(s *Scenario) *string { return &s.Description },
				"paragraphs"),
			key("duration", duration(unit.Millisecond, maxDuration),
				func(s *Scenario) *unit.Duration { return &s.Duration }, "length of the run, such as 40s", required),
			key("seed", integer[uint64](0, 1<<63-1), func(s *Scenario) *uint64 { return &s.Seed },
				"of all random streams", def[Scenario]("1")),
			key("topology", orNone(orWord(topologyTable(), TopologyKinds)),
				func(s *Scenario) **Topology { return &s.Topology },
				"a network by its kind, as in fat-tree, or {kind: fat-tree, k: 16}", def[Scenario](none),
				aka[Scenario]("network-kind", "fabric")),
			key("routing", orWord(routingTable(), RoutingKinds), func(s *Scenario) *Routing { return &s.Routing },
				"among paths of equal cost, and after failures; shortest, with a topology ecmp",
				defBy(usualRouting)),
			key("hosts", named("host", hostTable().codec(), func(h *Host) *string { return &h.Name }),
				func(s *Scenario) *[]Host { return &s.Hosts }, "end systems by name", requiredUnless(hasTopology),
				aka[Scenario]("nodes", "endpoints", "host")),
			key("routers", list("router", reference("r1"), nil), func(s *Scenario) *[]string { return &s.Routers },
				"names of nodes that forward packets", aka[Scenario]("switches", "router")),
			key("links", named("link", linkCodec(), func(l *Link) *string { return &l.Name }),
				func(s *Scenario) *[]Link { return &s.Links }, "links by name", requiredUnless(hasTopology),
				aka[Scenario]("paths", "networks", "link")),
			key("failures", list("failure", failureTable().codec(), nil),
				func(s *Scenario) *[]Failure { return &s.Failures }, "links and switches that fail and routes that follow",
				aka[Scenario]("failure", "outages")),
			key("scripts", named("script", scriptCodec(), func(x *Script) *string { return &x.Name }),
				func(s *Scenario) *[]Script { return &s.Scripts },
				"code by name, in Starlark: of applications, schedulers, path managers, congestion controllers",
				aka[Scenario]("script", "code", "programs")),
			key("traffic", list("group of traffic", trafficTable().codec(),
				func(t *Traffic) string { return t.Name }),
				func(s *Scenario) *[]Traffic { return &s.Traffic }, "many flows between many hosts",
				aka[Scenario]("matrix", "flows")),
			key("applications", list("application", applicationTable().codec(),
				func(a *Application) string { return a.Name }),
				func(s *Scenario) *[]Application { return &s.Applications }, "list of workloads",
				requiredUnless(func(s *Scenario) bool { return s.Topology != nil || len(s.Traffic) > 0 }),
				aka[Scenario]("apps", "workloads", "workload", "application")),
			key("calls", list("call", callTable().codec(), nil), func(s *Scenario) *[]Call { return &s.Calls },
				"of the socket API at given times, on applications' connections", aka[Scenario]("actions")),
			key("record", recordTable().codec(), func(s *Scenario) *Record { return &s.Record },
				"what is recorded while the world runs", def[Scenario]("{}"), aka[Scenario]("output", "trace", "traces"),
				then(recordLess)),
			key("figures", list("figure", figureTable().codec(), nil),
				func(s *Scenario) *[]Figure { return &s.Figures }, "drawn after the run",
				defBy(func(s *Scenario) string {
					if s.Record.Series {
						return "[{kind: goodput}, {kind: data-sequence}]"
					}
					return "[]"
				}),
				aka[Scenario]("plots", "plot", "graphs", "figure")),
			key("sweep", maybe(sweepTable().codec()), func(s *Scenario) **Sweep { return &s.Sweep },
				"what mpsim sweep runs without further arguments", aka[Scenario]("study", "experiment", "experiments")),
		},
		check: func(d *decoder, _ string, s *Scenario) {
			if len(s.Hosts) == 0 && s.Topology == nil {
				d.wrong("hosts", "there are no hosts", "a scenario has at least two")
			}
		},
	}
}

func hasTopology(s *Scenario) bool { return s.Topology != nil }

func usualRouting(s *Scenario) string {
	if hasTopology(s) {
		return RouteECMP
	}
	return RouteShortest
}

// recordLess is what a world with a topology records unless something else is written.
func recordLess(d *decoder, _ string, s *Scenario) {
	if !hasTopology(s) {
		return
	}
	if !d.written("record.series") {
		s.Record.Series = false
	}
	if !d.written("record.detail") {
		s.Record.Detail = DetailFlows
	}
}

// scenarioName is words joined by slashes.
func scenarioName() codec[string] {
	c := text(80, false)
	return codec[string]{
		decode: func(d *decoder, n *yaml.Node, path string, v *string) bool {
			var s string
			if !c.decode(d, n, path, &s) {
				return false
			}
			for _, part := range strings.Split(s, "/") {
				if msg := wrongName(part); msg != "" {
					d.bad(n, path, "scenario name "+quote(s)+" "+msg, "words joined by slashes, as in handover/full")
					return false
				}
			}
			*v = s
			return true
		},
		encode: c.encode, schema: c.schema,
	}
}

func recordTable() *table[Record] {
	return &table[Record]{
		what: "record",
		fields: []field[Record]{
			key("interval", duration(unit.Millisecond, maxDuration),
				func(r *Record) *unit.Duration { return &r.Interval }, "between the samples of time series",
				def[Record]("100ms"), aka[Record]("period", "step", "sampling")),
			key("series", truth(), func(r *Record) *bool { return &r.Series },
				"time series are taken; with a topology not unless asked for", def[Record]("true"),
				aka[Record]("time-series", "samples")),
			key("detail", word(DetailFull, DetailFlows, DetailGroups), func(r *Record) *string { return &r.Detail },
				"of the summary; full: each connection, subflow and link; flows: each flow of traffic; groups: totals",
				def[Record](DetailFull), aka[Record]("level", "summary")),
		},
	}
}

func figureTable() *table[Figure] {
	return &table[Figure]{
		what: "figure",
		fields: []field[Figure]{
			key("kind", word(FigureKinds...), func(f *Figure) *string { return &f.Kind },
				"one of goodput, data-sequence, window, rtt, queue, subflows", required, aka[Figure]("type", "figure",
					"name")),
			key("title", text(120, false), func(f *Figure) *string { return &f.Title }, "above the figure"),
			key("marks", list("mark", markTable().codec(), nil), func(f *Figure) *[]Mark { return &f.Marks },
				"labelled instants", aka[Figure]("events", "lines", "annotations")),
		},
	}
}

func markTable() *table[Mark] {
	return &table[Mark]{
		what: "mark",
		fields: []field[Mark]{
			key("at", duration(0, maxDuration), func(m *Mark) *unit.Duration { return &m.At },
				"time since the start of the run", required, aka[Mark]("time", "t")),
			key("label", text(60, false), func(m *Mark) *string { return &m.Label }, "text beside the line", required,
				aka[Mark]("text", "name", "title")),
		},
	}
}
