package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"mpsim/scenarios/build"
	"mpsim/sim"
	"mpsim/sim/unit"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	runs    int
	cases   []string
	profile string
	touch   string
	workers int
	slot    time.Duration
	pages   bool
}

func newBench() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of whole runs on this machine",
		Long: "Runs scenarios with recording off and prints the fastest of several runs after a warm-up. A packet-hop is\n" +
			"one packet, data or ACK, taken by one link. Times are of the processor (user and system), with several\n" +
			"workers of the clock. \"ns/packet\" is what a full data packet costs that has been delivered in order, with\n" +
			"all its hops and its ACKs. Large worlds (fattree-16, fattree-32) run only when named.\n\n" +
			"Cases: " + strings.Join(caseNames(), ", ") + ".",
		Args: exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error { return benchCommand(cmd, &o) },
	}
	f := cmd.Flags()
	f.IntVarP(&o.runs, "runs", "n", 3, "runs of each case; the fastest is printed")
	f.StringSliceVar(&o.cases, "case", nil, "run these only, by name or by the beginning of it (repeatable)")
	f.StringVar(&o.profile, "profile", "", "write a pprof profile of the measured runs to this file")
	f.StringVar(&o.touch, "touch", "auto", "touching ahead: auto (by size of the world), always, never")
	f.DurationVar(&o.slot, "slot", 0, "width of the slots of pending events, a power of two ns (default: by itself)")
	f.BoolVar(&o.pages, "huge-pages", true, "ask the system for large pages, as run does")
	f.IntVar(&o.workers, "workers", 1, "processors for one world; 0: all")
	return cmd
}

func caseNames() []string {
	var names []string
	for _, c := range benchCases() {
		names = append(names, c.name)
	}
	return names
}

// chosen returns the cases that --case names, without it all but the large ones.
func (o *benchOptions) chosen() ([]benchCase, error) {
	var chosen []benchCase
	all := benchCases()
	for _, want := range o.cases {
		n := len(chosen)
		for _, c := range all {
			if c.name == want {
				chosen = append(chosen, c)
			}
		}
		for _, c := range all {
			if len(chosen) == n && strings.HasPrefix(c.name, want) {
				chosen = append(chosen, c)
			}
		}
		if len(chosen) == n {
			return nil, fmt.Errorf("no case %q; there are %s", want, strings.Join(caseNames(), ", "))
		}
	}
	if len(o.cases) == 0 {
		chosen = slices.DeleteFunc(all, func(c benchCase) bool { return c.large })
	}
	return chosen, nil
}

func (o *benchOptions) touching() (sim.Touching, error) {
	modes := []string{sim.TouchBySize: "auto", sim.TouchNever: "never", sim.TouchAlways: "always"}
	i := slices.Index(modes, o.touch)
	if i < 0 {
		return 0, fmt.Errorf("--touch %s: write auto, always or never", o.touch)
	}
	return sim.Touching(i), nil
}

func benchCommand(cmd *cobra.Command, o *benchOptions) (err error) {
	cases, err := o.chosen()
	if err != nil {
		return badInput(err)
	}
	touch, err := o.touching()
	if err != nil {
		return badInput(err)
	}
	if o.slot < 0 || o.slot > time.Second {
		return badInput(fmt.Errorf("--slot %v: give 1ns to 1s", o.slot))
	}
	workers, err := processors(o.workers)
	if err != nil {
		return err
	}
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return badInput(err)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, file.Close())
		}()
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "run\tpacket-hops\thops/s\tns/hop\tns/packet\thops/packet\tsimulated/wall\t"+
		"allocations/hop\theap\tslot\tfar\tbuilt in\t")
	for _, c := range cases {
		var all []measurement
		for range max(o.runs, 1) {
			m, err := c.measure(cmd, o, touch, workers)
			if err != nil {
				return err
			}
			all = append(all, m)
		}
		slices.SortFunc(all, func(a, b measurement) int { return cmp.Compare(a.cost(), b.cost()) })
		all[0].print(w, c.title)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if len(o.cases) > 0 {
		return nil
	}
	return benchMemory(cmd)
}

// measure runs the case once.
func (c *benchCase) measure(cmd *cobra.Command, o *benchOptions, touch sim.Touching, workers int) (measurement, error) {
	s, err := c.load(cmd)
	if err != nil {
		return measurement{}, err
	}
	var before, after runtime.MemStats
	start := time.Now()
	w, err := build.New(s, build.Options{Workers: workers})
	if err != nil {
		return measurement{}, badInput(err)
	}
	defer w.Close()
	for _, part := range w.Sim().Parts() {
		part.SetTouching(touch)
		if o.slot > 0 {
			part.FixSlotWidth(unit.Duration(o.slot))
		}
	}
	m := measurement{built: time.Since(start), simulated: c.end - c.warm, parallel: workers > 1}
	w.Run(c.warm)
	hops, queue := w.Stats().PacketHops, w.Stats().Queue
	octets, _ := w.Delivered()
	runtime.GC()
	if o.pages && heapSize() >= leastHeap {
		adviseHugePages()
	}
	runtime.ReadMemStats(&before)
	start = time.Now()
	cpu := cpuTime()
	w.Run(c.end)
	m.wall, m.cpu = time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	m.mallocs, m.heap = after.Mallocs-before.Mallocs, int64(before.HeapAlloc)
	st := w.Stats()
	m.hops, m.slot = st.PacketHops-hops, st.Queue.SlotWidth
	m.far = float64(st.Queue.Far-queue.Far) / math.Max(float64(st.Queue.Events-queue.Events), 1)
	if now, mss := w.Delivered(); mss > 0 {
		m.packets = float64(now-octets) / float64(mss)
	}
	return m, nil
}

// cost is the time that the run is judged by.
func (m *measurement) cost() time.Duration {
	if m.parallel || m.cpu == 0 {
		return m.wall
	}
	return m.cpu
}

func (m *measurement) print(w *tabwriter.Writer, title string) {
	seconds, hops := m.cost().Seconds(), math.Max(float64(m.hops), 1)
	fmt.Fprintf(w, "%s\t%d\t%s\t%.0f\t", title, m.hops, scaled(int64(hops/seconds), ""), 1e9*seconds/hops)
	if m.packets > 0 {
		fmt.Fprintf(w, "%.0f\t%.1f\t", 1e9*seconds/m.packets, hops/m.packets)
	} else {
		fmt.Fprint(w, "-\t-\t")
	}
	fmt.Fprintf(w, "%.3g\t%.4f\t%s\t%s\t%.1f%%\t%s\t\n", float64(m.simulated)/1e9/m.wall.Seconds(),
		float64(m.mallocs)/hops, octets(m.heap), span(int64(m.slot)), 100*m.far, m.built.Round(time.Millisecond))
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
