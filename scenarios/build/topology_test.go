package build_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi/app/traffic"
)

// text is a short run of a topology with traffic and what else is given.
func text(lines ...string) string {
	return "duration: 30ms\n" + strings.Join(lines, "\n") + "\n"
}

// ran loads, wires and runs a scenario to its end, and returns its summary and its digest.
func ran(t *testing.T, text string, o build.Options, sets ...string) (*trace.Summary, string) {
	t.Helper()
	s, problems := spec.Load("t.yaml", []byte(text), sets)
	if problems != nil {
		t.Fatalf("%v\n%s", problems, text)
	}
	w, err := build.New(s, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	defer w.Close()
	w.Run(sim.Time(s.Duration))
	if err := w.Err(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	return w.Summary(), w.Digest()
}

// value returns a whole number of the first record of a group.
func value(t *testing.T, s *trace.Summary, group, key string) int64 {
	t.Helper()
	g := s.Group(group)
	if g == nil || len(g.Records) == 0 {
		t.Fatalf("the summary has no group %s", group)
	}
	f, ok := g.Records[0].Get(key)
	if !ok {
		t.Fatalf("group %s has no key %s", group, key)
	}
	return f.Int
}

const permutation = "traffic: [{name: p, matrix: permutation, subflows: 2, size: 100 kB}]"

// TestTopologies: every kind is built, carries traffic of each host to another one, and all of it arrives.
func TestTopologies(t *testing.T) {
	for _, c := range []struct {
		topology string
		hosts    int64
	}{
		{"fat-tree", 128},
		{"{kind: fat-tree, k: 4}", 16},
		{"{kind: fat-tree, k: 4, oversubscription: 4}", 64},
		{"{kind: fat-tree, k: 4, homes: 2}", 0},
		{"{kind: vl2, tors: 4, aggregations: 4, intermediates: 2, servers-per-tor: 3}", 12},
		{"{kind: bcube, n: 3, k: 1}", 9},
		{"{kind: jellyfish, switches: 8, ports: 5, hosts-per-switch: 2, wiring-seed: 7}", 16},
		{"{kind: leaf-spine, leaves: 3, spines: 2, hosts-per-switch: 3}", 9},
		{"{kind: dumbbell, pairs: 3, addresses: ipv6}", 6},
		{"{kind: parking-lot, hops: 2}", 6},
		{"{kind: torus, bottlenecks: 4}", 8},
	} {
		matrix := permutation
		if strings.Contains(c.topology, "torus") {
			matrix = strings.Replace(permutation, "permutation", "halves", 1)
		}
		s, _ := ran(t, text("topology: "+c.topology, matrix), build.Options{})
		hosts, flows := value(t, s, trace.GroupTraffic, "hosts"), value(t, s, trace.GroupTraffic, "flows_started")
		if c.hosts != 0 && hosts != c.hosts {
			t.Errorf("%s: %d hosts, not %d", c.topology, hosts, c.hosts)
		}
		if done := value(t, s, trace.GroupTraffic, "flows_completed"); done != flows || flows == 0 {
			t.Errorf("%s: %d of %d flows are complete", c.topology, done, flows)
		}
	}
}

// TestRoutings: traffic arrives under every kind of routing, and they differ.
func TestRoutings(t *testing.T) {
	seen := map[string]string{}
	for _, r := range []string{
		"shortest", "ecmp", "spray", "{kind: spray, order: in-turn}", "source-random", "source-distinct",
		"{kind: ecmp, hash: flow-label}",
	} {
		s, digest := ran(t, text("topology: {kind: fat-tree, k: 4, addresses: ipv6}", "routing: "+r, permutation),
			build.Options{})
		if done := value(t, s, trace.GroupTraffic, "flows_completed"); done != 16 {
			t.Errorf("%s: %d of 16 flows are complete", r, done)
		}
		if other := seen[digest]; other != "" {
			t.Errorf("%s and %s are the same", r, other)
		}
		seen[digest] = r
	}
}

// TestQueues: all disciplines carry traffic through a bottleneck; those that mark do mark, each in its own way.
func TestQueues(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct {
		queue string
		marks bool
	}{
		{"100 packets", false},
		{"{limit: 100 packets, random-early: 2 packets}", false},
		{"{limit: 100 packets, discipline: ecn-threshold, mark: 20 packets}", true},
		{"{limit: 100 packets, discipline: ecn-threshold, mark: 20 packets, strict: true}", true},
		{"{limit: 100 packets, discipline: red, ecn: true}", true},
		{"{limit: 100 packets, discipline: red, min: 8 kB, max: 30 kB, gentle: false}", false},
		{"{limit: 100 packets, discipline: codel, target: 50us, interval: 1ms, ecn: true}", true},
		{"{limit: 100 packets, discipline: codel, ce-threshold: 30us}", true},
		{"{limit: 200 packets, discipline: fq-codel, target: 50us, interval: 1ms}", false},
		{"{limit: 100 packets, discipline: pie, target: 50us, update: 1ms, max-burst: 1ms, alpha: 100, beta: 500, " +
			"ecn: true}", true},
	} {
		s, digest := ran(t, text("topology: {kind: dumbbell, pairs: 4, host: {tcp: {congestion: dctcp, "+
			"min-rto: 5ms}}, queue: "+c.queue+"}", "traffic: [{name: p, matrix: halves, transport: tcp}]"), build.Options{})
		marked := int64(0)
		for _, r := range s.Group(trace.GroupLayers).Records {
			f, _ := r.Get("marked_packets")
			marked += f.Int
		}
		if (marked > 0) != c.marks {
			t.Errorf("%s: %d packets are marked", c.queue, marked)
		}
		if got := value(t, s, trace.GroupTraffic, "goodput_bps"); got < 300_000_000 {
			t.Errorf("%s: %d bit/s through 1 Gbit/s", c.queue, got)
		}
		if other := seen[digest]; other != "" && !strings.Contains(c.queue, "strict") {
			t.Errorf("%s and %s are the same", c.queue, other)
		}
		seen[digest] = c.queue
	}
}

// TestMatrices: every matrix and kind of traffic does something.
func TestMatrices(t *testing.T) {
	more := map[string]string{
		spec.MatrixStride: ", stride: 4", spec.MatrixOneToMany: ", destinations: 3", spec.MatrixManyToMany: ", group: 4",
		spec.MatrixSparse: ", share: 50%", spec.MatrixStaggered: ", edge-share: 20%, pod-share: 30%",
	}
	if diff := cmp.Diff(spec.Matrices, traffic.MatrixNames()); diff != "" {
		t.Errorf("scenarios and traffic know different matrices:\n%s", diff)
	}
	if diff := cmp.Diff(spec.TrafficKinds, traffic.Kinds()); diff != "" {
		t.Errorf("scenarios and traffic know different kinds:\n%s", diff)
	}
	if diff := cmp.Diff(spec.PathChoices, traffic.PathsNames()); diff != "" {
		t.Errorf("scenarios and traffic know different choices of paths:\n%s", diff)
	}
	for _, m := range spec.Matrices {
		s, _ := ran(t, text("topology: {kind: fat-tree, k: 4, queue: unlimited}", // no timeout outlasts the run
			"traffic: [{name: p, matrix: "+m+more[m]+", transport: tcp, size: 10 kB}]"), build.Options{})
		flows := value(t, s, trace.GroupTraffic, "flows_started")
		if done := value(t, s, trace.GroupTraffic, "flows_completed"); done != flows || flows == 0 {
			t.Errorf("%s: %d of %d flows are complete", m, done, flows)
		}
	}
	for kind, c := range map[string]struct{ more, key string }{
		"bulk":   {"", "bytes_measured"},
		"short":  {", interval: 2ms", "flows_completed"},
		"incast": {", senders: 5, size: 20 kB", "rounds"},
		"cbr":    {", rate: 100 Mbit/s, on: 1ms, off: 2ms", "bytes_received"},
	} {
		s, _ := ran(t, text("topology: {kind: fat-tree, k: 4}", "traffic: [{name: p, kind: "+kind+c.more+"}]"),
			build.Options{})
		if got := value(t, s, trace.GroupTraffic, c.key); got <= 0 {
			t.Errorf("%s: %s is %d", kind, c.key, got)
		}
	}
}

// TestSelections: who takes part.
func TestSelections(t *testing.T) {
	for hosts, want := range map[string]int64{
		"all": 16, "[host-3..host-6, host-0, host-5]": 5, "{share: 1/2}": 8,
	} {
		s, _ := ran(t, text("topology: {kind: fat-tree, k: 4}",
			"traffic: [{name: p, hosts: "+hosts+", size: 1 kB}]"), build.Options{})
		if got := value(t, s, trace.GroupTraffic, "senders"); got != want {
			t.Errorf("%s: %d hosts send, not %d", hosts, got, want)
		}
	}
	s, _ := ran(t, text("topology: {kind: fat-tree, k: 4}", "record: {detail: flows}", "traffic:",
		"  - {name: a, matrix: sparse, share: 25%, size: 1 kB}", "  - {name: b, hosts: {except: a}, size: 1 kB}"),
		build.Options{})
	var senders [2][]string
	for _, r := range s.Group(trace.GroupFlows).Records {
		name, _ := r.Get("traffic")
		from, _ := r.Get("from")
		senders[int(name.Text[0]-'a')] = append(senders[int(name.Text[0]-'a')], from.Text)
	}
	if len(senders[0]) != 4 || len(senders[1]) != 12 {
		t.Errorf("%d and %d hosts send", len(senders[0]), len(senders[1]))
	}
	for _, h := range senders[1] {
		if slices.Contains(senders[0], h) {
			t.Errorf("%s is in both groups", h)
		}
	}
}

// TestSharedBuffer: with little memory for all ports of a switch more packets are lost than with much.
func TestSharedBuffer(t *testing.T) {
	lost := map[string]int64{}
	for _, buffer := range []string{"none", "{size: 30 kB, alpha: 1/2}", "{size: 10 MB}"} {
		s, _ := ran(t, text("topology: {kind: leaf-spine, leaves: 2, spines: 1, queue: 1000 packets, shared-buffer: "+
			buffer+"}", "traffic: [{name: p, matrix: permutation, transport: tcp}]"), build.Options{})
		for _, r := range s.Group(trace.GroupLayers).Records {
			f, _ := r.Get("dropped_queue_packets")
			lost[buffer] += f.Int
		}
	}
	if lost["{size: 30 kB, alpha: 1/2}"] <= lost["{size: 10 MB}"] || lost["{size: 10 MB}"] != lost["none"] {
		t.Errorf("packets lost: %v", lost)
	}
}

// TestFailure: a flow loses its path and gets another one after the delay of rerouting.
func TestFailure(t *testing.T) {
	received := func(more ...string) int64 {
		lines := append([]string{"topology: {kind: leaf-spine, leaves: 2, spines: 2, hosts-per-switch: 1, " +
			"host: {tcp: {min-rto: 5ms}}}",
			"traffic: [{name: p, matrix: permutation, transport: tcp}]"}, more...)
		s, _ := ran(t, strings.Replace(text(lines...), "30ms", "400ms", 1), build.Options{})
		return value(t, s, trace.GroupTraffic, "bytes_received")
	}
	good := received()
	spines := "failures: [{at: 20ms, switch: spine-0}, {at: 20ms, switch: spine-1, until: %s}]"
	slow := received(fmt.Sprintf(spines, "120ms"), "routing: {kind: ecmp, reroute-delay: 1ms}")
	// Timeouts double: the next try comes at most as long after the repair as the failure lasted.
	if slow > good*8/10 || slow < good*4/10 {
		t.Errorf("with all spines down for a quarter of the time %d octets, else %d", slow, good)
	}
	moved := received("failures: [{at: 20ms, switch: spine-0}]", "routing: {kind: ecmp, reroute-delay: 1ms}")
	if moved < good*8/10 {
		t.Errorf("with another spine there %d octets, else %d", moved, good)
	}
	stays := received("failures: [{at: 20ms, link: \"leaf-0:spine-0\"}, {at: 20ms, link: \"leaf-0:spine-1\"}]")
	if stays > good*2/10 {
		t.Errorf("without any way %d octets, else %d", stays, good)
	}
}

// TestSharing: the report counts each direction of each subflow on each link that it crosses, and asking for it
// changes nothing.
func TestSharing(t *testing.T) {
	scenario := text("topology: {kind: dumbbell, pairs: 3}",
		"traffic: [{name: p, matrix: halves, subflows: 2, size: 50 kB}]")
	_, plain := ran(t, scenario, build.Options{})
	s, tracked := ran(t, scenario, build.Options{Sharing: true})
	if plain != tracked {
		t.Errorf("the report changes the digest from %s to %s", plain, tracked)
	}
	r := &s.Group(trace.GroupSharing).Records[0]
	name, _ := r.Get("link")
	flows, _ := r.Get("flows")
	pairs, _ := r.Get("pairs")
	which, _ := r.Get("which")
	if !strings.HasPrefix(name.Text, "bottleneck") || flows.Int != 6 || pairs.Int != 3 ||
		len(strings.Fields(which.Text)) != 6 {
		t.Errorf("most shared is %s by %d flows of %d pairs: %s", name.Text, flows.Int, pairs.Int, which.Text)
	}
}

// TestUnknownNames: names that the topology does not have are told at their places, all of a kind at once.
func TestUnknownNames(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"failures: [{at: 1ms, link: edge-0-0:agr-0-0}, {at: 1ms, switch: core9}]",
			"t.yaml:3:28: there is no link \"edge-0-0:agr-0-0\" (did you mean \"edge-0-0:aggr-0-0\"?)\n" +
				"t.yaml:3:65: there is no switch or router \"core9\" (did you mean \"core-0\"?)"},
		{"applications: [{name: a, kind: bulk, client: hots-3, server: host-4}]",
			"t.yaml:3:46: there is no host \"hots-3\" (did you mean \"host-3\"?)"},
		{"hosts: {host-3: {interfaces: {x: }}}\nlinks: {l: {between: [host-3.x, core-0], rate: 1 Gbit/s}}",
			"t.yaml:3:9: the topology has a node or link of this name: choose another one"},
		{"hosts: {h: {interfaces: {x: }}}\nlinks: {l: {between: [h.x, cor-0], rate: 1 Gbit/s}}",
			"t.yaml:4:28: there is no node \"cor-0\" (did you mean \"core-0\"?)"},
		{"traffic: [{name: q, hosts: [host-2, hst-4, host-9..host-3]}]",
			"t.yaml:3:37: there is no host \"hst-4\" (did you mean \"host-4\"?)\n" +
				"t.yaml:3:44: host-9 comes after host-3: write host-3..host-9"},
		{"calls: [{at: 0s, application: a, end: server, call: announce, local-interface: eth0}]\n" +
			"applications: [{name: a, kind: bulk, client: host-3, server: host-4}]",
			"t.yaml:3:80: host host-4 has no interface \"eth0\""},
		{"failures: [{at: 1ms, link: \"aggr-0-1:edge-0-0\"}, {at: 1ms, switch: host-3}]",
			"t.yaml:3:28: there is no link \"aggr-0-1:edge-0-0\" (the lower end comes first: \"edge-0-0:aggr-0-1\")\n" +
				"t.yaml:3:68: \"host-3\" is a host, and hosts do not fail (name a link of it, as in link: \"host-3:edge-0-1\")"},
		{"traffic: [{name: a, matrix: stride, stride: 16}, {name: b, matrix: many-to-many, group: 17}]",
			"t.yaml:3:11: traffic a: matrix stride: its number is 16: with 16 hosts give 1 to 15\n" +
				"t.yaml:3:50: traffic b: matrix many-to-many: its number is 17: with 16 hosts give 2 to 16"},
	} {
		full := text("topology: {kind: fat-tree, k: 4}", c.lines)
		if !strings.Contains(full, "traffic") {
			full += permutation
		}
		s, problems := spec.Load("t.yaml", []byte(full), nil)
		if problems != nil {
			t.Fatal(problems)
		}
		_, err := build.New(s, build.Options{})
		var got []string
		for line := range strings.Lines(fmt.Sprint(err)) {
			if strings.HasPrefix(line, "t.yaml") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.lines, diff)
		}
	}
}

