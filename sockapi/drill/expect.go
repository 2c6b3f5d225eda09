package drill

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/model/wire"
	"mpsim/sim"
	"mpsim/sim/unit"
	"mpsim/sockapi/drill/pkt"
)

// expect waits for the packet that a line wants and compares it.
func (r *runner) expect(e *pkt.Event, from, to sim.Time) {
	tol := r.tolerance(from)
	if e.Time.Kind == pkt.Any {
		tol = 0
	}
	if !r.await(e.Packet, max(to.Add(tol), r.w.Now())) {
		r.fail("no packet came", dueText(from, to, tol), "nothing until then")
	}
	k := e.Packet
	q := r.take(k)
	if r.finAcksToo(k, &q.seg) {
		r.queue = slices.Insert(r.queue, 0, q)
		return
	}
	if r.ackBeforeFin(k, q) {
		q = r.take(k)
	}
	q.seg = r.join(k, q)
	f := r.flowOf(&q.seg)
	if f == nil {
		f = r.newFlow(q.seg.Src, q.seg.SrcPort, q.seg.Dst, q.seg.DstPort)
		r.listens = false
	}
	f.noteISS(k, &q.seg)
	if q.at < from.Add(-tol) || q.at > to.Add(tol) {
		r.fail("the packet left at another time", dueText(from, to, tol), "at "+stamp(q.at)+": "+r.render(f, &q.seg))
	}
	c := comparison{r: r, f: f, k: k, seg: &q.seg, full: q.seg.Payload.Len > r.segmentSize(f)}
	c.all()
	if len(c.wrong) > 0 {
		r.fail("the packet is another: "+strings.Join(c.wrong, "; "), "", r.render(f, &q.seg))
	}
	r.bindOut(k, &q.seg)
	r.last = max(r.last, q.at)
	r.trace("> " + r.render(f, &q.seg))
}

// dueText writes when a packet has to leave.
func dueText(from, to sim.Time, tol unit.Duration) string {
	want := stamp(from)
	if to != from {
		want += " to " + stamp(to)
	}
	return fmt.Errorf("at %s, give or take %s", want, tol).Error()
}

// segmentSize returns the octets of a full segment of a flow, or a large number if it has no socket.
func (r *runner) segmentSize(f *flow) uint32 {
	if e := r.endpoint(f); e != nil {
		return uint32(max(e.MSS(), 1))
	}
	return 1 << 30
}

// join takes the segments behind q together with it while the line expects more octets: what Linux hands to
// the device as one packet for it to cut. They left in the same instant, are contiguous and alike.
func (r *runner) join(k *pkt.Packet, q captured) wire.Segment {
	s := q.seg
	for s.Payload.Len > 0 && s.Payload.Len < uint32(k.Len) && s.Flags&wire.FIN == 0 {
		next := -1
		for i := range r.queue {
			n := &r.queue[i]
			if n.at == q.at && n.seg.Src == s.Src && n.seg.Dst == s.Dst && n.seg.SrcPort == s.SrcPort &&
				n.seg.DstPort == s.DstPort {
				next = i
				break
			}
		}
		if next < 0 {
			break
		}
		n := &r.queue[next].seg
		if n.Seq != s.Seq+s.Payload.Len || n.Payload.Len == 0 || n.Ack != s.Ack || !joinDSS(&s, n) ||
			s.Payload.Len+n.Payload.Len > uint32(k.Len) {
			break
		}
		s.Payload.Len += n.Payload.Len
		s.Flags |= n.Flags
		r.queue = append(r.queue[:next], r.queue[next+1:]...)
	}
	return s
}

// joinDSS joins the mapping of the next segment, if there are mappings: they are one and the same, or
// contiguous.
func joinDSS(s, n *wire.Segment) bool {
	const keep = wire.DSSMap
	if s.Opts&wire.OptDSS == 0 || n.Opts&wire.OptDSS == 0 || s.DSS.Flags&keep == 0 || n.DSS.Flags&keep == 0 {
		return s.Opts&^wire.OptDSS&^wire.OptCapable == n.Opts&^wire.OptDSS&^wire.OptCapable
	}
	if s.DSS.SSN == n.DSS.SSN && s.DSS.DSN == n.DSS.DSN && s.DSS.Len == n.DSS.Len {
		return true
	}
	if n.DSS.SSN != s.DSS.SSN+uint32(s.DSS.Len) || uint32(n.DSS.DSN) != uint32(s.DSS.DSN)+uint32(s.DSS.Len) {
		return false
	}
	s.DSS.Len += n.DSS.Len
	return true
}

// noteISS learns the initial sequence number from a SYN; the script may call it anything.
func (f *flow) noteISS(k *pkt.Packet, seg *wire.Segment) {
	if seg.Flags&wire.SYN != 0 && !f.issKnown {
		f.iss, f.scriptISS, f.issKnown = seg.Seq, k.Seq, true
	}
}

