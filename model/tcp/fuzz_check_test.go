package tcp

import (
	"mpsim/model/wire"
)

// outgoing checks a segment that the endpoint sends: it acknowledges only what came, never goes back behind
// what it has promised, and stays within the window that it was given.
func (x *receiveFuzz) outgoing(seg *wire.Segment) {
	if x.sent++; x.sent > 100_000 {
		x.t.Fatal("the endpoint sends for ever")
	}
	e := x.endpoint()
	if e == nil || seg.Flags&wire.RST != 0 || seg.Flags&wire.ACK == 0 {
		return
	}
	x.follow(e)
	ack := uint64(seg.Ack - e.irs)
	if ack != e.rcv.nxt&0xffffffff {
		x.t.Fatalf("acknowledges offset %d, RCV.NXT is %d", ack, e.rcv.nxt)
	}
	window := uint64(seg.Window)
	if seg.Flags&wire.SYN == 0 {
		window <<= e.rcv.shift
	}
	if edge := e.rcv.nxt + window; edge < x.edge {
		x.t.Fatalf("the window's right edge went back from %d to %d", x.edge, edge)
	} else {
		x.edge = edge
	}
	if seg.Payload.Len > 0 {
		end := e.snd.una + uint64(int64(int32(seg.Seq-e.iss-uint32(e.snd.una)))) + uint64(seg.Payload.Len)
		if end > e.snd.nxt || end > e.snd.edge && end > uint64(1+optionSpace+1460) {
			x.t.Fatalf("sends up to %d: SND.NXT %d, right edge of the window %d", end, e.snd.nxt, e.snd.edge)
		}
	}
}

// follow notes which endpoint is looked at: the first one seen, or a successor of the same ports.
func (x *receiveFuzz) follow(e *Endpoint) {
	if x.e != e || x.iss != e.iss {
		x.e, x.iss, x.una, x.nxt, x.edge = e, e.iss, 0, 0, 0
	}
}

// check is what holds after every step.
func (x *receiveFuzz) check() {
	e := x.endpoint()
	if e == nil {
		return
	}
	x.follow(e)
	if e.snd.una > e.snd.nxt || e.snd.una < x.una || e.rcv.nxt < x.nxt {
		x.t.Fatalf("SND.UNA %d (was %d), SND.NXT %d; RCV.NXT %d (was %d)", e.snd.una, x.una, e.snd.nxt, e.rcv.nxt,
			x.nxt)
	}
	for at := max(x.nxt, 1); at < e.rcv.nxt; at++ {
		if !x.given[at] {
			x.t.Fatalf("RCV.NXT is %d, but octet %d never came", e.rcv.nxt, at)
		}
	}
	x.una, x.nxt = e.snd.una, e.rcv.nxt
	if e.rcv.edge < e.rcv.nxt {
		x.t.Fatalf("right edge %d before RCV.NXT %d", e.rcv.edge, e.rcv.nxt)
	}
	x.checkQueue(e)
}

// checkQueue holds the scoreboard's sums against the records.
func (x *receiveFuzz) checkQueue(e *Endpoint) {
	var out, sacked, lost, retrans int64
	var sackedSegs, pending int32
	q, seq := &e.snd.q, max(e.snd.una, 1) // the SYN is no record
	for i := q.head; i != q.tail; i++ {
		r := q.at(i)
		n := int64(r.Len)
		if r.Seq != seq || r.End() > e.snd.nxt {
			x.t.Fatalf("record %d..%d after %d, SND.NXT %d", r.Seq, r.End(), seq, e.snd.nxt)
		}
		seq = r.End()
		out += n
		if r.flags&sentSacked != 0 {
			sacked, sackedSegs = sacked+n, sackedSegs+1
		}
		if r.flags&sentLost != 0 {
			lost += n
			if r.flags&sentRetrans == 0 {
				pending++
			}
		}
		if r.flags&sentRetrans != 0 {
			retrans += n
		}
	}
	c := &e.rec
	if out != e.snd.out || lost != c.lost || retrans != c.retrans || pending != c.lostPending ||
		e.sackOK && (sacked != c.sacked || sackedSegs != c.sackedSegs) {
		x.t.Fatalf("sums: out %d, sacked %d (%d), lost %d (%d pending), again %d; kept %d, %d (%d), %d (%d), %d",
			out, sacked, sackedSegs, lost, pending, retrans, e.snd.out, c.sacked, c.sackedSegs, c.lost, c.lostPending,
			c.retrans)
	}
	if e.CC.Cwnd < 1 || e.CC.Ssthresh < 1 {
		x.t.Fatalf("cwnd %d, ssthresh %d", e.CC.Cwnd, e.CC.Ssthresh)
	}
}
