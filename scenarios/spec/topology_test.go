package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpsim/scenarios/spec"
	"mpsim/sim/unit"
)

// datacenters use every key of topologies, routing, failures, traffic and queues.
var datacenters = []string{
	"topology: fat-tree",
	"topology: {kind: fat-tree, k: 6, oversubscription: 2, homes: 2, rate: 10 Gbit/s, fabric-rate: 40 Gbit/s, " +
		"delay: 2us, fabric-delay: 1us, loss: 0.01%, mtu: 9000 B, addresses: ipv6, queue: 1 bdp, host-queue: unlimited, " +
		"shared-buffer: {size: 1 MB, alpha: 1/2}, host: {profile: rfc, tcp: {congestion: dctcp}, mptcp: {checksum: true}}}",
	"topology: {kind: vl2, tors: 2, aggregations: 4, intermediates: 3, servers-per-tor: 5}",
	"topology: {kind: bcube, n: 4, k: 1}",
	"topology: {kind: jellyfish, switches: 9, ports: 6, hosts-per-switch: 3, wiring-seed: 3}",
	"topology: {kind: leaf-spine, leaves: 2, spines: 2, hosts-per-switch: 2, shared-buffer: {size: 1 MB, alpha: none}}",
	"topology: {kind: dumbbell, pairs: 2}\nrecord: {series: true, detail: groups}",
	"topology: {kind: parking-lot, hops: 2}\nrecord: {detail: full, interval: 1ms}",
	"topology: {kind: torus, bottlenecks: 6}\nrouting: spray",
	"topology: {kind: fat-tree, addresses: ipv6}\nrouting: {kind: ecmp, hash: flow-label, reroute-delay: 0s}",
	"topology: fat-tree\nrouting: {kind: spray, order: in-turn}",
	"topology: fat-tree\nfailures: [{at: 1ms, link: \"a:b\", until: 2ms}, {at: 1ms, switch: c}]",
	"topology: {kind: fat-tree, queue: {limit: 100 packets, random-early: 2 packets}}",
	"topology: {kind: fat-tree, queue: {discipline: ecn-threshold, mark: 30 kB, strict: true}}",
	"topology: {kind: fat-tree, queue: {discipline: red, min: 1 packet, max: 9 packets, max-probability: 10%, weight: 2, " +
		"mean-packet: 1000 B, gentle: false, ecn: true}, host-queue: {discipline: codel, target: 1ms, interval: 2ms, " +
		"ce-threshold: 1us, ecn: true}}",
	"topology: {kind: fat-tree, queue: {discipline: fq-codel, flows: 8, quantum: 3000 B}, host-queue: {discipline: pie, " +
		"target: 1ms, update: 1ms, max-burst: 2ms, alpha: 3, beta: 7/2, ecn: true}}",
	"topology: none\nhosts: {a: {interfaces: {x: }}, b: {interfaces: {x: }}}\n" +
		"links: {l: {between: [a.x, b.x], rate: 1 Mbit/s, queue: {discipline: red}}}",
}

var traffics = []string{
	"{name: p}",
	"{name: p, hosts: [host-0, host-3..host-9], matrix: stride, stride: 2, size: 1 MB, jitter: 1ms, stop: 1s}",
	"{name: p, matrix: staggered, edge-share: 10%, pod-share: 1/4, paths: nearest, congestion: hosts}",
	"{name: p, hosts: {share: 1/3}, matrix: sparse, share: 50%, start: 1ms, measure-from: 2ms, subflows: 3}",
	"{name: p, matrix: one-to-many, destinations: 4, transport: tcp, congestion: cubic}",
	"{name: p, matrix: neighbours, destinations: all}", "{name: p, matrix: many-to-many, group: 3}",
	"{name: p, matrix: hot-spot, hot: 2}", "{name: p, matrix: fan-in, senders: 3}", "{name: p, matrix: halves}",
	"{name: p, kind: short, matrix: random, size: web-search, interval: 1ms, flows: 9}",
	"{name: p, kind: short, size: [{size: 1 kB, share: 50%}, {size: 1 MB, share: 100%}]}",
	"{name: p, kind: incast, rounds: 3, pause: 1ms, size: 1 MB}",
	"{name: p, kind: cbr, rate: 1 Mbit/s, packet: 100 B, on: 1ms, off: none}",
	"{name: p, matrix: sparse}, {name: q, hosts: {except: p}, kind: short}",
}

