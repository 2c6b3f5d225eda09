package drill

import (
	"mpsim/model/wire"
	"mpsim/sockapi/drill/pkt"
)

// Two forms of one thing where the RFCs leave the choice to the host: unless Strict is set, a line that has one
// form takes the other, too. What differs is told in the trace.

// dssChoice tells that the DSS in which a line and a segment differ (bits) is one that a host may leave out: an
// ACK that carries ADD_ADDR or its echo may have a DATA_ACK beside it or not. RFC 8684 section 3.4.1 asks for
// neither, and Linux has done both.
func (c *comparison) dssChoice(missing, extra wire.Options) bool {
	if c.r.c.Strict || missing|extra != wire.OptDSS || c.k.Flags != "." || c.k.Len != 0 ||
		c.seg.Payload.Len != 0 || !c.seg.Has(wire.OptAddAddr) {
		return false
	}
	if extra != 0 {
		return c.seg.DSS.Flags&^(wire.DSSAck|wire.DSSAck8) == 0
	}
	for i := range c.k.Options {
		if o := &c.k.Options[i]; o.Kind == pkt.OptDSS {
			return bareAck(o.DSS)
		}
	}
	return false
}

// bareAck tells that a DSS of a line has a DATA_ACK and no mapping (older scripts give it a length all the
// same).
func bareAck(d *pkt.DSS) bool { return d.Ack != nil && d.DSN == nil && !d.Fin }

// finAcksToo tells that the packet which a line wants, an ACK with a DATA_ACK at most, is there as part of the
// FIN that the next line wants: hosts may acknowledge by a FIN (RFC 9293 section 3.10.7.4, RFC 8684 section
// 3.3.2).
func (r *runner) finAcksToo(k *pkt.Packet, seg *wire.Segment) bool {
	f := r.flowOf(seg)
	if r.c.Strict || f == nil || k.Flags != "." || k.Len != 0 || k.AnyOption ||
		seg.Flags != wire.FIN|wire.ACK || seg.Payload.Len != 0 || !r.finFollows(k) {
		return false
	}
	for i := range k.Options {
		if o := &k.Options[i]; o.Kind == pkt.OptDSS && !bareAck(o.DSS) {
			return false
		}
	}
	ack := *seg
	ack.Flags = wire.ACK
	c := comparison{r: r, f: f, k: k, seg: &ack}
	known := len(f.stamps)
	c.all()
	if len(c.wrong) > 0 {
		f.stamps = f.stamps[:known]
		return false
	}
	r.trace("> (the ACK is part of the FIN)")
	return true
}

// ackBeforeFin tells that the ACK which comes instead of a FIN acknowledges what the FIN behind it does, too:
// the host has not put them together. It has to have left in the same instant.
func (r *runner) ackBeforeFin(k *pkt.Packet, q captured) bool {
	f := r.flowOf(&q.seg)
	if r.c.Strict || f == nil || k.Flags != "F." || q.seg.Flags != wire.ACK || q.seg.Payload.Len != 0 ||
		q.seg.Opts&^(wire.OptTimestamps|wire.OptDSS) != 0 {
		return false
	}
	r.w.Run(r.w.Now()) // to the end of the instant
	for i := range r.queue {
		n := &r.queue[i]
		if n.at == q.at && r.flowOf(&n.seg) == f {
			fits := n.seg.Flags == wire.FIN|wire.ACK && n.seg.Payload.Len == 0 && n.seg.Seq == q.seg.Seq &&
				n.seg.Ack == q.seg.Ack && n.seg.Opts == q.seg.Opts && (!n.seg.Has(wire.OptDSS) || n.seg.DSS == q.seg.DSS)
			if fits {
				r.trace("> " + r.render(f, &q.seg) + " (the ACK of the FIN behind it)")
			}
			return fits
		}
	}
	return false
}

// finFollows tells that the next line expects a FIN right behind a packet.
func (r *runner) finFollows(k *pkt.Packet) bool {
	for i, e := range r.script.Events {
		if e.Packet == k && i+1 < len(r.script.Events) {
			next := r.script.Events[i+1].Packet
			return next != nil && !next.In && next.ICMP == nil && next.Flags == "F." && next.Seq == k.Seq &&
				next.Ack == k.Ack
		}
	}
	return false
}
