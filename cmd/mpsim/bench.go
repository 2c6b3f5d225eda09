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
	"mpsim/sim/unit"
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
			fmt.Fprintln(w, "run\tpacket-hops\thops/s\tns/hop\tsimulated/wall\tallocations/hop\t")
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
			if err := w.Flush(); err != nil {
				return err
			}
			return benchMemory(cmd)
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
	m.hops = w.Stats().PacketHops - hops
	return m
}

func (m *measurement) print(w *tabwriter.Writer, title string) {
	seconds := m.wall.Seconds()
	fmt.Fprintf(w, "%s\t%d\t%s\t%.0f\t%.0f\t%.4f\t\n", title, m.hops,
		scaled(int64(float64(m.hops)/seconds), ""), 1e9*seconds/float64(m.hops),
		float64(m.simulated)/1e9/seconds, float64(m.mallocs)/float64(m.hops))
}

// benchMemory prints what one more subflow of a busy connection costs, both ends together: the
// difference of the heap between few subflows and many.
func benchMemory(cmd *cobra.Command) error {
	const few, many = 2, 64
	var heap [2]uint64
	for i, n := range []int{few, many} {
		s, err := load(cmd, "basics/two-paths", []string{
			"hosts.client.mptcp.path-manager=ndiffports", fmt.Sprintf("hosts.client.mptcp.subflows=%d", n),
			"hosts.client.mptcp.subflow-limit=64", "hosts.server.mptcp.subflow-limit=64",
		})
		if err != nil {
			return err
		}
		w, err := build.New(s, build.Options{})
		if err != nil {
			return badInput(err)
		}
		w.Run(sim.Time(unit.Second))
		var mem runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&mem)
		heap[i] = mem.HeapAlloc
		if st := w.Stats(); st.Endpoints != uint64(2*n) {
			return fmt.Errorf("%d endpoints after a second, expected %d", st.Endpoints, 2*n)
		}
		w.Close()
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "memory of a subflow, both ends: %s\n",
		octets(int64(heap[1]-heap[0])/(many-few)))
	return err
}