// TestNoWay: a matrix that a topology cannot carry is told before the run.
func TestNoWay(t *testing.T) {
	s, problems := spec.Load("t.yaml", []byte(text("topology: torus", permutation)), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	if _, err := build.New(s, build.Options{}); err == nil || !strings.Contains(err.Error(), "write matrix: halves") {
		t.Errorf("a permutation over a torus: %v", err)
	}
}

// TestBesideTopology: hosts, links and applications of the file live beside a topology's.
func TestBesideTopology(t *testing.T) {
	s, _ := ran(t, text("topology: {kind: fat-tree, k: 4}",
		"hosts: {client: {interfaces: {eth0: }}}",
		"links: {uplink: {between: [client.eth0, core-0], rate: 1 Gbit/s, delay: 1ms}}",
		"applications: [{name: get, kind: bulk, client: client, server: host-9, bytes: 100 kB}]"), build.Options{})
	if got := value(t, s, trace.GroupApplications, "bytes_received"); got != 100_000 {
		t.Errorf("%d octets of 100000 arrived", got)
	}
}

// TestOptimal: one flow over an idle network gets what its host's link carries of payload.
func TestOptimal(t *testing.T) {
	s, _ := ran(t, strings.Replace(text("topology: {kind: leaf-spine, leaves: 2, spines: 1, hosts-per-switch: 1}",
		"traffic: [{name: p, hosts: [host-0, host-1], matrix: stride, stride: 1, transport: tcp, measure-from: 50ms}]"),
		"30ms", "150ms", 1), build.Options{})
	r := &s.Group(trace.GroupTraffic).Records[0]
	for key, want := range map[string]float64{"optimal_payload_ratio": 0.96, "optimal_wire_ratio": 0.93} {
		f, _ := r.Get(key)
		var got float64
		if _, err := fmt.Sscan(f.Text, &got); err != nil || got < want-0.05 || got > want+0.05 {
			t.Errorf("%s is %s, expected about %v: %v", key, f.Text, want, err)
		}
	}
}

// TestNoAllocation: without series, a packet costs no memory once the world has warmed up.
func TestNoAllocation(t *testing.T) {
	s, problems := spec.Load("t.yaml", []byte(text("topology: {kind: fat-tree, k: 4, host: {tcp: {initial-rto: 10ms}}}",
		"traffic: [{name: p, matrix: permutation}]")), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	w, err := build.New(s, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	w.Run(sim.Time(100 * unit.Millisecond))
	var before, after runtime.MemStats
	hops := w.Stats().PacketHops
	runtime.ReadMemStats(&before)
	w.Run(sim.Time(200 * unit.Millisecond))
	runtime.ReadMemStats(&after)
	hops = w.Stats().PacketHops - hops
	if n := after.Mallocs - before.Mallocs; hops < 100_000 || n > hops/1000 {
		t.Errorf("%d allocations in %d packet-hops", n, hops)
	} else {
		t.Logf("%d allocations in %d packet-hops", n, hops)
	}
}

// TestUnconnected: flows that never came to carry anything are told, and only then.
func TestUnconnected(t *testing.T) {
	for _, c := range []struct {
		fail string
		want int
	}{{"[]", 0}, {"[{at: 0s, switch: spine-0}]", 1}} {
		s, problems := spec.Load("t.yaml", []byte(text("topology: {kind: leaf-spine, leaves: 2, spines: 1, hosts-per-switch: 1}",
			"failures: "+c.fail, "traffic: [{name: p, matrix: permutation}]")), nil)
		if problems != nil {
			t.Fatal(problems)
		}
		w, err := build.New(s, build.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w.Run(sim.Time(s.Duration))
		if got := w.Warnings(); len(got) != c.want || c.want > 0 && !strings.Contains(got[0], "2 of 2 flows of traffic p") {
			t.Errorf("failures %s: %q", c.fail, got)
		}
		w.Close()
	}
}
