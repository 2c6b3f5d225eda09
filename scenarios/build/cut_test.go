package build

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// cutScenario decodes a scenario with a topology.
func cutScenario(t *testing.T, text string) *spec.Scenario {
	t.Helper()
	s, problems := spec.Load("cut.yaml", []byte(text), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}

// cutRun runs a scenario in so many parts, or as many as are possible.
func cutRun(t *testing.T, text string, workers int, slice unit.Duration) (*World, string) {
	t.Helper()
	w, err := New(cutScenario(t, text), Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	end := sim.Time(w.spec.Duration)
	for w.Now() < end {
		w.Run(min(end, w.Now().Add(slice)))
	}
	if err := w.Err(); err != nil {
		t.Error(err)
	}
	return w, w.Digest() + "\n" + fmt.Sprint(w.Summary())
}

// different names the first components whose hashes differ.
func different(a, b *World) string {
	hashes := map[string]uint64{}
	a.world.EachHash(func(name string, hash uint64) { hashes[name] = hash })
	var names []string
	b.world.EachHash(func(name string, hash uint64) {
		if hashes[name] != hash {
			names = append(names, name)
		}
		delete(hashes, name)
	})
	names = append(names, slices.Sorted(maps.Keys(hashes))...)
	return fmt.Sprintf("%d components differ: %s", len(names), strings.Join(names[:min(len(names), 10)], ", "))
}

// cutScenarios are worlds that can be cut: what each adds to small trees of slow links.
func cutScenarios() map[string]string {
	tree := func(more, head string) string {
		return "duration: 15ms\ntopology: {kind: fat-tree, k: 4, rate: 100 Mbit/s, delay: 2us, queue: 20 packets, " +
			"host: {tcp: {initial-rto: 5ms, min-rto: 2ms}}" + more + "}\n" + head
	}
	const bulk = "traffic:\n  - {name: all, matrix: permutation, subflows: 4, congestion: lia, jitter: 1ms, " +
		"measure-from: 5ms}\n"
	other := func(kind, head string) string { // than a tree
		return strings.Replace(tree("", head+bulk), "fat-tree, k: 4,", kind+",", 1)
	}
	queue := func(with string) string { // other than drop-tail
		return strings.Replace(tree("", bulk), "20 packets", "{limit: 20 packets, "+with+"}", 1)
	}
	const short = "traffic:\n" +
		"  - {name: all, matrix: permutation, subflows: 2}\n" +
		"  - {name: mice, kind: short, matrix: random, transport: tcp, size: 7 kB, interval: 3ms}\n" +
		"  - {name: pings, kind: cbr, matrix: stride, stride: 5, rate: 3 Mbit/s}\n"
	return map[string]string{
		"plain":    tree("", bulk),
		"short":    tree("", short),
		"spray":    tree("", "routing: spray\n"+bulk),
		"distinct": tree("", "routing: source-distinct\n"+bulk),
		"loss":     tree(", loss: 1%", bulk),
		"homes":    tree(", homes: 2", bulk),
		"failures": tree("", "routing: {kind: ecmp, reroute-delay: 2ms}\nfailures:\n"+
			"  - {at: 4ms, switch: core-0, until: 9ms}\n  - {at: 6ms, switch: edge-1-0}\n"+bulk),
		"ecn": strings.Replace(queue("discipline: ecn-threshold, mark: 5 packets"),
			"tcp: {", "tcp: {congestion: dctcp, ", 1),
		"codel":      queue("discipline: codel"),
		"shared":     tree(", shared-buffer: {size: 60 kB, alpha: 1}", bulk),
		"labels":     tree(", addresses: ipv6", "routing: {kind: ecmp, hash: flow-label}\n"+bulk),
		"incast":     tree("", "traffic: [{name: answers, kind: incast, senders: 6, size: 20 kB, start: 1ms}]\n"),
		"leaf-spine": other("leaf-spine, leaves: 4, spines: 2", ""),
		"dumbbell":   other("dumbbell, pairs: 4", ""),
		"jellyfish":  other("jellyfish, switches: 8, ports: 5, hosts-per-switch: 2", ""),
		"bcube":      other("bcube, n: 4, k: 1", "routing: source-distinct\n"),
		"vl2":        other("vl2, tors: 4, aggregations: 4, intermediates: 2, servers-per-tor: 3", ""),
	}
}

// TestCutWorlds: a world that is cut has the digest and the summary of the whole one.
func TestCutWorlds(t *testing.T) {
	for name, text := range cutScenarios() {
		t.Run(name, func(t *testing.T) {
			whole, want := cutRun(t, text, 1, unit.Second)
			for _, parts := range []int{2, 3, 4, 8} {
				w, got := cutRun(t, text, parts, 7*unit.Millisecond)
				if n, why := w.Workers(); n < 2 || n < min(parts, 4) && name == "plain" || why != nil {
					t.Errorf("%d parts asked for, %d made: %v", parts, n, why)
				}
				if got != want {
					t.Errorf("%d parts: %s", parts, different(whole, w))
				}
			}
		})
	}
}

// TestCutTouching: reading ahead stays within the part.
func TestCutTouching(t *testing.T) {
	text := cutScenarios()["plain"]
	_, want := cutRun(t, text, 1, unit.Second)
	w, err := New(cutScenario(t, text), Options{Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.world.Parts() {
		p.SetTouching(sim.TouchAlways)
	}
	w.Run(sim.Time(w.spec.Duration))
	if got := w.Digest() + "\n" + fmt.Sprint(w.Summary()); got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

// TestWhole: what cannot be cut says why, and runs.
func TestWhole(t *testing.T) {
	const traffic = "traffic: [{name: all, matrix: permutation, subflows: 2}]\n"
	const host = "delay: 2us, host: {tcp: {initial-rto: 5ms, min-rto: 2ms}}"
	for want, text := range map[string]string{
		"no pods": "duration: 1ms\ntopology: {kind: torus, " + host + "}\n" +
			strings.Replace(traffic, "permutation", "halves", 1),
		"takes no time": "duration: 1ms\ntopology: {kind: fat-tree, k: 4, rate: 1 Tbit/s, delay: 0s, " +
			"host: {tcp: {initial-rto: 5ms, min-rto: 2ms}}}\n" + traffic,
		"processes": "duration: 1ms\ntopology: {kind: fat-tree, k: 4, " + host + "}\n" +
			"applications: [{name: one, kind: bulk, client: host-0, server: host-9, bytes: 10 kB}]\n",
		"beside": "duration: 1ms\nhosts: {a: {interfaces: {eth0: {}}}}\n" +
			"links: {l: {between: [a.eth0, core-0], rate: 1 Gbit/s, delay: 1ms}}\n" +
			"topology: {kind: fat-tree, k: 4, " + host + "}\n" + traffic,
	} {
		t.Run(want, func(t *testing.T) {
			w, err := New(cutScenario(t, text), Options{Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			n, why := w.Workers()
			if n != 1 || why == nil || !strings.Contains(why.Error(), want) {
				t.Errorf("%d parts: %v", n, why)
			}
			w.Run(20_000)
		})
	}
}
