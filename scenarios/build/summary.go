package build

import (
	"math/bits"

	"mpsim/model/link"
	"mpsim/scenarios/spec"
	"mpsim/sim"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// Summary returns one flat record a connection, subflow, interface, link and application, as of now.
func (w *World) Summary() *trace.Summary {
	s := trace.NewSummary()
	if w.spec.Record.Detail == spec.DetailFull {
		w.summariseConnections(s)
		w.summariseInterfaces(s)
	}
	w.summariseLinks(s)
	w.summariseApplications(s)
	w.summariseScripts(s)
	w.summariseTraffic(s)
	w.summariseLayers(s)
	w.summariseMiddleboxes(s)
	w.summariseSharing(s)
	return s
}

// instant writes a time that may not have come: null then.
func instant(r *trace.Record, key string, t sim.Time) {
	if t == sim.Never {
		r.Null(key)
		return
	}
	r.Int(key, int64(t))
}

// sample writes a duration that is null before its first measurement.
func sample(r *trace.Record, key string, d unit.Duration) {
	if d == 0 {
		r.Null(key)
		return
	}
	r.Int(key, int64(d))
}

// perSecond returns octets*8 a second over a span, rounded down.
func perSecond(octets int64, over unit.Duration) int64 {
	if over <= 0 || octets <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(octets), 8*uint64(unit.Second))
	if hi >= uint64(over) {
		return 0 // faster than any link that exists
	}
	q, _ := bits.Div64(hi, lo, uint64(over))
	return int64(q)
}

func (w *World) summariseInterfaces(s *trace.Summary) {
	for _, h := range w.hosts {
		for i := range h.topo.NumInterfaces() {
			f := h.topo.Interface(i)
			r := s.Add(trace.GroupInterfaces)
			r.Text("host", h.name)
			r.Text("interface", f.Name)
			r.Text("address", f.Addrs[0].String())
			r.Bool("up", f.Up)
			r.Bool("backup", f.Backup)
			r.Int("up_ns", int64(f.UpTime))
			r.Int("state_changes", f.StateChanges)
			r.Int("sent_packets", f.Sent.Packets)
			r.Int("sent_bytes", f.Sent.Octets)
			r.Int("received_packets", f.Received.Packets)
			r.Int("received_bytes", f.Received.Octets)
			r.Int("dropped_down_packets", f.DroppedDown.Packets)
			r.Int("dropped_mtu_packets", f.DroppedMTU.Packets)
		}
	}
}

func (w *World) summariseLinks(s *trace.Summary) {
	for _, d := range w.links {
		for k, id := range d.ids {
			r := s.Add(trace.GroupLinks)
			r.Text("link", d.captions[k])
			r.Text("from", d.ends[k])
			r.Text("to", d.ends[1-k])
			w.summariseLink(r, id)
			w.writeUtilisation(r, d, k, id)
		}
	}
	if w.fabric == nil || w.spec.Record.Detail != spec.DetailFull {
		return
	}
	for i := range w.fabric.Links {
		for k, id := range w.fabric.Links[i] {
			r := s.Add(trace.GroupLinks)
			r.Text("link", w.net.Name(id))
			r.Text("from", w.fabric.end(i, k))
			r.Text("to", w.fabric.end(i, 1-k))
			w.summariseLink(r, id)
			w.share(r, id)
		}
	}
}

// summariseLink writes what one direction of a link has counted.
func (w *World) summariseLink(r *trace.Record, id link.ID) {
	c := w.net.Counters(id)
	r.Int("accepted_packets", c.Accepted.Packets)
	r.Int("accepted_bytes", c.Accepted.Octets)
	r.Int("delivered_packets", c.Delivered.Packets)
	r.Int("delivered_bytes", c.Delivered.Octets)
	r.Int("dropped_queue_packets", c.DroppedQueue.Packets)
	r.Int("dropped_queue_bytes", c.DroppedQueue.Octets)
	r.Int("dropped_loss_packets", c.DroppedLoss.Packets)
	r.Int("dropped_down_packets", c.DroppedDown.Packets)
	r.Int("dropped_early_packets", c.DroppedEarly.Packets)
	r.Int("marked_packets", c.Marked.Packets)
	r.Int("dropped_mtu_packets", c.DroppedMTU.Packets)
	r.Int("flushed_packets", c.Flushed.Packets) // of the dropped ones, those that had been accepted
	r.Int("evicted_packets", c.Evicted.Packets)
	r.Int("peak_queue_bytes", int64(c.PeakOctets))
	r.Int("peak_queue_packets", int64(c.PeakPackets))
	r.Int("throughput_bps", perSecond(c.Delivered.Octets, unit.Duration(w.Now())))
}

const utilisation = "utilisation_ratio"

// writeUtilisation writes the share of what the link could have carried in the whole run that it did
// deliver: of its trace, or of its rate when that never changes; null otherwise.
func (w *World) writeUtilisation(r *trace.Record, d *duplex, k int, id link.ID) {
	dir := d.spec.Forward
	if k == 1 {
		dir = d.spec.Backward
	}
	for _, change := range dir.Timetable {
		if change.Rate != nil {
			r.Null(utilisation)
			return
		}
	}
	if t := d.traces[k]; t != nil {
		delivered := w.net.Counters(id).Delivered.Octets
		r.Ratio(utilisation, uint64(delivered), uint64(t.Capacity(0, w.Now())))
		return
	}
	w.share(r, id)
}

// share writes the utilisation of a link whose rate never changes.
func (w *World) share(r *trace.Record, id link.ID) {
	rate := w.net.Rate(id)
	if rate == 0 {
		r.Null(utilisation)
		return
	}
	r.Ratio(utilisation, uint64(w.net.Counters(id).Delivered.Octets), carries(rate, unit.Duration(w.Now())))
}

func (w *World) summariseApplications(s *trace.Summary) {
	for _, a := range w.apps {
		res := a.result
		res.Update(w.Now())
		r := s.Add(trace.GroupApplications)
		r.Text("application", a.spec.Name)
		r.Text("kind", a.spec.Kind)
		r.Text("transport", a.spec.Transport)
		r.Text("client", a.spec.Client)
		r.Text("server", a.spec.Server)
		r.Int("started_at_ns", int64(a.spec.Start))
		if res.Connected == sim.Never {
			r.Null("connect_ns")
		} else {
			r.Int("connect_ns", int64(res.Connected.Sub(res.Started)))
		}
		instant(r, "first_byte_at_ns", res.FirstByte)
		instant(r, "last_byte_at_ns", res.LastByte)
		instant(r, "finished_at_ns", res.Finished)
		r.Int("bytes_sent", res.Sent)
		r.Int("bytes_received", res.Received)
		r.Int("goodput_bps", int64(res.Goodput()))
		if res.FirstByte == sim.Never {
			r.Null("longest_gap_ns")
			r.Null("longest_gap_at_ns")
		} else {
			r.Int("longest_gap_ns", int64(res.LongestGap))
			r.Int("longest_gap_at_ns", int64(res.LongestGapAt))
		}
		r.Int("requests", int64(res.Requests))
		latencies(r, res.Latencies)
		r.Text("status", status(a))
		if res.Err != nil {
			r.Text("error", res.Err.Error())
		} else {
			r.Null("error")
		}
	}
}

func status(a *application) string {
	switch {
	case a.result.Err != nil:
		return "failed"
	case a.result.Finished != sim.Never:
		return "finished"
	case a.result.Connected == sim.Never:
		return "not connected"
	}
	return "running"
}
