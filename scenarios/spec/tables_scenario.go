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
			key("hosts", named("host", hostTable().codec(), func(h *Host) *string { return &h.Name }),
				func(s *Scenario) *[]Host { return &s.Hosts }, "end systems by name", required,
				aka[Scenario]("nodes", "endpoints", "host")),
			key("routers", list("router", reference("r1"), nil), func(s *Scenario) *[]string { return &s.Routers },
				"names of nodes that forward packets", aka[Scenario]("switches", "router")),
			key("links", named("link", linkCodec(), func(l *Link) *string { return &l.Name }),
				func(s *Scenario) *[]Link { return &s.Links }, "links by name", required,
				aka[Scenario]("paths", "networks", "link")),
			key("applications", list("application", applicationTable().codec(),
				func(a *Application) string { return a.Name }),
				func(s *Scenario) *[]Application { return &s.Applications }, "list of workloads", required,
				aka[Scenario]("apps", "workloads", "workload", "flows", "traffic", "application")),
			key("calls", list("call", callTable().codec(), nil), func(s *Scenario) *[]Call { return &s.Calls },
				"of the socket API at given times, on applications' connections", aka[Scenario]("actions", "script")),
			key("record", recordTable().codec(), func(s *Scenario) *Record { return &s.Record },
				"what is recorded while the world runs", def[Scenario]("{}"), aka[Scenario]("output", "trace", "traces")),
			key("figures", list("figure", figureTable().codec(), nil),
				func(s *Scenario) *[]Figure { return &s.Figures }, "drawn after the run",
				def[Scenario]("[{kind: goodput}, {kind: data-sequence}]"),
				aka[Scenario]("plots", "plot", "graphs", "figure")),
		},
		check: func(d *decoder, _ string, s *Scenario) {
			if len(s.Hosts) == 0 {
				d.wrong("hosts", "there are no hosts", "a scenario has at least two")
			}
		},
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
		},
	}
}

func figureTable() *table[Figure] {
	return &table[Figure]{
		what: "figure",
		fields: []field[Figure]{
			key("kind", word(FigureKinds...), func(f *Figure) *string { return &f.Kind },
				"one of goodput, data-sequence, window, rtt, queue", required, aka[Figure]("type", "figure", "name")),
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
