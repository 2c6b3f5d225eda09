package build

import (
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// load returns a shipped scenario with overrides.
func load(t *testing.T, name string, sets ...string) *spec.Scenario {
	t.Helper()
	data, err := scenarios.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	s, problems := spec.Load(name, data, sets)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

// run wires and runs a scenario for a time.
func run(t *testing.T, s *spec.Scenario, o Options, until unit.Duration) *World {
	t.Helper()
	w, err := New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Run(sim.Time(until))
	return w
}

// nullSink is a capture that keeps nothing.
type nullSink struct{ packets, octets int }

func (s *nullSink) Interface(string) int { return 0 }
func (s *nullSink) Packet(_ int64, _ int, _ bool, b []byte) {
	s.packets++
	s.octets += len(b)
}

func TestRecordingDoesNotChangeTheDigest(t *testing.T) {
	s := load(t, "handover/full")
	bare := run(t, s, Options{}, 12*unit.Second)
	sink := &nullSink{}
	full := run(t, s, Options{
		Series:  trace.NewSeries(),
		Capture: func(string) (trace.PacketSink, error) { return sink, nil },
	}, 12*unit.Second)
	if bare.Digest() != full.Digest() {
		t.Errorf("digest %s without recording, %s with", bare.Digest(), full.Digest())
	}
	if sink.packets < 10_000 {
		t.Errorf("the capture saw %d packets only", sink.packets)
	}
}

func TestSeedAndScenarioChangeTheDigest(t *testing.T) {
	digests := map[string]string{}
	for _, c := range []struct{ name, set string }{
		{"as shipped", ""}, {"another seed", "seed=2"}, {"another rate", "links.wifi.rate=9 Mbit/s"},
		{"another scheduler", "hosts.server.mptcp.scheduler=roundrobin"}, {"loss", "links.wifi.loss=1%"},
	} {
		var sets []string
		if c.set != "" {
			sets = []string{c.set}
		}
		d := run(t, load(t, "handover/full", sets...), Options{}, 3*unit.Second).Digest()
		if other, same := digests[d]; same {
			t.Errorf("%s and %s have one digest", c.name, other)
		}
		digests[d] = c.name
	}
}

// find returns the one record of a group whose keys have these values.
func find(t *testing.T, s *trace.Summary, group string, want map[string]string) *trace.Record {
	t.Helper()
	var found *trace.Record
	records := s.Group(group).Records
next:
	for i := range records {
		for k, v := range want {
			if f, ok := records[i].Get(k); !ok || f.Text != v {
				continue next
			}
		}
		if found != nil {
			t.Fatalf("two %s with %v", group, want)
		}
		found = &records[i]
	}
	if found == nil {
		t.Fatalf("no %s with %v", group, want)
	}
	return found
}

func value(t *testing.T, r *trace.Record, key string) int64 {
	t.Helper()
	f, ok := r.Get(key)
	if !ok || f.Kind != trace.IntValue {
		t.Fatalf("%s is not a number", key)
	}
	return f.Int
}

// What the summary says at the application, the connection, the subflows and the links must agree.
func TestSummaryAgreesWithItself(t *testing.T) {
	w := run(t, load(t, "basics/two-paths"), Options{}, 12*unit.Second)
	s := w.Summary()
	const octets = 16 << 20
	app := find(t, s, trace.GroupApplications, map[string]string{"application": "download"})
	if n := value(t, app, "bytes_received"); n != octets {
		t.Errorf("application received %d octets, want %d", n, octets)
	}
	conn := find(t, s, trace.GroupConnections, map[string]string{"host": "client"})
	if n := value(t, conn, "bytes_received"); n != octets {
		t.Errorf("connection received %d octets", n)
	}
	var delivered, wire int64
	for _, label := range []string{"client.near", "client.far"} {
		f := find(t, s, trace.GroupSubflows, map[string]string{"host": "client", "label": label})
		delivered += value(t, f, "bytes_delivered")
		l := find(t, s, trace.GroupLinks, map[string]string{"from": "exchange", "to": label})
		wire += value(t, l, "delivered_bytes")
		if got, link := value(t, f, "bytes_received"), value(t, l, "delivered_bytes"); got >= link || got < link*9/10 {
			t.Errorf("%s: subflow received %d octets of the link's %d", label, got, link)
		}
	}
	if delivered != octets {
		t.Errorf("subflows delivered %d octets together", delivered)
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
}

func TestLabels(t *testing.T) {
	s := load(t, "basics/two-paths", "hosts.client.mptcp.path-manager=ndiffports", "hosts.client.mptcp.subflows=3")
	w := run(t, s, Options{}, unit.Second)
	var labels []string
	for _, r := range w.Summary().Group(trace.GroupSubflows).Records {
		if h, _ := r.Get("host"); h.Text == "client" {
			l, _ := r.Get("label")
			labels = append(labels, l.Text)
		}
	}
	if got := strings.Join(labels, " "); got != "client.near client.near#2 client.near#3" {
		t.Errorf("labels %q", got)
	}
}

func TestLatencyRanks(t *testing.T) {
	var all []unit.Duration
	for i := 100; i >= 1; i-- {
		all = append(all, unit.Duration(i))
	}
	var r trace.Record
	latencies(&r, all)
	for key, want := range map[string]int64{
		"latency_p50_ns": 50, "latency_p95_ns": 95, "latency_p99_ns": 99, "latency_max_ns": 100,
	} {
		if got := value(t, &r, key); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
}

// A wrong trace and a host without a way to its peer are problems with a position.
func TestProblemsHavePositions(t *testing.T) {
	data := `
name: x
duration: 1s
hosts:
  a: {interfaces: {i: {address: 10.0.0.1}}}
  b: {interfaces: {i: {address: "2001:db8::1"}}}
links:
  l: {between: [a.i, b.i], rate: 1 Mbit/s}
applications:
  - {name: d, kind: bulk, client: a, server: b, bytes: 1 kB}
`
	s, problems := spec.Load("x.yaml", []byte(data), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, err := New(s, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "x.yaml:") || !strings.Contains(err.Error(), "cannot reach") {
		t.Errorf("error %v", err)
	}
}