// TestDatacenters: each reads back from what Explain prints as the same scenario, and passes the schema.
func TestDatacenters(t *testing.T) {
	schema := compileSchema(t)
	for i, d := range append(datacenters, traffics...) {
		text := "duration: 1s\n"
		if i < len(datacenters) {
			text += d + "\ntraffic: [{name: p}]\n"
		} else {
			text += "topology: fat-tree\ntraffic: [" + d + "]\n"
		}
		s, problems := spec.Load("t.yaml", []byte(text), nil)
		if problems != nil {
			t.Errorf("%s\n%v", text, problems)
			continue
		}
		explained := spec.Explain(s)
		again, problems := spec.Load("t.yaml", explained, nil)
		if problems != nil {
			t.Errorf("%v\n%s", problems, explained)
			continue
		}
		if diff := cmp.Diff(s, again, same, ignorePath); diff != "" {
			t.Errorf("%s: explaining changes it:\n%s", text, diff)
		}
		for _, x := range [][]byte{[]byte(text), explained} {
			if err := schema.Validate(instance(t, x)); err != nil {
				t.Errorf("%s: %v", x, err)
			}
		}
	}
}

// TestDatacenterDefaults: what a word alone means.
func TestDatacenterDefaults(t *testing.T) {
	load := func(sets ...string) *spec.Scenario {
		s, problems := spec.Load("t.yaml", []byte("duration: 1s\ntopology: fat-tree\ntraffic: [{name: p}]\n"), sets)
		if problems != nil {
			t.Fatal(problems)
		}
		return s
	}
	s := load()
	if s.Topology.K != 8 || s.Topology.Queue.Packets != 100 || s.Topology.Rate != unit.GbitPerSecond ||
		s.Routing.Kind != spec.RouteECMP || s.Record.Series || s.Record.Detail != spec.DetailFlows || len(s.Figures) != 0 {
		t.Errorf("defaults:\n%s", spec.Explain(s))
	}
	if p := s.Traffic[0]; p.Subflows != 8 || p.Congestion != "lia" || p.Matrix != spec.MatrixPermutation ||
		p.Kind != spec.TrafficBulk {
		t.Errorf("defaults of traffic: %+v", p)
	}
	for _, c := range []struct {
		sets []string
		ok   func(s *spec.Scenario) bool
	}{
		{[]string{"topology.k=16"}, func(s *spec.Scenario) bool { return s.Topology.K == 16 }},
		{[]string{"topology=bcube", "topology.n=3"}, func(s *spec.Scenario) bool {
			return s.Topology.Kind == spec.BCube && s.Topology.N == 3 && s.Topology.K == 2
		}},
		{[]string{"topology.queue.discipline=red"}, func(s *spec.Scenario) bool {
			return s.Topology.Queue.Discipline.Kind == spec.RED && s.Topology.Queue.Packets == 100
		}},
		{[]string{"topology.queue=50 packets", "topology.queue.random-early=2 packets"}, func(s *spec.Scenario) bool {
			return s.Topology.Queue.Discipline.RandomEarly == 2 && s.Topology.Queue.Packets == 50
		}},
		{[]string{"topology.host.tcp.min-rto=10ms"}, func(s *spec.Scenario) bool {
			return s.Topology.Host.TCP.MinRTO == 10*unit.Millisecond && s.Topology.Host.TCP.SACK
		}},
		{[]string{"routing=spray"}, func(s *spec.Scenario) bool { return s.Routing.Kind == spec.RouteSpray }},
		{[]string{"traffic.p.subflows=4", "traffic.0.matrix=random"}, func(s *spec.Scenario) bool {
			return s.Traffic[0].Subflows == 4 && s.Traffic[0].Matrix == spec.MatrixRandom
		}},
		{[]string{"record.series=true"}, func(s *spec.Scenario) bool { return s.Record.Series && len(s.Figures) == 2 }},
	} {
		if s := load(c.sets...); !c.ok(s) {
			t.Errorf("%v has no effect:\n%s", c.sets, spec.Explain(s))
		}
	}
	if text := string(spec.Explain(s)); !strings.Contains(text, "oversubscription: 1") {
		t.Errorf("Explain hides defaults:\n%s", text)
	}
}
