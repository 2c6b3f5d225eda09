package build

import (
	"math/bits"

	"mpsim/model/link"
	"mpsim/sim/trace"
	"mpsim/sim/unit"
)

// layer adds up the links of one layer of the topology in one direction.
type layer struct {
	name      string
	up        bool
	links     int
	sum       link.Counters
	capacity  uint64 // octets that its links could have carried; meaningful if bounded
	unbounded bool   // a link is infinitely fast
	busiest   link.ID
	most      uint64 // octets that busiest carried, of limit
	limit     uint64
}

// summariseLayers writes one record a layer of the topology's links and direction, in the order of the plan.
func (w *World) summariseLayers(s *trace.Summary) {
	if w.fabric == nil {
		return
	}
	var all []*layer
	known := map[string]int{}
	for i := range w.fabric.plan.Links {
		l := &w.fabric.plan.Links[i]
		at, seen := known[l.Layer]
		if !seen {
			at = len(all)
			known[l.Layer] = at
			all = append(all, &layer{name: l.Layer, up: true}, &layer{name: l.Layer})
		}
		for k, id := range w.fabric.Links[i] {
			all[at+k].add(w, id)
		}
	}
	for _, l := range all {
		l.write(w, s.Add(trace.GroupLayers))
	}
}

// add adds one link.
func (l *layer) add(w *World, id link.ID) {
	c := w.net.Counters(id)
	l.links++
	for _, x := range []struct{ to, from *link.Count }{
		{&l.sum.Accepted, &c.Accepted}, {&l.sum.Delivered, &c.Delivered}, {&l.sum.DroppedQueue, &c.DroppedQueue},
		{&l.sum.DroppedEarly, &c.DroppedEarly}, {&l.sum.DroppedMTU, &c.DroppedMTU},
		{&l.sum.DroppedLoss, &c.DroppedLoss}, {&l.sum.DroppedDown, &c.DroppedDown},
		{&l.sum.Flushed, &c.Flushed}, {&l.sum.Evicted, &c.Evicted}, {&l.sum.Marked, &c.Marked},
	} {
		x.to.Packets += x.from.Packets
		x.to.Octets += x.from.Octets
	}
	l.sum.PeakPackets = max(l.sum.PeakPackets, c.PeakPackets)
	rate := w.net.Rate(id)
	if rate == 0 {
		l.unbounded = true
		return
	}
	capacity := carries(rate, unit.Duration(w.Now()))
	l.capacity += capacity
	if carried := uint64(c.Delivered.Octets); l.limit == 0 || share(carried, capacity, l.most, l.limit) {
		l.busiest, l.most, l.limit = id, carried, capacity
	}
}

// carries returns the octets that a link of this rate carries in a time.
func carries(rate unit.Bitrate, over unit.Duration) uint64 {
	hi, lo := bits.Mul64(uint64(rate), uint64(over))
	octets, _ := bits.Div64(hi, lo, 8*uint64(unit.Second))
	return octets
}

// share tells that a/b is more than c/d.
func share(a, b, c, d uint64) bool {
	hi, lo := bits.Mul64(a, d)
	hi2, lo2 := bits.Mul64(c, b)
	return hi > hi2 || hi == hi2 && lo > lo2
}

// lost is what the links of a layer did not deliver, of what was offered to them.
func lost(c *link.Counters) (dropped, offered int64) {
	refused := c.DroppedQueue.Packets + c.DroppedEarly.Packets - c.Evicted.Packets + c.DroppedMTU.Packets +
		c.DroppedDown.Packets - c.Flushed.Packets
	dropped = c.DroppedQueue.Packets + c.DroppedEarly.Packets + c.DroppedMTU.Packets + c.DroppedDown.Packets +
		c.DroppedLoss.Packets
	return dropped, c.Accepted.Packets + refused
}

func (l *layer) write(w *World, r *trace.Record) {
	direction := "down"
	if l.up {
		direction = "up"
	}
	c := &l.sum
	r.Text("layer", l.name)
	r.Text("direction", direction)
	r.Int("links", int64(l.links))
	r.Int("accepted_packets", c.Accepted.Packets)
	r.Int("delivered_packets", c.Delivered.Packets)
	r.Int("delivered_bytes", c.Delivered.Octets)
	if l.unbounded {
		r.Null("utilisation_mean_ratio")
		r.Null("utilisation_max_ratio")
		r.Null("busiest_link")
	} else {
		r.Ratio("utilisation_mean_ratio", uint64(c.Delivered.Octets), l.capacity)
		r.Ratio("utilisation_max_ratio", l.most, l.limit)
		r.Text("busiest_link", w.net.Name(l.busiest))
	}
	dropped, offered := lost(c)
	r.Int("dropped_queue_packets", c.DroppedQueue.Packets)
	r.Int("dropped_early_packets", c.DroppedEarly.Packets)
	r.Int("dropped_loss_packets", c.DroppedLoss.Packets)
	r.Int("dropped_down_packets", c.DroppedDown.Packets)
	r.Ratio("loss_ratio", uint64(dropped), uint64(offered))
	r.Int("marked_packets", c.Marked.Packets)
	r.Ratio("marked_ratio", uint64(c.Marked.Packets), uint64(c.Accepted.Packets))
	r.Int("peak_queue_packets", int64(c.PeakPackets))
}
