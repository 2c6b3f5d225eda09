package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"text/tabwriter"

	"mpsim/scenarios/build"
	"mpsim/scenarios/spec"
)

// memoryCosts is what a world takes when its run is over.
type memoryCosts struct {
	world build.Memory
	idle  build.IdleCost
	heap  int64 // octets in use, garbage not counted
	peak  int64 // octets obtained from the operating system
}

// measureMemory measures a world that stands still, and idle connections between hosts like its own.
func measureMemory(s *spec.Scenario, w *build.World) (*memoryCosts, error) {
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	c := &memoryCosts{heap: int64(mem.HeapAlloc), peak: int64(mem.Sys), world: w.Memory()}
	var err error
	c.idle, err = build.Idle(s)
	return c, err
}

// printStats prints what the run cost.
func printStats(w io.Writer, r *outcome) {
	seconds := math.Max(r.wall.Seconds(), 1e-9)
	st, hops := &r.stats, r.stats.PacketHops
	fmt.Fprintf(w, "events %d\npacket-hops %d\npacket-hops per second %s\nns per packet-hop %.0f\n",
		st.Events, hops, scaled(int64(float64(hops)/seconds), ""), 1e9*seconds/math.Max(float64(hops), 1))
	fmt.Fprintf(w, "insertions into the open slot %d (%s), beyond the wheel %d (%s), slot width %s\n",
		st.Queue.Open, part(st.Queue.Open, st.Events), st.Queue.Far, part(st.Queue.Far, st.Events),
		span(int64(st.Queue.SlotWidth)))
	fmt.Fprintf(w, "hosts %d\nlinks, each direction %d\nTCP endpoints %d\n", st.Hosts, st.Links, st.Endpoints)
	fmt.Fprintf(w, "parts side by side %d", r.workers)
	if r.whole != nil {
		fmt.Fprintf(w, " (%v)", r.whole)
	}
	fmt.Fprint(w, "\n\n")
	r.costs.print(w)
}

// part prints a share of a whole.
func part(n, of uint64) string {
	return fmt.Sprintf("%.1f%%", 100*float64(n)/math.Max(float64(of), 1))
}

func (c *memoryCosts) print(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "memory at the end")
	fmt.Fprintln(tw, "of\tnumber\teach\tall\t")
	for _, p := range c.world.Parts {
		number, each := "-", "-"
		if p.Count > 0 {
			number, each = count(p.Count), octets(p.Octets/p.Count)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t\n", p.Name, number, each, octets(p.Octets))
	}
	fmt.Fprintf(tw, "whole world\t\t\t%s\t\n", octets(c.world.Sum))
	tw.Flush()
	fmt.Fprintf(w, "heap %s, obtained from the system %s\n", octets(c.heap), octets(c.peak))
	fmt.Fprintf(w, "an idle connection, both ends: TCP %s", octets(c.idle.TCP))
	if c.idle.MPTCP > 0 {
		fmt.Fprintf(w, ", MPTCP %s, each further subflow %s", octets(c.idle.MPTCP), octets(c.idle.Subflow))
	}
	fmt.Fprint(w, "\n\n")
}