// comparison collects what is not as a line says.
type comparison struct {
	r     *runner
	f     *flow
	k     *pkt.Packet
	seg   *wire.Segment
	full  bool // more octets than one segment holds
	wrong []string
}

func (c *comparison) bad(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...).Error())
}

// number compares two numbers.
func (c *comparison) number(what string, got, want uint64) {
	if got != want {
		c.bad("%s is %d instead of %d", what, got, want)
	}
}

func (c *comparison) all() {
	if c.k.Tuple && !c.r.outFits(c.k, c.seg) {
		c.bad("it goes from %v to %v", c.seg.Src, c.seg.Dst)
	}
	c.flags()
	c.number("seq", uint64(c.f.seqOut(c.seg)), uint64(c.k.Seq))
	c.number("length", uint64(c.seg.Payload.Len), uint64(c.k.Len))
	if c.k.HasAck && c.seg.Flags&wire.ACK != 0 {
		c.number("ack", uint64(c.f.ackOut(c.seg)), uint64(c.k.Ack))
	}
	if c.k.Window >= 0 {
		c.number("win", uint64(c.seg.Window), uint64(c.k.Window))
	}
	if c.k.Urgent >= 0 {
		c.number("urg", uint64(c.seg.UrgentPointer), uint64(c.k.Urgent))
	}
	c.ip()
	if !c.k.AnyOption {
		c.options()
	} else {
		c.learnOptions()
	}
}

// flags compares the control bits. PSH within what the application has written depends on how the host cuts
// its queue into segments: it is compared on the last octets written only.
func (c *comparison) flags() {
	want := wireFlags(c.k.Flags)
	got := c.seg.Flags
	if diff := want ^ got; diff == wire.PSH && c.seg.Payload.Len > 0 && got&wire.SYN == 0 {
		if c.full || !c.r.lastWritten(c.f, c.seg) {
			return
		}
	}
	if got != want {
		c.bad("flags are %s instead of %s", letters(got), letters(want))
	}
}

func (c *comparison) ip() {
	switch c.k.TOS {
	case pkt.TOSECN:
		c.number("ECN", uint64(c.seg.TOS&3), uint64(c.k.TOSValue))
	case pkt.TOSECT:
		if e := c.seg.TOS & 3; e != 1 && e != 2 {
			c.bad("ECN is %d instead of ECT(0) or ECT(1)", e)
		}
	case pkt.TOSByte:
		c.number("tos", uint64(c.seg.TOS), uint64(c.k.TOSValue))
	case pkt.TOSNone:
	}
	if c.k.TTL > 0 {
		c.number("ttl", uint64(c.seg.TTL), uint64(c.k.TTL))
	}
	if c.k.FlowLabel >= 0 {
		c.number("flowlabel", uint64(c.seg.FlowLabel), uint64(c.k.FlowLabel))
	}
}

// seqOut returns the sequence number of a segment of the host as scripts count: from the initial one, or in a
// SYN the script's own.
func (f *flow) seqOut(seg *wire.Segment) uint32 {
	n := seg.Seq - f.iss
	if seg.Flags&wire.SYN != 0 {
		n += f.scriptISS
	}
	return n
}

// ackOut does the same for its acknowledgment number.
func (f *flow) ackOut(seg *wire.Segment) uint32 {
	if seg.Flags&wire.SYN != 0 {
		return seg.Ack
	}
	return seg.Ack - f.irs
}

// letters writes flags as scripts do.
func letters(f wire.Flags) string {
	var b strings.Builder
	for _, x := range [...]struct {
		bit wire.Flags
		c   byte
	}{{wire.SYN, 'S'}, {wire.FIN, 'F'}, {wire.RST, 'R'}, {wire.PSH, 'P'}, {wire.URG, 'U'}, {wire.ECE, 'E'},
		{wire.CWR, 'W'}, {wire.AE, 'A'}, {wire.ACK, '.'}} {
		if f&x.bit != 0 {
			b.WriteByte(x.c)
		}
	}
	if b.Len() == 0 {
		return "-"
	}
	return b.String()
}

// render writes a segment of the host as a line of a script.
func (r *runner) render(f *flow, seg *wire.Segment) string {
	var b strings.Builder
	if len(r.flows) > 1 {
		fmt.Fprintf(&b, "%v:%d > %v:%d ", seg.Src, seg.SrcPort, seg.Dst, seg.DstPort)
	}
	if seg.TOS != 0 {
		fmt.Fprintf(&b, "(tos %#02x) ", seg.TOS)
	}
	seq := f.seqOut(seg)
	fmt.Fprintf(&b, "%s %d:%d(%d)", letters(seg.Flags), seq, seq+seg.Payload.Len, seg.Payload.Len)
	if seg.Flags&wire.ACK != 0 {
		fmt.Fprintf(&b, " ack %d", f.ackOut(seg))
	}
	fmt.Fprintf(&b, " win %d", seg.Window)
	if text := r.renderOptions(f, seg); text != "" {
		fmt.Fprintf(&b, " <%s>", text)
	}
	return b.String()
}
