package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// benchCase is one whole run whose speed is watched, with recording off: measured from a warm-up to its end.
type benchCase struct {
	name, title string
	scenario    string // shipped
	text        string // or the scenario itself
	sets        []string
	large       bool     // only when named
	warm, end   sim.Time // 0: a tenth of the scenario's duration, and all of it
}

// dumbbellText is ten TCP flows over one bottleneck of 1 Gbit/s.
const dumbbellText = `title: Ten TCP flows over one link
description: Ten TCP flows over one link of 1 Gbit/s, for the measurement of speed.
duration: 1s
topology: {kind: dumbbell, pairs: 10, delay: 10us, queue: 100 packets, host: {tcp: {initial-rto: 10ms, min-rto: 10ms}}}
traffic:
  - {name: flows, matrix: halves, transport: tcp, congestion: newreno, jitter: 1ms}
`

// fatTreeText is scenario datacenter/fattree-permutation with early starts.
const fatTreeText = `title: A permutation in a FatTree
description: One Multipath TCP connection of 8 subflows from and to each host, for the measurement of speed.
duration: 1s
topology: {kind: fat-tree, k: 8, delay: 1us, queue: 100 packets, host: {tcp: {initial-rto: 10ms, min-rto: 10ms}}}
traffic:
  - {name: permutation, matrix: permutation, subflows: 8, congestion: lia, jitter: 1ms}
`

func benchCases() []benchCase {
	cases := []benchCase{
		{name: "one-link", title: "one TCP flow, 1 Gbit/s", scenario: "basics/one-link",
			sets: []string{"links.wire.rate=1 Gbit/s", "links.wire.queue=2.5 MB"}},
		{name: "two-paths", title: "MPTCP over two paths", scenario: "basics/two-paths"},
		{name: "handover", title: "WiFi to LTE handover", scenario: "handover/full"},
		{name: "dumbbell", title: "dumbbell, 10 TCP, 1 Gbit/s", text: dumbbellText, warm: ms(100), end: ms(2100)},
	}
	for _, f := range []struct {
		k         int
		warm, end sim.Time
	}{{4, ms(100), ms(600)}, {8, ms(40), ms(140)}, {16, ms(15), ms(30)}, {32, ms(6), ms(10)}} {
		cases = append(cases, benchCase{
			name:  fmt.Sprintf("fattree-%d", f.k),
			title: fmt.Sprintf("FatTree k=%d, %d hosts, 8 subflows", f.k, f.k*f.k*f.k/4),
			text:  fatTreeText, sets: []string{fmt.Sprintf("topology.k=%d", f.k)},
			warm: f.warm, end: f.end, large: f.k > 8,
		})
	}
	return cases
}

func ms(n int64) sim.Time { return sim.Time(n * int64(unit.Millisecond)) }

// load returns the case's scenario and when to measure.
func (c *benchCase) load(cmd *cobra.Command) (*spec.Scenario, error) {
	var s *spec.Scenario
	if c.text != "" {
		var problems spec.Problems
		if s, problems = spec.Load("bench/"+c.name+".yaml", []byte(c.text), c.sets); len(problems) > 0 {
			return nil, fmt.Errorf("bench case %s: %w", c.name, problems)
		}
	} else {
		var err error
		if s, err = load(cmd, c.scenario, c.sets); err != nil {
			return nil, err
		}
	}
	if c.end == 0 {
		c.warm, c.end = sim.Time(s.Duration)/10, sim.Time(s.Duration)
	}
	s.Duration = unit.Duration(max(c.end, sim.Time(s.Duration)))
	return s, nil
}

// measurement is what a run cost after its warm-up.
type measurement struct {
	cpu, wall time.Duration
	built     time.Duration // wall time of building the world
	parallel  bool          // several processors: only wall time means something
	simulated sim.Time
	hops      uint64
	mallocs   uint64
	packets   float64 // full data packets' worth of payload that came in order; 0: not known
	heap      int64   // octets, after the warm-up
	slot      unit.Duration
	far       float64 // share of events armed beyond the wheel
}
