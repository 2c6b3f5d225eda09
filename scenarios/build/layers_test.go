package build_test

import (
	"strings"
	"testing"

	"mpsim/scenarios/build"
	"mpsim/sim/trace"
)

// TestLayers: what a layer has counted is the sum over its links, whatever happened on them.
func TestLayers(t *testing.T) {
	s, _ := ran(t, text("topology: {kind: fat-tree, k: 4, loss: 0.1%, queue: {limit: 30 packets, discipline: red, ecn: true}, "+
		"host: {tcp: {ecn: true}}}", "failures: [{at: 10ms, switch: core-1, until: 20ms}]",
		"traffic: [{name: p, matrix: permutation}]", "record: {detail: full}"), build.Options{})
	layerOf := func(link string) string {
		switch {
		case strings.HasPrefix(link, "host"):
			return "host"
		case strings.Contains(link, "core"):
			return "core"
		}
		return "edge"
	}
	keys := []string{
		"accepted_packets", "delivered_packets", "delivered_bytes", "dropped_queue_packets", "dropped_early_packets",
		"dropped_loss_packets", "dropped_down_packets", "marked_packets",
	}
	sums := map[string]int64{}
	for _, r := range s.Group(trace.GroupLinks).Records {
		name, _ := r.Get("link")
		direction := name.Text[strings.LastIndexByte(name.Text, '.')+1:]
		at := layerOf(name.Text) + " " + direction
		sums[at+" links"]++
		for _, k := range keys {
			f, _ := r.Get(k)
			sums[at+" "+k] += f.Int
		}
	}
	seen := map[string]int64{}
	for _, r := range s.Group(trace.GroupLayers).Records {
		layer, _ := r.Get("layer")
		direction, _ := r.Get("direction")
		for _, k := range append(keys, "links") {
			f, _ := r.Get(k)
			at := layer.Text + " " + direction.Text + " " + k
			if f.Int != sums[at] {
				t.Errorf("%s is %d, the links add up to %d", at, f.Int, sums[at])
			}
			seen[k] += f.Int
		}
	}
	for _, k := range keys {
		if seen[k] == 0 && k != "dropped_queue_packets" {
			t.Errorf("the scenario has no %s", k)
		}
	}
	if seen["links"] != 96 {
		t.Errorf("%d links in all layers", seen["links"])
	}
}
