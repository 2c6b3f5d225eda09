package build

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
	"mpsim/sockapi/app/traffic"
)

// summariseTraffic writes one record a group of traffic, and one a flow if asked for.
func (w *World) summariseTraffic(s *trace.Summary) {
	for _, g := range w.groups {
		flows := g.run.Flows()
		w.summariseGroup(s.Add(trace.GroupTraffic), g, flows)
		if w.spec.Record.Detail == spec.DetailGroups {
			continue
		}
		for i := range flows {
			w.summariseFlow(s.Add(trace.GroupFlows), g, i, &flows[i])
		}
	}
}

// window is the time in which the goodput of a group is measured.
func (w *World) window(g *group) (from, to sim.Time) {
	from, to = max(sim.Time(g.spec.Start), sim.Time(g.spec.MeasureFrom)), w.Now()
	if g.spec.Stop > 0 {
		to = min(to, sim.Time(g.spec.Stop))
	}
	return from, max(from, to)
}

// goodput returns the payload that a flow delivered in order a second: of a flow with an end over its life, of one
// without end over the time in which the group is measured.
func (w *World) goodput(g *group, f *traffic.Flow) int64 {
	from, to := w.window(g)
	if f.Size == 0 {
		return perSecond(f.Measured, to.Sub(from))
	}
	if f.Completed() {
		to = f.Last
	}
	return perSecond(f.Received, to.Sub(f.Started))
}

func (w *World) summariseGroup(r *trace.Record, g *group, flows []traffic.Flow) {
	w.describe(r, g)
	var done, failed, sent, received, measured int64
	rates, times := make([]int64, len(flows)), []int64(nil)
	for i := range flows {
		f := &flows[i]
		sent += f.Queued
		received += f.Received
		measured += f.Measured
		rates[i] = w.goodput(g, f)
		if f.Failed {
			failed++
		}
		if f.Completed() {
			done++
			times = append(times, int64(f.FCT()))
		}
	}
	r.Int("flows_started", int64(len(flows)))
	r.Int("flows_completed", done)
	r.Int("flows_failed", failed)
	r.Int("bytes_sent", sent)
	r.Int("bytes_received", received)
	from, to := w.window(g)
	r.Int("measured_from_ns", int64(from))
	r.Int("measured_to_ns", int64(to))
	r.Int("bytes_measured", measured)
	r.Int("goodput_bps", perSecond(measured, to.Sub(from)))
	capacity := carries(w.hostCapacity(g), to.Sub(from))
	payload, packet := w.payload(g)
	if w.fabric != nil && slices.Contains(bottlenecks, w.fabric.spec.Kind) {
		capacity = 0 // what hosts' links carry says nothing there: null
	}
	r.Ratio("optimal_payload_ratio", uint64(measured), capacity/packet*payload)
	r.Ratio("optimal_wire_ratio", uint64(measured), capacity)
	spread(r, "host_goodput_", "_bps", w.perHost(g, flows))
	r.Int("host_link_bps", int64(w.fastest(g)))
	spread(r, "flow_goodput_", "_bps", rates)
	jain(r, rates)
	spread(r, "fct_", "_ns", times)
	switch g.spec.Kind {
	case spec.TrafficIncast:
		summariseRounds(r, g.run.Rounds())
	case spec.TrafficCBR:
		r.Ratio("lost_ratio", uint64(sent-received), uint64(sent)) // or on its way
	}
}

// perHost returns what each sending host has got through a second while the group was measured.
func (w *World) perHost(g *group, flows []traffic.Flow) []int64 {
	octets := make([]int64, len(g.hosts))
	for i := range flows {
		octets[flows[i].From] += flows[i].Measured
	}
	from, to := w.window(g)
	var rates []int64
	last := int32(-1)
	for _, p := range g.run.Pairs() { // senders ascend
		if p.From != last {
			last = p.From
			rates = append(rates, perSecond(octets[last], to.Sub(from)))
		}
	}
	return rates
}

