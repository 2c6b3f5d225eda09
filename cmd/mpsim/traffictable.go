package main

import (
	"fmt"
	"io"

	"mpsim/sim/trace"
)

// group returns the records of a group; none if the summary does not have it.
func group(s *trace.Summary, name string) []trace.Record {
	if g := s.Group(name); g != nil {
		return g.Records
	}
	return nil
}

// with keeps the records that have a value of that key.
func with(all []trace.Record, key string) []trace.Record {
	var out []trace.Record
	for _, r := range all {
		if f, ok := r.Get(key); ok && f.Kind != trace.NullValue {
			out = append(out, r)
		}
	}
	return out
}

// printTraffic prints what groups of traffic and the layers of the topology have done: totals, however large
// the world is.
func printTraffic(w io.Writer, s *trace.Summary) {
	all := group(s, trace.GroupTraffic)
	if len(all) == 0 {
		return
	}
	printTable(w, "traffic", all, []column{
		{"name", "traffic", nil}, {"kind", "kind", nil}, {"matrix", "matrix", nil}, {"by", "transport", nil},
		{"subflows", "subflows", count}, {"controller", "congestion", nil}, {"flows", "flows_started", count}, {"done", "flows_completed", count},
		{"failed", "flows_failed", count}, {"received", "bytes_received", octets},
	})
	printTable(w, "goodput", with(all, "goodput_bps"), []column{
		{"name", "traffic", nil}, {"total", "goodput_bps", rate}, {"of optimal: payload", "optimal_payload_ratio", nil},
		{"wire", "optimal_wire_ratio", nil}, {"a flow", "flow_goodput_mean_bps", rate},
		{"least", "flow_goodput_min_bps", rate}, {"most", "flow_goodput_max_bps", rate}, {"Jain", "jain_index", nil},
	})
	printAhead(w, all)
	printTable(w, "completion times", with(all, "fct_mean_ns"), []column{
		{"name", "traffic", nil}, {"flows", "flows_completed", count}, {"mean", "fct_mean_ns", span},
		{"stdev", "fct_stdev_ns", span}, {"median", "fct_p50_ns", span}, {"95 %", "fct_p95_ns", span},
		{"99 %", "fct_p99_ns", span}, {"longest", "fct_max_ns", span},
	})
	printTable(w, "rounds", with(all, "rounds"), []column{
		{"name", "traffic", nil}, {"rounds", "rounds", count}, {"mean", "round_mean_ns", span},
		{"median", "round_p50_ns", span}, {"99 %", "round_p99_ns", span}, {"longest", "round_max_ns", span},
		{"goodput", "goodput_bps", rate},
	})
	printTable(w, "datagrams", with(all, "lost_ratio"), []column{
		{"name", "traffic", nil}, {"flows", "flows_started", count}, {"sent", "bytes_sent", octets},
		{"arrived", "bytes_received", octets}, {"lost, or on the way", "lost_ratio", nil},
	})
	printTable(w, "layers of links", group(s, trace.GroupLayers), []column{
		{"layer", "layer", nil}, {"", "direction", nil}, {"links", "links", count},
		{"used: mean", "utilisation_mean_ratio", nil}, {"most", "utilisation_max_ratio", nil},
		{"packets", "accepted_packets", count}, {"lost", "loss_ratio", nil}, {"marked", "marked_ratio", nil},
		{"peak queue", "peak_queue_packets", count},
	})
}

// printAhead says why a flow may seem faster than its host's link.
func printAhead(w io.Writer, all []trace.Record) {
	for i := range all {
		most, _ := all[i].Get("flow_goodput_max_bps")
		link, _ := all[i].Get("host_link_bps")
		if link.Int > 0 && most.Int > link.Int {
			fmt.Fprintf(w, "Flows above %s have read what had arrived before the measuring began and waited behind a "+
				"hole:\nmeasure for longer.\n\n", rate(link.Int))
			return
		}
	}
}

// printSharing prints the links that most flows share.
func printSharing(w io.Writer, s *trace.Summary) {
	all := group(s, trace.GroupSharing)
	if len(all) == 0 {
		return
	}
	printTable(w, "links that flows share", all, []column{
		{"link", "link", nil}, {"layer", "layer", nil}, {"flows, data or ACKs", "flows", count}, {"pairs of hosts", "pairs", count},
	})
	fmt.Fprintln(w, "Each direction of a subflow is a flow: its data, or its ACKs. Which they are is in summary.json, \"sharing\".")
	fmt.Fprintln(w)
}
