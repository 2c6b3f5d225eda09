package main

import (
	"fmt"
	"io"
	"strings"

	"mpsim/sim/trace"
)

// printMiddleboxes prints what the boxes on the links did and, apart, what the attackers got.
func printMiddleboxes(w io.Writer, s *trace.Summary) {
	group := s.Group("middleboxes")
	if group == nil { // no box on any link
		return
	}
	boxes, attackers := splitBoxes(group.Records)
	printTable(w, "middleboxes", boxes, []column{
		{"box", "middlebox", nil}, {"packets in", "in_packets", count}, {"modified", "modified_packets", count},
		{"made", "made_packets", count}, {"dropped", "dropped_packets", count},
		{"connections", "connections", count}, {"affected", "connections_affected", count}, {"events", "events", count},
	})
	printTable(w, "attackers", attackers, []column{
		{"box", "middlebox", nil}, {"attempts", "attempts", count}, {"answered", "answered", count},
		{"refused", "refused", count}, {"succeeded", "succeeded", count}, {"events", "events", count},
	})
}

// splitBoxes copies what the tables show: packets of both directions and of all causes are summed. Ears, which
// pass everything, are left out.
func splitBoxes(all []trace.Record) (boxes, attackers []trace.Record) {
	for i := range all {
		var r trace.Record
		var in, dropped, attempts int64
		kind, _ := all[i].Get("kind")
		for _, f := range all[i].Fields() {
			switch {
			case f.Kind == trace.StringValue:
				r.Text(f.Key, f.Text)
			case strings.HasPrefix(f.Key, "in_") && strings.HasSuffix(f.Key, "_packets"):
				in += f.Int
			case strings.HasPrefix(f.Key, "dropped_"):
				dropped += f.Int
			case kind.Text == "nat" && strings.HasPrefix(f.Key, "connections"):
				r.Null(f.Key) // a NAT counts its mappings, as events
			default:
				r.Int(f.Key, f.Int)
			}
			if f.Key == "attempts" {
				attempts = f.Int
			}
		}
		r.Int("in_packets", in)
		r.Int("dropped_packets", dropped)
		switch {
		case kind.Text == "ear":
		case attempts > 0:
			attackers = append(attackers, r)
		default:
			boxes = append(boxes, r)
		}
	}
	return boxes, attackers
}

// printFallbacks tells which connections became plain TCP, once for both ends.
func printFallbacks(w io.Writer, s *trace.Summary) {
	const most = 10
	numbers, total := fallbacks(s)
	switch n := len(numbers); {
	case n == 0:
	case n > most:
		fmt.Fprintf(w, "fell back to plain TCP: %d of %d connections\n\n", n, total)
	default:
		fmt.Fprintf(w, "fell back to plain TCP: connection %s\n\n", strings.Join(numbers, ", "))
	}
}

// fallbacks returns the numbers of the connections that asked for Multipath TCP and became plain TCP, and how many
// asked for it; those that never came about do not count.
func fallbacks(s *trace.Summary) (numbers []string, total int) {
	for _, r := range s.Group(trace.GroupConnections).Records {
		protocol, _ := r.Get("protocol")
		client, _ := r.Get("client")
		since, _ := r.Get("established_at_ns")
		if protocol.Text != "mptcp" || client.Int == 0 || since.Int == 0 {
			continue
		}
		total++
		if fell, _ := r.Get("fallback"); fell.Int != 0 {
			numbers = append(numbers, cell(&r, "connection", count))
		}
	}
	return numbers, total
}