// summariseRounds writes how long the rounds of an incast took.
func summariseRounds(r *trace.Record, all []traffic.Round) {
	var times []int64
	for _, x := range all {
		if x.Finished != sim.Never {
			times = append(times, int64(x.Finished.Sub(x.Started)))
		}
	}
	r.Int("rounds", int64(len(times)))
	spread(r, "round_", "_ns", times)
}

// describe writes what a group is.
func (w *World) describe(r *trace.Record, g *group) {
	t := g.spec
	r.Text("traffic", t.Name)
	r.Text("kind", t.Kind)
	r.Text("matrix", t.Matrix)
	if t.Kind == spec.TrafficCBR {
		r.Text("transport", "udp")
	} else {
		r.Text("transport", t.Transport)
		r.Text("congestion", w.congestion(g))
		r.Int("subflows", int64(t.Subflows))
	}
	r.Int("hosts", int64(len(g.hosts)))
	from, to := g.ends()
	r.Int("senders", int64(len(from)))
	r.Int("receivers", int64(len(to)))
}

// congestion names the controller of a group's connections; those of several kinds of hosts may differ.
func (w *World) congestion(g *group) string {
	if g.spec.Congestion != "" {
		return g.spec.Congestion
	}
	name := ""
	for _, i := range g.hosts {
		switch own := w.hosts[i].spec.TCP.Congestion; {
		case name == "":
			name = own
		case name != own:
			return "several"
		}
	}
	return name
}

// ends returns the hosts that send and those that receive, as numbers in World.hosts, ascending.
func (g *group) ends() (from, to []int32) {
	for _, p := range g.run.Pairs() {
		from = append(from, g.hosts[p.From])
		to = append(to, g.hosts[p.To])
	}
	slices.Sort(from)
	slices.Sort(to)
	return slices.Compact(from), slices.Compact(to)
}

// bottlenecks are the kinds of topologies whose hosts have faster links than the network.
var bottlenecks = []string{spec.Dumbbell, spec.ParkingLot, spec.Torus}

// hostCapacity returns what the links of the senders, or of the receivers where that is less, carry: no network
// between them lets a group get more.
func (w *World) hostCapacity(g *group) unit.Bitrate {
	from, to := g.ends()
	out, in := unit.Bitrate(0), unit.Bitrate(0)
	for _, i := range from {
		out += w.linksOf(i, false)
	}
	for _, i := range to {
		in += w.linksOf(i, true)
	}
	return min(out, in)
}

// linksOf returns what the links from a host, or towards it, carry together.
func (w *World) linksOf(i int32, towards bool) unit.Bitrate {
	h, sum := w.hosts[i].topo, unit.Bitrate(0)
	for k := range h.NumInterfaces() {
		f := h.Interface(k)
		switch {
		case !f.Connected:
		case towards:
			sum += w.net.Rate(f.In)
		default:
			sum += w.net.Rate(f.Out)
		}
	}
	return sum
}

// fastest returns what the links of the best connected sender carry: no flow is faster for long.
func (w *World) fastest(g *group) unit.Bitrate {
	from, _ := g.ends()
	most := unit.Bitrate(0)
	for _, i := range from {
		most = max(most, w.linksOf(i, false))
	}
	return most
}

// What headers take in a full packet: IPv4 and TCP (RFC 791, RFC 9293), timestamps with padding (RFC 7323), and what
// endpoints leave free for a DSS option with an 8-octet DATA_ACK (RFC 8684 section 3.3).
const (
	headerOctets    = 40
	ipv6Octets      = 20 // more than IPv4 (RFC 8200)
	timestampOctets = 12
	udpHeaderOctets = 28 // IPv4 and UDP (RFC 768)
	dssOctets       = 24
)

