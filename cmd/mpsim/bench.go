package main

import (
	"fmt"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mpsim/scenarios/build"
	"mpsim/sim"
)

// benchCases are whole runs whose speed is watched, with recording off.
var benchCases = []struct {
	title, scenario string
	sets            []string
}{
	{"one TCP flow, 1 Gbit/s", "basics/one-link", []string{"links.wire.rate=1 Gbit/s", "links.wire.queue=2.5 MB"}},
	{"MPTCP over two paths", "basics/two-paths", nil},
	{"WiFi to LTE handover", "handover/full", nil},
}

func newBench() *cobra.Command {
	var runs int
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of whole runs on this machine",
		Long: "Runs a few shipped scenarios with recording off and prints the median of several runs. A\n" +
			"packet-hop is one packet, data or ACK, taken by one link. Times are wall time of one core.",
		Args: exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
			fmt.Fprintln(w, "run\tpacket-hops\thops/s\tns/hop\tsimulated/wall\tallocations/hop\theap/endpoint\t")
			for _, c := range benchCases {
				s, err := load(cmd, c.scenario, c.sets)
				if err != nil {
					return err
				}
				var all []measurement
				for range max(runs, 1) {
					world, err := build.New(s, build.Options{})
					if err != nil {
						return badInput(err)
					}
					all = append(all, measure(world, sim.Time(s.Duration)))
					world.Close()
				}
				slices.SortFunc(all, func(a, b measurement) int { return int(a.wall - b.wall) })
				all[len(all)/2].print(w, c.title)
			}
			return w.Flush()
		},
	}
	cmd.Flags().IntVarP(&runs, "runs", "n", 3, "runs of each case; the median is printed")
	return cmd
}

// measurement is what one run cost after its warm-up, the first tenth of its time.
type measurement struct {
	wall      time.Duration
	simulated sim.Time
	hops      uint64
	mallocs   uint64
	heap      uint64 // octets in use at the end, after a collection
	endpoints uint64
}

func measure(w *build.World, end sim.Time) measurement {
	var before, after runtime.MemStats
	w.Run(end / 10)
	hops := w.Stats().PacketHops
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	w.Run(end)
	m := measurement{wall: time.Since(start), simulated: end - end/10}
	runtime.ReadMemStats(&after)
	m.mallocs = after.Mallocs - before.Mallocs
	runtime.GC()
	runtime.ReadMemStats(&after)
	st := w.Stats()
	m.heap, m.hops, m.endpoints = after.HeapAlloc, st.PacketHops-hops, st.Endpoints
	return m
}

func (m *measurement) print(w *tabwriter.Writer, title string) {
	seconds := m.wall.Seconds()
	fmt.Fprintf(w, "%s\t%d\t%s\t%.0f\t%.0f\t%.4f\t%s\t\n", title, m.hops,
		scaled(int64(float64(m.hops)/seconds), ""), 1e9*seconds/float64(m.hops),
		float64(m.simulated)/1e9/seconds, float64(m.mallocs)/float64(m.hops),
		octets(int64(m.heap/max(m.endpoints, 1))))
}