// payload returns the payload of a full packet and the packet's size, octets.
func (w *World) payload(g *group) (payload, packet uint64) {
	h := w.hosts[g.hosts[0]]
	packet = uint64(smallestMTU(h.topo))
	if g.spec.Kind == spec.TrafficCBR {
		return packet - udpHeaderOctets, packet
	}
	payload = packet - headerOctets
	if w.spec.Topology != nil && w.spec.Topology.IPv6 {
		payload -= ipv6Octets
	}
	if h.spec.TCP.Timestamps {
		payload -= timestampOctets
	}
	if g.spec.Transport == spec.TransportMPTCP && h.api.HasMPTCP() {
		payload -= dssOctets
	}
	return payload, packet
}

// spread writes mean, standard deviation, extremes and quantiles of values; null without values. A quantile is the
// smallest value that at least so many per cent do not exceed.
func spread(r *trace.Record, before, after string, values []int64) {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	keys := []string{"mean", "stdev", "min", "p5", "p50", "p95", "p99", "max"}
	if len(sorted) == 0 {
		for _, k := range keys {
			r.Null(before + k + after)
		}
		return
	}
	sum := 0.0
	for _, v := range sorted {
		sum += float64(v)
	}
	mean, squares := sum/float64(len(sorted)), 0.0
	for _, v := range sorted {
		d := float64(v) - mean
		squares += float64(d * d)
	}
	r.Int(before+"mean"+after, int64(math.Round(mean)))
	r.Int(before+"stdev"+after, int64(math.Round(math.Sqrt(squares/float64(len(sorted))))))
	for i, percent := range []int{0, 5, 50, 95, 99, 100} {
		rank := (len(sorted)*percent + 99) / 100
		r.Int(before+keys[i+2]+after, sorted[max(rank, 1)-1])
	}
}

// jain writes Jain's fairness index of values, from 1/n to 1 (Jain, Chiu and Hawe 1984).
func jain(r *trace.Record, values []int64) {
	const key = "jain_index"
	sum, squares := 0.0, 0.0
	for _, v := range values {
		x := float64(v)
		sum += x
		squares += float64(x * x)
	}
	if squares == 0 {
		r.Null(key)
		return
	}
	r.Decimal(key, strconv.FormatFloat(float64(sum*sum)/float64(float64(len(values))*squares), 'f', 9, 64))
}

// summariseFlow writes the i-th flow of a group.
func (w *World) summariseFlow(r *trace.Record, g *group, i int, f *traffic.Flow) {
	r.Text("traffic", g.spec.Name)
	r.Int("flow", int64(i))
	r.Text("from", w.hosts[g.hosts[f.From]].name)
	r.Text("to", w.hosts[g.hosts[f.To]].name)
	r.Int("subflows", int64(f.Subflows))
	if f.Size > 0 {
		r.Int("size_bytes", f.Size)
	} else {
		r.Null("size_bytes")
	}
	r.Int("bytes_received", f.Received)
	r.Int("bytes_measured", f.Measured)
	r.Int("goodput_bps", w.goodput(g, f))
	r.Int("started_at_ns", int64(f.Started))
	if f.Connected == sim.Never {
		r.Null("connect_ns")
	} else {
		r.Int("connect_ns", int64(f.Connected.Sub(f.Started)))
	}
	instant(r, "first_byte_at_ns", f.First)
	instant(r, "last_byte_at_ns", f.Last)
	if f.Completed() {
		r.Int("fct_ns", int64(f.FCT()))
	} else {
		r.Null("fct_ns")
	}
	r.Text("status", flowStatus(f))
}

func flowStatus(f *traffic.Flow) string {
	switch {
	case f.Failed:
		return "failed"
	case f.Ended != sim.Never:
		return "finished"
	case f.Connected == sim.Never:
		return "not connected"
	}
	return "running"
}

// unconnected is a remark on bulk flows that have not come to carry anything, or "".
func (w *World) unconnected(g *group) string {
	if g.spec.Kind != spec.TrafficBulk {
		return ""
	}
	all, n := g.run.Flows(), 0
	for i := range all {
		if all[i].Connected == sim.Never && !all[i].Failed {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d flows of traffic %s never connected: a SYN that is lost is sent again after "+
		"initial-rto, which a short run may not see", n, len(all), g.spec.Name)
}
